//! Makes records of a document that was read: an incident, its DRAFT report, timeline, root causes and recommendations, in one
//! transaction. The same text is imported once. A report that was exported becomes what it was: `restore`.

mod differences;
pub mod issues;
pub mod items;
mod knowledge;
mod place;
mod restore;

pub use restore::waits_for_another;

use entity::{
    enums::{CauseRole, ParticipantRole, Visibility},
    ids::{ReportId, RootCauseId, UserId},
    report, service as services, user,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use knowledge::{Knowledge, apart, digest, known, remember, unchanged};

use super::{
    forms::read::exported,
    import::{self, ImportWarning, ImportedRecommendation, ImportedReport, ImportedRootCause},
    model,
};
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    incidents::model::NewIncident,
    platform::{clock::start_of_day_in, db::Tx, error::Error, text},
    recommendations::{
        model::{NewEvidence, NewRecommendation},
        service as recommendations,
    },
    reports::{
        model::inputs::{Impact, NewReport, OfIncident},
        service as reports,
    },
    root_causes::{model::NewRootCause, service as root_causes},
    trackers::service::links::{Projects, link_found},
};

/// What came of an import.
pub struct Imported {
    /// The report, new or known.
    pub report: ReportId,
    /// Its key.
    pub key: String,
    /// False: this text had been imported before, and nothing was changed.
    pub created: bool,
    /// What was unclear, and what was done about it.
    pub warnings: Vec<ImportWarning>,
}

/// Imports a document, once.
pub async fn import(session: &Session, file_name: &str, document: &str) -> Result<Imported, Error> {
    session.viewer.require_member()?;
    let text = document.to_owned();
    let exported = tokio::task::spawn_blocking(move || exported(&text)).await;
    if let Some(record) = exported.map_err(Error::internal)? {
        return Box::pin(restore::restore(session, file_name, document, &record?)).await;
    }
    let digest = digest(document);
    let (name, text) = (file_name.to_owned(), document.to_owned());
    // A long document takes a while to read: not on the worker's thread, and not while writers wait.
    let read = tokio::task::spawn_blocking(move || import::parse(&name, &text))
        .await
        .map_err(Error::internal)?;
    import_read(session, file_name, &read, &digest, None).await
}

/// Imports what was read, once. `content` is the digest of what a thing says that is known by another one, such as its address.
async fn import_read(
    session: &Session,
    file_name: &str,
    read: &ImportedReport,
    digest: &str,
    content: Option<&str>,
) -> Result<Imported, Error> {
    // Two importers of the same text may both find it unknown; the second to finish then finds the first one's.
    match Box::pin(attempt(session, file_name, read, digest, content)).await? {
        Some(imported) => Ok(imported),
        None => Box::pin(attempt(session, file_name, read, digest, content))
            .await?
            .ok_or_else(|| Error::internal("an import lost the race for its text twice")),
    }
}

/// None when somebody else has just imported the same text.
async fn attempt(
    session: &Session,
    file_name: &str,
    read: &ImportedReport,
    digest: &str,
    content: Option<&str>,
) -> Result<Option<Imported>, Error> {
    let tx = session.begin().await?;
    let mut digest = digest.to_owned();
    let mut content = content.map(str::to_owned);
    let mut knowledge = known(session, &tx, &digest).await?;
    if matches!(knowledge, Knowledge::Hidden) {
        // Their own copy is remembered apart, so that they find what everybody finds: new once, and then known.
        digest = apart(&digest, session);
        content = content.map(|content| apart(&content, session));
        knowledge = known(session, &tx, &digest).await?;
    }
    if let Knowledge::Imported(known) = knowledge {
        return unchanged(&tx, known, content.as_deref()).await.map(Some);
    }
    let mut warnings = read.warnings.clone();
    let people = People::gather(&tx).await?;
    let mut events = Vec::new();

    let new = new_report(session, &tx, read, &people, &mut warnings).await?;
    let OfIncident::New(incident) = &new.incident else {
        return Err(Error::internal("an import without a new incident"));
    };
    let started_at = incident.moments.started_at;
    let (id, created) = reports::create_within(session, &tx, new).await?;
    events.extend(created);
    for moment in model::timeline(&read.timeline, started_at, &mut warnings) {
        reports::insert_timeline(session, &tx, id, moment).await?;
    }
    let causes = add_causes(
        session,
        &tx,
        id,
        &read.root_causes,
        &read.recommendations,
        &mut events,
        &mut warnings,
    )
    .await?;
    let projects = Projects::gather(session, &tx).await?;
    for item in &read.recommendations {
        add_item(
            session,
            &tx,
            item,
            &causes,
            &people,
            &projects,
            read.date,
            &mut events,
            &mut warnings,
        )
        .await?;
    }
    for digest in std::iter::once(digest).chain(content) {
        if matches!(knowledge, Knowledge::New) && !remember(session, &tx, id, &digest, file_name, None).await? {
            return Ok(None);
        }
    }
    let row = report::Entity::find_by_id(id)
        .one(&*tx)
        .await?
        .ok_or_else(|| Error::internal("the new report is gone"))?;
    record(session, &tx, events).await?;
    tx.commit().await?;
    Ok(Some(Imported {
        report: id,
        key: row.key,
        created: true,
        warnings,
    }))
}

