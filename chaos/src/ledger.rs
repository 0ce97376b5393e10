//! What the service has promised, and what was asked of it in vain or without an answer.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// A change that was acknowledged.
#[derive(Debug, Clone)]
pub enum Done {
    /// A comment was added.
    Comment { id: String, body: String },
    /// A recommendation was made.
    Created { id: String, title: String },
    /// A recommendation came to a status.
    Step {
        id: String,
        status: &'static str,
        version: i64,
    },
}

#[derive(Default)]
struct Books {
    attempted: usize,
    done: Vec<Done>,
    problems: Vec<String>,
    /// When the latest of those that were acknowledged was begun.
    latest: Option<Instant>,
}

/// All that was asked.
#[derive(Default)]
pub struct Ledger(Mutex<Books>);

impl Ledger {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something is about to be asked.
    pub fn attempt(&self) -> Instant {
        self.books().attempted += 1;
        Instant::now()
    }

    /// It was acknowledged.
    pub fn done(&self, begun: Instant, done: Done) {
        let mut books = self.books();
        books.done.push(done);
        books.latest = books.latest.max(Some(begun));
    }

    /// It was not.
    pub fn failed(&self, problem: String) {
        self.books().problems.push(problem);
    }

    /// Was anything acknowledged that was begun after a moment?
    pub fn acknowledged_since(&self, moment: Instant) -> bool {
        self.books().latest.is_some_and(|latest| latest >= moment)
    }

    /// How much was asked.
    pub fn attempted(&self) -> usize {
        self.books().attempted
    }

    /// What was acknowledged.
    pub fn all_done(&self) -> Vec<Done> {
        self.books().done.clone()
    }

    /// What went wrong, each kind once, with how often.
    pub fn problems(&self) -> Vec<(String, usize)> {
        let mut kinds: Vec<(String, usize)> = Vec::new();
        for problem in &self.books().problems {
            // Without the id of the request.
            let short = problem
                .split("; quote request id")
                .next()
                .unwrap_or_default()
                .to_owned();
            match kinds.iter_mut().find(|(known, _)| *known == short) {
                Some((_, times)) => *times += 1,
                None => kinds.push((short, 1)),
            }
        }
        kinds
    }
}
