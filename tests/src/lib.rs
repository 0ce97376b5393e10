//! The test harness of Postmortem.

pub mod postgres;
