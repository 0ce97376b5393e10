//! Rows written straight into the tables, for tests about long lists: quick to make and in any state. And the other way round:
//! everything that the tables hold, for tests about what must not change.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{
    due_policy, due_policy_severity, due_policy_team,
    enums::{
        CauseRole, PolicyTarget, Priority, RecommendationKind, RecommendationStatus, ReportStatus, Severity, SyncState,
        TrackerKind, Visibility,
    },
    ids::{DuePolicyId, IncidentId, ReportId, TeamId, TrackerConnectionId, TypedId, UserId},
    incident, recommendation, recommendation_version, report, root_cause, tracker_connection, tracker_link,
};
use postmortem_api::platform::clock::Clock;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, DatabaseConnection, EntityTrait, IntoActiveModel, Statement,
};
use serde_json::json;

use crate::app::TestApp;

impl TestApp {
    /// The database.
    pub async fn db(&self) -> DatabaseConnection {
        self.app.databases.here().await.expect("the database to answer")
    }

    /// How many connections wait for a lock of another one, on PostgreSQL.
    pub async fn waiting_for_locks(&self) -> i64 {
        let db = self.db().await;
        let sql =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let count = Statement::from_string(db.get_database_backend(), sql);
        let row = db.query_one_raw(count).await.expect("an answer").expect("a row");
        row.try_get_by_index(0).expect("a count")
    }

    /// A fresh id.
    pub fn mint<T: TypedId>(&self) -> T {
        self.app.ids.mint()
    }

    /// What time it is.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// An incident, not yet stored. Its key is out of the way of those that the service gives.
    pub fn incident_row(&self) -> incident::Model {
        let number = self.serial();
        incident::Model {
            id: self.mint(),
            key: format!("INC-{}", 1_000_000 + number),
            title: format!("Incident {number}"),
            severity: Severity::Sev3,
            team_id: None,
            started_at: self.now(),
            detected_at: None,
            mitigated_at: None,
            resolved_at: None,
            created_by_id: None,
            created_at: self.now(),
            updated_at: self.now(),
            version: 1,
        }
    }

    /// A DRAFT without text, not yet stored.
    pub fn report_row(&self, incident: IncidentId) -> report::Model {
        let number = self.serial();
        report::Model {
            id: self.mint(),
            key: format!("PM-{}", 1_000_000 + number),
            incident_id: incident,
            title: format!("Report {number}"),
            status: ReportStatus::Draft,
            visibility: Visibility::Organization,
            owner_id: None,
            team_id: None,
            due_on: None,
            original_due_on: None,
            due_policy_id: None,
            executive_summary: String::new(),
            background: String::new(),
            root_cause_analysis: String::new(),
            impact_analysis: String::new(),
            lessons_learned: String::new(),
            conclusion: String::new(),
            customers_affected: None,
            requests_failed: None,
            data_lost: None,
            downtime_seconds: None,
            cost_minor_units: None,
            currency: None,
            published_at: None,
            created_by_id: None,
            created_at: self.now(),
            updated_at: self.now(),
            version: 1,
        }
    }

    /// A root cause, not yet stored.
    pub fn cause_row(&self, report: ReportId) -> root_cause::Model {
        root_cause::Model {
            id: self.mint(),
            report_id: report,
            title: format!("Cause {}", self.serial()),
            description: String::new(),
            role: CauseRole::Contributing,
            category_id: None,
            parent_id: None,
            no_action_reason: None,
            recurrence_of_id: None,
            created_by_id: None,
            created_at: self.now(),
            updated_at: self.now(),
            version: 1,
        }
    }

    /// A PROPOSED recommendation, not yet stored.
    pub fn recommendation_row(&self, report: ReportId) -> recommendation::Model {
        let number = self.serial();
        recommendation::Model {
            id: self.mint(),
            key: format!("REC-{}", 1_000_000 + number),
            report_id: report,
            title: format!("Recommendation {number}"),
            description: String::new(),
            status: RecommendationStatus::Proposed,
            kind: RecommendationKind::Prevent,
            strength: None,
            priority: Priority::P2,
            owner_id: None,
            team_id: None,
            due_on: None,
            original_due_on: None,
            due_moves: 0,
            due_policy_id: None,
            acceptance_criterion: None,
            blocked_reason: None,
            accepted_at: None,
            accepted_on: None,
            implemented_at: None,
            implemented_on: None,
            implement_micros: None,
            completed_at: None,
            verified_at: None,
            verified_by_id: None,
            closure_reason: None,
            closure_note: None,
            risk_accepted_until: None,
            created_by_id: None,
            created_at: self.now(),
            updated_at: self.now(),
            version: 1,
        }
    }

