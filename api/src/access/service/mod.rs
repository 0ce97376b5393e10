//! Lets people and machines in, and keeps the records of who may come.

pub mod audit;
pub mod browsers;
pub mod identities;
pub mod provision;
pub mod sign_in;
pub mod tokens;
