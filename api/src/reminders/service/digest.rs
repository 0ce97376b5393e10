//! Tells a team how it stands, once a week.

use chrono::NaiveDate;
use entity::{
    enums::{ReminderKind, SubjectKind},
    ids::TeamId,
    reminder, team,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::note;
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    platform::{db::Hold, error::Error},
    reminders::{
        model::Owed,
        queries::digest::{Digest, digest},
    },
};

/// Sends the digest of the week that begins on a Monday. False when that was done, or there is nothing to tell.
pub async fn send_digest(session: &Session, id: TeamId, monday: NaiveDate) -> Result<bool, Error> {
    let tx = session.begin().await?;
    let Some(team) = team::Entity::find_by_id(id).hold().one(&*tx).await? else {
        return Ok(false);
    };
    let sent = reminder::Entity::find()
        .filter(reminder::Column::SubjectId.eq(id.0))
        .filter(reminder::Column::DueOn.eq(monday))
        .filter(reminder::Column::Kind.eq(ReminderKind::WeeklyDigest))
        .one(&*tx)
        .await?;
    if sent.is_some() {
        return Ok(false);
    }
    let digest = digest(&*tx, id, monday, session.today()).await?;
    let owed = Owed {
        kind: ReminderKind::WeeklyDigest,
        days: 0,
    };
    note(session, &tx, id.0, monday, owed).await?;
    if !digest.is_empty() {
        let event = NewEvent::new("team.weekly_digest", SubjectKind::Team, team.id, None);
        record(session, &tx, vec![event.payload(payload(&team, &digest, monday))]).await?;
    }
    tx.commit().await?;
    Ok(!digest.is_empty())
}

fn payload(team: &team::Model, digest: &Digest, monday: NaiveDate) -> Value {
    json!({
        "name": team.name, "weekOf": monday, "open": digest.open, "overdue": digest.overdue,
        "dueThisWeek": digest.due_this_week, "doneLastWeek": digest.done_last_week, "proposed": digest.proposed,
        "reportsOverdue": digest.reports_overdue,
    })
}
