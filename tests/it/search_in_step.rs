//! What is searched is what is stored, after every kind of change, and not before it is there to stay.

use chrono::Duration;
use entity::{enums::Role, search_document, search_term};
use futures_util::{
    FutureExt,
    future::{join, join_all},
};
use postmortem_api::{demo, search::jobs::index_missing};
use postmortem_tests::{Engine, TestApp, TestUser, on_both_databases, wait_until};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

async fn finds(app: &TestApp, user: &TestUser, query: &str) -> u64 {
    let text = "query ($query: String!) { search(query: $query) { totalCount } }";
    app.ask(user, text, json!({ "query": query }))
        .await
        .at("/search/totalCount")
        .as_u64()
        .unwrap()
}

/// All that is indexed, as text: documents without their numbers, and words.
async fn indexed(app: &TestApp) -> Vec<String> {
    let db = app.db().await;
    let documents = search_document::Entity::find().all(&db).await.unwrap();
    let terms = search_term::Entity::find().all(&db).await.unwrap();
    let mut all = Vec::new();
    for document in documents {
        let mut its: Vec<_> = terms
            .iter()
            .filter(|term| term.document_number == document.number)
            .collect();
        its.sort_by_key(|term| term.term.clone());
        let its: Vec<_> = its
            .iter()
            .map(|term| (&term.term, term.subject_kind, term.report_id))
            .collect();
        all.push(format!(
            "{:?} {its:?}",
            search_document::Model {
                number: 0,
                ..document.clone()
            }
        ));
    }
    if app.engine == Engine::Postgres {
        let sql = "SELECT d.subject_id::text || ' ' || i.terms::text AS line FROM search_index i JOIN search_document d USING (number)";
        let rows = db
            .query_all_raw(sea_orm::Statement::from_string(db.get_database_backend(), sql))
            .await
            .unwrap();
        all.extend(rows.iter().map(|row| row.try_get::<String>("", "line").unwrap()));
    }
    all.sort();
    all
}

/// Forgets all that is indexed, and indexes what is stored.
async fn index_anew(app: &TestApp) {
    let db = app.db().await;
    search_term::Entity::delete_many().exec(&db).await.unwrap();
    db.execute_unprepared("DELETE FROM search_index").await.unwrap();
    search_document::Entity::delete_many().exec(&db).await.unwrap();
    let operator = app.operator().await;
    index_missing(&operator).await.unwrap();
}

