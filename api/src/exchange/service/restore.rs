//! Makes records of a report that was exported: the same records, with their ids, their dates and where they stand.
//!
//! It says who approved and who verified, so only admins may. What the document names and this service does not have (people,
//! teams, services) is left out, and said in the report. A report that is here already is not changed; it is told how the two
//! differ.

mod parts;

use entity::{incident, incident_external_ref, recommendation, report, report_approval, root_cause, timeline_event};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    Imported, Knowledge,
    differences::differences,
    digest, known,
    place::{Places, Unplaced},
    remember,
};
use crate::{
    auth::{Session, scope},
    events::{model::NewEvent, service::record},
    exchange::{forms::record::Record, import::ImportWarning, model, queries},
    incidents::{model::ExternalRef, service as incidents},
    platform::{db::Tx, error::Error},
    reports::service as reports,
    trackers::service::links::Projects,
};

/// The code of what is refused because all the causes of a recommendation are of a report that is not here.
const OTHER_REPORT_FIRST: &str = "OTHER_REPORT_FIRST";

/// Can this be imported once another document has been?
pub fn waits_for_another(refused: &Error) -> bool {
    matches!(refused, Error::Invalid(problems) if problems.iter().any(|problem| problem.code == OTHER_REPORT_FIRST))
}

/// Imports an exported report, once.
pub async fn restore(session: &Session, file_name: &str, text: &str, document: &Record) -> Result<Imported, Error> {
    if session.viewer.require_admin().is_err() {
        return Err(Error::forbidden(
            "Only an admin may import an exported report, because it says who approved and verified what; ask one.",
        ));
    }
    let digest = digest(text);
    match Box::pin(attempt(session, file_name, &digest, document)).await? {
        Some(imported) => Ok(imported),
        None => Box::pin(attempt(session, file_name, &digest, document))
            .await?
            .ok_or_else(|| Error::internal("an import lost the race for its text twice")),
    }
}

/// None when somebody else has just imported the same text.
async fn attempt(
    session: &Session,
    file_name: &str,
    digest: &str,
    document: &Record,
) -> Result<Option<Imported>, Error> {
    let tx = session.begin().await?;
    if let Knowledge::Imported(known) = known(session, &tx, digest).await? {
        return Ok(Some(known));
    }
    if let Some(imported) = here(session, &tx, document).await? {
        return Ok(Some(imported));
    }
    let mut restoring = Restoring {
        session,
        tx: &tx,
        places: Places::gather(&tx).await?,
        projects: Projects::gather(session, &tx).await?,
        warnings: Vec::new(),
        events: Vec::new(),
    };
    restoring.nothing_taken(document).await?;
    let incident = restoring.incident(document).await?;
    let report = restoring.report(document, &incident).await?;
    restoring.causes(document, &report).await?;
    for item in &document.recommendations {
        Box::pin(restoring.item(item, &report)).await?;
    }
    reports::store_first_revision(session, &tx, &report).await?;
    let Restoring { warnings, events, .. } = restoring;
    if !remember(session, &tx, report.id, digest, file_name, None).await? {
        return Ok(None);
    }
    record(session, &tx, events).await?;
    tx.commit().await?;
    Ok(Some(Imported {
        report: report.id,
        key: report.key,
        created: true,
        warnings,
    }))
}

/// What is said when the report is here already.
async fn here(session: &Session, tx: &Tx, document: &Record) -> Result<Option<Imported>, Error> {
    let row = scope::reports(&session.viewer)
        .filter(report::Column::Id.eq(document.report.id))
        .one(&**tx)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    session.note_shown::<report::Entity>(std::iter::once(&row));
    let current = queries::record(session, &**tx, &row).await?;
    let differences = differences(&current, document)?;
    let summary = match differences.len() {
        0 => format!("This report is here already, as {}; nothing was changed.", row.key),
        count => format!(
            "This report is here already, as {}, and differs from the document in {count} places; nothing was changed.",
            row.key
        ),
    };
    let warnings = std::iter::once(summary).chain(differences).map(model::note).collect();
    Ok(Some(Imported {
        report: row.id,
        key: row.key,
        created: false,
        warnings,
    }))
}

struct Restoring<'s> {
    session: &'s Session,
    tx: &'s Tx,
    places: Places,
    projects: Projects,
    warnings: Vec<ImportWarning>,
    events: Vec<NewEvent>,
}

