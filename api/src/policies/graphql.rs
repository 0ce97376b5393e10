//! Due policies in the API.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::{due_policy, enums as stored, ids::TypedId};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    loaders::{SeveritiesOfPolicy, TeamsOfPolicy},
    model::{self, Conditions, Rule, Wanted},
    queries, service,
};
use crate::{
    graphql::{
        Result,
        context::{loaders, session},
        cost, enums,
        input::ids,
        loaders::{ById, short_list},
    },
    people::graphql::Team,
    platform::error::{Error, Problems},
};

/// What a due policy is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::PolicyTarget")]
pub enum PolicyTarget {
    /// Reports. An incident that such a policy matches requires one.
    #[graphql(name = "REPORT")]
    Report,
    /// Recommendations, from their acceptance.
    #[graphql(name = "RECOMMENDATION")]
    Recommendation,
}

/// Lists of due policies with numbers that others have published; docs/policies.md has them all and links to their sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "model::Preset")]
pub enum DuePolicyPreset {
    /// Google's Site Reliability Workbook.
    #[graphql(name = "GOOGLE")]
    Google,
    /// Atlassian's incident management handbook.
    #[graphql(name = "ATLASSIAN")]
    Atlassian,
    /// PagerDuty's guides to incident response and postmortems.
    #[graphql(name = "PAGERDUTY")]
    Pagerduty,
    /// GitLab's handbook.
    #[graphql(name = "GITLAB")]
    Gitlab,
}

/// A rule of when reports or recommendations are due. Of a list, the first that matches counts. It never changes: a new list
/// takes its place.
#[derive(Clone)]
pub struct DuePolicy(pub Arc<due_policy::Model>);

fn list<T: DeserializeOwned>(stored: &Value) -> Vec<T> {
    serde_json::from_value(stored.clone()).unwrap_or_default()
}

/// A rule of when reports or recommendations are due. Of a list, the first that matches counts. It never changes: a new list
/// takes its place.
#[Object]
impl DuePolicy {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// Its place in the list, from 1.
    async fn position(&self) -> i64 {
        self.0.position
    }
    /// What people call it; unique in its list.
    async fn name(&self) -> &str {
        &self.0.name
    }
    /// What it is about.
    async fn applies_to(&self) -> PolicyTarget {
        self.0.applies_to.into()
    }
    /// What it asks for.
    async fn condition(&self) -> PolicyCondition {
        PolicyCondition(self.0.clone())
    }
    /// How many days there are: from the day on which a report is created, or a recommendation accepted.
    async fn due_in_days(&self) -> i64 {
        self.0.due_in_days
    }
    /// Whether only days from Monday to Friday count that are none of the setting holidays.
    async fn business_days(&self) -> bool {
        self.0.business_days
    }
    /// How many days before the due date to remind, the smallest number first.
    async fn remind_days_before(&self) -> Vec<i64> {
        list(&self.0.remind_days_before)
    }
    /// How many days after the due date to escalate, the smallest number first.
    async fn escalate_days_after(&self) -> Vec<i64> {
        list(&self.0.escalate_days_after)
    }
    /// The version of the list it stands in; send it back as expectedVersion.
    async fn version(&self) -> i64 {
        self.0.set_number
    }
    /// False when another list has taken the place of its own.
    async fn is_in_force(&self) -> bool {
        self.0.valid_to.is_none()
    }
}

/// What a due policy asks for. An empty list asks for nothing.
pub struct PolicyCondition(Arc<due_policy::Model>);

/// What a due policy asks for. An empty list asks for nothing.
#[Object]
impl PolicyCondition {
    /// The incident has one of these severities.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn severities(&self, ctx: &Context<'_>) -> Result<Vec<enums::Severity>> {
        let rows = short_list::<SeveritiesOfPolicy>(ctx, self.0.id.uuid()).await?;
        Ok(rows.into_iter().map(|row| row.severity.into()).collect())
    }
    /// The recommendation has one of these priorities; empty for a report.
    async fn priorities(&self) -> Vec<enums::Priority> {
        let stored: Vec<stored::Priority> = list(&self.0.priorities);
        stored.into_iter().map(Into::into).collect()
    }
    /// The recommendation is of one of these kinds; empty for a report.
    async fn kinds(&self) -> Vec<enums::RecommendationKind> {
        let stored: Vec<stored::RecommendationKind> = list(&self.0.kinds);
        stored.into_iter().map(Into::into).collect()
    }
    /// The recommendation, or the incident of the report, belongs to one of these teams.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn teams(&self, ctx: &Context<'_>) -> Result<Vec<Team>> {
        let rows = short_list::<TeamsOfPolicy>(ctx, self.0.id.uuid()).await?;
        let mut teams = loaders(ctx).load_many(rows.iter().map(|row| ById(row.team_id))).await?;
        Ok(rows
            .iter()
            .filter_map(|row| teams.remove(&ById(row.team_id)))
            .map(Team)
            .collect())
    }
}

