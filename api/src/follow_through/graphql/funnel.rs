//! From incidents to published reports, in the API.

use std::sync::Arc;

use async_graphql::Object;

use crate::{
    follow_through::{model::counts::days_within, queries::funnel::Funnel},
    graphql::scalars::int,
};

/// How many incidents came how far on the way to a published report.
pub struct ReportFunnel(pub(super) Arc<Funnel>);

/// How many incidents came how far on the way to a published report.
#[Object]
impl ReportFunnel {
    /// The incidents that match.
    async fn incidents(&self) -> i32 {
        int(self.0.incidents)
    }
    /// Those that require a report by the due policies in force.
    async fn requiring_report(&self) -> i32 {
        int(self.0.requiring)
    }
    /// Those with a report that you may see, whether they require one or not. One that was archived before it was published does not count.
    async fn with_report(&self) -> i32 {
        int(self.0.with_report)
    }
    /// Those with a report that is published, or was before it was archived.
    async fn published(&self) -> i32 {
        int(self.0.published)
    }
    /// Those with an overdue report.
    async fn overdue(&self) -> i32 {
        int(self.0.overdue)
    }
    /// The share, 0 to 1, with a published report, of those that require one; null when none does.
    async fn coverage_rate(&self) -> Option<f64> {
        self.0.coverage_rate()
    }
    /// Half of those with a published report had it this many days after the incident began, or sooner; null when there is none. A
    /// report that was reopened counts from its last publication.
    async fn median_days_to_publish(&self) -> Option<f64> {
        days_within(&self.0.publish_micros, 0.5)
    }
    /// Nine of ten had it this many days after, or sooner; null when there is none.
    async fn p90_days_to_publish(&self) -> Option<f64> {
        days_within(&self.0.publish_micros, 0.9)
    }
}
