//! Incidents: the thing that happened. Reports analyse it.
//!
//! An incident has moments (began, detected, mitigated, resolved) that never run backwards, a severity, the services it hit
//! and the names other systems know it by. An external reference leads to one incident for ever: creating an incident with a
//! known reference returns the one that has it, so that a pager may send the same alert twice.
//!
//! Every member may create an incident; who may change it is in [`policy`]. Incidents are not restricted: they say that
//! something happened, never why.

pub mod graphql;
pub mod loaders;
pub mod model;
pub mod policy;
pub mod queries;
pub mod service;
