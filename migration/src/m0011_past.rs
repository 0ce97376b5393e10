//! What everything that a question about follow-through can look at was at every moment: so that it can be asked as of the past.
//!
//! A row of the past is valid during [valid_from, valid_to). What was there before this step has been as it is since it was
//! created: nothing else is known of it.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const STATUSES: &[&str] = &[
    "PROPOSED",
    "ACCEPTED",
    "IN_PROGRESS",
    "BLOCKED",
    "IMPLEMENTED",
    "VERIFIED",
    "DECLINED",
];

/// How each database says what the copies need.
struct Words {
    /// The day of an instant.
    day: fn(&str) -> String,
    /// Microseconds from one instant to another.
    micros: fn(&str, &str) -> String,
}

fn words(manager: &SchemaManager<'_>) -> Words {
    match manager.get_database_backend() {
        DatabaseBackend::Postgres => Words {
            day: |at| format!("CAST({at} AS DATE)"),
            micros: |from, to| format!("CAST(extract(epoch FROM {to} - {from}) * 1000000 AS BIGINT)"),
        },
        _ => Words {
            day: |at| format!("date({at})"),
            // Instants are text with no, three or six digits of a second: exact in whole microseconds, which a day in a real number is not.
            micros: |from, to| {
                let of = |at: &str| {
                    format!(
                        "(CAST(strftime('%s', substr({at}, 1, 19)) AS INTEGER) * 1000000 + CASE WHEN substr({at}, 20, 1) = '.'
                            THEN CAST(substr(substr({at}, 21, instr(substr({at}, 21), '+') - 1) || '000000', 1, 6) AS INTEGER)
                            ELSE 0 END)"
                    )
                };
                format!("{} - {}", of(to), of(from))
            },
        },
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_to_recommendation(manager).await?;
        widen_recommendation_version(manager).await?;
        incidents(manager).await?;
        reports(manager).await?;
        root_causes(manager).await?;
        spans(manager).await?;
        // Who may see a report is asked of what it is now, also when everything else is asked as of the past.
        run(
            manager,
            &["CREATE VIEW report_access AS SELECT id, visibility, owner_id FROM report"],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP VIEW report_access"]).await?;
        drop(
            manager,
            &[
                "recommendation_root_cause_version",
                "recommendation_label_version",
                "report_label_version",
                "incident_service_version",
                "root_cause_version",
                "report_version",
                "incident_version",
            ],
        )
        .await?;
        for column in [
            "is_acceptance",
            "is_new_status",
            "from_on",
            "to_on",
            "report_id",
            "key",
            "title",
            "kind",
            "original_due_on",
            "due_moves",
            "accepted_at",
            "accepted_on",
            "implemented_on",
            "implement_micros",
            "completed_at",
            "closure_reason",
            "created_at",
        ] {
            run(
                manager,
                &[&format!("ALTER TABLE recommendation_version DROP COLUMN {column}")],
            )
            .await?;
        }
        for column in ["due_moves", "accepted_on", "implemented_on", "implement_micros"] {
            run(manager, &[&format!("ALTER TABLE recommendation DROP COLUMN {column}")]).await?;
        }
        Ok(())
    }
}

async fn add_to_recommendation(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let Words { day, micros } = words(manager);
    let (accepted_on, implemented_on) = (day("accepted_at"), day("implemented_at"));
    let took = micros("accepted_at", "implemented_at");
    run(
        manager,
        &[
            "ALTER TABLE recommendation ADD COLUMN due_moves BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE recommendation ADD COLUMN accepted_on DATE",
            "ALTER TABLE recommendation ADD COLUMN implemented_on DATE",
            "ALTER TABLE recommendation ADD COLUMN implement_micros BIGINT",
            &format!(
                "UPDATE recommendation SET
                    due_moves = (SELECT count(*) FROM due_change d
                                 WHERE d.recommendation_id = recommendation.id AND d.changed_at >= recommendation.accepted_at),
                    accepted_on = {accepted_on},
                    implemented_on = {implemented_on},
                    implement_micros = CASE WHEN implemented_at > accepted_at THEN {took} END"
            ),
        ],
    )
    .await
}

