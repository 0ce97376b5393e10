//! Which recommendations a list holds, and in what order.

use async_graphql::{Enum, InputObject};
use chrono::NaiveDate;
use entity::{
    enums::{RecommendationStatus, SyncState},
    ids::RecommendationId,
    recommendation, recommendation_label, recommendation_root_cause, report, tracker_link,
};
use sea_orm::{
    ColumnTrait, Condition, QueryFilter, Select,
    sea_query::{Query, SelectStatement},
};

use crate::{
    auth::{Viewer, scope},
    graphql::{
        enums::{OrderDirection, PriorityFilter, RecommendationKindFilter, RecommendationStatusFilter},
        filters::{Combined, DateFilter, DateTimeFilter, FilterEnv, IdFilter, ListFilter, StringFilter},
    },
    incidents::queries::{IncidentFilter, matching as matching_incidents},
    people::queries::{TeamFilter, UserFilter},
    platform::{error::Error, keys, page::Order, sql},
    reports::queries::filter::{ReportFilter, matching as matching_reports},
    root_causes::queries::{RootCauseFilter, matching as matching_causes},
};

/// Which recommendations. All given fields must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, InputObject)]
pub struct RecommendationFilter {
    /// All of these match.
    and: Option<Vec<RecommendationFilter>>,
    /// Any of these matches.
    or: Option<Vec<RecommendationFilter>>,
    /// This does not match.
    not: Option<Box<RecommendationFilter>>,
    /// The recommendation's id.
    id: Option<IdFilter>,
    /// The short key, such as REC-40.
    key: Option<StringFilter>,
    /// Where it stands.
    status: Option<RecommendationStatusFilter>,
    /// What it is meant to do.
    kind: Option<RecommendationKindFilter>,
    /// How urgent it is.
    priority: Option<PriorityFilter>,
    /// Whether it is committed and not finished: ACCEPTED, IN_PROGRESS or BLOCKED.
    is_open: Option<bool>,
    /// Whether it is open and was due before today.
    is_overdue: Option<bool>,
    /// Who does it.
    owner: Option<UserFilter>,
    /// Whose it is.
    team: Option<TeamFilter>,
    /// By when it is due.
    due_on: Option<DateFilter>,
    /// When it was recommended.
    created_at: Option<DateTimeFilter>,
    /// When it was first accepted.
    accepted_at: Option<DateTimeFilter>,
    /// When it was implemented or declined.
    completed_at: Option<DateTimeFilter>,
    /// The title.
    title: Option<StringFilter>,
    /// Some label matches.
    label: Option<StringFilter>,
    /// The report in which it was first made matches.
    report: Option<Box<ReportFilter>>,
    /// The incident of that report matches.
    incident: Option<Box<IncidentFilter>>,
    /// Some root cause that it treats, and that you may see, matches.
    root_cause: Option<Box<RootCauseFilter>>,
    /// Whether it stands in an issue tracker, now.
    has_tracker_link: Option<bool>,
}

fn when(wanted: bool, condition: Condition) -> Condition {
    if wanted { condition } else { condition.not() }
}

/// Committed and not finished.
pub fn is_open() -> Condition {
    let open: Vec<_> = RecommendationStatus::OPEN
        .iter()
        .map(|status| status.as_str())
        .collect();
    Condition::all().add(sql::one_of_words(recommendation::Column::Status, &open))
}

/// Open, and due before `today`.
pub fn is_overdue(today: NaiveDate) -> Condition {
    let late = recommendation::Column::DueOn.lt(today);
    is_open().add(sql::known(recommendation::Column::DueOn, late))
}

impl ListFilter for RecommendationFilter {
    fn own(&self, env: &FilterEnv<'_>) -> Result<Condition, Error> {
        Ok(Condition::all().add(self.by_itself(env)?).add(self.by_relations(env)?))
    }

    fn combined(&self) -> Combined<'_, Self> {
        Combined {
            and: self.and.as_deref(),
            or: self.or.as_deref(),
            not: self.not.as_deref(),
        }
    }
}

