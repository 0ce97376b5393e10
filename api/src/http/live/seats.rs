//! How many sockets and streams somebody may hold in a process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::http::StatusCode;
use prometheus_client::metrics::gauge::Gauge;

use crate::{
    auth::Viewer,
    http::{graphql::Refusal, rate::Principal},
    platform::meters::Held,
};

/// Who holds how many.
pub(super) struct Seats {
    most: usize,
    held: Mutex<HashMap<Principal, usize>>,
    /// Counts those of all.
    gauge: Gauge,
}

/// One that is held, until it is dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    who: Principal,
    _counted: Held,
}

impl Seats {
    pub(super) fn new(most: usize, gauge: Gauge) -> Self {
        Self {
            most,
            gauge,
            held: Mutex::default(),
        }
    }

    /// Takes one, or says that there is none left.
    pub(super) fn take(self: &Arc<Self>, viewer: &Viewer) -> Result<Option<Seat>, Refusal> {
        // What has no name signs in nowhere.
        let Some(who) = Principal::of(viewer) else {
            return Ok(None);
        };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(who).or_default();
        if *count >= self.most {
            return Err(Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "RATE_LIMITED",
                format!("You have {count} live connections open; close one first."),
            ));
        }
        *count += 1;
        Ok(Some(Seat {
            seats: self.clone(),
            who,
            _counted: Held::one_of(&self.gauge),
        }))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut held = self.seats.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.who) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&self.who);
            }
        }
    }
}
