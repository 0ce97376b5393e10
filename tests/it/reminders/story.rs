//! Months go by, day by day or by jumps, with restarts and moved dates; what was told is compared with what the calendar says.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Duration, NaiveDate};
use entity::enums::Role;
use fastrand::Rng;
use futures_util::future::join;
use postmortem_api::jobs;
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::json;

use super::{set_policies, told};
use crate::recommendations::Crew;

/// What somebody with a calendar would tell: each due date has its moments, and a moment that has come is told at the next look,
/// unless a later one of its kind has come too, or the thing is done.
struct Calendar {
    before: Vec<i64>,
    after: Vec<i64>,
    due: NaiveDate,
    is_open: bool,
    told: Vec<(NaiveDate, String, i64)>,
    /// For each due date that there was: the moments that need no word any more, by kind.
    over: BTreeMap<NaiveDate, BTreeSet<(&'static str, NaiveDate)>>,
}

impl Calendar {
    fn new(before: &[i64], after: &[i64], due: NaiveDate) -> Self {
        Self {
            before: before.to_vec(),
            after: after.to_vec(),
            due,
            is_open: true,
            told: Vec::new(),
            over: BTreeMap::new(),
        }
    }

    /// Every moment of the present due date: when, what, and the days it is meant for.
    fn moments(&self) -> Vec<(NaiveDate, &'static str, i64)> {
        let soon = self
            .before
            .iter()
            .map(|days| (self.due - Duration::days(*days), "due_soon", *days));
        let late = std::iter::once((self.due + Duration::days(1), "overdue", 0));
        // Nothing is escalated on the day itself.
        let up = self
            .after
            .iter()
            .map(|days| (self.due + Duration::days(*days), "escalated", *days));
        soon.chain(late).chain(up).collect()
    }

    fn look(&mut self, today: NaiveDate) {
        if !self.is_open {
            return;
        }
        for kind in ["due_soon", "overdue", "escalated"] {
            let all = self.moments();
            let come = all.iter().filter(|(day, of, _)| *of == kind && *day <= today);
            let Some((day, _, days)) = come.max() else { continue };
            let meaningless = (kind == "due_soon") == (today > self.due);
            let over = self.over.entry(self.due).or_default();
            let was_told = over.iter().any(|(of, told)| *of == kind && told >= day);
            if !meaningless && !was_told {
                self.told.push((today, kind.to_owned(), *days));
                over.insert((kind, *day));
            }
        }
    }
}

/// Something that is watched: its id, whether it is a report, and the calendar's opinion.
struct Watched {
    item: postmortem_tests::fixtures::TestItem,
    is_report: bool,
    calendar: Calendar,
}

impl Watched {
    async fn move_to(&mut self, app: &TestApp, crew: &Crew<'_>, due: NaiveDate) {
        if self.is_report {
            let input = json!({ "id": self.item.id, "dueOn": due });
            app.mutate(&crew.ada, "updateReport", input, "report { id }")
                .await
                .data();
        } else {
            let input = json!({ "dueOn": due, "reason": "It takes longer." });
            app.step(&crew.ada, "changeDueDate", &self.item, input).await.data();
        }
        self.calendar.due = due;
    }

    async fn close(&mut self, app: &TestApp, crew: &Crew<'_>) {
        if self.is_report {
            app.mutate(
                &crew.ada,
                "archiveReport",
                json!({ "id": self.item.id }),
                "report { id }",
            )
            .await
            .data();
        } else {
            app.step(&crew.bo, "implementRecommendation", &self.item, json!({}))
                .await
                .data();
        }
        self.calendar.is_open = false;
    }

    async fn reopen(&mut self, app: &TestApp, crew: &Crew<'_>) {
        let input = json!({ "id": self.item.id, "reason": "Not done." });
        let (name, shown) = if self.is_report {
            ("reopenReport", "report { id }")
        } else {
            ("reopenRecommendation", "recommendation { id }")
        };
        app.mutate(&crew.ada, name, input, shown).await.data();
        self.calendar.is_open = true;
    }
}

async fn policies(app: &TestApp, admin: &TestUser) {
    set_policies(
        app,
        admin,
        json!([
            { "name": "Urgent", "appliesTo": "RECOMMENDATION", "dueInDays": 9, "remindDaysBefore": [0, 2, 5], "escalateDaysAfter": [1, 3, 8], "condition": { "priorities": ["P2"] } },
            { "name": "Reports", "appliesTo": "REPORT", "dueInDays": 9, "remindDaysBefore": [4], "escalateDaysAfter": [2, 20] },
        ]),
    )
    .await;
}

/// One history, by its seed.
async fn months(app: &TestApp, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let admin = app.user("Root", Role::Admin).await;
    let crew = Crew::new(app).await;
    policies(app, &admin).await;
    let mut watched = Vec::new();
    for number in 0..6 {
        let due = app.day(rng.i64(1..25));
        let (days, priority) = match number % 2 {
            0 => ((&[0, 2, 5][..], &[1, 3, 8][..]), "P2"),
            _ => ((&[1, 3][..], &[7][..]), "P3"),
        };
        let item = app
            .item(&crew.ada, &[&crew.cause], json!({ "priority": priority }))
            .await;
        app.accept(&crew.ada, &item, &crew.bo, due).await;
        watched.push(Watched {
            item,
            is_report: false,
            calendar: Calendar::new(days.0, days.1, due),
        });
    }
    for _ in 0..3 {
        let due = app.day(rng.i64(1..25));
        let report = app
            .report(&crew.ada, json!({ "ownerId": crew.ada.id, "dueOn": due }))
            .await;
        watched.push(Watched {
            item: postmortem_tests::fixtures::TestItem {
                id: report.id,
                key: report.key,
            },
            is_report: true,
            calendar: Calendar::new(&[4], &[2, 20], due),
        });
    }
    let mut process = app.another_process().await;
    for _ in 0..110 {
        let step = match rng.u8(..10) {
            0 => Duration::hours(rng.i64(1..20)),
            1 => Duration::days(rng.i64(2..14)),
            _ => Duration::days(1),
        };
        app.advance(step);
        let some = rng.usize(..watched.len());
        let thing = &mut watched[some];
        match (rng.u8(..10), thing.calendar.is_open) {
            (0, true) => {
                let due = app.day(rng.i64(-3..20));
                thing.move_to(app, &crew, due).await;
            }
            (1, true) => thing.close(app, &crew).await,
            (1..6, false) => thing.reopen(app, &crew).await,
            _ => {}
        }
        if rng.u8(..10) == 0 {
            // Nobody looks today.
            continue;
        }
        match rng.u8(..4) {
            0 => {
                process = app.another_process().await;
                jobs::run_once(&process.app).await.unwrap();
            }
            1 => {
                let (one, two) = join(jobs::run_once(&process.app), jobs::run_once(&app.app)).await;
                one.unwrap();
                two.unwrap();
            }
            _ => jobs::run_once(&process.app).await.unwrap(),
        }
        let today = app.day(0);
        watched.iter_mut().for_each(|thing| thing.calendar.look(today));
    }
    let mut all = 0;
    for thing in &watched {
        let mut told = told(app, &thing.item.id).await;
        let mut expected = thing.calendar.told.clone();
        all += expected.len();
        told.sort();
        expected.sort();
        assert_eq!(told, expected, "seed {seed}, {}", thing.item.key);
    }
    assert!(all > 40, "too little happened: {all}");
}

on_both_databases! {
    async fn each_reminder_comes_exactly_once(app) {
        months(app, 1).await;
    }

    async fn also_in_another_history(app) {
        months(app, 20_261_124).await;
    }
}
