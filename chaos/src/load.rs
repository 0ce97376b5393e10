//! What is asked of the service while it is broken: comments, recommendations, and steps of these.

use std::{cell::Cell, time::Duration};

use futures_util::future::join_all;
use postmortem_tests::pause;
use serde_json::{Value, json};

use crate::{
    client::{Client, Outcome},
    ledger::{Done, Ledger},
    stage::Subjects,
};

/// How many ask at the same time.
const WRITERS: usize = 4;

/// How long each waits between two questions: the trackers and receivers are to keep up.
const BREATH: Duration = Duration::from_millis(150);

/// Asks until it is told to stop. All that is asked is in the ledger.
pub async fn run(client: &Client, subjects: &Subjects, ledger: &Ledger, stop: &Cell<bool>) {
    let writer = async |number: usize| {
        let mut round = 0;
        while !stop.get() {
            let mark = format!("{number}-{round}");
            round += 1;
            let writer = Writer {
                client,
                subjects,
                ledger,
            };
            // What has failed once is let be: whether it happened is not known, and a person would look first.
            let _ = writer.round(&mark).await;
        }
    };
    join_all((0..WRITERS).map(writer)).await;
}

struct Writer<'a> {
    client: &'a Client,
    subjects: &'a Subjects,
    ledger: &'a Ledger,
}

impl Writer<'_> {
    /// Two comments, and a recommendation that is accepted and begun. None, when something did not go well.
    async fn round(&self, mark: &str) -> Option<()> {
        self.comment(mark, 1).await?;
        let title = format!("Limit retries {mark}");
        let input = json!({
            "rootCauseIds": [self.subjects.cause], "title": title, "kind": "PREVENT", "priority": "P2",
        });
        let made = |answer: &Value| {
            let id = answer["recommendation"]["id"].as_str()?.to_owned();
            Some(Done::Created {
                id,
                title: title.clone(),
            })
        };
        let done = self
            .send("createRecommendation", input, "recommendation { id }", made)
            .await?;
        let Done::Created { id, .. } = done else { return None };
        self.comment(mark, 2).await?;
        let accept = json!({ "id": id, "ownerId": self.subjects.user, "dueOn": "2999-12-31" });
        self.step("acceptRecommendation", accept, "ACCEPTED").await?;
        self.step("startRecommendation", json!({ "id": id }), "IN_PROGRESS")
            .await
    }

    async fn comment(&self, mark: &str, number: u32) -> Option<()> {
        let body = format!("Comment {mark} {number}");
        let input = json!({ "subjectId": self.subjects.report, "body": body });
        let added = |answer: &Value| {
            let id = answer["comment"]["id"].as_str()?.to_owned();
            Some(Done::Comment { id, body: body.clone() })
        };
        self.send("addComment", input, "comment { id }", added).await?;
        Some(())
    }

    async fn step(&self, name: &str, input: Value, status: &'static str) -> Option<()> {
        let taken = |answer: &Value| {
            let item = &answer["recommendation"];
            let (id, version) = (item["id"].as_str()?.to_owned(), item["version"].as_i64()?);
            (item["status"] == status).then_some(Done::Step { id, status, version })
        };
        self.send(name, input, "recommendation { id status version }", taken)
            .await?;
        Some(())
    }

    async fn send(
        &self,
        name: &str,
        input: Value,
        selection: &str,
        read: impl Fn(&Value) -> Option<Done>,
    ) -> Option<Done> {
        let begun = self.ledger.attempt();
        let outcome = self.client.mutate(name, input, selection).await;
        pause(BREATH).await;
        match outcome {
            Outcome::Acknowledged(answer) => match read(&answer) {
                Some(done) => {
                    self.ledger.done(begun, done.clone());
                    Some(done)
                }
                None => {
                    self.ledger
                        .failed(format!("{name} was answered with something else: {answer}"));
                    None
                }
            },
            Outcome::Unknown(problem) => {
                self.ledger.failed(format!("{name}: {problem}"));
                None
            }
        }
    }
}
