//! One list over two tables: which of them a page holds. The rows themselves are then loaded by id.

use std::collections::HashMap;

use async_graphql::InputObject;
use chrono::NaiveDate;
use entity::{
    enums::ReportStatus,
    ids::{RecommendationId, ReportId, UserId},
    recommendation, report,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryResult, QuerySelect, QueryTrait, Select,
    prelude::Uuid,
    sea_query::{
        Alias, Expr, ExprTrait, Func, NullOrdering, Order, Query, SelectStatement, UnionType, WindowStatement,
    },
};

use crate::{
    auth::{Session, scope},
    graphql::filters::{DateFilter, FilterEnv},
    people::queries::{TeamFilter, UserFilter},
    platform::{
        error::Error,
        page::{Cursor, Page, PageArgs, day_of_cursor},
        sql,
    },
    recommendations::queries as recommendations,
    reports::queries::filter as reports,
};

/// Which action items. All given fields must match.
#[derive(Debug, Clone, PartialEq, Eq, Hash, InputObject)]
pub struct ActionItemFilter {
    /// Whether it is committed and not finished.
    is_open: Option<bool>,
    /// Whether it is open and was due before today.
    is_overdue: Option<bool>,
    /// Who owes it.
    owner: Option<UserFilter>,
    /// Whose it is.
    team: Option<TeamFilter>,
    /// By when it is due.
    due_on: Option<DateFilter>,
}

/// Which row of which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// A report.
    Report(ReportId),
    /// A recommendation.
    Recommendation(RecommendationId),
}

/// The order's name in cursors.
const ORDER: &str = "action_items+";
const KIND: &str = "kind";
const ID: &str = "id";
const DUE_ON: &str = "due_on";
const OWNER: &str = "owner_id";
const NUMBER: &str = "number";

/// Both halves of the list, filtered.
pub struct ActionItems {
    reports: Select<report::Entity>,
    recommendations: Select<recommendation::Entity>,
}

impl ActionItems {
    /// The list that a viewer may see; of these owners, when given.
    pub fn new(session: &Session, filter: Option<&ActionItemFilter>, owners: Option<&[UserId]>) -> Result<Self, Error> {
        let env = FilterEnv::new(session);
        let open_reports = ReportStatus::OPEN.iter().map(|status| status.as_str());
        let mut of_reports = conditions(
            &env,
            filter,
            Condition::all().add(report::Column::Status.is_in(open_reports)),
            reports::is_overdue(env.today),
            (report::Column::OwnerId, report::Column::TeamId, report::Column::DueOn),
        )?;
        let mut of_recommendations = conditions(
            &env,
            filter,
            recommendations::is_open(),
            recommendations::is_overdue(env.today),
            (
                recommendation::Column::OwnerId,
                recommendation::Column::TeamId,
                recommendation::Column::DueOn,
            ),
        )?;
        // Put away: only for who asks for what is done.
        if filter.is_none_or(|filter| filter.is_open != Some(false)) {
            of_reports = of_reports.add(report::Column::Status.ne(ReportStatus::Archived));
        }
        if let Some(owners) = owners {
            let (reports, items) = (report::Column::OwnerId, recommendation::Column::OwnerId);
            of_reports = of_reports.add(sql::known(reports, reports.is_in(owners.iter().copied())));
            of_recommendations = of_recommendations.add(sql::known(items, items.is_in(owners.iter().copied())));
        }
        Ok(Self {
            reports: scope::reports(&session.viewer).filter(of_reports),
            recommendations: scope::recommendations(&session.viewer).filter(of_recommendations),
        })
    }

    /// One page of it.
    pub async fn page(self, db: &impl ConnectionTrait, args: &PageArgs) -> Result<Page<Reference>, Error> {
        let mut page = Query::select()
            .columns([KIND, ID, DUE_ON].map(Alias::new))
            .from_subquery(self.both(), Alias::new("action_items"))
            .order_by_with_nulls(Alias::new(DUE_ON), Order::Asc, NullOrdering::Last)
            .order_by(Alias::new(ID), Order::Asc)
            .limit(args.limit + 1)
            .take();
        if let Some(after) = &args.after {
            page.cond_where(beyond(after)?);
        }
        let rows = db
            .query_all(&page)
            .await?
            .iter()
            .map(read)
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(Page::trim(rows, args))
    }

