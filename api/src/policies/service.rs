//! Sets the list of policies.

use entity::{
    due_policy, due_policy_severity, due_policy_team,
    enums::SubjectKind,
    ids::{DuePolicyId, TeamId},
    team,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use serde_json::json;

use super::{
    model::{DuePolicy, Rule, Wanted, check},
    queries::policies,
};
use crate::{
    auth::Session,
    events::{model::NewEvent, service::record},
    platform::{
        changes::Changes,
        db::{Turn, Tx},
        error::{Error, Problems, check_version},
    },
};

/// Puts a list in the place of the one in force. Admins only. The version is that of the policies in force, 0 without any.
pub async fn set(session: &Session, wanted: Wanted, expected_version: Option<i64>) -> Result<(), Error> {
    session.viewer.require_admin()?;
    let (rules, preset) = match wanted {
        Wanted::Preset(preset) => (preset.rules(), Some(preset)),
        Wanted::Rules(rules) => (rules, None),
    };
    let tx = session.begin().await?;
    // There may be no row in force that two who set a list could wait for.
    tx.take_turn(Turn::SetDuePolicies).await?;
    let before = policies(&*tx, None).await?;
    check_version(expected_version, version_of(&before))?;
    let mut problems = Problems::default();
    let rules = known_teams(&tx, check(rules, &mut problems), &mut problems).await?;
    problems.finish()?;

    let old: Vec<Rule> = before.iter().map(|policy| policy.rule.clone()).collect();
    let changes = Changes::new().field("duePolicies", &old, &rules);
    if changes.is_empty() {
        return Ok(());
    }
    due_policy::Entity::update_many()
        .col_expr(due_policy::Column::ValidTo, Expr::value(session.now()))
        .filter(due_policy::Column::ValidTo.is_null())
        .exec(&*tx)
        .await?;
    let version = next_version(&tx).await?;
    let first = insert(session, &tx, version, &rules).await?;
    // One of the two lists has a first policy, else nothing would differ.
    let subject = first
        .or(before.first().map(|policy| policy.id))
        .ok_or_else(|| Error::internal("two empty lists of policies that differ"))?;
    let now_in_force = if rules.is_empty() { 0 } else { version };
    let event = NewEvent::new("due_policies.changed", SubjectKind::DuePolicy, subject, None).changes(changes);
    let payload = json!({ "version": now_in_force, "preset": preset });
    record(session, &tx, vec![event.payload(payload)]).await?;
    tx.commit().await
}

fn version_of(policies: &[DuePolicy]) -> i64 {
    policies.first().map_or(0, |policy| policy.version)
}

async fn next_version(tx: &Tx) -> Result<i64, Error> {
    let last = due_policy::Entity::find()
        .order_by_desc(due_policy::Column::SetNumber)
        .one(&**tx)
        .await?;
    Ok(last.map_or(0, |row| row.set_number) + 1)
}

/// The rules with each team once, in order. Notes the teams that are not there, where they were named.
async fn known_teams(tx: &Tx, mut rules: Vec<Rule>, problems: &mut Problems) -> Result<Vec<Rule>, Error> {
    let named: Vec<TeamId> = rules
        .iter()
        .flat_map(|rule| rule.condition.teams.iter().copied())
        .collect();
    if named.is_empty() {
        return Ok(rules);
    }
    let known = team::Entity::find()
        .filter(team::Column::Id.is_in(named))
        .all(&**tx)
        .await?;
    for (position, rule) in rules.iter_mut().enumerate() {
        let teams = &mut rule.condition.teams;
        for (index, id) in teams.iter().enumerate() {
            if !known.iter().any(|team| team.id == *id) {
                problems.add(
                    format!("policies.{position}.condition.teamIds.{index}"),
                    "UNKNOWN_TEAM",
                    "There is no such team; look the id up under teams.",
                );
            }
        }
        teams.sort();
        teams.dedup();
    }
    Ok(rules)
}

/// Stores a list, and tells which policy is its first.
async fn insert(session: &Session, tx: &Tx, version: i64, rules: &[Rule]) -> Result<Option<DuePolicyId>, Error> {
    let (mut rows, mut severities, mut teams) = (Vec::new(), Vec::new(), Vec::new());
    let mut first = None;
    for (position, rule) in (1..).zip(rules) {
        let id: DuePolicyId = session.mint();
        first = first.or(Some(id));
        rows.push(due_policy::ActiveModel {
            id: Set(id),
            set_number: Set(version),
            position: Set(position),
            name: Set(rule.name.clone()),
            applies_to: Set(rule.applies_to),
            due_in_days: Set(rule.due_in_days),
            business_days: Set(rule.business_days),
            remind_days_before: Set(json!(rule.remind_days_before)),
            escalate_days_after: Set(json!(rule.escalate_days_after)),
            priorities: Set(json!(rule.condition.priorities)),
            kinds: Set(json!(rule.condition.kinds)),
            valid_from: Set(session.now()),
            valid_to: Set(None),
        });
        severities.extend(
            rule.condition
                .severities
                .iter()
                .map(|severity| due_policy_severity::ActiveModel {
                    policy_id: Set(id),
                    severity: Set(*severity),
                }),
        );
        teams.extend(rule.condition.teams.iter().map(|team| due_policy_team::ActiveModel {
            policy_id: Set(id),
            team_id: Set(*team),
        }));
    }
    if !rows.is_empty() {
        due_policy::Entity::insert_many(rows)
            .exec_without_returning(&**tx)
            .await?;
    }
    if !severities.is_empty() {
        due_policy_severity::Entity::insert_many(severities)
            .exec_without_returning(&**tx)
            .await?;
    }
    if !teams.is_empty() {
        due_policy_team::Entity::insert_many(teams)
            .exec_without_returning(&**tx)
            .await?;
    }
    Ok(first)
}
