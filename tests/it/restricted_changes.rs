//! RESTRICTED reports for those who would change them: nothing there for outsiders, and nobody locks themselves out.

use entity::enums::Role;
use postmortem_tests::{Answer, TestApp, TestUser, fixtures::merge, on_both_databases};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::restricted::Vault;

async fn sees(app: &TestApp, user: &TestUser, report: &str) -> bool {
    !app.show(user, "report", report, "id").await.is_null()
}

fn participants(users: &[&TestUser]) -> Value {
    users
        .iter()
        .map(|user| json!({ "userId": user.id, "role": "RESPONDER" }))
        .collect()
}

on_both_databases! {
    /// Not FORBIDDEN: that would say that it is there.
    async fn what_is_hidden_is_not_found_by_any_mutation(app) {
        let vault = Vault::new(app).await;
        let (report, cause, item) = (&vault.secret.id, &vault.secret_cause, &vault.secret_item.id);
        let (step, reason) = (json!({ "id": item }), json!({ "id": item, "reason": "So." }));
        let edit = json!({ "id": report });
        let mutations = [
            ("updateReport", json!({ "id": report, "title": "Mine" })),
            ("submitReport", edit.clone()),
            ("reviewReport", json!({ "id": report, "decision": "APPROVED" })),
            ("publishReport", edit.clone()),
            ("reopenReport", edit.clone()),
            ("archiveReport", edit),
            ("setParticipants", json!({ "id": report, "participants": participants(&[&vault.outsider]) })),
            ("addTimelineEvent", json!({ "reportId": report, "occurredAt": "2026-03-01T10:00:00Z", "description": "Mine" })),
            ("updateTimelineEvent", json!({ "id": vault.secret_moment, "description": "Mine" })),
            ("removeTimelineEvent", json!({ "id": vault.secret_moment })),
            ("addRootCause", json!({ "reportId": report, "title": "Mine", "role": "TRIGGER" })),
            ("updateRootCause", json!({ "id": cause, "title": "Mine" })),
            ("removeRootCause", json!({ "id": cause })),
            ("recordNoAction", json!({ "rootCauseId": cause, "reason": "So." })),
            ("linkRecurrence", json!({ "rootCauseId": cause, "recurrenceOfId": null })),
            ("updateRecommendation", json!({ "id": item, "title": "Mine" })),
            ("addressRootCauses", json!({ "id": item, "rootCauseIds": [vault.public_cause] })),
            ("assignRecommendation", json!({ "id": item, "ownerId": vault.outsider.id })),
            ("changeDueDate", json!({ "id": item, "dueOn": app.day(80), "reason": "So." })),
            ("acceptRecommendation", step.clone()),
            ("startRecommendation", step.clone()),
            ("blockRecommendation", reason.clone()),
            ("implementRecommendation", step.clone()),
            ("verifyRecommendation", step),
            ("declineRecommendation", json!({ "id": item, "reason": "REJECTED", "note": "So." })),
            ("reopenRecommendation", reason),
            ("reviewEffectiveness", json!({ "id": item, "outcome": "EFFECTIVE" })),
            ("bulkUpdateRecommendations", json!({ "ids": [vault.public_item.id, item], "patch": { "priority": "P0" } })),
            ("addComment", json!({ "subjectId": report, "body": "Mine" })),
            ("addComment", json!({ "subjectId": item, "body": "Mine" })),
        ];
        for (name, input) in mutations {
            let answer = app.mutate(&vault.outsider, name, input, "__typename").await;
            assert_eq!(answer.code(), "NOT_FOUND", "{name}");
            assert!(!answer.message().to_lowercase().contains("vault"), "{name}: {}", answer.message());
        }
        let priority = app.show(&vault.outsider, "recommendation", &vault.public_item.id, "priority").await;
        assert_eq!(priority["priority"], "P2");
    }

    /// What holds a cause that one sees may be hidden: a recommendation and a later cause give the same answer.
    async fn what_holds_a_cause_is_not_told(app) {
        let vault = Vault::new(app).await;
        let remove = async |cause: &str| {
            let answer = app.mutate(&vault.outsider, "removeRootCause", json!({ "id": cause }), "removedId").await;
            (answer.message().to_owned(), answer.problems())
        };
        let mine = app.report(&vault.outsider, json!({})).await;
        let (treated, recurred) = (app.cause(&vault.outsider, &mine, json!({})).await, app.cause(&vault.outsider, &mine, json!({})).await);
        let by_item = json!({ "id": vault.secret_item.id, "rootCauseIds": [vault.secret_cause, treated] });
        app.mutate(&vault.owner, "addressRootCauses", by_item, "recommendation { id }").await.data();
        let earlier = json!({ "id": mine.incident, "startedAt": "2020-01-01T00:00:00Z" });
        app.mutate(&vault.outsider, "updateIncident", earlier, "incident { id }").await.data();
        let later = app.cause(&vault.owner, &vault.secret, json!({})).await;
        let by_cause = json!({ "rootCauseId": later, "recurrenceOfId": recurred });
        app.mutate(&vault.owner, "linkRecurrence", by_cause, "rootCause { id }").await.data();
        let told = remove(&treated).await;
        assert_eq!(told.1, [("id".to_owned(), "IN_USE".to_owned())]);
        assert_eq!(told, remove(&recurred).await);
        let seen = app.mutate(&vault.owner, "removeRootCause", json!({ "id": vault.secret_cause }), "removedId").await;
        assert_eq!(seen.problems(), [("id".to_owned(), "TREATED".to_owned())]);
    }

    /// As a reference it is as unknown as what never was.
    async fn what_is_hidden_cannot_be_referred_to(app) {
        let vault = Vault::new(app).await;
        let unknown = |path: &str| vec![(path.to_owned(), "UNKNOWN_ROOT_CAUSE".to_owned())];
        let new = json!({ "rootCauseIds": [vault.secret_cause], "title": "Add a lock", "kind": "PREVENT", "priority": "P2" });
        let set = json!({ "id": vault.public_item.id, "rootCauseIds": [vault.public_cause, vault.secret_cause] });
        let link = json!({ "rootCauseId": vault.public_cause, "recurrenceOfId": vault.secret_cause });
        for (name, input, problems) in [
            ("createRecommendation", new, unknown("rootCauseIds.0")),
            ("addressRootCauses", set, unknown("rootCauseIds.1")),
            ("linkRecurrence", link, unknown("recurrenceOfId")),
        ] {
            assert_eq!(app.mutate(&vault.outsider, name, input, "__typename").await.problems(), problems, "{name}");
        }
    }

    /// Who does not see a cause cannot mean to take it away.
    async fn a_hidden_cause_survives_a_replaced_set(app) {
        let vault = Vault::new(app).await;
        let another = app.cause(&vault.outsider, &vault.public, json!({})).await;
        let input = json!({ "rootCauseIds": [another] });
        app.step(&vault.outsider, "addressRootCauses", &vault.public_item, input).await.data();
        let causes = async |user: &TestUser| {
            let shown = app.show(user, "recommendation", &vault.public_item.id, "rootCauses { nodes { id } }").await;
            shown["rootCauses"]["nodes"].clone()
        };
        assert_eq!(causes(&vault.outsider).await, json!([{ "id": another }]));
        assert_eq!(causes(&vault.admin).await, json!([{ "id": vault.secret_cause }, { "id": another }]));
    }

    /// To be in it is to see it; to leave it is not to.
    async fn participants_come_and_go(app) {
        let vault = Vault::new(app).await;
        let report = &vault.secret.id;
        let set = async |users: &[&TestUser]| {
            let input = json!({ "id": report, "participants": participants(users) });
            app.mutate(&vault.owner, "setParticipants", input, "report { id }").await.data().clone()
        };
        assert!(!sees(app, &vault.outsider, report).await && sees(app, &vault.insider, report).await);
        set(&[&vault.owner, &vault.outsider]).await;
        assert!(sees(app, &vault.outsider, report).await && !sees(app, &vault.insider, report).await);
        // Seeing is not editing.
        let answer = app.mutate(&vault.outsider, "updateReport", json!({ "id": report, "title": "Mine" }), "report { id }").await;
        assert_eq!(answer.code(), "FORBIDDEN");
        let open = json!({ "id": report, "visibility": "ORGANIZATION" });
        app.mutate(&vault.owner, "updateReport", open, "report { id }").await.data();
        assert!(sees(app, &vault.insider, report).await);
    }

    /// Members of its team may edit a report, but not hide it from themselves; nor may its owner or author by leaving it.
    async fn nobody_hides_a_report_from_themselves(app) {
        let admin = app.user("Root", Role::Admin).await;
        let (ada, tom) = (app.user("Ada", Role::Member).await, app.user("Tom", Role::Member).await);
        let team = app.team(&admin, &[&tom], &[]).await;
        let report = app.report(&ada, json!({ "teamId": team.id })).await;
        let hidden = vec![("visibility".to_owned(), "WOULD_HIDE_FROM_YOU".to_owned())];
        let update = async |user: &TestUser, change: Value| {
            let mut input = json!({ "id": report.id });
            merge(&mut input, change);
            app.mutate(user, "updateReport", input, "report { visibility }").await
        };
        assert_eq!(update(&tom, json!({ "visibility": "RESTRICTED" })).await.problems(), hidden);
        // As its owner, in the same change, Tom may.
        update(&tom, json!({ "visibility": "RESTRICTED", "ownerId": tom.id })).await.data();
        assert_eq!(update(&tom, json!({ "ownerId": null })).await.problems(), hidden);
        let leave = json!({ "id": report.id, "participants": [] });
        assert_eq!(app.mutate(&ada, "setParticipants", leave.clone(), "report { id }").await.problems(), hidden);
        assert!(sees(app, &ada, &report.id).await && sees(app, &tom, &report.id).await);
        // Who sees everything hides nothing from themselves.
        app.mutate(&admin, "setParticipants", leave, "report { id }").await.data();
        assert!(!sees(app, &ada, &report.id).await && sees(app, &tom, &report.id).await && sees(app, &admin, &report.id).await);
    }

    /// A restricted report is made by its author for itself.
    async fn who_creates_a_restricted_report_sees_it(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({ "visibility": "RESTRICTED" })).await;
        let shown = app.show(&ada, "report", &report.id, "visibility participants { role user { id } }").await;
        assert_eq!(shown, json!({ "visibility": "RESTRICTED", "participants": [{ "role": "AUTHOR", "user": { "id": ada.id } }] }));
    }

    /// What is hidden and shown again takes its items along, and so does what is recommended meanwhile.
    async fn items_are_hidden_and_shown_with_their_report(app) {
        let vault = Vault::new(app).await;
        let seen = async |user: &TestUser| {
            let nodes = app.ask(user, "{ recommendations(first: 100) { totalCount nodes { id } } }", json!({})).await;
            let ids = nodes.at("/recommendations/nodes");
            let ids: Vec<String> = ids.as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
            assert_eq!(nodes.at("/recommendations/totalCount"), ids.len());
            ids
        };
        let set = async |report: &str, visibility: &str| {
            let input = json!({ "id": report, "visibility": visibility });
            app.mutate(&vault.admin, "updateReport", input, "report { id }").await.data();
            assert_eq!(out_of_step(app).await, 0);
        };
        let (secret, public) = (&vault.secret_item.id, &vault.public_item.id);
        assert_eq!(out_of_step(app).await, 0);
        assert_eq!(seen(&vault.outsider).await, std::slice::from_ref(public));
        assert_eq!(seen(&vault.insider).await.len(), 2);
        set(&vault.secret.id, "ORGANIZATION").await;
        assert_eq!(seen(&vault.outsider).await.len(), 2);
        set(&vault.public.id, "RESTRICTED").await;
        // They own it.
        assert_eq!(seen(&vault.outsider).await.len(), 2);
        assert_eq!(seen(&vault.insider).await, std::slice::from_ref(secret));
        let more = app.item(&vault.outsider, &[&vault.public_cause], json!({})).await;
        assert_eq!(out_of_step(app).await, 0);
        assert!(!seen(&vault.insider).await.contains(&more.id));
        assert!(seen(&vault.outsider).await.contains(&more.id));
        set(&vault.public.id, "ORGANIZATION").await;
        assert_eq!(seen(&vault.insider).await.len(), 3);
    }

    /// Whoever is first: what is recommended against a report that is being hidden is hidden, too.
    async fn an_item_of_a_report_that_is_just_being_hidden_is_hidden(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({})).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        for turn in 0..12 {
            let item = json!({ "rootCauseIds": [cause], "title": "Hide it", "kind": "PREVENT", "priority": "P1" });
            let (hidden, new) = futures_util::join!(
                hide_or_show(app, &ada, &report.id, turn),
                app.mutate(&ada, "createRecommendation", item, "recommendation { id }"),
            );
            hidden.data();
            new.data();
            assert_eq!(out_of_step(app).await, 0);
        }
    }

    /// Whoever hides a report holds it, and those who change what is in it refer to it: neither waits for ever.
    async fn what_is_in_a_report_that_is_just_being_hidden_may_change(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({})).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        let lead = app.user("Lea", Role::Admin).await;
        let due = "2026-12-01".parse().unwrap();
        let mut items = Vec::new();
        for _ in 0..3 {
            let item = app.item(&ada, &[&cause], json!({})).await;
            app.accept(&lead, &item, &ada, due).await;
            items.push(item);
        }
        for turn in 0..12 {
            let step = |item| match turn % 2 {
                0 => app.step(&ada, "startRecommendation", item, json!({})),
                _ => app.step(&ada, "blockRecommendation", item, json!({ "reason": "Waits" })),
            };
            let renamed = json!({ "id": cause, "title": format!("Named {turn} times") });
            let more = json!({ "rootCauseIds": [cause], "title": "One more", "kind": "PREVENT", "priority": "P1" });
            let (hidden, one, another, third, renamed, more) = futures_util::join!(
                hide_or_show(app, &ada, &report.id, turn),
                step(&items[0]),
                step(&items[1]),
                step(&items[2]),
                app.mutate(&ada, "updateRootCause", renamed, "rootCause { id }"),
                app.mutate(&ada, "createRecommendation", more, "recommendation { id }"),
            );
            for answer in [hidden, one, another, third, renamed, more] {
                answer.data();
            }
            assert_eq!(out_of_step(app).await, 0);
        }
    }
}

async fn hide_or_show(app: &TestApp, user: &TestUser, report: &str, turn: i32) -> Answer {
    let visibility = if turn % 2 == 0 { "RESTRICTED" } else { "ORGANIZATION" };
    let change = json!({ "id": report, "visibility": visibility });
    app.mutate(user, "updateReport", change, "report { id }").await
}

/// How many items say something else of who may see their report than the report does.
async fn out_of_step(app: &TestApp) -> i64 {
    let db = app.db().await;
    let sql = "SELECT count(*) FROM recommendation i JOIN report r ON r.id = i.report_id WHERE i.report_visibility <> r.visibility";
    let counted = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await;
    counted.unwrap().unwrap().try_get_by_index(0).unwrap()
}
