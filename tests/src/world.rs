//! A small organisation in which every filter finds something and leaves something out.

use chrono::Duration;
use entity::{
    cause_category,
    enums::{CauseRole, Priority, RecommendationKind, RecommendationStatus, ReportStatus, Role, Severity},
    ids::{RootCauseId, ServiceId, TeamId, UserId},
    incident, incident_service, recommendation, recommendation_label, recommendation_root_cause, report, report_label,
    root_cause, service, team, team_member,
};
use sea_orm::EntityTrait;

use crate::app::{TestApp, TestUser};

/// All of it, as it is stored.
pub struct World {
    /// Who asks: in team alpha.
    pub me: TestUser,
    /// Somebody else, in no team.
    pub bo: TestUser,
    /// Alpha and beta.
    pub teams: Vec<team::Model>,
    /// One of alpha, one of nobody.
    pub services: Vec<service::Model>,
    /// The taxonomy.
    pub categories: Vec<cause_category::Model>,
    /// Four: the last without a report.
    pub incidents: Vec<incident::Model>,
    /// Which incident hit which service.
    pub hits: Vec<incident_service::Model>,
    /// Five on three incidents.
    pub reports: Vec<report::Model>,
    /// Labels of reports.
    pub report_labels: Vec<report_label::Model>,
    /// Eight, one for each coverage and more.
    pub causes: Vec<root_cause::Model>,
    /// Twelve.
    pub items: Vec<recommendation::Model>,
    /// Labels of recommendations.
    pub item_labels: Vec<recommendation_label::Model>,
    /// What treats what.
    pub treatments: Vec<recommendation_root_cause::Model>,
}

const TITLES: [&str; 12] = [
    "Limit retries to 3",
    "limit the QUEUE",
    "Keep 100% of the logs",
    "Keep 100 of the logs",
    "Rename max_size",
    "Rename maxisize",
    "Escape C:\\temp",
    "Überlast begrenzen",
    "Ask 'why' five times; -- really",
    "日本語のタイトル",
    "Trim \"quotes\"",
    "Zap it",
];

impl TestApp {
    /// The organisation, stored.
    pub async fn world(&self) -> World {
        let me = self.user("Mia Me", Role::Member).await;
        let bo = self.user("Bo Other", Role::Member).await;
        let teams: Vec<team::Model> = ["alpha", "beta"].map(|slug| self.team_row(slug)).to_vec();
        self.store(teams.clone()).await;
        self.store([team_member::Model {
            team_id: teams[0].id,
            user_id: me.user_id,
            is_lead: false,
        }])
        .await;
        let services: Vec<service::Model> = vec![
            self.service_row("edge", Some(teams[0].id)),
            self.service_row("store", None),
        ];
        self.store(services.clone()).await;
        let categories = cause_category::Entity::find()
            .all(&self.db().await)
            .await
            .expect("the taxonomy");

        let (mine, its) = (
            [Some(teams[0].id), Some(teams[1].id), None],
            [Some(me.user_id), Some(bo.user_id), None],
        );
        let incidents = self.incidents(&mine);
        self.store(incidents.clone()).await;
        let hits = self.hits(&incidents, &services);
        self.store(hits.clone()).await;
        let reports = self.reports(&incidents, &mine, &its);
        self.store(reports.clone()).await;
        let label = |number: usize, label: &str| report_label::Model {
            report_id: reports[number].id,
            label: label.to_owned(),
        };
        let report_labels = vec![
            label(0, "Network"),
            label(0, "dns"),
            label(1, "network"),
            label(2, "100%"),
        ];
        self.store(report_labels.clone()).await;
        let causes = self.causes(&reports, &categories);
        self.store(causes.clone()).await;
        let items = self.items(&reports, &mine, &its);
        self.store(items.clone()).await;
        let label = |number: usize, label: &str| recommendation_label::Model {
            recommendation_id: items[number].id,
            label: label.to_owned(),
        };
        let item_labels = vec![
            label(0, "Network"),
            label(0, "dns"),
            label(3, "network_edge"),
            label(5, "networkxedge"),
        ];
        self.store(item_labels.clone()).await;
        // The first cause is treated by nothing; the others by items of one status, the last by all of them. So every coverage
        // is the coverage of something.
        let treats = |cause: usize, item: usize| match cause {
            0 => false,
            3 => item % 7 == 6,
            7 => true,
            other => item % 7 == other - 1,
        };
        let mut treatments = Vec::new();
        for (number, cause) in causes.iter().enumerate() {
            for (_, item) in items.iter().enumerate().filter(|(item, _)| treats(number, *item)) {
                let created_at = self.now();
                let (recommendation_id, root_cause_id) = (item.id, cause.id);
                treatments.push(recommendation_root_cause::Model {
                    recommendation_id,
                    root_cause_id,
                    created_at,
                });
            }
        }
        self.store(treatments.clone()).await;
        World {
            me,
            bo,
            teams,
            services,
            categories,
            incidents,
            hits,
            reports,
            report_labels,
            causes,
            items,
            item_labels,
            treatments,
        }
    }

