//! Mutations that are carried out once, however often they are sent.
//!
//! A client names a mutation with a key of its own and may then send it again when it does not know what became of it. A row of
//! `idempotency_key` is made before anything is run, for the user or token and the key; only a hash of the key is kept.
//!
//! | the row says | a repetition hears |
//! |---|---|
//! | an answer is kept | that answer |
//! | a run holds it, until a moment to come | that the first is still running |
//! | the run is dead, and has committed nothing | nothing: it is run, in the other's place |
//! | the run is dead, and has committed something | that it was saved, and the answer is lost |
//!
//! That something was committed is written by each transaction of the run itself ([`Witness`](crate::platform::db::Witness)), so it is
//! known exactly, whenever a process dies. The same statement finds the row only as long as the run still holds it: a process that
//! slept through its lease commits nothing more. So a mutation is never carried out twice under one key, and never reported as done
//! when it was not.
//!
//! Kept is what was executed, errors of the mutation included. Not kept is what the service itself failed at, and what was refused
//! before anything ran: the key is free again then, unless something was committed. The answer is sealed with the key, which only
//! the client has, because some answers hold secrets. A job forgets what is over.

pub mod jobs;
pub mod model;
pub mod service;
