//! What reporting tools read: views of recommendations, reports and follow-through, for whoever may be shown what everybody may see.
//! What each column means is in docs/sql-views.md.
//!
//! RESTRICTED reports, and what stands under them, are in none of them. On PostgreSQL the views are security barriers, so that no
//! condition of a reader is evaluated on a row that is not shown.
//!
//! A later step that changes a table under a view drops the view first and makes it again.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Committed and not finished.
const OPEN: &str = "('ACCEPTED', 'IN_PROGRESS', 'BLOCKED')";

/// The day it is for the organisation; that of the database while nobody has said.
const TODAY: &str = "COALESCE((SELECT today FROM reporting_context), CURRENT_DATE)";

/// How each database says what the views need.
struct Words {
    /// How a view begins.
    view: fn(&str) -> String,
    /// A day, some days later.
    plus: fn(&str, i64) -> String,
    /// Whole days from one day to another.
    days: fn(&str, &str) -> String,
    /// Days from one instant to another, with fractions.
    span: fn(&str, &str) -> String,
    /// The Monday of the week of a day.
    monday: fn(&str) -> String,
    /// The texts of a column of a sub-select `part`, in alphabetical order, as one text.
    texts: fn(&str, &str) -> String,
}

const POSTGRES: Words = Words {
    view: |name| format!("CREATE VIEW {name} WITH (security_barrier) AS"),
    plus: |day, days| format!("({day} + {days})"),
    days: |from, to| format!("({to} - {from})"),
    span: |from, to| format!("CAST(extract(epoch FROM {to} - {from}) / 86400 AS DOUBLE PRECISION)"),
    monday: |day| format!("CAST(date_trunc('week', CAST({day} AS TIMESTAMP)) AS DATE)"),
    texts: |column, part| format!("(SELECT string_agg({column}, ', ' ORDER BY {column}) FROM ({part}) part)"),
};

const SQLITE: Words = Words {
    view: |name| format!("CREATE VIEW {name} AS"),
    plus: |day, days| format!("date({day}, '+{days} days')"),
    days: |from, to| format!("CAST(julianday({to}) - julianday({from}) AS INTEGER)"),
    span: |from, to| format!("(julianday({to}) - julianday({from}))"),
    // Forward to the Sunday, unless it is one, and back to its Monday.
    monday: |day| format!("date({day}, 'weekday 0', '-6 days')"),
    texts: |column, part| format!("(SELECT group_concat({column}, ', ') FROM ({part} ORDER BY 1) part)"),
};

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("reporting_context")
                    .col(ColumnDef::new("id").big_integer().not_null().primary_key().take())
                    .col(date("today"))
                    .col(text("time_zone"))
                    .col(text("public_url"))
                    .col(instant("updated_at"))
                    .to_owned(),
            )
            .await?;
        let words = match manager.get_database_backend() {
            DatabaseBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        run(manager, &[&recommendations(&words), &reports(&words), &weeks(&words)]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP VIEW v_follow_through_weekly",
                "DROP VIEW v_report",
                "DROP VIEW v_recommendation",
            ],
        )
        .await?;
        drop(manager, &["reporting_context"]).await
    }
}

/// Where people see something of this kind.
fn url(folder: &str, key: &str) -> String {
    format!("(SELECT public_url FROM reporting_context) || '/{folder}/' || {key}")
}

