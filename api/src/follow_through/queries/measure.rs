//! Counts recommendations, as a whole or in groups, in one statement each.

use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    enums::{ClosureReason, RecommendationStatus},
    incident, incident_service, recommendation, recommendation_root_cause, report, root_cause,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, QueryFilter, QueryResult, QuerySelect,
    prelude::Uuid,
    sea_query::{Alias, Expr, ExprTrait, Func, FunctionCall, JoinType, Query, SelectStatement, SimpleExpr},
};

use super::{causes, past::Moment};
use crate::{
    auth::{Session, scope},
    follow_through::model::{
        counts::{AGES, Counts},
        dimension::Dimension,
    },
    graphql::filters::FilterEnv,
    platform::{error::Error, keys::is_postgres, sql},
    recommendations::queries::{RecommendationFilter, is_open, is_overdue},
};

const KEY: &str = "group_key";

/// What is asked: about which recommendations, as of when.
#[derive(Clone)]
pub struct Asked {
    /// Who asks.
    pub session: Arc<Session>,
    /// As of when.
    pub moment: Moment,
    /// Which recommendations.
    pub which: Condition,
    /// Are these all that there are?
    pub is_all: bool,
}

impl Asked {
    /// By a filter, as in lists.
    pub fn new(session: &Arc<Session>, moment: Moment, filter: Option<&RecommendationFilter>) -> Result<Self, Error> {
        let env = FilterEnv::on(session, moment.today);
        Ok(Self {
            session: session.clone(),
            moment,
            which: env.all_of(filter)?,
            is_all: filter.is_none_or(|filter| *filter == RecommendationFilter::default()),
        })
    }

    /// Only those among them for which this holds too.
    pub fn only(mut self, which: SimpleExpr) -> Self {
        self.which = self.which.add(which);
        self.is_all = false;
        self
    }

    /// The recommendations that are asked about, with nothing selected yet.
    pub(super) fn items(&self) -> SelectStatement {
        let mut items = scope::recommendations(&self.session.viewer)
            .filter(self.which.clone())
            .select_only();
        QuerySelect::query(&mut items).to_owned()
    }
}

/// What of the counts is asked for, beyond the plain ones: each costs something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Wants {
    /// `ageing`.
    pub ageing: bool,
    /// `overdue_days`.
    pub overdue_days: bool,
    /// `implement_micros`.
    pub implement_micros: bool,
    /// `open_micros`.
    pub open_micros: bool,
    /// `causes_total`, `causes_covered`.
    pub causes: bool,
}

/// What the members of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GroupKey {
    /// Nothing: they have no team, owner, …
    None,
    /// A thing.
    Thing(Uuid),
    /// A status, month, …
    Text(String),
}

/// One plain count.
struct Tally {
    name: &'static str,
    which: Condition,
    field: fn(&mut Counts) -> &mut i64,
}

fn closed_as_other_work() -> Condition {
    let reasons = [
        ClosureReason::Duplicate,
        ClosureReason::Superseded,
        ClosureReason::NoLongerApplicable,
    ];
    let reason = recommendation::Column::ClosureReason;
    Condition::all().add(sql::known(reason, reason.is_in(reasons.map(ClosureReason::as_str))))
}

fn tallies(today: NaiveDate) -> Vec<Tally> {
    use RecommendationStatus as S;
    use recommendation::Column as C;
    let is = |status: S| Condition::all().add(C::Status.eq(status));
    let done = || Condition::all().add(C::Status.is_in([S::Implemented, S::Verified]));
    let accepted = || Condition::all().add(C::AcceptedAt.is_not_null());
    let rated = || accepted().add(closed_as_other_work().not());
    let due = || rated().add(sql::known(C::OriginalDueOn, C::OriginalDueOn.lt(today)));
    let in_time = Expr::col(C::ImplementedOn.as_column_ref()).lte(Expr::col(C::OriginalDueOn.as_column_ref()));
    let tally = |name, which, field| Tally { name, which, field };
    vec![
        tally("accepted", accepted(), |c| &mut c.accepted),
        tally("open", is_open(), |c| &mut c.open),
        tally("in_progress", is(S::InProgress), |c| &mut c.in_progress),
        tally("blocked", is(S::Blocked), |c| &mut c.blocked),
        tally("overdue", is_overdue(today), |c| &mut c.overdue),
        tally("implemented", is(S::Implemented), |c| &mut c.implemented),
        tally("verified", is(S::Verified), |c| &mut c.verified),
        tally("declined", is(S::Declined).add(C::AcceptedAt.is_not_null()), |c| {
            &mut c.declined
        }),
        tally("proposed", is(S::Proposed), |c| &mut c.proposed),
        tally("unowned", is_open().add(C::OwnerId.is_null()), |c| &mut c.unowned),
        tally("without_due_date", is_open().add(C::DueOn.is_null()), |c| {
            &mut c.without_due_date
        }),
        tally("rated", rated(), |c| &mut c.rated),
        tally("due_so_far", due(), |c| &mut c.due_so_far),
        tally("on_time", due().add(done()).add(in_time), |c| &mut c.on_time),
        tally("slipped", rated().add(C::DueMoves.gt(0)), |c| &mut c.slipped),
    ]
}

