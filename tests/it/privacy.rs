//! A person whose name and address are taken away: nowhere in the database, and no figure is another.

use chrono::Duration;
use entity::{
    enums::{Role, SubjectKind},
    ids::{ReportId, RootCauseId, TypedId},
    report, root_cause, user, user_identity, web_session,
};
use futures_util::future::join;
use postmortem_api::{
    events::{model::NewEvent, service::record},
    exchange::queries::Form,
    platform::{changes::Changes, db::Hold},
};
use postmortem_tests::{Engine, Receiver, TestApp, TestUser, on_both_databases, receiver::status};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::Expr,
};
use serde_json::{Value, json};
use tokio::{task::yield_now, time::timeout};

use crate::{
    documents::{exported, imported},
    follow_through::DIMENSIONS,
    settings_and_cli::{Machine, refusal, stdout},
    trackers,
};

const NAME: &str = "Ada Lovelace";
const BEFORE: &str = "Ada O'Byron";

/// Somebody whose name is in everything that there is.
struct Person {
    root: TestUser,
    ada: TestUser,
    key: String,
}

impl Person {
    async fn new(app: &TestApp) -> Self {
        let root = app.user("Root", Role::Admin).await;
        let mut ada = app.user(BEFORE, Role::Admin).await;
        let renamed = json!({ "id": ada.id, "name": NAME });
        app.mutate(&root, "updateUser", renamed, "user { id }").await.data();
        ada.name = NAME.to_owned();
        let receiver = Receiver::new();
        receiver.otherwise(status(200).body(format!("Thank you, {NAME} <{}>", ada.email)));
        app.endpoint(&root, &receiver, json!({ "description": format!("Of {NAME}") }))
            .await;

        let text = |what: &str| format!("{what} by {NAME}, once {BEFORE} ({}).", ada.email.to_uppercase());
        let report = app
            .report(
                &ada,
                json!({ "title": text("A report"), "ownerId": ada.id, "background": text("*Written*"), "labels": [NAME, BEFORE] }),
            )
            .await;
        let more = json!({ "id": report.id, "conclusion": text("Ended") });
        app.mutate(&ada, "updateReport", more, "report { id }").await.data();
        let cause = app.cause(&ada, &report, json!({ "title": text("A cause") })).await;
        let new = json!({ "title": text("Limit it"), "ownerId": ada.id, "dueOn": app.day(3), "labels": [BEFORE, NAME, "db"] });
        let item = app.item(&ada, &[&cause], new).await;
        app.accept(&root, &item, &ada, app.day(3)).await;
        let comment = json!({ "subjectId": item.id, "body": text("Said") });
        app.mutate(&ada, "addComment", comment, "comment { id }").await.data();
        let done = json!({ "id": item.id, "evidence": [{ "url": "https://example.org/1", "note": text("Seen") }] });
        app.mutate(&ada, "implementRecommendation", done, "recommendation { id }")
            .await
            .data();
        let laptop = json!({ "name": format!("Laptop of {NAME}") });
        let laptop = app.machine(&ada, &["READ", "WRITE"], laptop).await;
        let seen = json!({ "title": "Disk full", "severity": "SEV3", "startedAt": app.now() });
        app.mutate(&laptop, "createIncident", seen, "incident { id }")
            .await
            .data();
        app.mutate(&ada, "createCalendarFeed", json!({ "name": text("Mine") }), "url")
            .await
            .data();
        app.store([user_identity::Model {
            id: app.mint(),
            user_id: ada.user_id,
            issuer: "https://login.example.org".to_owned(),
            subject: ada.email.clone(),
            synced_at: None,
            created_at: app.now(),
        }])
        .await;
        app.store([web_session::Model {
            id_hash: "x".to_owned(),
            user_id: ada.user_id,
            issuer: "https://login.example.org".to_owned(),
            created_at: app.now(),
            expires_at: app.now() + Duration::days(1),
        }])
        .await;
        app.advance(Duration::days(10));
        app.send_webhooks().await;
        Self {
            root,
            ada,
            key: report.key,
        }
    }

    async fn erase(&self, app: &TestApp) -> Value {
        let input = json!({ "id": self.ada.id });
        let answer = app
            .mutate(
                &self.root,
                "anonymizeUser",
                input,
                "user { id name email isActive anonymizedAt version }",
            )
            .await;
        answer.at("/user")
    }
}

