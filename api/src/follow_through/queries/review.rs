//! Gathers the follow-through review of a time: the figures beside those of the time before, and what needs somebody's attention.
//!
//! It is a document that is sent round, so whoever it is gathered for should be who sees what everybody sees.

use std::{collections::HashMap, sync::Arc};

use chrono::{Datelike, Months, NaiveDate};
use entity::{enums::Severity, event, ids::RootCauseId, incident, recommendation, report, root_cause, team, user};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, Select,
    sea_query::{Alias, Expr, ExprTrait, JoinType, SelectStatement},
};
use serde::Serialize;

use super::{
    measure::{self, Asked, Wants},
    past::Moment,
    recurrence::{self, Summary},
    trend,
};
use crate::{
    auth::{Session, scope},
    follow_through::model::{counts::Counts, trend::Flow},
    incidents::queries::analyses,
    platform::{
        clock::{FIRST_DAY, end_of_day_in, start_of_day_in},
        error::Error,
    },
    policies::queries::requires_report,
    recommendations::queries::is_overdue,
    reports::queries::filter::is_overdue as report_is_overdue,
    root_causes::queries::recurrence::{in_incidents, kinds},
};

/// A span of days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

impl Period {
    /// The last calendar month that is over.
    pub fn last_month(today: NaiveDate) -> Self {
        let first = today.with_day(1).unwrap_or(today);
        Self {
            from: first.checked_sub_months(Months::new(1)).unwrap_or(first),
            to: first.pred_opt().unwrap_or(first),
        }
    }

    /// The time before, of the same length: as many calendar months when it is whole months, otherwise as many days.
    pub fn before(self) -> Self {
        let to = self.from.pred_opt().unwrap_or(self.from);
        let ends_a_month = self.to.succ_opt().is_some_and(|next| next.day() == 1);
        let from = if self.from.day() == 1 && ends_a_month {
            let months = (self.to.year() - self.from.year()) * 12 + self.to.month0().cast_signed()
                - self.from.month0().cast_signed()
                + 1;
            self.from.checked_sub_months(Months::new(months.cast_unsigned()))
        } else {
            to.checked_sub_signed(self.to - self.from)
        };
        // Databases know no day of long before.
        let from = Ord::max(from.unwrap_or(to), Ord::min(FIRST_DAY, to));
        Self { from, to }
    }
}

/// The figures of one time.
#[derive(Debug, Clone)]
pub struct Figures {
    /// At its end.
    pub counts: Counts,
    /// Within it.
    pub flow: Flow,
    /// Of the incidents that began within it.
    pub recurrence: Summary,
}

/// Work that is late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Late {
    /// Such as REC-40.
    pub key: String,
    /// In a line.
    pub title: String,
    /// Whose.
    pub team: Option<String>,
    /// Who does it.
    pub owner: Option<String>,
    /// By when it was due.
    pub due_on: NaiveDate,
    /// By how many days it is late.
    pub days_overdue: i64,
}

/// A cause that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CameBack {
    /// The cause.
    pub title: String,
    /// The report in which it stands, such as PM-12.
    pub report: String,
    /// The incident in which it came back, such as INC-7.
    pub incident: String,
    /// The report of its first occurrence.
    pub first_report: String,
    /// How it stood to the earlier work, such as WHILE_OPEN.
    pub kind: &'static str,
}

/// A risk whose acceptance has run out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RiskExpired {
    /// Such as REC-40.
    pub key: String,
    /// In a line.
    pub title: String,
    /// When it returned to PROPOSED.
    pub on: NaiveDate,
}

/// An incident that requires a report and has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreported {
    /// Such as INC-7.
    pub key: String,
    /// In a line.
    pub title: String,
    /// How bad it was.
    pub severity: Severity,
    /// Whose.
    pub team: Option<String>,
}

