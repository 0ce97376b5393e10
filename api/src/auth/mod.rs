//! Who asks, and what they may see.
//!
//! The built-in issuer signs tokens with an Ed25519 key that is made at the first start and kept in the database, so every
//! process of a deployment accepts the tokens of every other. [`oidc`] has the other issuers, and [`jwt`] what every token must
//! be. How a request comes to its session is told in `access`.
//!
//! A [`Session`] is one request's worth of everything: the viewer, the worker's database, the clock. Services take it as
//! their first argument; there is no way to reach data without one. [`scope`] is the one place that says which reports,
//! and what stands under them, a viewer may know of.
//!
//! Not here: which of the things one sees one may change. That is each feature's `policy`.

pub mod issuer;
pub mod jwt;
mod lately;
pub mod oidc;
pub mod scope;
pub mod session;
mod signing_keys;
pub mod viewer;

pub use lately::Sight;
pub use session::{App, Reads, Session};
pub use viewer::Viewer;
