//! What every feature stands on, and what knows no feature: time, ids, the database, pages, errors, text.
//!
//! Each part is the one sanctioned place for something that is banned everywhere else (see `clippy.toml`): the system
//! clock is read in [`clock`], ids are minted in [`ids`], transactions begin in [`db`], tasks are spawned in
//! [`background`], the environment is read in [`settings`] and [`client_settings`], other services are called by
//! [`http_client`], and addresses that people have given by [`outbound`].

pub mod background;
pub mod changes;
pub mod client_settings;
pub mod clock;
pub mod db;
pub mod error;
pub mod http_client;
pub mod ids;
pub mod joins;
pub mod keys;
pub mod loaded;
pub mod markdown;
pub mod meters;
pub mod oidc_settings;
pub mod outbound;
pub mod page;
pub mod results;
pub mod retry_after;
pub mod seal;
pub mod secret;
pub mod settings;
pub mod signature;
pub mod sql;
pub mod tally;
pub mod telemetry;
pub mod text;
mod unread_settings;
