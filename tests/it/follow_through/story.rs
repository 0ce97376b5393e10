//! A random history: people who recommend, accept, put off, give away, finish, reopen and decline, and incidents, causes and
//! reports that change meanwhile. The seed decides all of it.

use std::collections::HashMap;

use chrono::Duration;
use entity::enums::Role;
use fastrand::Rng;
use postmortem_api::jobs;
use postmortem_tests::{Answer, TestApp, TestUser, fixtures::TestReport};
use serde_json::{Value, json};

/// An item, as far as the story must know it to go on.
struct Item {
    id: String,
    status: String,
    owner: Option<String>,
}

pub struct Story<'a> {
    app: &'a TestApp,
    rng: Rng,
    pub admin: TestUser,
    people: Vec<TestUser>,
    pub teams: Vec<(String, String)>,
    services: Vec<(String, String)>,
    categories: Vec<(String, String)>,
    reports: Vec<TestReport>,
    causes: Vec<String>,
    items: Vec<Item>,
}

const LABELS: [&str; 4] = ["network", "database", "alerting", "training"];
const SEVERITIES: [&str; 3] = ["SEV1", "SEV2", "SEV3"];
const KINDS: [&str; 3] = ["PREVENT", "DETECT", "REPAIR"];
const PRIORITIES: [&str; 4] = ["P0", "P1", "P2", "P3"];

impl<'a> Story<'a> {
    pub async fn new(app: &'a TestApp, seed: u64) -> Self {
        let admin = app.user("Ada", Role::Admin).await;
        let mut people = Vec::new();
        for name in ["Ben", "Cleo", "Dan", "Eve", "Finn"] {
            people.push(app.user(name, Role::Member).await);
        }
        let mut teams = Vec::new();
        for pair in people.windows(2).take(3) {
            let team = app.team(&admin, &[&pair[0]], &[&pair[1]]).await;
            teams.push((team.id, team.slug));
        }
        let mut services = Vec::new();
        for slug in ["checkout", "search", "mail"] {
            let input = json!({ "slug": slug, "name": slug });
            let id = app
                .mutate(&admin, "createService", input, "service { id }")
                .await
                .text("/service/id");
            services.push((id, slug.to_owned()));
        }
        let answer = app.ask(&admin, "{ causeCategories { id slug } }", json!({})).await;
        let pair = |one: &Value| {
            (
                one["id"].as_str().unwrap().to_owned(),
                one["slug"].as_str().unwrap().to_owned(),
            )
        };
        let categories = answer
            .at("/causeCategories")
            .as_array()
            .unwrap()
            .iter()
            .take(4)
            .map(pair)
            .collect();
        Self {
            app,
            rng: Rng::with_seed(seed),
            admin,
            people,
            teams,
            services,
            categories,
            reports: Vec::new(),
            causes: Vec::new(),
            items: Vec::new(),
        }
    }

    /// What a filter and a group key call the things with these ids.
    pub fn names(&self) -> HashMap<String, String> {
        let people = self
            .people
            .iter()
            .chain([&self.admin])
            .map(|user| (user.id.clone(), user.email.clone()));
        let reports = self
            .reports
            .iter()
            .map(|report| (report.id.clone(), report.key.clone()));
        let pairs = self.teams.iter().chain(&self.services).chain(&self.categories).cloned();
        people.chain(reports).chain(pairs).collect()
    }

    /// Lets things happen.
    pub async fn go_on(&mut self, steps: usize, new_items: usize) {
        let (mut left, begun) = (steps, self.items.len());
        while left > 0 {
            left -= 1;
            self.pass_time().await;
            let wanted = begun + new_items * (steps - left) / steps;
            if self.reports.len() * 4 <= self.items.len() || self.rng.u8(..100) < 3 {
                self.new_report().await;
            } else if self.items.len() < wanted {
                self.new_item().await;
            } else {
                match self.rng.u8(..100) {
                    0..60 => self.step().await,
                    60..80 => self.change_item().await,
                    _ => self.change_around().await,
                }
            }
        }
    }

    /// Some things happen at the same instant, others days apart.
    async fn pass_time(&mut self) {
        if self.rng.u8(..100) < 80 {
            self.app
                .advance(Duration::microseconds(self.rng.i64(0..86_400_000_000)));
        }
        if self.rng.u8(..100) < 10 {
            jobs::run_once(&self.app.app).await.expect("the jobs to run");
        }
    }

