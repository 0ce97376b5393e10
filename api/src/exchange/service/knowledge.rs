//! What has been imported before: texts by their digests, and what each became.

use entity::{ids::ReportId, report, report_import};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::Imported;
use crate::{
    auth::{Session, scope},
    exchange::model,
    platform::{
        db::Tx,
        error::{Error, is_unique_violation},
        secret,
    },
};

/// White space at the ends and the kind of line ends do not make another text.
pub(super) fn digest(document: &str) -> String {
    secret::digest(document.replace("\r\n", "\n").trim())
}

/// The digest under which somebody's own copy of a text is remembered whose first copy they may not know of.
pub(super) fn apart(digest: &str, session: &Session) -> String {
    let user = session.viewer.id().map(|id| id.to_string());
    let token = session.viewer.token.as_ref().map(|token| token.id.to_string());
    secret::digest(&format!("{digest} {}", user.or(token).unwrap_or_default()))
}

/// What is known of a text.
pub(super) enum Knowledge {
    /// Nothing.
    New,
    /// It is in a report that this viewer must not hear of. For them it is new; it stays known as that report.
    Hidden,
    /// It has been imported.
    Imported(Imported),
}

/// What is known of the text with this digest.
pub(super) async fn known(session: &Session, tx: &Tx, digest: &str) -> Result<Knowledge, Error> {
    let Some(row) = report_import::Entity::find_by_id(digest).one(&**tx).await? else {
        return Ok(Knowledge::New);
    };
    let report = scope::reports(&session.viewer)
        .filter(report::Column::Id.eq(row.report_id))
        .one(&**tx)
        .await?;
    let Some(report) = report else {
        return Ok(Knowledge::Hidden);
    };
    let message = format!("This text was imported before, as {}; nothing was changed.", report.key);
    let warnings = vec![model::note(message)];
    Ok(Knowledge::Imported(Imported {
        report: report.id,
        key: report.key,
        created: false,
        warnings,
    }))
}

/// What is known, with a word on whether it says what it said then.
pub(super) async fn unchanged(tx: &Tx, mut known: Imported, content: Option<&str>) -> Result<Imported, Error> {
    let Some(content) = content else {
        return Ok(known);
    };
    let same = report_import::Entity::find_by_id(content).one(&**tx).await?;
    if same.is_none_or(|row| row.report_id != known.report) {
        let message = format!(
            "It has been changed since it was imported as {}; nothing was changed here.",
            known.key
        );
        known.warnings = vec![model::note(message)];
    }
    Ok(known)
}

/// False when the text is known by now. A row of a table is known by the key of the item that it became, too.
pub(super) async fn remember(
    session: &Session,
    tx: &Tx,
    id: ReportId,
    digest: &str,
    file_name: &str,
    item: Option<&str>,
) -> Result<bool, Error> {
    let row = report_import::ActiveModel {
        digest: Set(digest.to_owned()),
        report_id: Set(id),
        file_name: Set(model::line(file_name)),
        imported_at: Set(session.now()),
        item_key: Set(item.map(str::to_owned)),
    };
    match report_import::Entity::insert(row).exec_without_returning(&**tx).await {
        Ok(_) => Ok(true),
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
