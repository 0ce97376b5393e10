//! Events in the API, as the history of what they happened to.

use std::sync::Arc;

use async_graphql::{Context, ID, Json, Object, SimpleObject};
use entity::{
    event,
    ids::{EventId, RootCauseId},
};
use sea_orm::{ColumnTrait, Select};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    access::graphql::ApiToken,
    auth::{Session, Viewer, scope},
    graphql::{
        Result,
        connection::connection,
        context::loaders,
        cost, enums,
        loaders::{ById, Children, Row, by_reference},
        scalars::DateTime,
    },
    people::graphql::User,
    platform::{
        error::Error,
        page::{Child, Order},
    },
    schema::node::{Node, node_of_event},
};

/// Something that happened. The log of these is append-only.
#[derive(Clone)]
pub struct Event(pub Arc<event::Model>);

/// Something that happened. The log of these is append-only.
#[Object]
impl Event {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// Its place in the one order of all events; a number too large for Int, so a string.
    async fn sequence(&self) -> String {
        self.0.sequence.to_string()
    }
    /// What happened, as <noun>.<past participle>, such as recommendation.accepted.
    #[graphql(name = "type")]
    async fn event_type(&self) -> &str {
        &self.0.event_type
    }
    /// The version of the form of changes and payload.
    async fn schema_version(&self) -> i32 {
        self.0.schema_version
    }
    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        self.0.occurred_at.into()
    }
    /// Who or what caused it; null when that is not known.
    async fn actor(&self) -> Option<Actor> {
        Some(Actor(self.0.clone()))
    }
    /// What it happened to; null when that is gone or you may not see it.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        Ok(node_of_event(ctx, self.0.subject_kind, self.0.subject_id).await?)
    }
    /// Old and new values, field by field. Ids of root causes that you may not see are left out.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<Change>> {
        let mut changes: Vec<StoredChange> = serde_json::from_value(self.0.changes.clone()).unwrap_or_default();
        let mut causes = Vec::new();
        for change in &changes {
            named_causes(&change.from, &mut causes);
            named_causes(&change.to, &mut causes);
        }
        let visible = loaders(ctx).load_many(causes.iter().map(|id| ById(*id))).await?;
        causes.retain(|id| !visible.contains_key(&ById(*id)));
        for change in &mut changes {
            leave_out(&mut change.from, &causes);
            leave_out(&mut change.to, &causes);
        }
        let show = |change: StoredChange| Change {
            field: change.field,
            from: shown(change.from),
            to: shown(change.to),
        };
        // What differs only in what you may not see is no change for you.
        changes.retain(|change| change.from != change.to);
        Ok(changes.into_iter().map(show).collect())
    }
    /// What else belongs to it, such as the reason that was given.
    async fn payload(&self) -> Json<Value> {
        Json(self.0.payload.clone())
    }
}

connection!(
    Event,
    EventConnection,
    EventEdge,
    "One page of events.",
    "An event in a list."
);

#[derive(Deserialize)]
struct StoredChange {
    field: String,
    from: Value,
    to: Value,
}

fn cause_of(value: &Value) -> Option<RootCauseId> {
    value.as_str()?.parse().ok()
}

/// The root causes whose ids stand in a value, alone or in a list.
fn named_causes(value: &Value, causes: &mut Vec<RootCauseId>) {
    match value {
        Value::Array(values) => causes.extend(values.iter().filter_map(cause_of)),
        value => causes.extend(cause_of(value)),
    }
}

fn leave_out(value: &mut Value, hidden: &[RootCauseId]) {
    let is_hidden = |value: &Value| cause_of(value).is_some_and(|id| hidden.contains(&id));
    match value {
        Value::Array(values) => values.retain(|value| !is_hidden(value)),
        value if is_hidden(value) => *value = Value::Null,
        _ => {}
    }
}

fn shown(value: Value) -> Option<Json<Value>> {
    if value.is_null() { None } else { Some(Json(value)) }
}

/// The old and the new value of one field.
#[derive(SimpleObject)]
pub struct Change {
    /// The field, as the API names it.
    field: String,
    /// The value before; null: none.
    from: Option<Json<Value>>,
    /// The value after; null: none.
    to: Option<Json<Value>>,
}

/// Who or what caused an event.
pub struct Actor(Arc<event::Model>);

/// Who or what caused an event.
#[Object]
impl Actor {
    /// Whether it was a person or what kind of machine.
    async fn kind(&self) -> enums::ActorKind {
        self.0.actor_kind.into()
    }
    /// The person; null for a machine.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(by_reference(ctx, self.0.actor_user_id).await?.map(User))
    }
    /// The token for machines, if it was one; for admins only, null for everybody else.
    async fn token(&self, ctx: &Context<'_>) -> Result<Option<ApiToken>> {
        Ok(by_reference(ctx, self.0.actor_token_id).await?.map(ApiToken))
    }
    /// The name as it was then.
    async fn name(&self) -> &str {
        &self.0.actor_name
    }
}

impl Row for EventId {
    type Entity = event::Entity;
    fn id_column() -> event::Column {
        event::Column::Id
    }
    fn visible(viewer: &Viewer) -> Select<event::Entity> {
        scope::events(viewer)
    }
}

macro_rules! events_of {
    ($(#[$doc:meta])* $name:ident, $column:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name;

        impl Children for $name {
            type Entity = event::Entity;
            fn child(&self, session: &Session) -> Result<Child<event::Entity>, Error> {
                Ok(Child {
                    select: scope::events(&session.viewer),
                    parent: event::Column::$column.as_column_ref().into(),
                    order: Order::new(event::Column::Sequence, event::Column::Id, true),
                })
            }
        }
    };
}
events_of!(/// What happened to one thing, the latest first.
    EventsOfSubject, SubjectId);
events_of!(/// What happened under one report, the latest first.
    EventsOfReport, ReportId);
