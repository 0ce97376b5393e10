//! Live updates: subscriptions to the event log.
//!
//! The source is the table of events in order of sequence, so nothing is sent that did not happen, nothing is lost between a
//! change and the news of it, and whoever remembers a place can go on from there. One task in each process reads what is new
//! (`jobs`), once for all its subscribers, and hands it on through a channel of bounded length. It is woken by the transaction
//! that wrote, and looks by itself now and then: `platform::db::wake`.
//!
//! **Each event is a request of its own.** A subscription is validated once, when it begins; then it is run anew for every
//! event that its arguments admit, with a fresh session: who they are now, what they may see now, with fresh loaders. So access
//! that was lost is lost for the next event, and there is no second set of rules. Events are not filtered in memory: the
//! resolver asks the database for this event, if this viewer may see it, and whether the filter matches, by the same conditions as
//! lists. What does not match is answered with nothing. What the task has read says only which events there are: a name that was
//! taken away since is in none that leaves.
//!
//! **What is stored is read in turns.** Much may lie between a place and now, and nothing of it match. Two subscriptions of one user or
//! token do so at a time, an event each; the others wait, and have all of it in the end.
//!
//! **What ends a subscription:** the client, a sign-in that holds no more, falling behind by more events than are kept for it, and
//! the end of the process. The client can begin again with `after`, without a gap or a double: what is stored is read first, and
//! what came meanwhile is known by its sequence.
//!
//! Not here: sockets and event streams, which are `http::live`.

pub mod graphql;
pub mod jobs;
pub mod model;
pub mod queries;