    fn team_row(&self, slug: &str) -> team::Model {
        let (created_at, updated_at) = (self.now(), self.now());
        team::Model {
            id: self.mint(),
            slug: slug.to_owned(),
            name: slug.to_owned(),
            created_at,
            updated_at,
            version: 1,
        }
    }

    fn service_row(&self, slug: &str, team_id: Option<TeamId>) -> service::Model {
        service::Model {
            id: self.mint::<ServiceId>(),
            slug: slug.to_owned(),
            name: slug.to_owned(),
            description: String::new(),
            team_id,
            external_ref: None,
            created_at: self.now(),
            updated_at: self.now(),
            version: 1,
        }
    }

    fn incidents(&self, teams: &[Option<TeamId>; 3]) -> Vec<incident::Model> {
        let one = |number: usize| incident::Model {
            title: TITLES[number].to_owned(),
            severity: Severity::ALL[number],
            team_id: teams[number % 3],
            started_at: self.now() - Duration::days(10 * days(number)),
            resolved_at: number
                .is_multiple_of(2)
                .then(|| self.now() - Duration::days(days(number))),
            ..self.incident_row()
        };
        (0..4).map(one).collect()
    }

    fn hits(&self, incidents: &[incident::Model], services: &[service::Model]) -> Vec<incident_service::Model> {
        let hit = |incident: usize, service: usize| incident_service::Model {
            incident_id: incidents[incident].id,
            service_id: services[service].id,
        };
        vec![hit(0, 0), hit(1, 0), hit(1, 1), hit(3, 1)]
    }

    fn reports(
        &self,
        incidents: &[incident::Model],
        teams: &[Option<TeamId>; 3],
        owners: &[Option<UserId>; 3],
    ) -> Vec<report::Model> {
        let statuses = [
            ReportStatus::Draft,
            ReportStatus::InReview,
            ReportStatus::Published,
            ReportStatus::Draft,
            ReportStatus::Published,
        ];
        let one = |number: usize| report::Model {
            title: TITLES[number].to_owned(),
            status: statuses[number],
            owner_id: owners[number % 3],
            team_id: teams[(number + 1) % 3],
            due_on: (number != 3).then(|| self.day(2 * days(number) - 3)),
            published_at: (statuses[number] == ReportStatus::Published)
                .then(|| self.now() - Duration::days(days(number))),
            created_at: self.now() - Duration::days(days(number)),
            ..self.report_row(incidents[number % 3].id)
        };
        (0..5).map(one).collect()
    }

    fn causes(&self, reports: &[report::Model], categories: &[cause_category::Model]) -> Vec<root_cause::Model> {
        let first: RootCauseId = self.mint();
        let one = |number: usize| root_cause::Model {
            id: if number == 0 { first } else { self.mint() },
            title: TITLES[number].to_owned(),
            role: CauseRole::ALL[number % CauseRole::ALL.len()],
            category_id: (!number.is_multiple_of(3)).then(|| categories[number].id),
            no_action_reason: (number == 1 || number == 3).then(|| "It is rare.".to_owned()),
            recurrence_of_id: (number > 5).then_some(first),
            ..self.cause_row(reports[number % 5].id)
        };
        (0..8).map(one).collect()
    }

    fn items(
        &self,
        reports: &[report::Model],
        teams: &[Option<TeamId>; 3],
        owners: &[Option<UserId>; 3],
    ) -> Vec<recommendation::Model> {
        use RecommendationStatus::{Blocked, Declined, Implemented, Verified};
        let one = |number: usize| {
            let status = RecommendationStatus::ALL[number % 7];
            let done = matches!(status, Implemented | Verified | Declined);
            let at = |is: bool| is.then(|| self.now() - Duration::hours(days(number)));
            recommendation::Model {
                title: TITLES[number].to_owned(),
                status,
                kind: RecommendationKind::ALL[number % RecommendationKind::ALL.len()],
                priority: Priority::ALL[number % 5],
                owner_id: owners[number % 3],
                team_id: teams[(number / 2) % 3],
                due_on: (!number.is_multiple_of(4)).then(|| self.day(days(number) - 5)),
                created_at: self.now() - Duration::days(days(number)),
                accepted_at: at(!number.is_multiple_of(7)),
                completed_at: at(done),
                verified_at: at(status == Verified),
                blocked_reason: (status == Blocked).then(|| "Parts are missing.".to_owned()),
                closure_reason: (status == Declined).then_some(entity::enums::ClosureReason::Rejected),
                ..self.recommendation_row(reports[number % 5].id)
            }
        };
        (0..12).map(one).collect()
    }
}

fn days(number: usize) -> i64 {
    i64::try_from(number).expect("a small number")
}
