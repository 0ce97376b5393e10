//! More recommendations than one makes one by one: copies of one row, made by the database itself.

use entity::{ids::ReportId, recommendation, recommendation_label, recommendation_root_cause, root_cause};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, IdenStatic, Iterable, PaginatorTrait, QueryFilter,
};

use crate::app::TestApp;

/// How long the title of a copy is, in characters.
pub const TITLE: usize = 1_000;

/// A series of numbers, as a sub-select.
fn numbers(is_postgres: bool, count: usize) -> String {
    if is_postgres {
        return format!("(SELECT generate_series(1, {count}) AS n) numbers");
    }
    format!(
        "(WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) SELECT n FROM numbers) numbers"
    )
}

impl TestApp {
    /// Makes `count` recommendations of a report, `MANY-1` and so on, each with a long title, a label and a cause. 200 of them are due
    /// on each day from 2026-01-01 on.
    pub async fn many_recommendations(&self, report: ReportId, count: usize) {
        let db = self.db().await;
        let is_postgres = !self.app.databases.is_sqlite();
        let cause = self.cause_row(report);
        self.store([cause]).await;
        let template = self.recommendation_row(report);
        self.store([template.clone()]).await;
        let (id, due) = if is_postgres {
            (
                "gen_random_uuid()",
                "DATE '2026-01-01' + CAST((n - 1) / 200 AS INTEGER)",
            )
        } else {
            (
                "randomblob(16)",
                "date('2026-01-01', '+' || ((n - 1) / 200) || ' days')",
            )
        };
        let columns: Vec<&str> = recommendation::Column::iter()
            .map(|column| match column {
                recommendation::Column::Id => id,
                recommendation::Column::Key => "'MANY-' || n",
                recommendation::Column::Title => "'Title ' || n || ' TAIL'",
                recommendation::Column::DueOn => due,
                other => other.as_str(),
            })
            .collect();
        let tail = "x".repeat(TITLE);
        let values = columns.join(", ").replace("TAIL", &tail);
        let names: Vec<&str> = recommendation::Column::iter().map(|column| column.as_str()).collect();
        let made = format!(
            "INSERT INTO recommendation ({}) SELECT {values} FROM recommendation, {} WHERE recommendation.key = '{}'",
            names.join(", "),
            numbers(is_postgres, count),
            template.key
        );
        run(&db, &made).await;
        recommendation::Entity::delete_many()
            .filter(recommendation::Column::Id.eq(template.id))
            .exec(&db)
            .await
            .expect("the template to go");
        let of_report = |table: &str, columns: &str, values: &str| {
            format!("INSERT INTO {table} ({columns}) SELECT {values} FROM recommendation WHERE key LIKE 'MANY-%'")
        };
        run(
            &db,
            &of_report("recommendation_label", "recommendation_id, label", "id, 'many'"),
        )
        .await;
        let links = "INSERT INTO recommendation_root_cause (recommendation_id, root_cause_id, created_at)
            SELECT i.id, c.id, i.created_at FROM recommendation i JOIN root_cause c ON c.report_id = i.report_id WHERE i.key LIKE 'MANY-%'";
        run(&db, links).await;
        run(&db, "ANALYZE").await;
        // Each table has been filled.
        let (labels, links) = (
            recommendation_label::Entity::find(),
            recommendation_root_cause::Entity::find(),
        );
        let causes = root_cause::Entity::find()
            .filter(root_cause::Column::ReportId.eq(report))
            .count(&db)
            .await
            .expect("a count");
        let count = u64::try_from(count).expect("a number");
        assert_eq!(labels.count(&db).await.expect("a count"), count);
        assert_eq!(links.count(&db).await.expect("a count"), count * causes);
    }
}

async fn run(db: &DatabaseConnection, statement: &str) {
    db.execute_unprepared(statement).await.expect("the rows to be made");
}

/// Makes a row of a recommendation such as no release could have written it, so that whoever reads it fails.
pub async fn spoil(app: &TestApp, key: &str) {
    let statements = if app.app.databases.is_sqlite() {
        format!(
            "PRAGMA ignore_check_constraints = 1; UPDATE recommendation SET status = 'SPOILT' WHERE key = '{key}'; PRAGMA ignore_check_constraints = 0"
        )
    } else {
        format!(
            "ALTER TABLE recommendation DROP CONSTRAINT recommendation_status_check; UPDATE recommendation SET status = 'SPOILT' WHERE key = '{key}'"
        )
    };
    run(&app.db().await, &statements).await;
}
