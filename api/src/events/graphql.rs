//! Events in the API: the feed of all of them, and the history of what they happened to.

use std::sync::Arc;

use async_graphql::{Context, ID, Json, Object, SimpleObject};
use entity::{
    event,
    ids::{EventId, RootCauseId},
};
use sea_orm::Select;
use serde::Deserialize;
use serde_json::Value;

use super::{
    loaders::Latest,
    model::feed::Followed,
    queries::{self, Stretch},
};
use crate::{
    access::graphql::ApiToken,
    auth::{Viewer, scope},
    graphql::{
        Result,
        connection::{Counter, PageInfo},
        context::{loaders, session},
        cost, enums,
        loaders::{ById, Row, by_reference, counter},
        plan::listed,
        scalars::DateTime,
    },
    people::graphql::User,
    platform::page::{Cursor, Page, PageArgs},
    schema::node::{Node, node_of_event},
};

/// Something that happened. The log of these is append-only.
#[derive(Clone)]
pub struct Event(pub Arc<event::Model>);

listed!(Event, event::Entity);

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

/// An event in a list.
#[derive(SimpleObject)]
pub struct EventEdge {
    /// The event's place in this list; opaque. Send it back as `after` or `before`.
    cursor: String,
    /// The event.
    node: Event,
}

/// One page of events.
pub struct EventConnection {
    edges: Vec<EventEdge>,
    info: PageInfo,
    total: Counter,
}

impl EventConnection {
    /// Of a page of a history and what counts all of it.
    pub fn new((page, total): (Page<Event>, Counter)) -> Self {
        let info = PageInfo::of(&page);
        let edge = |(cursor, node): (Cursor, Event)| EventEdge {
            cursor: cursor.encode(),
            node,
        };
        Self {
            edges: page.rows.into_iter().map(edge).collect(),
            info,
            total,
        }
    }

    /// Of a page of the feed, which always says where to go on from.
    fn of_feed(stretch: Stretch, total: Counter) -> Self {
        let page = stretch.page.map(|row| Event(Arc::new(row)));
        let connection = Self::new((page, total));
        Self {
            info: connection.info.going_on_from(&stretch.end),
            ..connection
        }
    }
}

/// One page of events.
#[Object]
impl EventConnection {
    /// The events of this page with their cursors.
    async fn edges(&self) -> &[EventEdge] {
        &self.edges
    }
    /// The events of this page.
    async fn nodes(&self) -> Vec<&Event> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }
    /// Where this page lies in the list.
    async fn page_info(&self) -> &PageInfo {
        &self.info
    }
    /// How many events the whole list has, whatever the page. Counted only when it is selected.
    async fn total_count(&self) -> Result<i32> {
        Ok(self.total.count().await?)
    }
    /// Where the log ends now, for you: send it to Query.events as `after` to hear of what happens from now on, and of nothing
    /// before. Never null.
    async fn latest_cursor(&self, ctx: &Context<'_>) -> Result<String> {
        let latest = loaders(ctx).load_one(Latest).await?.unwrap_or(0);
        Ok(queries::cursor(latest).encode())
    }
}

/// Reads the event log.
#[derive(Default)]
pub struct EventQuery;

#[Object]
impl EventQuery {
    /// The feed of all events that you may see: each once, the oldest first, in an order that never changes. It skips none,
    /// also while many write. Ask with `pageInfo.endCursor` as `after` again and again, at once while `hasNextPage`, else after a
    /// while: here endCursor is never null, also of a page without events. It may lie behind the last event of the page, when
    /// what follows is not of these types or this subject. Start with `latestCursor` to leave out what has been. What you become
    /// able to see only later, before your cursor, is not told again.
    #[graphql(complexity = "cost::page(first, None, child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what comes after this cursor, of this query.")] after: Option<String>,
        #[graphql(
            desc = "Only events of these types, as /events/schemas lists them: recommendation.accepted, or all of a noun by \
                    recommendation.*. Left out: all."
        )]
        types: Option<Vec<String>>,
        #[graphql(
            desc = "Only what happened to this thing, by its id. What happened to what stands under it is not meant."
        )]
        subject: Option<ID>,
        #[graphql(desc = "Take this many: 0 to 100; 20 when left out.")] first: Option<i32>,
    ) -> Result<EventConnection> {
        let page = PageArgs::new(first, after.as_deref(), None, None)?;
        let followed = Followed::new(types.as_deref(), subject.as_deref().map(String::as_str))?;
        let session = session(ctx);
        let stretch = queries::read(session, &followed, &page).await?;
        session.note_shown::<event::Entity>(stretch.page.rows.iter().map(|(_, row)| row));
        let total = counter(session.clone(), queries::followed(&session.viewer, &followed));
        Ok(EventConnection::of_feed(stretch, total))
    }
}

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
