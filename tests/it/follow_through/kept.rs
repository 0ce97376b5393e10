//! What is kept of earlier answers is what would be counted anew: whatever happens in between, in whichever process.

use chrono::Duration;
use fastrand::Rng;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

use super::{DIMENSIONS, metrics::ALL, story::Story};

/// One question, and its variables.
type Question = (String, Value);

fn filters(story: &Story<'_>, app: &TestApp) -> Vec<Value> {
    let slug = &story.teams[0].1;
    let id = &story.teams[1].0;
    vec![
        Value::Null,
        json!({ "team": { "slug": { "eq": slug } } }),
        json!({ "team": { "id": { "notIn": [id] } } }),
        json!({ "team": { "isMine": true } }),
        json!({ "owner": { "isMe": true } }),
        json!({ "isOverdue": true }),
        json!({ "not": { "label": { "eq": "network" } } }),
        json!({ "priority": { "in": ["P0", "P1"] }, "incident": { "severity": { "eq": "SEV1" } } }),
        json!({ "incident": { "service": { "slug": { "eq": "search" } } } }),
        json!({ "report": { "label": { "eq": "database" } } }),
        json!({ "or": [{ "dueOn": { "lt": app.day(3) } }, { "status": { "eq": "VERIFIED" } }] }),
        // Of these, a recommendation of one team decides how those of another are counted.
        json!({ "rootCause": { "coverage": { "eq": "UNCOVERED" } } }),
        json!({ "rootCause": { "coverage": { "in": ["COMMITTED", "IMPLEMENTED"] } } }),
        json!({ "rootCause": { "isRecurrence": true } }),
        // And of this no event tells all.
        json!({ "hasTrackerLink": false }),
    ]
}

fn question(rng: &mut Rng, filters: &[Value], app: &TestApp) -> Question {
    let filter = filters[rng.usize(..filters.len())].clone();
    let by = DIMENSIONS[rng.usize(..DIMENSIONS.len())];
    let metrics = [
        ALL,
        "open overdue",
        "ageing { count overdue }",
        "medianOpenAgeDays accepted",
        "causesCovered",
    ][rng.usize(..5)];
    match rng.u8(..25) {
        0..10 => (
            format!(
                "query ($filter: RecommendationFilter, $by: FollowThroughDimension) {{
                    followThrough(filter: $filter, groupBy: $by) {{
                        overall {{ {metrics} }} groups {{ key label metrics {{ {metrics} }} }}
                    }}
                }}"
            ),
            json!({ "filter": filter, "by": by }),
        ),
        10..12 => (
            format!(
                "query ($filter: RecommendationFilter) {{ followThrough(filter: $filter) {{ overall {{ {ALL} }} }} }}"
            ),
            json!({ "filter": filter }),
        ),
        12 => {
            let at = app.now() - Duration::days(rng.i64(0..30));
            (
                format!(
                    "query ($by: FollowThroughDimension, $at: DateTime) {{
                        followThrough(groupBy: $by, asOf: $at) {{ groups {{ key metrics {{ {metrics} }} }} }}
                    }}"
                ),
                json!({ "by": by, "at": at }),
            )
        }
        13 | 14 => {
            let filter = if filter.get("isOverdue").is_some() {
                Value::Null
            } else {
                filter
            };
            (
                "query ($filter: RecommendationFilter, $from: Date!, $to: Date!) {
                    followThroughTrend(filter: $filter, from: $from, to: $to, interval: WEEK) {
                        at accepted implemented declined open overdue
                    }
                }"
                .to_owned(),
                json!({ "filter": filter, "from": app.day(-60), "to": app.day(0) }),
            )
        }
        15 => (
            "{ reportFunnel {
                incidents requiringReport withReport published overdue coverageRate medianDaysToPublish p90DaysToPublish
            } }"
            .to_owned(),
            json!({}),
        ),
        16 => (
            "{ recurringCauses(first: 50) {
                cause { id } occurrences preventableOccurrences openRecommendations lastOccurredAt incidents { key }
            } }"
            .to_owned(),
            json!({}),
        ),
        17 => (
            "{ recurrenceSummary { reviewedIncidents recurrences whileOpen afterFix afterDeclined unaddressed } }"
                .to_owned(),
            json!({}),
        ),
        18 => (
            format!("{{ teams(first: 10) {{ nodes {{ slug followThrough {{ {metrics} }} }} }} }}"),
            json!({}),
        ),
        19..24 => {
            let list = [
                "recommendations",
                "recommendations",
                "reports",
                "rootCauses",
                "incidents",
            ][rng.usize(..5)];
            if list == "recommendations" {
                let query = "query ($filter: RecommendationFilter) { recommendations(filter: $filter, first: 0) { totalCount } }";
                (query.to_owned(), json!({ "filter": filter }))
            } else {
                (format!("{{ {list}(first: 0) {{ totalCount }} }}"), json!({}))
            }
        }
        _ => (
            format!("{{ reports(first: 10) {{ nodes {{ key followThrough {{ {metrics} }} }} }} }}"),
            json!({}),
        ),
    }
}

