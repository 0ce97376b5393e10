//! Links recommendations to issues, and unlinks them. Nothing is called here: the worker does what follows.

use std::collections::BTreeMap;

use entity::{
    enums::{SyncState, Visibility},
    ids::{RecommendationId, TrackerConnectionId, TrackerLinkId},
    recommendation, report, tracker_connection, tracker_link,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};
use serde_json::json;
use url::Url;

use super::{event, remote::provider};
use crate::{
    auth::{Session, scope},
    events::service::record,
    platform::{
        db::{Hold, Tx},
        error::{Error, is_unique_violation},
    },
    recommendations::service::hold_to_edit,
    trackers::{
        model::{Choice, Conflict, Connection, Field, RULES, Side},
        queries::{described, stored},
    },
};

/// A link that waits for its first synchronisation.
pub(super) fn new_link(
    session: &Session,
    item: &recommendation::Model,
    connection: TrackerConnectionId,
) -> tracker_link::Model {
    let now = session.now();
    tracker_link::Model {
        id: session.mint(),
        connection_id: connection,
        recommendation_id: item.id,
        report_id: item.report_id,
        external_id: None,
        external_key: None,
        url: None,
        external_status: None,
        state: SyncState::Pending,
        base: json!({}),
        seen: json!({}),
        conflicts: json!({}),
        settled: json!({}),
        last_error: None,
        last_synced_at: None,
        is_attempted: false,
        must_read: true,
        wanted: 0,
        next_sync_at: Some(now),
        lease_until: None,
        failures: 0,
        created_by_id: session.viewer.id(),
        created_at: now,
        updated_at: now,
    }
}

async fn may_leave(tx: &Tx, item: &recommendation::Model, connection: &tracker_connection::Model) -> Result<(), Error> {
    let report = report::Entity::find_by_id(item.report_id).one(&**tx).await?;
    let is_secret = report.is_some_and(|report| report.visibility == Visibility::Restricted);
    if !is_secret || connection.includes_restricted {
        return Ok(());
    }
    Err(Error::invalid(
        "recommendationId",
        "RESTRICTED",
        "Its report is RESTRICTED, and this connection is not marked includesRestricted; ask an admin.",
    ))
}

fn must_be_enabled(connection: &tracker_connection::Model, path: &str) -> Result<(), Error> {
    if connection.is_enabled {
        return Ok(());
    }
    Err(Error::invalid(
        path,
        "CONNECTION_DISABLED",
        "This connection is disabled; ask an admin to enable it with updateTrackerConnection.",
    ))
}

async fn insert(tx: &Tx, link: &tracker_link::Model) -> Result<(), Error> {
    let inserted = tracker_link::Entity::insert(link.clone().into_active_model())
        .exec_without_returning(&**tx)
        .await;
    match inserted {
        Err(error) if is_unique_violation(&error) => Err(Error::invalid(
            "recommendationId",
            "ALREADY_LINKED",
            "It is linked in this tracker already, or the issue is linked to another recommendation; unlink that first.",
        )),
        other => {
            other?;
            Ok(())
        }
    }
}

/// Asks for an issue of a recommendation. It is made in a moment.
pub async fn create_issue(
    session: &Session,
    id: RecommendationId,
    connection: TrackerConnectionId,
) -> Result<TrackerLinkId, Error> {
    let tx = session.begin().await?;
    let item = hold_to_edit(session, &tx, id).await?;
    let connection = scope::tracker_connections(&session.viewer)
        .filter(tracker_connection::Column::Id.eq(connection))
        .keep()
        .one(&*tx)
        .await?
        .ok_or_else(|| Error::not_found("tracker connection"))?;
    must_be_enabled(&connection, "connectionId")?;
    may_leave(&tx, &item, &connection).await?;
    let link = new_link(session, &item, connection.id);
    insert(&tx, &link).await?;
    tx.commit().await?;
    Ok(link.id)
}

/// The projects that there are, enabled ones first.
pub struct Projects(Vec<(tracker_connection::Model, Connection)>);

impl Projects {
    /// Those of now, which stay while the transaction lasts.
    pub async fn gather(session: &Session, tx: &Tx) -> Result<Self, Error> {
        let rows = scope::tracker_connections(&session.viewer)
            .order_by_desc(tracker_connection::Column::IsEnabled)
            .order_by_asc(tracker_connection::Column::Id)
            .keep()
            .all(&**tx)
            .await?;
        let described = |row: tracker_connection::Model| Ok((row.clone(), described(&row)?));
        rows.into_iter().map(described).collect::<Result<_, _>>().map(Self)
    }

    /// The projects that an address may be of, each with the issue's id there. An address of Redmine does not name its project.
    fn issues_at(&self, text: &str) -> Vec<(&tracker_connection::Model, String)> {
        let Ok(url) = Url::parse(text) else {
            return Vec::new();
        };
        let at = |(row, connection): &'_ (tracker_connection::Model, Connection)| {
            (provider(row.kind).issue_at)(connection, &url)
        };
        let all = self.0.iter();
        all.filter_map(|project| Some((&project.0, at(project)?))).collect()
    }
}

/// A link to an issue that is there. Where they differ, `keep` says whose values stay.
fn link_to(
    session: &Session,
    item: &recommendation::Model,
    connection: TrackerConnectionId,
    issue: String,
    url: &str,
    keep: Option<Side>,
) -> tracker_link::Model {
    let choice = |side| Choice { side, between: None };
    let settled: BTreeMap<Field, Choice> = keep
        .into_iter()
        .flat_map(|side| RULES.iter().map(move |rule| (rule.field, choice(side))))
        .collect();
    let is_number = issue.bytes().all(|byte| byte.is_ascii_digit());
    tracker_link::Model {
        external_key: Some(if is_number { format!("#{issue}") } else { issue.clone() }),
        external_id: Some(issue),
        url: Some(url.to_owned()),
        settled: json!(settled),
        ..new_link(session, item, connection)
    }
}

