//! What may leave, and how. Who may read a report may take it along: see `queries`.

use entity::{
    enums::{ReportStatus, Visibility},
    report,
};

use crate::platform::error::Error;

/// Whether there may be a public edition. Nobody decides that for a report that is not everybody's inside.
pub fn may_be_public(row: &report::Model) -> Result<(), Error> {
    if row.visibility == Visibility::Restricted {
        return Err(Error::invalid(
            "key",
            "RESTRICTED",
            format!(
                "{} is RESTRICTED, and of such a report there is no public edition.",
                row.key
            ),
        ));
    }
    if row.status != ReportStatus::Published {
        return Err(Error::invalid(
            "key",
            "NOT_PUBLISHED",
            format!(
                "{} is {}; only a PUBLISHED report has a public edition.",
                row.key, row.status
            ),
        ));
    }
    Ok(())
}
