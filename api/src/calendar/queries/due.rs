//! What a feed shows: what is due of its owner or team, what of that was done lately, and what has left it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    calendar_feed,
    enums::{RecommendationStatus, ReportStatus, SubjectKind},
    ids::{RecommendationId, ReportId, TeamId, TypedId, UserId},
    recommendation, recommendation_label, report, report_label,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::ExprTrait,
};
use uuid::Uuid;

use crate::{
    auth::{Session, scope},
    calendar::model::{About, DONE_DAYS, Item, MOST, Progress, Subject},
    platform::{error::Error, sql, text},
    recommendations::queries::is_open,
};

/// How many ids are asked for at a time: databases bound the number of values in a statement.
const AT_ONCE: usize = 5_000;
/// How much of a description a calendar is given, in characters.
const DESCRIPTION: usize = 2_000;

/// What the feed shows now, or shows as cancelled: its kind and the due date that was shown.
pub type Known = BTreeMap<Uuid, (SubjectKind, NaiveDate)>;

type Labels = HashMap<Uuid, Vec<String>>;

/// One reading of one feed.
struct Reading<'a, C> {
    db: &'a C,
    session: &'a Session,
    feed: &'a calendar_feed::Model,
    now: DateTime<Utc>,
}

/// All that a feed shows, and what becomes of what it has shown.
pub async fn subjects(
    db: &impl ConnectionTrait,
    session: &Session,
    feed: &calendar_feed::Model,
    known: &Known,
) -> Result<Vec<Subject>, Error> {
    let reading = Reading {
        db,
        session,
        feed,
        now: session.now(),
    };
    let mut all = reading.recommendations(known).await?;
    all.extend(reading.reports(known).await?);
    Ok(all)
}

