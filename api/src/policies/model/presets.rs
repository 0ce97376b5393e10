//! What others have published. `docs/policies.md` links to where each number stands, and says which are ours.

use entity::enums::{
    PolicyTarget,
    Priority::{self, P0, P1},
    Severity::{self, Sev1, Sev2, Sev3, Sev4},
};
use serde::Serialize;

use super::{Conditions, Rule};

/// Whose numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Preset {
    /// Google's Site Reliability Workbook.
    Google,
    /// Atlassian's incident management handbook.
    Atlassian,
    /// PagerDuty's guides to incident response and postmortems.
    Pagerduty,
    /// GitLab's handbook.
    Gitlab,
}

fn rule(name: &str, applies_to: PolicyTarget, condition: Conditions, due_in_days: i64) -> Rule {
    Rule {
        name: name.to_owned(),
        applies_to,
        condition,
        due_in_days,
        business_days: false,
        remind_days_before: Vec::new(),
        escalate_days_after: Vec::new(),
    }
}

fn report(name: &str, severities: &[Severity], due_in_days: i64) -> Rule {
    let condition = Conditions {
        severities: severities.to_vec(),
        ..Conditions::default()
    };
    rule(name, PolicyTarget::Report, condition, due_in_days)
}

fn item(name: &str, severities: &[Severity], priorities: &[Priority], due_in_days: i64) -> Rule {
    let condition = Conditions {
        severities: severities.to_vec(),
        priorities: priorities.to_vec(),
        ..Conditions::default()
    };
    rule(name, PolicyTarget::Recommendation, condition, due_in_days)
}

fn in_business_days(rule: Rule) -> Rule {
    Rule {
        business_days: true,
        ..rule
    }
}

impl Preset {
    /// The list.
    pub fn rules(self) -> Vec<Rule> {
        match self {
            Self::Google => vec![report("Postmortem within a week", &[Sev1, Sev2, Sev3], 7)],
            Self::Atlassian => vec![
                in_business_days(report("Postmortem of a major incident", &[Sev1, Sev2], 10)),
                item("Priority action, 4 weeks", &[], &[P0], 28),
                item("Priority action, 8 weeks", &[], &[P1], 56),
            ],
            Self::Pagerduty => vec![
                report("Postmortem of a Sev-1", &[Sev1], 3),
                in_business_days(report("Postmortem of a Sev-2", &[Sev2], 5)),
                item("High-priority action of a Sev-1", &[Sev1], &[P0, P1], 15),
                item("Action of a Sev-2", &[Sev2], &[], 30),
            ],
            Self::Gitlab => vec![
                report("Incident review", &[Sev1], 14),
                item("Corrective action, severity 1", &[Sev1], &[], 7),
                item("Corrective action, severity 2", &[Sev2], &[], 30),
                item("Corrective action, severity 3", &[Sev3], &[], 60),
                item("Corrective action, severity 4", &[Sev4], &[], 90),
            ],
        }
    }
}
