//! The views for reporting tools say what GraphQL says, tell nothing RESTRICTED, and are as docs/sql-views.md has them.

use chrono::{Datelike, Duration, NaiveDate};
use entity::enums::Role;
use postmortem_api::{jobs, platform::db::Databases, platform::settings::Settings};
use postmortem_tests::{
    TestApp, TestUser,
    documents::{document, first_cells, snippets},
    on_both_databases,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::{Value, json};

use crate::{follow_through::story::Story, restricted::Vault};

const VIEWS: [&str; 3] = ["v_recommendation", "v_report", "v_follow_through_weekly"];

async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .expect("an answer");
    rows.iter()
        .map(|row| row.try_get_by_index(0).expect("a text"))
        .collect()
}

async fn columns(app: &TestApp, view: &str) -> Vec<String> {
    let sql = if app.app.databases.is_sqlite() {
        format!("SELECT name FROM pragma_table_info('{view}')")
    } else {
        format!(
            "SELECT column_name::text FROM information_schema.columns WHERE table_name = '{view}' ORDER BY ordinal_position"
        )
    };
    texts(&app.db().await, &sql).await
}

/// The rows of a view, alike on both databases: flags as such, instants as in GraphQL.
async fn rows(app: &TestApp, view: &str) -> Vec<Value> {
    let sql = if app.app.databases.is_sqlite() {
        let columns = columns(app, view).await;
        let pairs: Vec<String> = columns.iter().map(|name| format!("'{name}', {name}")).collect();
        format!("SELECT json_object({}) FROM {view}", pairs.join(", "))
    } else {
        format!("SELECT row_to_json({view})::text FROM {view}")
    };
    let rows = texts(&app.db().await, &sql).await;
    rows.iter()
        .map(|row| plain(serde_json::from_str(row).expect("JSON")))
        .collect()
}

fn plain(mut row: Value) -> Value {
    for (name, value) in row.as_object_mut().expect("a row") {
        if (name.starts_with("is_") || name == "data_lost") && value.is_number() {
            *value = json!(*value == json!(1));
        }
        if name.ends_with("_at")
            && let Some(text) = value.as_str()
        {
            let at = chrono::DateTime::parse_from_rfc3339(text).expect("an instant").to_utc();
            *value = json!(at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true));
        }
    }
    row
}

/// What everybody may see who may read.
async fn reader(app: &TestApp) -> TestUser {
    let admin = app.user("Root", Role::Admin).await;
    app.machine(&admin, &["READ"], json!({})).await
}

async fn listed(app: &TestApp, user: &TestUser, query: &str) -> Vec<Value> {
    app.ask(user, query, json!({}))
        .await
        .at("/it/nodes")
        .as_array()
        .unwrap()
        .clone()
}

#[track_caller]
fn compare(found: &Value, name: &str, expected: &Value) {
    assert_eq!(&found[name], expected, "{name} of {found:#}");
}

