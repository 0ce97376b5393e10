//! Reminders: what is due soon, what was not done in time, what should be told to the leads, and which review is due.
//!
//! A reminder is an event. Whether one is owed is worked out of the due date, today and what was sent already
//! ([`model::owed`]); nothing is planned ahead, so a due date that moves, an item that is closed and a policy that changes need
//! no care. What was sent is a row of `reminder`, written in the transaction of the event, under the lock of the item, with a
//! key that cannot stand there twice. So each is sent once, in however many processes this runs, wherever one is stopped.
//!
//! After a time in which nothing ran, only what still means something is sent: of the reminders before the due date the one for
//! the fewest days, and none once the day is over; of the escalations the one for the most days.
//!
//! The days are those of the first due policy in force that matches, else those of the settings. Only reports that are not
//! published, work that is committed to, and reviews of verified work are reminded of.
//!
//! On Mondays each team is told how it stands: a **digest**, once a week, of what everybody may see.

pub mod jobs;
pub mod model;
pub mod queries;
pub mod service;