    fn one_of<'b>(&mut self, values: &[&'b str]) -> &'b str {
        values[self.rng.usize(..values.len())]
    }

    fn some_id(&mut self, of: fn(&Self) -> &[(String, String)]) -> Value {
        let count = of(self).len();
        match self.rng.usize(..=count) {
            0 => Value::Null,
            number => json!(of(self)[number - 1].0),
        }
    }

    fn some_cause(&mut self) -> String {
        let place = self.rng.usize(..self.causes.len());
        self.causes[place].clone()
    }

    fn person(&mut self) -> TestUser {
        let place = self.rng.usize(..self.people.len());
        self.people[place].clone()
    }

    fn labels(&mut self) -> Vec<&'static str> {
        LABELS.into_iter().filter(|_| self.rng.bool()).collect()
    }

    fn due(&mut self) -> String {
        self.app.day(self.rng.i64(-2..50)).to_string()
    }

    async fn do_it(&self, mutation: &str, input: Value) -> Answer {
        self.app.mutate(&self.admin, mutation, input, "__typename").await
    }

    async fn new_report(&mut self) {
        let started_at = (self.app.now() - Duration::hours(self.rng.i64(1..200))).to_rfc3339();
        let services: Vec<String> = self
            .services
            .iter()
            .filter(|_| self.rng.bool())
            .map(|one| one.0.clone())
            .collect();
        let incident = json!({
            "title": "It broke", "severity": self.one_of(&SEVERITIES), "startedAt": started_at, "serviceIds": services,
        });
        let more = json!({ "incident": incident, "teamId": self.some_id(|s| &s.teams), "labels": self.labels() });
        let report = self.app.report(&self.admin, more).await;
        for _ in 0..=self.rng.usize(0..3) {
            let more = json!({ "categoryId": self.some_id(|s| &s.categories) });
            let cause = self.app.cause(&self.admin, &report, more).await;
            if !self.causes.is_empty() && self.rng.u8(..100) < 40 {
                let earlier = self.some_cause();
                // Refused when that did not happen earlier.
                self.do_it(
                    "linkRecurrence",
                    json!({ "rootCauseId": cause, "recurrenceOfId": earlier }),
                )
                .await;
            }
            self.causes.push(cause);
        }
        self.reports.push(report);
    }

    async fn new_item(&mut self) {
        let mut causes = vec![self.some_cause()];
        if self.rng.u8(..100) < 40 {
            causes.push(self.some_cause());
        }
        let causes: Vec<&str> = causes.iter().map(String::as_str).collect();
        let more = json!({
            "kind": self.one_of(&KINDS), "priority": self.one_of(&PRIORITIES), "labels": self.labels(),
            "teamId": self.some_id(|s| &s.teams),
        });
        let item = self.app.item(&self.admin, &causes, more).await;
        self.items.push(Item {
            id: item.id,
            status: "PROPOSED".to_owned(),
            owner: None,
        });
    }

    /// A step from where an item stands; who may not take it is refused, as in life.
    async fn step(&mut self) {
        if self.items.is_empty() {
            return;
        }
        let place = self.rng.usize(..self.items.len());
        let owner = self.items[place].owner.clone();
        let doer = self
            .people
            .iter()
            .find(|user| Some(&user.id) == owner.as_ref())
            .cloned();
        let (admin, person) = (self.admin.clone(), self.person());
        let reason = json!({ "reason": "Something came up." });
        let (who, mutation, more) = match (self.items[place].status.as_str(), self.rng.u8(..10)) {
            ("PROPOSED", 0..9) => {
                let due = if self.rng.u8(..10) < 8 {
                    json!(self.due())
                } else {
                    Value::Null
                };
                (
                    admin,
                    "acceptRecommendation",
                    json!({ "ownerId": person.id, "dueOn": due }),
                )
            }
            ("ACCEPTED" | "BLOCKED", 0..=3) => (doer.unwrap_or(person), "startRecommendation", json!({})),
            ("ACCEPTED" | "IN_PROGRESS", 4) => (doer.unwrap_or(person), "blockRecommendation", reason),
            ("ACCEPTED" | "IN_PROGRESS" | "BLOCKED", 5..=8) => {
                let evidence = json!([{ "url": "https://example.org/pull/1" }]);
                (
                    doer.unwrap_or(person),
                    "implementRecommendation",
                    json!({ "evidence": evidence }),
                )
            }
            ("IMPLEMENTED", 0..=6) => (admin, "verifyRecommendation", json!({})),
            ("VERIFIED", 0..=1) => {
                let more =
                    json!({ "outcome": "INEFFECTIVE", "note": "It broke again.", "ownerId": person.id, "dueOn": null });
                (admin, "reviewEffectiveness", more)
            }
            ("IMPLEMENTED" | "VERIFIED" | "DECLINED", 9) => (admin, "reopenRecommendation", reason),
            ("PROPOSED" | "ACCEPTED" | "IN_PROGRESS" | "BLOCKED", 9) => {
                let why = self.one_of(&[
                    "REJECTED",
                    "DUPLICATE",
                    "SUPERSEDED",
                    "RISK_ACCEPTED",
                    "NO_LONGER_APPLICABLE",
                ]);
                let until = (why == "RISK_ACCEPTED").then(|| self.app.day(self.rng.i64(1..30)));
                let more = json!({ "reason": why, "note": "We talked about it.", "riskAcceptedUntil": until });
                (admin, "declineRecommendation", more)
            }
            _ => return,
        };
        let mut input = json!({ "id": self.items[place].id });
        postmortem_tests::fixtures::merge(&mut input, more);
        let answer = self
            .app
            .mutate(&who, mutation, input, "recommendation { status owner { id } }")
            .await;
        if answer.body.get("errors").is_none() {
            self.items[place].status = answer.text("/recommendation/status");
            self.items[place].owner = answer
                .at("/recommendation/owner")
                .get("id")
                .and_then(Value::as_str)
                .map(str::to_owned);
        }
    }

    async fn change_item(&mut self) {
        if self.items.is_empty() {
            return;
        }
        let place = self.rng.usize(..self.items.len());
        let id = self.items[place].id.clone();
        match self.rng.u8(..6) {
            0 | 1 => {
                let input = json!({ "id": id, "dueOn": self.due(), "reason": "It takes longer." });
                self.do_it("changeDueDate", input).await;
            }
            2 | 3 => {
                let owner = if self.rng.u8(..10) < 2 {
                    Value::Null
                } else {
                    json!(self.person().id)
                };
                let input = json!({ "id": id, "ownerId": owner, "teamId": self.some_id(|s| &s.teams) });
                let answer = self.do_it("assignRecommendation", input).await;
                if answer.body.get("errors").is_none() {
                    self.items[place].owner = owner.as_str().map(str::to_owned);
                }
            }
            4 => {
                let input = json!({
                    "id": id, "priority": self.one_of(&PRIORITIES), "kind": self.one_of(&KINDS), "labels": self.labels(),
                    "title": format!("Limit the retries to {}", self.rng.u8(..9)),
                });
                self.do_it("updateRecommendation", input).await;
            }
            _ => {
                let causes = [self.some_cause(), self.some_cause()];
                self.do_it("addressRootCauses", json!({ "id": id, "rootCauseIds": causes }))
                    .await;
            }
        }
    }

    /// Changes what items hang on.
    async fn change_around(&mut self) {
        let place = self.rng.usize(..self.reports.len());
        let report = self.reports[place].clone();
        match self.rng.u8(..8) {
            0 | 1 => {
                let services: Vec<String> = self
                    .services
                    .iter()
                    .filter(|_| self.rng.bool())
                    .map(|one| one.0.clone())
                    .collect();
                let input = json!({
                    "id": report.incident, "severity": self.one_of(&SEVERITIES), "serviceIds": services,
                    "title": format!("It broke {}", self.rng.u8(..9)),
                });
                self.do_it("updateIncident", input).await;
            }
            2 => {
                let input = json!({ "id": report.id, "labels": self.labels(), "teamId": self.some_id(|s| &s.teams) });
                self.do_it("updateReport", input).await;
            }
            3 => {
                let mutation = self.one_of(&["submitReport", "archiveReport", "reopenReport"]);
                self.do_it(mutation, json!({ "id": report.id })).await;
            }
            4 => {
                let input = json!({ "id": self.some_cause(), "categoryId": self.some_id(|s| &s.categories) });
                self.do_it("updateRootCause", input).await;
            }
            5 => {
                let input = json!({ "rootCauseId": self.some_cause(), "reason": "It cannot happen again." });
                self.do_it("recordNoAction", input).await;
            }
            6 => {
                let input = json!({ "id": self.some_cause(), "clearNoActionReason": true });
                self.do_it("updateRootCause", input).await;
            }
            _ => {
                let place = self.rng.usize(..self.causes.len());
                let input = json!({ "id": self.causes[place] });
                let answer = self.do_it("removeRootCause", input).await;
                if answer.body.get("errors").is_none() {
                    self.causes.remove(place);
                }
            }
        }
    }
}
