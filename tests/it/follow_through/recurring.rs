//! Causes that came back: against the events, and by hand.

use std::collections::{BTreeMap, BTreeSet};

use postmortem_tests::TestApp;
use serde_json::{Value, json};

use super::{
    fold::{Cause, Log, World},
    metrics::is_open,
    story::Story,
};

const ASKED: &str = "{
    recurringCauses(first: 100) {
        cause { id } occurrences incidents { id } lastOccurredAt openRecommendations preventableOccurrences
    }
    recurrenceSummary { reviewedIncidents recurrences whileOpen afterFix afterDeclined unaddressed preventableRate }
}";

/// The status that some work had, put into the first of these words that fits any of it.
fn kind(statuses: &[String]) -> &'static str {
    let any = |wanted: &[&str]| statuses.iter().any(|status| wanted.contains(&status.as_str()));
    if any(&["ACCEPTED", "IN_PROGRESS", "BLOCKED"]) {
        "whileOpen"
    } else if any(&["IMPLEMENTED", "VERIFIED"]) {
        "afterFix"
    } else if any(&["DECLINED"]) {
        "afterDeclined"
    } else {
        "unaddressed"
    }
}

impl World {
    fn incident_of(&self, cause: &Cause) -> &str {
        &self.reports[&cause.report]
    }

    /// The causes of each chain that came back, by its first occurrence.
    fn chains(&self) -> BTreeMap<&String, Vec<(&String, &Cause)>> {
        let mut chains: BTreeMap<&String, Vec<_>> = BTreeMap::new();
        for (id, cause) in &self.causes {
            chains
                .entry(cause.recurrence_of.as_ref().unwrap_or(id))
                .or_default()
                .push((id, cause));
        }
        chains.retain(|_, occurrences| occurrences.len() > 1);
        chains
    }
}

/// Compares what is served now with what the events say.
pub async fn compare(app: &TestApp, story: &Story<'_>, log: &Log) {
    let world = log.world(app.now());
    let began = |cause: &Cause| world.incidents[world.incident_of(cause)].started_at.unwrap();
    let kind_of = |cause: &Cause, chain: &[(&String, &Cause)]| {
        let then = log.world(began(cause));
        let earlier: Vec<&String> = chain
            .iter()
            .filter(|(_, other)| began(other) < began(cause))
            .map(|(id, _)| *id)
            .collect();
        let treated = then
            .items
            .values()
            .filter(|item| earlier.iter().any(|cause| item.causes.contains(*cause)));
        kind(&treated.map(|item| item.status.clone()).collect::<Vec<_>>())
    };
    let mut kinds: BTreeMap<&str, i64> = BTreeMap::new();
    let mut chains = BTreeMap::new();
    for (first, occurrences) in world.chains() {
        let recurrences = occurrences.iter().filter(|(_, cause)| cause.recurrence_of.is_some());
        let mut preventable = 0;
        for (_, cause) in recurrences {
            let kind = kind_of(cause, &occurrences);
            *kinds.entry(kind).or_default() += 1;
            preventable += i64::from(kind == "whileOpen");
        }
        let incidents: BTreeSet<&str> = occurrences.iter().map(|(_, cause)| world.incident_of(cause)).collect();
        let treats = |item: &&super::Item| is_open(item) && occurrences.iter().any(|(id, _)| item.causes.contains(*id));
        let last = occurrences.iter().map(|(_, cause)| began(cause)).max().unwrap();
        chains.insert(
            first.clone(),
            (
                json!(occurrences.len()),
                json!(incidents),
                last,
                json!(world.items.values().filter(treats).count()),
                json!(preventable),
            ),
        );
    }
    assert!(
        chains.len() > 3 && kinds.len() > 2,
        "the story is too short to say anything: {kinds:?}"
    );

    let served = app.ask(&story.admin, ASKED, json!({})).await.data().clone();
    let rows = served["recurringCauses"].as_array().unwrap();
    assert_eq!(rows.len(), chains.len());
    let occurrences: Vec<i64> = rows.iter().map(|row| row["occurrences"].as_i64().unwrap()).collect();
    assert!(
        occurrences.is_sorted_by(|more, less| more >= less),
        "those that came back most often come first: {occurrences:?}"
    );
    for row in rows {
        let first = row["cause"]["id"].as_str().unwrap();
        let (times, incidents, last, open, preventable) = &chains[first];
        let mut ids: Vec<&str> = row["incidents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        ids.sort_unstable();
        let at: chrono::DateTime<chrono::Utc> = row["lastOccurredAt"].as_str().unwrap().parse().unwrap();
        assert_eq!(
            (
                &row["occurrences"],
                &json!(ids),
                &at,
                &row["openRecommendations"],
                &row["preventableOccurrences"]
            ),
            (times, incidents, last, open, preventable),
            "{first}"
        );
    }
    let summary = &served["recurrenceSummary"];
    let all: i64 = kinds.values().sum();
    let analysed: BTreeSet<&str> = world.causes.values().map(|cause| world.incident_of(cause)).collect();
    assert_eq!(summary["reviewedIncidents"], json!(analysed.len()));
    assert_eq!(summary["recurrences"], json!(all));
    for kind in ["whileOpen", "afterFix", "afterDeclined", "unaddressed"] {
        assert_eq!(
            summary[kind],
            json!(kinds.get(kind).copied().unwrap_or_default()),
            "{kind}"
        );
    }
    let rate = summary["preventableRate"].as_f64().unwrap() - kinds["whileOpen"] as f64 / all as f64;
    assert!(rate.abs() < 1e-9, "{summary}");
}

/// What a filter on causes selects: chains of which some occurrence matches.
pub async fn chains_where(app: &TestApp, story: &Story<'_>, filter: Value) -> usize {
    let query = "query ($filter: RootCauseFilter) { recurringCauses(filter: $filter, first: 100) { occurrences } }";
    let served = app.ask(&story.admin, query, json!({ "filter": filter })).await;
    served.at("/recurringCauses").as_array().unwrap().len()
}