async fn widen_recommendation_version(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let Words { day, .. } = words(manager);
    run(
        manager,
        &[
            "ALTER TABLE recommendation_version RENAME TO narrow_version",
            "DROP INDEX recommendation_version_span",
            "CREATE INDEX narrow_version_end ON narrow_version (recommendation_id, valid_to)",
            "DROP INDEX recommendation_version_current",
            "DROP INDEX recommendation_version_owner",
            "DROP INDEX recommendation_version_team",
        ],
    )
    .await?;
    manager
        .create_table(
            table("recommendation_version")
                .col(id())
                .col(uuid("recommendation_id"))
                .col(uuid("report_id"))
                .col(text("key"))
                .col(text("title"))
                .col(one_of("status", STATUSES))
                .col(text("kind"))
                .col(one_of("priority", &["P0", "P1", "P2", "P3", "P4"]))
                .col(uuid_null("owner_id"))
                .col(uuid_null("team_id"))
                .col(date_null("due_on"))
                .col(date_null("original_due_on"))
                .col(big("due_moves"))
                .col(instant_null("accepted_at"))
                .col(date_null("accepted_on"))
                .col(date_null("implemented_on"))
                .col(ColumnDef::new("implement_micros").big_integer().null().take())
                .col(instant_null("completed_at"))
                .col(text_null("closure_reason"))
                .col(instant("created_at"))
                .col(flag("is_acceptance"))
                .col(flag("is_new_status"))
                .col(instant("valid_from"))
                .col(instant_null("valid_to"))
                .col(date("from_on"))
                .col(date_null("to_on"))
                .foreign_key(&mut part_of(
                    "recommendation_version",
                    "recommendation_id",
                    "recommendation",
                ))
                .foreign_key(&mut references("recommendation_version", "owner_id", "user"))
                .foreign_key(&mut references("recommendation_version", "team_id", "team"))
                .to_owned(),
        )
        .await?;
    let (from_on, to_on) = (day("v.valid_from"), day("v.valid_to"));
    run(
        manager,
        &[
            &format!(
                "INSERT INTO recommendation_version (id, recommendation_id, report_id, key, title, status, kind, priority,
                    owner_id, team_id, due_on, original_due_on, due_moves, accepted_at, accepted_on, implemented_on,
                    implement_micros, completed_at, closure_reason, created_at, is_acceptance, is_new_status, valid_from,
                    valid_to, from_on, to_on)
                SELECT v.id, v.recommendation_id, r.report_id, r.key, r.title, v.status, r.kind, v.priority,
                    v.owner_id, v.team_id, v.due_on,
                    CASE WHEN r.accepted_at <= v.valid_from THEN r.original_due_on END,
                    (SELECT count(*) FROM due_change d WHERE d.recommendation_id = r.id
                        AND d.changed_at >= r.accepted_at AND d.changed_at <= v.valid_from),
                    CASE WHEN r.accepted_at <= v.valid_from THEN r.accepted_at END,
                    CASE WHEN r.accepted_at <= v.valid_from THEN r.accepted_on END,
                    CASE WHEN v.status IN ('IMPLEMENTED', 'VERIFIED') THEN r.implemented_on END,
                    CASE WHEN v.status IN ('IMPLEMENTED', 'VERIFIED') THEN r.implement_micros END,
                    CASE WHEN v.status IN ('IMPLEMENTED', 'VERIFIED', 'DECLINED') THEN r.completed_at END,
                    CASE WHEN v.status = 'DECLINED' THEN r.closure_reason END,
                    r.created_at,
                    coalesce(v.id = (SELECT w.id FROM narrow_version w
                        WHERE w.recommendation_id = v.recommendation_id AND w.status <> 'PROPOSED'
                            AND w.valid_from >= r.accepted_at
                        ORDER BY w.valid_from, w.id LIMIT 1), 1 = 0),
                    coalesce((SELECT w.status <> v.status FROM narrow_version w
                        WHERE w.recommendation_id = v.recommendation_id AND w.valid_to = v.valid_from AND w.id < v.id
                        ORDER BY w.id DESC LIMIT 1), 1 = 1),
                    v.valid_from, v.valid_to, {from_on}, {to_on}
                FROM narrow_version v JOIN recommendation r ON r.id = v.recommendation_id"
            ),
            "DROP TABLE narrow_version",
            "CREATE INDEX recommendation_version_span ON recommendation_version (recommendation_id, valid_from)",
            "CREATE UNIQUE INDEX recommendation_version_current ON recommendation_version (recommendation_id) WHERE valid_to IS NULL",
            "CREATE INDEX recommendation_version_owner ON recommendation_version (owner_id)",
            "CREATE INDEX recommendation_version_team ON recommendation_version (team_id)",
        ],
    )
    .await
}

async fn incidents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            table("incident_version")
                .col(uuid("incident_id"))
                .col(text("key"))
                .col(text("title"))
                .col(one_of("severity", &["SEV1", "SEV2", "SEV3", "SEV4", "SEV5"]))
                .col(uuid_null("team_id"))
                .col(instant("started_at"))
                .col(instant_null("resolved_at"))
                .col(instant("valid_from"))
                .col(instant_null("valid_to"))
                .primary_key(Index::create().col("incident_id").col("valid_from"))
                .foreign_key(&mut part_of("incident_version", "incident_id", "incident"))
                .foreign_key(&mut references("incident_version", "team_id", "team"))
                .to_owned(),
        )
        .await?;
    run(
        manager,
        &[
            "INSERT INTO incident_version
             SELECT id, key, title, severity, team_id, started_at, resolved_at, created_at, NULL FROM incident",
            "CREATE INDEX incident_version_team ON incident_version (team_id)",
        ],
    )
    .await
}

