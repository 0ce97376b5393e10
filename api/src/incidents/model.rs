//! An incident as it is given, and what makes it a sound one.

use chrono::{DateTime, Utc};
use entity::{
    enums::Severity,
    ids::{ServiceId, TeamId},
};

use crate::platform::{
    error::{Error, Problems},
    text,
};

/// An incident to record.
#[derive(Debug, Clone)]
pub struct NewIncident {
    /// What happened, in a line.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// When.
    pub moments: Moments,
    /// Whose.
    pub team: Option<TeamId>,
    /// What it hit.
    pub services: Vec<ServiceId>,
    /// Its names elsewhere.
    pub external_refs: Vec<ExternalRef>,
}

/// When it began, was noticed, was contained and was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moments {
    /// It began.
    pub started_at: DateTime<Utc>,
    /// It was noticed.
    pub detected_at: Option<DateTime<Utc>>,
    /// Its impact was ended or lessened.
    pub mitigated_at: Option<DateTime<Utc>>,
    /// It was over.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// The name of an incident in another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalRef {
    /// Such as pagerduty.
    pub system: String,
    /// Its id there.
    pub id: String,
    /// Where it can be seen.
    pub url: Option<String>,
}

/// What to change of an incident; none keeps.
#[derive(Debug, Clone, Default)]
pub struct IncidentPatch {
    /// A new title.
    pub title: Option<String>,
    /// A new severity.
    pub severity: Option<Severity>,
    /// Another beginning.
    pub started_at: Option<DateTime<Utc>>,
    /// Another detection, or none.
    pub detected_at: Option<Option<DateTime<Utc>>>,
    /// Another mitigation, or none.
    pub mitigated_at: Option<Option<DateTime<Utc>>>,
    /// Another resolution, or none.
    pub resolved_at: Option<Option<DateTime<Utc>>>,
    /// Another team, or none.
    pub team: Option<Option<TeamId>>,
    /// The whole new set of services.
    pub services: Option<Vec<ServiceId>>,
    /// The whole new set of references.
    pub external_refs: Option<Vec<ExternalRef>>,
    /// The version this was decided on.
    pub expected_version: Option<i64>,
}

impl Moments {
    /// Notes moments that run backwards. An incident may be mitigated before anybody has detected it.
    pub fn check(&self, problems: &mut Problems) {
        let later = [
            ("detectedAt", self.detected_at),
            ("mitigatedAt", self.mitigated_at),
            ("resolvedAt", self.resolved_at),
        ];
        for (path, at) in later {
            if at.is_some_and(|at| at < self.started_at) {
                problems.add(
                    path,
                    "BEFORE_START",
                    "This is before the incident started; correct one of the two times.",
                );
            }
        }
        if let (Some(mitigated), Some(resolved)) = (self.mitigated_at, self.resolved_at)
            && resolved < mitigated
        {
            problems.add(
                "resolvedAt",
                "BEFORE_MITIGATION",
                "This is before the mitigation; correct one of the two times.",
            );
        }
    }
}

/// How many references one incident has.
pub const MOST_REFS: usize = 50;

/// The references as they are kept: the system in lower case, every part checked, none twice.
pub fn check_refs(refs: &[ExternalRef]) -> Result<Vec<ExternalRef>, Error> {
    let mut problems = Problems::default();
    let mut checked: Vec<ExternalRef> = Vec::with_capacity(refs.len().min(MOST_REFS));
    if refs.len() > MOST_REFS {
        return Err(Error::invalid(
            "externalRefs",
            "TOO_MANY",
            "Give at most 50 references.",
        ));
    }
    for (position, given) in refs.iter().enumerate() {
        let path = |field: &str| format!("externalRefs.{position}.{field}");
        let system = problems.take(text::line(&path("system"), &given.system.to_lowercase(), 60));
        let id = problems.take(text::line(&path("id"), &given.id, 300));
        let url = given.url.as_deref().map(|url| text::url(&path("url"), url)).transpose();
        let url = problems.take(url).flatten();
        if let (Some(system), Some(id)) = (system, id) {
            if checked.iter().any(|known| known.system == system && known.id == id) {
                problems.add(path("id"), "DUPLICATE", "This reference is given twice.");
            }
            checked.push(ExternalRef { system, id, url });
        }
    }
    problems.finish()?;
    Ok(checked)
}
