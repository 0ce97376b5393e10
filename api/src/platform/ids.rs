//! Mints ids: UUID version 7, so that ids sort by the time they were made, also within one millisecond.

use std::sync::{Arc, Mutex, PoisonError};

use entity::ids::{IdError, TypedId};
use uuid::{ContextV7, Timestamp, Uuid};

use super::{clock::Clock, error::Error};

/// The source of new ids of one process.
pub struct IdMint {
    clock: Arc<dyn Clock>,
    context: Mutex<ContextV7>,
}

impl IdMint {
    /// A mint that stamps ids with the time of `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            context: Mutex::new(ContextV7::new()),
        }
    }

    /// A fresh id of the type that is asked for.
    pub fn mint<T: From<Uuid>>(&self) -> T {
        let now = self.clock.now();
        let context = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        // An instant before 1970 cannot be stamped; the id is still unique.
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(&*context, seconds, now.timestamp_subsec_nanos())).into()
    }
}

/// Reads an id that a client sent, or says which field holds what is not one.
pub fn parse<T: TypedId + std::str::FromStr<Err = IdError>>(path: &str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|problem| match problem {
        IdError::Malformed => Error::invalid(
            path,
            "MALFORMED_ID",
            format!("This is not an id; expected one that starts with {}_.", T::PREFIX),
        ),
        IdError::WrongKind { found, expected } => Error::invalid(
            path,
            "WRONG_ID_TYPE",
            format!("This id starts with {found}_, but an id that starts with {expected}_ belongs here."),
        ),
    })
}
