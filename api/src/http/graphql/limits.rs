//! How much one request may ask for.

use std::time::Duration;

use super::DocumentLimits;

/// The limits of one request; all can be set by the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpLimits {
    /// Most bytes of a POST body; more is answered with 413.
    pub body_bytes: usize,
    /// Most bytes of a notice of a tracker; more is answered with 413.
    pub notice_bytes: usize,
    /// Most bytes of a GET query string; more is answered with 414.
    pub query_string_bytes: usize,
    /// Longest time for the body to arrive, and again for the operation to run.
    pub time: Duration,
    /// What the query text may contain.
    pub document: DocumentLimits,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            notice_bytes: 4 * 1024 * 1024,
            query_string_bytes: 16 * 1024,
            time: Duration::from_secs(15),
            document: DocumentLimits::default(),
        }
    }
}
