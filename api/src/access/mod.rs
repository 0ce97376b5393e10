//! Who comes in, and as whom: tokens of the built-in issuer, of OpenID Connect providers and for machines, and browsers.
//!
//! Every way in ends in a [`Session`](crate::auth::Session), and nothing is read or changed without one:
//!
//! | what is shown | who it is | checked by |
//! |---|---|---|
//! | a JWT of the built-in issuer | a user | `auth::issuer` |
//! | a JWT of an OpenID Connect provider | a user, who is created at the first sight | `auth::oidc`, `service::provision` |
//! | `pm_…` | a machine: the token itself, with its scopes | `service::tokens` |
//! | the cookie of a browser | whoever signed in with it | `service::browsers` |
//!
//! A user of a provider is bound to the provider's issuer and subject, never to an e-mail address alone: whoever can choose
//! an address at some provider must not become the user who has it here. Role and teams follow the groups in the newest
//! token seen, as far as the settings map them. A token for machines, a browser's cookie and the state of a sign-in are
//! random, and only their digests are stored; they are looked up with every request, so what is revoked stops at once, in
//! every process.
//!
//! What an admin sees of RESTRICTED reports of others is written down: `service::audit`.
//!
//! Not here: what somebody may do once they are in. That is `auth::viewer`, and each feature's `policy`.

pub mod graphql;
pub mod jobs;
pub mod loaders;
pub mod model;
pub mod queries;
pub mod service;
