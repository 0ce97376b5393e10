//! Reads our side of a link.

use entity::{
    enums::Visibility, ids::UserId, recommendation, recommendation_label, recommendation_root_cause, report,
    root_cause, tracker_link, user,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde_json::Value;

use super::{
    SAFETY,
    claim::Claim,
    ours, people,
    remote::{Draft, Failure, Tracker, provider},
    title,
};
use crate::{
    auth::Session,
    platform::{error::Error, sql},
    trackers::{
        model::{Connection, Field, Values, issue_text},
        queries::stored,
    },
};

/// Our side.
pub(super) struct Prepared {
    /// What we say.
    pub ours: Values,
    /// What both had agreed on.
    pub base: Values,
    /// The owner, if the tracker does not know them.
    pub unknown_owner: Option<UserId>,
    /// The other side.
    pub target: Target,
}

/// The tracker's side.
pub(super) enum Target {
    /// An issue, by its id.
    There(String),
    /// It is to be made.
    New(Box<Draft>),
}

/// What there is to do.
pub(super) enum Plan {
    /// Neither side has moved, as far as anybody has said.
    Nothing,
    /// It may not leave; a sentence.
    Withheld(&'static str),
    /// The tracker could not be asked for the owner.
    Failed(Failure),
    /// Both sides are to be compared.
    Compare(Box<Prepared>),
}

/// Reads what there is to do about a link. An owner whom nobody has named is looked for in the tracker.
pub(super) async fn prepare(
    session: &Session,
    tracker: &dyn Tracker,
    claim: &Claim,
    connection: &mut Connection,
) -> Result<Plan, Error> {
    let databases = &session.app.databases;
    let link = &claim.link;
    let (item, report) = databases.in_time(subject(session, link)).await?;
    if report.visibility == Visibility::Restricted && !connection.includes_restricted {
        return Ok(Plan::Withheld(
            "The report is RESTRICTED, and the connection is not marked includesRestricted; nothing is sent or taken over.",
        ));
    }
    let recall = people::recall(session, claim.connection.id, connection);
    databases.in_time(recall).await?;
    if let Err(failure) = people::ask(session, tracker, claim.connection.id, connection, &item).await? {
        return Ok(Plan::Failed(failure));
    }
    let (ours, base) = (ours(connection, &item), stored::<Values>(&link.base)?);
    let has_moved = ours.iter().any(|(field, value)| base.get(field) != Some(value));
    let is_old = link.last_synced_at.is_none_or(|at| session.now() - at >= SAFETY);
    if link.external_id.is_some() && !link.must_read && !is_old && !has_moved && link.failures == 0 {
        return Ok(Plan::Nothing);
    }
    let target = match &link.external_id {
        Some(id) => Target::There(id.clone()),
        None => {
            let draft = draft(session, connection, link, &item, &report);
            Target::New(Box::new(databases.in_time(draft).await?))
        }
    };
    let is_unknown = |owner: &UserId| connection.external_of(*owner).is_none();
    Ok(Plan::Compare(Box::new(Prepared {
        ours,
        base,
        unknown_owner: item.owner_id.filter(is_unknown),
        target,
    })))
}

/// What a link is about, and the report that it stands in.
async fn subject(
    session: &Session,
    link: &tracker_link::Model,
) -> Result<(recommendation::Model, report::Model), Error> {
    let db = &session.db;
    let item = recommendation::Entity::find_by_id(link.recommendation_id)
        .one(db)
        .await?
        .ok_or_else(|| Error::internal("a link without a recommendation"))?;
    let report = report::Entity::find_by_id(item.report_id).one(db).await?;
    let report = report.ok_or_else(|| Error::internal("a recommendation without a report"))?;
    Ok((item, report))
}

async fn draft(
    session: &Session,
    connection: &Connection,
    link: &tracker_link::Model,
    item: &recommendation::Model,
    report: &report::Model,
) -> Result<Draft, Error> {
    let db = &session.db;
    let owner = match item.owner_id {
        None => None,
        Some(owner) => user::Entity::find_by_id(owner).one(db).await?,
    };
    let labels = recommendation_label::Entity::find()
        .filter(recommendation_label::Column::RecommendationId.eq(item.id))
        .order_by_asc(sql::in_bytes(recommendation_label::Column::Label, db))
        .all(db)
        .await?;
    // Causes of other reports may be RESTRICTED; those of its own are as public as the item.
    let treated = recommendation_root_cause::Entity::find()
        .select_only()
        .column(recommendation_root_cause::Column::RootCauseId)
        .filter(recommendation_root_cause::Column::RecommendationId.eq(item.id))
        .into_query();
    let causes = root_cause::Entity::find()
        .filter(root_cause::Column::Id.in_subquery(treated))
        .filter(root_cause::Column::ReportId.eq(report.id))
        .order_by_asc(root_cause::Column::Id)
        .all(db)
        .await?;
    let provider = provider(connection.kind);
    let public_url = &session.app.settings.public_url;
    let facts = issue_text::Facts {
        key: item.key.clone(),
        url: format!("{public_url}/recommendations/{}", item.key),
        description: item.description.clone(),
        acceptance_criterion: item.acceptance_criterion.clone(),
        causes: causes.into_iter().map(|cause| cause.title).collect(),
        report: (
            report.key.clone(),
            report.title.clone(),
            format!("{public_url}/reports/{}", report.key),
        ),
        priority: item.priority,
        owner: owner.map(|owner| owner.name),
        due_on: item.due_on,
    };
    Ok(Draft {
        title: title(&item.title).into_owned(),
        body: issue_text::write(&facts, link.id, provider.markup, provider.text_units),
        marker: issue_text::marker(link.id),
        labels: labels
            .into_iter()
            .map(|row| row.label)
            .filter(|label| label.chars().count() <= provider.label_chars)
            .collect(),
        priority: item.priority,
        assignee: item
            .owner_id
            .and_then(|owner| connection.external_of(owner))
            .map(str::to_owned),
        due_on: item.due_on,
    })
}

/// A value of ours as the tracker is told it.
pub(super) fn text(values: &Values, field: Field) -> Option<&str> {
    values.get(&field).and_then(Value::as_str)
}
