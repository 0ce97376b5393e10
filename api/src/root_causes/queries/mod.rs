//! Which root causes a list holds, what covers them, and what they recur from.

pub mod recurrence;

use async_graphql::{Enum, InputObject};
use entity::{
    cause_category,
    enums::RecommendationStatus,
    ids::{CauseCategoryId, RootCauseId},
    recommendation, recommendation_root_cause, root_cause,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{ExprTrait, Query, SelectStatement, SimpleExpr},
};

use crate::{
    auth::{Viewer, scope},
    graphql::{
        enums::{CauseCoverageFilter, CauseRoleFilter, OrderDirection},
        filters::{Combined, FilterEnv, IdFilter, ListFilter, StringFilter},
    },
    platform::{error::Error, page::Order, sql},
    reports::queries::filter::{ReportFilter, matching as matching_reports},
    root_causes::model::{Coverage, reach},
};

/// Which root causes. All given fields must match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, InputObject)]
pub struct RootCauseFilter {
    /// All of these match.
    and: Option<Vec<RootCauseFilter>>,
    /// Any of these matches.
    or: Option<Vec<RootCauseFilter>>,
    /// This does not match.
    not: Option<Box<RootCauseFilter>>,
    /// The cause's id.
    id: Option<IdFilter>,
    /// The title.
    title: Option<StringFilter>,
    /// The part it played.
    role: Option<CauseRoleFilter>,
    /// What kind of cause it is.
    category: Option<CauseCategoryFilter>,
    /// How far it is treated.
    coverage: Option<CauseCoverageFilter>,
    /// Whether it is the recurrence of an earlier cause that you may see.
    is_recurrence: Option<bool>,
    /// The report it stands in matches.
    report: Option<Box<ReportFilter>>,
}

/// Which category. All given fields must match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, InputObject)]
pub struct CauseCategoryFilter {
    /// The category's id.
    id: Option<IdFilter>,
    /// The category's short name.
    slug: Option<StringFilter>,
}

impl ListFilter for RootCauseFilter {
    fn own(&self, env: &FilterEnv<'_>) -> Result<Condition, Error> {
        use root_cause::Column as C;
        let mut all = Condition::all();
        if let Some(id) = &self.id {
            all = all.add(id.on::<RootCauseId, _>("filter.id", C::Id)?);
        }
        if let Some(title) = &self.title {
            all = all.add(title.on(C::Title)?);
        }
        if let Some(role) = &self.role {
            all = all.add(role.on(C::Role));
        }
        if let Some(category) = &self.category {
            all = all.add(category.on_column(C::CategoryId)?);
        }
        if let Some(coverage) = &self.coverage {
            let mut any = Condition::any().add(sql::nothing());
            for value in Coverage::ALL.iter().filter(|value| coverage.admits(**value)) {
                any = any.add(is_covered(env.viewer, *value));
            }
            all = all.add(any);
        }
        if let Some(wanted) = self.is_recurrence {
            let earlier = scope::only_id(scope::root_causes(env.viewer), C::Id);
            let recurs = sql::among(C::RecurrenceOfId, earlier);
            all = all.add(if wanted { recurs } else { recurs.not() });
        }
        if let Some(report) = &self.report {
            all = all.add(C::ReportId.in_subquery(matching_reports(env, report)?));
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

impl CauseCategoryFilter {
    fn on_column(&self, column: root_cause::Column) -> Result<Condition, Error> {
        let mut all = Condition::all();
        if let Some(id) = &self.id {
            all = all.add(id.on::<CauseCategoryId, _>("filter.category.id", column)?);
        }
        if let Some(slug) = &self.slug {
            let categories = Query::select()
                .column(cause_category::Column::Id)
                .from(cause_category::Entity)
                .cond_where(slug.on(cause_category::Column::Slug)?)
                .take();
            all = all.add(sql::among(column, categories));
        }
        Ok(all)
    }
}

/// The causes that some visible recommendation of these statuses treats.
fn treated(viewer: &Viewer, statuses: impl Iterator<Item = RecommendationStatus>) -> SimpleExpr {
    let items = scope::recommendations(viewer)
        .filter(recommendation::Column::Status.is_in(statuses.map(RecommendationStatus::as_str)));
    let links = Query::select()
        .column(recommendation_root_cause::Column::RootCauseId)
        .from(recommendation_root_cause::Entity)
        .and_where(
            recommendation_root_cause::Column::RecommendationId
                .in_subquery(scope::only_id(items, recommendation::Column::Id)),
        )
        .take();
    root_cause::Column::Id.in_subquery(links)
}

/// The SQL twin of [`crate::root_causes::model::coverage`]; a test holds them together.
fn is_covered(viewer: &Viewer, coverage: Coverage) -> Condition {
    let rank = |value: Coverage| Coverage::ALL.iter().position(|other| *other == value);
    let all = || RecommendationStatus::ALL.iter().copied();
    let exactly = treated(viewer, all().filter(move |status| reach(*status) == Some(coverage)));
    let beyond = treated(
        viewer,
        all().filter(move |status| reach(*status).is_some_and(|reached| rank(reached) > rank(coverage))),
    );
    match coverage {
        Coverage::Uncovered => Condition::all()
            .add(beyond.not())
            .add(root_cause::Column::NoActionReason.is_null()),
        Coverage::NoAction => Condition::all()
            .add(beyond.not())
            .add(root_cause::Column::NoActionReason.is_not_null()),
        _ => Condition::all().add(exactly).add(beyond.not()),
    }
}

/// The sub-select of causes that match, for the filters of what treats them.
pub fn matching(env: &FilterEnv<'_>, filter: &RootCauseFilter) -> Result<SelectStatement, Error> {
    let condition = env.condition(filter)?;
    Ok(scope::only_id(
        scope::root_causes(env.viewer).filter(condition),
        root_cause::Column::Id,
    ))
}

/// What root causes can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum RootCauseOrderField {
    /// When it was recorded.
    #[graphql(name = "CREATED_AT")]
    CreatedAt,
    /// When it was last changed.
    #[graphql(name = "UPDATED_AT")]
    UpdatedAt,
}

/// The order of a list of root causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, InputObject)]
pub struct RootCauseOrder {
    /// By what.
    field: RootCauseOrderField,
    /// In which direction.
    direction: OrderDirection,
}

/// The order that is meant; the latest first when none is given.
pub fn order(given: Option<RootCauseOrder>) -> Order<root_cause::Entity> {
    use root_cause::Column as C;
    match given {
        None => Order::new(C::CreatedAt, C::Id, true),
        Some(RootCauseOrder { field, direction }) => {
            let column = match field {
                RootCauseOrderField::CreatedAt => C::CreatedAt,
                RootCauseOrderField::UpdatedAt => C::UpdatedAt,
            };
            Order::new(column, C::Id, direction == OrderDirection::Desc)
        }
    }
}

/// In the order they were added: how the causes of one report or one recommendation are listed.
pub fn order_added() -> Order<root_cause::Entity> {
    Order::new(root_cause::Column::CreatedAt, root_cause::Column::Id, false)
}

/// The short names of all categories, in alphabetical order.
pub async fn category_slugs(db: &impl ConnectionTrait) -> Result<Vec<String>, Error> {
    let slugs = cause_category::Entity::find()
        .order_by_asc(cause_category::Column::Slug)
        .select_only();
    Ok(slugs.column(cause_category::Column::Slug).into_tuple().all(db).await?)
}
