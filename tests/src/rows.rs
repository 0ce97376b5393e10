//! Rows written straight into the tables, for tests about long lists: quick to make and in any state. And the other way round:
//! everything that the tables hold, for tests about what must not change.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{
    enums::{CauseRole, Priority, RecommendationKind, RecommendationStatus, ReportStatus, Severity, Visibility},
    ids::{IncidentId, ReportId, TypedId},
    incident, recommendation, report, root_cause,
};
use postmortem_api::platform::clock::Clock;
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, DatabaseConnection, EntityTrait, IntoActiveModel};

use crate::app::TestApp;

/// Calls a macro with the module of every entity.
#[macro_export]
macro_rules! for_each_entity {
    ($call:ident) => {
        $call!(
            api_token,
            cause_category,
            comment,
            due_change,
            effectiveness_review,
            event,
            evidence,
            incident,
            incident_external_ref,
            incident_service,
            key_counter,
            login_attempt,
            oidc_provider,
            recommendation,
            recommendation_label,
            recommendation_root_cause,
            recommendation_version,
            report,
            report_approval,
            report_import,
            report_label,
            report_participant,
            report_revision,
            root_cause,
            search_document,
            search_term,
            service,
            signing_key,
            team,
            team_member,
            timeline_event,
            user,
            user_identity,
            web_session
        )
    };
}

impl TestApp {
    /// The database.
    pub async fn db(&self) -> DatabaseConnection {
        self.app.databases.here().await.expect("the database to answer")
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
            acceptance_criterion: None,
            blocked_reason: None,
            accepted_at: None,
            implemented_at: None,
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
        }
    }

    /// Everything that the tables hold: each row as text, by table.
    pub async fn contents(&self) -> BTreeMap<&'static str, Vec<String>> {
        let db = self.db().await;
        let mut tables = BTreeMap::new();
        macro_rules! read {
            ($($table:ident),+) => {$(
                let rows = entity::$table::Entity::find().all(&db).await.expect("the table to be read");
                let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
                rows.sort();
                tables.insert(stringify!($table), rows);
            )+};
        }
        for_each_entity!(read);
        tables
    }
}
