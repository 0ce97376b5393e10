//! A project that has another name in its tracker, and is the same: the connection and its links go by the new one from then on.
//! The tracker may find things by the old name for a while, but nobody knows for how long.

use entity::{enums::SyncState, tracker_connection, tracker_link};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, Func, SimpleExpr},
};

use super::{ask_for, connections::event, hold_all, hold_connection};
use crate::{
    auth::Session,
    events::service::record,
    platform::{changes::Changes, error::Error},
};

/// Takes a new name of a project over. Its issues are called by it, such as WID-12; each is read at once, and what has changed is asked
/// for by the new name.
pub(super) async fn rename(
    session: &Session,
    connection: &tracker_connection::Model,
    project: &str,
) -> Result<(), Error> {
    use tracker_link::Column as C;
    let tx = session.begin().await?;
    let held = hold_connection(&tx, connection.id).await?;
    // Another may have been quicker.
    let Some(row) = held.filter(|row| row.project == connection.project) else {
        return tx.commit().await;
    };
    let (old, new) = (format!("{}-", row.project), format!("{project}-"));
    let links = hold_all(&tx, Condition::all().add(C::ConnectionId.eq(row.id))).await?;
    // Two links may be of one issue until it has been read by both names.
    let number = |link: &tracker_link::Model| Some(link.external_id.as_ref()?.strip_prefix(&new)?.to_owned());
    let taken = links.iter().filter_map(number).map(|number| format!("{old}{number}"));
    let called_anew = Func::cust("replace").args([
        Expr::col(C::ExternalId),
        Expr::val(old.as_str()),
        Expr::val(new.as_str()),
    ]);
    tracker_link::Entity::update_many()
        .col_expr(C::ExternalId, SimpleExpr::from(called_anew))
        .filter(C::ConnectionId.eq(row.id))
        .filter(C::State.ne(SyncState::Unlinked))
        .filter(C::ExternalId.starts_with(old.as_str()))
        .filter(C::ExternalId.is_not_in(taken))
        .exec(&*tx)
        .await?;
    let now = session.now();
    ask_for(&tx, links, true, Some(now)).await?;
    let changes = Changes::new().field("project", &row.project.as_str(), &project);
    let (id, version) = (row.id, row.version);
    let mut row = row.into_active_model();
    row.project = Set(project.to_owned());
    row.next_poll_at = Set(now);
    row.updated_at = Set(now);
    row.version = Set(version + 1);
    row.update(&*tx).await?;
    let told = event("tracker_connection.updated", id).changes(changes);
    record(session, &tx, vec![told]).await?;
    tx.commit().await
}
