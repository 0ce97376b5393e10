//! The feed: every event once, in one order, for whoever polls.

use std::{sync::Arc, thread::JoinHandle};

use entity::{enums::Role, event, ids::ReportId};
use postmortem_api::{
    auth::App,
    comments::service::{Subject, add},
    events::{model::NewEvent, service::record},
    platform::db::Databases,
};
use postmortem_tests::{Engine, TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

/// Somebody who polls.
struct Reader<'a> {
    app: &'a TestApp,
    user: &'a TestUser,
    /// Besides `after` and `first`.
    args: &'static str,
    after: Value,
    seen: Vec<String>,
}

impl<'a> Reader<'a> {
    fn new(app: &'a TestApp, user: &'a TestUser, args: &'static str) -> Self {
        Self {
            app,
            user,
            args,
            after: Value::Null,
            seen: Vec::new(),
        }
    }

    /// One page. Is there more?
    async fn poll(&mut self, first: u32) -> bool {
        let query = format!(
            "query ($after: String) {{ events(after: $after, first: {first}, {}) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}",
            self.args
        );
        let page = self
            .app
            .ask(self.user, &query, json!({ "after": self.after }))
            .await
            .at("/events");
        let ids = page["nodes"].as_array().unwrap().iter();
        self.seen
            .extend(ids.map(|node| node["id"].as_str().unwrap().to_owned()));
        self.after = page["pageInfo"]["endCursor"].clone();
        assert!(
            self.after.is_string(),
            "a poller always has a place to go on from: {page}"
        );
        page["pageInfo"]["hasNextPage"].as_bool().unwrap()
    }

    async fn catch_up(&mut self, first: u32) {
        while self.poll(first).await {}
    }
}

fn ids<'a>(events: impl Iterator<Item = &'a event::Model>) -> Vec<String> {
    events.map(|event| event.id.to_string()).collect()
}

const WRITERS: usize = 4;
const ROUNDS: usize = 40;

/// A process that writes: one event, several at once, or some that are taken back.
fn writer(app: &TestApp, user: &TestUser, report: ReportId, number: usize) -> JoinHandle<()> {
    let (settings, clock) = (app.app.settings.clone(), Arc::new(app.clock.clone()));
    let user = user.user_id;
    std::thread::spawn(move || {
        let work = async move {
            let databases = Databases::new(&settings.database_url, 3, 60_000).unwrap();
            let app = App::start(settings, clock, databases).await.unwrap();
            let session = app.session_of(user).await.unwrap();
            for round in 0..ROUNDS {
                match (number + round) % 4 {
                    0 | 1 => {
                        let body = format!("{number}, {round}");
                        add(&session, Subject::Report(report), &body).await.unwrap();
                    }
                    kind => {
                        let looks = (0..3).map(|_| {
                            NewEvent::new("report.read", entity::enums::SubjectKind::Report, report, Some(report))
                                .payload(json!({ "key": "PM-1", "title": "It" }))
                        });
                        let tx = session.begin().await.unwrap();
                        record(&session, &tx, looks.collect()).await.unwrap();
                        if kind == 2 {
                            tx.commit().await.unwrap();
                        }
                    }
                }
            }
        };
        actix_web::rt::System::new().block_on(work);
    })
}

/// Several processes write, and pollers read as fast as they can meanwhile.
async fn nothing_is_skipped(engine: Engine) {
    let app = TestApp::new(engine).await;
    let ada = app.user("Ada", Role::Admin).await;
    let vera = app.user("Vera", Role::Viewer).await;
    let report = app.report(&ada, json!({})).await;
    let id: ReportId = report.id.parse().unwrap();
    let mut readers = [
        Reader::new(&app, &ada, ""),
        Reader::new(&app, &ada, "types: [\"comment.added\"]"),
        Reader::new(&app, &vera, "types: [\"report.*\", \"incident.*\"]"),
    ];
    let writers: Vec<_> = (0..WRITERS).map(|number| writer(&app, &ada, id, number)).collect();
    let mut polls = 0;
    while !writers.iter().all(JoinHandle::is_finished) {
        for (reader, first) in readers.iter_mut().zip([7, 1, 100]) {
            reader.poll(first).await;
            polls += 1;
        }
    }
    for writer in writers {
        writer.join().unwrap();
    }
    for reader in &mut readers {
        reader.catch_up(100).await;
    }
    assert!(polls > 20, "the readers read while others wrote: {polls}");
    let log = app.events().await;
    assert!(log.len() > WRITERS * ROUNDS, "{}", log.len());
    let of = |nouns: &'static [&str]| {
        ids(log
            .iter()
            .filter(move |event| nouns.iter().any(|noun| event.event_type.starts_with(noun))))
    };
    assert_eq!(readers[0].seen, ids(log.iter()));
    assert_eq!(readers[1].seen, of(&["comment."]));
    assert_eq!(readers[2].seen, of(&["report.", "incident."]));
    app.finish().await;
}

#[actix_web::test]
async fn nothing_is_skipped_while_many_write_on_postgres() {
    nothing_is_skipped(Engine::Postgres).await;
}

#[actix_web::test]
async fn nothing_is_skipped_while_many_write_on_sqlite() {
    nothing_is_skipped(Engine::Sqlite).await;
}

