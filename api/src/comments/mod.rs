//! Comments on reports and recommendations. Every member who may see the subject may comment on it; a comment on something
//! RESTRICTED is as hidden as its subject.

pub mod graphql;
pub mod loaders;
pub mod service;
