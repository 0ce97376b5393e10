//! Makes recommendations of the rows of a table, each in a transaction of its own and once.
//!
//! A row is known again by what its tool calls it, else by its first link, else by its title, in its report. The table says who
//! has accepted and who has checked what, so only admins may.

use entity::{
    enums::{ClosureReason, Severity, Visibility},
    ids::{ReportId, RootCauseId},
    incident, report, report_import, root_cause,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use tokio::sync::OnceCell;

use super::{Knowledge, People, known, remember};
use crate::{
    auth::{Session, scope},
    events::{model::NewEvent, service::record},
    exchange::{
        forms::items::{Row, Standing},
        model,
    },
    incidents::model::{Moments, NewIncident},
    platform::{clock::start_of_day_in, db::Tx, error::Error, keys, secret, text},
    recommendations::{
        model::{NewEvidence, NewRecommendation, StepInput},
        service as recommendations,
    },
    reports::{
        model::{
            inputs::{Impact, NewReport, OfIncident},
            sections::Sections,
        },
        service as reports,
    },
    root_causes::{model::NewRootCause, service as root_causes},
    trackers::service::links::{Projects, link_found},
};

/// What came of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The key of the recommendation, new or known; none when the row was imported before keys were noted.
    pub item: Option<String>,
    /// False: the row had been imported before, and nothing was changed.
    pub created: bool,
    /// Its report.
    pub report: String,
    /// What was unclear, and what was done about it.
    pub warnings: Vec<String>,
}

/// Everybody whom the rows of a table could mean: read with the first of them that is new.
#[derive(Default)]
pub struct Named(OnceCell<People>);

/// Imports a row, once. `name` is the report of rows that name none: its key, or what it is to be called.
pub async fn import(session: &Session, file_name: &str, name: &str, named: &Named, row: &Row) -> Result<Done, Error> {
    if session.viewer.require_admin().is_err() {
        return Err(Error::forbidden(
            "Only an admin may import a table of action items, because it says who accepted what; ask one.",
        ));
    }
    let tx = session.begin().await?;
    let mut making = Making {
        session,
        tx: &tx,
        named,
        file_name,
        events: Vec::new(),
        warnings: Vec::new(),
    };
    let place = making.report(row.report.as_deref().unwrap_or(name)).await?;
    let handle = row
        .reference
        .as_ref()
        .or(row.links.first())
        .unwrap_or(&row.title)
        .to_lowercase();
    let digest = secret::digest(&format!("item {} {handle}", place.id));
    let content = secret::digest(&format!("item {} {handle} {}", place.id, said(row)));
    if let Knowledge::Imported(known) = known(session, &tx, &digest).await? {
        let rows = report_import::Entity::find()
            .filter(report_import::Column::Digest.is_in([digest, content.clone()]))
            .all(&*tx)
            .await?;
        let warnings = match rows.iter().any(|row| row.digest == content) {
            true => Vec::new(),
            false => vec!["It has been changed since it was imported; nothing was changed here.".to_owned()],
        };
        return Ok(Done {
            item: rows.into_iter().find_map(|row| row.item_key),
            created: false,
            report: known.key,
            warnings,
        });
    }
    let causes = making.causes(place.id).await?;
    let item = making.item(row, causes).await?;
    for digest in [digest, content] {
        if !remember(session, &tx, place.id, &digest, file_name, Some(&item)).await? {
            return Err(Error::invalid(
                "table",
                "TAKEN",
                "somebody else has just imported this row; repeat the import to see it".to_owned(),
            ));
        }
    }
    let Making { events, warnings, .. } = making;
    record(session, &tx, events).await?;
    tx.commit().await?;
    Ok(Done {
        item: Some(item),
        created: true,
        report: place.key,
        warnings,
    })
}

/// All that a row says, to know a change of it. Not its number: rows move.
fn said(row: &Row) -> String {
    let row = Row { row: 0, ..row.clone() };
    format!("{row:?}")
}

