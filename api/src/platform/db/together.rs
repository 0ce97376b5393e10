//! New rows together with what has to happen first. For PostgreSQL that is one statement: each trip to it costs as much as its work.
//! SQLite is asked one after the other, since it knows no changes inside of a query, and is no trip away.

use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, EntityTrait, Iterable, Value,
    sea_query::{
        Alias, CommonTableExpression, Expr, Func, Query, SelectStatement, UpdateStatement, ValueTuple, WithClause,
    },
};

use super::{
    transaction::{Turn, Tx},
    wake::CHANNEL,
};
use crate::platform::{error::Error, keys::is_postgres};

const ROWS: &str = "fresh";

impl Tx {
    /// Makes changes, and then new rows that all have the same columns.
    pub async fn change_and_insert<A: ActiveModelTrait + Send>(
        &self,
        changes: Vec<UpdateStatement>,
        rows: Vec<A>,
    ) -> Result<(), Error> {
        if changes.is_empty() || rows.is_empty() || !is_postgres(&**self) {
            for change in &changes {
                self.execute(change).await?;
            }
            return self.insert(rows).await;
        }
        let mut first = WithClause::new();
        let mut select = Query::select();
        for (number, mut change) in changes.into_iter().enumerate() {
            let name = Alias::new(format!("change_{number}"));
            change.returning(Query::returning().expr(Expr::cust("1")));
            first.cte(
                CommonTableExpression::new()
                    .query(change)
                    .table_name(name.clone())
                    .to_owned(),
            );
            // Counting what a change has returned waits until it has been made.
            let made = Query::select()
                .expr(Func::count(Expr::cust("*")))
                .from(name.clone())
                .to_owned();
            select.from_subquery(made, Alias::new(format!("made_{number}")));
        }
        self.insert_from(select, rows, Some(first)).await
    }

    /// Makes new rows of the event log. Waits for its turn to number them, and keeps it until the end. Those who follow the log are
    /// told of them at the commit: the database keeps a notification until then, so it is sent along.
    pub async fn insert_numbered<A: ActiveModelTrait + Send>(&self, rows: Vec<A>) -> Result<(), Error> {
        self.tell();
        if rows.is_empty() || !is_postgres(&**self) {
            return self.insert(rows).await;
        }
        // What a row is numbered with is found when the row is there, which is after this.
        let turn = Query::select()
            .expr(Func::cust("pg_advisory_xact_lock").arg(Expr::cust((Turn::NumberEvents as i64).to_string())))
            .expr(Func::cust("pg_notify").args([Expr::cust(format!("'{CHANNEL}'")), Expr::cust("''")]))
            .to_owned();
        let select = Query::select().from_subquery(turn, Alias::new("turn")).to_owned();
        self.insert_from(select, rows, None).await
    }

    async fn insert<A: ActiveModelTrait + Send>(&self, rows: Vec<A>) -> Result<(), Error> {
        if !rows.is_empty() {
            A::Entity::insert_many(rows).exec_without_returning(&**self).await?;
        }
        Ok(())
    }

    async fn insert_from<A: ActiveModelTrait>(
        &self,
        mut select: SelectStatement,
        rows: Vec<A>,
        first: Option<WithClause>,
    ) -> Result<(), Error> {
        let given = |row: &A, column| match row.get(column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some(value),
            ActiveValue::NotSet => None,
        };
        let columns: Vec<<A::Entity as EntityTrait>::Column> = <A::Entity as EntityTrait>::Column::iter()
            .filter(|column| rows.iter().any(|row| given(row, *column).is_some()))
            .collect();
        let values = rows.iter().map(|row| {
            let values: Vec<Value> = columns.iter().filter_map(|column| given(row, *column)).collect();
            ValueTuple::Many(values)
        });
        select.from_values(values, Alias::new(ROWS));
        for number in 1..=columns.len() {
            // As PostgreSQL names them.
            select.expr(Expr::col((Alias::new(ROWS), Alias::new(format!("column{number}")))));
        }
        let mut insert = Query::insert();
        insert.into_table(A::Entity::default()).columns(columns);
        insert.select_from(select).map_err(Error::internal)?;
        if let Some(first) = first {
            insert.with_cte(first);
        }
        self.execute(&insert).await?;
        Ok(())
    }
}