/// Everybody who could be meant by a name in a document.
struct People(Vec<user::Model>);

impl People {
    async fn gather(tx: &Tx) -> Result<Self, Error> {
        Ok(Self(
            user::Entity::find()
                .filter(user::Column::IsActive.eq(true))
                .all(&**tx)
                .await?,
        ))
    }

    /// By e-mail address, full name, or the part of the address before the @; only when that is one person.
    fn find(&self, name: &str) -> Option<UserId> {
        let name = name.trim().trim_start_matches('@').to_lowercase();
        let fits = |user: &&user::Model| {
            let handle = user.email.split('@').next().unwrap_or_default();
            user.email == name || user.name.to_lowercase() == name || handle == name
        };
        let mut fitting = self.0.iter().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(user), None) => Some(user.id),
            _ => None,
        }
    }
}

async fn new_report(
    session: &Session,
    tx: &Tx,
    read: &ImportedReport,
    people: &People,
    warnings: &mut Vec<ImportWarning>,
) -> Result<NewReport, Error> {
    let title = model::line(&read.title);
    let known = services::Entity::find().all(&**tx).await?;
    for name in read.services.iter().filter(|name| !is_known(&known, name)) {
        warnings.push(model::note(format!(
            "There is no service {name:?}; the incident is not linked to it."
        )));
    }
    let incident = NewIncident {
        title: title.clone(),
        severity: model::severity(read.severity, warnings),
        moments: model::moments(read, session.now(), warnings),
        team: None,
        services: read
            .services
            .iter()
            .filter_map(|name| service_called(&known, name))
            .map(|row| row.id)
            .collect(),
        external_refs: Vec::new(),
    };
    let mut sections = model::sections(read.sections.clone());
    if crate::reports::model::sections::Section::ALL
        .iter()
        .any(|section| model::is_too_long(sections.get(*section)))
    {
        return Err(Error::invalid(
            "markdown",
            "TOO_LONG",
            format!(
                "One section has more than {} characters; split the document.",
                text::MARKDOWN_CHARS
            ),
        ));
    }
    let mut participants = Vec::new();
    let mut unplaced: Vec<String> = Vec::new();
    for (names, role) in [
        (&read.authors, ParticipantRole::Author),
        (&read.responders, ParticipantRole::Responder),
    ] {
        for name in names {
            match people.find(name) {
                Some(user) => participants.push((user, role)),
                None => {
                    unplaced.push(format!("{role}: {name}"));
                    warnings.push(model::note(format!(
                        "There is no user {name:?}; they are no participant ({role})."
                    )));
                }
            }
        }
    }
    let owner = read.owner.as_deref().and_then(|name| people.find(name));
    if let Some(name) = read.owner.as_deref().filter(|_| owner.is_none()) {
        unplaced.push(format!("OWNER: {name}"));
        warnings.push(model::note(format!(
            "There is no user {name:?}; the report has no owner."
        )));
    }
    let missing = read.services.iter().filter(|name| !is_known(&known, name));
    unplaced.extend(missing.map(|name| format!("SERVICE: {name}")));
    unplaced.extend(read.source_url.iter().map(|url| format!("SOURCE: <{url}>")));
    model::keep(&mut sections.background, &unplaced);
    let labels = read
        .labels
        .iter()
        .map(|label| label.chars().take(60).collect::<String>());
    let labels: Vec<String> = labels
        .map(|label| model::line(&label))
        .filter(|label| !label.is_empty())
        .take(50)
        .collect();
    Ok(NewReport {
        incident: OfIncident::New(Box::new(incident)),
        title: Some(title),
        owner,
        team: None,
        due_on: Some(None),
        visibility: Visibility::Organization,
        labels,
        sections,
        impact: Impact::default(),
        participants,
    })
}