    /// The same page of each owner's part of it, in one statement; an owner without items is absent.
    pub async fn page_by_owner(
        self,
        db: &impl ConnectionTrait,
        args: &PageArgs,
    ) -> Result<HashMap<UserId, Page<Reference>>, Error> {
        let window = WindowStatement::partition_by(Alias::new(OWNER))
            .order_by_with_nulls(Alias::new(DUE_ON), Order::Asc, NullOrdering::Last)
            .order_by(Alias::new(ID), Order::Asc)
            .to_owned();
        let mut numbered = Query::select()
            .columns([KIND, ID, DUE_ON, OWNER].map(Alias::new))
            .expr_window_as(Func::cust("ROW_NUMBER"), window, Alias::new(NUMBER))
            .from_subquery(self.both(), Alias::new("action_items"))
            .take();
        if let Some(after) = &args.after {
            numbered.cond_where(beyond(after)?);
        }
        let page = Query::select()
            .columns([KIND, ID, DUE_ON, OWNER].map(Alias::new))
            .from_subquery(numbered, Alias::new("numbered"))
            .and_where(Expr::col(Alias::new(NUMBER)).lte(args.limit + 1))
            .order_by(Alias::new(OWNER), Order::Asc)
            .order_by(Alias::new(NUMBER), Order::Asc)
            .take();
        let mut rows: HashMap<UserId, Vec<_>> = HashMap::new();
        for row in &db.query_all(&page).await? {
            rows.entry(row.try_get("", OWNER)?).or_default().push(read(row)?);
        }
        Ok(rows
            .into_iter()
            .map(|(owner, rows)| (owner, Page::trim(rows, args)))
            .collect())
    }

    /// How many each owner has; an owner without items is absent.
    pub async fn count_by_owner(self, db: &impl ConnectionTrait) -> Result<HashMap<UserId, i64>, Error> {
        let counting = Query::select()
            .column(Alias::new(OWNER))
            .expr_as(Expr::cust("count(*)"), Alias::new(NUMBER))
            .from_subquery(self.both(), Alias::new("action_items"))
            .add_group_by([Expr::col(Alias::new(OWNER))])
            .take();
        let count = |row: &QueryResult| Ok((row.try_get("", OWNER)?, row.try_get("", NUMBER)?));
        db.query_all(&counting).await?.iter().map(count).collect()
    }

    fn both(self) -> SelectStatement {
        let (reports, items) = (
            half(
                self.reports,
                0,
                [report::Column::Id, report::Column::DueOn, report::Column::OwnerId],
            ),
            half(
                self.recommendations,
                1,
                [
                    recommendation::Column::Id,
                    recommendation::Column::DueOn,
                    recommendation::Column::OwnerId,
                ],
            ),
        );
        let mut both = reports;
        both.union(UnionType::All, items);
        both
    }

    /// How many there are.
    pub async fn count(self, db: &impl ConnectionTrait) -> Result<i64, Error> {
        use sea_orm::PaginatorTrait;
        let reports = self.reports.count(db).await?;
        let recommendations = self.recommendations.count(db).await?;
        Ok(i64::try_from(reports + recommendations).unwrap_or(i64::MAX))
    }
}

fn conditions<C: ColumnTrait>(
    env: &FilterEnv<'_>,
    filter: Option<&ActionItemFilter>,
    is_open: Condition,
    is_overdue: Condition,
    (owner, team, due_on): (C, C, C),
) -> Result<Condition, Error> {
    let mut all = Condition::all();
    let Some(filter) = filter else { return Ok(all) };
    let when = |wanted: bool, condition: Condition| if wanted { condition } else { condition.not() };
    if let Some(wanted) = filter.is_open {
        all = all.add(when(wanted, is_open));
    }
    if let Some(wanted) = filter.is_overdue {
        all = all.add(when(wanted, is_overdue));
    }
    if let Some(filter) = &filter.owner {
        all = all.add(filter.on(env, "filter.owner.id", owner)?);
    }
    if let Some(filter) = &filter.team {
        all = all.add(filter.on(env, "filter.team.id", team)?);
    }
    if let Some(filter) = &filter.due_on {
        all = all.add(filter.on(due_on));
    }
    Ok(all)
}

fn half<E: EntityTrait>(select: Select<E>, kind: i32, [id, due_on, owner]: [E::Column; 3]) -> SelectStatement {
    select
        .select_only()
        .expr_as(Expr::val(kind), KIND)
        .column_as(id, ID)
        .column_as(due_on, DUE_ON)
        .column_as(owner, OWNER)
        .into_query()
}

/// The rows after a place: no due date comes last.
fn beyond(place: &Cursor) -> Result<Condition, Error> {
    let foreign = || {
        Error::invalid(
            "after",
            "FOREIGN_CURSOR",
            "This cursor belongs to another list; start again without it.",
        )
    };
    let (due_on, id) = (Expr::col(Alias::new(DUE_ON)), Expr::col(Alias::new(ID)));
    let (value, place_id) = place.of_order(ORDER).ok_or_else(foreign)?;
    let further = id.gt(place_id);
    Ok(match value {
        Some(day) => {
            let day = day_of_cursor(&day).ok_or_else(foreign)?;
            Condition::any()
                .add(due_on.clone().gt(day))
                .add(due_on.clone().eq(day).and(further))
                .add(due_on.is_null())
        }
        None => Condition::all().add(due_on.is_null()).add(further),
    })
}

fn read(row: &QueryResult) -> Result<(Cursor, Reference), Error> {
    let (kind, id): (i32, Uuid) = (row.try_get("", KIND)?, row.try_get("", ID)?);
    let due_on: Option<NaiveDate> = row.try_get("", DUE_ON)?;
    let reference = match kind {
        0 => Reference::Report(id.into()),
        _ => Reference::Recommendation(id.into()),
    };
    Ok((Cursor::new(ORDER, due_on.map(|day| day.to_string()), id), reference))
}