/// What a policy asks for. A list that is left out or empty asks for nothing.
#[derive(InputObject, Default)]
pub struct PolicyConditionInput {
    /// The incident has one of these severities.
    severities: Option<Vec<enums::Severity>>,
    /// The recommendation has one of these priorities. Not for REPORT.
    priorities: Option<Vec<enums::Priority>>,
    /// The recommendation is of one of these kinds. Not for REPORT.
    kinds: Option<Vec<enums::RecommendationKind>>,
    /// The recommendation, or the incident of the report, belongs to one of these teams.
    team_ids: Option<Vec<ID>>,
}

/// A policy of the list.
#[derive(InputObject)]
pub struct DuePolicyInput {
    /// What people call it; unique in the list.
    name: String,
    /// What it is about.
    applies_to: PolicyTarget,
    /// What it asks for; nothing when left out.
    condition: Option<PolicyConditionInput>,
    /// How many days there are: 1 to 3650.
    due_in_days: i64,
    /// Whether only business days count; false when left out.
    business_days: Option<bool>,
    /// How many days before the due date to remind: up to 10 numbers from 0 to 365.
    remind_days_before: Option<Vec<i64>>,
    /// How many days after the due date to escalate: up to 10 numbers from 0 to 365.
    escalate_days_after: Option<Vec<i64>>,
}

impl DuePolicyInput {
    fn decode(self, position: usize) -> Result<Rule, Error> {
        fn all<T, S: From<T>>(given: Option<Vec<T>>) -> Vec<S> {
            given.unwrap_or_default().into_iter().map(Into::into).collect()
        }
        let condition = self.condition.unwrap_or_default();
        let path = format!("policies.{position}.condition.teamIds");
        Ok(Rule {
            name: self.name,
            applies_to: self.applies_to.into(),
            condition: Conditions {
                severities: all(condition.severities),
                priorities: all(condition.priorities),
                kinds: all(condition.kinds),
                teams: ids(&path, &condition.team_ids.unwrap_or_default())?,
            },
            due_in_days: self.due_in_days,
            business_days: self.business_days.unwrap_or(false),
            remind_days_before: self.remind_days_before.unwrap_or_default(),
            escalate_days_after: self.escalate_days_after.unwrap_or_default(),
        })
    }
}

/// The whole list of policies, or a preset: exactly one of the two.
#[derive(InputObject)]
pub struct SetDuePoliciesInput {
    /// A published list.
    preset: Option<DuePolicyPreset>,
    /// A list of your own, in order; up to 50. Empty: no policies.
    policies: Option<Vec<DuePolicyInput>>,
    /// The version this was decided on, 0 for an empty list; when it is no longer current, the answer is CONFLICT.
    expected_version: Option<i64>,
}

impl SetDuePoliciesInput {
    fn decode(self) -> Result<Wanted, Error> {
        match (self.preset, self.policies) {
            (Some(preset), None) => Ok(Wanted::Preset(preset.into())),
            (None, Some(policies)) => {
                let mut problems = Problems::default();
                let rules = policies
                    .into_iter()
                    .enumerate()
                    .filter_map(|(position, policy)| problems.take(policy.decode(position)))
                    .collect();
                problems.finish()?;
                Ok(Wanted::Rules(rules))
            }
            _ => Err(Error::invalid(
                "policies",
                "PRESET_OR_POLICIES",
                "Give either preset or policies, and only one of them.",
            )),
        }
    }
}

/// The policies as they are now.
#[derive(SimpleObject)]
pub struct SetDuePoliciesPayload {
    /// The policies in force, in order.
    due_policies: Vec<DuePolicy>,
    /// The version of the list; 0 when it is empty.
    version: i64,
}

async fn in_force(ctx: &Context<'_>) -> Result<Vec<DuePolicy>> {
    let rows = queries::list(session(ctx)).await?;
    Ok(rows.into_iter().map(|row| DuePolicy(Arc::new(row))).collect())
}

/// Reads due policies.
#[derive(Default)]
pub struct PolicyQuery;

#[Object]
impl PolicyQuery {
    /// The due policies in force, in order: the first that matches counts.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn due_policies(&self, ctx: &Context<'_>) -> Result<Vec<DuePolicy>> {
        in_force(ctx).await
    }
}

/// Changes due policies.
#[derive(Default)]
pub struct PolicyMutation;

#[Object]
impl PolicyMutation {
    /// Puts a whole list of policies in the place of the one in force. Due dates that are set already stay as they are. Admins
    /// only.
    async fn set_due_policies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: SetDuePoliciesInput,
    ) -> Result<SetDuePoliciesPayload> {
        let expected_version = input.expected_version;
        service::set(session(ctx), input.decode()?, expected_version).await?;
        let due_policies = in_force(ctx).await?;
        Ok(SetDuePoliciesPayload {
            version: due_policies.first().map_or(0, |policy| policy.0.set_number),
            due_policies,
        })
    }
}
