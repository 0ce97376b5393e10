//! Tells the views for reporting what day it is: a database knows neither the organisation's time zone nor a moved clock.

use entity::reporting_context;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::OnConflict};

use crate::{auth::Session, platform::error::Error};

const THE_ROW: i64 = 1;

/// Writes the row that the views read, when something of it has changed.
pub async fn note_today(session: &Session) -> Result<(), Error> {
    use reporting_context::Column as C;
    let settings = &session.app.settings;
    let (today, zone) = (session.today(), settings.time_zone.name());
    let is_so = Condition::all()
        .add(C::Today.eq(today))
        .add(C::TimeZone.eq(zone))
        .add(C::PublicUrl.eq(settings.public_url.as_str()));
    let known = reporting_context::Entity::find_by_id(THE_ROW).filter(is_so);
    if known.one(&session.db).await?.is_some() {
        return Ok(());
    }
    let row = reporting_context::ActiveModel {
        id: Set(THE_ROW),
        today: Set(today),
        time_zone: Set(zone.to_owned()),
        public_url: Set(settings.public_url.clone()),
        updated_at: Set(session.now()),
    };
    let instead = OnConflict::column(C::Id)
        .update_columns([C::Today, C::TimeZone, C::PublicUrl, C::UpdatedAt])
        .to_owned();
    reporting_context::Entity::insert(row)
        .on_conflict(instead)
        .exec_without_returning(&session.db)
        .await?;
    Ok(())
}
