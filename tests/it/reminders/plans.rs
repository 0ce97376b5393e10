//! How the databases look for what is due: by an index, however much there is.

use chrono::Duration;
use entity::enums::{RecommendationStatus, ReportStatus};
use postmortem_api::reminders::jobs::remind;
use postmortem_tests::{Engine, TestApp, on_both_databases};
use sea_orm::{ConnectionTrait, Statement, TransactionTrait};

const ROWS: i64 = 600;

/// How a statement is run. PostgreSQL is told not to read whole tables, which it rightly does while they are small.
async fn plan(app: &TestApp, sql: &str) -> String {
    let db = app.db().await;
    let backend = db.get_database_backend();
    let rows = if app.engine == Engine::Sqlite {
        db.query_all_raw(Statement::from_string(backend, format!("EXPLAIN QUERY PLAN {sql}")))
            .await
            .unwrap()
    } else {
        #[allow(clippy::disallowed_methods, reason = "settings for one statement")]
        let tx = db.begin().await.unwrap();
        for setting in ["enable_seqscan = off", "enable_sort = off", "enable_bitmapscan = off"] {
            tx.execute_unprepared(&format!("SET LOCAL {setting}")).await.unwrap();
        }
        // By the generic plan, which the service asks for: without a look at the parameters.
        let parameters = (1..20).take_while(|number| sql.contains(&format!("${number}"))).count();
        let nulls = vec!["NULL"; parameters].join(", ");
        let nulls = if nulls.is_empty() { nulls } else { format!("({nulls})") };
        tx.execute_unprepared(&format!("PREPARE looked_at AS {sql}"))
            .await
            .unwrap();
        let explain = Statement::from_string(backend, format!("EXPLAIN EXECUTE looked_at{nulls}"));
        let rows = tx.query_all_raw(explain).await.unwrap();
        tx.execute_unprepared("DEALLOCATE looked_at").await.unwrap();
        rows
    };
    let column = if app.engine == Engine::Sqlite {
        "detail"
    } else {
        "QUERY PLAN"
    };
    let lines: Vec<String> = rows.iter().map(|row| row.try_get("", column).unwrap()).collect();
    lines.join("\n")
}

on_both_databases! {
    /// More than fit into a batch, all found, by the index of what is open and due.
    async fn a_large_backlog_is_read_by_an_index(app) {
        let incident = app.incident_row();
        let report = app.report_row(incident.id);
        app.store([incident.clone()]).await;
        app.store([report.clone()]).await;
        let due = app.day(-2);
        app.store((0..ROWS).map(|number| entity::recommendation::Model {
            status: if number % 2 == 0 { RecommendationStatus::Accepted } else { RecommendationStatus::InProgress },
            due_on: Some(due - Duration::days(number % 3)),
            ..app.recommendation_row(report.id)
        })).await;
        app.store((0..3).map(|_| entity::report::Model { status: ReportStatus::InReview, due_on: Some(due), ..app.report_row(incident.id) })).await;
        app.forget_statements();
        let session = app.operator().await;
        assert_eq!(remind(&session).await.unwrap(), usize::try_from(ROWS).unwrap() + 3);
        assert_eq!(remind(&session).await.unwrap(), 0);
        let statements = app.statements();
        for (reads, index) in [
            ("\"recommendation\".\"priority\"", "recommendation_open_due_on"),
            ("FROM \"report\" INNER JOIN \"incident\"", "report_open_due_on"),
            ("FROM \"effectiveness_review\" INNER JOIN", "effectiveness_review_planned"),
        ] {
            let found = statements.iter().find(|sql| sql.starts_with("SELECT") && sql.contains(reads) && sql.contains("LIMIT"));
            let sql = found.unwrap_or_else(|| panic!("no statement reads {reads}: {statements:#?}"));
            let plan = plan(app, sql).await;
            assert!(plan.contains(index), "not by {index}:\n{sql}\n{plan}");
            assert!(plan.contains("reminder"), "{plan}");
        }
        let followed = "SELECT * FROM event WHERE event_type = 'recommendation.overdue' AND sequence > 1 ORDER BY sequence LIMIT 21";
        let plan = plan(app, followed).await;
        assert!(plan.contains("event_type_sequence") || plan.contains("event_pkey") || plan.contains("PRIMARY KEY"), "{plan}");
    }
}