/// Where any of these stands, in any column of any table.
async fn naming(app: &TestApp, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (table, rows) in app.contents().await {
        for row in rows {
            // As it is printed: what is escaped there is not.
            let row = row.to_lowercase().replace("\\'", "'");
            found.extend(
                words
                    .iter()
                    .filter(|word| row.contains(&word.to_lowercase()))
                    .map(|word| format!("{table}: {word}: {row}")),
            );
        }
    }
    found
}

/// All figures, by everything that there is; what people are called is left out.
async fn figures(app: &TestApp, who: &TestUser) -> Vec<Value> {
    let mut all = Vec::new();
    for by in DIMENSIONS {
        for as_of in [None, Some(app.now() - Duration::days(5))] {
            let query = "query ($by: FollowThroughDimension, $asOf: DateTime) { followThrough(groupBy: $by, asOf: $asOf) {
                overall { accepted open overdue implemented verified onTimeRate completionRate overdueDaysTotal medianDaysToImplement causesTotal causesCovered }
                groups { key node { id } metrics { accepted open overdue implemented onTimeRate overdueDaysTotal } } } }";
            let mut answer = app
                .ask(who, query, json!({ "by": by, "asOf": as_of }))
                .await
                .at("/followThrough");
            if by == "OWNER" {
                for group in answer["groups"].as_array_mut().unwrap() {
                    group["key"] = Value::Null;
                }
            }
            all.push(answer);
        }
    }
    let trend = format!(
        "{{ followThroughTrend(from: \"{}\", to: \"{}\", interval: DAY) {{ at accepted implemented open overdue }} }}",
        app.day(-30),
        app.day(0)
    );
    all.push(app.ask(who, &trend, json!({})).await.data().clone());
    all
}