on_both_databases! {
    /// The oldest first, whatever the size of the pages; and of one thing or some types alone.
    async fn the_feed_is_the_log(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let report = app.report(&ada, json!({})).await;
        app.publish(&ada, &report).await;
        let log = app.events().await;
        for first in [1, 2, 3, 100] {
            let mut reader = Reader::new(app, &ada, "");
            reader.catch_up(first).await;
            assert_eq!(reader.seen, ids(log.iter()), "{first} at a time");
        }
        let query = "query ($id: ID) {
            events(subject: $id, types: [\"report.published\", \"root_cause.*\", \"report.published\"]) { totalCount nodes { type sequence subject { id } } }
        }";
        let page = app.ask(&ada, query, json!({ "id": report.id })).await.at("/events");
        assert_eq!(page["totalCount"], 1);
        assert_eq!(page["nodes"][0]["type"], "report.published");
        assert_eq!(page["nodes"][0]["subject"]["id"], json!(report.id));
        assert_eq!(page["nodes"][0]["sequence"], json!(log.last().unwrap().sequence.to_string()));
    }

    /// An empty page has a place too, and the same poll costs the same however long nothing happens.
    async fn a_poller_always_knows_where_to_go_on(app) {
        let ada = app.user("Ada", Role::Admin).await;
        for args in ["", "types: [\"comment.added\"]"] {
            let mut reader = Reader::new(app, &ada, args);
            reader.catch_up(100).await;
            let (place, seen) = (reader.after.clone(), reader.seen.len());
            reader.catch_up(100).await;
            assert_eq!(reader.after, place);
            let report = app.report(&ada, json!({})).await;
            let comment = json!({ "subjectId": report.id, "body": "So." });
            app.mutate(&ada, "addComment", comment, "comment { id }").await.data();
            // Nothing of a page without rows is passed over.
            assert!(reader.poll(0).await);
            assert_eq!(reader.after, place);
            reader.catch_up(1).await;
            assert!(reader.seen.len() > seen);
            assert_eq!(Some(&app.events().await.last().unwrap().id.to_string()), reader.seen.last());
        }
        // Behind all that is of no interest.
        let mut reader = Reader::new(app, &ada, "types: [\"team.*\"]");
        reader.catch_up(100).await;
        assert!(reader.seen.is_empty());
        let now = app.ask(&ada, "{ events(first: 0) { latestCursor } }", json!({})).await.at("/events/latestCursor");
        assert_eq!(reader.after, now);
        // From now on, without what was.
        let mut reader = Reader::new(app, &ada, "");
        reader.after = now;
        reader.catch_up(100).await;
        assert!(reader.seen.is_empty());
        app.report(&ada, json!({})).await;
        reader.catch_up(100).await;
        assert_eq!(reader.seen.len(), 2);
    }

    /// Before anything has happened.
    async fn an_empty_log_has_a_beginning(app) {
        let nobody = app.user("Vera", Role::Viewer).await;
        // That there is a user is for admins.
        let mut reader = Reader::new(app, &nobody, "");
        assert!(!reader.poll(10).await);
        let ada = app.user("Ada", Role::Member).await;
        app.report(&ada, json!({})).await;
        reader.catch_up(10).await;
        assert_eq!(reader.seen.len(), 2);
    }

    /// Whoever may not know of a report hears nothing of it, nor do members of who signs in.
    async fn the_feed_is_for_who_may_see(app) {
        let ada = app.user("Ada", Role::Member).await;
        let olga = app.user("Olga", Role::Member).await;
        let admin = app.user("Root", Role::Admin).await;
        let hidden = app.report(&ada, json!({ "ownerId": ada.id, "visibility": "RESTRICTED" })).await;
        app.cause(&ada, &hidden, json!({})).await;
        let about = |user| {
            let id = hidden.id.clone();
            async move {
                let query = "query ($id: ID) { events(subject: $id) { totalCount nodes { id } } }";
                app.ask(user, query, json!({ "id": id })).await.at("/events/totalCount")
            }
        };
        assert_eq!(about(&ada).await, 1);
        assert_eq!(about(&olga).await, 0);
        assert_eq!(about(&admin).await, 1);
        let mut outsider = Reader::new(app, &olga, "");
        outsider.catch_up(100).await;
        let log = app.events().await;
        assert_eq!(outsider.seen, ids(log.iter().filter(|event| event.event_type == "incident.created")));
        let mut reader = Reader::new(app, &admin, "types: [\"user.*\"]");
        reader.catch_up(100).await;
        assert_eq!(reader.seen.len(), 3);
    }

    /// A wrong argument is told, not guessed at.
    async fn what_cannot_be_followed_is_refused(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({})).await;
        let history = app.show(&ada, "report", &report.id, "history { pageInfo { endCursor } }").await;
        let foreign = history["history"]["pageInfo"]["endCursor"].clone();
        let query = "query ($after: String, $types: [String!], $subject: ID, $first: Int) {
            events(after: $after, types: $types, subject: $subject, first: $first) { nodes { id } }
        }";
        for (variables, path, code) in [
            (json!({ "types": ["recommendation.acepted"] }), "types.0", "UNKNOWN_TYPE"),
            (json!({ "types": ["report.*", "reports.*"] }), "types.1", "UNKNOWN_TYPE"),
            (json!({ "types": [] }), "types", "NUMBER_OF_TYPES"),
            (json!({ "subject": "PM-1" }), "subject", "MALFORMED_ID"),
            (json!({ "subject": "cat_01h455vb4pex5vsknk084sn02q" }), "subject", "MALFORMED_ID"),
            (json!({ "after": foreign }), "after", "FOREIGN_CURSOR"),
            (json!({ "after": "12" }), "after", "MALFORMED_CURSOR"),
            (json!({ "first": 101 }), "first", "PAGE_SIZE"),
        ] {
            let answer = app.ask(&ada, query, variables.clone()).await;
            assert_eq!(answer.code(), "VALIDATION_FAILED", "{variables}");
            assert_eq!(answer.problems(), [(path.to_owned(), code.to_owned())], "{variables}");
        }
    }
}
