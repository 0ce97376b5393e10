//! Reads that all see the database as it was at the first of them.

use std::ops::Deref;

use super::{lender::Lease, opened::Opened, taken::Purpose};
use crate::platform::error::Error;

/// The database at one moment, for whoever reads: PostgreSQL refuses changes. It holds up no writer. Drop it soon: PostgreSQL ends one that
/// asks nothing for a while, and until then a connection is taken.
pub struct Snapshot(Opened);

impl Snapshot {
    pub(super) async fn take(lease: Lease) -> Result<Self, Error> {
        Ok(Self(Opened::begin(lease, Purpose::Reading).await?))
    }
}

impl Deref for Snapshot {
    type Target = Opened;
    fn deref(&self) -> &Opened {
        &self.0
    }
}