/// Open since before the day on which it would be this old, and not before the day on which it would be older than the bucket.
fn of_age(bucket: (i32, Option<i32>), at: DateTime<Utc>) -> Condition {
    let since = recommendation::Column::AcceptedAt;
    let days = |days: i32| at - Duration::days(i64::from(days));
    let old_enough = is_open().add(since.lte(days(bucket.0)));
    match bucket.1 {
        Some(to) => old_enough.add(since.gt(days(to + 1))),
        None => old_enough,
    }
}

fn count(which: Condition) -> FunctionCall {
    Func::count(Expr::val(1)).filter(which)
}

fn add_counts(select: &mut SelectStatement, moment: &Moment, wants: Wants, is_postgres: bool) {
    use recommendation::Column as C;
    for Tally { name, which, .. } in tallies(moment.today) {
        select.expr_as(count(which), name);
    }
    if wants.ageing {
        for (number, bucket) in AGES.into_iter().enumerate() {
            let within = of_age(bucket, moment.at);
            select.expr_as(count(within.clone()), format!("age_{number}"));
            select.expr_as(count(within.add(is_overdue(moment.today))), format!("late_{number}"));
        }
    }
    if wants.overdue_days {
        let late = sql::days_since(C::DueOn, moment.today, is_postgres);
        let sum = Func::sum(late).filter(is_overdue(moment.today));
        select.expr_as(sum.cast_as("bigint"), "overdue_days");
    }
    if wants.implement_micros {
        let which = Condition::all().add(C::ImplementMicros.is_not_null());
        let micros = Expr::col(C::ImplementMicros.as_column_ref());
        select.expr_as(sql::joined(micros.into(), which), "implement_micros");
    }
    if wants.open_micros {
        let since = sql::micros(Expr::col(C::AcceptedAt.as_column_ref()).into(), is_postgres);
        select.expr_as(sql::joined(since, is_open()), "open_since");
    }
}

fn read_counts(row: &QueryResult, moment: &Moment, wants: Wants) -> Result<Counts, DbErr> {
    let mut counts = Counts::default();
    for Tally { name, field, .. } in tallies(moment.today) {
        *field(&mut counts) = row.try_get("", name)?;
    }
    if wants.ageing {
        for (number, bucket) in counts.ageing.iter_mut().enumerate() {
            let of = |name: &str| row.try_get("", &format!("{name}_{number}"));
            *bucket = (of("age")?, of("late")?);
        }
    }
    if wants.overdue_days {
        counts.overdue_days = row.try_get::<Option<i64>>("", "overdue_days")?.unwrap_or_default();
    }
    let list = |name: &str| -> Result<Vec<i64>, DbErr> {
        let joined: Option<String> = row.try_get("", name)?;
        let parts = joined.iter().flat_map(|joined| joined.split(','));
        parts
            .map(|part| sql::read_micros(part).ok_or_else(|| DbErr::Type(format!("{name} holds {part:?}"))))
            .collect()
    };
    if wants.implement_micros {
        counts.implement_micros = list("implement_micros")?;
    }
    if wants.open_micros {
        let now = moment.at.timestamp_micros();
        counts.open_micros = list("open_since")?.into_iter().map(|since| now - since).collect();
    }
    Ok(counts)
}

