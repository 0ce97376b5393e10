//! The application's error: one of a few kinds that clients can tell apart, each with a sentence that says what to do.
//!
//! `Display` is that sentence and never the source, so nothing internal can leak by being shown.

use std::{fmt::Display, sync::Arc};

use sea_orm::{DbErr, SqlErr};

/// What went wrong, in the terms of the API.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Nobody, or nobody we know.
    #[error("{0}")]
    Unauthenticated(String),
    /// Somebody who sees the object but may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such object, or it must not be seen.
    #[error("{0}")]
    NotFound(String),
    /// The input is wrong; every problem that was found.
    #[error("{}", summary(.0))]
    Invalid(Vec<Problem>),
    /// Somebody else was faster.
    #[error("{message}")]
    Conflict {
        /// What to do.
        message: String,
        /// The version that is current.
        current_version: i64,
    },
    /// More was asked than one request may cost.
    #[error("{0}")]
    TooComplex(String),
    /// Our fault. The source is for the log only.
    #[error("Something went wrong on our side.")]
    Internal(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where in the input, such as `rootCauseIds` or `evidence.0.url`.
    pub path: String,
    /// A stable code for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

fn summary(problems: &[Problem]) -> String {
    match problems {
        [only] => only.message.clone(),
        several => {
            let all: Vec<String> = several
                .iter()
                .map(|problem| format!("{}: {}", problem.path, problem.message))
                .collect();
            format!("{} problems. {}", several.len(), all.join(" "))
        }
    }
}

impl Error {
    /// One problem with one field.
    pub fn invalid(path: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem {
            path: path.into(),
            code,
            message: message.into(),
        }])
    }

    /// `what` is the noun a person would use, such as "recommendation".
    pub fn not_found(what: &str) -> Self {
        Self::NotFound(format!("There is no such {what}, or you may not see it."))
    }

    /// A refusal that names who may.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::Forbidden(message.into())
    }

    /// Anything that is our fault.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(Arc::from(source.into()))
    }

    /// The code that clients switch on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::NotFound(_) => "NOT_FOUND",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::Conflict { .. } => "CONFLICT",
            Self::TooComplex(_) => "QUERY_TOO_COMPLEX",
            Self::Internal(_) => "INTERNAL",
        }
    }
}

impl From<DbErr> for Error {
    fn from(source: DbErr) -> Self {
        Self::internal(source)
    }
}

/// Did a write fail because a unique value is already taken?
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Refuses an update that was decided on an older version than the current one.
pub fn check_version(expected: Option<i64>, current: i64) -> Result<(), Error> {
    match expected {
        Some(expected) if expected != current => Err(Error::Conflict {
            message: format!(
                "This has changed since version {expected}; read it again and repeat your change on version {current}."
            ),
            current_version: current,
        }),
        _ => Ok(()),
    }
}

/// Collects everything that is wrong with an input, so that a client hears it all at once.
#[derive(Default)]
pub struct Problems {
    found: Vec<Problem>,
    /// What is no problem of the input, such as a database that does not answer.
    other: Option<Error>,
}

impl Problems {
    /// Notes a problem.
    pub fn add(&mut self, path: impl Into<String>, code: &'static str, message: impl Display) {
        self.found.push(Problem {
            path: path.into(),
            code,
            message: message.to_string(),
        });
    }

    /// Keeps the value of a check, or notes why there is none.
    pub fn take<T>(&mut self, checked: Result<T, Error>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(Error::Invalid(problems)) => {
                self.found.extend(problems);
                None
            }
            Err(other) => {
                self.other = Some(other);
                None
            }
        }
    }

    /// Fails with all that was noted.
    pub fn finish(self) -> Result<(), Error> {
        match self.other {
            Some(other) => Err(other),
            None if self.found.is_empty() => Ok(()),
            None => Err(Error::Invalid(self.found)),
        }
    }
}

/// An error with all its causes, for the log. Many libraries say in an error what its cause says; that is told once.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Error, chain};

    #[derive(Debug, thiserror::Error)]
    #[error("the disk is full")]
    struct Cause;

    #[derive(Debug, thiserror::Error)]
    #[error("writing failed: {0}")]
    struct Repeating(#[source] Cause);

    #[test]
    fn a_cause_is_told_once() {
        let error = Error::internal(Repeating(Cause));
        assert_eq!(
            chain(&error),
            "Something went wrong on our side.: writing failed: the disk is full"
        );
    }
}
