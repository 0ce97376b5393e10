//! How long a list is. A count that took long is kept from then on, as figures are: until an event says that it may be another.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, IntoSimpleExpr, QueryResult, Select, sea_query::Expr};

use super::{
    BEGINNING,
    fresh::{Fresh, Parts, question},
};
use crate::{
    auth::Session,
    platform::{
        error::Error,
        page,
        results::{Dated, Weigh},
    },
};

/// A note that counting this took long.
struct TookLong;

impl Weigh for TookLong {
    fn weight(&self) -> usize {
        0
    }
}

/// How many rows.
#[derive(Clone, Copy)]
struct Rows(i64);

impl Weigh for Rows {
    fn weight(&self) -> usize {
        size_of::<Self>()
    }
}

/// How many rows the whole list has. Of a list of recommendations `team` names the column of their team: after changes to some of
/// them, only those of their teams are counted anew.
pub async fn count<E: EntityTrait>(
    session: &Arc<Session>,
    list: Select<E>,
    team: Option<E::Column>,
) -> Result<i64, Error> {
    let results = &session.app.results;
    if !results.is_on() {
        return page::count(&session.db, list).await;
    }
    let mut counting = page::counting(list);
    let statement = session.db.get_database_backend().build(&counting);
    let asked = question(&statement);
    if !results.has::<TookLong>(&asked) {
        let begun = session.app.clock.ticks();
        let count = page::number_in(session.db.query_one_raw(statement).await?.as_ref())?;
        let took = session.app.clock.ticks().saturating_sub(begun);
        if took >= Duration::from_millis(session.app.settings.slow_count_ms) {
            let note = |_: Option<Dated<TookLong>>| async {
                Ok(Dated {
                    version: BEGINNING,
                    value: Arc::new(TookLong),
                })
            };
            session.db.idle(results.turn(asked)).await.renew(note).await?;
        }
        return Ok(count);
    }
    let fresh = Fresh::new(session);
    let Some(team) = team else {
        let read = |rows: &[QueryResult]| page::number_in(rows.first()).map(Rows);
        return Ok(fresh.whole(&counting, read).await?.0);
    };
    counting
        .clear_selects()
        .expr(team.into_simple_expr())
        .expr(Expr::cust("count(*)"))
        .add_group_by([team.into_simple_expr()]);
    let read = |rows: &[QueryResult]| -> Result<Parts<Rows>, DbErr> {
        let row = |row: &QueryResult| Ok((row.try_get_by_index(0)?, Rows(row.try_get_by_index(1)?)));
        let rows: Result<Vec<_>, DbErr> = rows.iter().map(row).collect();
        Ok(Parts::of(rows?.into_iter()))
    };
    let parts = fresh.by_team(&counting, read).await?;
    Ok(parts.iter().map(|rows| rows.0).sum())
}
