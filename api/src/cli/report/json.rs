//! The review for programs.

use serde_json::{Map, Value, json};

use super::{Figures, HEADLINES, Review, Unit};

fn figures(of: &Figures) -> Value {
    let value = |unit: Unit, value: Option<f64>| match (unit, value) {
        #[allow(clippy::cast_possible_truncation, reason = "a count was a whole number before")]
        (Unit::Count, Some(count)) => json!(count as i64),
        (_, value) => json!(value),
    };
    let pairs = HEADLINES
        .iter()
        .map(|(name, _, unit, get)| ((*name).to_owned(), value(*unit, get(of))));
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// Names as in the API, where the API has them.
pub(super) fn document(review: &Review) -> Value {
    let list = |rows: Value| camel(rows);
    json!({
        "period": review.period,
        "previousPeriod": review.before,
        "team": review.team,
        "figures": figures(&review.now),
        "previousFigures": figures(&review.then),
        "overdueRecommendations": list(json!(review.overdue)),
        "recurringCauses": list(json!(review.came_back)),
        "expiredRiskAcceptances": list(json!(review.risks_expired)),
        "overdueReports": list(json!(review.reports_overdue)),
        "incidentsWithoutReport": list(json!(review.unreported)),
    })
}

/// `due_on` as `dueOn`.
fn camel(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(camel).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (camel_name(&name), camel(value)))
            .collect(),
        value => value,
    }
}

fn camel_name(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |so_far, word| {
        let mut letters = word.chars();
        let head = letters.next().map(|letter| letter.to_ascii_uppercase());
        so_far + &head.into_iter().chain(letters).collect::<String>()
    })
}
