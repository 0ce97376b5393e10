//! Many at once on the same things: each is done or refused with a reason, and none is lost or fails on our side.

use entity::enums::Role;
use futures_util::future::join_all;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{Answer, TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

/// Everybody at once; gives what came back.
async fn at_once(app: &TestApp, asked: Vec<(&TestUser, &str, Value)>) -> Vec<Answer> {
    join_all(
        asked
            .into_iter()
            .map(|(user, name, input)| app.mutate(user, name, input, "__typename")),
    )
    .await
}

#[track_caller]
fn all_done(answers: &[Answer]) {
    for answer in answers {
        answer.data();
    }
}

on_both_databases! {
    /// Whoever changes a report and whoever changes what stands under it do not wait for each other for ever.
    async fn writers_of_a_report_and_of_its_items(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let report = app.report(&ada, json!({ "ownerId": ada.id })).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        let mut items = Vec::new();
        for _ in 0..5 {
            items.push(app.item(&ada, &[&cause], json!({})).await);
        }
        let mut asked = Vec::new();
        for round in 0..12 {
            asked.push((&ada, "updateReport", json!({ "id": report.id, "title": format!("Title {round}") })));
            asked.push((&ada, "updateRecommendation", json!({ "id": items[round % 5].id, "title": format!("Title {round}") })));
            asked.push((&ada, "addComment", json!({ "subjectId": items[round % 5].id, "body": "So." })));
            asked.push((&ada, "updateRootCause", json!({ "id": cause, "title": format!("Cause {round}") })));
        }
        all_done(&at_once(app, asked).await);
    }

    /// Nor whoever edits a RESTRICTED report while admins look into it.
    async fn readers_who_are_written_down(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({ "ownerId": ada.id, "visibility": "RESTRICTED" })).await;
        let mut admins = Vec::new();
        for _ in 0..6 {
            admins.push(app.user("Root", Role::Admin).await);
        }
        let edits = (0..10).map(|round| (&ada, "updateReport", json!({ "id": report.id, "title": format!("Title {round}") })));
        let looks = admins.iter().map(|admin| app.ask(admin, "{ reports { nodes { title } } }", json!({})));
        let (edits, looks) = futures_util::future::join(at_once(app, edits.collect()), join_all(looks)).await;
        all_done(&edits);
        all_done(&looks);
    }

    /// Whoever holds a connection does not wait for a second one, however few there are: not for the lists of one query, and not for
    /// noting that an admin looked into a RESTRICTED report.
    async fn many_with_few_connections(app) {
        let ada = app.user("Ada", Role::Member).await;
        let root = app.user("Root", Role::Admin).await;
        let report = app.report(&ada, json!({ "ownerId": ada.id, "visibility": "RESTRICTED" })).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        let item = app.item(&ada, &[&cause], json!({})).await;
        let few = app.another_process_with(|settings| Settings { database_connections: 2, ..settings }).await;
        let wide = "{ reports { nodes { title labels timeline { totalCount } rootCauses { nodes { title coverage } } \
                    comments { nodes { body } } participants { role } recommendations { nodes { title labels } } } } }";
        let looks = (0..16).map(|_| few.ask(&root, wide, json!({})));
        let edits = (0..8).map(|round| (&ada, "addComment", json!({ "subjectId": item.id, "body": format!("So {round}.") })));
        let (looks, edits) = futures_util::future::join(join_all(looks), at_once(&few, edits.collect())).await;
        all_done(&looks);
        all_done(&edits);
    }

    /// Nor do admins who change each other, nor whoever acts meanwhile.
    async fn admins_who_change_each_other(app) {
        let (ada, bo) = (app.user("Ada", Role::Admin).await, app.user("Bo", Role::Admin).await);
        let root = app.user("Root", Role::Admin).await;
        let report = app.report(&ada, json!({})).await;
        let mut asked = Vec::new();
        for round in 0..8 {
            let role = if round % 2 == 0 { "MEMBER" } else { "ADMIN" };
            asked.push((&root, "updateUser", json!({ "id": ada.id, "role": role })));
            asked.push((&root, "updateUser", json!({ "id": bo.id, "role": role })));
            asked.push((&root, "addComment", json!({ "subjectId": report.id, "body": "So." })));
        }
        all_done(&at_once(app, asked).await);
    }

    /// Links made at once still lead to the first occurrence.
    async fn links_of_recurrences(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let mut causes = Vec::new();
        for _ in 0..4 {
            let report = app.report(&ada, json!({})).await;
            causes.push(app.cause(&ada, &report, json!({})).await);
            app.advance(chrono::Duration::days(2));
        }
        let link = |from: usize, to: usize| (&ada, "linkRecurrence", json!({ "rootCauseId": causes[from], "recurrenceOfId": causes[to] }));
        all_done(&at_once(app, vec![link(3, 2), link(2, 1), link(1, 0)]).await);
        for cause in &causes[1..] {
            let shown = app.show(&ada, "rootCause", cause, "recurrenceOf { id }").await;
            assert_eq!(shown["recurrenceOf"]["id"], json!(causes[0]), "a chain was left");
        }
    }

    /// A cause that is removed while something is pointed at it: one of the two is told so.
    async fn a_cause_goes_while_it_is_named(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let report = app.report(&ada, json!({})).await;
        for _ in 0..6 {
            let cause = app.cause(&ada, &report, json!({})).await;
            let new = json!({ "rootCauseIds": [cause], "title": "Limit it", "kind": "PREVENT", "priority": "P2" });
            let answers = at_once(app, vec![
                (&ada, "createRecommendation", new.clone()), (&ada, "removeRootCause", json!({ "id": cause })), (&ada, "createRecommendation", new),
            ]).await;
            for answer in answers {
                if answer.body.get("errors").is_some() {
                    let (_, problem) = answer.problems().remove(0);
                    assert!(["UNKNOWN_ROOT_CAUSE", "TREATED"].contains(&problem.as_str()), "{problem}");
                }
            }
        }
    }

    /// First sign-ins of the same token make one user.
    async fn first_sign_ins(app) {
        let provider = postmortem_tests::oidc::OidcProvider::start();
        let app = &crate::oidc::app_of(app, &provider, json!({})).await;
        let token = provider.token("alice", json!({})).await;
        let replies = join_all((0..8).map(|_| app.who(&token))).await;
        for reply in replies {
            assert_eq!(reply.json()["data"]["viewer"]["user"]["email"], "alice@example.com", "{}", reply.body);
        }
        let contents = app.contents().await;
        assert_eq!((contents["user"].len(), contents["user_identity"].len()), (1, 1));
    }
}