on_both_databases! {
    async fn a_name_is_nowhere_and_no_figure_is_another(app) {
        let person = Person::new(app).await;
        // With the same name in part, and one that only begins alike.
        let other = app.user("Ada Lovelacey", Role::Member).await;
        let words = [NAME, BEFORE, person.ada.email.as_str()];
        let before = naming(app, &words).await;
        for table in ["report", "report_revision", "report_label", "root_cause", "recommendation", "recommendation_version", "comment", "evidence",
            "event", "user", "user_identity", "webhook_attempt", "webhook_endpoint", "api_token", "calendar_feed", "search_document"] {
            assert!(before.iter().any(|row| row.starts_with(&format!("{table}:"))), "{table} names nobody to begin with");
        }
        let (known, events) = (figures(app, &person.root).await, app.events().await.len());

        let user = person.erase(app).await;
        assert_eq!(user["isActive"], false);
        let name = user["name"].as_str().unwrap();
        assert!(name.starts_with("Former user "), "{name}");
        let mine = person.ada.email.to_lowercase();
        let left: Vec<_> = naming(app, &words).await.into_iter().filter(|row| !row.contains("lovelacey")).collect();
        assert!(left.is_empty(), "{left:#?}");
        assert_eq!(figures(app, &person.root).await, known);
        let now_named = naming(app, &[name]).await;
        assert!(now_named.iter().any(|row| row.starts_with("report_revision:")), "history stays, without the name");
        let row = user::Entity::find_by_id(other.user_id).one(&app.db().await).await.unwrap().unwrap();
        assert_eq!(row.name, "Ada Lovelacey", "somebody else");

        // The log tells of it, and not of whom: first that they are inactive, and at the end that their name is gone.
        let log = app.events().await;
        assert_eq!(log.len(), events + 2);
        assert_eq!((log[events].event_type.as_str(), log[events].subject_id), ("user.updated", person.ada.user_id.uuid()));
        let last = log.last().unwrap();
        assert_eq!((last.event_type.as_str(), last.subject_id), ("user.anonymized", person.ada.user_id.uuid()));
        assert!(!last.changes.to_string().to_lowercase().contains(&mine));

        // What is searched follows.
        let search = |query: &str| format!("{{ search(query: {query:?}, first: 5) {{ nodes {{ key }} }} }}");
        assert_eq!(app.ask(&person.root, &search("lovelace"), json!({})).await.at("/search/nodes"), json!([]));
        let found = app.ask(&person.root, &search("former"), json!({})).await.at("/search/nodes");
        assert!(found.as_array().unwrap().iter().any(|hit| hit["key"] == json!(person.key)), "{found}");

        // Once is enough.
        let (rows, again) = (app.contents().await, person.erase(app).await);
        assert_eq!((again, app.contents().await), (user, rows));
    }

    /// Nobody who is saving waits for it while it waits for them, even if they come to refer to the user.
    async fn somebody_may_be_saving(app) {
        let (root, bo) = (app.user("Root", Role::Admin).await, app.user("Bo", Role::Admin).await);
        let ada = app.user(NAME, Role::Member).await;
        let made = app.report(&bo, json!({ "ownerId": bo.id, "background": format!("By {NAME}.") })).await;
        let id: ReportId = made.id.parse().unwrap();
        let session = app.session(&bo).await;
        let tx = session.begin().await.unwrap();
        report::Entity::update_many()
            .col_expr(report::Column::Background, Expr::value(format!("Asked {NAME}.")))
            .filter(report::Column::Id.eq(id))
            .exec(&*tx)
            .await
            .unwrap();
        let saving = async {
            // SQLite has one writer: there it begins when this one is done.
            if app.engine == Engine::Postgres {
                while user::Entity::find_by_id(ada.user_id).one(&app.db().await).await.unwrap().unwrap().is_active {
                    yield_now().await;
                }
            }
            report::Entity::update_many()
                .col_expr(report::Column::OwnerId, Expr::value(ada.user_id))
                .filter(report::Column::Id.eq(id))
                .exec(&*tx)
                .await
                .unwrap();
            let saved = NewEvent::new("report.updated", SubjectKind::Report, id, Some(id));
            let saved = saved.payload(json!({ "key": made.key, "title": "A report" }));
            record(&session, &tx, vec![saved]).await.unwrap();
            tx.commit().await.unwrap();
        };
        let erasing = app.mutate(&root, "anonymizeUser", json!({ "id": ada.id }), "user { name }");
        let both = timeout(std::time::Duration::from_secs(30), join(erasing, saving));
        let (erased, ()) = both.await.expect("neither waits for ever");
        erased.data();
        assert!(naming(app, &[NAME]).await.is_empty());
        let row = report::Entity::find_by_id(id).one(&app.db().await).await.unwrap().unwrap();
        assert_eq!((row.owner_id, row.background), (Some(ada.user_id), format!("Asked {}.", erased.text("/user/name"))));
    }

    /// What is saved meanwhile copies rows that still have the name, and is called after nobody.
    async fn a_revision_that_is_saved_meanwhile_names_nobody(app) {
        let (root, bo) = (app.user("Root", Role::Admin).await, app.user("Bo", Role::Admin).await);
        let ada = app.user(NAME, Role::Member).await;
        let report = app.report(&bo, json!({ "ownerId": ada.id, "background": "A disk was full." })).await;
        let cause = app.cause(&bo, &report, json!({ "title": format!("{NAME} was not asked") })).await;
        let saved = json!({ "id": report.id, "background": "The disk of the log was full." });
        let erased = json!({ "id": ada.id });
        let erasing = app.mutate(&root, "anonymizeUser", erased, "user { id }");
        if app.engine == Engine::Postgres {
            let session = app.session(&bo).await;
            let tx = session.begin().await.unwrap();
            let id: RootCauseId = cause.parse().unwrap();
            root_cause::Entity::find_by_id(id).hold().one(&*tx).await.unwrap().unwrap();
            let saving = async {
                while app.waiting_for_locks().await == 0 {
                    yield_now().await;
                }
                app.mutate(&bo, "updateReport", saved, "report { id }").await.data();
                tx.commit().await.unwrap();
            };
            let (erased, ()) = join(erasing, saving).await;
            erased.data();
        } else {
            // One writer: there is no meanwhile.
            erasing.await.data();
            app.mutate(&bo, "updateReport", saved, "report { id }").await.data();
        }
        let left = naming(app, &[NAME]).await;
        assert!(left.is_empty(), "{left:#?}");
        assert_eq!(app.contents().await["report_revision"].len(), 2);
    }

    /// An event that names two is rewritten for one after the other.
    async fn two_may_go_at_once(app) {
        let root = app.user("Root", Role::Admin).await;
        let (ada, bea) = (app.user(NAME, Role::Member).await, app.user("Bea Smith", Role::Member).await);
        for number in 0..8 {
            let title = format!("{number}: {NAME} and Bea Smith");
            app.report(&root, json!({ "title": title, "ownerId": root.id })).await;
        }
        let erase = async |who: &TestUser| app.mutate(&root, "anonymizeUser", json!({ "id": who.id }), "user { id }").await;
        let (one, two) = join(erase(&ada), erase(&bea)).await;
        one.data();
        two.data();
        let left = naming(app, &[NAME, "Bea Smith"]).await;
        assert!(left.is_empty(), "{left:#?}");
    }

    /// One that was interrupted is ended by asking again, at whichever version.
    async fn an_interrupted_one_goes_on(app) {
        let person = Person::new(app).await;
        let name = format!("Former user {}", person.ada.id[person.ada.id.len() - 6..].to_uppercase());
        let begun = user::ActiveModel {
            id: Unchanged(person.ada.user_id),
            name: Set(name.clone()),
            is_active: Set(false),
            anonymized_at: Set(Some(app.now())),
            ..Default::default()
        };
        let session = app.session(&person.root).await;
        let tx = session.begin().await.unwrap();
        begun.update(&*tx).await.unwrap();
        let changes = Changes::new().field("name", &NAME.to_owned(), &name);
        let begun = NewEvent::new("user.updated", SubjectKind::User, person.ada.user_id, None).changes(changes);
        record(&session, &tx, vec![begun]).await.unwrap();
        tx.commit().await.unwrap();
        let input = json!({ "id": person.ada.id, "expectedVersion": 1 });
        let erased = app.mutate(&person.root, "anonymizeUser", input, "user { id }").await;
        assert_eq!(erased.text("/user/id"), person.ada.id);
        let left = naming(app, &[NAME, BEFORE, person.ada.email.as_str()]).await;
        assert!(left.is_empty(), "{left:#?}");
        assert_eq!(app.events().await.last().unwrap().event_type, "user.anonymized");
        let (rows, again) = (app.contents().await, person.erase(app).await);
        assert!(again["name"].as_str().unwrap().starts_with("Former user "), "{again}");
        assert_eq!(app.contents().await, rows);
    }

    async fn every_way_in_is_closed(app) {
        let person = Person::new(app).await;
        let token = app.machine(&person.ada, &["READ"], json!({})).await;
        let whoever = "{ viewer { user { id } } }";
        let kept = app.session(&person.ada).await;
        person.erase(app).await;
        assert_eq!(app.ask(&person.ada, whoever, json!({})).await.code(), "UNAUTHENTICATED");
        assert_eq!(app.ask(&token, "{ reports { nodes { id } } }", json!({})).await.code(), "UNAUTHENTICATED");
        // A request that was under way would bring the name back.
        let tx = kept.begin().await.unwrap();
        let late = NewEvent::new("comment.added", SubjectKind::User, person.ada.user_id, None);
        let late = record(&kept, &tx, vec![late]).await.unwrap_err();
        assert_eq!(late.code(), "UNAUTHENTICATED");
        drop(tx);
        let contents = app.contents().await;
        assert!(contents["user_identity"].is_empty() && contents["web_session"].is_empty());
        assert!(contents["calendar_feed"].iter().all(|row| row.contains("revoked_at: Some")));
        assert!(contents["api_token"].iter().all(|row| row.contains("revoked_at: Some")));
        // They do not come back, and somebody new may have the address.
        let back = json!({ "id": person.ada.id, "isActive": true });
        let back = app.mutate(&person.root, "updateUser", back, "user { id }").await;
        assert_eq!(back.problems(), [("id".to_owned(), "ANONYMIZED".to_owned())]);
        let new = json!({ "email": person.ada.email, "name": NAME });
        app.mutate(&person.root, "createUser", new, "user { id }").await.data();
    }

    async fn who_is_needed_or_asks_for_themselves_is_refused(app) {
        let root = app.user("Root", Role::Admin).await;
        let ada = app.user(NAME, Role::Member).await;
        let before = app.contents().await;
        let erase = async |who: &TestUser, id: &str| {
            app.mutate(who, "anonymizeUser", json!({ "id": id }), "user { id }").await
        };
        let stale = json!({ "id": ada.id, "expectedVersion": 7 });
        assert_eq!(app.mutate(&root, "anonymizeUser", stale, "user { id }").await.code(), "CONFLICT");
        assert_eq!(erase(&ada, &root.id).await.code(), "FORBIDDEN");
        assert_eq!(erase(&root, &root.id).await.problems(), [("id".to_owned(), "YOURSELF".to_owned())]);
        let machine = app.machine(&root, &["ADMIN"], json!({})).await;
        let last = erase(&machine, &root.id).await;
        assert_eq!(last.problems(), [("id".to_owned(), "LAST_ADMIN".to_owned())]);
        let unknown = "usr_01k00000000000000000000000";
        assert_eq!(app.mutate(&root, "anonymizeUser", json!({ "id": unknown }), "user { id }").await.code(), "NOT_FOUND");
        assert_eq!(app.contents().await["user"], before["user"]);
    }

    /// What somebody else is called too is theirs, and a name of one word may be any word.
    async fn what_may_mean_something_else_stays(app) {
        let root = app.user("Root", Role::Admin).await;
        let (one, two) = (app.user("Sam Smith", Role::Member).await, app.user("Sam Smith", Role::Member).await);
        let will = app.user("Will", Role::Member).await;
        let text = "Sam Smith asked: Will it happen again?";
        let report = app.report(&two, json!({ "ownerId": two.id, "background": text })).await;
        app.cause(&will, &app.report(&will, json!({})).await, json!({})).await;
        for user in [&one, &will] {
            app.mutate(&root, "anonymizeUser", json!({ "id": user.id }), "user { id }").await.data();
        }
        assert_eq!(app.show(&root, "report", &report.id, "background").await["background"], text);
        let acted: Vec<String> = app.events().await.into_iter().map(|event| event.actor_name).collect();
        assert!(acted.contains(&"Sam Smith".to_owned()), "the other one's");
        assert!(!acted.contains(&"Will".to_owned()), "{acted:?}");
    }

    /// A link stays one word, so what is exported is taken again.
    async fn a_link_with_a_name_stays_a_link(app) {
        let root = app.user("Root", Role::Admin).await;
        let ada = app.user(NAME, Role::Member).await;
        let link = "https://wiki.example.org/Ada_Lovelace#pager";
        let report = app.report(&root, json!({ "ownerId": root.id, "background": format!("See [her page]({link}).") })).await;
        let cause = app.cause(&root, &report, json!({})).await;
        let item = app.item(&root, &[&cause], json!({})).await;
        app.accept(&root, &item, &root, app.day(3)).await;
        let done = json!({ "id": item.id, "evidence": [{ "url": link, "note": "Seen" }] });
        app.mutate(&root, "implementRecommendation", done, "recommendation { id }").await.data();
        let erased = app.mutate(&root, "anonymizeUser", json!({ "id": ada.id }), "user { name }").await;
        let link = format!("https://wiki.example.org/{}#pager", erased.text("/user/name").replace(' ', "_"));
        let text = exported(app, &report.key, Form::Json).await;
        assert!(text.contains(&format!("See [her page]({link}).")) && text.contains(&format!("\"{link}\"")), "{text}");
        let other = TestApp::new(app.engine).await;
        assert!(imported(&other, &text).await.created);
        other.finish().await;
    }

    /// Our title goes to the tracker, and its own does not come back.
    async fn a_tracker_is_told_the_title_without_the_name(app) {
        let linked = trackers::accepted(app, json!({ "title": format!("Ask {NAME} for the limit") })).await;
        app.keep_trackers().await;
        let named = app.user(NAME, Role::Member).await;
        let map = json!({ "id": linked.connection.id, "userMap": [{ "external": "countess", "userId": named.id }, { "external": "bo", "userId": linked.bo.id }] });
        app.mutate(&linked.ada, "updateTrackerConnection", map, "trackerConnection { id }").await.data();
        assert!(linked.tracker.issue(1)["title"].as_str().unwrap().contains(NAME));
        app.mutate(&linked.ada, "anonymizeUser", json!({ "id": named.id }), "user { id }").await.data();
        assert!(naming(app, &["countess", NAME]).await.is_empty());
        app.keep_trackers().await;
        linked.poll(app).await;
        let title = linked.shown(app).await["title"].clone();
        assert!(title.as_str().unwrap().starts_with("Ask Former user "), "{title}");
        assert_eq!(linked.tracker.issue(1)["title"], title);
        assert_eq!(linked.link(app).await["state"], "IN_SYNC");
        assert!(naming(app, &["countess", NAME]).await.is_empty());
    }
}

#[actix_web::test]
async fn an_operator_does_it_without_a_server() {
    let machine = Machine::new();
    for (email, role) in [("ada@example.org", "member"), ("root@example.org", "admin")] {
        assert!(
            machine
                .run(&["token", "--email", email, "--role", role])
                .status
                .success()
        );
    }
    let done = machine.run(&["anonymize", "--email", "ada@example.org"]);
    assert!(
        stdout(&done).starts_with("usr_") && stdout(&done).contains("has no name any more"),
        "{done:?}"
    );
    let gone = refusal(&machine.run(&["anonymize", "--email", "ada@example.org"]));
    assert!(gone.contains("There is no user ada@example.org"), "{gone}");
    let last = refusal(&machine.run(&["anonymize", "--email", "root@example.org"]));
    assert!(last.contains("the last active admin"), "{last}");
}