impl<C: ConnectionTrait> Reading<'_, C> {
    fn is_mine(&self, owner: Option<UserId>, team: Option<TeamId>) -> bool {
        match self.feed.team_id {
            Some(wanted) => team == Some(wanted),
            None => owner == Some(self.feed.owner_id),
        }
    }

    fn mine<T: ColumnTrait>(&self, owner: T, team: T) -> Condition {
        Condition::all().add(match self.feed.team_id {
            Some(wanted) => team.eq(wanted),
            None => owner.eq(self.feed.owner_id),
        })
    }

    fn done_since(&self) -> DateTime<Utc> {
        self.now - Duration::days(DONE_DAYS)
    }

    fn url(&self, folder: &str, key: &str) -> String {
        format!("{}/{folder}/{key}", self.session.app.settings.public_url)
    }

    /// Those that are known, are not among these, and may still be seen.
    async fn others<E: EntityTrait>(
        &self,
        select: impl Fn() -> Select<E>,
        id: E::Column,
        others: &[Uuid],
    ) -> Result<Vec<E::Model>, Error> {
        let mut rows = Vec::new();
        for some in others.chunks(AT_ONCE) {
            rows.extend(select().filter(id.is_in(some.iter().copied())).all(self.db).await?);
        }
        Ok(rows)
    }

    /// The labels of these, by id, in alphabetical order.
    async fn labels<E: EntityTrait>(&self, ids: &[Uuid], of: E::Column, label: E::Column) -> Result<Labels, Error> {
        let mut labels = Labels::new();
        for some in ids.chunks(AT_ONCE) {
            let found: Vec<(Uuid, String)> = E::find()
                .filter(of.is_in(some.iter().copied()))
                .order_by_asc(sql::in_bytes(label, self.db))
                .select_only()
                .columns([of, label])
                .into_tuple()
                .all(self.db)
                .await?;
            for (id, label) in found {
                labels.entry(id).or_default().push(label);
            }
        }
        Ok(labels)
    }

    async fn recommendations(&self, known: &Known) -> Result<Vec<Subject>, Error> {
        use recommendation::Column as C;
        let done = [RecommendationStatus::Implemented, RecommendationStatus::Verified];
        let done_lately = C::Status
            .is_in(done.map(RecommendationStatus::as_str))
            .and(C::CompletedAt.gte(self.done_since()));
        let mut rows = scope::recommendations(&self.session.viewer)
            .filter(self.mine(C::OwnerId, C::TeamId))
            .filter(C::DueOn.is_not_null())
            .filter(Condition::any().add(is_open()).add(done_lately))
            .order_by_asc(C::DueOn)
            .order_by_asc(C::Id)
            .limit(MOST)
            .all(self.db)
            .await?;
        let left = absent(known, SubjectKind::Recommendation, rows.iter().map(|row| row.id.uuid()));
        let wanted = rows.len();
        let visible = || scope::recommendations(&self.session.viewer);
        rows.extend(self.others(visible, C::Id, &left).await?);

        let titles = self.titles(rows.iter().map(|row| row.report_id)).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id.uuid()).collect();
        let labels = {
            use recommendation_label::{Column as L, Entity};
            self.labels::<Entity>(&ids, L::RecommendationId, L::Label).await?
        };
        let mut subjects = Vec::with_capacity(ids.len());
        for (place, row) in rows.iter().enumerate() {
            let is_due = self.is_mine(row.owner_id, row.team_id) && row.due_on.is_some();
            let progress = progress(row);
            let item = match (place < wanted, is_due, progress) {
                (true, _, Some(progress)) => Some(progress),
                // Done for long, or one of too many.
                (_, true, _) if row.status.is_open() || done.contains(&row.status) => None,
                _ => Some(Progress::Cancelled),
            };
            let shown = known.get(&row.id.uuid()).map(|(_, due_on)| *due_on);
            let title = titles.get(&row.report_id).map(String::as_str);
            let about = |progress| {
                Some(Item {
                    due_on: row.due_on.or(shown)?,
                    progress,
                    about: Some(self.about_recommendation(row, title, labels.get(&row.id.uuid()))),
                })
            };
            subjects.push(Subject {
                kind: SubjectKind::Recommendation,
                id: row.id.uuid(),
                updated_at: Some(row.updated_at),
                item: item.and_then(about),
            });
        }
        subjects.extend(withdrawn(known, SubjectKind::Recommendation, &left, &ids));
        Ok(subjects)
    }

    /// Key and title of reports, by id.
    async fn titles(&self, ids: impl Iterator<Item = ReportId>) -> Result<HashMap<ReportId, String>, Error> {
        let mut ids: Vec<ReportId> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        let mut titles = HashMap::with_capacity(ids.len());
        for some in ids.chunks(AT_ONCE) {
            let found: Vec<(ReportId, String, String)> = scope::reports(&self.session.viewer)
                .filter(report::Column::Id.is_in(some.iter().copied()))
                .select_only()
                .columns([report::Column::Id, report::Column::Key, report::Column::Title])
                .into_tuple()
                .all(self.db)
                .await?;
            titles.extend(
                found
                    .into_iter()
                    .map(|(id, key, title)| (id, format!("Report {key}: {title}"))),
            );
        }
        Ok(titles)
    }

    fn about_recommendation(
        &self,
        row: &recommendation::Model,
        report: Option<&str>,
        labels: Option<&Vec<String>>,
    ) -> About {
        let mut lines = vec![format!("{}, {}.", text::words(row.status.as_str()), row.priority)];
        lines.extend(report.map(str::to_owned));
        lines.extend(row.blocked_reason.as_ref().map(|reason| format!("Blocked: {reason}")));
        lines.extend(row.closure_note.as_ref().map(|note| format!("Declined: {note}")));
        lines.extend(row.acceptance_criterion.as_ref().map(|end| format!("Done when: {end}")));
        if !row.description.is_empty() {
            lines.push(String::new());
            lines.push(row.description.chars().take(DESCRIPTION).collect());
        }
        About {
            summary: format!("{}: {}", row.key, row.title),
            description: lines.join("\n"),
            url: self.url("recommendations", &row.key),
            priority: Some(row.priority),
            categories: categories("Recommendation", Some(row.priority.as_str()), labels),
            created_at: row.created_at,
        }
    }

    async fn reports(&self, known: &Known) -> Result<Vec<Subject>, Error> {
        use report::Column as C;
        let published_lately = C::Status
            .eq(ReportStatus::Published.as_str())
            .and(C::PublishedAt.gte(self.done_since()));
        let open = C::Status.is_in(ReportStatus::OPEN.iter().map(|status| status.as_str()));
        let mut rows = scope::reports(&self.session.viewer)
            .filter(self.mine(C::OwnerId, C::TeamId))
            .filter(C::DueOn.is_not_null())
            .filter(Condition::any().add(open).add(published_lately))
            .order_by_asc(C::DueOn)
            .order_by_asc(C::Id)
            .limit(MOST)
            .all(self.db)
            .await?;
        let left = absent(known, SubjectKind::Report, rows.iter().map(|row| row.id.uuid()));
        let wanted = rows.len();
        let visible = || scope::reports(&self.session.viewer);
        rows.extend(self.others(visible, C::Id, &left).await?);
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id.uuid()).collect();
        let labels = {
            use report_label::{Column as L, Entity};
            self.labels::<Entity>(&ids, L::ReportId, L::Label).await?
        };
        let mut subjects = Vec::with_capacity(ids.len());
        for (place, row) in rows.iter().enumerate() {
            let is_due = self.is_mine(row.owner_id, row.team_id) && row.due_on.is_some();
            let is_owed_or_done = row.status.is_open() || row.status == ReportStatus::Published;
            let progress = match (place < wanted, row.status) {
                (true, ReportStatus::Draft) => Some(Progress::Waiting),
                (true, ReportStatus::InReview) => Some(Progress::Begun),
                (true, _) => row.published_at.map(Progress::Done),
                (false, _) if is_due && is_owed_or_done => None,
                (false, _) => Some(Progress::Cancelled),
            };
            let shown = known.get(&row.id.uuid()).map(|(_, due_on)| *due_on);
            let about = |progress| {
                Some(Item {
                    due_on: row.due_on.or(shown)?,
                    progress,
                    about: Some(About {
                        summary: format!("{}: {}", row.key, row.title),
                        description: format!(
                            "{}: a report that is to be published.",
                            text::words(row.status.as_str())
                        ),
                        url: self.url("reports", &row.key),
                        priority: None,
                        categories: categories("Report", None, labels.get(&row.id.uuid())),
                        created_at: row.created_at,
                    }),
                })
            };
            subjects.push(Subject {
                kind: SubjectKind::Report,
                id: row.id.uuid(),
                updated_at: Some(row.updated_at),
                item: progress.and_then(about),
            });
        }
        subjects.extend(withdrawn(known, SubjectKind::Report, &left, &ids));
        Ok(subjects)
    }
}

