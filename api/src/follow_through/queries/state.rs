//! In which counts recommendations are: one number for each, by which they are grouped, and which is read here.

use entity::{
    enums::{ClosureReason, RecommendationStatus},
    recommendation,
};
use sea_orm::{
    ColumnTrait, Condition, DbErr, QueryResult,
    sea_query::{Alias, Asterisk, CaseStatement, Expr, ExprTrait, Func, SelectStatement, SimpleExpr},
};

use super::{measure::Wants, past::Moment};
use crate::{
    follow_through::model::{counts::Counts, sorted::Sorted},
    platform::sql,
    recommendations::queries::is_open,
};

pub(super) const STATE: &str = "state";

/// What decides in which counts an item is, in one number: its status in the lowest bits, then a bit for each of these. To group by
/// a number and to count in Rust is several times as fast as forty counts with a condition each.
mod bit {
    pub const STATUS: i64 = 0b111;
    pub const ACCEPTED: i64 = 1 << 3;
    pub const OTHER_WORK: i64 = 1 << 4;
    pub const LATE: i64 = 1 << 5;
    pub const UNOWNED: i64 = 1 << 6;
    pub const WITHOUT_DUE_DATE: i64 = 1 << 7;
    pub const DUE: i64 = 1 << 8;
    pub const IN_TIME: i64 = 1 << 9;
    pub const SLIPPED: i64 = 1 << 10;
}

fn one_of<C: ColumnTrait>(column: C, values: &[&'static str]) -> SimpleExpr {
    column.is_in(values.iter().copied())
}

fn state(moment: &Moment) -> SimpleExpr {
    use recommendation::Column as C;
    let other_work = [
        ClosureReason::Duplicate,
        ClosureReason::Superseded,
        ClosureReason::NoLongerApplicable,
    ];
    let in_time = Expr::col(C::ImplementedOn.as_column_ref()).lte(Expr::col(C::OriginalDueOn.as_column_ref()));
    let bits = [
        (bit::ACCEPTED, C::AcceptedAt.is_not_null()),
        (
            bit::OTHER_WORK,
            one_of(C::ClosureReason, &other_work.map(ClosureReason::as_str)),
        ),
        (bit::LATE, C::DueOn.lt(moment.today)),
        (bit::UNOWNED, C::OwnerId.is_null()),
        (bit::WITHOUT_DUE_DATE, C::DueOn.is_null()),
        (bit::DUE, C::OriginalDueOn.lt(moment.today)),
        (bit::IN_TIME, in_time),
        (bit::SLIPPED, C::DueMoves.gt(0)),
    ];
    let ranks = (0_i64..).zip(RecommendationStatus::ALL);
    let status = ranks.fold(CaseStatement::new(), |case, (rank, status)| {
        case.case(C::Status.eq(*status), rank)
    });
    bits.into_iter().fold(status.into(), |state: SimpleExpr, (bit, which)| {
        state.add(CaseStatement::new().case(which, bit).finally(0_i64))
    })
}

pub(super) fn add_counts(select: &mut SelectStatement, moment: &Moment, wants: Wants, is_postgres: bool) {
    use recommendation::Column as C;
    select
        .expr_as(state(moment), STATE)
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
    if wants.open_since() {
        let since = sql::micros(Expr::col(C::AcceptedAt.as_column_ref()), is_postgres);
        select.expr_as(sql::joined(since, is_open()), "open_since");
    }
}

/// The status in a state.
pub(super) fn status_of(state: i64) -> Result<RecommendationStatus, DbErr> {
    let rank = usize::try_from(state & bit::STATUS).ok();
    let status = rank.and_then(|rank| RecommendationStatus::ALL.get(rank));
    status
        .copied()
        .ok_or_else(|| DbErr::Type(format!("{state} is no state of an item")))
}

/// What is counted of a group, row by row.
#[derive(Default)]
pub(super) struct Tally {
    counts: Counts,
    implement_micros: Vec<i64>,
    overdue_since: Vec<i64>,
    in_time_since: Vec<i64>,
}

impl Tally {
    /// Adds the items of one row, which are all in the same state.
    pub(super) fn add(&mut self, row: &QueryResult, wants: Wants) -> Result<(), DbErr> {
        use RecommendationStatus as S;
        let (state, items): (i64, i64) = (row.try_get("", STATE)?, row.try_get("", "items")?);
        let has = |bit: i64| state & bit != 0;
        let status = status_of(state)?;
        let (accepted, open, done) = (
            has(bit::ACCEPTED),
            status.is_open(),
            matches!(status, S::Implemented | S::Verified),
        );
        let rated = accepted && !has(bit::OTHER_WORK);
        let due = rated && has(bit::DUE);
        let late = open && has(bit::LATE);
        let add = |count: &mut i64, which: bool| *count += if which { items } else { 0 };
        let counts = &mut self.counts;
        add(&mut counts.accepted, accepted);
        add(&mut counts.open, open);
        add(&mut counts.in_progress, status == S::InProgress);
        add(&mut counts.blocked, status == S::Blocked);
        add(&mut counts.overdue, late);
        add(&mut counts.implemented, status == S::Implemented);
        add(&mut counts.verified, status == S::Verified);
        add(&mut counts.declined, status == S::Declined && accepted);
        add(&mut counts.proposed, status == S::Proposed);
        add(&mut counts.unowned, open && has(bit::UNOWNED));
        add(&mut counts.without_due_date, open && has(bit::WITHOUT_DUE_DATE));
        add(&mut counts.rated, rated);
        add(&mut counts.due_so_far, due);
        add(&mut counts.on_time, due && done && has(bit::IN_TIME));
        add(&mut counts.slipped, rated && has(bit::SLIPPED));
        if wants.overdue_days && late {
            counts.overdue_days += row.try_get::<i64>("", "late_days")?;
        }
        let list = |name: &str| -> Result<Vec<i64>, DbErr> {
            let joined: Option<String> = row.try_get("", name)?;
            let parts = joined.iter().flat_map(|joined| joined.split(','));
            parts
                .map(|part| sql::read_micros(part).ok_or_else(|| DbErr::Type(format!("{name} holds {part:?}"))))
                .collect()
        };
        if wants.implement_micros {
            self.implement_micros.extend(list("implement_micros")?);
        }
        if wants.open_since() {
            let since = if late {
                &mut self.overdue_since
            } else {
                &mut self.in_time_since
            };
            since.extend(list("open_since")?);
        }
        Ok(())
    }

    /// All of it.
    pub(super) fn counts(self) -> Counts {
        Counts {
            implement_micros: Sorted::of(self.implement_micros),
            overdue_since: Sorted::of(self.overdue_since),
            in_time_since: Sorted::of(self.in_time_since),
            ..self.counts
        }
    }
}
