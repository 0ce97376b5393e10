//! Rows that come with other rows in one statement: their columns follow those of the row itself.

use std::sync::Arc;

use entity::{columns::Columns, read_at::ReadAt};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, IdenStatic, Iterable, QueryResult,
    prelude::Uuid,
    sea_query::{Alias, Expr, ExprTrait, JoinType, SelectStatement, SimpleExpr},
};

/// Joins another table under a name of its own, and adds these of its columns.
pub fn bring<E: EntityTrait>(select: &mut SelectStatement, alias: &'static str, on: SimpleExpr, columns: Columns) {
    bring_by::<E>(JoinType::LeftJoin, select, alias, on, columns);
}

/// The same of a row that is always there. Only such a one can be held.
pub fn bring_held<E: EntityTrait>(select: &mut SelectStatement, alias: &'static str, on: SimpleExpr, columns: Columns) {
    bring_by::<E>(JoinType::InnerJoin, select, alias, on, columns);
}

fn bring_by<E: EntityTrait>(
    join: JoinType,
    select: &mut SelectStatement,
    alias: &'static str,
    on: SimpleExpr,
    columns: Columns,
) {
    select.join_as(join, E::default(), Alias::new(alias), on);
    for (place, column) in E::Column::iter().enumerate() {
        if columns.has(place) {
            let name = Alias::new(format!("{alias}_{}", column.as_str()));
            select.expr_as(Expr::col((Alias::new(alias), Alias::new(column.as_str()))), name);
        }
    }
}

/// The id column of a table that is joined under a name is what this column refers to.
pub fn refers<C: ColumnTrait>(column: C, alias: &'static str) -> SimpleExpr {
    Expr::col(column.as_column_ref()).eq(Expr::col((Alias::new(alias), Alias::new("id"))))
}

/// The joined row of which these columns were brought, the first of them, its id, at this place; none when the reference is empty.
pub fn related<M: ReadAt>(row: &QueryResult, place: usize, columns: Columns) -> Result<Option<Arc<M>>, DbErr> {
    match row.try_get_by_index::<Option<Uuid>>(place)? {
        Some(_) => M::read_some(row, place, columns).map(|row| Some(Arc::new(row))),
        None => Ok(None),
    }
}
