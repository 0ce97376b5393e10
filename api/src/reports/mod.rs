//! Reports: the analysis of one incident, and an action item until it is published.
//!
//! DRAFT → IN_REVIEW → PUBLISHED. `reopen` leads back to DRAFT and clears the approvals: they were for another text. ARCHIVED
//! leaves default lists. The text changes only in DRAFT and IN_REVIEW; labels, owner, team, due date and visibility at any time.
//!
//! What a report still lacks are its findings ([`model::findings`]): an ERROR blocks publishing, a WARNING informs. They are
//! computed from what is there, never stored.
//!
//! Every change of the text stores a revision, and an update that names the version it was made on is refused when somebody
//! was faster. So no text is ever lost, whoever wins.
//!
//! A RESTRICTED report exists for its participants, its owner and admins: see `auth::scope`.

pub mod graphql;
pub mod loaders;
pub mod model;
pub mod policy;
pub mod queries;
pub mod service;