fn recommendations(words: &Words) -> String {
    let overdue = format!("COALESCE(i.status IN {OPEN} AND i.due_on < {TODAY}, FALSE)");
    let late = (words.days)("i.due_on", TODAY);
    let labels = (words.texts)(
        "label",
        "SELECT l.label FROM recommendation_label l WHERE l.recommendation_id = i.id",
    );
    // Of a cause in a RESTRICTED report nothing is told.
    let causes = (words.texts)(
        "title",
        "SELECT c.title FROM recommendation_root_cause t
            JOIN root_cause c ON c.id = t.root_cause_id
            JOIN report cr ON cr.id = c.report_id AND cr.visibility = 'ORGANIZATION'
            WHERE t.recommendation_id = i.id",
    );
    format!(
        "{view}
        SELECT i.key AS key, i.title AS title, i.status AS status, i.kind AS kind, i.strength AS strength, i.priority AS priority,
            i.status IN {OPEN} AS is_open,
            {overdue} AS is_overdue,
            i.due_on AS due_on, i.original_due_on AS original_due_on, i.due_moves AS due_moves,
            CASE WHEN {overdue} THEN {late} ELSE 0 END AS days_overdue,
            u.name AS owner_name, u.email AS owner_email,
            t.slug AS team_slug, t.name AS team_name,
            r.key AS report_key, n.key AS incident_key, n.severity AS severity,
            {causes} AS root_causes,
            {labels} AS labels,
            i.closure_reason AS closure_reason,
            i.created_at AS created_at, i.accepted_at AS accepted_at, i.implemented_at AS implemented_at,
            i.completed_at AS completed_at, i.verified_at AS verified_at,
            i.implement_micros / 86400000000.0 AS days_to_implement,
            i.updated_at AS updated_at,
            {url} AS url,
            {TODAY} AS as_of_on
        FROM recommendation i
        JOIN report r ON r.id = i.report_id AND r.visibility = 'ORGANIZATION'
        JOIN incident n ON n.id = r.incident_id
        LEFT JOIN \"user\" u ON u.id = i.owner_id
        LEFT JOIN team t ON t.id = i.team_id",
        view = (words.view)("v_recommendation"),
        url = url("recommendations", "i.key"),
    )
}

fn reports(words: &Words) -> String {
    let open = "('DRAFT', 'IN_REVIEW')";
    let overdue = format!("COALESCE(r.status IN {open} AND r.due_on < {TODAY}, FALSE)");
    let late = (words.days)("r.due_on", TODAY);
    let labels = (words.texts)("label", "SELECT l.label FROM report_label l WHERE l.report_id = r.id");
    let items = |which: &str| format!("(SELECT count(*) FROM recommendation i WHERE i.report_id = r.id{which})");
    let (all, still_open) = (items(""), items(&format!(" AND i.status IN {OPEN}")));
    let overdue_items = items(&format!(" AND i.status IN {OPEN} AND i.due_on < {TODAY}"));
    format!(
        "{view}
        SELECT r.key AS key, r.title AS title, r.status AS status,
            r.status IN {open} AS is_open,
            {overdue} AS is_overdue,
            r.due_on AS due_on, r.original_due_on AS original_due_on,
            CASE WHEN {overdue} THEN {late} ELSE 0 END AS days_overdue,
            u.name AS owner_name, u.email AS owner_email,
            t.slug AS team_slug, t.name AS team_name,
            n.key AS incident_key, n.title AS incident_title, n.severity AS severity, n.started_at AS incident_started_at,
            r.published_at AS published_at,
            {to_publish} AS days_to_publish,
            (SELECT count(*) FROM root_cause c WHERE c.report_id = r.id) AS root_causes,
            {all} AS recommendations,
            {still_open} AS recommendations_open,
            {overdue_items} AS recommendations_overdue,
            {labels} AS labels,
            r.customers_affected AS customers_affected, r.requests_failed AS requests_failed, r.data_lost AS data_lost,
            r.downtime_seconds AS downtime_seconds, r.cost_minor_units AS cost_minor_units, r.currency AS currency,
            r.created_at AS created_at, r.updated_at AS updated_at,
            {url} AS url,
            {TODAY} AS as_of_on
        FROM report r
        JOIN incident n ON n.id = r.incident_id
        LEFT JOIN \"user\" u ON u.id = r.owner_id
        LEFT JOIN team t ON t.id = r.team_id
        WHERE r.visibility = 'ORGANIZATION'",
        view = (words.view)("v_report"),
        to_publish = (words.span)("n.started_at", "r.published_at"),
        url = url("reports", "r.key"),
    )
}