on_both_databases! {
    async fn recommendations_are_those_of_graphql(app) {
        let world = app.world().await;
        app.advance(Duration::days(1));
        jobs::run_once(&app.app).await.unwrap();
        let reader = reader(app).await;
        let query = "{ it: recommendations(first: 100) { nodes {
            key title status kind strength priority isOpen isOverdue dueOn originalDueOn daysOverdue owner { name email } team { slug name }
            report { key } incident { key severity } rootCauses { nodes { title } } labels closureReason createdAt acceptedAt implementedAt
            completedAt verifiedAt updatedAt url } } }";
        let expected = listed(app, &reader, query).await;
        assert_eq!(expected.len(), world.items.len());
        let found = rows(app, "v_recommendation").await;
        assert_eq!(found.len(), expected.len());
        for item in &expected {
            let row = found.iter().find(|row| row["key"] == item["key"]).expect("its row");
            for (column, pointer) in [
                ("title", "/title"), ("status", "/status"), ("kind", "/kind"), ("strength", "/strength"), ("priority", "/priority"),
                ("is_open", "/isOpen"), ("is_overdue", "/isOverdue"), ("due_on", "/dueOn"), ("original_due_on", "/originalDueOn"),
                ("days_overdue", "/daysOverdue"), ("owner_name", "/owner/name"), ("owner_email", "/owner/email"), ("team_slug", "/team/slug"),
                ("team_name", "/team/name"), ("report_key", "/report/key"), ("incident_key", "/incident/key"), ("severity", "/incident/severity"),
                ("closure_reason", "/closureReason"), ("created_at", "/createdAt"), ("accepted_at", "/acceptedAt"), ("implemented_at", "/implementedAt"),
                ("completed_at", "/completedAt"), ("verified_at", "/verifiedAt"), ("updated_at", "/updatedAt"), ("url", "/url"),
            ] {
                compare(row, column, item.pointer(pointer).unwrap_or(&Value::Null));
            }
            compare(row, "as_of_on", &json!(app.day(0)));
            let joined = |texts: Vec<String>| if texts.is_empty() { Value::Null } else { json!(texts.join(", ")) };
            let mut labels: Vec<String> = serde_json::from_value(item["labels"].clone()).unwrap();
            labels.sort();
            let sorted = |text: &Value| {
                let mut parts: Vec<&str> = text.as_str().map(|text| text.split(", ").collect()).unwrap_or_default();
                parts.sort_unstable();
                parts.join(", ")
            };
            assert_eq!(sorted(&row["labels"]), sorted(&joined(labels)));
            let titles = item["rootCauses"]["nodes"].as_array().unwrap().iter().map(|cause| cause["title"].as_str().unwrap().to_owned());
            assert_eq!(sorted(&row["root_causes"]), sorted(&joined(titles.collect())));
        }
        assert!(found.iter().any(|row| row["is_overdue"] == true) && found.iter().any(|row| row["root_causes"] != json!(null)));
    }

    async fn reports_are_those_of_graphql(app) {
        let world = app.world().await;
        app.advance(Duration::days(1));
        jobs::run_once(&app.app).await.unwrap();
        let reader = reader(app).await;
        let query = "{ it: reports(first: 100, filter: { status: { in: [DRAFT, IN_REVIEW, PUBLISHED, ARCHIVED] } }) { nodes {
            key title status isOpen isOverdue dueOn originalDueOn daysOverdue owner { name email } team { slug name }
            incident { key title severity startedAt } publishedAt rootCauses { totalCount } recommendations { totalCount }
            open: recommendations(filter: { isOpen: true }) { totalCount } overdue: recommendations(filter: { isOverdue: true }) { totalCount }
            impact { customersAffected requestsFailed dataLost downtimeSeconds costMinorUnits currency } createdAt updatedAt url } } }";
        let expected = listed(app, &reader, query).await;
        assert_eq!(expected.len(), world.reports.len());
        let found = rows(app, "v_report").await;
        assert_eq!(found.len(), expected.len());
        for report in &expected {
            let row = found.iter().find(|row| row["key"] == report["key"]).expect("its row");
            for (column, pointer) in [
                ("title", "/title"), ("status", "/status"), ("is_open", "/isOpen"), ("is_overdue", "/isOverdue"), ("due_on", "/dueOn"),
                ("original_due_on", "/originalDueOn"), ("days_overdue", "/daysOverdue"), ("owner_name", "/owner/name"), ("owner_email", "/owner/email"),
                ("team_slug", "/team/slug"), ("team_name", "/team/name"), ("incident_key", "/incident/key"), ("incident_title", "/incident/title"),
                ("severity", "/incident/severity"), ("incident_started_at", "/incident/startedAt"), ("published_at", "/publishedAt"),
                ("root_causes", "/rootCauses/totalCount"), ("recommendations", "/recommendations/totalCount"),
                ("recommendations_open", "/open/totalCount"), ("recommendations_overdue", "/overdue/totalCount"),
                ("customers_affected", "/impact/customersAffected"), ("requests_failed", "/impact/requestsFailed"), ("data_lost", "/impact/dataLost"),
                ("downtime_seconds", "/impact/downtimeSeconds"), ("cost_minor_units", "/impact/costMinorUnits"), ("currency", "/impact/currency"),
                ("created_at", "/createdAt"), ("updated_at", "/updatedAt"), ("url", "/url"),
            ] {
                compare(row, column, report.pointer(pointer).unwrap_or(&Value::Null));
            }
            let at = |pointer: &str| report.pointer(pointer).and_then(Value::as_str).map(|text| chrono::DateTime::parse_from_rfc3339(text).unwrap());
            let days = at("/publishedAt").map(|published| (published - at("/incident/startedAt").unwrap()).num_seconds() as f64 / 86_400.0);
            match (row["days_to_publish"].as_f64(), days) {
                (Some(found), Some(days)) => assert!((found - days).abs() < 1e-6, "{found} and {days}"),
                (found, days) => assert_eq!(found, days),
            }
        }
    }

    /// Of a random history: each week of each team, and all of them together.
    async fn weeks_are_those_of_the_trend(app) {
        let mut story = Story::new(app, 0xCA1E).await;
        story.go_on(300, 60).await;
        jobs::run_once(&app.app).await.unwrap();
        let reader = app.machine(&story.admin, &["READ"], json!({})).await;
        let found = rows(app, "v_follow_through_weekly").await;
        let weeks: std::collections::BTreeSet<NaiveDate> = found.iter().map(|row| row["week_on"].as_str().unwrap().parse().unwrap()).collect();
        let (first, last) = (weeks.first().unwrap(), weeks.last().unwrap());
        assert!(weeks.len() > 10 && weeks.iter().all(|week| week.weekday() == chrono::Weekday::Mon));
        assert_eq!((app.day(0) - *last).num_days() / 7, 0, "up to this week");
        let trend = async |filter: Value| {
            let query = format!(
                "query ($filter: RecommendationFilter) {{ it: followThroughTrend(filter: $filter, from: \"{first}\", to: \"{}\", interval: WEEK) {{ accepted implemented declined open overdue }} }}",
                app.day(0)
            );
            app.ask(&reader, &query, json!({ "filter": filter })).await.at("/it").as_array().unwrap().clone()
        };
        let figures = ["accepted", "implemented", "declined", "open", "overdue"];
        let of_weeks = |which: &dyn Fn(&Value) -> bool| -> Vec<Value> {
            let sum = |week: &NaiveDate, figure: &str| -> i64 {
                let of_week = found.iter().filter(|row| which(row) && row["week_on"] == json!(week));
                of_week.map(|row| row[figure].as_i64().unwrap()).sum()
            };
            weeks.iter().map(|week| Value::Object(figures.iter().map(|figure| ((*figure).to_owned(), json!(sum(week, figure)))).collect())).collect()
        };
        let overall = trend(json!({})).await;
        assert_eq!(of_weeks(&|_| true), overall);
        for figure in figures {
            assert!(overall.iter().any(|point| point[figure] != 0), "nothing was {figure}");
        }
        for (_, slug) in &story.teams {
            assert_eq!(of_weeks(&|row| row["team_slug"] == json!(slug)), trend(json!({ "team": { "slug": { "eq": slug } } })).await, "{slug}");
        }
        assert_eq!(of_weeks(&|row| row["team_slug"].is_null()), trend(json!({ "team": { "isNull": true } })).await);
        for row in &found {
            let week: NaiveDate = row["week_on"].as_str().unwrap().parse().unwrap();
            assert_eq!(row["through_on"], json!(std::cmp::min(week + Duration::days(6), app.day(0))));
        }
    }

    /// Neither a row, nor a title, nor a count.
    async fn what_is_restricted_is_in_none(app) {
        let vault = Vault::new(app).await;
        app.step(&vault.owner, "implementRecommendation", &vault.secret_item, json!({ "evidence": [{ "url": "https://vault.example/1" }] })).await.data();
        jobs::run_once(&app.app).await.unwrap();
        let reader = reader(app).await;
        for view in VIEWS {
            let text = format!("{:?}", rows(app, view).await);
            for hidden in ["vault", &vault.secret.key, &vault.secret_item.key] {
                assert!(!text.to_lowercase().contains(&format!("\"{}\"", hidden.to_lowercase())) && !text.to_lowercase().contains("vault"), "{view} tells of {hidden}: {text}");
            }
        }
        let done: i64 = rows(app, "v_follow_through_weekly").await.iter().map(|row| row["implemented"].as_i64().unwrap()).sum();
        let trend = app.ask(&reader, "{ it: followThroughTrend(from: \"2026-03-02\", to: \"2026-04-30\", interval: WEEK) { implemented } }", json!({})).await;
        assert_eq!(done, trend.at("/it").as_array().unwrap().iter().map(|point| point["implemented"].as_i64().unwrap()).sum::<i64>());
        // The public item treats a secret cause besides, of which nothing is told.
        let public = rows(app, "v_recommendation").await.into_iter().find(|row| row["key"] == json!(vault.public_item.key)).expect("the public item");
        assert!(public["root_causes"].is_string(), "{public:#}");
    }

    /// Today is the organisation's, not the database's.
    async fn the_day_is_that_of_the_organisation(app) {
        let zone = "Pacific/Auckland".parse().unwrap();
        let app = &TestApp::with_settings(app.engine, |settings| Settings { time_zone: zone, ..settings }).await;
        let crew = crate::recommendations::Crew::new(app).await;
        let item = crew.item("ACCEPTED", "P2").await;
        let row = async || rows(app, "v_recommendation").await.into_iter().find(|row| row["key"] == json!(item.key)).expect("its row");
        assert_eq!(row().await["url"], json!(null), "nobody has said where it is");
        app.clock.set("2026-04-01T10:59:00Z".parse().unwrap());
        jobs::run_once(&app.app).await.unwrap();
        assert_eq!(row().await["as_of_on"], "2026-04-01");
        assert_eq!(row().await["is_overdue"], false);
        app.clock.set("2026-04-01T11:01:00Z".parse().unwrap());
        jobs::run_once(&app.app).await.unwrap();
        let now = row().await;
        assert_eq!((&now["as_of_on"], &now["is_overdue"], &now["days_overdue"]), (&json!("2026-04-02"), &json!(true), &json!(1)));
        let shown = crew.show(&item, "isOverdue daysOverdue url").await;
        assert_eq!(shown, json!({ "isOverdue": true, "daysOverdue": 1, "url": now["url"] }));
    }

    /// Each column of a view is a row of its table, in order.
    async fn the_document_has_every_column(app) {
        let text = document("sql-views.md");
        for view in VIEWS {
            let (_, part) = text.split_once(&format!("## `{view}`")).expect("its part");
            let part = part.split("\n## ").next().unwrap();
            assert_eq!(first_cells(part, "column"), columns(app, view).await, "docs/sql-views.md, {view}");
        }
    }

    /// The queries of the document run; on PostgreSQL as the role that the document makes, which can read nothing else.
    async fn the_document_runs(app) {
        let vault = Vault::new(app).await;
        jobs::run_once(&app.app).await.unwrap();
        let snippets = snippets(&document("sql-views.md"), "sql");
        let (role, queries) = snippets.split_first().expect("snippets");
        assert_eq!(queries.len(), 3);
        // One connection, whose role is changed.
        let databases = Databases::new(&app.app.settings.database_url, 1, 0).unwrap();
        let db = databases.here().await.unwrap();
        if app.app.databases.is_sqlite() {
            for query in queries {
                db.execute_unprepared(query).await.unwrap();
            }
            return;
        }
        let name = format!("reader_{}", app.app.ids.mint::<uuid::Uuid>().simple());
        db.execute_unprepared(&role.replace("postmortem_reader", &name)).await.unwrap();
        db.execute_unprepared(&format!("SET ROLE {name}")).await.unwrap();
        for query in queries {
            let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), query.as_str())).await.unwrap();
            assert!(!query.contains("weekly") || !rows.is_empty());
        }
        for view in VIEWS {
            texts(&db, &format!("SELECT row_to_json({view})::text FROM {view}")).await;
        }
        for (forbidden, says) in [
            ("SELECT title FROM report", "permission denied"),
            ("SELECT * FROM event", "permission denied"),
            ("SELECT * FROM reporting_context", "permission denied"),
            ("DELETE FROM recommendation", "permission denied"),
            // The error names a title that may be seen, if any.
            ("SELECT * FROM v_report WHERE CAST(title AS INTEGER) = 1", "invalid input syntax"),
            ("SELECT * FROM v_recommendation WHERE CAST(title AS INTEGER) = 1", "invalid input syntax"),
        ] {
            let error = db.execute_unprepared(forbidden).await.expect_err(forbidden).to_string();
            assert!(error.contains(says), "{forbidden}: {error}");
            assert!(!error.to_lowercase().contains("vault"), "{forbidden}: {error}");
        }
        assert!(!vault.secret.key.is_empty());
        for statement in ["RESET ROLE".to_owned(), format!("DROP OWNED BY {name}"), format!("DROP ROLE {name}")] {
            db.execute_unprepared(&statement).await.unwrap();
        }
    }
}
