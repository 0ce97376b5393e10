//! An event before it is written, and every type that there is.

mod calendar_feeds;
pub mod catalogue;
mod event_type;
pub mod feed;
pub mod fields;
mod lists;
pub mod names;
pub mod reach;
pub mod schema;
mod users;

use entity::{
    enums::SubjectKind,
    ids::{ReportId, TypedId},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::platform::changes::Changes;

/// What happened to what.
pub struct NewEvent {
    /// `<noun>.<past participle>`.
    pub event_type: &'static str,
    /// The kind of thing it happened to.
    pub subject_kind: SubjectKind,
    /// Which one.
    pub subject_id: Uuid,
    /// The report it falls under.
    pub report: Option<ReportId>,
    /// Another report that it tells of.
    pub other_report: Option<ReportId>,
    /// Old and new values.
    pub changes: Changes,
    /// What else a reader needs.
    pub payload: Value,
}

impl NewEvent {
    /// An event without changes.
    pub fn new(
        event_type: &'static str,
        subject_kind: SubjectKind,
        subject: impl TypedId,
        report: Option<ReportId>,
    ) -> Self {
        Self {
            event_type,
            subject_kind,
            subject_id: subject.uuid(),
            report,
            other_report: None,
            changes: Changes::new(),
            payload: json!({}),
        }
    }

    /// With old and new values.
    pub fn changes(mut self, changes: Changes) -> Self {
        self.changes = changes;
        self
    }

    /// For those only who may see this report too.
    pub fn telling_of(mut self, report: ReportId) -> Self {
        self.other_report = self.report.filter(|own| *own != report).map(|_| report);
        self
    }

    /// With more for the reader.
    pub fn payload(mut self, payload: Value) -> Self {
        self.payload = payload;
        self
    }
}