    /// What an item is from its last change on, not yet stored.
    pub fn version_row(&self, item: &recommendation::Model) -> recommendation_version::Model {
        recommendation_version::Model {
            id: self.mint(),
            recommendation_id: item.id,
            report_id: item.report_id,
            key: item.key.clone(),
            title: item.title.clone(),
            status: item.status,
            kind: item.kind,
            priority: item.priority,
            owner_id: item.owner_id,
            team_id: item.team_id,
            due_on: item.due_on,
            original_due_on: item.original_due_on,
            due_moves: item.due_moves,
            accepted_at: item.accepted_at,
            accepted_on: item.accepted_on,
            implemented_on: item.implemented_on,
            implement_micros: item.implement_micros,
            completed_at: item.completed_at,
            closure_reason: item.closure_reason,
            created_at: item.created_at,
            is_acceptance: false,
            is_new_status: true,
            valid_from: item.updated_at,
            valid_to: None,
            from_on: item.updated_at.date_naive(),
            to_on: None,
        }
    }

    /// A due policy in force, stored, with all that one can ask for.
    pub async fn stored_policy(&self, team_id: TeamId, position: i64) -> DuePolicyId {
        let policy = due_policy::Model {
            id: self.mint(),
            set_number: 1,
            position,
            name: format!("Policy {position}"),
            applies_to: PolicyTarget::Report,
            due_in_days: 7,
            business_days: false,
            remind_days_before: json!([1]),
            escalate_days_after: json!([1]),
            priorities: json!([Priority::P0]),
            kinds: json!([RecommendationKind::Prevent]),
            valid_from: self.now(),
            valid_to: None,
        };
        let policy_id = policy.id;
        self.store([policy]).await;
        let severity = Severity::Sev3;
        self.store([due_policy_severity::Model { policy_id, severity }]).await;
        self.store([due_policy_team::Model { policy_id, team_id }]).await;
        policy_id
    }

    /// A tracker connection that is not kept in step, not yet stored.
    pub fn tracker_connection_row(&self, created_by_id: Option<UserId>) -> tracker_connection::Model {
        let number = self.serial();
        tracker_connection::Model {
            id: self.mint(),
            kind: TrackerKind::Github,
            name: format!("Widgets {number}"),
            base_url: "https://github.com".to_owned(),
            project: format!("octo/widgets-{number}"),
            auto_create: false,
            is_enabled: false,
            includes_restricted: false,
            status_map: json!([]),
            user_map: json!([]),
            from_sequence: 0,
            sealed_token: String::new(),
            sealed_inbound_secret: String::new(),
            polled_until: self.now(),
            next_poll_at: self.now(),
            paused_until: None,
            failures: 0,
            last_synced_at: None,
            last_error: None,
            created_by_id,
            created_at: self.now(),
            updated_at: self.now(),
            version: 1,
        }
    }

    /// An issue of an item, in step, not yet stored.
    pub fn tracker_link_row(
        &self,
        item: &recommendation::Model,
        connection: TrackerConnectionId,
    ) -> tracker_link::Model {
        tracker_link::Model {
            id: self.mint(),
            connection_id: connection,
            recommendation_id: item.id,
            report_id: item.report_id,
            external_id: Some("1".to_owned()),
            external_key: Some("#1".to_owned()),
            url: Some("https://github.com/octo/widgets/issues/1".to_owned()),
            external_status: Some("open".to_owned()),
            state: SyncState::InSync,
            base: json!({}),
            seen: json!({}),
            conflicts: json!({}),
            settled: json!({}),
            last_error: None,
            last_synced_at: Some(self.now()),
            is_attempted: true,
            must_read: false,
            wanted: 0,
            next_sync_at: Some(self.now()),
            lease_until: None,
            failures: 0,
            created_by_id: item.owner_id,
            created_at: self.now(),
            updated_at: self.now(),
        }
    }

    /// Stores rows of one table.
    pub async fn store<M, A>(&self, rows: impl IntoIterator<Item = M>)
    where
        M: IntoActiveModel<A>,
        A: ActiveModelTrait + ActiveModelBehavior + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let rows: Vec<A> = rows.into_iter().map(IntoActiveModel::into_active_model).collect();
        if !rows.is_empty() {
            let insert = A::Entity::insert_many(rows);
            insert
                .exec_without_returning(&self.db().await)
                .await
                .expect("the rows to be stored");
            // No event tells of them.
            self.app.results.forget();
        }
    }

    /// Everything that the tables hold: each row as text, by table.
    pub async fn contents(&self) -> BTreeMap<&'static str, Vec<String>> {
        contents_of(&self.db().await).await
    }
}

/// Everything that the tables of a database hold: each row as text, by table.
pub async fn contents_of(db: &DatabaseConnection) -> BTreeMap<&'static str, Vec<String>> {
    let mut tables = BTreeMap::new();
    macro_rules! read {
        ($($table:ident),+) => {$(
            let rows = entity::$table::Entity::find().all(db).await.expect("the table to be read");
            let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
            rows.sort();
            tables.insert(stringify!($table), rows);
        )+};
    }
    entity::for_each_entity!(read);
    tables
}
