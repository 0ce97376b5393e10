//! Who asks, and what they may see.
//!
//! Every request carries a bearer token. The built-in issuer signs them with an Ed25519 key that is made at the first
//! start and kept in the database, so every process of a deployment accepts the tokens of every other.
//!
//! A [`Session`] is one request's worth of everything: the viewer, the worker's database, the clock. Services take it as
//! their first argument; there is no way to reach data without one. [`scope`] is the one place that says which reports,
//! and what stands under them, a viewer may know of.
//!
//! Not here: which of the things one sees one may change. That is each feature's `policy`.

pub mod issuer;
pub mod jwt;
pub mod oidc;
pub mod scope;
pub mod session;
pub mod viewer;

pub use session::{App, Reads, Session};
pub use viewer::Viewer;
