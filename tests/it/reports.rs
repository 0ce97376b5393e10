//! Reports: from draft to publication, and two people at once.

use entity::enums::Role;
use postmortem_tests::{TestUser, on_both_databases};
use serde_json::json;

on_both_databases! {
    /// The whole way of a report.
    async fn a_complete_report_is_published(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({ "dueOn": app.day(7) })).await;
        let early = app.mutate(&ada, "publishReport", json!({ "id": report.id }), "report { id }").await;
        assert_eq!(early.code(), "VALIDATION_FAILED");
        assert!(early.message().contains("submit"), "{}", early.message());
        app.publish(&ada, &report).await;
        let answer = app
            .ask(&ada, "query ($id: ID!) { report(id: $id) { status isOpen publishedAt completedAt version } }", json!({ "id": report.id }))
            .await;
        assert_eq!(answer.text("/report/status"), "PUBLISHED");
        assert_eq!(answer.at("/report/isOpen"), json!(false));
        assert_eq!(answer.at("/report/publishedAt"), answer.at("/report/completedAt"));
    }

    /// Two clients edit the same version: one wins, the other hears of it, and the winner's text stands.
    async fn two_editors_at_once(app) {
        let (ada, bo) = (app.user("Ada", Role::Member).await, app.user("Bo", Role::Admin).await);
        let report = app.report(&ada, json!({})).await;
        let edit = |who: &'static str| json!({ "id": report.id, "expectedVersion": 1, "executiveSummary": format!("{who}'s text") });
        let (first, second) = at_once(
            app.mutate(&ada, "updateReport", edit("Ada"), "report { version executiveSummary }"),
            app.mutate(&bo, "updateReport", edit("Bo"), "report { version executiveSummary }"),
        )
        .await;
        let (winner, loser) = if first.body.get("errors").is_none() { (first, second) } else { (second, first) };
        assert_eq!(winner.at("/report/version"), json!(2));
        assert_eq!(loser.code(), "CONFLICT");
        assert_eq!(loser.body.pointer("/errors/0/extensions/currentVersion"), Some(&json!(2)));
        let after = app
            .ask(&ada, "query ($id: ID!) { report(id: $id) { executiveSummary revisions { nodes { number changedSections markdown } } } }", json!({ "id": report.id }))
            .await;
        assert_eq!(after.at("/report/executiveSummary"), winner.at("/report/executiveSummary"));
        assert_eq!(after.at("/report/revisions/nodes/0/number"), json!(2));
    }

    /// One after the other on what the other wrote: the text of both is in the revisions, and nothing is lost.
    async fn the_text_of_both_editors_is_kept(app) {
        let (ada, admin) = (app.user("Ada", Role::Member).await, app.user("Root", Role::Admin).await);
        let report = app.report(&ada, json!({})).await;
        let edit = |version: i64, field: &str, text: &str| json!({ "id": report.id, "expectedVersion": version, field: text });
        app.mutate(&ada, "updateReport", edit(1, "executiveSummary", "Ada's summary."), "report { id }").await.data();
        let late = app.mutate(&admin, "updateReport", edit(1, "conclusion", "Root's conclusion."), "report { id }").await;
        assert_eq!(late.code(), "CONFLICT");
        assert!(late.message().contains("version 2"), "{}", late.message());
        app.mutate(&admin, "updateReport", edit(2, "conclusion", "Root's conclusion."), "report { id }").await.data();
        app.mutate(&admin, "updateReport", edit(3, "executiveSummary", "Root's summary."), "report { id }").await.data();
        let shown = app
            .show(&ada, "report", &report.id, "version executiveSummary conclusion revisions { nodes { number author { id } changedSections markdown } }")
            .await;
        assert_eq!((&shown["version"], &shown["executiveSummary"]), (&json!(4), &json!("Root's summary.")));
        let revisions = shown["revisions"]["nodes"].as_array().unwrap();
        let about: Vec<_> = revisions.iter().map(|revision| (&revision["number"], &revision["author"]["id"], &revision["changedSections"])).collect();
        assert_eq!(about[..3], [
            (&json!(4), &json!(admin.id), &json!(["executiveSummary"])),
            (&json!(3), &json!(admin.id), &json!(["conclusion"])),
            (&json!(2), &json!(ada.id), &json!(["executiveSummary"])),
        ]);
        let says = |revision: usize, text: &str| revisions[revision]["markdown"].as_str().unwrap().contains(text);
        assert!(says(2, "Ada's summary.") && !says(2, "Root's conclusion."));
        assert!(says(1, "Ada's summary.") && says(1, "Root's conclusion."));
        assert!(says(0, "Root's summary.") && says(0, "Root's conclusion.") && !says(0, "Ada's summary."));
    }

    /// The whole new set; who is unknown or has left is named by their place in it.
    async fn participants_are_set(app) {
        let (ada, admin) = (app.user("Ada", Role::Member).await, app.user("Root", Role::Admin).await);
        let (bo, gone) = (app.user("Bo", Role::Member).await, app.user("Gil", Role::Member).await);
        app.mutate(&admin, "updateUser", json!({ "id": gone.id, "isActive": false }), "user { id }").await.data();
        let report = app.report(&ada, json!({})).await;
        let set = async |parts: serde_json::Value, version: Option<i64>| {
            let input = json!({ "id": report.id, "participants": parts, "expectedVersion": version });
            app.mutate(&ada, "setParticipants", input, "report { version participants { role user { id } } }").await
        };
        let part = |user: &TestUser, role: &str| json!({ "userId": user.id, "role": role });
        let shown = |user: &TestUser, role: &str| json!({ "role": role, "user": { "id": user.id } });
        let parts = json!([part(&ada, "AUTHOR"), part(&bo, "REVIEWER"), part(&bo, "RESPONDER"), part(&bo, "REVIEWER")]);
        let answer = set(parts, Some(1)).await;
        let now = answer.at("/report/participants");
        for expected in [shown(&ada, "AUTHOR"), shown(&bo, "REVIEWER"), shown(&bo, "RESPONDER")] {
            assert!(now.as_array().unwrap().contains(&expected), "{expected} in {now}");
        }
        assert_eq!(now.as_array().unwrap().len(), 3, "each once: {now}");
        let left = set(json!([part(&ada, "AUTHOR"), part(&gone, "REVIEWER")]), None).await;
        assert_eq!(left.problems(), [("participants.1.userId".to_owned(), "INACTIVE_USER".to_owned())]);
        assert_eq!(set(json!([]), Some(1)).await.code(), "CONFLICT");
        let answer = set(json!([part(&bo, "AUTHOR")]), Some(2)).await;
        assert_eq!(answer.at("/report"), json!({ "version": 3, "participants": [shown(&bo, "AUTHOR")] }));
    }

    /// Whoever takes a text over takes back that they approved it.
    async fn nobody_approves_their_own_text(app) {
        let (ada, bo, cy) = (app.user("Ada", Role::Member).await, app.user("Bo", Role::Member).await, app.user("Cy", Role::Member).await);
        let report = app.report(&ada, json!({})).await;
        let people = |role: &str| json!({ "id": report.id, "participants": [
            { "userId": ada.id, "role": "AUTHOR" }, { "userId": bo.id, "role": role }, { "userId": cy.id, "role": "APPROVER" },
        ] });
        let approvals = async || {
            let query = "query($id: ID!) { report(id: $id) { approvals { user { id } decision } } }";
            app.ask(&ada, query, json!({ "id": report.id })).await.at("/report/approvals")
        };
        app.mutate(&ada, "setParticipants", people("APPROVER"), "report { id }").await.data();
        app.mutate(&ada, "submitReport", json!({ "id": report.id }), "report { id }").await.data();
        for somebody in [&bo, &cy] {
            app.mutate(somebody, "reviewReport", json!({ "id": report.id, "decision": "APPROVED" }), "report { id }").await.data();
        }
        app.mutate(&ada, "setParticipants", people("REVIEWER"), "report { id }").await.data();
        assert_eq!(approvals().await.as_array().unwrap().len(), 2);
        app.mutate(&ada, "setParticipants", people("AUTHOR"), "report { id }").await.data();
        assert_eq!(approvals().await, json!([{ "user": { "id": cy.id }, "decision": "APPROVED" }]));
        app.mutate(&ada, "updateReport", json!({ "id": report.id, "ownerId": cy.id }), "report { id }").await.data();
        assert_eq!(approvals().await, json!([]));
    }

    /// Several systems call one incident several names, and each of them leads to it from then on.
    async fn a_known_incident_takes_what_else_it_is_called(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let pager = app.machine(&ada, &["INGEST"], json!({})).await;
        let bo = app.user("Bo", Role::Member).await;
        let team = app.team(&ada, &[], &[]).await;
        let alert = |refs: &[(&str, &str)], team: &serde_json::Value| {
            let refs: Vec<_> = refs.iter().map(|(system, id)| json!({ "system": system, "id": id })).collect();
            json!({ "title": "Disk full", "severity": "SEV3", "startedAt": "2026-03-01T10:00:00Z", "externalRefs": refs, "teamId": team })
        };
        let made = "created incident { key version externalRefs { system id } }";
        let send = async |who: &TestUser, refs: &[(&str, &str)]| {
            app.mutate(who, "createIncident", alert(refs, &json!(team.id)), made).await
        };
        let first = send(&ada, &[("pd", "77")]).await.text("/incident/key");
        let both = send(&pager, &[("pd", "77"), ("jira", "J9")]).await;
        assert_eq!(both.data(), &json!({ "created": false, "incident": { "key": first, "version": 2, "externalRefs": [
            { "system": "jira", "id": "J9" }, { "system": "pd", "id": "77" },
        ] } }));
        let again = send(&pager, &[("jira", "J9")]).await;
        assert_eq!((again.at("/created"), again.at("/incident/version")), (json!(false), json!(2)));
        assert_eq!(again.text("/incident/key"), first);
        // Who may not change it finds it, and changes nothing.
        let found = send(&bo, &[("jira", "J9"), ("statuspage", "1")]).await;
        assert_eq!((found.at("/created"), found.at("/incident/version")), (json!(false), json!(2)));
        send(&ada, &[("pd", "78")]).await.data();
        let before = app.contents().await;
        let refused = send(&pager, &[("pd", "78"), ("jira", "J9")]).await;
        assert_eq!(refused.problems(), [("externalRefs".to_owned(), "TAKEN".to_owned())]);
        assert!(refused.message().contains("different incidents"), "{}", refused.message());
        assert_eq!(app.contents().await, before);
        let report = json!({ "incident": alert(&[("pd", "78"), ("opsgenie", "5")], &json!(team.id)) });
        let report = app.mutate(&ada, "createReport", report, "report { incident { externalRefs { id } } }").await;
        assert_eq!(report.at("/report/incident/externalRefs"), json!([{ "id": "5" }, { "id": "78" }]));
    }

    /// Out of the way, but not out of the world.
    async fn an_archived_report_is_found_when_it_is_meant(app) {
        let ada = app.user("Ada", Role::Member).await;
        let (kept, archived) = (app.report(&ada, json!({})).await, app.report(&ada, json!({ "dueOn": app.day(1) })).await);
        app.mutate(&ada, "archiveReport", json!({ "id": archived.id }), "report { id }").await.data();
        let found = async |filter: &str| {
            let query = format!("{{ reports{filter} {{ totalCount nodes {{ key }} }} }}");
            let answer = app.ask(&ada, &query, json!({})).await;
            let keys: Vec<String> = answer.at("/reports/nodes").as_array().unwrap().iter().map(|node| node["key"].as_str().unwrap().to_owned()).collect();
            assert_eq!(answer.at("/reports/totalCount"), json!(keys.len()), "{filter}");
            keys
        };
        let (kept, archived) = (kept.key.as_str(), archived.key.as_str());
        assert_eq!(found("").await, [kept]);
        assert_eq!(found(r#"(filter: { title: { startsWith: "report" } })"#).await, [kept]);
        assert_eq!(found("(filter: { status: { eq: ARCHIVED } })").await, [archived]);
        let items = async |filter: &str| app.ask(&ada, &format!("{{ actionItems{filter} {{ nodes {{ key }} }} }}"), json!({})).await.at("/actionItems/nodes");
        assert_eq!(items("").await, json!([{ "key": kept }]));
        assert_eq!(items("(filter: { isOpen: false })").await, json!([{ "key": archived }]));
        assert_eq!(found("(filter: { status: { notIn: [PUBLISHED] } })").await, [archived, kept]);
        assert_eq!(found(&format!(r#"(filter: {{ key: {{ eq: "{archived}" }} }})"#)).await, [archived]);
        app.advance(chrono::Duration::days(5));
        let query = "query ($key: String!) { report(key: $key) { status isOpen isOverdue } }";
        let shown = app.ask(&ada, query, json!({ "key": archived.to_lowercase() })).await;
        assert_eq!(shown.at("/report"), json!({ "status": "ARCHIVED", "isOpen": false, "isOverdue": false }));
    }

    /// Moments are in order of time however they came, are edited and go; they do not make a writer's version old.
    async fn a_timeline_is_edited(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({})).await;
        let mut ids = Vec::new();
        for (hour, kind, zone) in [(12, "RESOLUTION", "Z"), (10, "TRIGGER", "Z"), (13, "DETECTION", "+02:00")] {
            let at = format!("2026-03-01T{hour}:00:00{zone}");
            let input = json!({ "reportId": report.id, "occurredAt": at, "kind": kind, "description": kind });
            ids.push(app.mutate(&ada, "addTimelineEvent", input, "timelineEvent { id }").await.text("/timelineEvent/id"));
        }
        let timeline = async || app.show(&ada, "report", &report.id, "version timeline { nodes { id kind } }").await;
        let moment = |at: usize, kind: &str| json!({ "id": ids[at], "kind": kind });
        let first = timeline().await;
        assert_eq!(first["version"], 1);
        assert_eq!(first["timeline"]["nodes"], json!([moment(1, "TRIGGER"), moment(2, "DETECTION"), moment(0, "RESOLUTION")]));
        let later = json!({ "id": ids[1], "occurredAt": "2026-03-01T11:30:00Z", "kind": "ESCALATION", "sourceUrl": "https://chat.example.org/9" });
        let changed = app.mutate(&ada, "updateTimelineEvent", later, "timelineEvent { occurredAt description sourceUrl }").await;
        assert_eq!(changed.at("/timelineEvent/description"), json!("TRIGGER"), "what is left out stays");
        assert_eq!(changed.at("/timelineEvent/sourceUrl"), json!("https://chat.example.org/9"));
        app.mutate(&ada, "removeTimelineEvent", json!({ "id": ids[0] }), "removedId").await.data();
        assert_eq!(timeline().await["timeline"]["nodes"], json!([moment(2, "DETECTION"), moment(1, "ESCALATION")]));
        let blank = app.mutate(&ada, "updateTimelineEvent", json!({ "id": ids[1], "description": " " }), "timelineEvent { id }").await;
        assert_eq!(blank.problems(), [("description".to_owned(), "REQUIRED".to_owned())]);
        let gone = app.mutate(&ada, "updateTimelineEvent", json!({ "id": ids[0], "kind": "OTHER" }), "timelineEvent { id }").await;
        assert_eq!(gone.code(), "NOT_FOUND");
    }

    /// With a new incident, on a known one, or on the one that another system's id leads to; never on two or none.
    async fn a_report_is_on_one_incident(app) {
        let ada = app.user("Ada", Role::Member).await;
        let new = |title: &str| json!({
            "title": title, "severity": "SEV2", "startedAt": "2026-03-01T10:00:00Z",
            "externalRefs": [{ "system": "PagerDuty", "id": "P1", "url": "https://pd.example.org/P1" }],
        });
        let create = async |input: serde_json::Value| {
            app.mutate(&ada, "createReport", input, "report { title incident { id title externalRefs { system id url } } }").await
        };
        let first = create(json!({ "incident": new("Checkout down") })).await;
        assert_eq!(first.text("/report/title"), "Checkout down", "the incident's title when none is given");
        let reference = json!([{ "system": "pagerduty", "id": "P1", "url": "https://pd.example.org/P1" }]);
        assert_eq!(first.at("/report/incident/externalRefs"), reference);
        let incident = first.at("/report/incident/id");
        let second = create(json!({ "incident": new("The same, from another tool"), "title": "A second look" })).await;
        assert_eq!(second.at("/report/incident/id"), incident);
        assert_eq!(second.text("/report/incident/title"), "Checkout down");
        let third = create(json!({ "incidentId": incident })).await;
        assert_eq!(third.at("/report/incident/id"), incident);
        for input in [json!({ "title": "On nothing" }), json!({ "incidentId": incident, "incident": new("Both") })] {
            assert_eq!(create(input).await.problems(), [("incidentId".to_owned(), "ID_OR_NEW".to_owned())]);
        }
        let known = app.mutate(&ada, "createIncident", new("Again"), "created incident { id reports { totalCount } }").await;
        assert_eq!(known.data(), &json!({ "created": false, "incident": { "id": incident, "reports": { "totalCount": 3 } } }));
        let all = app.ask(&ada, "{ incidents { totalCount } }", json!({})).await;
        assert_eq!(all.at("/incidents/totalCount"), json!(1));
    }
}

/// Both at the same time, on one thread: every await is a place where the other goes on.
async fn at_once<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    tokio::join!(a, b)
}
