//! Tokens for machines, before they are stored.

use chrono::{DateTime, Utc};
use entity::{enums::TokenScope, ids::TeamId};

use crate::platform::{
    error::{Error, Problems},
    text,
};

/// How a token for machines begins, so that people and secret scanners know one when they see it.
pub const TOKEN_PREFIX: &str = "pm_";

/// A token to make.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<TokenScope>,
    /// The only team whose things it may change.
    pub team: Option<TeamId>,
    /// When it stops working.
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewToken {
    /// The token with its name trimmed and each scope once; or all that is wrong with it.
    pub fn check(mut self, now: DateTime<Utc>) -> Result<Self, Error> {
        let mut problems = Problems::default();
        self.name = problems.take(text::line("name", &self.name, 200)).unwrap_or_default();
        self.scopes.sort_unstable();
        self.scopes.dedup();
        if self.scopes.is_empty() {
            problems.add("scopes", "REQUIRED", "Name at least one scope.");
        }
        if self.expires_at.is_some_and(|at| at <= now) {
            problems.add(
                "expiresAt",
                "IN_THE_PAST",
                "This moment has passed; choose a later one, or none.",
            );
        }
        if self.team.is_some() && self.scopes.contains(&TokenScope::Admin) {
            problems.add(
                "teamId",
                "NOT_FOR_ADMIN",
                "A token with the scope ADMIN cannot be tied to a team; leave one of them out.",
            );
        }
        problems.finish()?;
        Ok(self)
    }
}
