//! Reads the log, as a whole for the task that follows it, and through the scope for each subscriber.

use std::sync::Arc;

use entity::{
    event,
    ids::{EventId, RecommendationId, ReportId},
    recommendation, report,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select};

use crate::{
    auth::{Session, scope},
    events::{model::feed::ORDER, queries::last_sequence},
    graphql::filters::FilterEnv,
    platform::{error::Error, page::Cursor},
    recommendations::queries::RecommendationFilter,
    reports::queries::filter::ReportFilter,
};

/// The place that a client names: a sequence, the id of an event that it may see, or the cursor of one.
pub async fn place(session: &Session, after: Option<&str>) -> Result<i64, Error> {
    let Some(after) = after else {
        return last_sequence(&session.db).await;
    };
    let sequence = match after.parse::<EventId>() {
        Ok(id) => {
            let event = scope::events(&session.viewer).filter(event::Column::Id.eq(id));
            event
                .select_only()
                .column(event::Column::Sequence)
                .into_tuple()
                .one(&session.db)
                .await?
        }
        Err(_) => {
            // One that is still to come would silence the subscription until it has come; to refuse it would tell how many there are.
            let latest = last_sequence(&session.db).await?;
            let sequence = after.parse().ok().or_else(|| of_cursor(after));
            sequence
                .filter(|sequence| *sequence >= 0)
                .map(|sequence: i64| sequence.min(latest))
        }
    };
    sequence.ok_or_else(|| {
        Error::invalid(
            "after",
            "UNKNOWN_EVENT",
            "This is no event that you may see; give the id or the sequence of one that you were sent.",
        )
    })
}

fn of_cursor(text: &str) -> Option<i64> {
    let cursor = Cursor::decode("after", text).ok()?;
    let of_log = [ORDER, "event.sequence+", "event.sequence-"];
    let (sequence, _) = of_log.iter().find_map(|order| cursor.of_order(order))?;
    sequence?.parse().ok()
}

/// An event as the log has it now, if the viewer may see it. One that has waited may still say a name that was taken away meanwhile.
pub async fn as_it_is(session: &Session, event: &event::Model) -> Result<Option<Arc<event::Model>>, Error> {
    let found = scope::events(&session.viewer)
        .filter(event::Column::Sequence.eq(event.sequence))
        .one(&session.db)
        .await?;
    Ok(found.map(Arc::new))
}

async fn one<E: EntityTrait<Model: Send + Sync>>(
    session: &Session,
    select: Select<E>,
) -> Result<Option<Arc<E::Model>>, Error> {
    let row = select.one(&session.db).await?;
    session.note_shown::<E>(row.iter());
    Ok(row.map(Arc::new))
}

/// The recommendations of a filter, as a list would have them.
pub fn recommendations(
    session: &Session,
    filter: Option<&RecommendationFilter>,
) -> Result<Select<recommendation::Entity>, Error> {
    let matching = FilterEnv::new(session).all_of(filter)?;
    Ok(scope::recommendations(&session.viewer).filter(matching))
}

/// One recommendation, if the viewer may see it and the filter matches.
pub async fn recommendation(
    session: &Session,
    id: RecommendationId,
    filter: Option<&RecommendationFilter>,
) -> Result<Option<Arc<recommendation::Model>>, Error> {
    let select = recommendations(session, filter)?.filter(recommendation::Column::Id.eq(id));
    one(session, select).await
}

/// The reports of a filter, archived ones too: that one was archived is news.
pub fn reports(session: &Session, filter: Option<&ReportFilter>) -> Result<Select<report::Entity>, Error> {
    let matching = FilterEnv::new(session).all_of(filter)?;
    Ok(scope::reports(&session.viewer).filter(matching))
}

/// One report, if the viewer may see it and the filter matches.
pub async fn report(
    session: &Session,
    id: ReportId,
    filter: Option<&ReportFilter>,
) -> Result<Option<Arc<report::Model>>, Error> {
    one(session, reports(session, filter)?.filter(report::Column::Id.eq(id))).await
}
