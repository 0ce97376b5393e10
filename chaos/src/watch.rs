//! Asks processes whether they are ready, as an orchestrator does, and notes when that changes.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use postmortem_tests::pause;

/// How often is asked.
const INTERVAL: Duration = Duration::from_millis(100);

/// Who does not answer within this time is not ready: what orchestrators wait when nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(1);

/// When one process was ready, and when it was not.
pub struct Watch {
    url: String,
    is_ready: Cell<bool>,
    since: Cell<Option<Instant>>,
    red: RefCell<Vec<(Instant, Instant)>>,
}

impl Watch {
    /// Of a process that is ready.
    pub fn new(url: String) -> Self {
        Self {
            url,
            is_ready: Cell::new(true),
            since: Cell::default(),
            red: RefCell::default(),
        }
    }

    /// Was it ready when it was asked last?
    pub fn is_ready(&self) -> bool {
        self.is_ready.get()
    }

    /// For how long it was not, in all.
    pub fn red(&self) -> Duration {
        self.red
            .borrow()
            .iter()
            .map(|(from, to)| to.duration_since(*from))
            .sum()
    }

    /// Asks until it is told to stop.
    pub async fn run(&self, stop: &Cell<bool>) {
        let client = postmortem_tests::oidc::client();
        while !stop.get() {
            let asked = Instant::now();
            let answer = client.get(&self.url).timeout(PATIENCE).send().await;
            let is_ready = answer.is_ok_and(|answer| answer.status().as_u16() == 200);
            match (self.is_ready.replace(is_ready), is_ready) {
                (true, false) => self.since.set(Some(asked)),
                (false, true) => {
                    if let Some(since) = self.since.take() {
                        self.red.borrow_mut().push((since, Instant::now()));
                    }
                }
                _ => {}
            }
            pause(INTERVAL).await;
        }
        if let Some(since) = self.since.take() {
            self.red.borrow_mut().push((since, Instant::now()));
        }
    }
}