struct Making<'s> {
    session: &'s Session,
    tx: &'s Tx,
    named: &'s Named,
    file_name: &'s str,
    events: Vec<NewEvent>,
    warnings: Vec<String>,
}

impl Making<'_> {
    /// The report of a key, of the key of an incident, or of a name; one of a name is made when there is none.
    async fn report(&mut self, name: &str) -> Result<report::Model, Error> {
        let key = keys::normalise(name);
        let is_key = |prefix: &str| {
            let number = key.strip_prefix(prefix);
            number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
        };
        let missing = || {
            Error::invalid(
                "report",
                "UNKNOWN_REPORT",
                format!("there is no report {key}, or you may not see it"),
            )
        };
        if is_key("PM-") {
            let row = scope::reports(&self.session.viewer)
                .filter(report::Column::Key.eq(&key))
                .one(&**self.tx)
                .await?;
            return row.ok_or_else(missing);
        }
        if is_key("INC-") {
            let incident = incident::Entity::find()
                .filter(incident::Column::Key.eq(&key))
                .one(&**self.tx)
                .await?
                .ok_or_else(|| Error::invalid("report", "UNKNOWN_INCIDENT", format!("there is no incident {key}")))?;
            let row = scope::reports(&self.session.viewer)
                .filter(report::Column::IncidentId.eq(incident.id))
                .order_by_desc(report::Column::CreatedAt)
                .order_by_desc(report::Column::Id)
                .one(&**self.tx)
                .await?;
            return row.ok_or_else(|| {
                Error::invalid(
                    "report",
                    "UNKNOWN_REPORT",
                    format!("there is no report on {key} that you may see"),
                )
            });
        }
        let title = model::line(name);
        let digest = secret::digest(&format!("items of {}", title.to_lowercase()));
        let id = match known(self.session, self.tx, &digest).await? {
            Knowledge::Imported(known) => known.report,
            Knowledge::New | Knowledge::Hidden => self.new_report(title, &digest).await?,
        };
        let row = report::Entity::find_by_id(id).one(&**self.tx).await?;
        row.ok_or_else(missing)
    }

    async fn new_report(&mut self, title: String, digest: &str) -> Result<ReportId, Error> {
        self.warnings.push(format!(
            "There was no report {title:?}; it was made, on an incident of SEV3 as of now. Correct these."
        ));
        let incident = NewIncident {
            title: title.clone(),
            severity: Severity::Sev3,
            moments: Moments {
                started_at: self.session.now(),
                detected_at: None,
                mitigated_at: None,
                resolved_at: None,
            },
            team: None,
            services: Vec::new(),
            external_refs: Vec::new(),
        };
        let new = NewReport {
            incident: OfIncident::New(Box::new(incident)),
            title: Some(title),
            owner: None,
            team: None,
            due_on: Some(None),
            visibility: Visibility::Organization,
            labels: Vec::new(),
            sections: Sections::default(),
            impact: Impact::default(),
            participants: Vec::new(),
        };
        let (id, events) = reports::create_within(self.session, self.tx, new).await?;
        self.events.extend(events);
        remember(self.session, self.tx, id, digest, self.file_name, None).await?;
        Ok(id)
    }

    /// The causes that the items treat: all of the report, as no table says which.
    async fn causes(&mut self, report: ReportId) -> Result<Vec<RootCauseId>, Error> {
        let rows = root_cause::Entity::find()
            .filter(root_cause::Column::ReportId.eq(report))
            .order_by_asc(root_cause::Column::CreatedAt)
            .order_by_asc(root_cause::Column::Id)
            .all(&**self.tx)
            .await?;
        if !rows.is_empty() {
            return Ok(rows.into_iter().map(|row| row.id).collect());
        }
        let new = NewRootCause {
            report,
            title: "Root cause not stated".to_owned(),
            description: "The imported table states none. Replace this record.".to_owned(),
            role: entity::enums::CauseRole::Contributing,
            category: None,
            parent: None,
            recurrence_of: None,
        };
        let (row, events) = root_causes::add_within(self.session, self.tx, &new).await?;
        self.events.extend(events);
        Ok(vec![row.id])
    }

    async fn item(&mut self, given: &Row, causes: Vec<RootCauseId>) -> Result<String, Error> {
        let people = self.named.0.get_or_try_init(|| People::gather(self.tx)).await?;
        let owner = given.owner.as_deref().and_then(|name| people.find(name));
        let mut description = given.description.clone();
        if let Some(name) = given.owner.as_deref().filter(|_| owner.is_none()) {
            self.warnings.push(format!(
                "There is no user {name:?}; the item has no owner, and the name stands in its description."
            ));
            description = [description.as_str(), &format!("Owner in the table: {name}")]
                .join("\n\n")
                .trim()
                .to_owned();
        }
        let new = NewRecommendation {
            root_causes: causes,
            title: given.title.clone(),
            description,
            kind: given.kind.unwrap_or(entity::enums::RecommendationKind::Prevent),
            priority: given.priority.unwrap_or(entity::enums::Priority::P2),
            strength: None,
            owner,
            team: None,
            due_on: given.due_on,
            acceptance_criterion: given.criterion.clone(),
            labels: given.labels.clone(),
        };
        let (row, created) = recommendations::create_within(self.session, self.tx, new).await?;
        self.events.push(created);
        let evidence: Vec<NewEvidence> = given
            .links
            .iter()
            .take(50)
            .filter_map(|link| text::url("link", link).ok())
            .map(|url| NewEvidence {
                url,
                note: Some("Linked in the imported table.".to_owned()),
            })
            .collect();
        recommendations::insert_evidence(self.session, self.tx, row.id, &evidence).await?;
        let projects = Projects::gather(self.session, self.tx).await?;
        if let Some(url) = link_found(self.session, self.tx, &projects, &row, &given.links).await? {
            self.warnings.push(format!("{} is kept in step with {url}.", row.key));
        }
        self.stand(given, &row).await?;
        Ok(row.key)
    }

    /// Brings a new item to where the table says that it stands, as far as the rules let it.
    async fn stand(&mut self, given: &Row, row: &entity::recommendation::Model) -> Result<(), Error> {
        let accept = || StepInput::Accept {
            owner: None,
            due_on: None,
        };
        let is_committed = row.owner_id.is_some() && row.due_on.is_some();
        let steps = match given.standing {
            Standing::Proposed => Vec::new(),
            Standing::Accepted | Standing::InProgress | Standing::Blocked if !is_committed => {
                self.warnings.push(format!(
                    "{} stays PROPOSED: work that is committed to has an owner and a due date.",
                    row.key
                ));
                Vec::new()
            }
            Standing::Accepted => vec![accept()],
            Standing::InProgress => vec![accept(), StepInput::Start],
            Standing::Blocked => vec![
                accept(),
                StepInput::Block {
                    reason: "Blocked in the imported table.".to_owned(),
                },
            ],
            Standing::Declined => vec![StepInput::Decline {
                reason: ClosureReason::Rejected,
                note: "Declined in the imported table.".to_owned(),
                risk_accepted_until: None,
            }],
            Standing::Implemented | Standing::Verified => {
                let now = self.session.now();
                let at = given.done_on.map_or(now, |day| {
                    start_of_day_in(self.session.app.settings.time_zone, day).min(now)
                });
                let event = recommendations::mark_implemented(self.session, self.tx, row, at).await?;
                self.events.push(event);
                if given.standing == Standing::Verified {
                    vec![StepInput::Verify]
                } else {
                    Vec::new()
                }
            }
        };
        if steps.is_empty() {
            return Ok(());
        }
        let current = entity::recommendation::Entity::find_by_id(row.id)
            .one(&**self.tx)
            .await?;
        let current = current.ok_or_else(|| Error::internal("the new item is gone"))?;
        let events = recommendations::follow(self.session, self.tx, current, steps).await?;
        self.events.extend(events);
        Ok(())
    }
}
