//! Recommendations: work that treats root causes. Once accepted, an action item with an owner and a due date.
//!
//! ```text
//! PROPOSED ─accept→ ACCEPTED ─start→ IN_PROGRESS ─implement→ IMPLEMENTED ─verify→ VERIFIED
//!                       └────────── block → BLOCKED ┘                │            │
//! any open status or PROPOSED ─decline→ DECLINED                     └── reopen ──┴→ ACCEPTED
//! ```
//!
//! Which step leads from where to where, and who may take it, is one table: [`model::STEPS`]. Everything else about a step is
//! what it needs ([`service`]): acceptance an owner and a due date, completion of urgent work evidence, verification somebody
//! other than the owner.
//!
//! The first due date that was committed to never changes; a due date moves only with a reason. "Overdue" is computed from
//! status and date, never stored. Each change of status, owner, team, priority or due date closes one row of the item's
//! history and opens the next, in the transaction of the change: as-of questions are plain SQL over those rows.

pub mod graphql;
pub mod jobs;
pub mod loaders;
pub mod model;
pub mod policy;
pub mod queries;
pub mod service;
