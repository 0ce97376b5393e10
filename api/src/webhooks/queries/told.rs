//! An event with what it is about, as somebody may see it who may read what every VIEWER may, or as an admin sees it.

use std::{collections::HashSet, sync::Arc};

use chrono::{Days, NaiveDate};
use entity::{
    cause_category, due_policy,
    enums::{ActorKind, RecommendationStatus, ReportStatus, SubjectKind},
    event,
    ids::{
        DuePolicyId, EventId, IncidentId, RecommendationId, ReportId, RootCauseId, ServiceId, TeamId, UserId,
        WebhookEndpointId,
    },
    incident, recommendation, recommendation_root_cause, report, root_cause, service, team, user, webhook_endpoint,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Query};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    auth::{Session, Viewer, scope},
    platform::{db::Reader, error::Error},
    webhooks::model::{TEST_EVENT, envelope::Told},
};

/// The most pieces of work that a digest names.
const PRESSING: u64 = 10;

/// The most root causes that are told of.
const CAUSES: u64 = 20;

/// Whoever may read what every VIEWER may.
pub fn anybody() -> Viewer {
    Viewer::anybody(ActorKind::Scheduler)
}

/// An event as it is told; none when it may not be.
pub async fn told(session: &Session, event: EventId, includes_restricted: bool) -> Result<Option<Told>, Error> {
    let viewer = if includes_restricted {
        session.viewer.clone()
    } else {
        Arc::new(anybody())
    };
    let this = event::Column::Id.eq(event);
    let visible = scope::events(&viewer).filter(this.clone()).one(&session.db).await?;
    let found = match visible {
        Some(event) => Some(event),
        None => {
            let test = event::Entity::find().filter(this);
            let test = test.filter(event::Column::EventType.eq(TEST_EVENT));
            test.one(&session.db).await?
        }
    };
    let Some(mut event) = found else { return Ok(None) };
    let reader = Teller {
        session,
        viewer,
        db: &session.db,
    };
    let mut subject = reader.subject(event.subject_kind, event.subject_id).await?;
    lay_over(&mut subject, reader.more(&event).await?);
    reader.leave_out_hidden_causes(&mut event).await?;
    Ok(Some(Told {
        id: event.id.to_string(),
        event_type: event.event_type,
        sequence: event.sequence,
        occurred_at: event.occurred_at,
        actor: json!({ "kind": event.actor_kind, "id": event.actor_user_id, "name": event.actor_name }),
        subject,
        changes: event.changes,
        payload: event.payload,
        today: session.today(),
    }))
}

/// Every root cause that is named in a value.
fn named_causes(value: &Value, causes: &mut HashSet<RootCauseId>) {
    match value {
        Value::String(text) => causes.extend(text.parse::<RootCauseId>().ok()),
        Value::Array(values) => values.iter().for_each(|value| named_causes(value, causes)),
        Value::Object(fields) => fields.values().for_each(|value| named_causes(value, causes)),
        _ => {}
    }
}

fn leave_out(value: &mut Value, hidden: &HashSet<RootCauseId>) {
    let is_hidden = |value: &Value| {
        let id = value.as_str().and_then(|text| text.parse().ok());
        id.is_some_and(|id: RootCauseId| hidden.contains(&id))
    };
    match value {
        Value::Array(values) => {
            values.retain(|value| !is_hidden(value));
            values.iter_mut().for_each(|value| leave_out(value, hidden));
        }
        Value::Object(fields) => fields.values_mut().for_each(|value| leave_out(value, hidden)),
        value if is_hidden(value) => *value = Value::Null,
        _ => {}
    }
}

struct Teller<'a> {
    session: &'a Session,
    viewer: Arc<Viewer>,
    db: &'a Reader,
}

