//! Users, teams and services: who can own work, and what can fail.
//!
//! Users are found by e-mail address, in lower case. A user is never deleted, only made inactive: they may then not sign in
//! and are given no new work, while everything they did keeps their name. Teams have leads, who accept and decline work for
//! the team. Only admins change any of this, and every change is an event.

pub mod graphql;
pub mod loaders;
pub mod queries;
pub mod service;
