//! From incidents to published reports.

use std::sync::Arc;

use entity::{incident, report};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryResult, QuerySelect,
    sea_query::{Alias, Asterisk, Expr, ExprTrait, Func, JoinType, SelectStatement, SimpleExpr},
};

use crate::{
    auth::{Session, scope},
    events::queries::fresh::Fresh,
    follow_through::model::{counts::share, sorted::Sorted},
    graphql::filters::FilterEnv,
    incidents::queries::{IncidentFilter, analyses},
    platform::{error::Error, keys::is_postgres, results::Weigh, sql},
    policies::queries::requires_report,
    reports::queries::filter::is_overdue,
};

const REPORTS: &str = "reports";

/// How many incidents came how far.
#[derive(Debug, Clone, Default)]
pub struct Funnel {
    /// All of them.
    pub incidents: i64,
    /// Those that require a report.
    pub requiring: i64,
    /// Those with a report.
    pub with_report: i64,
    /// Those with a report that is or was published.
    pub published: i64,
    /// Those with an overdue report.
    pub overdue: i64,
    /// Those that require a report and have a published one.
    pub required_and_published: i64,
    /// From the start of an incident to its first publication, in microseconds.
    pub publish_micros: Sorted,
}

impl Weigh for Funnel {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.publish_micros.weight()
    }
}

impl Funnel {
    /// Of the incidents that require a report, those that have a published one.
    pub fn coverage_rate(&self) -> Option<f64> {
        share(self.required_and_published, self.requiring)
    }
}

/// The reports of each incident, summed up.
fn reports(session: &Session) -> SelectStatement {
    use report::Column as C;
    let mut all = scope::reports(&session.viewer).select_only();
    let overdue = Func::count(Expr::col(Asterisk)).filter(is_overdue(session.today()));
    QuerySelect::query(&mut all)
        .column(C::IncidentId.as_column_ref())
        .expr_as(C::PublishedAt.min(), "published_at")
        .expr_as(overdue, "overdue")
        .cond_where(analyses())
        .add_group_by([Expr::col(C::IncidentId.as_column_ref())])
        .to_owned()
}

fn of_reports(column: &'static str) -> Expr {
    Expr::col((Alias::new(REPORTS), Alias::new(column)))
}

/// Counts the incidents that match.
pub async fn funnel(
    session: &Arc<Session>,
    filter: Option<&IncidentFilter>,
    with_times: bool,
) -> Result<Arc<Funnel>, Error> {
    use incident::Column as C;
    let env = FilterEnv::new(session);
    let mut all = incident::Entity::find().filter(env.all_of(filter)?).select_only();
    let on = of_reports("incident_id").eq(Expr::col(C::Id.as_column_ref()));
    let mut select = QuerySelect::query(&mut all).to_owned();
    select.join_subquery(JoinType::LeftJoin, reports(session), Alias::new(REPORTS), on);
    let required = || Condition::all().add(requires_report(C::Severity, C::TeamId));
    let published = || Condition::all().add(of_reports("published_at").is_not_null());
    let count = |which: Condition| Func::count(Expr::col(Asterisk)).filter(which);
    select
        .expr_as(Func::count(Expr::col(Asterisk)), "incidents")
        .expr_as(count(required()), "requiring")
        .expr_as(
            count(Condition::all().add(of_reports("incident_id").is_not_null())),
            "with_report",
        )
        .expr_as(count(published()), "published")
        .expr_as(count(Condition::all().add(of_reports("overdue").gt(0))), "overdue")
        .expr_as(count(required().add(published())), "required_and_published");
    if with_times {
        let is_postgres = is_postgres(&session.db);
        let text = |instant: SimpleExpr| sql::micros(instant, is_postgres).cast_as("text");
        let from = text(Expr::col(C::StartedAt.as_column_ref()));
        let to = text(of_reports("published_at"));
        let pair = sql::beside(sql::beside(from, Expr::val("/")), to);
        select.expr_as(sql::joined(pair, published()), "times");
    }
    Fresh::new(session).whole(&select, |rows| read(rows, with_times)).await
}

fn read(rows: &[QueryResult], with_times: bool) -> Result<Funnel, DbErr> {
    let nothing = || DbErr::RecordNotFound("a count without a row".to_owned());
    let row = rows.first().ok_or_else(nothing)?;
    let mut funnel = Funnel {
        incidents: row.try_get("", "incidents")?,
        requiring: row.try_get("", "requiring")?,
        with_report: row.try_get("", "with_report")?,
        published: row.try_get("", "published")?,
        overdue: row.try_get("", "overdue")?,
        required_and_published: row.try_get("", "required_and_published")?,
        publish_micros: Sorted::default(),
    };
    if with_times {
        let times: Option<String> = row.try_get("", "times")?;
        let span = |pair: &str| {
            let (from, to) = pair.split_once('/')?;
            Some(sql::read_micros(to)? - sql::read_micros(from)?)
        };
        let spans = times.iter().flat_map(|times| times.split(','));
        let spans: Vec<i64> = spans
            .map(|pair| span(pair).ok_or_else(|| DbErr::Type(format!("{pair:?} is no time from publication to start"))))
            .collect::<Result<_, _>>()?;
        funnel.publish_micros = Sorted::of(spans);
    }
    Ok(funnel)
}
