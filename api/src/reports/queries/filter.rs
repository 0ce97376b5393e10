//! Which reports a list holds, and in what order.

use async_graphql::{Enum, InputObject};
use entity::{enums as stored, ids::ReportId, report, report_label};
use sea_orm::{
    ColumnTrait, Condition, QueryFilter, Select,
    sea_query::{Query, SelectStatement},
};

use crate::{
    auth::{Viewer, scope},
    graphql::{
        enums::{OrderDirection, ReportStatusFilter},
        filters::{Combined, DateFilter, DateTimeFilter, FilterEnv, IdFilter, ListFilter, StringFilter},
    },
    incidents::queries::{IncidentFilter, matching as matching_incidents},
    people::queries::{TeamFilter, UserFilter},
    platform::{error::Error, keys, page::Order, sql},
};

/// Which reports. All given fields must match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, InputObject)]
pub struct ReportFilter {
    /// All of these match.
    and: Option<Vec<ReportFilter>>,
    /// Any of these matches.
    or: Option<Vec<ReportFilter>>,
    /// This does not match.
    not: Option<Box<ReportFilter>>,
    /// The report's id.
    id: Option<IdFilter>,
    /// The short key, such as PM-12.
    key: Option<StringFilter>,
    /// The title.
    title: Option<StringFilter>,
    /// Where it stands.
    status: Option<ReportStatusFilter>,
    /// Whether it is open and was due before today.
    is_overdue: Option<bool>,
    /// Who owes it.
    owner: Option<UserFilter>,
    /// Whose it is.
    team: Option<TeamFilter>,
    /// By when it is due.
    due_on: Option<DateFilter>,
    /// When it was published.
    published_at: Option<DateTimeFilter>,
    /// When it was created.
    created_at: Option<DateTimeFilter>,
    /// Some label matches.
    label: Option<StringFilter>,
    /// The incident it analyses matches.
    incident: Option<Box<IncidentFilter>>,
}

impl ListFilter for ReportFilter {
    fn own(&self, env: &FilterEnv<'_>) -> Result<Condition, Error> {
        use report::Column as C;
        let mut all = Condition::all();
        if let Some(id) = &self.id {
            all = all.add(id.on::<ReportId, _>("filter.id", C::Id)?);
        }
        if let Some(key) = &self.key {
            all = all.add(key.on(C::Key)?);
        }
        if let Some(title) = &self.title {
            all = all.add(title.on(C::Title)?);
        }
        if let Some(status) = &self.status {
            all = all.add(status.on(C::Status));
        }
        if let Some(wanted) = self.is_overdue {
            let overdue = is_overdue(env.today);
            all = all.add(if wanted { overdue } else { overdue.not() });
        }
        if let Some(owner) = &self.owner {
            all = all.add(owner.on(env, "filter.owner.id", C::OwnerId)?);
        }
        if let Some(team) = &self.team {
            all = all.add(team.on(env, "filter.team.id", C::TeamId)?);
        }
        if let Some(due_on) = &self.due_on {
            all = all.add(due_on.on(C::DueOn));
        }
        if let Some(published_at) = &self.published_at {
            all = all.add(published_at.on(C::PublishedAt));
        }
        if let Some(created_at) = &self.created_at {
            all = all.add(created_at.on(C::CreatedAt));
        }
        if let Some(label) = &self.label {
            let labelled = Query::select()
                .column(report_label::Column::ReportId)
                .from(report_label::Entity)
                .cond_where(label.on(report_label::Column::Label)?)
                .take();
            all = all.add(C::Id.in_subquery(labelled));
        }
        if let Some(incident) = &self.incident {
            all = all.add(C::IncidentId.in_subquery(matching_incidents(env, incident)?));
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

impl ReportFilter {
    /// Does it say anything about the status, or name one report? Then archived ones are not left out for it.
    fn is_particular(&self) -> bool {
        let nested = |filters: &Option<Vec<Self>>| filters.iter().flatten().any(Self::is_particular);
        self.status.is_some()
            || self.id.is_some()
            || self.key.is_some()
            || nested(&self.and)
            || nested(&self.or)
            || self.not.as_ref().is_some_and(|filter| filter.is_particular())
    }
}

/// Open, and due before `today`.
pub fn is_overdue(today: chrono::NaiveDate) -> Condition {
    let open = stored::ReportStatus::OPEN.iter().map(|status| status.as_str());
    Condition::all()
        .add(report::Column::Status.is_in(open))
        .add(sql::known(report::Column::DueOn, report::Column::DueOn.lt(today)))
}

/// The reports of a list at the root: archived ones only when the filter asks about status, id or key.
pub fn listed(env: &FilterEnv<'_>, filter: Option<&ReportFilter>) -> Result<Select<report::Entity>, Error> {
    let select = scope::reports(env.viewer).filter(env.all_of(filter)?);
    Ok(if filter.is_some_and(ReportFilter::is_particular) {
        select
    } else {
        select.filter(report::Column::Status.ne(stored::ReportStatus::Archived))
    })
}

/// The sub-select of reports that match, for the filters of what hangs on them.
pub fn matching(env: &FilterEnv<'_>, filter: &ReportFilter) -> Result<SelectStatement, Error> {
    let condition = env.condition(filter)?;
    Ok(scope::only_id(
        scope::reports(env.viewer).filter(condition),
        report::Column::Id,
    ))
}

/// The report with this key.
pub fn by_key(viewer: &Viewer, key: &str) -> Select<report::Entity> {
    scope::reports(viewer).filter(report::Column::Key.eq(keys::normalise(key)))
}

/// What reports can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum ReportOrderField {
    /// When it is due; reports without a due date come last either way.
    #[graphql(name = "DUE_ON")]
    DueOn,
    /// When it was created.
    #[graphql(name = "CREATED_AT")]
    CreatedAt,
    /// When it was last changed.
    #[graphql(name = "UPDATED_AT")]
    UpdatedAt,
    /// When it was published; reports that are not come last either way.
    #[graphql(name = "PUBLISHED_AT")]
    PublishedAt,
}

/// The order of a list of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, InputObject)]
pub struct ReportOrder {
    /// By what.
    field: ReportOrderField,
    /// In which direction.
    direction: OrderDirection,
}

/// The order that is meant; the latest first when none is given.
pub fn order(given: Option<ReportOrder>) -> Order<report::Entity> {
    use report::Column as C;
    let given = given.unwrap_or(ReportOrder {
        field: ReportOrderField::CreatedAt,
        direction: OrderDirection::Desc,
    });
    let column = match given.field {
        ReportOrderField::DueOn => C::DueOn,
        ReportOrderField::CreatedAt => C::CreatedAt,
        ReportOrderField::UpdatedAt => C::UpdatedAt,
        ReportOrderField::PublishedAt => C::PublishedAt,
    };
    Order::new(column, C::Id, given.direction == OrderDirection::Desc)
}