/// All of it.
#[derive(Debug, Clone)]
pub struct Review {
    /// The time.
    pub period: Period,
    /// The time before.
    pub before: Period,
    /// The team; none: all of them.
    pub team: Option<String>,
    /// The figures of the time.
    pub now: Figures,
    /// The figures of the time before.
    pub then: Figures,
    /// Overdue recommendations at its end, by team, the longest overdue first.
    pub overdue: Vec<Late>,
    /// Causes that came back in incidents that began within it.
    pub came_back: Vec<CameBack>,
    /// Accepted risks that ran out within it.
    pub risks_expired: Vec<RiskExpired>,
    /// Overdue reports at its end, the longest overdue first.
    pub reports_overdue: Vec<Late>,
    /// Incidents that require a report and had none at its end.
    pub unreported: Vec<Unreported>,
}

struct Of<'a> {
    session: &'a Arc<Session>,
    team: Option<&'a team::Model>,
}

/// Gathers a review.
pub async fn review(session: &Arc<Session>, period: Period, team: Option<&str>) -> Result<Review, Error> {
    if period.to < period.from {
        return Err(Error::invalid(
            "to",
            "BEFORE_FROM",
            "The last day is before the first; exchange the two.",
        ));
    }
    if period.from > session.today() {
        return Err(Error::invalid(
            "from",
            "IN_FUTURE",
            "Nobody knows the future; give a time that has begun.",
        ));
    }
    let team = match team {
        None => None,
        Some(slug) => {
            let found = team::Entity::find()
                .filter(team::Column::Slug.eq(slug))
                .one(&session.db)
                .await?;
            let unknown = || {
                Error::invalid(
                    "team",
                    "UNKNOWN_TEAM",
                    format!("There is no team {slug:?}; give its slug."),
                )
            };
            Some(found.ok_or_else(unknown)?)
        }
    };
    let of = Of {
        session,
        team: team.as_ref(),
    };
    let before = period.before();
    let moment = of.end(period)?;
    Ok(Review {
        now: of.figures(period).await?,
        then: of.figures(before).await?,
        overdue: of.overdue(&moment).await?,
        came_back: of.came_back(period).await?,
        risks_expired: of.risks_expired(period).await?,
        reports_overdue: of.reports_overdue(&moment).await?,
        unreported: of.unreported(&moment).await?,
        period,
        before,
        team: team.map(|team| team.name),
    })
}

/// A join to the name of a thing that may be missing.
fn add_name<E: EntityTrait>(select: &mut SelectStatement, alias: &'static str, column: Expr, thing: E) {
    let on = column.eq(Expr::col((Alias::new(alias), Alias::new("id"))));
    select.join_as(JoinType::LeftJoin, thing, Alias::new(alias), on);
    select.expr_as(Expr::col((Alias::new(alias), Alias::new("name"))), alias);
}

fn late(rows: &[QueryResult], today: NaiveDate) -> Result<Vec<Late>, Error> {
    let read = |row: &QueryResult| {
        let due_on: NaiveDate = row.try_get("", "due_on")?;
        Ok(Late {
            key: row.try_get("", "key")?,
            title: row.try_get("", "title")?,
            team: row.try_get("", "its_team")?,
            owner: row.try_get("", "its_owner")?,
            due_on,
            days_overdue: (today - due_on).num_days(),
        })
    };
    Ok(rows.iter().map(read).collect::<Result<_, DbErr>>()?)
}