impl Teller<'_> {
    fn url(&self, place: &str, key: &str) -> String {
        format!("{}/{place}/{key}", self.session.app.settings.public_url)
    }

    async fn subject(&self, kind: SubjectKind, id: Uuid) -> Result<Value, Error> {
        let name = |id: String, name: Option<String>| json!({ "type": kind, "id": id, "name": name });
        let known = match kind {
            SubjectKind::Recommendation => self.item(RecommendationId(id)).await?,
            SubjectKind::Report => self.report(ReportId(id)).await?,
            SubjectKind::RootCause => self.cause(RootCauseId(id)).await?,
            SubjectKind::Incident => self.incident(IncidentId(id)).await?.map(|it| typed(kind, it)),
            SubjectKind::User => {
                let row = user::Entity::find_by_id(UserId(id)).one(self.db).await?;
                row.map(|row| name(row.id.to_string(), Some(row.name)))
            }
            SubjectKind::Team => {
                let row = team::Entity::find_by_id(TeamId(id)).one(self.db).await?;
                row.map(|row| name(row.id.to_string(), Some(row.name)))
            }
            SubjectKind::Service => {
                let row = service::Entity::find_by_id(ServiceId(id)).one(self.db).await?;
                row.map(|row| name(row.id.to_string(), Some(row.name)))
            }
            SubjectKind::DuePolicy => {
                let row = due_policy::Entity::find_by_id(DuePolicyId(id)).one(self.db).await?;
                row.map(|row| name(row.id.to_string(), Some(row.name)))
            }
            SubjectKind::WebhookEndpoint => {
                let row = webhook_endpoint::Entity::find_by_id(WebhookEndpointId(id))
                    .one(self.db)
                    .await?;
                row.map(|row| {
                    name(
                        row.id.to_string(),
                        Some(row.description).filter(|text| !text.is_empty()),
                    )
                })
            }
            SubjectKind::ApiToken
            | SubjectKind::CalendarFeed
            | SubjectKind::TimelineEvent
            | SubjectKind::Comment
            | SubjectKind::TrackerConnection => None,
        };
        Ok(known.unwrap_or_else(|| json!({ "type": kind })))
    }

    /// What a type of event tells besides, as it is now and as far as it may be seen.
    async fn more(&self, event: &event::Model) -> Result<Value, Error> {
        Ok(match event.event_type.as_str() {
            "team.weekly_digest" => json!({ "pressing": self.pressing(event).await? }),
            "recommendation.escalated" | "report.escalated" => json!({ "escalatedTo": self.leads(event).await? }),
            _ => json!({}),
        })
    }

    /// The work of a team that is overdue, or due until the end of the week that a digest is of.
    async fn pressing(&self, event: &event::Model) -> Result<Vec<Value>, Error> {
        use recommendation::Column as C;
        let monday = event.payload.get("weekOf").and_then(Value::as_str);
        let monday: NaiveDate = monday.unwrap_or_default().parse().map_err(Error::internal)?;
        let rows = scope::recommendations(&self.viewer)
            .filter(C::TeamId.eq(event.subject_id))
            .filter(C::Status.is_in(RecommendationStatus::OPEN.iter().copied()))
            .filter(C::DueOn.lte(monday + Days::new(6)))
            .order_by_asc(C::DueOn)
            .order_by_asc(C::Id)
            .limit(PRESSING)
            .all(self.db)
            .await?;
        let mut pressing = Vec::with_capacity(rows.len());
        for row in rows {
            pressing.push(json!({
                "id": row.id, "key": row.key, "title": row.title, "dueOn": row.due_on, "status": row.status,
                "owner": self.person(row.owner_id).await?, "url": self.url("recommendations", &row.key),
            }));
        }
        Ok(pressing)
    }

    async fn leads(&self, event: &event::Model) -> Result<Vec<Value>, Error> {
        let ids = event.payload.get("escalateTo").and_then(Value::as_array);
        let ids = ids.into_iter().flatten().filter_map(Value::as_str);
        let mut leads = Vec::new();
        for id in ids.filter_map(|id| id.parse().ok()) {
            leads.push(self.person(Some(id)).await?);
        }
        Ok(leads)
    }

    async fn person(&self, id: Option<UserId>) -> Result<Value, Error> {
        let Some(id) = id else { return Ok(Value::Null) };
        let row = user::Entity::find_by_id(id).one(self.db).await?;
        Ok(row.map_or(Value::Null, |row| json!({ "id": row.id, "name": row.name })))
    }

    async fn team(&self, id: Option<TeamId>) -> Result<Value, Error> {
        let Some(id) = id else { return Ok(Value::Null) };
        let row = team::Entity::find_by_id(id).one(self.db).await?;
        Ok(row.map_or(
            Value::Null,
            |row| json!({ "id": row.id, "slug": row.slug, "name": row.name }),
        ))
    }

    async fn incident(&self, id: IncidentId) -> Result<Option<Value>, Error> {
        let found = scope::incidents(&self.viewer)
            .filter(incident::Column::Id.eq(id))
            .one(self.db)
            .await?;
        let Some(row) = found else { return Ok(None) };
        Ok(Some(json!({
            "id": row.id, "key": row.key, "title": row.title, "severity": row.severity, "team": self.team(row.team_id).await?,
            "startedAt": row.started_at, "detectedAt": row.detected_at, "mitigatedAt": row.mitigated_at,
            "resolvedAt": row.resolved_at, "version": row.version,
        })))
    }

    async fn report_row(&self, id: ReportId) -> Result<Option<report::Model>, Error> {
        let visible = scope::reports(&self.viewer);
        Ok(visible.filter(report::Column::Id.eq(id)).one(self.db).await?)
    }

    /// A report as it stands beside something else.
    fn beside(&self, row: &report::Model) -> Value {
        let url = self.url("reports", &row.key);
        json!({ "id": row.id, "key": row.key, "title": row.title, "status": row.status, "visibility": row.visibility, "url": url })
    }

    async fn report(&self, id: ReportId) -> Result<Option<Value>, Error> {
        let Some(row) = self.report_row(id).await? else {
            return Ok(None);
        };
        let causes = scope::root_causes(&self.viewer).filter(root_cause::Column::ReportId.eq(id));
        let is_overdue = ReportStatus::is_open(row.status) && row.due_on.is_some_and(|due| due < self.session.today());
        let mut told = self.beside(&row);
        let more = json!({
            "owner": self.person(row.owner_id).await?, "team": self.team(row.team_id).await?,
            "dueOn": row.due_on, "originalDueOn": row.original_due_on, "isOverdue": is_overdue, "publishedAt": row.published_at,
            "executiveSummary": row.executive_summary, "incident": self.incident(row.incident_id).await?,
            "rootCauses": self.causes(causes).await?, "version": row.version,
        });
        lay_over(&mut told, more);
        Ok(Some(typed(SubjectKind::Report, told)))
    }

    async fn causes(&self, select: sea_orm::Select<root_cause::Entity>) -> Result<Vec<Value>, Error> {
        let rows = select
            .order_by_asc(root_cause::Column::CreatedAt)
            .order_by_asc(root_cause::Column::Id)
            .limit(CAUSES)
            .all(self.db)
            .await?;
        let one = |row: root_cause::Model| json!({ "id": row.id, "title": row.title, "role": row.role });
        Ok(rows.into_iter().map(one).collect())
    }

    async fn cause(&self, id: RootCauseId) -> Result<Option<Value>, Error> {
        let found = scope::root_causes(&self.viewer)
            .filter(root_cause::Column::Id.eq(id))
            .one(self.db)
            .await?;
        let Some(row) = found else { return Ok(None) };
        let category = match row.category_id {
            Some(id) => cause_category::Entity::find_by_id(id).one(self.db).await?,
            None => None,
        };
        let report = self.report_row(row.report_id).await?;
        let incident = match &report {
            Some(report) => self.incident(report.incident_id).await?,
            None => None,
        };
        Ok(Some(json!({
            "type": SubjectKind::RootCause, "id": row.id, "title": row.title, "description": row.description, "role": row.role,
            "category": category.map(|row| row.name), "noActionReason": row.no_action_reason,
            "report": report.as_ref().map(|row| self.beside(row)), "incident": incident,
            "url": report.map(|row| self.url("reports", &row.key)), "version": row.version,
        })))
    }

    async fn item(&self, id: RecommendationId) -> Result<Option<Value>, Error> {
        let visible = scope::recommendations(&self.viewer);
        let found = visible.filter(recommendation::Column::Id.eq(id)).one(self.db).await?;
        let Some(row) = found else { return Ok(None) };
        let treated = Query::select()
            .column(recommendation_root_cause::Column::RootCauseId)
            .from(recommendation_root_cause::Entity)
            .and_where(recommendation_root_cause::Column::RecommendationId.eq(id))
            .take();
        let causes = scope::root_causes(&self.viewer).filter(root_cause::Column::Id.in_subquery(treated));
        let report = self.report_row(row.report_id).await?;
        let incident = match &report {
            Some(report) => self.incident(report.incident_id).await?,
            None => None,
        };
        let is_overdue = row.status.is_open() && row.due_on.is_some_and(|due| due < self.session.today());
        Ok(Some(json!({
            "type": SubjectKind::Recommendation, "id": row.id, "key": row.key, "title": row.title, "description": row.description,
            "status": row.status, "kind": row.kind, "strength": row.strength, "priority": row.priority,
            "owner": self.person(row.owner_id).await?, "team": self.team(row.team_id).await?,
            "dueOn": row.due_on, "originalDueOn": row.original_due_on, "isOverdue": is_overdue,
            "acceptanceCriterion": row.acceptance_criterion, "blockedReason": row.blocked_reason,
            "closureReason": row.closure_reason, "rootCauses": self.causes(causes).await?,
            "report": report.map(|row| self.beside(&row)), "incident": incident,
            "url": self.url("recommendations", &row.key), "version": row.version,
        })))
    }

    /// Ids of root causes that may not be seen are taken out of what is told.
    async fn leave_out_hidden_causes(&self, event: &mut event::Model) -> Result<(), Error> {
        let mut named = HashSet::new();
        named_causes(&event.changes, &mut named);
        named_causes(&event.payload, &mut named);
        if named.is_empty() || self.viewer.is_admin() {
            return Ok(());
        }
        let visible: Vec<RootCauseId> = scope::root_causes(&self.viewer)
            .select_only()
            .column(root_cause::Column::Id)
            .filter(root_cause::Column::Id.is_in(named.iter().copied()))
            .into_tuple()
            .all(self.db)
            .await?;
        for id in visible {
            named.remove(&id);
        }
        leave_out(&mut event.changes, &named);
        leave_out(&mut event.payload, &named);
        Ok(())
    }
}

fn lay_over(base: &mut Value, more: Value) {
    if let (Some(base), Value::Object(more)) = (base.as_object_mut(), more) {
        base.extend(more);
    }
}

fn typed(kind: SubjectKind, told: Value) -> Value {
    let mut typed = json!({ "type": kind });
    lay_over(&mut typed, told);
    typed
}
