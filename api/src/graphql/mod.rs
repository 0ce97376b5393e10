//! GraphQL plumbing that every feature's types are made with; it knows no feature. The schema itself is put together in
//! `crate::schema`.
//!
//! A resolver is three lines: decode the input, call one service or loader, map to the payload. Its error type is
//! [`Failure`], which only the application's error converts into, so `?` cannot leak anything else.

pub mod ahead;
pub mod connection;
pub mod context;
pub mod cost;
pub mod direct;
pub mod enums;
pub mod failure;
pub mod filters;
pub mod input;
pub mod keyed;
pub mod loaders;
pub mod plan;
pub mod scalars;

pub use failure::{Failure, Result};
