//! New rows together with what has to happen first. For PostgreSQL that is one statement: each trip to it costs as much as its work.
//! SQLite is asked one after the other, since it knows no changes inside of a query, and is no trip away.

use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, EntityTrait, Iterable, Value,
    sea_query::{
        Alias, CommonTableExpression, Expr, ExprTrait, Func, FunctionCall, InsertStatement, Query, SelectStatement,
        UpdateStatement, ValueTuple, WithClause,
    },
};

use super::{
    transaction::{Turn, Tx},
    wake::CHANNEL,
};
use crate::platform::{error::Error, keys::is_postgres};

const ROWS: &str = "fresh";
const NUMBER: &str = "number";
const WHO: &str = "who";

/// New rows of one table.
struct Fresh {
    insert: InsertStatement,
    width: usize,
    values: Vec<Vec<Value>>,
}

impl Fresh {
    /// None, if there are none.
    fn of<A: ActiveModelTrait>(rows: Vec<A>) -> Option<Self> {
        let given = |row: &A, column| match row.get(column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some(value),
            ActiveValue::NotSet => None,
        };
        let first = rows.first()?;
        let columns: Vec<<A::Entity as EntityTrait>::Column> = <A::Entity as EntityTrait>::Column::iter()
            .filter(|column| given(first, *column).is_some())
            .collect();
        let of_row = |row: &A| columns.iter().filter_map(|column| given(row, *column)).collect();
        Some(Self {
            width: columns.len(),
            values: rows.iter().map(of_row).collect(),
            insert: Query::insert().into_table(A::Entity::default()).columns(columns).take(),
        })
    }

    /// Makes them.
    fn plain(self) -> Result<InsertStatement, Error> {
        let Self { mut insert, values, .. } = self;
        for row in values {
            let row = row.into_iter().map(Expr::val);
            insert.values(row).map_err(Error::internal)?;
        }
        Ok(insert)
    }

    /// Makes them once this has been selected, and not at all if it selects nothing.
    fn after(self, mut select: SelectStatement) -> Result<InsertStatement, Error> {
        let Self {
            mut insert,
            width,
            values,
        } = self;
        select.from_values(values.into_iter().map(ValueTuple::Many), ROWS);
        for number in 1..=width {
            // As PostgreSQL names them.
            select.expr(Expr::col((ROWS, Alias::new(format!("column{number}")))));
        }
        insert.select_from(select).map_err(Error::internal)?;
        Ok(insert)
    }
}

fn count() -> FunctionCall {
    Func::count(Expr::cust("*"))
}

fn number_of(rows: SelectStatement) -> SelectStatement {
    Query::select()
        .expr_as(count(), NUMBER)
        .from_subquery(rows, ROWS)
        .take()
}

impl Tx {
    /// Makes changes, and then new rows that all have the same columns.
    pub async fn change_and_insert<A: ActiveModelTrait>(
        &self,
        changes: Vec<UpdateStatement>,
        rows: Vec<A>,
    ) -> Result<(), Error> {
        match Fresh::of(rows) {
            Some(rows) if is_postgres(&**self) && !changes.is_empty() => {
                let mut first = WithClause::new();
                let mut made = Query::select();
                for (number, mut change) in changes.into_iter().enumerate() {
                    let name = Alias::new(format!("change_{number}"));
                    change.returning(Query::returning().expr(Expr::cust("1")));
                    let named = CommonTableExpression::new()
                        .query(change)
                        .table_name(name.clone())
                        .to_owned();
                    first.cte(named);
                    // Counting what a change has returned waits until it has been made.
                    let counted = Query::select().expr(count()).from(name).take();
                    made.from_subquery(counted, Alias::new(format!("made_{number}")));
                }
                self.execute(rows.after(made)?.with_cte(first)).await?;
            }
            rows => {
                for change in &changes {
                    self.execute(change).await?;
                }
                if let Some(rows) = rows {
                    self.execute(&rows.plain()?).await?;
                }
            }
        }
        Ok(())
    }

    /// Makes new rows of the event log. Waits for its turn to number them, and keeps it until the end. What they refer to is held
    /// before: `who` acts, and `kept` is what else. False: who acts was not found, and nothing is written.
    ///
    /// Those who follow the log are told at the commit: the database keeps a notification until then, so it is sent along.
    pub async fn log<A: ActiveModelTrait>(
        &self,
        who: Option<SelectStatement>,
        kept: Option<SelectStatement>,
        rows: Vec<A>,
    ) -> Result<bool, Error> {
        self.tell();
        let Some(rows) = Fresh::of(rows) else { return Ok(true) };
        if !is_postgres(&**self) {
            if let Some(who) = &who
                && self.query_one(who).await?.is_none()
            {
                return Ok(false);
            }
            self.execute(&rows.plain()?).await?;
            return Ok(true);
        }
        // What a row is numbered with is found when the row is there, which is after the turn has come, which is after all else.
        let mut turn = Query::select();
        if let Some(who) = who {
            turn.from_subquery(number_of(who), WHO)
                .and_where(Expr::col((WHO, NUMBER)).eq(1));
        }
        if let Some(kept) = kept {
            turn.from_subquery(number_of(kept), "kept");
        }
        turn.expr(Func::cust("pg_advisory_xact_lock").arg(Expr::cust((Turn::NumberEvents as i64).to_string())))
            .expr(Func::cust("pg_notify").args([Expr::cust(format!("'{CHANNEL}'")), Expr::cust("''")]));
        let insert = rows.after(Query::select().from_subquery(turn, "turn").take())?;
        Ok(self.execute(&insert).await?.rows_affected() > 0)
    }
}
