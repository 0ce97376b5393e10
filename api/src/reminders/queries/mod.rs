//! What may have to be reminded of, some at a time, and what was sent already.

pub mod digest;

use chrono::NaiveDate;
use entity::{
    effectiveness_review,
    enums::{RecommendationStatus, ReminderKind, ReportStatus},
    ids::{EffectivenessReviewId, RecommendationId, ReportId, TypedId},
    incident, recommendation, reminder, report,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryResult,
    prelude::Uuid,
    sea_query::{Alias, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement, SimpleExpr},
};

use super::model::{Days, Sent};
use crate::{
    auth::Session,
    platform::error::Error,
    policies::model::{Case, DuePolicy},
};

/// How many are read at a time.
pub const BATCH: u64 = 500;

/// Where a batch ended.
pub type Place = (NaiveDate, Uuid);

/// An open item with a due date, and what was sent for that.
pub struct Candidate {
    /// Its bare id.
    pub id: Uuid,
    /// By when.
    pub due_on: NaiveDate,
    /// What the policies look at.
    pub case: Case,
    /// What was sent.
    pub sent: Sent,
}

/// The days that count in a case, by the first policy that matches, else by the settings.
pub fn days(session: &Session, policies: &[DuePolicy], case: &Case) -> Days {
    let settings = &session.app.settings;
    let numbers = |days: &[u16]| days.iter().copied().map(i64::from).collect();
    match policies.iter().find(|policy| policy.rule.matches(case)) {
        Some(policy) => Days {
            policy: Some(policy.rule.name.clone()),
            before: policy.rule.remind_days_before.clone(),
            after: policy.rule.escalate_days_after.clone(),
        },
        None => Days {
            policy: None,
            before: numbers(&settings.remind_days_before),
            after: numbers(&settings.escalate_days_after),
        },
    }
}

/// A closed set as it stands in the condition of a partial index, which must be recognised without looking at parameters.
fn one_of(table: &str, values: impl Iterator<Item = &'static str>) -> SimpleExpr {
    let values: Vec<String> = values.map(|value| format!("'{value}'")).collect();
    Expr::cust(format!("\"{table}\".status IN ({})", values.join(", ")))
}

/// How far the reminders of one kind have come for the row at hand.
fn sent(aggregate: &'static str, kind: ReminderKind, id: SimpleExpr, due_on: SimpleExpr) -> SimpleExpr {
    let reminders = Query::select()
        .expr(Func::cust(aggregate).arg(Expr::col(reminder::Column::Days.as_column_ref())))
        .from(reminder::Entity)
        .and_where(Expr::col(reminder::Column::SubjectId.as_column_ref()).eq(id))
        .and_where(Expr::col(reminder::Column::DueOn.as_column_ref()).eq(due_on))
        .and_where(reminder::Column::Kind.eq(kind))
        .take();
    SimpleExpr::SubQuery(None, Box::new(reminders.into()))
}

/// The parts that both lists share: the open ones that are due until a day, after a place, in order.
fn batch<C: ColumnTrait>(
    mut select: SelectStatement,
    id: C,
    due_on: C,
    until: NaiveDate,
    after: Option<Place>,
) -> SelectStatement {
    let column = |column: C| Expr::col(column.as_column_ref());
    let how_far = |aggregate, kind| sent(aggregate, kind, column(id), column(due_on));
    select
        .expr_as(column(id), Alias::new("its_id"))
        .expr_as(column(due_on), Alias::new("its_due_on"))
        .expr_as(
            Expr::col(incident::Column::Severity.as_column_ref()),
            Alias::new("its_severity"),
        )
        .expr_as(how_far("min", ReminderKind::DueSoon), Alias::new("sent_before"))
        .expr_as(how_far("max", ReminderKind::Overdue), Alias::new("sent_overdue"))
        .expr_as(how_far("max", ReminderKind::Escalated), Alias::new("sent_after"))
        .and_where(due_on.lte(until))
        .order_by(due_on.as_column_ref(), Order::Asc)
        .order_by(id.as_column_ref(), Order::Asc)
        .limit(BATCH);
    if let Some((day, last)) = after {
        let place = Expr::tuple([column(due_on), column(id)]);
        select.and_where(place.gt(Expr::tuple([Expr::value(day), Expr::value(last)])));
    }
    select
}

/// What every row of a batch says.
fn read(row: &QueryResult, case: Case) -> Result<Candidate, Error> {
    Ok(Candidate {
        id: row.try_get("", "its_id")?,
        due_on: row.try_get("", "its_due_on")?,
        case,
        sent: Sent {
            before: row.try_get("", "sent_before")?,
            overdue: row.try_get::<Option<i64>>("", "sent_overdue")?.is_some(),
            after: row.try_get("", "sent_after")?,
        },
    })
}

fn on(one: impl ColumnTrait, other: impl ColumnTrait) -> SimpleExpr {
    Expr::col(one.as_column_ref()).eq(Expr::col(other.as_column_ref()))
}

