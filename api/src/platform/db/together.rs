//! Changes and new rows that are made together. For PostgreSQL that is one statement: each trip to it costs as much as its work.
//! SQLite is asked one after the other, since it knows no changes inside of a query, and is no trip away.

use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, EntityTrait, Iterable, Value,
    sea_query::{
        Alias, CommonTableExpression, Expr, ExprTrait, Func, FunctionCall, InsertStatement, Query, ReturningClause,
        SelectStatement, SubQueryStatement, UpdateStatement, ValueTuple, WithClause,
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

/// Changes, and then new rows. They are made by [`Tx::make`], or by [`Tx::log`] together with their event.
#[must_use]
#[derive(Default)]
pub struct Changes {
    first: Vec<UpdateStatement>,
    rows: Option<Fresh>,
    kept: Vec<SelectStatement>,
}

impl Changes {
    /// The rows must all have the same columns.
    pub fn new<A: ActiveModelTrait>(first: Vec<UpdateStatement>, rows: Vec<A>) -> Self {
        Self {
            first,
            rows: Fresh::of(rows),
            kept: Vec::new(),
        }
    }

    /// Holds what the new rows refer to, as [`Hold::keep`](super::Hold::keep) does, before the event is numbered. Whoever changes such a
    /// row and writes an event waits for the same turn: who has the turn must not wait for them.
    pub fn keeping(mut self, kept: SelectStatement) -> Self {
        self.kept.push(kept);
        self
    }
}

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

/// Steps of one statement.
#[derive(Default)]
struct Steps {
    with: WithClause,
    names: Vec<Alias>,
}

impl Steps {
    fn of(first: Vec<UpdateStatement>) -> Self {
        let mut steps = Self::default();
        for mut change in first {
            steps.add(change.returning(one()).take());
        }
        steps
    }

    fn add(&mut self, step: impl Into<SubQueryStatement>) {
        let name = Alias::new(format!("step_{}", self.names.len()));
        let named = CommonTableExpression::new()
            .query(step)
            .table_name(name.clone())
            .to_owned();
        self.with.cte(named);
        self.names.push(name);
    }

    /// Selects one row once all of them have been made: counting what a step has returned waits for that.
    fn done(&self) -> SelectStatement {
        let mut select = Query::select();
        for (number, name) in self.names.iter().enumerate() {
            let made = Query::select().expr(count()).from(name.clone()).take();
            select.from_subquery(made, Alias::new(format!("made_{number}")));
        }
        select
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

fn one() -> ReturningClause {
    Query::returning().expr(Expr::cust("1"))
}

impl Tx {
    /// Makes changes.
    pub async fn make(&self, changes: Changes) -> Result<(), Error> {
        let Changes { first, rows, .. } = changes;
        match rows {
            Some(rows) if is_postgres(&**self) && !first.is_empty() => {
                let steps = Steps::of(first);
                let mut insert = rows.after(steps.done())?;
                self.execute(insert.with_cte(steps.with)).await?;
            }
            rows => {
                for change in &first {
                    self.execute(change).await?;
                }
                if let Some(rows) = rows {
                    self.execute(&rows.plain()?).await?;
                }
            }
        }
        Ok(())
    }

    /// Makes changes, finds who makes them, and makes new rows of the event log. Waits for its turn to number them, and keeps it
    /// until the end. False: who makes them was not found, and nothing is written to the log.
    ///
    /// Those who follow the log are told at the commit: the database keeps a notification until then, so it is sent along.
    pub async fn log<A: ActiveModelTrait>(
        &self,
        changes: Changes,
        who: Option<SelectStatement>,
        rows: Vec<A>,
    ) -> Result<bool, Error> {
        self.tell();
        let Some(rows) = Fresh::of(rows) else {
            self.make(changes).await?;
            return Ok(true);
        };
        if !is_postgres(&**self) {
            self.make(changes).await?;
            if let Some(who) = &who
                && self.query_one(who).await?.is_none()
            {
                return Ok(false);
            }
            self.execute(&rows.plain()?).await?;
            return Ok(true);
        }
        let Changes {
            first,
            rows: history,
            kept,
        } = changes;
        let mut steps = Steps::of(first);
        if let Some(history) = history {
            let mut insert = history.after(steps.done())?;
            steps.add(insert.returning(one()).take());
        }
        // What a row is numbered with is found when the row is there, which is after the turn has come, which is after all else.
        let mut turn = steps.done();
        if let Some(who) = who {
            turn.from_subquery(number_of(who), WHO)
                .and_where(Expr::col((WHO, NUMBER)).eq(1));
        }
        for (number, kept) in kept.into_iter().enumerate() {
            turn.from_subquery(number_of(kept), Alias::new(format!("kept_{number}")));
        }
        turn.expr(Func::cust("pg_advisory_xact_lock").arg(Expr::cust((Turn::NumberEvents as i64).to_string())))
            .expr(Func::cust("pg_notify").args([Expr::cust(format!("'{CHANNEL}'")), Expr::cust("''")]));
        let mut insert = rows.after(Query::select().from_subquery(turn, "turn").take())?;
        if !steps.names.is_empty() {
            insert.with_cte(steps.with);
        }
        Ok(self.execute(&insert).await?.rows_affected() > 0)
    }
}
