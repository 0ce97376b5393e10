//! Creates reports.

use chrono::{DateTime, Utc};
use entity::{
    enums::{ParticipantRole, ReportStatus},
    ids::ReportId,
    incident, report, report_label, report_label_version,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::json;

use super::{
    event,
    people::{insert_participants, stays_visible},
    remember,
    restored::created,
    store_revision,
};
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    incidents,
    people::queries::{active_user, known_team},
    platform::{
        db::{Hold, Tx, renew_members},
        error::{Error, Problems},
        keys::{self, KeyKind},
        text,
    },
    policies::{self, model::Case},
    reports::model::{
        inputs::{NewReport, OfIncident},
        sections::Section,
    },
    search::{self, model::index::Subject},
};

/// Creates a report, and its incident with it when that is new.
pub async fn create(session: &Session, new: NewReport) -> Result<ReportId, Error> {
    let tx = session.begin().await?;
    let (id, events) = create_within(session, &tx, new).await?;
    record(session, &tx, events).await?;
    tx.commit().await?;
    Ok(id)
}

/// The part of [`create`] inside a transaction, for callers that record more in it.
pub async fn create_within(session: &Session, tx: &Tx, new: NewReport) -> Result<(ReportId, Vec<NewEvent>), Error> {
    session.viewer.require_member()?;
    let mut events = Vec::new();
    let incident = match &new.incident {
        OfIncident::Known(id) => *id,
        OfIncident::New(new) => {
            let (id, event) = incidents::service::create_within(session, tx, new).await?;
            events.extend(event);
            id
        }
    };
    // Held: its title is found with the report, so whoever changes it must see this report.
    let incident = incident::Entity::find_by_id(incident)
        .hold()
        .one(&**tx)
        .await?
        .ok_or_else(|| {
            Error::invalid(
                "incidentId",
                "UNKNOWN_INCIDENT",
                "There is no such incident; look the id up under incidents.",
            )
        })?;
    let team = session.viewer.team_for_new("teamId", new.team)?.or(incident.team_id);
    let (title, labels) = check(&new, &incident)?;
    if let Some(owner) = new.owner {
        active_user(&**tx, "ownerId", owner).await?;
    }
    if let Some(team) = team {
        known_team(&**tx, "teamId", team).await?;
    }
    let mut participants = new.participants.clone();
    if let Some(me) = session.viewer.id()
        && !participants.contains(&(me, ParticipantRole::Author))
    {
        participants.push((me, ParticipantRole::Author));
    }
    let users: Vec<_> = participants.iter().map(|(user, _)| *user).collect();
    stays_visible(&session.viewer, new.visibility, new.owner, &users)?;
    let new = NewReport {
        title: Some(title),
        team,
        labels,
        participants,
        ..new
    };
    let (id, event) = write(session, tx, &incident, new).await?;
    events.push(event);
    Ok((id, events))
}

/// Stores a DRAFT on an incident. What it is made of is known to be sound.
pub(super) async fn write(
    session: &Session,
    tx: &Tx,
    incident: &incident::Model,
    new: NewReport,
) -> Result<(ReportId, NewEvent), Error> {
    let due = match new.due_on {
        None => policies::queries::due(session, &**tx, &weighed(incident)).await?,
        Some(_) => None,
    };
    let due_on = due.as_ref().map(|due| due.on).or(new.due_on.flatten());
    let now = session.now();
    let id: ReportId = session.mint();
    let row = report::Model {
        id,
        key: keys::next(tx, KeyKind::Report).await?,
        incident_id: incident.id,
        title: new.title.unwrap_or_else(|| incident.title.clone()),
        status: ReportStatus::Draft,
        visibility: new.visibility,
        owner_id: new.owner,
        team_id: new.team,
        due_on,
        original_due_on: due_on,
        due_policy_id: due.as_ref().map(|due| due.id),
        executive_summary: new.sections.executive_summary,
        background: new.sections.background,
        root_cause_analysis: new.sections.root_cause_analysis,
        impact_analysis: new.sections.impact_analysis,
        lessons_learned: new.sections.lessons_learned,
        conclusion: new.sections.conclusion,
        customers_affected: new.impact.customers_affected,
        requests_failed: new.impact.requests_failed,
        data_lost: new.impact.data_lost,
        downtime_seconds: new.impact.downtime_seconds,
        cost_minor_units: new.impact.cost_minor_units,
        currency: new.impact.currency,
        published_at: None,
        created_by_id: session.viewer.id(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let active: report::ActiveModel = row.clone().into();
    report::Entity::insert(active.reset_all())
        .exec_without_returning(&**tx)
        .await?;
    remember(tx, &row).await?;
    insert_labels(tx, id, &new.labels, now).await?;
    insert_participants(tx, id, &new.participants).await?;
    store_revision(session, tx, &row, &Section::ALL.map(Section::field)).await?;
    search::service::refresh(tx, &[Subject::Report(id)]).await?;
    let changes = created(&row, &new.labels);
    let mut event = event("report.created", &row, changes);
    if let Some(due) = due {
        event.payload["duePolicy"] = json!(due);
    }
    Ok((id, event))
}

/// What the policies look at.
pub(super) fn weighed(incident: &incident::Model) -> Case {
    Case::Report {
        severity: incident.severity,
        team: incident.team_id,
    }
}

fn check(new: &NewReport, incident: &incident::Model) -> Result<(String, Vec<String>), Error> {
    let mut problems = Problems::default();
    let title = problems.take(text::title("title", new.title.as_deref().unwrap_or(&incident.title)));
    let labels = problems.take(text::labels("labels", &new.labels));
    for section in Section::ALL {
        problems.take(text::markdown(section.field(), new.sections.get(section)));
    }
    new.impact.check(&mut problems);
    problems.finish()?;
    Ok((title.unwrap_or_default(), labels.unwrap_or_default()))
}

pub(super) async fn insert_labels(tx: &Tx, id: ReportId, labels: &[String], at: DateTime<Utc>) -> Result<(), Error> {
    renew_members::<report_label_version::Entity>(tx, id, labels, at).await?;
    if labels.is_empty() {
        return Ok(());
    }
    let rows = labels.iter().map(|label| report_label::ActiveModel {
        report_id: Set(id),
        label: Set(label.clone()),
    });
    report_label::Entity::insert_many(rows)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}