impl Restoring<'_> {
    fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(model::note(message));
    }

    /// The parts of a report that is not here must not be here either.
    async fn nothing_taken(&self, document: &Record) -> Result<(), Error> {
        let db = &**self.tx;
        let causes = root_cause::Entity::find()
            .filter(root_cause::Column::Id.is_in(document.root_causes.iter().map(|cause| cause.id)))
            .all(db)
            .await?;
        let items = recommendation::Entity::find()
            .filter(recommendation::Column::Id.is_in(document.recommendations.iter().map(|item| item.id)))
            .all(db)
            .await?;
        let moments = timeline_event::Entity::find()
            .filter(timeline_event::Column::Id.is_in(document.timeline.iter().map(|moment| moment.id)))
            .all(db)
            .await?;
        let taken = causes.first().map(|row| (row.id.to_string(), row.report_id));
        let taken = taken.or(items.first().map(|row| (row.id.to_string(), row.report_id)));
        let Some((id, report)) = taken.or(moments.first().map(|row| (row.id.to_string(), row.report_id))) else {
            return Ok(());
        };
        let owner = report::Entity::find_by_id(report).one(db).await?;
        let key = owner.map(|row| row.key).unwrap_or_default();
        Err(Error::invalid(
            "markdown",
            "TAKEN",
            format!(
                "{id} in this document is part of {key} here; a part belongs to one report, so give it an id of its own."
            ),
        ))
    }

    /// The incident, new or here already: several reports may analyse one.
    async fn incident(&mut self, document: &Record) -> Result<incident::Model, Error> {
        let given = &document.incident;
        if let Some(row) = incident::Entity::find_by_id(given.id).one(&**self.tx).await? {
            if row.title != given.title || row.started_at != given.started_at {
                self.warn(format!(
                    "{} is here already and is described in another way in the document; it was not changed.",
                    row.key
                ));
            }
            return Ok(row);
        }
        let now = self.session.now();
        let mut unplaced = Unplaced::default();
        let row = incident::Model {
            id: given.id,
            key: given.key.clone(),
            title: given.title.clone(),
            severity: given.severity,
            team_id: self.places.team(&mut unplaced, "incident's team", given.team.as_ref()),
            started_at: given.started_at,
            detected_at: given.detected_at,
            mitigated_at: given.mitigated_at,
            resolved_at: given.resolved_at,
            created_by_id: self.places.quietly(given.created_by.as_ref()),
            created_at: given.created_at.min(now),
            updated_at: given.updated_at.min(now),
            version: 1,
        };
        let services = self.places.services(&mut unplaced, &given.services);
        let mut references = Vec::new();
        for reference in &given.external_refs {
            let key = (reference.system.to_lowercase(), reference.id.clone());
            if incident_external_ref::Entity::find_by_id(key)
                .one(&**self.tx)
                .await?
                .is_some()
            {
                self.warn(format!(
                    "Another incident is {} {} already; this one does not get that reference.",
                    reference.system, reference.id
                ));
                continue;
            }
            references.push(ExternalRef {
                system: reference.system.to_lowercase(),
                id: reference.id.clone(),
                url: reference.url.clone(),
            });
        }
        let event = incidents::restore(self.session, self.tx, row, &services, &references).await?;
        self.events.push(event);
        self.warnings.extend(unplaced.warnings());
        let row = incident::Entity::find_by_id(given.id).one(&**self.tx).await?;
        row.ok_or_else(|| Error::internal("the new incident is gone"))
    }

    async fn report(&mut self, document: &Record, incident: &incident::Model) -> Result<report::Model, Error> {
        let given = &document.report;
        let now = self.session.now();
        let mut unplaced = Unplaced::default();
        let owner = self.places.person(&mut unplaced, "OWNER", given.owner.as_ref());
        let team = self.places.team(&mut unplaced, "report's team", given.team.as_ref());
        let participants = given
            .participants
            .iter()
            .filter_map(|part| {
                let user = self
                    .places
                    .person(&mut unplaced, part.role.as_str(), Some(&part.user))?;
                Some((user, part.role))
            })
            .collect();
        let approvals = given
            .approvals
            .iter()
            .filter_map(|approval| {
                let said = format!("{} on {}", approval.decision, approval.decided_at.date_naive());
                let user = self.places.person(&mut unplaced, &said, Some(&approval.user))?;
                Some(report_approval::Model {
                    id: self.session.mint(),
                    report_id: given.id,
                    user_id: user,
                    decision: approval.decision,
                    comment: approval.comment.clone(),
                    decided_at: approval.decided_at,
                })
            })
            .collect();
        let mut sections = given.sections.clone();
        model::keep(&mut sections.background, &unplaced.lines);
        let impact = given.impact.clone();
        let row = report::Model {
            id: given.id,
            key: given.key.clone(),
            incident_id: incident.id,
            title: given.title.clone(),
            status: given.status,
            visibility: given.visibility,
            owner_id: owner,
            team_id: team,
            due_on: given.due_on,
            original_due_on: given.original_due_on,
            due_policy_id: None,
            executive_summary: sections.executive_summary,
            background: sections.background,
            root_cause_analysis: sections.root_cause_analysis,
            impact_analysis: sections.impact_analysis,
            lessons_learned: sections.lessons_learned,
            conclusion: sections.conclusion,
            customers_affected: impact.customers_affected,
            requests_failed: impact.requests_failed,
            data_lost: impact.data_lost,
            downtime_seconds: impact.downtime_seconds,
            cost_minor_units: impact.cost_minor_units,
            currency: impact.currency,
            published_at: given.published_at,
            created_by_id: self.places.quietly(given.created_by.as_ref()),
            created_at: given.created_at.min(now),
            updated_at: given.updated_at.min(now),
            version: 1,
        };
        self.warnings.extend(unplaced.warnings());
        let timeline = document.timeline.iter().map(|moment| timeline_event::Model {
            id: moment.id,
            report_id: given.id,
            occurred_at: moment.occurred_at,
            kind: moment.kind,
            description: moment.description.clone(),
            source_url: moment.source_url.clone(),
            created_at: now,
            updated_at: now,
        });
        let restored = reports::Restored {
            row,
            labels: given.labels.clone(),
            participants,
            approvals,
            timeline: timeline.collect(),
        };
        let (row, event) = reports::restore(self.session, self.tx, restored).await?;
        self.events.push(event);
        if row.key != given.key {
            self.warn(format!(
                "{} is the key of another report here; this one is {}.",
                given.key, row.key
            ));
        }
        Ok(row)
    }
}
