//! Follow-through: every metric against a second computation, as of now and of the past.

mod example;
mod fold;
mod funnel;
mod kept;
mod kept_statements;
mod many;
mod metrics;
mod recurring;
mod review;
pub(crate) mod story;
mod upgrade;

use chrono::{DateTime, Duration, Utc};
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

use fold::{Item, Log, World};
use metrics::{ALL, assert_same, is_overdue};
use story::Story;

/// All that figures can be grouped by.
pub(crate) const DIMENSIONS: [&str; 11] = [
    "TEAM",
    "OWNER",
    "SERVICE",
    "SEVERITY",
    "PRIORITY",
    "KIND",
    "STATUS",
    "CAUSE_CATEGORY",
    "REPORT",
    "MONTH_ACCEPTED",
    "MONTH_DUE",
];

/// A filter, and what it means.
type Case<'a> = (Value, Box<dyn Fn(&World, &Item, DateTime<Utc>) -> bool + 'a>);

fn cases<'a>(story: &Story<'_>) -> Vec<Case<'a>> {
    let (team, slug) = story.teams[0].clone();
    vec![
        (Value::Null, Box::new(|_, _, _| true)),
        (
            json!({ "team": { "slug": { "eq": slug } } }),
            Box::new(move |_, item, _| item.team.as_ref() == Some(&team)),
        ),
        (
            json!({ "priority": { "in": ["P0", "P1"] }, "incident": { "severity": { "eq": "SEV1" } } }),
            Box::new(|world, item, _| {
                let severity = &world.incidents[&world.reports[&item.report]].severity;
                ["P0", "P1"].contains(&item.priority.as_str()) && severity == "SEV1"
            }),
        ),
        (
            json!({ "not": { "label": { "eq": "network" } }, "isOverdue": true }),
            Box::new(|_, item, at| !item.labels.contains("network") && is_overdue(item, at)),
        ),
    ]
}

async fn ask(app: &TestApp, who: &TestUser, filter: &Value, by: &str, as_of: Option<DateTime<Utc>>) -> Value {
    let query = format!(
        "query ($filter: RecommendationFilter, $by: FollowThroughDimension, $asOf: DateTime) {{
            followThrough(filter: $filter, groupBy: $by, asOf: $asOf) {{ overall {{ {ALL} }} groups {{ key metrics {{ {ALL} }} }} }}
        }}"
    );
    let variables = json!({ "filter": filter, "by": by, "asOf": as_of });
    app.ask(who, &query, variables).await.at("/followThrough")
}

/// Compares all that is served of a moment with what the events say of it.
async fn compare(app: &TestApp, story: &Story<'_>, log: &Log, at: DateTime<Utc>, as_of: Option<DateTime<Utc>>) {
    let (world, names) = (log.world(at), story.names());
    for (filter, which) in cases(story) {
        let items: Vec<&Item> = world.items.values().filter(|item| which(&world, item, at)).collect();
        for by in DIMENSIONS {
            let what = format!("{filter} by {by} as of {at}");
            let served = ask(app, &story.admin, &filter, by, as_of).await;
            let causes = match &filter {
                Value::Null => world.causes.keys().cloned().collect(),
                _ => world.causes_beside(&items),
            };
            assert_same(&what, &served["overall"], &world.measure(at, &items, &causes));
            let groups = world.groups(at, &items, by, &names);
            let keys: Vec<&str> = served["groups"]
                .as_array()
                .unwrap()
                .iter()
                .map(|group| group["key"].as_str().unwrap())
                .collect();
            assert_eq!(
                keys.len(),
                groups.len(),
                "{what}: served are {keys:?}, computed {:?}",
                groups.keys()
            );
            for group in served["groups"].as_array().unwrap() {
                let key = group["key"].as_str().unwrap();
                let computed = groups
                    .get(key)
                    .unwrap_or_else(|| panic!("{what}: {key:?} is served and not computed"));
                assert_same(&format!("{what}, {key:?}"), &group["metrics"], computed);
            }
        }
    }
}

/// Compares a trend with the stocks at each of its points and the flows between them.
async fn compare_trend(app: &TestApp, story: &Story<'_>, log: &Log, interval: &str) {
    let (team, slug) = story.teams[1].clone();
    let from = app.day(-400);
    let query = "query ($filter: RecommendationFilter, $from: Date!, $to: Date!, $interval: TrendInterval!) {
        followThroughTrend(filter: $filter, from: $from, to: $to, interval: $interval) { at accepted implemented declined open overdue }
    }";
    for filter in [Value::Null, json!({ "team": { "slug": { "eq": slug } } })] {
        let which = |item: &Item| filter.is_null() || item.team.as_ref() == Some(&team);
        let variables = json!({ "filter": filter, "from": from, "to": app.day(3), "interval": interval });
        let served = app.ask(&story.admin, query, variables).await.at("/followThroughTrend");
        let mut before = from.and_hms_opt(0, 0, 0).unwrap().and_utc() - Duration::microseconds(1);
        for point in served.as_array().unwrap() {
            let at: DateTime<Utc> = point["at"].as_str().unwrap().parse().unwrap();
            let world = log.world(at);
            let count = |counts: &dyn Fn(&Item) -> bool| {
                world.items.values().filter(|item| which(item) && counts(item)).count()
            };
            let [accepted, implemented, declined] = log.flows(before, at, which);
            let computed = json!({
                "at": point["at"], "accepted": accepted, "implemented": implemented, "declined": declined,
                "open": count(&metrics::is_open), "overdue": count(&|item| is_overdue(item, at)),
            });
            assert_eq!(*point, computed, "{interval}, {filter}");
            before = at;
        }
        assert_eq!(before, app.now(), "the last point is now");
    }
}

on_both_databases! {
    /// A few hundred items with reopenings, slips, other owners and refusals. At several moments on the way everything is compared
    /// with the events and written down; after a thousand further changes the same is asked as of these moments, and answered the same.
    async fn every_metric_is_what_the_events_say_and_stays_so(app) {
        let mut story = Story::new(app, 0x5EED).await;
        let mut written_down = Vec::new();
        for _ in 0..3 {
            story.go_on(350, 100).await;
            let (at, log) = (app.now(), Log::read(app).await);
            compare(app, &story, &log, at, None).await;
            let mut answers = Vec::new();
            for (filter, _) in cases(&story) {
                for by in DIMENSIONS {
                    answers.push((filter.clone(), by, ask(app, &story.admin, &filter, by, None).await));
                }
            }
            written_down.push((at, answers));
            // What happens at the same instant is part of it.
            app.advance(Duration::microseconds(1));
        }
        story.go_on(1000, 50).await;
        for (at, answers) in &written_down {
            for (filter, by, answer) in answers {
                let now = ask(app, &story.admin, filter, by, Some(*at)).await;
                assert_eq!(now, *answer, "{filter} by {by} as of {at}");
            }
        }
        let log = Log::read(app).await;
        let odd = written_down[1].0 + Duration::hours(100);
        compare(app, &story, &log, odd, Some(odd)).await;
        recurring::compare(app, &story, &log).await;
        let all = recurring::chains_where(app, &story, Value::Null).await;
        let some = recurring::chains_where(app, &story, json!({ "coverage": { "eq": "UNCOVERED" } })).await;
        let none = recurring::chains_where(app, &story, json!({ "title": { "eq": "No such cause" } })).await;
        assert!(none == 0 && 0 < some && some < all, "{none}, {some}, {all}");
        for interval in ["WEEK", "MONTH"] {
            compare_trend(app, &story, &log, interval).await;
        }
    }
}
