//! Which incidents a list holds, and in what order.

use async_graphql::{Enum, InputObject};
use entity::{enums::ReportStatus, incident, incident_service, report, service};
use sea_orm::{
    ColumnTrait, Condition, QueryFilter, Select,
    sea_query::{ExprTrait, Query, SelectStatement},
};

use crate::{
    auth::{Viewer, scope},
    graphql::{
        enums::{OrderDirection, SeverityFilter},
        filters::{Combined, DateTimeFilter, FilterEnv, IdFilter, ListFilter, StringFilter},
    },
    people::queries::{ServiceFilter, TeamFilter},
    platform::{error::Error, keys, page::Order, sql},
    policies::queries::requires_report,
};

/// Which incidents. All given fields must match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, InputObject)]
pub struct IncidentFilter {
    /// All of these match.
    and: Option<Vec<IncidentFilter>>,
    /// Any of these matches.
    or: Option<Vec<IncidentFilter>>,
    /// This does not match.
    not: Option<Box<IncidentFilter>>,
    /// The incident's id.
    id: Option<IdFilter>,
    /// The short key, such as INC-7.
    key: Option<StringFilter>,
    /// The title.
    title: Option<StringFilter>,
    /// How bad it was.
    severity: Option<SeverityFilter>,
    /// When it began.
    started_at: Option<DateTimeFilter>,
    /// When it was over.
    resolved_at: Option<DateTimeFilter>,
    /// The team it belongs to.
    team: Option<TeamFilter>,
    /// Some service it hit matches.
    service: Option<ServiceFilter>,
    /// Whether there is a report on it that you may see. One that was archived before it was published does not count.
    has_report: Option<bool>,
    /// Whether the due policies in force require a report on it.
    requires_report: Option<bool>,
}

impl ListFilter for IncidentFilter {
    fn own(&self, env: &FilterEnv<'_>) -> Result<Condition, Error> {
        use incident::Column as C;
        let mut all = Condition::all();
        if let Some(id) = &self.id {
            all = all.add(id.on::<entity::ids::IncidentId, _>("filter.id", C::Id)?);
        }
        if let Some(key) = &self.key {
            all = all.add(key.on(C::Key)?);
        }
        if let Some(title) = &self.title {
            all = all.add(title.on(C::Title)?);
        }
        if let Some(severity) = &self.severity {
            all = all.add(severity.on(C::Severity));
        }
        if let Some(started_at) = &self.started_at {
            all = all.add(started_at.on(C::StartedAt));
        }
        if let Some(resolved_at) = &self.resolved_at {
            all = all.add(resolved_at.on(C::ResolvedAt));
        }
        if let Some(team) = &self.team {
            all = all.add(team.on(env, "filter.team.id", C::TeamId)?);
        }
        if let Some(service) = &self.service {
            all = all.add(C::Id.in_subquery(hitting(env, service)?));
        }
        if let Some(wanted) = self.has_report {
            let reports = scope::reports(env.viewer).filter(analyses());
            let reported = C::Id.in_subquery(scope::only_id(reports, report::Column::IncidentId));
            all = all.add(if wanted { reported } else { reported.not() });
        }
        if let Some(wanted) = self.requires_report {
            let required = requires_report(C::Severity, C::TeamId);
            all = all.add(if wanted { required } else { required.not() });
        }
        Ok(all)
    }

    fn combined(&self) -> Combined<'_, Self> {
        Combined {
            and: self.and.as_deref(),
            or: self.or.as_deref(),
            not: self.not.as_deref(),
        }
    }
}

/// Counts as a report on its incident: one that was put away before it was published analyses nothing.
pub fn analyses() -> Condition {
    Condition::any()
        .add(report::Column::Status.ne(ReportStatus::Archived))
        .add(report::Column::PublishedAt.is_not_null())
}

fn hitting(env: &FilterEnv<'_>, filter: &ServiceFilter) -> Result<SelectStatement, Error> {
    let services = Query::select()
        .column(service::Column::Id)
        .from(service::Entity)
        .cond_where(env.condition(filter)?)
        .take();
    Ok(Query::select()
        .column(incident_service::Column::IncidentId)
        .from(incident_service::Entity)
        .and_where(sql::among(incident_service::Column::ServiceId, services))
        .take())
}

/// What incidents can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum IncidentOrderField {
    /// When it began.
    #[graphql(name = "STARTED_AT")]
    StartedAt,
    /// When it was recorded.
    #[graphql(name = "CREATED_AT")]
    CreatedAt,
    /// How bad it was; ASC: the worst first.
    #[graphql(name = "SEVERITY")]
    Severity,
}

/// The order of a list of incidents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, InputObject)]
pub struct IncidentOrder {
    /// By what.
    field: IncidentOrderField,
    /// In which direction.
    direction: OrderDirection,
}

/// The order that is meant; the latest first when none is given.
pub fn order(given: Option<IncidentOrder>) -> Order<incident::Entity> {
    use incident::Column as C;
    let given = given.unwrap_or(IncidentOrder {
        field: IncidentOrderField::StartedAt,
        direction: OrderDirection::Desc,
    });
    let column = match given.field {
        IncidentOrderField::StartedAt => C::StartedAt,
        IncidentOrderField::CreatedAt => C::CreatedAt,
        IncidentOrderField::Severity => C::Severity,
    };
    Order::new(column, C::Id, given.direction == OrderDirection::Desc)
}

/// The incident with this key.
pub fn by_key(viewer: &Viewer, key: &str) -> Select<incident::Entity> {
    scope::incidents(viewer).filter(incident::Column::Key.eq(keys::normalise(key)))
}

/// The sub-select of incidents that match, for the filters of what hangs on them.
pub fn matching(env: &FilterEnv<'_>, filter: &IncidentFilter) -> Result<SelectStatement, Error> {
    let condition = env.condition(filter)?;
    Ok(scope::only_id(
        scope::incidents(env.viewer).filter(condition),
        incident::Column::Id,
    ))
}