impl RecommendationFilter {
    fn by_itself(&self, env: &FilterEnv<'_>) -> Result<Condition, Error> {
        use recommendation::Column as C;
        let mut all = Condition::all();
        if let Some(id) = &self.id {
            all = all.add(id.on::<RecommendationId, _>("filter.id", C::Id)?);
        }
        if let Some(key) = &self.key {
            all = all.add(key.on(C::Key)?);
        }
        if let Some(status) = &self.status {
            all = all.add(status.on(C::Status));
        }
        if let Some(kind) = &self.kind {
            all = all.add(kind.on(C::Kind));
        }
        if let Some(priority) = &self.priority {
            all = all.add(priority.on(C::Priority));
        }
        if let Some(wanted) = self.is_open {
            all = all.add(when(wanted, is_open()));
        }
        if self.is_overdue.is_some() && env.is_over_time {
            return Err(Error::invalid(
                "filter.isOverdue",
                "NOT_OVER_TIME",
                "What is overdue changes from day to day; leave isOverdue out and read overdue of each point.",
            ));
        }
        if let Some(wanted) = self.is_overdue {
            all = all.add(when(wanted, is_overdue(env.today)));
        }
        if let Some(due_on) = &self.due_on {
            all = all.add(due_on.on(C::DueOn));
        }
        let instants = [
            (&self.created_at, C::CreatedAt),
            (&self.accepted_at, C::AcceptedAt),
            (&self.completed_at, C::CompletedAt),
        ];
        for (filter, column) in instants {
            if let Some(filter) = filter {
                all = all.add(filter.on(column));
            }
        }
        if let Some(title) = &self.title {
            all = all.add(title.on(C::Title)?);
        }
        Ok(all)
    }

    fn by_relations(&self, env: &FilterEnv<'_>) -> Result<Condition, Error> {
        use recommendation::Column as C;
        let mut all = Condition::all();
        if let Some(owner) = &self.owner {
            all = all.add(owner.on(env, "filter.owner.id", C::OwnerId)?);
        }
        if let Some(team) = &self.team {
            all = all.add(team.on(env, "filter.team.id", C::TeamId)?);
        }
        if let Some(label) = &self.label {
            let labelled = Query::select()
                .column(recommendation_label::Column::RecommendationId)
                .from(recommendation_label::Entity)
                .cond_where(label.on(recommendation_label::Column::Label)?)
                .take();
            all = all.add(C::Id.in_subquery(labelled));
        }
        if let Some(report) = &self.report {
            all = all.add(C::ReportId.in_subquery(matching_reports(env, report)?));
        }
        if let Some(incident) = &self.incident {
            all = all.add(C::ReportId.in_subquery(reports_on(matching_incidents(env, incident)?)));
        }
        if let Some(cause) = &self.root_cause {
            let treating = Query::select()
                .column(recommendation_root_cause::Column::RecommendationId)
                .from(recommendation_root_cause::Entity)
                .and_where(recommendation_root_cause::Column::RootCauseId.in_subquery(matching_causes(env, cause)?))
                .take();
            all = all.add(C::Id.in_subquery(treating));
        }
        if let Some(wanted) = self.has_tracker_link {
            let linked = Query::select()
                .column(tracker_link::Column::RecommendationId)
                .from(tracker_link::Entity)
                .and_where(tracker_link::Column::State.ne(SyncState::Unlinked))
                .take();
            let linked = Condition::all().add(C::Id.in_subquery(linked));
            all = all.add(when(wanted, linked));
        }
        Ok(all)
    }
}

/// The reports on these incidents. The item's own scope hides those that may not be seen.
fn reports_on(incidents: SelectStatement) -> SelectStatement {
    Query::select()
        .column(report::Column::Id)
        .from(report::Entity)
        .and_where(report::Column::IncidentId.in_subquery(incidents))
        .take()
}

/// The recommendation with this key.
pub fn by_key(viewer: &Viewer, key: &str) -> Select<recommendation::Entity> {
    scope::recommendations(viewer).filter(recommendation::Column::Key.eq(keys::normalise(key)))
}

/// What recommendations can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum RecommendationOrderField {
    /// When it is due; those without a due date come last either way.
    #[graphql(name = "DUE_ON")]
    DueOn,
    /// When it was recommended.
    #[graphql(name = "CREATED_AT")]
    CreatedAt,
    /// When it was last changed.
    #[graphql(name = "UPDATED_AT")]
    UpdatedAt,
    /// How urgent it is; ASC: P0 first.
    #[graphql(name = "PRIORITY")]
    Priority,
    /// When it was implemented or declined; others come last either way.
    #[graphql(name = "COMPLETED_AT")]
    CompletedAt,
}

/// The order of a list of recommendations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, InputObject)]
pub struct RecommendationOrder {
    /// By what.
    field: RecommendationOrderField,
    /// In which direction.
    direction: OrderDirection,
}

/// The order that is meant; the soonest due first when none is given.
pub fn order(given: Option<RecommendationOrder>) -> Order<recommendation::Entity> {
    use recommendation::Column as C;
    let given = given.unwrap_or(RecommendationOrder {
        field: RecommendationOrderField::DueOn,
        direction: OrderDirection::Asc,
    });
    let column = match given.field {
        RecommendationOrderField::DueOn => C::DueOn,
        RecommendationOrderField::CreatedAt => C::CreatedAt,
        RecommendationOrderField::UpdatedAt => C::UpdatedAt,
        RecommendationOrderField::Priority => C::Priority,
        RecommendationOrderField::CompletedAt => C::CompletedAt,
    };
    Order::new(column, C::Id, given.direction == OrderDirection::Desc)
}
