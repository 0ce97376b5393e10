//! Makes reports of issues, each once: an issue is known by its address.

use super::{Imported, import_read};
use crate::{
    auth::Session,
    exchange::forms::github::Issue,
    platform::{error::Error, secret},
};

/// Imports an issue, once. One that has been changed since is told of, and not imported again.
pub async fn import(session: &Session, file_name: &str, issue: &Issue) -> Result<Imported, Error> {
    session.viewer.require_member()?;
    let address = issue.url.to_lowercase();
    let digest = secret::digest(&format!("issue {address}"));
    let content = secret::digest(&format!("issue {address}\n{}", issue.content));
    import_read(session, file_name, &issue.read, &digest, Some(&content)).await
}