async fn reports(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            table("report_version")
                .col(uuid("report_id"))
                .col(uuid("incident_id"))
                .col(text("key"))
                .col(text("title"))
                .col(one_of("status", &["DRAFT", "IN_REVIEW", "PUBLISHED", "ARCHIVED"]))
                .col(uuid_null("owner_id"))
                .col(uuid_null("team_id"))
                .col(date_null("due_on"))
                .col(instant_null("published_at"))
                .col(instant("created_at"))
                .col(instant("valid_from"))
                .col(instant_null("valid_to"))
                .primary_key(Index::create().col("report_id").col("valid_from"))
                .foreign_key(&mut part_of("report_version", "report_id", "report"))
                .foreign_key(&mut part_of("report_version", "incident_id", "incident"))
                .foreign_key(&mut references("report_version", "owner_id", "user"))
                .foreign_key(&mut references("report_version", "team_id", "team"))
                .to_owned(),
        )
        .await?;
    run(
        manager,
        &[
            "INSERT INTO report_version
             SELECT id, incident_id, key, title, status, owner_id, team_id, due_on, published_at, created_at, created_at, NULL
             FROM report",
            "CREATE INDEX report_version_incident ON report_version (incident_id)",
            "CREATE INDEX report_version_owner ON report_version (owner_id)",
            "CREATE INDEX report_version_team ON report_version (team_id)",
        ],
    )
    .await
}

/// A cause that was removed keeps its past.
async fn root_causes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            table("root_cause_version")
                .col(uuid("root_cause_id"))
                .col(uuid("report_id"))
                .col(text("title"))
                .col(text("role"))
                .col(uuid_null("category_id"))
                .col(text_null("no_action_reason"))
                .col(uuid_null("recurrence_of_id"))
                .col(instant("valid_from"))
                .col(instant_null("valid_to"))
                .primary_key(Index::create().col("root_cause_id").col("valid_from"))
                .foreign_key(&mut part_of("root_cause_version", "report_id", "report"))
                .foreign_key(&mut references("root_cause_version", "category_id", "cause_category"))
                .to_owned(),
        )
        .await?;
    run(
        manager,
        &[
            "INSERT INTO root_cause_version
             SELECT id, report_id, title, role, category_id, no_action_reason, recurrence_of_id, created_at, NULL FROM root_cause",
            "CREATE INDEX root_cause_version_report ON root_cause_version (report_id)",
            "CREATE INDEX root_cause_version_category ON root_cause_version (category_id)",
        ],
    )
    .await
}

/// One member of a set: what a thing has, from when to when.
async fn span(
    manager: &SchemaManager<'_>,
    name: &'static str,
    (owner, of): (&'static str, &'static str),
    member: ColumnDef,
    copied_from: &str,
) -> Result<(), DbErr> {
    let member_name = member.get_column_name();
    manager
        .create_table(
            table(name)
                .col(uuid(owner))
                .col(member)
                .col(instant("valid_from"))
                .col(instant_null("valid_to"))
                .primary_key(Index::create().col(owner).col(member_name).col("valid_from"))
                .foreign_key(&mut part_of(name, owner, of))
                .to_owned(),
        )
        .await?;
    run(manager, &[&format!("INSERT INTO {name} {copied_from}")]).await
}

async fn spans(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    span(
        manager,
        "incident_service_version",
        ("incident_id", "incident"),
        uuid("service_id"),
        "SELECT s.incident_id, s.service_id, i.created_at, NULL FROM incident_service s JOIN incident i ON i.id = s.incident_id",
    )
    .await?;
    span(
        manager,
        "report_label_version",
        ("report_id", "report"),
        text("label"),
        "SELECT l.report_id, l.label, r.created_at, NULL FROM report_label l JOIN report r ON r.id = l.report_id",
    )
    .await?;
    span(
        manager,
        "recommendation_label_version",
        ("recommendation_id", "recommendation"),
        text("label"),
        "SELECT l.recommendation_id, l.label, r.created_at, NULL
         FROM recommendation_label l JOIN recommendation r ON r.id = l.recommendation_id",
    )
    .await?;
    span(
        manager,
        "recommendation_root_cause_version",
        ("recommendation_id", "recommendation"),
        uuid("root_cause_id"),
        "SELECT recommendation_id, root_cause_id, created_at, NULL FROM recommendation_root_cause",
    )
    .await?;
    run(
        manager,
        &["CREATE INDEX recommendation_root_cause_version_cause ON recommendation_root_cause_version (root_cause_id, valid_from)"],
    )
    .await
}