/// Links a new recommendation to the first of some addresses that is an issue of a connected project and of no other
/// recommendation. The issue is the older one: what it says counts. Returns its address.
pub async fn link_found<'a>(
    session: &Session,
    tx: &Tx,
    projects: &Projects,
    item: &recommendation::Model,
    urls: &'a [String],
) -> Result<Option<&'a str>, Error> {
    for url in urls {
        let mut found = projects.issues_at(url);
        let (Some((connection, issue)), true) = (found.pop(), found.is_empty()) else {
            continue;
        };
        if !connection.is_enabled || may_leave(tx, item, connection).await.is_err() {
            continue;
        }
        let link = link_to(session, item, connection.id, issue, url, Some(Side::Tracker));
        let unless = OnConflict::new().do_nothing().to_owned();
        let made = tracker_link::Entity::insert(link.into_active_model())
            .on_conflict(unless)
            .exec_without_returning(&**tx)
            .await?;
        if made > 0 {
            return Ok(Some(url));
        }
    }
    Ok(None)
}

fn unknown_address() -> Error {
    Error::invalid(
        "url",
        "NO_SUCH_PROJECT",
        "This is not the address of an issue of a connected project; trackerConnections lists those there are.",
    )
}

/// Links a recommendation to an issue that is there. Where they differ, `keep` says whose values stay; without it a person is asked.
pub async fn link_issue(
    session: &Session,
    id: RecommendationId,
    url: &str,
    connection: Option<TrackerConnectionId>,
    keep: Option<Side>,
) -> Result<TrackerLinkId, Error> {
    let tx = session.begin().await?;
    let item = hold_to_edit(session, &tx, id).await?;
    let projects = Projects::gather(session, &tx).await?;
    let mut found = projects.issues_at(url);
    found.retain(|(row, _)| connection.is_none_or(|wanted| wanted == row.id));
    let (connection, issue) = found.pop().ok_or_else(unknown_address)?;
    if !found.is_empty() {
        return Err(Error::invalid(
            "connectionId",
            "AMBIGUOUS",
            "The address may be of several connected projects; say which with connectionId.",
        ));
    }
    must_be_enabled(connection, "url")?;
    may_leave(&tx, &item, connection).await?;
    let link = link_to(session, &item, connection.id, issue, url, keep);
    insert(&tx, &link).await?;
    tx.commit().await?;
    Ok(link.id)
}

/// Holds the recommendation of a link, and then the link.
async fn hold(session: &Session, tx: &Tx, id: TrackerLinkId) -> Result<tracker_link::Model, Error> {
    let unknown = || Error::not_found("tracker link");
    let link = scope::tracker_links(&session.viewer)
        .filter(tracker_link::Column::Id.eq(id))
        .one(&**tx)
        .await?
        .ok_or_else(unknown)?;
    hold_to_edit(session, tx, link.recommendation_id).await?;
    let held = tracker_link::Entity::find_by_id(id).hold().one(&**tx).await?;
    held.filter(|link| link.state != SyncState::Unlinked)
        .ok_or_else(unknown)
}

async fn name(tx: &Tx, id: TrackerConnectionId) -> Result<String, Error> {
    let row = tracker_connection::Entity::find_by_id(id).one(&**tx).await?;
    Ok(row.map(|row| row.name).unwrap_or_default())
}

/// Ends a link. The issue stays as it is.
pub async fn unlink(session: &Session, id: TrackerLinkId) -> Result<(), Error> {
    let tx = session.begin().await?;
    let link = hold(session, &tx, id).await?;
    let told = event(
        "tracker.unlinked",
        &link,
        &name(&tx, link.connection_id).await?,
        json!({ "reason": null }),
    );
    let mut row = link.into_active_model();
    row.state = Set(SyncState::Unlinked);
    row.next_sync_at = Set(None);
    row.lease_until = Set(None);
    row.conflicts = Set(json!({}));
    row.last_error = Set(None);
    row.updated_at = Set(session.now());
    row.update(&*tx).await?;
    record(session, &tx, vec![told]).await?;
    tx.commit().await
}

/// Chooses whose values stay where both sides have changed. It is done in a moment, unless one of the values is another by then.
pub async fn settle(session: &Session, id: TrackerLinkId, keep: Side) -> Result<(), Error> {
    let tx = session.begin().await?;
    let link = hold(session, &tx, id).await?;
    let conflicts: BTreeMap<Field, Conflict> = stored(&link.conflicts)?;
    if conflicts.is_empty() {
        return Err(Error::invalid(
            "id",
            "NO_CONFLICT",
            "Nothing is in conflict here; there is nothing to choose.",
        ));
    }
    let fields: Vec<Field> = conflicts.keys().copied().collect();
    let told = event(
        "tracker.settled",
        &link,
        &name(&tx, link.connection_id).await?,
        json!({ "fields": fields, "keep": keep }),
    );
    let choice = |(field, conflict)| {
        let between = Some(conflict);
        (field, Choice { side: keep, between })
    };
    let settled: BTreeMap<Field, Choice> = conflicts.into_iter().map(choice).collect();
    let wanted = link.wanted;
    let mut row = link.into_active_model();
    row.settled = Set(json!(settled));
    row.wanted = Set(wanted + 1);
    row.must_read = Set(true);
    row.next_sync_at = Set(Some(session.now()));
    row.updated_at = Set(session.now());
    row.update(&*tx).await?;
    record(session, &tx, vec![told]).await?;
    tx.commit().await
}
