//! Trackers: a recommendation lives where its engineers work, as an issue of GitHub, GitLab and others. The two must never
//! disagree silently.
//!
//! A **connection** is a project of a tracker with its credentials. A **link** is one recommendation as one issue of it; its rows
//! are the queue and the record in one. A **notice** is what a tracker has told by a webhook; it is kept, answered at once, and
//! worked off afterwards.
//!
//! | state of a link | meaning |
//! |---|---|
//! | PENDING | not looked at yet: the issue is still to be made, or to be read for the first time |
//! | IN_SYNC | both sides said the same when they were last compared |
//! | CONFLICT | a field was changed on both sides; both values stand until somebody chooses |
//! | FAILED | it could not be brought into step; `last_error` says why, and it is tried again |
//! | UNLINKED | it is no longer kept in step: somebody said so, or the issue is gone |
//!
//! Three things ask for a synchronisation: events of the log ([`service::follow()`]), notices ([`service::inbox`]) and the poll
//! ([`service::poll`]), which finds what no notice told of. None of them says what to do. [`service::sync`] reads both sides and
//! decides by one pure function, [`model::reconcile()`]: of the value that both had agreed on, ours and theirs, it makes what to send,
//! what to take over and what is in conflict. So it does not matter how often and in which order it is asked, and an echo of our own
//! change leads to nothing.
//!
//! A synchronisation takes a lease on the link, calls without any transaction, and records what came of it if nobody else has
//! the link by then. A call that makes an issue is noted before it is made, and the issue bears the id of its link: whoever
//! comes after a crash finds it instead of making a second one.
//!
//! Invariants: no call inside a transaction; secrets are sealed and never shown again; nothing of a RESTRICTED report leaves by a
//! connection that is not marked for it; a value that somebody wrote is replaced only by somebody who has seen it, by the table, or
//! within the moment between a look and a call.

pub mod graphql;
pub mod jobs;
pub mod loaders;
pub mod model;
pub mod queries;
pub mod service;
