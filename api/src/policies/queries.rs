//! The policies in force, and what follows from them.

use entity::{due_policy, due_policy_severity, due_policy_team, enums::PolicyTarget, ids::DuePolicyId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Select,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::model::{Case, Conditions, Due, DuePolicy, Rule, first_match};
use crate::{
    auth::{Session, scope},
    platform::error::Error,
};

/// The list in force, as whoever asks may see it.
pub async fn list(session: &Session) -> Result<Vec<due_policy::Model>, Error> {
    let select = in_force(scope::due_policies(&session.viewer));
    Ok(select.all(&session.db).await?)
}

fn in_force(select: Select<due_policy::Entity>) -> Select<due_policy::Entity> {
    select
        .filter(due_policy::Column::ValidTo.is_null())
        .order_by_asc(due_policy::Column::Position)
}

/// The policies in force, in order: all of them, or those about one thing.
pub async fn policies(db: &impl ConnectionTrait, about: Option<PolicyTarget>) -> Result<Vec<DuePolicy>, Error> {
    let mut select = in_force(due_policy::Entity::find());
    if let Some(about) = about {
        select = select.filter(due_policy::Column::AppliesTo.eq(about));
    }
    let rows = select.all(db).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<DuePolicyId> = rows.iter().map(|row| row.id).collect();
    let severities = due_policy_severity::Entity::find()
        .filter(due_policy_severity::Column::PolicyId.is_in(ids.iter().copied()))
        .order_by_asc(due_policy_severity::Column::Severity)
        .all(db)
        .await?;
    let teams = due_policy_team::Entity::find()
        .filter(due_policy_team::Column::PolicyId.is_in(ids))
        .order_by_asc(due_policy_team::Column::TeamId)
        .all(db)
        .await?;
    let policy = |row: due_policy::Model| {
        let severities = severities.iter().filter(|of| of.policy_id == row.id);
        let teams = teams.iter().filter(|of| of.policy_id == row.id);
        Ok(DuePolicy {
            id: row.id,
            version: row.set_number,
            rule: Rule {
                name: row.name,
                applies_to: row.applies_to,
                condition: Conditions {
                    severities: severities.map(|of| of.severity).collect(),
                    priorities: values(row.priorities)?,
                    kinds: values(row.kinds)?,
                    teams: teams.map(|of| of.team_id).collect(),
                },
                due_in_days: row.due_in_days,
                business_days: row.business_days,
                remind_days_before: values(row.remind_days_before)?,
                escalate_days_after: values(row.escalate_days_after)?,
            },
        })
    };
    rows.into_iter().map(policy).collect()
}

fn values<T: DeserializeOwned>(stored: Value) -> Result<Vec<T>, Error> {
    serde_json::from_value(stored).map_err(Error::internal)
}

/// The due date by policy, counted from today; none when no policy matches.
pub async fn due(session: &Session, db: &impl ConnectionTrait, case: &Case) -> Result<Option<Due>, Error> {
    let policies = policies(db, Some(case.target())).await?;
    let holidays = &session.app.settings.holidays;
    Ok(first_match(&policies, case, session.today(), holidays))
}

/// Some policy in force requires a report on an incident of this severity and team: columns of the statement that this becomes a
/// part of. The same as `Rule::matches`, for many at once.
pub fn requires_report<C: ColumnTrait>(severity: C, team: C) -> SimpleExpr {
    let severities = |wanted: Option<SimpleExpr>| {
        part(
            due_policy_severity::Entity,
            due_policy_severity::Column::PolicyId,
            wanted,
        )
    };
    let teams = |wanted: Option<SimpleExpr>| part(due_policy_team::Entity, due_policy_team::Column::PolicyId, wanted);
    let this_severity = equal(due_policy_severity::Column::Severity, severity);
    let this_team = equal(due_policy_team::Column::TeamId, team);
    let policy = Query::select()
        .expr(Expr::val(1))
        .from(due_policy::Entity)
        .and_where(due_policy::Column::ValidTo.is_null())
        .and_where(due_policy::Column::AppliesTo.eq(PolicyTarget::Report))
        .and_where(severities(None).not().or(severities(Some(this_severity))))
        .and_where(teams(None).not().or(teams(Some(this_team))))
        .take();
    Expr::exists(policy)
}

fn equal(one: impl ColumnTrait, other: impl ColumnTrait) -> SimpleExpr {
    Expr::col(one.as_column_ref()).eq(Expr::col(other.as_column_ref()))
}

/// There is a row of a policy's condition, of these if some are wanted.
fn part<E: EntityTrait, C: ColumnTrait>(table: E, policy: C, wanted: Option<SimpleExpr>) -> SimpleExpr {
    let mut rows: SelectStatement = Query::select()
        .expr(Expr::val(1))
        .from(table)
        .and_where(equal(policy, due_policy::Column::Id))
        .take();
    if let Some(wanted) = wanted {
        rows.and_where(wanted);
    }
    Expr::exists(rows)
}
