//! Changes the text and the fields of a report.

use chrono::{DateTime, Utc};
use entity::{ids::ReportId, report, report_label};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::{
    create::insert_labels, event, hold, people::stays_visible, remember, review::forget_own_approvals, store_revision,
};
use crate::{
    auth::Session,
    events::service::record,
    people::queries::{active_user, known_team},
    platform::{
        changes::Changes,
        db::Tx,
        error::{Error, Problems, check_version},
        text,
    },
    reports::{
        model::{
            inputs::{Impact, ReportPatch},
            sections::{Section, Sections},
        },
        policy,
    },
    search::{self, model::index::Subject},
};

/// Changes a report. Naming the version it was decided on keeps a faster writer's text.
pub async fn update(session: &Session, id: ReportId, mut patch: ReportPatch) -> Result<(), Error> {
    let tx = session.begin().await?;
    let held = hold(session, &tx, id).await?;
    policy::may_edit(&session.viewer, &held.row, &held.participants)?;
    check_version(patch.expected_version, held.row.version)?;
    if patch.title.is_some() || !patch.sections.is_empty() || patch.impact.is_some() {
        policy::text_is_open(&held.row)?;
    }

    if let Some(team) = patch.team {
        patch.team = Some(session.viewer.team_for_old("teamId", team)?);
    }
    let before = held.row;
    let (mut after, labels) = apply(&before, &patch)?;
    if let Some(owner) = patch.owner.flatten().filter(|owner| Some(*owner) != before.owner_id) {
        active_user(&*tx, "ownerId", owner).await?;
        forget_own_approvals(&tx, id, [owner]).await?;
    }
    if let Some(team) = patch.team.flatten() {
        known_team(&*tx, "teamId", team).await?;
    }
    let users: Vec<_> = held.participants.iter().map(|row| row.user_id).collect();
    stays_visible(&session.viewer, after.visibility, after.owner_id, &users)?;

    let mut changes = differences(&before, &after);
    if let Some(labels) = &labels {
        changes = replace_labels(&tx, id, labels, session.now_after(before.updated_at), changes).await?;
    }
    if changes.is_empty() {
        return Ok(());
    }
    after.updated_at = session.now_after(before.updated_at);
    after.version = before.version + 1;
    // Where this hides or shows it, the database changes its items, too: whoever holds one of them keeps the report.
    let active: report::ActiveModel = after.clone().into();
    active.reset_all().update(&*tx).await?;
    remember(&tx, &after).await?;
    let names: Vec<&str> = changes.names().collect();
    let of_the_text =
        |name: &&str| *name == "title" || *name == "impact" || Section::ALL.iter().any(|s| s.field() == *name);
    let changed: Vec<&str> = names.into_iter().filter(of_the_text).collect();
    if !changed.is_empty() {
        store_revision(session, &tx, &after, &changed).await?;
    }
    search::service::refresh(&tx, &[Subject::Report(id)]).await?;
    record(session, &tx, vec![event("report.updated", &after, changes)]).await?;
    tx.commit().await
}

/// The report as it would be, with its labels when they change.
fn apply(before: &report::Model, patch: &ReportPatch) -> Result<(report::Model, Option<Vec<String>>), Error> {
    let mut after = before.clone();
    let mut problems = Problems::default();
    if let Some(title) = &patch.title {
        after.title = problems.take(text::title("title", title)).unwrap_or_default();
    }
    let mut sections = Sections::of(before);
    for (section, markdown) in &patch.sections {
        *sections.get_mut(*section) = problems
            .take(text::markdown(section.field(), markdown))
            .unwrap_or_default();
    }
    let labels = patch
        .labels
        .as_deref()
        .and_then(|labels| problems.take(text::labels("labels", labels)));
    if let Some(impact) = &patch.impact {
        impact.check(&mut problems);
        set_impact(&mut after, impact.clone());
    }
    problems.finish()?;
    after.executive_summary = sections.executive_summary;
    after.background = sections.background;
    after.root_cause_analysis = sections.root_cause_analysis;
    after.impact_analysis = sections.impact_analysis;
    after.lessons_learned = sections.lessons_learned;
    after.conclusion = sections.conclusion;
    after.owner_id = patch.owner.unwrap_or(before.owner_id);
    after.team_id = patch.team.unwrap_or(before.team_id);
    after.due_on = patch.due_on.unwrap_or(before.due_on);
    if after.due_on != before.due_on {
        after.due_policy_id = None;
    }
    after.original_due_on = before.original_due_on.or(after.due_on);
    after.visibility = patch.visibility.unwrap_or(before.visibility);
    Ok((after, labels))
}

fn set_impact(row: &mut report::Model, impact: Impact) {
    row.customers_affected = impact.customers_affected;
    row.requests_failed = impact.requests_failed;
    row.data_lost = impact.data_lost;
    row.downtime_seconds = impact.downtime_seconds;
    row.cost_minor_units = impact.cost_minor_units;
    row.currency = impact.currency;
}

/// The figures of a stored report.
fn impact_of(row: &report::Model) -> Impact {
    Impact {
        customers_affected: row.customers_affected,
        requests_failed: row.requests_failed,
        data_lost: row.data_lost,
        downtime_seconds: row.downtime_seconds,
        cost_minor_units: row.cost_minor_units,
        currency: row.currency.clone(),
    }
}

fn differences(before: &report::Model, after: &report::Model) -> Changes {
    let (old, new) = (Sections::of(before), Sections::of(after));
    let mut changes = Changes::new()
        .field("title", &before.title, &after.title)
        .field("ownerId", &before.owner_id, &after.owner_id)
        .field("teamId", &before.team_id, &after.team_id)
        .field("dueOn", &before.due_on, &after.due_on)
        .field("duePolicyId", &before.due_policy_id, &after.due_policy_id)
        .field("originalDueOn", &before.original_due_on, &after.original_due_on)
        .field("visibility", &before.visibility, &after.visibility)
        .field("impact", &impact_of(before), &impact_of(after));
    for section in Section::ALL {
        changes = changes.field(section.field(), &old.get(section), &new.get(section));
    }
    changes
}

async fn replace_labels(
    tx: &Tx,
    id: ReportId,
    labels: &[String],
    at: DateTime<Utc>,
    changes: Changes,
) -> Result<Changes, Error> {
    let of_this = report_label::Column::ReportId.eq(id);
    let old = report_label::Entity::find().filter(of_this.clone()).all(&**tx).await?;
    let mut old: Vec<String> = old.into_iter().map(|row| row.label).collect();
    old.sort();
    report_label::Entity::delete_many().filter(of_this).exec(&**tx).await?;
    insert_labels(tx, id, labels, at).await?;
    Ok(changes.field("labels", &old, &labels.to_vec()))
}

/// Marks a report as changed without changing a field of its own.
pub(super) async fn touch(session: &Session, tx: &Tx, row: &report::Model) -> Result<(), Error> {
    let update = report::ActiveModel {
        id: Set(row.id),
        updated_at: Set(session.now_after(row.updated_at)),
        ..Default::default()
    };
    update.update(&**tx).await?;
    Ok(())
}
