//! Calendar feeds in the API.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::{
    calendar_feed, enums as stored,
    ids::{CalendarFeedId, UserId},
};

use super::{model::NewFeed, queries, service};
use crate::{
    graphql::{
        Result,
        connection::connection,
        context::session,
        cost,
        direct::Ready,
        input::optional_id,
        loaders::{by_reference, required, root},
        plan::listed,
        scalars::{DateTime, Url, int},
    },
    people::graphql::{Team, User},
    platform::{ids::parse, page::PageArgs},
};

/// As what a calendar shows due dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::CalendarForm")]
pub enum CalendarForm {
    /// As to-dos, with how far they are. Some calendars show none.
    #[graphql(name = "VTODO")]
    Todo,
    /// As events of a whole day, which every calendar shows.
    #[graphql(name = "VEVENT")]
    Event,
}

/// Due dates of a person or a team, for calendar programs, at a secret address that is shown once.
#[derive(Clone)]
pub struct CalendarFeed(pub Arc<calendar_feed::Model>);

/// Due dates of a person or a team, for calendar programs, at a secret address that is shown once.
#[Object]
impl CalendarFeed {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// What calendars call it.
    async fn name(&self) -> &str {
        &self.0.name
    }
    /// Whose it is: it shows what they may see, and only where they take part.
    async fn owner(&self, ctx: &Context<'_>) -> Result<User> {
        Ok(User(required(ctx, self.0.owner_id).await?))
    }
    /// The team whose due dates it shows; null: its owner's.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        Ok(by_reference(ctx, self.0.team_id).await?.map(Team))
    }
    /// As what it shows them.
    async fn form(&self) -> CalendarForm {
        self.0.form.into()
    }
    /// How many days before the due date calendars remind, at nine o'clock; null: they do not.
    async fn reminder_days_before(&self) -> Option<i32> {
        self.0.reminder_days.map(int)
    }
    /// When it was created.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
    /// When it was last given another address; null when it never was.
    async fn rotated_at(&self) -> Option<DateTime> {
        self.0.rotated_at.map(Into::into)
    }
    /// When it was last read, to the hour; null when it never was.
    async fn last_read_at(&self) -> Option<DateTime> {
        self.0.last_read_at.map(Into::into)
    }
    /// When it was revoked; null while it can be read.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(Into::into)
    }
}

connection!(
    CalendarFeed,
    CalendarFeedConnection,
    CalendarFeedEdge,
    "One page of calendar feeds.",
    "A calendar feed in a list."
);

impl Ready for CalendarFeed {
    const WAITS: &'static [&'static str] = &[];
}
listed!(CalendarFeed, entity::calendar_feed::Entity);

/// A calendar feed.
#[derive(InputObject)]
pub struct CreateCalendarFeedInput {
    /// The team whose due dates it shows; yours when left out.
    team_id: Option<ID>,
    /// What calendars call it; by whose due dates they are when left out.
    name: Option<String>,
    /// As what it shows due dates; as VEVENT when left out.
    form: Option<CalendarForm>,
    /// How many days before the due date calendars remind, at nine o'clock: 0 to 30; not at all when left out.
    reminder_days_before: Option<i32>,
}

/// The feed that was created.
#[derive(SimpleObject)]
pub struct CreateCalendarFeedPayload {
    /// The feed.
    calendar_feed: CalendarFeed,
    /// The same in the list calendarFeeds.
    calendar_feed_edge: CalendarFeedEdge,
    /// The secret address to subscribe to. It is shown this once.
    url: Url,
}

/// Which feed to give another address.
#[derive(InputObject)]
pub struct RotateCalendarFeedInput {
    /// The feed.
    id: ID,
}

/// The feed that was given another address.
#[derive(SimpleObject)]
pub struct RotateCalendarFeedPayload {
    /// The feed.
    calendar_feed: CalendarFeed,
    /// The secret address to subscribe to from now on. It is shown this once.
    url: Url,
}

/// Which feed to revoke.
#[derive(InputObject)]
pub struct RevokeCalendarFeedInput {
    /// The feed.
    id: ID,
}

/// The feed that was revoked.
#[derive(SimpleObject)]
pub struct RevokeCalendarFeedPayload {
    /// The feed.
    calendar_feed: CalendarFeed,
}

/// Reads calendar feeds.
#[derive(Default)]
pub struct CalendarQuery;

#[Object]
impl CalendarQuery {
    /// Your calendar feeds, the latest first, revoked ones too. Admins may ask for those of somebody else.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn calendar_feeds(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose feeds; yours when left out.")] owner_id: Option<ID>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<CalendarFeedConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        let owner = optional_id::<UserId>("ownerId", owner_id.as_ref())?;
        let select = queries::feeds(&session(ctx).viewer, owner);
        Ok(CalendarFeedConnection::new(
            root(ctx, select, queries::order(), page).await?,
        ))
    }
}

/// Changes calendar feeds.
#[derive(Default)]
pub struct CalendarMutation;

#[Object]
impl CalendarMutation {
    /// Creates a calendar feed of your own and shows its address this once. Everybody who signs in as a user.
    async fn create_calendar_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: CreateCalendarFeedInput,
    ) -> Result<CreateCalendarFeedPayload> {
        let new = NewFeed {
            name: input.name,
            team: optional_id("teamId", input.team_id.as_ref())?,
            form: input.form.unwrap_or(CalendarForm::Event).into(),
            reminder_days: input.reminder_days_before.map(i64::from),
        };
        let made = service::create(session(ctx), new).await?;
        let calendar_feed = CalendarFeed(required(ctx, made.id).await?);
        let calendar_feed_edge = CalendarFeedEdge {
            cursor: queries::order().cursor(&calendar_feed.0),
            node: calendar_feed.clone(),
        };
        Ok(CreateCalendarFeedPayload {
            calendar_feed,
            calendar_feed_edge,
            url: Url(made.url(session(ctx))),
        })
    }

    /// Gives a calendar feed another address and shows it this once; the old one stops working at once. Its owner only.
    async fn rotate_calendar_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: RotateCalendarFeedInput,
    ) -> Result<RotateCalendarFeedPayload> {
        let id = parse::<CalendarFeedId>("id", &input.id)?;
        let made = service::rotate(session(ctx), id).await?;
        Ok(RotateCalendarFeedPayload {
            calendar_feed: CalendarFeed(required(ctx, id).await?),
            url: Url(made.url(session(ctx))),
        })
    }

    /// Makes a calendar feed unreadable, at once and for ever. Its owner and admins.
    async fn revoke_calendar_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: RevokeCalendarFeedInput,
    ) -> Result<RevokeCalendarFeedPayload> {
        let id = parse::<CalendarFeedId>("id", &input.id)?;
        service::revoke(session(ctx), id).await?;
        Ok(RevokeCalendarFeedPayload {
            calendar_feed: CalendarFeed(required(ctx, id).await?),
        })
    }
}
