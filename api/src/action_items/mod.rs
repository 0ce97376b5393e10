//! Action items: reports and recommendations together, the soonest due first. What anybody owes by a date.

pub mod graphql;
pub mod loaders;
pub mod queries;