fn is_known(known: &[services::Model], name: &str) -> bool {
    service_called(known, name).is_some()
}

fn service_called<'s>(known: &'s [services::Model], name: &str) -> Option<&'s services::Model> {
    let name = name.to_lowercase();
    known
        .iter()
        .find(|row| row.slug == name || row.name.to_lowercase() == name)
}

#[allow(clippy::too_many_arguments, reason = "one step of one import")]
async fn add_causes(
    session: &Session,
    tx: &Tx,
    report: ReportId,
    read: &[ImportedRootCause],
    items: &[ImportedRecommendation],
    events: &mut Vec<NewEvent>,
    warnings: &mut Vec<ImportWarning>,
) -> Result<Vec<RootCauseId>, Error> {
    let mut causes = Vec::with_capacity(read.len());
    let mut add = async |title: String, description: String| {
        let new = NewRootCause {
            report,
            title,
            description,
            role: CauseRole::Contributing,
            category: None,
            parent: None,
            recurrence_of: None,
        };
        let (row, added) = root_causes::add_within(session, tx, &new).await?;
        events.extend(added);
        causes.push(row.id);
        Ok::<_, Error>(())
    };
    for cause in read {
        let title = match model::line(&cause.title) {
            title if title.is_empty() => "Root cause".to_owned(),
            title => title,
        };
        add(title, cause.description.clone()).await?;
    }
    if read.is_empty() && !items.is_empty() {
        warnings.push(model::note(
            "No root cause is stated, and every recommendation treats one; the record \"Root cause not stated\" stands for it.",
        ));
        add(
            "Root cause not stated".to_owned(),
            "The imported document states none. Replace this record.".to_owned(),
        )
        .await?;
    }
    if causes.len() > 1 && !items.is_empty() {
        warnings.push(model::note(
            "Which action treats which root cause is not stated; each is linked to all. Correct that with addressRootCauses.",
        ));
    }
    Ok(causes)
}

#[allow(clippy::too_many_arguments, reason = "one step of one import")]
async fn add_item(
    session: &Session,
    tx: &Tx,
    item: &ImportedRecommendation,
    causes: &[RootCauseId],
    people: &People,
    projects: &Projects,
    date: Option<chrono::NaiveDate>,
    events: &mut Vec<NewEvent>,
    warnings: &mut Vec<ImportWarning>,
) -> Result<(), Error> {
    let owner = item.owner.as_deref().and_then(|name| people.find(name));
    if let Some(name) = item.owner.as_deref().filter(|_| owner.is_none()) {
        let message =
            format!("There is no user {name:?}; the item has no owner, and the name stands in its description.");
        warnings.push(ImportWarning {
            line: item.line,
            message,
        });
    }
    let new = NewRecommendation {
        root_causes: causes.to_vec(),
        title: model::line(&item.title),
        description: model::description(item, owner.is_some()),
        kind: model::kind(item.kind),
        priority: model::priority(item.priority),
        strength: None,
        owner,
        team: None,
        due_on: item.due_on,
        acceptance_criterion: None,
        labels: Vec::new(),
    };
    let (row, created) = recommendations::create_within(session, tx, new).await?;
    events.push(created);
    let mut evidence = Vec::new();
    for link in item.links.iter().take(50) {
        match text::url("links", link) {
            Ok(url) => evidence.push(NewEvidence {
                url,
                note: Some("Linked in the imported document.".to_owned()),
            }),
            Err(_) => warnings.push(ImportWarning {
                line: item.line,
                message: format!("{link} is no link that can be followed; it is kept in the text only."),
            }),
        }
    }
    recommendations::insert_evidence(session, tx, row.id, &evidence).await?;
    if let Some(url) = link_found(session, tx, projects, &row, &item.links).await? {
        let message = format!(
            "{} is kept in step with {url}; where the two differ, what stands there takes the place of what stands here.",
            row.key
        );
        warnings.push(ImportWarning {
            line: item.line,
            message,
        });
    }
    if item.done == Some(true) {
        let at = date
            .map(|day| start_of_day_in(session.app.settings.time_zone, day))
            .unwrap_or_else(|| session.now());
        events.push(recommendations::mark_implemented(session, tx, &row, at.min(session.now())).await?);
    }
    Ok(())
}