/// Hides a report or shows it, gives it another owner, or changes what people are called.
async fn change_who_sees(app: &TestApp, rng: &mut Rng, story: &Story<'_>, others: &[TestUser]) {
    let reports = app
        .ask(&story.admin, "{ reports(first: 100) { nodes { id } } }", json!({}))
        .await;
    let reports = reports.at("/reports/nodes");
    let reports = reports.as_array().unwrap();
    let id = &reports[rng.usize(..reports.len())]["id"];
    let other = &others[rng.usize(..others.len())];
    let (mutation, input) = match rng.u8(..8) {
        0..=2 => ("updateReport", json!({ "id": id, "visibility": "RESTRICTED" })),
        3 | 4 => ("updateReport", json!({ "id": id, "visibility": "ORGANIZATION" })),
        5 => ("updateReport", json!({ "id": id, "ownerId": other.id })),
        6 => (
            "updateUser",
            json!({ "id": other.id, "name": format!("Gus {}", rng.u8(..)) }),
        ),
        _ => {
            let name = format!("Team {}", rng.u8(..));
            (
                "updateTeam",
                json!({ "id": story.teams[rng.usize(..3)].0, "name": name }),
            )
        }
    };
    // What is refused changes nothing.
    app.mutate(&story.admin, mutation, input, "__typename").await;
}

on_both_databases! {
    async fn answers_that_are_kept_are_those_that_are_counted(app) {
        let without = |settings| Settings { analytics_cache_bytes: 0, ..settings };
        let other = &app.another_process_with(without).await;
        // All counts of lists took as long as that.
        let small = |settings| Settings { analytics_cache_bytes: 20_000, slow_count_ms: 0, ..settings };
        let narrow = &app.another_process_with(small).await;
        let wide = &app.another_process_with(|settings| Settings { slow_count_ms: 0, ..settings }).await;
        // What happens, happens in the process that keeps nothing: the others hear of it by the database alone.
        let mut story = Story::new(other, 0xCA5E).await;
        story.go_on(80, 40).await;
        let mut rng = Rng::with_seed(0xBEE);
        let people = [
            story.admin.clone(),
            app.user("Gus", entity::enums::Role::Member).await,
            app.user("Hal", entity::enums::Role::Member).await,
        ];
        let filters = filters(&story, app);
        // Some questions are asked again and again, so that what is kept of them is used and renewed.
        let mut questions: Vec<(Question, usize)> = Vec::new();
        for _ in 0..40 {
            let asker = rng.usize(..people.len());
            questions.push((question(&mut rng, &filters, app), asker));
        }
        for round in 0..150 {
            match rng.u8(..10) {
                0..=5 => {
                    let (steps, new) = (rng.usize(1..4), rng.usize(..2));
                    story.go_on(steps, new).await;
                }
                6 | 7 => change_who_sees(app, &mut rng, &story, &people[1..]).await,
                8 => app.advance(Duration::hours(rng.i64(1..60))),
                _ => {}
            }
            for _ in 0..4 {
                let ((query, variables), asker) = questions[rng.usize(..questions.len())].clone();
                let who = &people[asker];
                let counted = other.ask(who, &query, variables.clone()).await.body;
                for app in [wide, narrow] {
                    let kept = app.ask(who, &query, variables.clone()).await.body;
                    assert_eq!(kept["data"], counted["data"], "round {round}, {}: {query} {variables}", who.name);
                    assert!(kept.get("errors").is_none(), "{query} {variables}: {kept:#}");
                }
            }
        }
        assert!(wide.app.results.weight() > 0);
        assert!(narrow.app.results.weight() <= 20_000);
        assert_eq!(other.app.results.weight(), 0);
    }
}
