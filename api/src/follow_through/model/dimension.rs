//! What recommendations can be grouped by.

use entity::enums::{RecommendationKind, RecommendationStatus};

/// By what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Whose.
    Team,
    /// Who does it.
    Owner,
    /// The services that the incident hit: one of several, each.
    Service,
    /// How bad the incident was.
    Severity,
    /// How urgent.
    Priority,
    /// What it is meant to do.
    Kind,
    /// Where it stands.
    Status,
    /// The categories of the causes it treats: one of several, each.
    CauseCategory,
    /// Where it was first recommended.
    Report,
    /// The month of the first acceptance.
    MonthAccepted,
    /// The month of the due date.
    MonthDue,
}

impl Dimension {
    /// Are its groups things with an id?
    pub fn is_thing(self) -> bool {
        matches!(
            self,
            Self::Team | Self::Owner | Self::Service | Self::CauseCategory | Self::Report
        )
    }

    /// Can one item be in several groups?
    pub fn is_manifold(self) -> bool {
        matches!(self, Self::Service | Self::CauseCategory)
    }

    /// The place of a value among its kind; values that people know no order of are all in one place.
    pub fn place(self, key: &str) -> usize {
        match self {
            Self::Status => RecommendationStatus::ALL
                .iter()
                .position(|status| status.as_str() == key)
                .unwrap_or_default(),
            Self::Kind => RecommendationKind::ALL
                .iter()
                .position(|kind| kind.as_str() == key)
                .unwrap_or_default(),
            _ => 0,
        }
    }

    /// What people read where there is none.
    pub fn none_label(self) -> &'static str {
        match self {
            Self::Team => "No team",
            Self::Owner => "Nobody",
            Self::Service => "No service",
            Self::CauseCategory => "No category",
            Self::MonthAccepted => "Not accepted",
            Self::MonthDue => "No due date",
            Self::Severity | Self::Priority | Self::Kind | Self::Status | Self::Report => "None",
        }
    }
}