/// How far a recommendation is; none when it is not committed to.
fn progress(row: &recommendation::Model) -> Option<Progress> {
    use RecommendationStatus::{Accepted, Blocked, Declined, Implemented, InProgress, Proposed, Verified};
    match row.status {
        Accepted => Some(Progress::Waiting),
        InProgress | Blocked => Some(Progress::Begun),
        Implemented | Verified => row.completed_at.map(Progress::Done),
        Proposed | Declined => None,
    }
}

fn categories(kind: &str, priority: Option<&str>, labels: Option<&Vec<String>>) -> Vec<String> {
    let words = ["Postmortem", kind].into_iter().chain(priority).map(str::to_owned);
    words.chain(labels.into_iter().flatten().cloned()).collect()
}

/// The known ones of a kind that are not among these.
fn absent(known: &Known, kind: SubjectKind, present: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let present: std::collections::BTreeSet<Uuid> = present.collect();
    let of_kind = known.iter().filter(|(_, (its, _))| *its == kind).map(|(id, _)| *id);
    of_kind.filter(|id| !present.contains(id)).collect()
}

/// What has left and may not be seen any more: nothing is told of it but that.
fn withdrawn(known: &Known, kind: SubjectKind, left: &[Uuid], seen: &[Uuid]) -> Vec<Subject> {
    let seen: std::collections::BTreeSet<&Uuid> = seen.iter().collect();
    let gone = left.iter().filter(|id| !seen.contains(id));
    gone.filter_map(|id| {
        let (_, due_on) = known.get(id)?;
        Some(Subject {
            kind,
            id: *id,
            updated_at: None,
            item: Some(Item {
                due_on: *due_on,
                progress: Progress::Cancelled,
                about: None,
            }),
        })
    })
    .collect()
}

/// The global id of a subject of a feed.
pub fn global_id(kind: SubjectKind, id: Uuid) -> String {
    match kind {
        SubjectKind::Report => ReportId(id).to_string(),
        _ => RecommendationId(id).to_string(),
    }
}
