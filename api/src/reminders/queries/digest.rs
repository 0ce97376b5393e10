//! What a team is told at the beginning of a week, of what everybody may see: figures only. What is named may be hidden later, so
//! whoever passes it on reads it anew.

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::{
    enums::{ActorKind, RecommendationStatus, ReminderKind, ReportStatus},
    ids::TeamId,
    recommendation, reminder, report, team,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Query,
};

use crate::{
    auth::{Viewer, scope},
    platform::error::Error,
};

/// What a team is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Committed work.
    pub open: u64,
    /// Committed work whose due date has passed.
    pub overdue: u64,
    /// Committed work that is due within the week.
    pub due_this_week: u64,
    /// Work that was done in the week before.
    pub done_last_week: u64,
    /// What nobody has decided on.
    pub proposed: u64,
    /// Reports that are not published and whose due date has passed.
    pub reports_overdue: u64,
}

impl Digest {
    /// Is there nothing to tell?
    pub fn is_empty(&self) -> bool {
        self.open + self.done_last_week + self.proposed + self.reports_overdue == 0
    }
}

fn anybody() -> Viewer {
    Viewer::anybody(ActorKind::Scheduler)
}

/// The teams that were not looked at yet for the week that begins on a Monday, of those that were there when it was due. A team that
/// is made later has its first digest a week later, and not on whatever day that is.
pub async fn teams_without(
    db: &impl ConnectionTrait,
    monday: NaiveDate,
    due_at: DateTime<Utc>,
) -> Result<Vec<TeamId>, Error> {
    let looked_at = Query::select()
        .column(reminder::Column::SubjectId)
        .from(reminder::Entity)
        .and_where(reminder::Column::Kind.eq(ReminderKind::WeeklyDigest))
        .and_where(reminder::Column::DueOn.eq(monday))
        .take();
    Ok(team::Entity::find()
        .select_only()
        .column(team::Column::Id)
        .filter(team::Column::CreatedAt.lt(due_at))
        .filter(team::Column::Id.not_in_subquery(looked_at))
        .order_by_asc(team::Column::Id)
        .into_tuple()
        .all(db)
        .await?)
}

/// The digest of a team for the week that begins on a Monday, as everything is today.
pub async fn digest(
    db: &impl ConnectionTrait,
    team: TeamId,
    monday: NaiveDate,
    today: NaiveDate,
) -> Result<Digest, Error> {
    use recommendation::Column as C;
    let of_team = || scope::recommendations(&anybody()).filter(C::TeamId.eq(team));
    let open = || of_team().filter(C::Status.is_in(RecommendationStatus::OPEN.iter().copied()));
    let sunday = monday.checked_add_days(Days::new(6)).unwrap_or(monday);
    let week_before = monday.checked_sub_days(Days::new(7)).unwrap_or(monday);
    let this_week = Condition::all().add(C::DueOn.gte(today)).add(C::DueOn.lte(sunday));
    let done = Condition::all()
        .add(C::Status.is_in([RecommendationStatus::Implemented, RecommendationStatus::Verified]))
        .add(C::ImplementedOn.gte(week_before))
        .add(C::ImplementedOn.lt(monday));
    let late_reports = scope::reports(&anybody())
        .filter(report::Column::TeamId.eq(team))
        .filter(report::Column::Status.is_in(ReportStatus::OPEN.iter().copied()))
        .filter(report::Column::DueOn.lt(today));
    Ok(Digest {
        open: open().count(db).await?,
        overdue: open().filter(C::DueOn.lt(today)).count(db).await?,
        due_this_week: open().filter(this_week).count(db).await?,
        done_last_week: of_team().filter(done).count(db).await?,
        proposed: of_team()
            .filter(C::Status.eq(RecommendationStatus::Proposed))
            .count(db)
            .await?,
        reports_overdue: late_reports.count(db).await?,
    })
}
