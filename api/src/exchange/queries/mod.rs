//! Reads reports for export.

mod export;
mod names;
mod parts;
mod record;

use entity::report;

pub use export::{Exported, Form, Wanted, export};
use names::known;
pub use record::record;

use crate::{
    auth::{Session, scope},
    platform::{error::Error, keys},
    reports::queries::filter::by_key,
};

/// The report with this key, if it may be seen.
pub async fn visible(session: &Session, key: &str) -> Result<report::Model, Error> {
    let key = keys::normalise(key);
    let row = by_key(&session.viewer, &key).one(&session.db).await?;
    let row = row.ok_or_else(|| Error::NotFound(format!("There is no report {key}, or you may not see it.")))?;
    session.note_shown::<report::Entity>(std::iter::once(&row));
    Ok(row)
}

/// The keys of all reports that may be seen, in the order in which they were made.
pub async fn keys(session: &Session) -> Result<Vec<String>, Error> {
    use sea_orm::{QueryOrder, QuerySelect};
    let keys = scope::reports(&session.viewer)
        .select_only()
        .column(report::Column::Key)
        .order_by_asc(report::Column::CreatedAt)
        .order_by_asc(report::Column::Id)
        .into_tuple()
        .all(&session.db)
        .await?;
    Ok(keys)
}
