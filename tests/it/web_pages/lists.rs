//! The lists: what their filters mean, their pages, and what they say to nonsense.

use entity::enums::Role;
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

use super::{Link, links, open, page, target, total, words};

async fn count(app: &TestApp, user: &TestUser, list: &str, kind: &str, filter: &Value) -> u64 {
    let query = format!("query ($filter: {kind}Filter) {{ list: {list}(filter: $filter) {{ totalCount }} }}");
    app.ask(user, &query, json!({ "filter": filter }))
        .await
        .at("/list/totalCount")
        .as_u64()
        .unwrap()
}

on_both_databases! {
    /// Each filter is that of the API.
    async fn filters_are_those_of_the_api(app) {
        let world = app.world().await;
        let category = world.categories[1].slug.clone();
        let of_items = [
            ("", json!({})),
            ("open=yes", json!({ "isOpen": true })),
            ("overdue=yes&team=alpha", json!({ "isOverdue": true, "team": { "slug": { "eq": "alpha" } } })),
            ("overdue=no", json!({ "isOverdue": false })),
            ("status=accepted,BLOCKED", json!({ "status": { "in": ["ACCEPTED", "BLOCKED"] } })),
            ("priority=P0", json!({ "priority": { "in": ["P0"] } })),
            ("kind=DETECT", json!({ "kind": { "in": ["DETECT"] } })),
            ("owner=me", json!({ "owner": { "isMe": true } })),
            ("owner=none", json!({ "owner": { "isNull": true } })),
            (&format!("owner={}", world.bo.email), json!({ "owner": { "email": { "eq": world.bo.email } } })),
            ("service=edge", json!({ "incident": { "service": { "slug": { "eq": "edge" } } } })),
            ("severity=SEV1", json!({ "incident": { "severity": { "in": ["SEV1"] } } })),
            (&format!("category={category}"), json!({ "rootCause": { "category": { "slug": { "eq": category } } } })),
            ("q=100%25", json!({ "title": { "contains": "100%" } })),
        ];
        let mut sizes = Vec::new();
        for (query, filter) in of_items {
            let shown = total(&page(app, &world.me, &format!("/recommendations?{query}")).await);
            assert_eq!(shown, count(app, &world.me, "recommendations", "Recommendation", &filter).await, "{query}");
            sizes.push(shown);
        }
        assert!(sizes[0] == 12 && sizes[1..].iter().all(|size| *size < 12) && sizes[1..].iter().filter(|size| **size > 0).count() > 9, "{sizes:?}");
        let of_others = [
            ("reports", "reports", "Report", "status=DRAFT", json!({ "status": { "in": ["DRAFT"] } })),
            ("reports", "reports", "Report", "overdue=yes", json!({ "isOverdue": true })),
            ("reports", "reports", "Report", "team=none", json!({ "team": { "isNull": true } })),
            ("incidents", "incidents", "Incident", "reported=no", json!({ "hasReport": false })),
            ("incidents", "incidents", "Incident", "required=no", json!({ "requiresReport": false })),
            ("incidents", "incidents", "Incident", "service=store&sort=severity", json!({ "service": { "slug": { "eq": "store" } } })),
            ("root-causes", "rootCauses", "RootCause", "coverage=UNCOVERED,NO_ACTION", json!({ "coverage": { "in": ["UNCOVERED", "NO_ACTION"] } })),
            ("root-causes", "rootCauses", "RootCause", "recurring=yes", json!({ "isRecurrence": true })),
            ("root-causes", "rootCauses", "RootCause", "recurring=no", json!({ "isRecurrence": false })),
            ("root-causes", "rootCauses", "RootCause", "role=TRIGGER", json!({ "role": { "in": ["TRIGGER"] } })),
            ("root-causes", "rootCauses", "RootCause", "team=alpha", json!({ "report": { "team": { "slug": { "eq": "alpha" } } } })),
        ];
        for (path, list, kind, query, filter) in of_others {
            let shown = total(&page(app, &world.me, &format!("/{path}?{query}")).await);
            assert_eq!(shown, count(app, &world.me, list, kind, &filter).await, "{path}?{query}");
            assert!(shown > 0, "{path}?{query} shows nothing");
        }
    }

    /// The case of a value changes neither what is listed nor what the page says of it.
    async fn values_are_taken_in_any_case(app) {
        let world = app.world().await;
        for (path, name, [given, meant], says) in [
            ("/recommendations", "open", ["YES", "yes"], "Open ×"),
            ("/recommendations", "open", ["No", "no"], "Not open ×"),
            ("/recommendations", "overdue", ["Yes", "yes"], "Overdue ×"),
            ("/root-causes", "recurring", ["YES", "yes"], "Came back ×"),
            ("/incidents", "required", ["YES", "yes"], "Report required ×"),
            ("/incidents", "reported", ["YES", "yes"], "With a report ×"),
            ("/", "period", ["12W", "12w"], "Last 12 weeks"),
        ] {
            let html = page(app, &world.me, &format!("{path}?{name}={given}")).await;
            assert!(words(&html).contains(says), "{path}?{name}={given} does not say {says:?}: {}", words(&html));
            assert_eq!(html, page(app, &world.me, &format!("{path}?{name}={meant}")).await, "{path}?{name}={given}");
        }
    }

    /// Ages of the list are those of the chart, at their edges too.
    async fn ages(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let report = app.report(&ada, json!({})).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        let item = app.item(&ada, &[&cause], json!({})).await;
        app.accept(&ada, &item, &ada, app.day(400)).await;
        for (days, seconds, expected) in [(0, 0, "0-30"), (31, -1, "0-30"), (0, 1, "31-60"), (30, -1, "31-60"), (0, 1, "61-90"), (30, 0, "91-180"), (90, 0, "181+")] {
            app.advance(chrono::Duration::days(days) + chrono::Duration::seconds(seconds));
            for age in ["0-30", "31-60", "61-90", "91-180", "181+"] {
                let path = format!("/recommendations?open=yes&age={}", age.replace('+', "%2B"));
                assert_eq!(total(&page(app, &ada, &path).await), u64::from(age == expected), "{age} when it should be {expected}");
            }
            let overview = words(&page(app, &ada, "/").await);
            assert!(overview.contains(&format!("{} 1 ", expected.replace('-', "–"))), "{expected}: {overview}");
        }
    }

    /// Pages put together are the list, forwards and backwards, with its filters.
    async fn pages_are_the_list(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let incident = app.incident_row();
        app.store([incident.clone()]).await;
        let report = app.report_row(incident.id);
        app.store([report.clone()]).await;
        let rows: Vec<_> = (0..120).map(|_| app.recommendation_row(report.id)).collect();
        let keys: std::collections::BTreeSet<String> = rows.iter().map(|row| row.key.clone()).collect();
        app.store(rows).await;
        let shown = |html: &str| {
            let of = |link: Link| target("/recommendations", &link.href)?.strip_prefix("/recommendations/").map(str::to_owned);
            links(html).into_iter().filter_map(of).collect::<Vec<_>>()
        };
        let step = |html: &str, name: &str| {
            let (_, rest) = html.split_once(&format!("<a rel=\"{name}\" href=\""))?;
            target("/recommendations", &rest.split_once('"')?.0.replace("&amp;", "&"))
        };
        let mut path = "/recommendations?sort=created&status=PROPOSED".to_owned();
        let (mut all, mut pages) = (Vec::new(), Vec::new());
        loop {
            let html = page(app, &ada, &path).await;
            assert_eq!(total(&html), 120);
            all.extend(shown(&html));
            pages.push(shown(&html));
            let Some(next) = step(&html, "next") else { break };
            path = next;
        }
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
        assert_eq!(all.iter().cloned().collect::<std::collections::BTreeSet<_>>(), keys);
        let html = page(app, &ada, &path).await;
        let before = step(&html, "prev").expect("a way back");
        assert_eq!(shown(&page(app, &ada, &before).await), pages[1]);
    }

    /// A value that means nothing is told so, with what would.
    async fn nonsense_is_told(app) {
        let world = app.world().await;
        for (path, sentence) in [
            ("/?team=nope", "There is no team “nope”; there are alpha, beta."),
            ("/?service=nope", "There is no service “nope”; there are edge, store."),
            ("/?severity=SEV9", "“SEV9” is no value of “severity”; it takes one or more of SEV1,"),
            ("/?period=1w", "“1w” is no value of “period”; it takes 12w, 26w, 52w."),
            ("/?status=OPEN", "There is no filter “status” here; there are team, service, severity, priority, period."),
            ("/?team=alpha&team=beta", "The filter “team” is given twice; give it once."),
            ("/recommendations?open=maybe", "“maybe” is no value of “open”; it takes yes, no."),
            ("/recommendations?age=5", "“5” is no value of “age”; it takes 0-30, 31-60, 61-90, 91-180, 181+, in days."),
            ("/recommendations?owner=nobody@example.org", "Nobody has this e-mail address"),
            ("/recommendations?category=nope", "There is no category “nope”"),
            ("/recommendations?after=x", "This is not a cursor of this list"),
            ("/recommendations?after=x&before=y", "Give either “after” or “before”."),
            ("/recommendations?q=a%00b", "is too long, or no text"),
            ("/recommendations?sort=colour", "“colour” is no value of “sort”"),
            ("/reports?status=LOST", "“LOST” is no value of “status”"),
            ("/incidents?reported=1", "“1” is no value of “reported”"),
            ("/root-causes?coverage=", ""),
            ("/root-causes?role=X", "“X” is no value of “role”"),
            ("/reports/PM-1?x=1", "There is no filter “x” here"),
        ] {
            let reply = open(app, &world.me, path).await;
            let expected = if sentence.is_empty() { 200 } else { 400 };
            assert_eq!(reply.status.as_u16(), expected, "{path}: {}", words(&reply.body));
            assert!(words(&reply.body).contains(sentence), "{path}: {}", words(&reply.body));
        }
        for path in ["/recommendations/REC-9999", "/reports/PM-0", "/incidents/x", "/root-causes/x", "/root-causes/rec_01", "/nothing", "/reports/", "/reports/%00"] {
            let reply = open(app, &world.me, path).await;
            assert_eq!(reply.status.as_u16(), 404, "{path}: {}", words(&reply.body));
            assert!(words(&reply.body).contains("Go to the overview"), "{path}");
        }
        let long = format!("/recommendations?q={}", "x".repeat(20_000));
        assert_eq!(open(app, &world.me, &long).await.status.as_u16(), 414);
        let many = format!("/recommendations?q={}", "x".repeat(600));
        assert_eq!(open(app, &world.me, &many).await.status.as_u16(), 400);
    }
}