on_both_databases! {
    /// Each change is found at once, and what was there before it no longer.
    async fn every_change_is_found(app) {
        let me = app.user("Mia", Role::Member).await;
        let report = app.report(&me, json!({ "title": "Alpha", "labels": ["bravo"], "executiveSummary": "Charlie" })).await;
        for query in ["alpha", "bravo", "charlie"] {
            assert_eq!(finds(app, &me, query).await, 1, "{query}");
        }
        let changes = [
            ("updateReport", json!({ "id": report.id, "title": "Delta" }), "alpha", "delta"),
            ("updateReport", json!({ "id": report.id, "executiveSummary": "Echo" }), "charlie", "echo"),
            ("updateReport", json!({ "id": report.id, "labels": ["foxtrot"] }), "bravo", "foxtrot"),
            ("updateIncident", json!({ "id": report.incident, "title": "Golf" }), "incident", "golf"),
        ];
        for (name, input, gone, come) in changes {
            app.mutate(&me, name, input, "__typename").await.data();
            assert_eq!((finds(app, &me, gone).await, finds(app, &me, come).await), (0, 1), "{gone} {come}");
        }
        let cause = app.cause(&me, &report, json!({ "title": "Hotel", "description": "India" })).await;
        let item = app.item(&me, &[&cause], json!({ "title": "Juliett", "labels": ["kilo"], "acceptanceCriterion": "Lima" })).await;
        let other = app.item(&me, &[&cause], json!({ "title": "Mike" })).await;
        for query in ["hotel", "india", "juliett", "kilo", "lima", "mike"] {
            assert_eq!(finds(app, &me, query).await, 1, "{query}");
        }
        let changes = [
            ("updateRootCause", json!({ "id": cause, "title": "November" }), "hotel", "november"),
            ("updateRootCause", json!({ "id": cause, "description": "Oscar" }), "india", "oscar"),
            ("recordNoAction", json!({ "rootCauseId": cause, "reason": "Papa" }), "hotel", "papa"),
            ("updateRootCause", json!({ "id": cause, "clearNoActionReason": true }), "papa", "november"),
            ("updateRecommendation", json!({ "id": item.id, "title": "Quebec" }), "juliett", "quebec"),
            ("updateRecommendation", json!({ "id": item.id, "labels": ["romeo"] }), "kilo", "romeo"),
            ("updateRecommendation", json!({ "id": item.id, "acceptanceCriterion": null, "description": "Sierra" }), "lima", "sierra"),
        ];
        for (name, input, gone, come) in changes {
            app.mutate(&me, name, input, "__typename").await.data();
            assert_eq!((finds(app, &me, gone).await, finds(app, &me, come).await), (0, 1), "{gone} {come}");
        }
        let both = json!({ "ids": [item.id, other.id], "patch": { "labels": ["tango"] } });
        app.mutate(&me, "bulkUpdateRecommendations", both, "__typename").await.data();
        assert_eq!((finds(app, &me, "romeo").await, finds(app, &me, "tango").await), (0, 2));
        let extra = app.cause(&me, &report, json!({ "title": "Uniform" })).await;
        assert_eq!(finds(app, &me, "uniform").await, 1);
        app.mutate(&me, "removeRootCause", json!({ "id": extra }), "removedId").await.data();
        assert_eq!(finds(app, &me, "uniform").await, 0);
    }

    /// What is refused, or part of what is refused, is not found.
    async fn what_is_rolled_back_is_not_found(app) {
        let me = app.user("Mia", Role::Member).await;
        let other = app.user("Otto", Role::Member).await;
        let report = app.report(&me, json!({ "title": "Alpha" })).await;
        let cause = app.cause(&me, &report, json!({})).await;
        let mine = app.item(&me, &[&cause], json!({ "title": "Bravo" })).await;
        let theirs = app.item(&other, &[&cause], json!({ "title": "Charlie" })).await;
        let before = indexed(app).await;
        let both = json!({ "ids": [theirs.id, mine.id], "patch": { "labels": ["delta"] } });
        assert_eq!(app.mutate(&other, "bulkUpdateRecommendations", both, "__typename").await.code(), "FORBIDDEN");
        assert_eq!(app.mutate(&other, "updateReport", json!({ "id": report.id, "title": "Echo" }), "__typename").await.code(), "FORBIDDEN");
        let stale = json!({ "id": report.id, "title": "Foxtrot", "expectedVersion": 9 });
        assert_eq!(app.mutate(&me, "updateReport", stale, "__typename").await.code(), "CONFLICT");
        for query in ["delta", "echo", "foxtrot"] {
            assert_eq!(finds(app, &me, query).await, 0, "{query}");
        }
        assert_eq!(indexed(app).await, before);
    }

    /// Two years of changes of every kind leave what indexing anew would make.
    async fn documents_are_what_is_stored(app) {
        demo::load(&app.app, || {}).await.expect("the demo to load");
        let me = app.user("Mia", Role::Member).await;
        let document = include_str!("fixtures/table.md");
        app.mutate(&me, "importReport", json!({ "fileName": "table.md", "markdown": document }), "__typename").await.data();
        let kept = indexed(app).await;
        assert!(kept.len() > 100, "{}", kept.len());
        let queries = ["retry", "cache", "the deploy", "recovery time", "\"feature file\"", "quota -null", "REC-4", "dns"];
        let mut found = Vec::new();
        for query in queries {
            found.push(results(app, &me, query).await);
        }
        index_anew(app).await;
        let anew = indexed(app).await;
        for (kept, anew) in kept.iter().zip(&anew) {
            assert_eq!(kept, anew);
        }
        assert_eq!(kept.len(), anew.len());
        for (query, before) in queries.into_iter().zip(found) {
            assert_eq!(results(app, &me, query).await, before, "{query}");
        }
    }

    /// Whoever changes an incident, its reports, or makes another one, at the same time: nobody's words are lost.
    async fn writers_at_once_leave_what_is_stored(app) {
        let me = app.user("Mia", Role::Member).await;
        let report = app.report(&me, json!({ "title": "Alpha" })).await;
        for round in 0..12 {
            let title = format!("Incident of round {round}");
            let incident = app.mutate(&me, "updateIncident", json!({ "id": report.incident, "title": title }), "__typename");
            let text = json!({ "id": report.id, "conclusion": format!("Text of round {round}") });
            let text = app.mutate(&me, "updateReport", text, "__typename");
            let another = json!({ "incidentId": report.incident, "title": format!("Another of round {round}") });
            let another = app.mutate(&me, "createReport", another, "__typename");
            let labels = app.mutate(&me, "updateReport", json!({ "id": report.id, "labels": [format!("label {round}")] }), "__typename");
            for answer in join_all([incident.boxed_local(), another.boxed_local(), text.boxed_local(), labels.boxed_local()]).await {
                answer.data();
            }
        }
        let kept = indexed(app).await;
        index_anew(app).await;
        assert_eq!(kept, indexed(app).await);
    }

    /// What was there before the search was, or has an older form, is indexed by a job.
    async fn a_job_indexes_what_is_missing(app) {
        let me = app.user("Mia", Role::Member).await;
        let report = app.report(&me, json!({ "title": "Alpha" })).await;
        let cause = app.cause(&me, &report, json!({ "title": "Bravo" })).await;
        app.item(&me, &[&cause], json!({ "title": "Charlie" })).await;
        let (kept, db) = (indexed(app).await, app.db().await);
        search_document::Entity::update_many()
            .col_expr(search_document::Column::Form, sea_orm::sea_query::Expr::value(0))
            .filter(search_document::Column::Title.eq("Bravo"))
            .exec(&db)
            .await
            .unwrap();
        let operator = app.operator().await;
        assert_eq!(index_missing(&operator).await.unwrap(), 1);
        assert_eq!(indexed(app).await, kept);
        index_anew(app).await;
        assert_eq!(indexed(app).await, kept);
        app.advance(Duration::minutes(1));
        postmortem_api::jobs::run_once(&app.app).await.unwrap();
        assert_eq!(finds(app, &me, "charlie").await, 1);
    }
}