/// Committed work that is due until a day.
pub async fn recommendations(
    db: &impl ConnectionTrait,
    until: NaiveDate,
    after: Option<Place>,
) -> Result<Vec<Candidate>, Error> {
    use recommendation::Column as C;
    let select = Query::select()
        .expr_as(Expr::col(C::Priority.as_column_ref()), Alias::new("its_priority"))
        .expr_as(Expr::col(C::Kind.as_column_ref()), Alias::new("its_kind"))
        .expr_as(Expr::col(C::TeamId.as_column_ref()), Alias::new("its_team"))
        .from(recommendation::Entity)
        .join(JoinType::InnerJoin, report::Entity, on(C::ReportId, report::Column::Id))
        .join(
            JoinType::InnerJoin,
            incident::Entity,
            on(report::Column::IncidentId, incident::Column::Id),
        )
        .and_where(one_of(
            "recommendation",
            RecommendationStatus::OPEN.iter().map(|status| status.as_str()),
        ))
        .take();
    let rows = db.query_all(&batch(select, C::Id, C::DueOn, until, after)).await?;
    rows.iter()
        .map(|row| {
            let case = Case::Recommendation {
                severity: row.try_get("", "its_severity")?,
                priority: row.try_get("", "its_priority")?,
                kind: row.try_get("", "its_kind")?,
                team: row.try_get("", "its_team")?,
            };
            read(row, case)
        })
        .collect()
}

/// Reports that are still owed and due until a day.
pub async fn reports(
    db: &impl ConnectionTrait,
    until: NaiveDate,
    after: Option<Place>,
) -> Result<Vec<Candidate>, Error> {
    use report::Column as C;
    let select = Query::select()
        .expr_as(
            Expr::col(incident::Column::TeamId.as_column_ref()),
            Alias::new("its_team"),
        )
        .from(report::Entity)
        .join(
            JoinType::InnerJoin,
            incident::Entity,
            on(C::IncidentId, incident::Column::Id),
        )
        .and_where(one_of(
            "report",
            ReportStatus::OPEN.iter().map(|status| status.as_str()),
        ))
        .take();
    let rows = db.query_all(&batch(select, C::Id, C::DueOn, until, after)).await?;
    rows.iter()
        .map(|row| {
            let case = Case::Report {
                severity: row.try_get("", "its_severity")?,
                team: row.try_get("", "its_team")?,
            };
            read(row, case)
        })
        .collect()
}

/// A planned review of verified work.
pub struct PlannedReview {
    /// The review.
    pub id: EffectivenessReviewId,
    /// The work.
    pub recommendation: RecommendationId,
}

/// Reviews that are due and that nobody was told of, some of them.
pub async fn reviews(
    db: &impl ConnectionTrait,
    until: NaiveDate,
    after: Option<Place>,
) -> Result<Vec<(Place, PlannedReview)>, Error> {
    use effectiveness_review::Column as C;
    let told = Query::select()
        .expr(Expr::val(1))
        .from(reminder::Entity)
        .and_where(on(reminder::Column::SubjectId, C::Id))
        .and_where(on(reminder::Column::DueOn, C::DueOn))
        .and_where(reminder::Column::Kind.eq(ReminderKind::EffectivenessDue))
        .take();
    let mut select = Query::select()
        .columns([
            C::Id.as_column_ref(),
            C::DueOn.as_column_ref(),
            C::RecommendationId.as_column_ref(),
        ])
        .from(effectiveness_review::Entity)
        .join(
            JoinType::InnerJoin,
            recommendation::Entity,
            on(C::RecommendationId, recommendation::Column::Id),
        )
        .and_where(C::Outcome.is_null())
        .and_where(C::DueOn.lte(until))
        .and_where(recommendation::Column::Status.eq(RecommendationStatus::Verified))
        .and_where(Expr::exists(told).not())
        .order_by(C::DueOn.as_column_ref(), Order::Asc)
        .order_by(C::Id.as_column_ref(), Order::Asc)
        .limit(BATCH)
        .take();
    if let Some((day, last)) = after {
        let column = |column: C| Expr::col(column.as_column_ref());
        let place = Expr::tuple([column(C::DueOn), column(C::Id)]);
        select.and_where(place.gt(Expr::tuple([Expr::value(day), Expr::value(last)])));
    }
    let rows = db.query_all(&select).await?;
    rows.iter()
        .map(|row| {
            let id: EffectivenessReviewId = row.try_get("", "id")?;
            let review = PlannedReview {
                id,
                recommendation: row.try_get("", "recommendation_id")?,
            };
            Ok(((row.try_get("", "due_on")?, id.uuid()), review))
        })
        .collect()
}

/// What was sent for a due date.
pub async fn sent_for(db: &impl ConnectionTrait, subject: Uuid, due_on: NaiveDate) -> Result<Sent, Error> {
    let rows = reminder::Entity::find()
        .filter(reminder::Column::SubjectId.eq(subject))
        .filter(reminder::Column::DueOn.eq(due_on))
        .all(db)
        .await?;
    let mut sent = Sent::default();
    for row in rows {
        sent.count(row.kind, row.days);
    }
    Ok(sent)
}

/// The report of an item with its incident.
pub async fn home(db: &impl ConnectionTrait, id: ReportId) -> Result<(report::Model, incident::Model), Error> {
    let report = report::Entity::find_by_id(id).one(db).await?;
    let report = report.ok_or_else(|| Error::internal("a recommendation without a report"))?;
    let incident = incident::Entity::find_by_id(report.incident_id).one(db).await?;
    let incident = incident.ok_or_else(|| Error::internal("a report without an incident"))?;
    Ok((report, incident))
}
