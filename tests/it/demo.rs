//! The demo: believable, complete, and never in somebody else's data.

use std::collections::HashSet;

use entity::enums::{ClosureReason, RecommendationStatus, ReportStatus, Role};
use postmortem_api::{demo, people::queries::user_by_email};
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

pub(crate) async fn load(app: &TestApp) -> TestUser {
    demo::load(&app.app, || {}).await.expect("the demo to load");
    let db = app.app.databases.here().await.unwrap();
    let admin = user_by_email(&db, demo::ADMIN)
        .await
        .unwrap()
        .expect("the demo's admin");
    let token = app
        .app
        .issuer
        .sign(&admin, postmortem_tests::app::beginning(), chrono::Duration::days(1))
        .unwrap();
    TestUser {
        id: admin.id.to_string(),
        user_id: admin.id,
        name: admin.name,
        email: admin.email,
        token,
    }
}

fn all_of<'a>(nodes: &'a Value, field: &str) -> HashSet<&'a str> {
    nodes
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|node| node[field].as_str())
        .collect()
}

on_both_databases! {
    /// What a newcomer finds to ask about.
    async fn there_is_something_of_everything(app) {
        let admin = load(app).await;
        let query = "{
            incidents { totalCount }
            reports(filter: { status: { notIn: [] } }, first: 100) { nodes { status visibility background markdown findings { code } } }
            a: recommendations(first: 100) { totalCount nodes { status closureReason owner { name } } }
            overdue: recommendations(filter: { isOverdue: true }, first: 50) {
                totalCount nodes { dueOn owner { name } rootCauses { nodes { title } } report { key } incident { key } }
            }
            unowned: recommendations(filter: { owner: { isNull: true } }) { totalCount }
            slipped: recommendations(first: 100) { nodes { dueChanges { reason } } }
            rootCauses(filter: { isRecurrence: true }, first: 100) { nodes { recurrenceKind recurrenceOf { report { key } } } }
        }";
        let answer = app.ask(&admin, query, json!({})).await;
        assert!(answer.at("/incidents/totalCount").as_u64().unwrap() >= 14);
        assert!(answer.at("/a/totalCount").as_u64().unwrap() >= 60);
        let items = answer.at("/a/nodes");
        let statuses = all_of(&items, "status");
        for status in RecommendationStatus::ALL {
            assert!(statuses.contains(status.as_str()), "nothing is {status}");
        }
        let reasons = all_of(&items, "closureReason");
        for reason in ClosureReason::ALL {
            assert!(reasons.contains(reason.as_str()), "nothing was declined as {reason}");
        }
        let reports = answer.at("/reports/nodes");
        for status in ReportStatus::ALL {
            assert!(all_of(&reports, "status").contains(status.as_str()), "no report is {status}");
        }
        for report in reports.as_array().unwrap() {
            assert!(report["background"].as_str().unwrap().contains("Follows ["), "a story without its source");
            // Work may have been declined since; but its text is whole.
            let unwritten = report["findings"].as_array().unwrap().iter().any(|finding| finding["code"] == json!("SECTION_EMPTY"));
            assert!(!unwritten || report["status"] != json!("PUBLISHED"), "an unwritten section in a published report");
        }
        let recurrences = answer.at("/rootCauses/nodes");
        assert_eq!(
            all_of(&recurrences, "recurrenceKind"),
            HashSet::from(["WHILE_OPEN", "AFTER_FIX", "AFTER_DECLINED", "UNADDRESSED"])
        );
        assert!(answer.at("/overdue/totalCount").as_u64().unwrap() >= 12);
        let overdue = answer.at("/overdue/nodes");
        let due: Vec<&str> = overdue.as_array().unwrap().iter().map(|node| node["dueOn"].as_str().unwrap()).collect();
        assert!(due.is_sorted(), "{due:?}");
        assert!(answer.at("/unowned/totalCount").as_u64().unwrap() >= 5);
        let slipped = answer.at("/slipped/nodes");
        assert!(slipped.as_array().unwrap().iter().any(|node| node["dueChanges"].as_array().unwrap().len() > 1));
    }

    /// A second load finds the first and changes nothing.
    async fn it_is_loaded_once(app) {
        let admin = load(app).await;
        let count = "{ a: recommendations { totalCount } incidents { totalCount } }";
        let before = app.ask(&admin, count, json!({})).await;
        assert!(matches!(demo::load(&app.app, || {}).await.unwrap(), demo::Loaded::Before(day) if day == app.day(0)));
        assert_eq!(app.ask(&admin, count, json!({})).await.data(), before.data());
    }

    /// A database with other data is left alone.
    async fn it_does_not_mix(app) {
        app.user("Ada", Role::Admin).await;
        let Err(refused) = demo::load(&app.app, || {}).await else { panic!("it loaded beside other data") };
        assert!(refused.to_string().contains("other data"), "{refused}");
    }
}
