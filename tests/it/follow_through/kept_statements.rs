//! What a question costs that was asked before: one statement when nothing has happened, and the teams of what has changed when
//! recommendations have.

use chrono::Duration;
use entity::enums::Role;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{TestApp, TestUser, fixtures::TestReport, on_both_databases};
use serde_json::{Value, json};

const BY_TEAM: &str =
    "{ followThrough(groupBy: TEAM) { overall { open overdue medianOpenAgeDays } groups { key metrics { open } } } }";

struct World {
    ada: TestUser,
    ben: TestUser,
    report: TestReport,
    items: Vec<String>,
    teams: Vec<String>,
}

/// Two teams with an accepted item each, of one report.
async fn world(app: &TestApp) -> World {
    let (ada, ben) = (app.user("Ada", Role::Admin).await, app.user("Ben", Role::Member).await);
    let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
    let cause = app.cause(&ada, &report, json!({})).await;
    let (mut items, mut teams) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let team = app.team(&ada, &[], &[&ben]).await.id;
        let item = app.item(&ada, &[&cause], json!({ "teamId": team })).await;
        app.accept(&ada, &item, &ben, app.day(5)).await;
        items.push(item.id);
        teams.push(team);
    }
    World {
        ada,
        ben,
        report,
        items,
        teams,
    }
}

