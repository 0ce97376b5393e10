//! Takes the name and the e-mail address of a person away, everywhere and for good.
//!
//! The person stays as a record without a name, so that work keeps its owner, history its actors, and every figure its value. What
//! tells who they were goes: the user's own row, events, texts of people with all their revisions, what searches find, answers of
//! receivers that are still kept. They are signed out, their identities are unlinked, and the tokens and calendar feeds that they
//! made are revoked.
//!
//! `model` knows who somebody was and what stands there instead. `service` does it in steps, each a transaction of its own. First the
//! person is made inactive and is called nothing any more: whatever is about to be written as them is refused from then on. Then every
//! row loses the name by itself: `texts` for every table alike, `links` where a name has a place of its own. A table that is new is
//! covered without a line here. Last come `events` and the user's address, which say what to look for. So no step holds what another
//! change waits for while it waits for that change, and one that is interrupted goes on when somebody asks again.
//!
//! What is elsewhere is not reached: backups, issues of trackers but for their titles, and what receivers of webhooks keep. A name
//! of one word stays in texts, since it may be any word, and so does a name that somebody else bears too.

pub mod graphql;
pub mod model;
pub mod service;
