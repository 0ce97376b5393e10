//! What events may have altered since something was read.

use std::collections::BTreeSet;

use entity::{
    event,
    ids::{EventId, TeamId, TypedId},
    recommendation,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, JoinType},
};
use serde_json::Value;

use super::BEGINNING;
use crate::{
    events::model::reach::{Reach, reach},
    platform::{error::Error, results::Version, sql},
};

/// More events than these are not looked through.
const MOST: usize = 1_000;

/// Some teams; none: those that have no team.
pub(super) type Teams = BTreeSet<Option<Uuid>>;

/// What may have been altered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Touched {
    /// Nothing.
    Nothing,
    /// What counts recommendations that these teams have, or had meanwhile.
    Teams(Teams),
    /// Anything.
    Everything,
}

/// What the events after a version may have altered, and the version up to which they were read; none when the database is not the
/// one that had that version.
///
/// One statement reads the events and where their recommendations are now. So the team of one that was not moved is the one it had
/// all the while, and one that was moved has its teams in the events: none is missed, whatever happens meanwhile.
pub(super) async fn touched(db: &impl ConnectionTrait, known: Version) -> Result<(Option<Version>, Touched), Error> {
    let on =
        Expr::col(event::Column::SubjectId.as_column_ref()).eq(Expr::col(recommendation::Column::Id.as_column_ref()));
    let mut events = event::Entity::find()
        .select_only()
        .columns([
            event::Column::Sequence,
            event::Column::Id,
            event::Column::EventType,
            event::Column::Changes,
        ])
        .column_as(recommendation::Column::Id, "item_id")
        .column_as(recommendation::Column::TeamId, "team_id")
        .filter(event::Column::Sequence.gte(known.number))
        .order_by_asc(event::Column::Sequence);
    let select = QuerySelect::query(&mut events).join(JoinType::LeftJoin, recommendation::Entity, on);
    let rows = db.query_all_raw(sql::at_most(select, MOST as u64 + 2, db)).await?;
    let mut versions = Vec::with_capacity(rows.len());
    for row in &rows {
        versions.push(Version {
            number: row.try_get("", "sequence")?,
            event: row.try_get::<EventId>("", "id")?.uuid(),
        });
    }
    let news = match versions.first() {
        Some(first) if *first == known => rows.get(1..).unwrap_or_default(),
        _ if known == BEGINNING => &rows[..],
        _ => return Ok((None, Touched::Everything)),
    };
    let seen = versions.last().copied().unwrap_or(BEGINNING);
    if news.len() > MOST {
        return Ok((Some(seen), Touched::Everything));
    }
    let mut teams = Teams::new();
    for row in news {
        match reach(&row.try_get::<String>("", "event_type")?) {
            Reach::Nothing => {}
            Reach::OneItem => match teams_of(row)? {
                Some(its) => teams.extend(its),
                None => return Ok((Some(seen), Touched::Everything)),
            },
            Reach::Everything => return Ok((Some(seen), Touched::Everything)),
        }
    }
    let touched = if teams.is_empty() {
        Touched::Nothing
    } else {
        Touched::Teams(teams)
    };
    Ok((Some(seen), touched))
}

/// The teams that an item has, and those it was moved from and to by this event. None when that cannot be told.
fn teams_of(row: &QueryResult) -> Result<Option<Teams>, DbErr> {
    if row.try_get::<Option<Uuid>>("", "item_id")?.is_none() {
        return Ok(None);
    }
    let mut teams = Teams::from([row.try_get::<Option<Uuid>>("", "team_id")?]);
    let changes: Value = row.try_get("", "changes")?;
    let Value::Array(changes) = &changes else {
        return Ok(None);
    };
    for change in changes.iter().filter(|change| change["field"] == "teamId") {
        for end in [&change["from"], &change["to"]] {
            let team = match end {
                Value::Null => None,
                Value::String(id) => match id.parse::<TeamId>() {
                    Ok(id) => Some(id.uuid()),
                    Err(_) => return Ok(None),
                },
                _ => return Ok(None),
            };
            teams.insert(team);
        }
    }
    Ok(Some(teams))
}
