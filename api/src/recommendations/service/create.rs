//! Recommends.

use chrono::{DateTime, Utc};
use entity::{
    enums::RecommendationStatus,
    ids::{RecommendationId, RootCauseId},
    recommendation, recommendation_label, recommendation_label_version, recommendation_root_cause_version, report,
    root_cause,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::{
    causes::{insert_links, visible_causes},
    event, versions,
};
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    people::queries::{active_user, known_team},
    platform::{
        changes::Changes,
        db::{Tx, renew_members},
        error::{Error, Problems},
        keys::{self, KeyKind},
        text,
    },
    recommendations::model::NewRecommendation,
    search::{self, model::index::Subject},
};

/// Recommends something against one or more causes.
pub async fn create(session: &Session, new: NewRecommendation) -> Result<RecommendationId, Error> {
    let tx = session.begin().await?;
    let (row, event) = create_within(session, &tx, new).await?;
    record(session, &tx, vec![event]).await?;
    tx.commit().await?;
    Ok(row.id)
}

/// The part of [`create`] inside a transaction, for callers that record more in it.
pub async fn create_within(
    session: &Session,
    tx: &Tx,
    new: NewRecommendation,
) -> Result<(recommendation::Model, NewEvent), Error> {
    session.viewer.require_member()?;
    let causes = visible_causes(session, tx, &new.root_causes).await?;
    let home = home_report(tx, &causes).await?;
    let text = Text::check(&new)?;
    if let Some(owner) = new.owner {
        active_user(&**tx, "ownerId", owner).await?;
    }
    let team = session.viewer.team_for_new("teamId", new.team)?.or(home.team_id);
    if let Some(team) = team {
        known_team(&**tx, "teamId", team).await?;
    }
    let now = session.now();
    let row = recommendation::Model {
        id: session.mint(),
        key: keys::next(tx, KeyKind::Recommendation).await?,
        report_id: home.id,
        title: text.title,
        description: text.description,
        status: RecommendationStatus::Proposed,
        kind: new.kind,
        strength: new.strength,
        priority: new.priority,
        owner_id: new.owner,
        team_id: team,
        due_on: new.due_on,
        original_due_on: None,
        due_moves: 0,
        due_policy_id: None,
        acceptance_criterion: text.acceptance_criterion,
        blocked_reason: None,
        accepted_at: None,
        accepted_on: None,
        implemented_at: None,
        implemented_on: None,
        implement_micros: None,
        completed_at: None,
        verified_at: None,
        verified_by_id: None,
        closure_reason: None,
        closure_note: None,
        risk_accepted_until: None,
        created_by_id: session.viewer.id(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let active: recommendation::ActiveModel = row.clone().into();
    recommendation::Entity::insert(active.reset_all())
        .exec_without_returning(&**tx)
        .await?;
    insert_labels(tx, row.id, &text.labels, now).await?;
    let causes: Vec<RootCauseId> = causes.iter().map(|cause| cause.id).collect();
    insert_links(tx, row.id, &causes, now).await?;
    renew_members::<recommendation_root_cause_version::Entity>(tx, row.id, &causes, now).await?;
    versions::open(session, tx, &row).await?;
    search::service::refresh(tx, &[Subject::Recommendation(row.id)]).await?;
    let event = created(&row, &text.labels, &causes);
    Ok((row, event))
}

/// The event of a new item.
pub(super) fn created(row: &recommendation::Model, labels: &Vec<String>, causes: &Vec<RootCauseId>) -> NewEvent {
    let changes = Changes::new()
        .created("status", &row.status)
        .created("title", &row.title)
        .created("description", &row.description)
        .created("kind", &row.kind)
        .created("strength", &row.strength)
        .created("priority", &row.priority)
        .created("ownerId", &row.owner_id)
        .created("teamId", &row.team_id)
        .created("dueOn", &row.due_on)
        .created("acceptanceCriterion", &row.acceptance_criterion)
        .created("labels", labels)
        .created("rootCauseIds", causes);
    event("recommendation.created", row, changes, json!({}))
}

/// Where it is first recommended: the report of the cause that is named first.
async fn home_report(tx: &Tx, causes: &[root_cause::Model]) -> Result<report::Model, Error> {
    let first = causes.first().ok_or_else(no_cause)?;
    let report = report::Entity::find()
        .filter(report::Column::Id.eq(first.report_id))
        .one(&**tx)
        .await?;
    report.ok_or_else(|| Error::internal("a root cause without a report"))
}

pub(super) fn no_cause() -> Error {
    Error::invalid(
        "rootCauseIds",
        "REQUIRED",
        "Name at least one root cause that this treats.",
    )
}

struct Text {
    title: String,
    description: String,
    acceptance_criterion: Option<String>,
    labels: Vec<String>,
}

impl Text {
    fn check(new: &NewRecommendation) -> Result<Self, Error> {
        let mut problems = Problems::default();
        let title = problems.take(text::title("title", &new.title));
        let description = problems.take(text::markdown("description", &new.description));
        let criterion = text::optional_note("acceptanceCriterion", new.acceptance_criterion.as_deref());
        let acceptance_criterion = problems.take(criterion).flatten();
        let labels = problems.take(text::labels("labels", &new.labels));
        problems.finish()?;
        Ok(Self {
            title: title.unwrap_or_default(),
            description: description.unwrap_or_default(),
            acceptance_criterion,
            labels: labels.unwrap_or_default(),
        })
    }
}

pub(super) async fn insert_labels(
    tx: &Tx,
    id: RecommendationId,
    labels: &[String],
    at: DateTime<Utc>,
) -> Result<(), Error> {
    renew_members::<recommendation_label_version::Entity>(tx, id, labels, at).await?;
    if labels.is_empty() {
        return Ok(());
    }
    let rows = labels.iter().map(|label| recommendation_label::ActiveModel {
        recommendation_id: Set(id),
        label: Set(label.clone()),
    });
    recommendation_label::Entity::insert_many(rows)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}
