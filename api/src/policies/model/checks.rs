//! What makes a list of policies a sound one.

use std::collections::BTreeSet;

use entity::enums::PolicyTarget;

use super::Rule;
use crate::platform::{error::Problems, text};

/// The most policies of a list.
const POLICIES: usize = 50;
/// The most days until something is due: ten years.
const DAYS: i64 = 3_650;
/// The most reminders, and the most escalations.
const NOTICES: usize = 10;
/// The most days between a notice and the due date.
const NOTICE_DAYS: i64 = 365;

/// The policies as they are kept: names trimmed, lists in order, conditions named once. Notes all that is wrong with them.
pub fn check(rules: Vec<Rule>, problems: &mut Problems) -> Vec<Rule> {
    if rules.len() > POLICIES {
        problems.add("policies", "TOO_MANY", format!("Set at most {POLICIES} policies."));
        return Vec::new();
    }
    let mut names = BTreeSet::new();
    let mut checked = Vec::with_capacity(rules.len());
    for (position, mut rule) in rules.into_iter().enumerate() {
        let path = |field: &str| format!("policies.{position}.{field}");
        rule.name = problems
            .take(text::line(&path("name"), &rule.name, 200))
            .unwrap_or_default();
        if !rule.name.is_empty() && !names.insert(rule.name.to_lowercase()) {
            problems.add(
                path("name"),
                "DUPLICATE",
                "Another policy of the list has this name; give each its own.",
            );
        }
        if !(1..=DAYS).contains(&rule.due_in_days) {
            problems.add(
                path("dueInDays"),
                "OUT_OF_RANGE",
                format!("Give a number of days from 1 to {DAYS}."),
            );
        }
        notices(&path("remindDaysBefore"), &mut rule.remind_days_before, problems);
        notices(&path("escalateDaysAfter"), &mut rule.escalate_days_after, problems);
        let condition = &mut rule.condition;
        if rule.applies_to == PolicyTarget::Report {
            for (field, is_empty) in [
                ("condition.priorities", condition.priorities.is_empty()),
                ("condition.kinds", condition.kinds.is_empty()),
            ] {
                if !is_empty {
                    problems.add(
                        path(field),
                        "NOT_APPLICABLE",
                        "A report has no priority and no kind; leave this out, or make it a policy for RECOMMENDATION.",
                    );
                }
            }
        }
        once(&mut condition.severities);
        once(&mut condition.priorities);
        once(&mut condition.kinds);
        checked.push(rule);
    }
    checked
}

/// Each once, in order.
fn once<T: Ord>(values: &mut Vec<T>) {
    values.sort();
    values.dedup();
}

fn notices(path: &str, days: &mut Vec<i64>, problems: &mut Problems) {
    if days.len() > NOTICES {
        problems.add(path, "TOO_MANY", format!("Give at most {NOTICES} numbers of days."));
    }
    if days.iter().any(|days| !(0..=NOTICE_DAYS).contains(days)) {
        problems.add(
            path,
            "OUT_OF_RANGE",
            format!("Give numbers of days from 0 to {NOTICE_DAYS}."),
        );
    }
    let given = days.len();
    once(days);
    if days.len() < given {
        problems.add(path, "DUPLICATE", "A number of days stands here twice; give each once.");
    }
}