/// What an answer took: questions to the log, and statements that count recommendations.
async fn cost(app: &TestApp, who: &TestUser, query: &str) -> (usize, Vec<String>) {
    app.forget_statements();
    app.ask(who, query, json!({})).await.data();
    let statements = app.statements();
    let asking = |what: &str| {
        statements
            .iter()
            .filter(|sql| sql.contains(what))
            .cloned()
            .collect::<Vec<_>>()
    };
    (asking(r#"FROM "event""#).len(), asking(r#"FROM "recommendation""#))
}

fn is_of_teams(sql: &str) -> bool {
    sql.contains(r#""recommendation"."team_id" IN ("#)
}

/// Asks, makes a change, asks again: what the second answer took.
async fn after(app: &TestApp, world: &World, query: &str, mutation: &str, input: Value) -> (usize, Vec<String>) {
    cost(app, &world.ben, query).await;
    app.mutate(&world.ada, mutation, input, "__typename").await.data();
    cost(app, &world.ben, query).await
}

on_both_databases! {
    async fn what_has_not_changed_costs_a_look_at_the_log(app) {
        let world = &world(app).await;
        let (asked, counted) = cost(app, &world.ben, BY_TEAM).await;
        assert_eq!((asked, counted.len()), (1, 1));
        for _ in 0..2 {
            assert_eq!(cost(app, &world.ben, BY_TEAM).await, (1, vec![]));
            // Another instant of the same day is no other question.
            app.advance(Duration::minutes(1));
        }
        // Another day, another viewer and another filter are.
        assert_eq!(cost(app, &world.ada, BY_TEAM).await.1.len(), 1);
        app.advance(Duration::days(1));
        assert_eq!(cost(app, &world.ben, BY_TEAM).await.1.len(), 1);
        let open = BY_TEAM.replace("groupBy: TEAM", "groupBy: TEAM, filter: { isOpen: true }");
        assert_eq!(cost(app, &world.ben, &open).await.1.len(), 1);
    }

    async fn after_a_change_its_teams_are_counted(app) {
        let world = &world(app).await;
        for (mutation, input) in [
            ("changeDueDate", json!({ "id": world.items[0], "dueOn": app.day(9), "reason": "Later." })),
            ("assignRecommendation", json!({ "id": world.items[0], "teamId": world.teams[1] })),
            ("assignRecommendation", json!({ "id": world.items[0], "teamId": null })),
            ("declineRecommendation", json!({ "id": world.items[1], "reason": "REJECTED", "note": "No." })),
        ] {
            for by in ["TEAM", "SEVERITY", "REPORT", "CAUSE_CATEGORY"] {
                cost(app, &world.ben, &BY_TEAM.replace("TEAM", by)).await;
            }
            let (asked, counted) = after(app, world, BY_TEAM, mutation, input).await;
            assert_eq!((asked, counted.len()), (2, 1), "{mutation}: {counted:#?}");
            assert!(is_of_teams(&counted[0]), "{mutation}: {counted:#?}");
            for by in ["SEVERITY", "REPORT", "CAUSE_CATEGORY"] {
                let (_, counted) = cost(app, &world.ben, &BY_TEAM.replace("TEAM", by)).await;
                assert!(!counted.is_empty(), "{by}");
                assert!(counted.iter().all(|sql| is_of_teams(sql)), "{by}: {counted:#?}");
            }
        }
        let data = app.ask(&world.ben, BY_TEAM, json!({})).await;
        assert_eq!(data.at("/followThrough/overall/open"), json!(1));
    }

    async fn what_alters_no_figure_has_nothing_counted(app) {
        let world = &world(app).await;
        let comment = json!({ "subjectId": world.items[0], "body": "Indeed." });
        let (asked, counted) = after(app, world, BY_TEAM, "addComment", comment).await;
        assert_eq!((asked, counted), (2, vec![]));
        // And is not looked at again.
        assert_eq!(cost(app, &world.ben, BY_TEAM).await, (1, vec![]));
    }

    async fn what_may_alter_any_figure_has_all_counted(app) {
        let world = &world(app).await;
        for (mutation, input) in [
            ("updateIncident", json!({ "id": world.report.incident, "severity": "SEV3" })),
            ("updateReport", json!({ "id": world.report.id, "labels": ["network"] })),
            ("updateReport", json!({ "id": world.report.id, "visibility": "RESTRICTED" })),
            ("updateTeam", json!({ "id": world.teams[0], "name": "Another name" })),
            ("updateUser", json!({ "id": world.ben.id, "name": "Benjamin" })),
        ] {
            let (asked, counted) = after(app, world, BY_TEAM, mutation, input).await;
            assert_eq!((asked, counted.len()), (2, 1), "{mutation}: {counted:#?}");
            assert!(!is_of_teams(&counted[0]), "{mutation}: {counted:#?}");
        }
        let data = app.ask(&world.ben, BY_TEAM, json!({})).await;
        assert_eq!(data.at("/followThrough/overall/open"), json!(0), "the report is hidden");
    }

    /// How far a cause is covered, another item decides. Of trackers no event tells all.
    async fn some_questions_are_counted_as_a_whole(app) {
        let world = &world(app).await;
        let covered = BY_TEAM.replace("groupBy: TEAM", "groupBy: TEAM, filter: { rootCause: { coverage: { eq: COMMITTED } } }");
        let input = json!({ "id": world.items[0], "dueOn": app.day(9), "reason": "Later." });
        let (_, counted) = after(app, world, &covered, "changeDueDate", input).await;
        assert!(!counted.iter().any(|sql| is_of_teams(sql)), "{counted:#?}");
        assert_eq!(counted.len(), 1);
        let linked = BY_TEAM.replace("groupBy: TEAM", "groupBy: TEAM, filter: { hasTrackerLink: false }");
        for _ in 0..2 {
            let (asked, counted) = cost(app, &world.ben, &linked).await;
            assert_eq!((asked, counted.len()), (0, 1));
        }
    }

    /// A list of which the count took long is counted anew only as far as events say.
    async fn counts_of_lists_that_took_long(app) {
        let world = &world(app).await;
        let slow = app.another_process_with(|settings| Settings { slow_count_ms: 0, ..settings }).await;
        let items = "{ recommendations(first: 1) { totalCount } }";
        // The page, and the count.
        assert_eq!(cost(app, &world.ben, items).await.1.len(), 2);
        assert_eq!(cost(app, &world.ben, items).await.1.len(), 2, "it did not take long");
        let counting = |statements: Vec<String>| {
            statements.into_iter().filter(|sql| sql.to_lowercase().contains("count(*)")).collect::<Vec<_>>()
        };
        for (asked, counted) in [(0, 1), (1, 1), (1, 0), (1, 0)] {
            let (looked, statements) = cost(&slow, &world.ben, items).await;
            assert_eq!((looked, counting(statements).len()), (asked, counted));
        }
        let reports = "{ reports(first: 0) { totalCount } }";
        for _ in 0..3 {
            cost(&slow, &world.ben, reports).await;
        }
        let input = json!({ "id": world.items[0], "dueOn": app.day(9), "reason": "Later." });
        app.mutate(&world.ada, "changeDueDate", input, "__typename").await.data();
        let statements = counting(cost(&slow, &world.ben, items).await.1);
        assert!(statements.len() == 1 && is_of_teams(&statements[0]), "{statements:#?}");
        slow.forget_statements();
        assert_eq!(slow.ask(&world.ben, reports, json!({})).await.at("/reports/totalCount"), json!(1));
        assert!(counting(slow.statements()).is_empty(), "an item is no report");
        let hide = json!({ "id": world.report.id, "visibility": "RESTRICTED" });
        app.mutate(&world.ada, "updateReport", hide, "__typename").await.data();
        assert_eq!(slow.ask(&world.ben, items, json!({})).await.at("/recommendations/totalCount"), json!(0));
        assert_eq!(slow.ask(&world.ben, reports, json!({})).await.at("/reports/totalCount"), json!(0));
    }
}
