//! Says that a cause is one of an earlier incident again.

use entity::{
    ids::{ReportId, RootCauseId},
    incident, report, root_cause,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Query};

use super::{event, hold_cause, remember};
use crate::{
    auth::{Session, scope},
    events::{model::NewEvent, service::record},
    platform::{
        changes::Changes,
        db::{Hold, Turn, Tx},
        error::Error,
    },
    reports::service::Held,
};

/// Links a cause to an earlier occurrence of the same, or unlinks it.
pub async fn link_recurrence(session: &Session, id: RootCauseId, earlier: Option<RootCauseId>) -> Result<(), Error> {
    let tx = session.begin().await?;
    tx.take_turn(Turn::LinkRecurrence).await?;
    let (row, held) = hold_cause(session, &tx, id).await?;
    let events = link(session, &tx, &held, &row, earlier).await?;
    record(session, &tx, events).await?;
    tx.commit().await
}

async fn started_at(tx: &Tx, report: ReportId) -> Result<incident::Model, Error> {
    let of_report = Query::select()
        .column(report::Column::IncidentId)
        .from(report::Entity)
        .and_where(report::Column::Id.eq(report))
        .take();
    let incident = incident::Entity::find()
        .filter(incident::Column::Id.in_subquery(of_report))
        .one(&**tx)
        .await?;
    incident.ok_or_else(|| Error::internal("a report without an incident"))
}

/// The first occurrence that a link to `earlier` leads to.
async fn first_occurrence(
    session: &Session,
    tx: &Tx,
    held: &Held,
    row: &root_cause::Model,
    earlier: RootCauseId,
) -> Result<RootCauseId, Error> {
    let target = scope::root_causes(&session.viewer)
        .filter(root_cause::Column::Id.eq(earlier))
        .keep()
        .one(&**tx)
        .await?;
    let target = target.ok_or_else(|| {
        Error::invalid(
            "recurrenceOfId",
            "UNKNOWN_ROOT_CAUSE",
            "There is no such root cause, or you may not see it.",
        )
    })?;
    let (here, there) = (
        started_at(tx, held.row.id).await?,
        started_at(tx, target.report_id).await?,
    );
    if target.id == row.id || here.id == there.id {
        return Err(Error::invalid(
            "recurrenceOfId",
            "SAME_INCIDENT",
            "A cause recurs in another incident; within one report use parentId.",
        ));
    }
    if there.started_at >= here.started_at {
        return Err(Error::invalid(
            "recurrenceOfId",
            "NOT_EARLIER",
            format!(
                "{} did not start before {}; link the later cause to the earlier one.",
                there.key, here.key
            ),
        ));
    }
    let first = target.recurrence_of_id.unwrap_or(target.id);
    // Possible when the start of an incident was corrected after the link was made.
    if first == row.id {
        return Err(Error::invalid(
            "recurrenceOfId",
            "CYCLE",
            "That cause is itself linked as a recurrence of this one; unlink it with linkRecurrence first.",
        ));
    }
    if first == target.id {
        return Ok(first);
    }
    let origin = root_cause::Entity::find_by_id(first).one(&**tx).await?;
    let origin = origin.ok_or_else(|| Error::internal("a recurrence of nothing"))?;
    if !is_earlier(&started_at(tx, origin.report_id).await?, &here) {
        return Err(Error::invalid(
            "recurrenceOfId",
            "NOT_EARLIER",
            format!(
                "That cause is linked to a first occurrence that did not start before {}; unlink it with linkRecurrence first.",
                here.key
            ),
        ));
    }
    Ok(first)
}

fn is_earlier(one: &incident::Model, other: &incident::Model) -> bool {
    one.id != other.id && one.started_at < other.started_at
}

async fn point_at(
    session: &Session,
    tx: &Tx,
    row: &root_cause::Model,
    first: Option<RootCauseId>,
) -> Result<(), Error> {
    let after = root_cause::Model {
        recurrence_of_id: first,
        updated_at: session.now_after(row.updated_at),
        version: row.version + 1,
        ..row.clone()
    };
    let active: root_cause::ActiveModel = after.clone().into();
    active.reset_all().update(&**tx).await?;
    remember(tx, &after).await
}

/// Sets or clears the link. Causes that were recurrences of this one follow it to the first occurrence.
pub(super) async fn link(
    session: &Session,
    tx: &Tx,
    held: &Held,
    row: &root_cause::Model,
    earlier: Option<RootCauseId>,
) -> Result<Vec<NewEvent>, Error> {
    let first = match earlier {
        Some(earlier) => Some(first_occurrence(session, tx, held, row, earlier).await?),
        None => None,
    };
    // The other end, for the events: whoever may not see it must not hear of the link.
    let other_end = match first.or(row.recurrence_of_id) {
        Some(id) => root_cause::Entity::find_by_id(id).one(&**tx).await?,
        None => None,
    };
    let told = |event: NewEvent| match &other_end {
        Some(cause) => event.telling_of(cause.report_id),
        None => event,
    };
    let changes = Changes::new().field("recurrenceOfId", &row.recurrence_of_id, &first);
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    point_at(session, tx, row, first).await?;
    let event_type = if first.is_some() {
        "root_cause.recurred"
    } else {
        "root_cause.updated"
    };
    let mut events = vec![told(event(event_type, row, changes))];
    if let (Some(first), Some(cause)) = (first, &other_end) {
        let followers = root_cause::Entity::find()
            .filter(root_cause::Column::RecurrenceOfId.eq(row.id))
            .order_by_asc(root_cause::Column::Id)
            .hold()
            .all(&**tx)
            .await?;
        if followers.is_empty() {
            return Ok(events);
        }
        let origin = started_at(tx, cause.report_id).await?;
        for follower in followers {
            let there = started_at(tx, follower.report_id).await?;
            if !is_earlier(&origin, &there) {
                return Err(Error::invalid(
                    "recurrenceOfId",
                    "NOT_EARLIER",
                    "A cause that is linked to this one would recur in an incident that is not later; unlink it with linkRecurrence first.",
                ));
            }
            let first = Some(first);
            let changes = Changes::new().field("recurrenceOfId", &follower.recurrence_of_id, &first);
            events.push(told(event("root_cause.updated", &follower, changes)));
            point_at(session, tx, &follower, first).await?;
        }
    }
    Ok(events)
}
