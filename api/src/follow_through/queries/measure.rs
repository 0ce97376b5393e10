//! Counts recommendations, as a whole or in groups, in one statement each.

use std::{collections::HashMap, sync::Arc};

use chrono::Duration;
use entity::{
    enums::{ClosureReason, RecommendationStatus},
    incident, incident_service, recommendation, recommendation_root_cause, report, root_cause,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, QueryFilter, QueryResult, QuerySelect,
    prelude::Uuid,
    sea_query::{Alias, Asterisk, CaseStatement, Expr, ExprTrait, Func, JoinType, Query, SelectStatement, SimpleExpr},
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
    recommendations::queries::{RecommendationFilter, is_open},
};

pub(super) const KEY: &str = "group_key";
pub(super) const STATE: &str = "state";

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

impl Wants {
    /// What either asks for.
    fn and(self, other: Self) -> Self {
        Self {
            ageing: self.ageing || other.ageing,
            overdue_days: self.overdue_days || other.overdue_days,
            implement_micros: self.implement_micros || other.implement_micros,
            open_micros: self.open_micros || other.open_micros,
            causes: self.causes || other.causes,
        }
    }
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

/// What decides in which counts an item is, in one number: its status in the lowest bits, then a bit for each of these. To group by
/// a number and to count in Rust is several times as fast as forty counts with a condition each.
mod state {
    pub const STATUS: i64 = 0b111;
    pub const ACCEPTED: i64 = 1 << 3;
    pub const OTHER_WORK: i64 = 1 << 4;
    pub const LATE: i64 = 1 << 5;
    pub const UNOWNED: i64 = 1 << 6;
    pub const WITHOUT_DUE_DATE: i64 = 1 << 7;
    pub const DUE: i64 = 1 << 8;
    pub const IN_TIME: i64 = 1 << 9;
    pub const SLIPPED: i64 = 1 << 10;
    /// The bucket of its age takes what is above.
    pub const AGE: i64 = 1 << 11;
}

fn one_of<C: ColumnTrait>(column: C, values: &[&'static str]) -> SimpleExpr {
    column.is_in(values.iter().copied())
}

fn state(moment: &Moment, wants: Wants) -> SimpleExpr {
    use recommendation::Column as C;
    let other_work = [
        ClosureReason::Duplicate,
        ClosureReason::Superseded,
        ClosureReason::NoLongerApplicable,
    ];
    let in_time = Expr::col(C::ImplementedOn.as_column_ref()).lte(Expr::col(C::OriginalDueOn.as_column_ref()));
    let bits = [
        (state::ACCEPTED, C::AcceptedAt.is_not_null()),
        (
            state::OTHER_WORK,
            one_of(C::ClosureReason, &other_work.map(ClosureReason::as_str)),
        ),
        (state::LATE, C::DueOn.lt(moment.today)),
        (state::UNOWNED, C::OwnerId.is_null()),
        (state::WITHOUT_DUE_DATE, C::DueOn.is_null()),
        (state::DUE, C::OriginalDueOn.lt(moment.today)),
        (state::IN_TIME, in_time),
        (state::SLIPPED, C::DueMoves.gt(0)),
    ];
    let ranks = (0_i64..).zip(RecommendationStatus::ALL);
    let status = ranks.fold(CaseStatement::new(), |case, (rank, status)| {
        case.case(C::Status.eq(*status), rank)
    });
    let state = bits.into_iter().fold(status.into(), |state: SimpleExpr, (bit, which)| {
        state.add(CaseStatement::new().case(which, bit).finally(0_i64))
    });
    if !wants.ageing {
        return state;
    }
    // Older than the last day of a bucket, it is in a later one.
    let ends: Vec<_> = (1_i64..).zip(AGES.iter().filter_map(|(_, to)| *to)).collect();
    let age = ends.into_iter().rev().fold(CaseStatement::new(), |case, (next, to)| {
        let since = moment.at - Duration::days(i64::from(to) + 1);
        case.case(C::AcceptedAt.lte(since), next * state::AGE)
    });
    state.add(age.finally(0_i64))
}

pub(super) fn add_counts(select: &mut SelectStatement, moment: &Moment, wants: Wants, is_postgres: bool) {
    use recommendation::Column as C;
    select
        .expr_as(state(moment, wants), STATE)
        .expr_as(Func::count(Expr::col(Asterisk)), "items")
        .add_group_by([Expr::col(Alias::new(STATE))]);
    if wants.overdue_days {
        let late = sql::days_since(C::DueOn, moment.today, is_postgres);
        select.expr_as(Func::sum(late).cast_as("bigint"), "late_days");
    }
    if wants.implement_micros {
        let micros = Expr::col(C::ImplementMicros.as_column_ref());
        let known = Condition::all().add(C::ImplementMicros.is_not_null());
        select.expr_as(sql::joined(micros, known), "implement_micros");
    }
    if wants.open_micros {
        let since = sql::micros(Expr::col(C::AcceptedAt.as_column_ref()), is_postgres);
        select.expr_as(sql::joined(since, is_open()), "open_since");
    }
}

/// The status in a state.
pub(super) fn status_of(state: i64) -> Result<RecommendationStatus, DbErr> {
    let rank = usize::try_from(state & state::STATUS).ok();
    let status = rank.and_then(|rank| RecommendationStatus::ALL.get(rank));
    status
        .copied()
        .ok_or_else(|| DbErr::Type(format!("{state} is no state of an item")))
}

/// The numbers that were joined in one column.
pub(super) fn list(row: &QueryResult, name: &str) -> Result<Vec<i64>, DbErr> {
    let joined: Option<String> = row.try_get("", name)?;
    let parts = joined.iter().flat_map(|joined| joined.split(','));
    parts
        .map(|part| sql::read_micros(part).ok_or_else(|| DbErr::Type(format!("{name} holds {part:?}"))))
        .collect()
}

/// Adds the items of one row, which are all in the same state.
pub(super) fn add_row(counts: &mut Counts, row: &QueryResult, moment: &Moment, wants: Wants) -> Result<(), DbErr> {
    use RecommendationStatus as S;
    let (state, items): (i64, i64) = (row.try_get("", STATE)?, row.try_get("", "items")?);
    let unknown = || DbErr::Type(format!("{state} is no state of an item"));
    let has = |bit: i64| state & bit != 0;
    let status = status_of(state)?;
    let (accepted, open, done) = (
        has(state::ACCEPTED),
        status.is_open(),
        matches!(status, S::Implemented | S::Verified),
    );
    let rated = accepted && !has(state::OTHER_WORK);
    let due = rated && has(state::DUE);
    let late = open && has(state::LATE);
    let add = |count: &mut i64, which: bool| *count += if which { items } else { 0 };
    add(&mut counts.accepted, accepted);
    add(&mut counts.open, open);
    add(&mut counts.in_progress, status == S::InProgress);
    add(&mut counts.blocked, status == S::Blocked);
    add(&mut counts.overdue, late);
    add(&mut counts.implemented, status == S::Implemented);
    add(&mut counts.verified, status == S::Verified);
    add(&mut counts.declined, status == S::Declined && accepted);
    add(&mut counts.proposed, status == S::Proposed);
    add(&mut counts.unowned, open && has(state::UNOWNED));
    add(&mut counts.without_due_date, open && has(state::WITHOUT_DUE_DATE));
    add(&mut counts.rated, rated);
    add(&mut counts.due_so_far, due);
    add(&mut counts.on_time, due && done && has(state::IN_TIME));
    add(&mut counts.slipped, rated && has(state::SLIPPED));
    if wants.ageing && open {
        let bucket = usize::try_from(state / state::AGE).ok();
        let bucket = bucket
            .and_then(|bucket| counts.ageing.get_mut(bucket))
            .ok_or_else(unknown)?;
        add(&mut bucket.0, true);
        add(&mut bucket.1, late);
    }
    if wants.overdue_days && late {
        counts.overdue_days += row.try_get::<i64>("", "late_days")?;
    }
    if wants.implement_micros {
        counts.implement_micros.extend(list(row, "implement_micros")?);
    }
    if wants.open_micros {
        let now = moment.at.timestamp_micros();
        counts
            .open_micros
            .extend(list(row, "open_since")?.into_iter().map(|since| now - since));
    }
    Ok(())
}

/// Adds the column by which it is grouped, under [`KEY`], and what must be joined for it.
pub(super) fn add_key(asked: &Asked, select: &mut SelectStatement, by: Dimension) {
    use recommendation::Column as C;
    let own = |column: C| SimpleExpr::from(Expr::col(column.as_column_ref()));
    let home = || Expr::col(report::Column::Id.as_column_ref()).eq(own(C::ReportId));
    let month = |column: C| {
        let text = own(column).cast_as("text");
        Func::cust("substr").args([text, Expr::val(1), Expr::val(7)]).into()
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
            Expr::col(incident::Column::Severity.as_column_ref())
        }
        Dimension::Service => {
            use incident_service::Column as Hit;
            let on =
                Expr::col(Hit::IncidentId.as_column_ref()).eq(Expr::col(report::Column::IncidentId.as_column_ref()));
            select.join(JoinType::InnerJoin, report::Entity, home());
            select.join(JoinType::LeftJoin, incident_service::Entity, on);
            Expr::col(Hit::ServiceId.as_column_ref())
        }
        Dimension::CauseCategory => {
            let on = Expr::col((Alias::new("kinds"), Alias::new("recommendation_id"))).eq(own(C::Id));
            select.join_subquery(JoinType::LeftJoin, kinds_of_causes(asked), Alias::new("kinds"), on);
            Expr::col((Alias::new("kinds"), Alias::new("category_id")))
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
    let counting = async {
        let mut select = asked.items();
        add_counts(&mut select, &asked.moment, wants, is_postgres(&asked.session.db));
        let rows = asked.session.db.query_all(&asked.moment.ask(select)).await?;
        let mut counts = Counts::default();
        for row in &rows {
            add_row(&mut counts, row, &asked.moment, wants)?;
        }
        Ok(counts)
    };
    let (mut counts, causes) = tokio::try_join!(counting, causes_of_all(asked, wants))?;
    (counts.causes_total, counts.causes_covered) = causes;
    Ok(counts)
}

async fn causes_of_all(asked: &Asked, wants: Wants) -> Result<(i64, i64), Error> {
    if wants.causes {
        causes::overall(asked).await
    } else {
        Ok((0, 0))
    }
}

/// Counts what is asked about in groups, in no particular order. What has several services or categories counts in each.
pub async fn groups(asked: &Asked, by: Dimension, wants: Wants) -> Result<Vec<(GroupKey, Counts)>, Error> {
    let counting = async {
        let mut select = asked.items();
        add_key(asked, &mut select, by);
        select.add_group_by([Expr::col(Alias::new(KEY))]);
        add_counts(&mut select, &asked.moment, wants, is_postgres(&asked.session.db));
        let rows = asked.session.db.query_all(&asked.moment.ask(select)).await?;
        let mut groups: HashMap<GroupKey, Counts> = HashMap::new();
        for row in &rows {
            let counts = groups.entry(read_key(row, by)?).or_default();
            add_row(counts, row, &asked.moment, wants)?;
        }
        Ok(groups)
    };
    let causes = async {
        if wants.causes {
            causes::groups(asked, by).await
        } else {
            Ok(HashMap::new())
        }
    };
    let (mut groups, causes) = tokio::try_join!(counting, causes)?;
    for (key, (total, covered)) in causes {
        if let Some(counts) = groups.get_mut(&key) {
            (counts.causes_total, counts.causes_covered) = (total, covered);
        }
    }
    Ok(groups.into_iter().collect())
}

/// Both at once. Where every item is in one group, the whole is the sum of the groups, and is counted with them.
pub async fn both(
    asked: &Asked,
    by: Dimension,
    of_all: Wants,
    of_groups: Wants,
) -> Result<(Counts, Vec<(GroupKey, Counts)>), Error> {
    if by.is_manifold() {
        return tokio::try_join!(overall(asked, of_all), groups(asked, by, of_groups));
    }
    let wants = Wants {
        causes: of_groups.causes,
        ..of_all.and(of_groups)
    };
    let (causes, groups) = tokio::try_join!(causes_of_all(asked, of_all), groups(asked, by, wants))?;
    let mut all = Counts::default();
    for (_, counts) in &groups {
        all.add(counts);
    }
    (all.causes_total, all.causes_covered) = causes;
    Ok((all, groups))
}