/// Adds the column by which it is grouped, under [`KEY`], and what must be joined for it.
pub(super) fn add_key(asked: &Asked, select: &mut SelectStatement, by: Dimension) {
    use recommendation::Column as C;
    let own = |column: C| SimpleExpr::from(Expr::col(column.as_column_ref()));
    let home = || Expr::col(report::Column::Id.as_column_ref()).eq(own(C::ReportId));
    let month = |column: C| {
        let text = own(column).cast_as("text");
        Func::cust("substr")
            .args([text, Expr::val(1).into(), Expr::val(7).into()])
            .into()
    };
    let key: SimpleExpr = match by {
        Dimension::Team => own(C::TeamId),
        Dimension::Owner => own(C::OwnerId),
        Dimension::Priority => own(C::Priority),
        Dimension::Kind => own(C::Kind),
        Dimension::Status => own(C::Status),
        Dimension::Report => own(C::ReportId),
        Dimension::MonthAccepted => month(C::AcceptedOn),
        Dimension::MonthDue => month(C::DueOn),
        Dimension::Severity => {
            let on = Expr::col(incident::Column::Id.as_column_ref())
                .eq(Expr::col(report::Column::IncidentId.as_column_ref()));
            select.join(JoinType::InnerJoin, report::Entity, home());
            select.join(JoinType::InnerJoin, incident::Entity, on);
            Expr::col(incident::Column::Severity.as_column_ref()).into()
        }
        Dimension::Service => {
            use incident_service::Column as Hit;
            let on =
                Expr::col(Hit::IncidentId.as_column_ref()).eq(Expr::col(report::Column::IncidentId.as_column_ref()));
            select.join(JoinType::InnerJoin, report::Entity, home());
            select.join(JoinType::LeftJoin, incident_service::Entity, on);
            Expr::col(Hit::ServiceId.as_column_ref()).into()
        }
        Dimension::CauseCategory => {
            let on = Expr::col((Alias::new("kinds"), Alias::new("recommendation_id"))).eq(own(C::Id));
            select.join_subquery(JoinType::LeftJoin, kinds_of_causes(asked), Alias::new("kinds"), on);
            Expr::col((Alias::new("kinds"), Alias::new("category_id"))).into()
        }
    };
    select.expr_as(key, KEY);
}

/// The categories of the causes of each recommendation, each once.
fn kinds_of_causes(asked: &Asked) -> SelectStatement {
    use recommendation_root_cause::Column as Link;
    let on = Expr::col(root_cause::Column::Id.as_column_ref()).eq(Expr::col(Link::RootCauseId.as_column_ref()));
    Query::select()
        .distinct()
        .column(Link::RecommendationId.as_column_ref())
        .column(root_cause::Column::CategoryId.as_column_ref())
        .from(recommendation_root_cause::Entity)
        .join(JoinType::InnerJoin, root_cause::Entity, on)
        .cond_where(scope::of_visible_report(
            &asked.session.viewer,
            root_cause::Column::ReportId,
        ))
        .to_owned()
}

pub(super) fn read_key(row: &QueryResult, by: Dimension) -> Result<GroupKey, DbErr> {
    let key = if by.is_thing() {
        row.try_get::<Option<Uuid>>("", KEY)?.map(GroupKey::Thing)
    } else {
        row.try_get::<Option<String>>("", KEY)?.map(GroupKey::Text)
    };
    Ok(key.unwrap_or(GroupKey::None))
}

/// Counts all that is asked about as one.
pub async fn overall(asked: &Asked, wants: Wants) -> Result<Counts, Error> {
    let db = &asked.session.db;
    let mut select = asked.items();
    add_counts(&mut select, &asked.moment, wants, is_postgres(db));
    let counting = async {
        let row = db.query_one(&asked.moment.ask(select)).await?;
        let row = row.ok_or_else(|| Error::internal("a count without a row"))?;
        Ok::<Counts, Error>(read_counts(&row, &asked.moment, wants)?)
    };
    let causes = async {
        if wants.causes {
            causes::overall(asked).await
        } else {
            Ok((0, 0))
        }
    };
    let (mut counts, causes) = tokio::try_join!(counting, causes)?;
    (counts.causes_total, counts.causes_covered) = causes;
    Ok(counts)
}

/// Counts what is asked about in groups, in no particular order. What has several services or categories counts in each.
pub async fn groups(asked: &Asked, by: Dimension, wants: Wants) -> Result<Vec<(GroupKey, Counts)>, Error> {
    let db = &asked.session.db;
    let mut select = asked.items();
    add_key(asked, &mut select, by);
    add_counts(&mut select, &asked.moment, wants, is_postgres(db));
    select.add_group_by([Expr::col(Alias::new(KEY))]);
    let counting = async {
        let rows = db.query_all(&asked.moment.ask(select)).await?;
        let read = |row: &QueryResult| Ok((read_key(row, by)?, read_counts(row, &asked.moment, wants)?));
        Ok::<_, Error>(rows.iter().map(read).collect::<Result<Vec<_>, DbErr>>()?)
    };
    let causes = async {
        if wants.causes {
            causes::groups(asked, by).await
        } else {
            Ok(Default::default())
        }
    };
    let (mut groups, mut causes) = tokio::try_join!(counting, causes)?;
    for (key, counts) in &mut groups {
        (counts.causes_total, counts.causes_covered) = causes.remove(key).unwrap_or_default();
    }
    Ok(groups)
}