impl Of<'_> {
    /// Of the team, if there is one.
    fn of_team<E: EntityTrait>(&self, select: Select<E>, column: E::Column) -> Select<E> {
        match self.team {
            Some(team) => select.filter(column.eq(team.id)),
            None => select,
        }
    }

    /// The end of a time, or now when that is not over.
    fn end(&self, period: Period) -> Result<Moment, Error> {
        let end = end_of_day_in(self.session.app.settings.time_zone, period.to);
        Moment::new(self.session, (end < self.session.now()).then_some(end))
    }

    async fn figures(&self, period: Period) -> Result<Figures, Error> {
        let mut asked = Asked::new(self.session, self.end(period)?, None)?;
        let mut which = Condition::all();
        if let Some(team) = self.team {
            which = which.add(recommendation::Column::TeamId.eq(team.id));
            asked = asked.only(recommendation::Column::TeamId.eq(team.id));
        }
        let wants = Wants {
            open_micros: true,
            overdue_days: true,
            ..Wants::default()
        };
        let points = trend::of(self.session, which, period.from, &[period.to]).await?;
        Ok(Figures {
            counts: measure::overall(&asked, wants).await?,
            flow: points.first().map(|point| point.flow).unwrap_or_default(),
            recurrence: recurrence::summary_of(self.session, self.within(period)).await?,
        })
    }

    /// Incidents that began within a time, in reports of the team.
    fn within(&self, period: Period) -> Condition {
        let began = recurrence::began(self.session, Some(period.from), Some(period.to));
        match self.team {
            Some(team) => began.add(report::Column::TeamId.eq(team.id)),
            None => began,
        }
    }

    async fn overdue(&self, moment: &Moment) -> Result<Vec<Late>, Error> {
        use recommendation::Column as C;
        let mut items = self
            .of_team(scope::recommendations(&self.session.viewer), C::TeamId)
            .filter(is_overdue(moment.today))
            .select_only()
            .columns([C::Key, C::Title, C::DueOn]);
        let select = QuerySelect::query(&mut items);
        add_name(select, "its_team", Expr::col(C::TeamId.as_column_ref()), team::Entity);
        add_name(select, "its_owner", Expr::col(C::OwnerId.as_column_ref()), user::Entity);
        let rows = self.session.db.query_all(&moment.ask(select.to_owned())).await?;
        let mut late = late(&rows, moment.today)?;
        // Those of no team come last.
        late.sort_by_key(|item| (item.team.is_none(), item.team.clone(), item.due_on, item.key.clone()));
        Ok(late)
    }

    async fn reports_overdue(&self, moment: &Moment) -> Result<Vec<Late>, Error> {
        use report::Column as C;
        let mut reports = self
            .of_team(scope::reports(&self.session.viewer), C::TeamId)
            .filter(report_is_overdue(moment.today))
            .order_by_asc(C::DueOn)
            .order_by_asc(C::Id)
            .select_only()
            .columns([C::Key, C::Title, C::DueOn]);
        let select = QuerySelect::query(&mut reports);
        add_name(select, "its_team", Expr::col(C::TeamId.as_column_ref()), team::Entity);
        add_name(select, "its_owner", Expr::col(C::OwnerId.as_column_ref()), user::Entity);
        let rows = self.session.db.query_all(&moment.ask(select.to_owned())).await?;
        late(&rows, moment.today)
    }

    async fn unreported(&self, moment: &Moment) -> Result<Vec<Unreported>, Error> {
        use incident::Column as C;
        let reported = scope::reports(&self.session.viewer).filter(analyses());
        let reported = scope::only_id(reported, report::Column::IncidentId);
        let mut incidents = self
            .of_team(scope::incidents(&self.session.viewer), C::TeamId)
            .filter(requires_report(C::Severity, C::TeamId))
            .filter(C::Id.not_in_subquery(reported))
            .order_by_asc(C::Severity)
            .order_by_asc(C::StartedAt)
            .order_by_asc(C::Id)
            .select_only()
            .columns([C::Key, C::Title, C::Severity]);
        let select = QuerySelect::query(&mut incidents);
        add_name(select, "its_team", Expr::col(C::TeamId.as_column_ref()), team::Entity);
        let rows = self.session.db.query_all(&moment.ask(select.to_owned())).await?;
        let read = |row: &QueryResult| {
            Ok(Unreported {
                key: row.try_get("", "key")?,
                title: row.try_get("", "title")?,
                severity: row.try_get("", "severity")?,
                team: row.try_get("", "its_team")?,
            })
        };
        Ok(rows.iter().map(read).collect::<Result<_, DbErr>>()?)
    }

    async fn came_back(&self, period: Period) -> Result<Vec<CameBack>, Error> {
        let within = self.within(period).add(recurrence::recurs(self.session));
        let mut kinds: HashMap<RootCauseId, _> = kinds(self.session, within.clone()).await?;
        let home = |alias: &'static str| Expr::col((Alias::new(alias), Alias::new("id")));
        let mut causes = in_incidents(self.session)
            .filter(within)
            .order_by_asc(incident::Column::StartedAt)
            .order_by_asc(root_cause::Column::Id)
            .select_only()
            .columns([root_cause::Column::Id, root_cause::Column::Title]);
        let select = QuerySelect::query(&mut causes);
        let of_first = home("first").eq(Expr::col(root_cause::Column::RecurrenceOfId.as_column_ref()));
        let its_report = home("first_report").eq(Expr::col((Alias::new("first"), Alias::new("report_id"))));
        select
            .join_as(JoinType::InnerJoin, root_cause::Entity, Alias::new("first"), of_first)
            .join_as(
                JoinType::InnerJoin,
                report::Entity,
                Alias::new("first_report"),
                its_report,
            )
            .expr_as(Expr::col(report::Column::Key.as_column_ref()), "its_report")
            .expr_as(Expr::col(incident::Column::Key.as_column_ref()), "its_incident")
            .expr_as(
                Expr::col((Alias::new("first_report"), Alias::new("key"))),
                "its_first_report",
            );
        let rows = self.session.db.query_all(&*select).await?;
        let read = |row: &QueryResult| {
            let Some(kind) = kinds.remove(&row.try_get("", "id")?) else {
                return Ok(None);
            };
            Ok(Some(CameBack {
                title: row.try_get("", "title")?,
                report: row.try_get("", "its_report")?,
                incident: row.try_get("", "its_incident")?,
                first_report: row.try_get("", "its_first_report")?,
                kind: kind.as_str(),
            }))
        };
        let found = rows.iter().map(read).collect::<Result<Vec<_>, DbErr>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn risks_expired(&self, period: Period) -> Result<Vec<RiskExpired>, Error> {
        #[derive(FromQueryResult)]
        struct Row {
            key: String,
            title: String,
            occurred_at: chrono::DateTime<chrono::Utc>,
        }
        let zone = self.session.app.settings.time_zone;
        let on = Expr::col(event::Column::SubjectId.as_column_ref())
            .eq(Expr::col(recommendation::Column::Id.as_column_ref()));
        let mut events = scope::events(&self.session.viewer)
            .filter(event::Column::EventType.eq("recommendation.risk_expired"))
            .filter(event::Column::OccurredAt.gte(start_of_day_in(zone, period.from)))
            .filter(event::Column::OccurredAt.lte(end_of_day_in(zone, period.to)))
            .order_by_asc(event::Column::Sequence)
            .select_only()
            .column(event::Column::OccurredAt)
            .column(recommendation::Column::Key)
            .column(recommendation::Column::Title);
        QuerySelect::query(&mut events).join(JoinType::InnerJoin, recommendation::Entity, on);
        if let Some(team) = self.team {
            events = events.filter(recommendation::Column::TeamId.eq(team.id));
        }
        let rows: Vec<Row> = events.into_model().all(&self.session.db).await?;
        let expired = |row: Row| RiskExpired {
            key: row.key,
            title: row.title,
            on: self.session.day(row.occurred_at),
        };
        Ok(rows.into_iter().map(expired).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Period;

    fn period(from: &str, to: &str) -> Period {
        Period {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        }
    }

    #[test]
    fn the_time_before_is_as_long() {
        assert_eq!(
            period("2026-03-01", "2026-03-31").before(),
            period("2026-02-01", "2026-02-28")
        );
        assert_eq!(
            period("2026-01-01", "2026-03-31").before(),
            period("2025-10-01", "2025-12-31")
        );
        assert_eq!(
            period("2026-03-02", "2026-03-08").before(),
            period("2026-02-23", "2026-03-01")
        );
        assert_eq!(
            period("2026-11-01", "9999-12-31").before(),
            period("1900-01-01", "2026-10-31")
        );
        assert_eq!(
            period("1900-01-01", "1900-01-31").before(),
            period("1899-12-31", "1899-12-31")
        );
        assert_eq!(
            Period::last_month("2026-01-15".parse().unwrap()),
            period("2025-12-01", "2025-12-31")
        );
    }
}
