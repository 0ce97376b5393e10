//! Reads reports for export.

use crate::{
    auth::Session,
    platform::error::Error,
    reports::{
        model::document::Document,
        queries::{documents::documents, filter::by_key},
    },
};

/// The report with this key as a document.
pub async fn document(session: &Session, key: &str) -> Result<Document, Error> {
    let row = by_key(&session.viewer, key).one(&session.db).await?;
    let row = row.ok_or_else(|| Error::NotFound(format!("There is no report {key}.")))?;
    let id = row.id;
    let document = documents(&session.db, &[row]).await?.remove(&id);
    document.ok_or_else(|| Error::internal("a report without a document"))
}