/// While the job waits for a report, it holds nothing that stands under it: whoever has the report comes for that.
#[actix_web::test]
async fn the_job_keeps_the_report_before_what_stands_under_it() {
    let app = TestApp::new(Engine::Postgres).await;
    let me = app.user("Mia", Role::Member).await;
    let report = app.report(&me, json!({ "title": "Alpha" })).await;
    let cause = app.cause(&me, &report, json!({ "title": "Bravo" })).await;
    app.item(&me, &[&cause], json!({ "title": "Charlie" })).await;
    let (kept, db, operator) = (indexed(&app).await, app.db().await, app.operator().await);
    for (title, table) in [("Bravo", "root_cause"), ("Charlie", "recommendation")] {
        search_document::Entity::delete_many()
            .filter(search_document::Column::Title.eq(title))
            .exec(&db)
            .await
            .unwrap();
        let changing = app.app.databases.begin().await.unwrap();
        let report = "SELECT id FROM report FOR UPDATE";
        changing.execute_unprepared(report).await.unwrap();
        let change = async {
            wait_until(async || app.waiting_for_locks().await > 0).await;
            let under_it = format!("SELECT id FROM {table} FOR UPDATE NOWAIT");
            changing.execute_unprepared(&under_it).await.unwrap();
            drop(changing);
        };
        let (done, ()) = join(index_missing(&operator), change).await;
        assert_eq!(done.unwrap(), 1, "{title}");
    }
    assert_eq!(indexed(&app).await, kept);
    app.finish().await;
}

async fn results(app: &TestApp, user: &TestUser, query: &str) -> Value {
    let text = "query ($query: String!) { search(query: $query, first: 100) { nodes { title score snippet } } }";
    app.ask(user, text, json!({ "query": query })).await.at("/search")
}
