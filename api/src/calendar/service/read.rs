//! Reads a feed: what it shows now, compared with what it has shown.

use std::sync::Arc;

use chrono::Duration;
use entity::{
    calendar_feed, calendar_feed_item,
    enums::{FeedItemState, SubjectKind},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::{
    auth::{App, Session, Viewer},
    calendar::{
        model::{
            document::{Entry, Form, document},
            keeping::{Kept, next},
        },
        queries::{self, Known},
    },
    platform::{
        db::{Hold, Tx, in_passing},
        error::Error,
        secret,
    },
};

/// How exactly the last reading is noted: every one would be a write.
const LAST_READ: Duration = Duration::hours(1);
/// How many rows are written in a statement.
const AT_ONCE: usize = 1_000;

/// A feed that may be read, and as whom.
pub struct Reading {
    /// What its owner may see, as a person who takes part.
    pub session: Arc<Session>,
    feed: calendar_feed::Model,
}

/// What an address leads to.
pub enum Opened {
    /// A feed.
    Feed(Box<Reading>),
    /// What was a feed, and will never be again; why, in a sentence.
    Gone(&'static str),
}

/// What is said at an address that leads nowhere.
pub fn unknown() -> Error {
    Error::NotFound("There is no calendar at this address; copy the whole address, or create a feed.".to_owned())
}

/// Finds what an address leads to.
pub async fn open(app: &Arc<App>, secret: &str) -> Result<Opened, Error> {
    let db = app.databases.reader().await?;
    let feed = queries::by_secret(&db, secret).await?;
    let feed = feed.ok_or_else(unknown)?;
    if feed.revoked_at.is_some() {
        return Ok(Opened::Gone(
            "This calendar has been revoked; create another feed and subscribe to that.",
        ));
    }
    let owner = App::viewer(&db, feed.owner_id).await?;
    let Some(viewer) = owner.filter(Viewer::is_active) else {
        return Ok(Opened::Gone(
            "The owner of this calendar is inactive; somebody else may create a feed.",
        ));
    };
    Ok(Opened::Feed(Box::new(Reading {
        session: app.session(viewer.as_participant()).await?,
        feed,
    })))
}

/// What a feed shows, and what of it is new.
struct Plan {
    entries: Vec<Entry>,
    changes: Vec<(SubjectKind, Uuid, Kept)>,
}

impl Reading {
    /// The iCalendar object.
    pub async fn document(&self) -> Result<String, Error> {
        let mut plan = self.plan(&self.session.db).await?;
        if !plan.changes.is_empty() {
            let tx = self.session.begin().await?;
            // Two readers at once would both count on from the same sequence.
            let held = calendar_feed::Entity::find_by_id(self.feed.id).hold().one(&*tx).await?;
            // It may have been revoked meanwhile; then there is nothing to remember.
            if held.is_some_and(|feed| feed.revoked_at.is_none()) {
                plan = self.plan(&*tx).await?;
                self.keep(&tx, &plan.changes).await?;
                tx.commit().await?;
            }
        }
        self.note_reading().await;
        let form = Form {
            name: &self.feed.name,
            form: self.feed.form,
            reminder_days: self.feed.reminder_days,
            time_zone: self.session.app.settings.time_zone.name(),
        };
        Ok(document(&form, &plan.entries))
    }

    async fn plan(&self, db: &impl ConnectionTrait) -> Result<Plan, Error> {
        let shown = queries::shown(db, self.feed.id).await?;
        let known: Known = shown
            .values()
            .filter(|row| row.state != FeedItemState::Gone)
            .map(|row| (row.subject_id, (row.subject_kind, row.due_on)))
            .collect();
        let mut plan = Plan {
            entries: Vec::new(),
            changes: Vec::new(),
        };
        for subject in queries::subjects(db, &self.session, &self.feed, &known).await? {
            let before = shown.get(&subject.id).map(queries::kept);
            let item = match &subject.item {
                Some(item) => {
                    let text = serde_json::to_string(item).map_err(Error::internal)?;
                    Some((item, secret::digest(&text)))
                }
                None => None,
            };
            let Some(after) = next(before.as_ref(), item, subject.updated_at, self.session.now()) else {
                continue;
            };
            if before.as_ref() != Some(&after) {
                plan.changes.push((subject.kind, subject.id, after.clone()));
            }
            if let (Some(item), true) = (subject.item, after.state != FeedItemState::Gone) {
                plan.entries.push(Entry {
                    uid: format!("{}@postmortem", queries::global_id(subject.kind, subject.id)),
                    item,
                    kept: after,
                });
            }
        }
        plan.entries
            .sort_by(|one, other| (one.item.due_on, &one.uid).cmp(&(other.item.due_on, &other.uid)));
        Ok(plan)
    }

    async fn keep(&self, tx: &Tx, changes: &[(SubjectKind, Uuid, Kept)]) -> Result<(), Error> {
        use calendar_feed_item::Column as C;
        for some in changes.chunks(AT_ONCE) {
            let rows = some
                .iter()
                .map(|(kind, subject, kept)| calendar_feed_item::ActiveModel {
                    feed_id: Set(self.feed.id),
                    subject_id: Set(*subject),
                    subject_kind: Set(*kind),
                    state: Set(kept.state),
                    sequence: Set(kept.sequence),
                    fingerprint: Set(kept.fingerprint.clone()),
                    due_on: Set(kept.due_on),
                    changed_at: Set(kept.changed_at),
                    left_at: Set(kept.left_at),
                });
            let instead = OnConflict::columns([C::FeedId, C::SubjectId])
                .update_columns([C::State, C::Sequence, C::Fingerprint, C::DueOn, C::ChangedAt, C::LeftAt])
                .to_owned();
            calendar_feed_item::Entity::insert_many(rows)
                .on_conflict(instead)
                .exec_without_returning(&**tx)
                .await?;
        }
        Ok(())
    }

    async fn note_reading(&self) {
        use calendar_feed::Column as C;
        let now = self.session.now();
        if self.feed.last_read_at.is_some_and(|at| now - at < LAST_READ) {
            return;
        }
        let stale = Condition::any().add(C::LastReadAt.is_null()).add(C::LastReadAt.lt(now));
        let noting = calendar_feed::Entity::update_many()
            .col_expr(C::LastReadAt, Expr::value(now))
            .filter(C::Id.eq(self.feed.id))
            .filter(stale)
            .exec(&self.session.db);
        in_passing("the last reading of a calendar", noting).await;
    }
}
