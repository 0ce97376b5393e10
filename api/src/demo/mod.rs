//! The demo: a parcel delivery platform with two years of incidents, told by replaying what people did, step by step, through
//! the real services under a clock that moves from then to now. So its history is a history.
//!
//! The data are files in `data/`: one for the people, one for each incident, all dates relative to the day of loading.
//! Each incident follows the facts of a well-known public outage, named in its background, in our own words.

mod files;
mod moment;
mod replay;

use std::sync::Arc;

use chrono::NaiveDate;
use entity::user;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::{auth::App, people::queries::user_by_email, platform::error::Error};

/// The demo's admin, for whom a token is printed.
pub const ADMIN: &str = "ingrid@harbourline.example";

/// What came of loading.
pub enum Loaded {
    /// It was loaded; a summary for people.
    Now(String),
    /// It had been loaded on that day.
    Before(NaiveDate),
}

/// How many files there are to load, for a progress bar.
pub fn length() -> usize {
    files::INCIDENTS.len()
}

/// Loads the demo into an empty database. Another database is left alone.
pub async fn load(app: &Arc<App>, progress: impl FnMut()) -> Result<Loaded, Error> {
    let db = app.databases.reader().await?;
    if let Some(admin) = user_by_email(&db, ADMIN).await? {
        let at = replay::loaded_at(&db).await?.unwrap_or(admin.created_at);
        return Ok(Loaded::Before(at.date_naive()));
    }
    if user::Entity::find().count(&db).await? > 0 {
        return Err(Error::Forbidden(
            "This database holds other data; name an empty one for the demo with --database-url.".to_owned(),
        ));
    }
    replay::replay(app, progress).await.map(Loaded::Now)
}
