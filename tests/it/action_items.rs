//! Reports and recommendations together: what anybody owes.

use entity::enums::Role;
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

/// Two overdue, one for later, one without a date and one that is finished; half of them Ada's.
async fn some_work(app: &TestApp, ada: &TestUser, bo: &TestUser) {
    let late = app
        .report(
            ada,
            json!({ "title": "late report", "ownerId": ada.id, "dueOn": app.day(-3) }),
        )
        .await;
    app.report(bo, json!({ "title": "report without a date", "ownerId": bo.id }))
        .await;
    let cause = app.cause(ada, &late, json!({})).await;
    for (title, owner, due) in [("late item", bo, -5), ("later item", ada, 9), ("finished item", ada, 1)] {
        let item = app
            .item(ada, &[&cause], json!({ "title": format!("Make the {title}") }))
            .await;
        app.accept(ada, &item, owner, app.day(due)).await;
        if title == "finished item" {
            app.mutate(
                ada,
                "implementRecommendation",
                json!({ "id": item.id }),
                "recommendation { id }",
            )
            .await
            .data();
        }
    }
}

fn titles(nodes: &Value) -> Vec<&str> {
    nodes
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["title"].as_str().unwrap())
        .collect()
}

on_both_databases! {
    /// Soonest due first, no date last, pages that continue each other.
    async fn one_list_over_both(app) {
        let (ada, bo) = (app.user("Ada", Role::Member).await, app.user("Bo", Role::Member).await);
        some_work(app, &ada, &bo).await;
        let query = "query ($after: String) { actionItems(first: 2, after: $after) { totalCount pageInfo { hasNextPage endCursor }
            nodes { __typename title isOverdue daysOverdue owner { name } incident { key } } } }";
        let mut all = Vec::new();
        let mut after = Value::Null;
        loop {
            let page = app.ask(&ada, query, json!({ "after": after })).await;
            assert_eq!(page.at("/actionItems/totalCount"), json!(5));
            all.extend(page.at("/actionItems/nodes").as_array().unwrap().clone());
            after = page.at("/actionItems/pageInfo/endCursor");
            if page.at("/actionItems/pageInfo/hasNextPage") == json!(false) {
                break;
            }
        }
        let all = Value::Array(all);
        assert_eq!(
            titles(&all),
            ["Make the late item", "late report", "Make the finished item", "Make the later item", "report without a date"]
        );
        assert_eq!(all[0]["daysOverdue"], json!(5));
        assert_eq!(all[1]["__typename"], json!("Report"));
        assert_eq!(all[2]["isOverdue"], json!(false));
    }

    /// What is somebody's, from them and from the list of users.
    async fn by_owner(app) {
        let (ada, bo) = (app.user("Ada", Role::Member).await, app.user("Bo", Role::Member).await);
        some_work(app, &ada, &bo).await;
        let mine = app.ask(&ada, "{ viewer { actionItems(filter: { isOpen: true }) { totalCount nodes { title } } } }", json!({})).await;
        assert_eq!(titles(&mine.at("/viewer/actionItems/nodes")), ["late report", "Make the later item"]);
        let users = app
            .ask(&ada, "{ users { nodes { name actionItems(filter: { isOverdue: true }, first: 1) { totalCount nodes { title } } } } }", json!({}))
            .await;
        let of = |name: &str| {
            let users = users.at("/users/nodes");
            let user = users.as_array().unwrap().iter().find(|user| user["name"] == json!(name)).unwrap().clone();
            user["actionItems"].clone()
        };
        assert_eq!(titles(&of("Ada")["nodes"]), ["late report"]);
        assert_eq!(titles(&of("Bo")["nodes"]), ["Make the late item"]);
        assert_eq!(of("Bo")["totalCount"], json!(1));
    }

    /// Whoever may not see a report does not see that somebody owes it.
    async fn hidden_work_is_nobody_elses_business(app) {
        let (ada, bo) = (app.user("Ada", Role::Member).await, app.user("Bo", Role::Member).await);
        app.report(&ada, json!({ "visibility": "RESTRICTED", "ownerId": ada.id, "dueOn": app.day(-1) })).await;
        let query = "query ($id: ID!) { actionItems { totalCount nodes { title } }
            node(id: $id) { ... on User { actionItems { totalCount nodes { title } } } } }";
        let seen = app.ask(&ada, query, json!({ "id": ada.id })).await;
        assert_eq!(seen.at("/node/actionItems/totalCount"), json!(1));
        let hidden = app.ask(&bo, query, json!({ "id": ada.id })).await;
        assert_eq!(hidden.at("/node/actionItems/totalCount"), json!(0));
        assert_eq!(hidden.at("/actionItems/nodes"), json!([]));
        assert_eq!(hidden.at("/actionItems/totalCount"), json!(0));
    }

    /// The items of fifty people cost what those of one cost.
    async fn many_owners_one_statement(app) {
        let ada = app.user("Ada", Role::Member).await;
        app.report(&ada, json!({ "ownerId": ada.id, "dueOn": app.day(1) })).await;
        let query = "{ users(first: 50) { nodes { actionItems { totalCount nodes { key owner { name } incident { key } } } } } }";
        app.forget_statements();
        app.ask(&ada, query, json!({})).await.data();
        let few = app.statements().len();
        for number in 0..49 {
            let user = app.user(&format!("User {number}"), Role::Member).await;
            app.report(&ada, json!({ "ownerId": user.id, "dueOn": app.day(number % 7) })).await;
        }
        app.forget_statements();
        app.ask(&ada, query, json!({})).await.data();
        assert_eq!(app.statements().len(), few, "{:#?}", app.statements());
    }
}
