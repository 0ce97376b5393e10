//! Query parameters mean what the filters of GraphQL mean, and what cannot be meant is refused.

use postmortem_tests::{
    TestApp, TestUser,
    documents::{document, first_cells},
    on_both_databases,
};
use serde_json::{Value, json};

use super::{cells, encoded, export, keys};

/// The keys that a list in GraphQL has.
async fn listed(app: &TestApp, user: &TestUser, list: &str, filter: &Value, order: Option<&str>) -> Vec<String> {
    let kind = if list == "reports" { "Report" } else { "Recommendation" };
    let order = order.map(|order| format!(", orderBy: {order}")).unwrap_or_default();
    let query = format!(
        "query ($filter: {kind}Filter) {{ it: {list}(first: 100, filter: $filter{order}) {{ nodes {{ key }} }} }}"
    );
    let nodes = app.ask(user, &query, json!({ "filter": filter })).await.at("/it/nodes");
    let key = |node: &Value| node["key"].as_str().unwrap().to_owned();
    nodes.as_array().unwrap().iter().map(key).collect()
}

on_both_databases! {
    async fn parameters_are_filters(app) {
        let world = app.world().await;
        let day = |days: i64| app.day(days).to_string();
        let at = "2026-02-27T12:00:00Z";
        let items = [
            (format!("key={},{}", world.items[2].key.to_lowercase(), world.items[5].key), json!({ "key": { "in": [world.items[2].key, world.items[5].key] } })),
            ("status=ACCEPTED,DECLINED".to_owned(), json!({ "status": { "in": ["ACCEPTED", "DECLINED"] } })),
            ("status=OPEN".to_owned(), json!({ "isOpen": true })),
            ("status=OPEN,PROPOSED".to_owned(), json!({ "status": { "in": ["PROPOSED", "ACCEPTED", "IN_PROGRESS", "BLOCKED"] } })),
            ("kind=PREVENT".to_owned(), json!({ "kind": { "eq": "PREVENT" } })),
            ("priority=P0,P4".to_owned(), json!({ "priority": { "in": ["P0", "P4"] } })),
            ("isOpen=false".to_owned(), json!({ "isOpen": false })),
            ("isOverdue=true".to_owned(), json!({ "isOverdue": true })),
            ("isOverdue=false&isOpen=true".to_owned(), json!({ "isOverdue": false, "isOpen": true })),
            (format!("owner={}", encoded(&world.bo.email.to_uppercase())), json!({ "owner": { "email": { "eq": world.bo.email } } })),
            ("owner=me".to_owned(), json!({ "owner": { "isMe": true } })),
            ("owner=none".to_owned(), json!({ "owner": { "isNull": true } })),
            ("team=alpha,beta".to_owned(), json!({ "team": { "slug": { "in": ["alpha", "beta"] } } })),
            ("team=mine".to_owned(), json!({ "team": { "isMine": true } })),
            ("team=none".to_owned(), json!({ "team": { "isNull": true } })),
            (format!("dueOn={}", day(-3)), json!({ "dueOn": { "eq": day(-3) } })),
            (format!("dueBefore={}", day(0)), json!({ "dueOn": { "lt": day(0) } })),
            (format!("dueSince={}&dueBefore={}", day(-2), day(3)), json!({ "dueOn": { "gte": day(-2), "lt": day(3) } })),
            ("hasDueDate=false".to_owned(), json!({ "dueOn": { "isNull": true } })),
            (format!("createdBefore={at}"), json!({ "createdAt": { "lt": at } })),
            (format!("createdSince={at}"), json!({ "createdAt": { "gte": at } })),
            (format!("acceptedSince={at}&acceptedBefore=2026-03-02T07:30:00%2B00:00"), json!({ "acceptedAt": { "gte": at, "lt": "2026-03-02T07:30:00Z" } })),
            (format!("completedSince={at}"), json!({ "completedAt": { "gte": at } })),
            ("completedBefore=2026-03-02T05:00:00Z".to_owned(), json!({ "completedAt": { "lt": "2026-03-02T05:00:00Z" } })),
            ("title=100%25".to_owned(), json!({ "title": { "contains": "100%" } })),
            ("title=limit+".to_owned(), json!({ "title": { "contains": "limit " } })),
            ("label=Network,dns".to_owned(), json!({ "label": { "in": ["Network", "dns"] } })),
            (format!("report={}", world.reports[1].key), json!({ "report": { "key": { "eq": world.reports[1].key } } })),
            (format!("incident={}&severity=SEV1,SEV2", world.incidents[0].key), json!({ "incident": { "key": { "eq": world.incidents[0].key }, "severity": { "in": ["SEV1", "SEV2"] } } })),
            ("service=store".to_owned(), json!({ "incident": { "service": { "slug": { "eq": "store" } } } })),
            (format!("category={}", world.categories[1].slug), json!({ "rootCause": { "category": { "slug": { "eq": world.categories[1].slug } } } })),
            ("hasTrackerLink=false".to_owned(), json!({ "hasTrackerLink": false })),
            (format!("priority=P0&filter={}", encoded(r#"{"or":[{"isOpen":true},{"status":{"eq":"VERIFIED"}}]}"#)),
                json!({ "priority": { "eq": "P0" }, "or": [{ "isOpen": true }, { "status": { "eq": "VERIFIED" } }] })),
            (String::new(), json!({})),
        ];
        let mut differ = 0;
        for (query, filter) in &items {
            let expected = listed(app, &world.me, "recommendations", filter, None).await;
            assert_eq!(keys(app, &world.me, &format!("recommendations.ndjson?{query}")).await, expected, "{query}");
            differ += usize::from(!expected.is_empty() && expected.len() < world.items.len());
        }
        assert!(differ > items.len() * 2 / 3, "most of these filters must find something and leave something out");
        let reports = [
            (format!("key={}", world.reports[3].key), json!({ "key": { "eq": world.reports[3].key } })),
            ("status=PUBLISHED".to_owned(), json!({ "status": { "eq": "PUBLISHED" } })),
            ("status=OPEN".to_owned(), json!({ "status": { "in": ["DRAFT", "IN_REVIEW"] } })),
            ("isOverdue=true".to_owned(), json!({ "isOverdue": true })),
            ("owner=me".to_owned(), json!({ "owner": { "isMe": true } })),
            ("team=beta".to_owned(), json!({ "team": { "slug": { "eq": "beta" } } })),
            (format!("dueBefore={}", day(2)), json!({ "dueOn": { "lt": day(2) } })),
            (format!("dueSince={}", day(2)), json!({ "dueOn": { "gte": day(2) } })),
            (format!("dueOn={}", day(-3)), json!({ "dueOn": { "eq": day(-3) } })),
            ("hasDueDate=false".to_owned(), json!({ "dueOn": { "isNull": true } })),
            (format!("publishedSince={at}"), json!({ "publishedAt": { "gte": at } })),
            (format!("publishedBefore={at}"), json!({ "publishedAt": { "lt": at } })),
            (format!("createdSince={at}&createdBefore=2026-03-02T00:00:00Z"), json!({ "createdAt": { "gte": at, "lt": "2026-03-02T00:00:00Z" } })),
            ("title=limit".to_owned(), json!({ "title": { "contains": "limit" } })),
            ("label=network".to_owned(), json!({ "label": { "eq": "network" } })),
            (format!("incident={}", world.incidents[1].key), json!({ "incident": { "key": { "eq": world.incidents[1].key } } })),
            ("severity=SEV1&service=edge".to_owned(), json!({ "incident": { "severity": { "eq": "SEV1" }, "service": { "slug": { "eq": "edge" } } } })),
            (String::new(), json!({})),
        ];
        for (query, filter) in &reports {
            let expected = listed(app, &world.me, "reports", filter, None).await;
            assert_eq!(keys(app, &world.me, &format!("reports.ndjson?{query}")).await, expected, "{query}");
        }
    }

    async fn orders_are_orders(app) {
        let world = app.world().await;
        for (list, fields) in [
            ("recommendations", vec!["DUE_ON", "CREATED_AT", "UPDATED_AT", "PRIORITY", "COMPLETED_AT"]),
            ("reports", vec!["DUE_ON", "CREATED_AT", "UPDATED_AT", "PUBLISHED_AT"]),
        ] {
            for field in fields {
                for (given, direction) in [("", "ASC"), (":ASC", "ASC"), (":DESC", "DESC")] {
                    let order = format!("{{ field: {field}, direction: {direction} }}");
                    let expected = listed(app, &world.me, list, &json!({}), Some(&order)).await;
                    let found = keys(app, &world.me, &format!("{list}.ndjson?orderBy={field}{given}")).await;
                    assert_eq!(found, expected, "{list} {field} {direction}");
                }
            }
        }
    }

    async fn what_cannot_be_meant_is_refused(app) {
        let world = app.world().await;
        for (query, says) in [
            ("colour=red", "There is no parameter \"colour\"; there are key, status, kind, priority"),
            ("status=DONE", "status is one or more of PROPOSED, ACCEPTED"),
            ("status=", "status has an empty value"),
            ("status=ACCEPTED,,OPEN", "status has an empty value"),
            ("status=accepted", "\"accepted\" is not"),
            ("priority=P9", "priority is one or more of P0, P1, P2, P3, P4; \"P9\" is not"),
            ("isOverdue=yes", "isOverdue is true or false; \"yes\" is neither"),
            ("dueBefore=tomorrow", "dueBefore is a date such as 2026-11-23; \"tomorrow\" is not"),
            ("dueBefore=2026-02-30", "dueBefore is a date"),
            ("dueOn=10000-01-01", "dueOn is a date"),
            ("createdSince=2026-02-01", "createdSince is an instant such as"),
            ("createdSince=2026-02-01T00:00:00+01:00", "with + written as %2B"),
            ("team=gamma", "There is no team \"gamma\"; there are alpha, beta"),
            ("team=alpha,gamma", "There is no team \"gamma\""),
            ("category=gamma", "There is no category \"gamma\"; there are "),
            ("service=gamma", "There is no service \"gamma\"; there are edge, store"),
            ("owner=nobody%40example.org", "There is nobody with the address \"nobody@example.org\""),
            ("key=foo", "key is one or more keys such as REC-40; \"foo\" is not."),
            ("key=REC-1,PM-1", "key is one or more keys such as REC-40; \"PM-1\" is not."),
            ("key=REC-", "\"REC-\" is not."),
            ("report=REC-1", "report is one or more keys such as PM-12; \"REC-1\" is not."),
            ("incident=7", "incident is one or more keys such as INC-7; \"7\" is not."),
            ("orderBy=SIZE", "orderBy is one of DUE_ON, CREATED_AT, UPDATED_AT, PRIORITY, COMPLETED_AT"),
            ("orderBy=DUE_ON:UP", "\"DUE_ON:UP\" is not"),
            ("title=", "title is empty"),
            ("title=a%00b", "Remove the NUL character"),
            ("title=%FF", "percent-encoded UTF-8"),
            ("title=a&title=b", "twice"),
            ("filter=open", "filter is the filter of this list in GraphQL as a JSON object"),
            ("filter=%7B%22statuz%22:1%7D", "has a field \"statuz\" that is not known there; known are"),
            ("filter=%7B%22or%22:[%7B%22status%22:%7B%22is%22:%22ACCEPTED%22%7D%7D]%7D", "has a field \"is\""),
            ("filter=%7B%22status%22:%7B%22eq%22:%22DONE%22%7D%7D", "filter cannot be read"),
            ("filter=%7B%22isOpen%22:%22yes%22%7D", "filter cannot be read"),
            ("filter=%7B%22title%22:%7B%22contains%22:%22%5Cu0000%22%7D%7D", "Remove the NUL"),
        ] {
            for format in ["csv", "ndjson"] {
                let reply = export(app, &world.me, &format!("recommendations.{format}?{query}")).await;
                assert_eq!(reply.status.as_u16(), 400, "{query}: {}", reply.body);
                assert!(reply.body.contains(says), "{query}: {}", reply.body);
                assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
                assert_eq!(reply.body.lines().count(), 1, "{}", reply.body);
            }
        }
        for (query, says) in [
            ("key=REC-1", "key is one or more keys such as PM-12; \"REC-1\" is not."),
            ("incident=INC-1x", "incident is one or more keys such as INC-7; \"INC-1x\" is not."),
        ] {
            let reply = export(app, &world.me, &format!("reports.csv?{query}")).await;
            assert_eq!(reply.status.as_u16(), 400, "{query}: {}", reply.body);
            assert!(reply.body.contains(says), "{query}: {}", reply.body);
        }
        // What could be a key and is none here is nothing, as in GraphQL.
        for query in ["recommendations.ndjson?key=REC-999999", "recommendations.ndjson?report=pm-999999", "reports.ndjson?incident=INC-999999"] {
            assert_eq!(keys(app, &world.me, query).await, Vec::<String>::new(), "{query}");
        }
        let long = export(app, &world.me, &format!("reports.csv?title={}", "x".repeat(17_000))).await;
        assert_eq!(long.status.as_u16(), 400);
        let deep = format!("{}{}{}", "{\"not\":".repeat(20), "{\"isOpen\":true}", "}".repeat(20));
        let deep = export(app, &world.me, &format!("recommendations.csv?filter={}", encoded(&deep))).await;
        assert_eq!(deep.status.as_u16(), 400, "{}", deep.body);
    }

    /// The tables of the document have every parameter, and no other.
    async fn the_document_names_every_parameter(app) {
        let ada = app.user("Ada", entity::enums::Role::Member).await;
        let text = document("exports.md");
        let (_, text) = text.split_once("## Parameters").expect("the part about parameters");
        let (of_items, of_reports) = text.split_once("### Reports").expect("the part about reports");
        for (list, part) in [("recommendations", of_items), ("reports", of_reports)] {
            let said = export(app, &ada, &format!("{list}.csv?nonsense=1")).await.body;
            let (_, known) = said.split_once("there are ").expect("a list");
            let mut known: Vec<String> = known.trim_end().trim_end_matches('.').split(", ").map(str::to_owned).collect();
            let mut named = first_cells(part, "parameter");
            known.sort();
            named.sort();
            assert_eq!(named, known, "docs/exports.md, {list}");
            let (mut head, _) = cells(&export(app, &ada, &format!("{list}.csv")).await.body);
            let mut told = first_cells(of_reports, &format!("of {list}"));
            head.sort();
            told.sort();
            assert_eq!(told, head, "docs/exports.md, columns of {list}");
        }
    }
}
