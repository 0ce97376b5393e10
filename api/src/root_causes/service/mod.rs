//! Adds, changes, links and removes root causes. Who may is whoever may edit the report.

mod recurrence;
mod restored;

pub use recurrence::link_recurrence;
pub use restored::{restore, restore_recurrence};

use entity::{
    cause_category,
    enums::SubjectKind,
    ids::{CauseCategoryId, ReportId, RootCauseId},
    recommendation, recommendation_root_cause, root_cause, root_cause_version,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, ModelTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use serde_json::json;

use super::model::{NewRootCause, RootCausePatch};
use crate::{
    auth::{Session, scope},
    events::{model::NewEvent, service::record},
    platform::{
        changes::Changes,
        db::{Hold, Turn, Tx, end_past, renew_past},
        error::{Error, Problems, check_version},
        text,
    },
    reports::{
        policy,
        service::{Held, hold},
    },
    search::{self, model::index::Subject},
};

fn event(event_type: &'static str, row: &root_cause::Model, changes: Changes) -> NewEvent {
    NewEvent::new(event_type, SubjectKind::RootCause, row.id, Some(row.report_id))
        .changes(changes)
        .payload(json!({ "title": row.title }))
}

/// Notes what a cause is from its last change on.
async fn remember(tx: &Tx, row: &root_cause::Model) -> Result<(), Error> {
    let version = root_cause_version::ActiveModel {
        root_cause_id: Set(row.id),
        report_id: Set(row.report_id),
        title: Set(row.title.clone()),
        role: Set(row.role),
        category_id: Set(row.category_id),
        no_action_reason: Set(row.no_action_reason.clone()),
        recurrence_of_id: Set(row.recurrence_of_id),
        valid_from: Set(row.updated_at),
        valid_to: Set(None),
    };
    renew_past(tx, row.id, version, row.updated_at).await
}

/// Adds a cause to a report.
pub async fn add(session: &Session, new: NewRootCause) -> Result<RootCauseId, Error> {
    let tx = session.begin().await?;
    if new.recurrence_of.is_some() {
        tx.take_turn(Turn::LinkRecurrence).await?;
    }
    let (row, mut events) = add_within(session, &tx, &new).await?;
    if let Some(earlier) = new.recurrence_of {
        let held = hold(session, &tx, row.report_id).await?;
        events.extend(recurrence::link(session, &tx, &held, &row, Some(earlier)).await?);
    }
    record(session, &tx, events).await?;
    tx.commit().await?;
    Ok(row.id)
}

/// The part of [`add`] inside a transaction, without the recurrence, for callers that record more in it.
pub async fn add_within(
    session: &Session,
    tx: &Tx,
    new: &NewRootCause,
) -> Result<(root_cause::Model, Vec<NewEvent>), Error> {
    let held = hold(session, tx, new.report).await?;
    policy::may_edit(&session.viewer, &held.row, &held.participants)?;
    policy::text_is_open(&held.row)?;
    let mut problems = Problems::default();
    let title = problems.take(text::title("title", &new.title)).unwrap_or_default();
    let description = problems
        .take(text::markdown("description", &new.description))
        .unwrap_or_default();
    problems.finish()?;
    check_category(tx, new.category).await?;
    if let Some(parent) = new.parent {
        check_parent(tx, new.report, None, parent).await?;
    }
    let now = session.now();
    let row = root_cause::Model {
        id: session.mint(),
        report_id: new.report,
        title,
        description,
        role: new.role,
        category_id: new.category,
        parent_id: new.parent,
        no_action_reason: None,
        recurrence_of_id: None,
        created_by_id: session.viewer.id(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let active: root_cause::ActiveModel = row.clone().into();
    root_cause::Entity::insert(active.reset_all())
        .exec_without_returning(&**tx)
        .await?;
    remember(tx, &row).await?;
    search::service::refresh(tx, &[Subject::RootCause(row.id)]).await?;
    let event = added(&row);
    Ok((row, vec![event]))
}

fn added(row: &root_cause::Model) -> NewEvent {
    let changes = Changes::new()
        .created("title", &row.title)
        .created("description", &row.description)
        .created("role", &row.role)
        .created("categoryId", &row.category_id)
        .created("parentId", &row.parent_id);
    event("root_cause.added", row, changes)
}

async fn check_category(tx: &Tx, id: Option<CauseCategoryId>) -> Result<(), Error> {
    if let Some(id) = id
        && cause_category::Entity::find_by_id(id).one(&**tx).await?.is_none()
    {
        return Err(Error::invalid(
            "categoryId",
            "UNKNOWN_CATEGORY",
            "There is no such category; look the id up under causeCategories.",
        ));
    }
    Ok(())
}

/// A parent is a cause of the same report that is not, directly or through others, explained by the child.
async fn check_parent(tx: &Tx, report: ReportId, child: Option<RootCauseId>, parent: RootCauseId) -> Result<(), Error> {
    let causes = root_cause::Entity::find()
        .filter(root_cause::Column::ReportId.eq(report))
        .all(&**tx)
        .await?;
    let find = |id: RootCauseId| causes.iter().find(|cause| cause.id == id);
    if find(parent).is_none() {
        return Err(Error::invalid(
            "parentId",
            "FOREIGN_PARENT",
            "The parent must be a root cause of the same report; a cause in another incident is linked by linkRecurrence.",
        ));
    }
    let mut above = Some(parent);
    // A chain cannot be longer than there are causes.
    for _ in 0..=causes.len() {
        match above {
            None => return Ok(()),
            Some(id) if Some(id) == child => break,
            Some(id) => above = find(id).and_then(|cause| cause.parent_id),
        }
    }
    Err(Error::invalid(
        "parentId",
        "CYCLE",
        "This would make the cause explain itself; choose another parent.",
    ))
}

/// A cause that is about to change, with its report; both locked.
async fn hold_cause(session: &Session, tx: &Tx, id: RootCauseId) -> Result<(root_cause::Model, Held), Error> {
    let missing = || Error::not_found("root cause");
    let visible = scope::root_causes(&session.viewer).filter(root_cause::Column::Id.eq(id));
    let report = visible.clone().one(&**tx).await?.ok_or_else(missing)?.report_id;
    let held = hold(session, tx, report).await?;
    policy::may_edit(&session.viewer, &held.row, &held.participants)?;
    // Again, under the report's lock: it may have changed or gone meanwhile.
    let row = visible.hold().one(&**tx).await?.ok_or_else(missing)?;
    Ok((row, held))
}

/// Changes a cause.
pub async fn update(session: &Session, id: RootCauseId, patch: RootCausePatch) -> Result<(), Error> {
    let tx = session.begin().await?;
    let (before, held) = hold_cause(session, &tx, id).await?;
    check_version(patch.expected_version, before.version)?;
    let mut after = before.clone();
    let mut problems = Problems::default();
    if let Some(title) = &patch.title {
        after.title = problems.take(text::title("title", title)).unwrap_or_default();
    }
    if let Some(description) = &patch.description {
        after.description = problems
            .take(text::markdown("description", description))
            .unwrap_or_default();
    }
    problems.finish()?;
    after.role = patch.role.unwrap_or(before.role);
    if let Some(category) = patch.category {
        check_category(&tx, category).await?;
        after.category_id = category;
    }
    if let Some(parent) = patch.parent {
        if let Some(parent) = parent {
            check_parent(&tx, before.report_id, Some(id), parent).await?;
        }
        after.parent_id = parent;
    }
    let of_the_text = Changes::new()
        .field("title", &before.title, &after.title)
        .field("description", &before.description, &after.description)
        .field("role", &before.role, &after.role)
        .field("categoryId", &before.category_id, &after.category_id)
        .field("parentId", &before.parent_id, &after.parent_id);
    if !of_the_text.is_empty() {
        policy::text_is_open(&held.row)?;
    }
    if patch.clear_no_action {
        after.no_action_reason = None;
    }
    let changes = of_the_text.field("noActionReason", &before.no_action_reason, &after.no_action_reason);
    store(session, tx, before, after, "root_cause.updated", changes).await
}

async fn store(
    session: &Session,
    tx: Tx,
    before: root_cause::Model,
    mut after: root_cause::Model,
    event_type: &'static str,
    changes: Changes,
) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    after.updated_at = session.now_after(before.updated_at);
    after.version = before.version + 1;
    let event = event(event_type, &after, changes);
    let active: root_cause::ActiveModel = after.clone().into();
    active.reset_all().update(&*tx).await?;
    remember(&tx, &after).await?;
    search::service::refresh(&tx, &[Subject::RootCause(before.id)]).await?;
    record(session, &tx, vec![event]).await?;
    tx.commit().await
}

/// Records why nothing is recommended against a cause.
pub async fn record_no_action(session: &Session, id: RootCauseId, reason: &str) -> Result<(), Error> {
    let tx = session.begin().await?;
    let (before, _) = hold_cause(session, &tx, id).await?;
    let mut after = before.clone();
    after.no_action_reason = Some(text::note("reason", reason)?);
    let changes = Changes::new().field("noActionReason", &before.no_action_reason, &after.no_action_reason);
    store(session, tx, before, after, "root_cause.updated", changes).await
}

/// Removes a cause. Its text stays in the event; what it was explained by then explains its parent.
pub async fn remove(session: &Session, id: RootCauseId) -> Result<ReportId, Error> {
    let tx = session.begin().await?;
    let (row, held) = hold_cause(session, &tx, id).await?;
    policy::text_is_open(&held.row)?;
    // Whoever is about to point something at it comes first, and is seen below.
    root_cause::Entity::find_by_id(id).hold_to_remove().one(&*tx).await?;
    refuse_if_used(session, &tx, id).await?;
    let mut events = hand_children_on(session, &tx, &row).await?;
    let changes = Changes::new()
        .field("title", &Some(row.title.clone()), &None)
        .field("description", &Some(row.description.clone()), &None)
        .field("role", &Some(row.role), &None)
        .field("categoryId", &row.category_id, &None)
        .field("parentId", &row.parent_id, &None)
        .field("noActionReason", &row.no_action_reason, &None)
        .field("recurrenceOfId", &row.recurrence_of_id, &None);
    events.push(event("root_cause.removed", &row, changes));
    end_past::<root_cause_version::Entity>(&tx, id, session.now_after(row.updated_at)).await?;
    row.delete(&*tx).await?;
    search::service::refresh(&tx, &[Subject::RootCause(id)]).await?;
    record(session, &tx, events).await?;
    tx.commit().await?;
    Ok(held.row.id)
}

/// What a cause that goes was explained by then explains its parent.
async fn hand_children_on(session: &Session, tx: &Tx, gone: &root_cause::Model) -> Result<Vec<NewEvent>, Error> {
    let children = root_cause::Entity::find()
        .filter(root_cause::Column::ParentId.eq(gone.id))
        .order_by_asc(root_cause::Column::Id)
        .hold()
        .all(&**tx)
        .await?;
    let mut events = Vec::new();
    for child in children {
        let changes = Changes::new().field("parentId", &child.parent_id, &gone.parent_id);
        events.push(event("root_cause.updated", &child, changes));
        let update = root_cause::ActiveModel {
            parent_id: Set(gone.parent_id),
            updated_at: Set(session.now_after(child.updated_at)),
            version: Set(child.version + 1),
            ..child.into()
        };
        update.update(&**tx).await?;
    }
    Ok(events)
}

/// Of what stands in the way only what may be seen is told apart.
async fn refuse_if_used(session: &Session, tx: &Tx, id: RootCauseId) -> Result<(), Error> {
    let links = recommendation_root_cause::Entity::find()
        .filter(recommendation_root_cause::Column::RootCauseId.eq(id))
        .all(&**tx)
        .await?;
    let treatments = scope::recommendations(&session.viewer)
        .filter(recommendation::Column::Id.is_in(links.iter().map(|link| link.recommendation_id)))
        .all(&**tx)
        .await?;
    if !treatments.is_empty() {
        let keys: Vec<&str> = treatments.iter().map(|row| row.key.as_str()).collect();
        let which = keys.join(", ");
        return Err(Error::invalid(
            "id",
            "TREATED",
            format!("This cause is treated by {which}; point that at another cause with addressRootCauses first."),
        ));
    }
    if has_recurrences(tx, scope::root_causes(&session.viewer), id).await? {
        return Err(Error::invalid(
            "id",
            "HAS_RECURRENCES",
            "Later causes are linked to this one as its recurrences; unlink them with linkRecurrence first.",
        ));
    }
    if !links.is_empty() || has_recurrences(tx, root_cause::Entity::find(), id).await? {
        return Err(Error::invalid(
            "id",
            "IN_USE",
            "This cause cannot be removed by you; ask an admin to look what holds it.",
        ));
    }
    Ok(())
}

async fn has_recurrences(tx: &Tx, among: Select<root_cause::Entity>, id: RootCauseId) -> Result<bool, Error> {
    let one = among
        .filter(root_cause::Column::RecurrenceOfId.eq(id))
        .limit(1)
        .one(&**tx)
        .await?;
    Ok(one.is_some())
}
