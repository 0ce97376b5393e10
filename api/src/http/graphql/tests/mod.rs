//! The rules of the door, each tried through the handler as a client would.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod app;
mod attacks;
mod codes;
mod explorer;
mod failed_fields;
mod field_order;
mod media;
mod methods;
mod params;
mod sizes;