/// Each row of the history begins on a day and ends on one. So what stands at the end of a week is what began until then less what
/// ended: counted once by week and added up.
fn weeks(words: &Words) -> String {
    let day_after = (words.plus)("due_on", 1);
    let ever_late = format!("due_on IS NOT NULL AND (to_on IS NULL OR (to_on > {day_after} AND to_on > from_on))");
    let next = (words.plus)("week_on", 7);
    let last = (words.plus)("f.week_on", 6);
    format!(
        "{view}
        WITH RECURSIVE version AS (
            SELECT v.team_id, v.status, v.due_on, v.from_on, v.to_on, v.is_acceptance, v.is_new_status, v.accepted_at
            FROM recommendation_version v
            JOIN report r ON r.id = v.report_id AND r.visibility = 'ORGANIZATION'
        ), change AS (
            SELECT from_on AS day, team_id,
                CASE WHEN is_acceptance THEN 1 ELSE 0 END AS accepted,
                CASE WHEN is_new_status AND status = 'IMPLEMENTED' THEN 1 ELSE 0 END AS implemented,
                CASE WHEN is_new_status AND status = 'DECLINED' AND accepted_at IS NOT NULL THEN 1 ELSE 0 END AS declined,
                CASE WHEN status IN {OPEN} THEN 1 ELSE 0 END AS opened,
                0 AS late
            FROM version
            UNION ALL
            SELECT to_on, team_id, 0, 0, 0, -1, 0 FROM version WHERE status IN {OPEN} AND to_on IS NOT NULL
            UNION ALL
            SELECT CASE WHEN due_on < from_on THEN from_on ELSE {day_after} END, team_id, 0, 0, 0, 0, 1
            FROM version WHERE status IN {OPEN} AND {ever_late}
            UNION ALL
            SELECT to_on, team_id, 0, 0, 0, 0, -1 FROM version WHERE status IN {OPEN} AND {ever_late} AND to_on IS NOT NULL
        ), counted AS (
            SELECT {monday} AS week_on, team_id, SUM(accepted) AS accepted, SUM(implemented) AS implemented,
                SUM(declined) AS declined, SUM(opened) AS opened, SUM(late) AS late
            FROM change WHERE day <= {TODAY}
            GROUP BY {monday}, team_id
        ), week AS (
            SELECT MIN(week_on) AS week_on FROM counted
            UNION ALL
            SELECT {next} FROM week WHERE {next} <= {TODAY}
        ), every_week AS (
            SELECT week_on, team_id, accepted, implemented, declined, opened, late FROM counted
            UNION ALL
            SELECT w.week_on, t.team_id, 0, 0, 0, 0, 0 FROM week w CROSS JOIN (SELECT DISTINCT team_id FROM counted) t
        ), flow AS (
            SELECT week_on, team_id, SUM(accepted) AS accepted, SUM(implemented) AS implemented, SUM(declined) AS declined,
                SUM(opened) AS opened, SUM(late) AS late
            FROM every_week
            GROUP BY week_on, team_id
        )
        SELECT f.week_on AS week_on,
            CASE WHEN {last} < {TODAY} THEN {last} ELSE {TODAY} END AS through_on,
            t.slug AS team_slug, t.name AS team_name,
            CAST(f.accepted AS BIGINT) AS accepted,
            CAST(f.implemented AS BIGINT) AS implemented,
            CAST(f.declined AS BIGINT) AS declined,
            CAST(SUM(f.opened) OVER (PARTITION BY f.team_id ORDER BY f.week_on) AS BIGINT) AS open,
            CAST(SUM(f.late) OVER (PARTITION BY f.team_id ORDER BY f.week_on) AS BIGINT) AS overdue,
            {TODAY} AS as_of_on
        FROM flow f
        LEFT JOIN team t ON t.id = f.team_id",
        view = (words.view)("v_follow_through_weekly"),
        monday = (words.monday)("day"),
    )
}
