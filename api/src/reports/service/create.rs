//! Creates reports.

use entity::{
    enums::{ParticipantRole, ReportStatus},
    ids::ReportId,
    incident, report, report_label,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};

use super::{
    event,
    people::{insert_participants, stays_visible},
    store_revision,
};
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    incidents,
    people::queries::{active_user, known_team},
    platform::{
        changes::Changes,
        db::{Hold, Tx},
        error::{Error, Problems},
        keys::{self, KeyKind},
        text,
    },
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
    let mut participants = new.participants;
    if let Some(me) = session.viewer.id()
        && !participants.contains(&(me, ParticipantRole::Author))
    {
        participants.push((me, ParticipantRole::Author));
    }
    let users: Vec<_> = participants.iter().map(|(user, _)| *user).collect();
    stays_visible(&session.viewer, new.visibility, new.owner, &users)?;
    let now = session.now();
    let id: ReportId = session.mint();
    let row = report::Model {
        id,
        key: keys::next(tx, KeyKind::Report).await?,
        incident_id: incident.id,
        title,
        status: ReportStatus::Draft,
        visibility: new.visibility,
        owner_id: new.owner,
        team_id: team,
        due_on: new.due_on,
        original_due_on: new.due_on,
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
    insert_labels(tx, id, &labels).await?;
    insert_participants(tx, id, &participants).await?;
    store_revision(session, tx, &row, &Section::ALL.map(Section::field)).await?;
    search::service::refresh(tx, &[Subject::Report(id)]).await?;
    let changes = Changes::new()
        .created("title", &row.title)
        .created("incidentId", &row.incident_id)
        .created("visibility", &row.visibility)
        .created("ownerId", &row.owner_id)
        .created("teamId", &row.team_id)
        .created("dueOn", &row.due_on)
        .created("labels", &labels);
    events.push(event("report.created", &row, changes));
    Ok((id, events))
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

pub(super) async fn insert_labels(tx: &Tx, id: ReportId, labels: &[String]) -> Result<(), Error> {
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
