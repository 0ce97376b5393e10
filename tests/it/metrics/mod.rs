//! What Prometheus is told is what GraphQL says, costs little, and tells nothing of secrets.

mod access;
mod process;

use std::collections::BTreeSet;

use chrono::Duration;
use entity::enums::{RecommendationStatus, ReportStatus, Role};
use futures_util::future::join_all;
use postmortem_tests::{TestApp, TestUser, on_both_databases, scrape::Scrape};
use serde_json::{Value, json};

/// What a scrape reads of the database.
const STATEMENTS: usize = 12;
const ITEMS: &str = "postmortem_recommendations";
const DAY: f64 = 86_400.0;

async fn demo(app: &TestApp) -> [TestUser; 2] {
    let admin = crate::demo::load(app).await;
    let reader = app.user("Rita", Role::Viewer).await;
    [admin, reader]
}

async fn groups(app: &TestApp, who: &TestUser, by: &str) -> Vec<(String, Value)> {
    let query = "query ($by: FollowThroughDimension) { followThrough(groupBy: $by) { groups { key metrics {
        open overdue overdueDaysTotal onTimeRate completionRate proposed implemented verified } } } }";
    let answer = app.ask(who, query, json!({ "by": by })).await;
    let groups = answer.at("/followThrough/groups");
    let group = |group: &Value| {
        let key = group["key"].as_str().unwrap();
        (
            (if key.is_empty() { "-" } else { key }).to_owned(),
            group["metrics"].clone(),
        )
    };
    groups.as_array().unwrap().iter().map(group).collect()
}

async fn total(app: &TestApp, who: &TestUser, field: &str, filter: Value) -> f64 {
    let kind = if field == "reports" {
        "ReportFilter"
    } else {
        "RecommendationFilter"
    };
    let query = format!("query ($filter: {kind}) {{ list: {field}(filter: $filter) {{ totalCount }} }}");
    let answer = app.ask(who, &query, json!({ "filter": filter })).await;
    answer.at("/list/totalCount").as_f64().unwrap()
}

fn open(scrape: &Scrape, labels: &[(&str, &str)]) -> f64 {
    let of = |status| {
        let labels: Vec<_> = labels.iter().copied().chain([("status", status)]).collect();
        scrape.sum(ITEMS, &labels)
    };
    of("ACCEPTED") + of("IN_PROGRESS") + of("BLOCKED")
}

fn same(what: &str, served: f64, said: &Value) {
    let said = said.as_f64().unwrap();
    assert!(
        (served - said).abs() < 1e-9,
        "{what}: {served} is served, GraphQL says {said}"
    );
}

/// Every series that could tell of a secret.
fn labelled(scrape: &Scrape) -> BTreeSet<String> {
    let tells = |line: &&str| {
        ["postmortem_recommendations", "postmortem_reports"]
            .iter()
            .any(|name| line.starts_with(name))
    };
    scrape.text.lines().filter(tells).map(str::to_owned).collect()
}

