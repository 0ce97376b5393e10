//! The figures of many things at once cost what those of one cost; and who may not see a report does not see its figures.

use entity::enums::Role;
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

use super::metrics::ALL;

const MANY: usize = 12;

/// As many teams, each with a member, and a report with an open recommendation.
async fn crowd(app: &TestApp) -> TestUser {
    let ada = app.user("Ada", Role::Admin).await;
    for number in 0..MANY {
        let ben = app.user(&format!("Ben {number}"), Role::Member).await;
        let team = app.team(&ada, &[], &[&ben]).await;
        let report = app
            .report(
                &ben,
                json!({ "teamId": team.id, "ownerId": ben.id, "dueOn": app.day(3) }),
            )
            .await;
        let cause = app.cause(&ben, &report, json!({})).await;
        let item = app.item(&ben, &[&cause], json!({})).await;
        app.accept(&ben, &item, &ben, app.day(5)).await;
    }
    app.advance(chrono::Duration::days(9));
    app.user("Cleo", Role::Member).await
}

async fn cost(app: &TestApp, who: &TestUser, query: &str, first: usize) -> (usize, Value) {
    app.app.results.forget();
    app.forget_statements();
    let answer = app.ask(who, query, json!({ "first": first })).await.data().clone();
    (app.statements().len(), answer)
}

on_both_databases! {
    async fn many_cost_what_one_costs(app) {
        let cleo = crowd(app).await;
        let lists = [
            format!("teams(first: $first) {{ nodes {{ id followThrough {{ {ALL} }} }} }}"),
            format!("teams(first: $first) {{ nodes {{ id followThrough(filter: {{ isOpen: true }}) {{ {ALL} }} }} }}"),
            format!("reports(first: $first) {{ nodes {{ id followThrough {{ {ALL} }} }} }}"),
            "users(last: $first) { nodes { id actionItems(first: 2) { totalCount nodes { key owner { id } } } } }".to_owned(),
        ];
        for list in lists {
            let query = format!("query ($first: Int) {{ list: {list} }}");
            // One alone may be somebody who owes nothing.
            let (few, data) = cost(app, &cleo, &query, 3).await;
            assert_eq!(data["list"]["nodes"].as_array().map(Vec::len), Some(3), "{query}");
            let (many, data) = cost(app, &cleo, &query, MANY).await;
            let nodes = data["list"]["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), MANY, "{query}");
            assert_eq!(few, many, "{query}");
            let overdue = |node: &&Value| node["followThrough"]["overdue"] == json!(1) || node["actionItems"]["totalCount"] == json!(2);
            assert!(nodes.iter().filter(overdue).count() >= MANY - 2, "{query}: {data:#}");
        }
    }

    /// One statement for the whole, one for the groups, one each for their causes, and one for their names.
    async fn groups_cost_a_fixed_number_of_statements(app) {
        let cleo = crowd(app).await;
        for by in ["TEAM", "OWNER", "REPORT", "SEVERITY", "STATUS"] {
            let ask = |what: &str| format!("query ($first: Int) {{ followThrough(groupBy: {by}) {{ overall {{ {what} }} groups {{ key label metrics {{ {what} }} }} }} teams(first: $first) {{ nodes {{ id }} }} }}");
            let (few, data) = cost(app, &cleo, &ask("open overdue onTimeRate"), 1).await;
            let (all, _) = cost(app, &cleo, &ask(ALL), 1).await;
            assert_eq!(all, few + 2, "the causes of both are counted only when they are asked for: {by}");
            let groups = data["followThrough"]["groups"].as_array().unwrap().len();
            let expected = if ["SEVERITY", "STATUS"].contains(&by) { 1 } else { MANY };
            assert_eq!(groups, expected, "{data:#}");
        }
    }

    /// What is RESTRICTED counts for those only who may see it, now and as of the past.
    async fn figures_keep_secrets(app) {
        let cleo = crowd(app).await;
        let (ada, ben) = (app.user("Ada", Role::Member).await, app.user("Ben", Role::Member).await);
        let report = app.report(&ada, json!({ "ownerId": ada.id, "dueOn": app.day(1) })).await;
        let cause = app.cause(&ada, &report, json!({ "title": "The door" })).await;
        let item = app.item(&ada, &[&cause], json!({})).await;
        app.accept(&ada, &item, &ben, app.day(2)).await;
        app.advance(chrono::Duration::days(1));
        let then = app.now();
        let count = async |who: &TestUser, as_of: Value| {
            let query = "query ($asOf: DateTime) { followThrough(asOf: $asOf, groupBy: REPORT) { overall { accepted causesTotal } groups { key } } }";
            let answer = app.ask(who, query, json!({ "asOf": as_of })).await;
            let groups = answer.at("/followThrough/groups").as_array().unwrap().len();
            (answer.at("/followThrough/overall/accepted"), answer.at("/followThrough/overall/causesTotal"), groups)
        };
        let (with, without) = ((json!(MANY + 1), json!(MANY + 1), MANY + 1), (json!(MANY), json!(MANY), MANY));
        assert_eq!(count(&cleo, Value::Null).await, with);
        let hide = json!({ "id": report.id, "visibility": "RESTRICTED" });
        app.mutate(&ada, "updateReport", hide, "report { id }").await.data();
        for as_of in [Value::Null, json!(then)] {
            assert_eq!(count(&cleo, as_of.clone()).await, without, "a matter of now, whatever is asked about: {as_of}");
            assert_eq!(count(&ada, as_of).await, with);
        }
        // Owning the work does not open the report, and having owned the report does not either.
        assert_eq!(count(&ben, json!(then)).await, without);
        let give = json!({ "id": report.id, "ownerId": cleo.id });
        app.mutate(&ada, "updateReport", give, "report { id }").await.data();
        assert_eq!(count(&cleo, json!(then)).await, with);
    }
}