on_both_databases! {
    /// By team, severity and priority, and as a whole; as somebody sees it who takes part in nothing, and as an admin.
    async fn the_figures_are_those_of_graphql(app) {
        let [admin, reader] = demo(app).await;
        let scrape = app.scrape().await;
        for (by, label) in [("TEAM", "team"), ("SEVERITY", "severity"), ("PRIORITY", "priority")] {
            let said = groups(app, &reader, by).await;
            let keys: BTreeSet<String> = said.iter().map(|(key, _)| key.clone()).collect();
            assert!(said.len() > 1, "one group is no test");
            assert_eq!(scrape.values(ITEMS, label), keys);
            for (key, metrics) in &said {
                let labels = [(label, key.as_str())];
                let what = format!("{label} {key}");
                same(&what, open(&scrape, &labels), &metrics["open"]);
                same(&what, scrape.sum("postmortem_recommendations_overdue", &labels), &metrics["overdue"]);
                same(&what, scrape.sum("postmortem_recommendations_overdue_seconds_count", &labels), &metrics["overdue"]);
                same(&what, scrape.sum("postmortem_recommendations_overdue_seconds_sum", &labels) / DAY, &metrics["overdueDaysTotal"]);
                same(&what, scrape.sum("postmortem_recommendations_open_age_seconds_count", &labels), &metrics["open"]);
                if by == "TEAM" {
                    for (metric, field) in [("on_time", "onTimeRate"), ("completion", "completionRate")] {
                        let served = scrape.one(&format!("postmortem_recommendations_{metric}_ratio"), &labels);
                        assert_eq!(served.is_some(), metrics[field].is_number(), "{what} {metric}");
                        if let Some(served) = served {
                            same(&what, served, &metrics[field]);
                        }
                    }
                }
            }
        }
        for status in RecommendationStatus::ALL {
            let (filter, labels) = (json!({ "status": { "eq": status } }), [("status", status.as_str())]);
            assert_eq!(scrape.sum(ITEMS, &labels), total(app, &reader, "recommendations", filter.clone()).await);
            assert_eq!(scrape.one("postmortem_all_recommendations", &labels), Some(total(app, &admin, "recommendations", filter).await));
        }
        for status in ReportStatus::ALL {
            let (filter, labels) = (json!({ "status": { "eq": status } }), [("status", status.as_str())]);
            assert_eq!(scrape.sum("postmortem_reports", &labels), total(app, &reader, "reports", filter.clone()).await);
            assert_eq!(scrape.one("postmortem_all_reports", &labels), Some(total(app, &admin, "reports", filter).await));
        }
        let late = json!({ "isOverdue": true });
        assert_eq!(scrape.sum("postmortem_reports_overdue", &[]), total(app, &reader, "reports", late.clone()).await);
        assert_eq!(scrape.one("postmortem_all_recommendations_overdue", &[]), Some(total(app, &admin, "recommendations", late).await));
        let query = "{ followThrough { overall { onTimeRate completionRate } } }";
        let said = app.ask(&admin, query, json!({})).await.at("/followThrough/overall");
        same("all", scrape.one("postmortem_all_recommendations_on_time_ratio", &[]).unwrap(), &said["onTimeRate"]);
        same("all", scrape.one("postmortem_all_recommendations_completion_ratio", &[]).unwrap(), &said["completionRate"]);
    }

    /// A RESTRICTED report changes totals, and no series that has more than a status.
    async fn a_secret_is_in_totals_only(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let team = app.team(&ada, &[&ada], &[]).await;
        let open = app.report(&ada, json!({ "teamId": team.id })).await;
        let cause = app.cause(&ada, &open, json!({})).await;
        let item = app.item(&ada, &[&cause], json!({ "teamId": team.id })).await;
        app.accept(&ada, &item, &ada, app.day(2)).await;
        app.advance(Duration::days(5));
        let before = app.scrape().await;
        let secret = json!({ "teamId": team.id, "visibility": "RESTRICTED", "dueOn": app.day(-1) });
        let secret = app.report(&ada, secret).await;
        let cause = app.cause(&ada, &secret, json!({})).await;
        let item = app.item(&ada, &[&cause], json!({ "teamId": team.id })).await;
        app.accept(&ada, &item, &ada, app.day(-3)).await;
        // Time passes for ages, too: to the same moment, by what is read anew.
        let after = app.another_process().await.scrape().await;
        assert!(labelled(&before).len() > 20);
        assert_eq!(labelled(&before), labelled(&after));
        for (name, labels, change) in [
            ("postmortem_all_recommendations", &[("status", "ACCEPTED")][..], 1.0),
            ("postmortem_all_recommendations_overdue", &[], 1.0),
            ("postmortem_all_reports", &[("status", "DRAFT")], 1.0),
        ] {
            assert_eq!(after.one(name, labels).unwrap() - before.one(name, labels).unwrap(), change, "{name}");
        }
    }

    /// Few statements, whatever there is; none while the last is fresh, and few for all who ask at once. Two look into the log for what
    /// has happened since.
    async fn a_scrape_is_cheap(app) {
        app.forget_statements();
        app.scrape().await;
        let empty = app.statements();
        assert_eq!(empty.len(), STATEMENTS, "{empty:#?}");
        demo(app).await;
        app.forget_statements();
        app.scrape().await;
        assert_eq!(app.statements(), Vec::<String>::new(), "it is fresh");
        app.advance(Duration::seconds(31));
        let all = join_all((0..8).map(|_| app.scrape())).await;
        assert_eq!(app.statements().len(), STATEMENTS + 2, "{:#?}", app.statements());
        assert!(all.iter().all(|scrape| scrape.sum(ITEMS, &[]) > 10.0));
    }

    /// What cannot be read is missing, and the rest is there. Nobody asks again at once.
    async fn a_database_that_fails_is_told(app) {
        let db = app.db().await;
        app.scrape().await;
        let rename = async |from: &str, to: &str| {
            use sea_orm::ConnectionTrait;
            db.execute_unprepared(&format!("ALTER TABLE {from} RENAME TO {to}")).await.unwrap();
        };
        rename("webhook_cursor", "gone").await;
        app.advance(Duration::seconds(31));
        let failed = app.scrape().await;
        assert_eq!(failed.one("postmortem_figures_up", &[]), Some(0.0));
        assert!(failed.one("process_start_time_seconds", &[]).is_some() && failed.sum("postmortem_all_reports", &[]) == 0.0);
        app.forget_statements();
        app.scrape().await;
        assert_eq!(app.statements(), Vec::<String>::new());
        rename("gone", "webhook_cursor").await;
        app.advance(Duration::seconds(6));
        assert_eq!(app.scrape().await.one("postmortem_figures_up", &[]), Some(1.0));
    }
}
