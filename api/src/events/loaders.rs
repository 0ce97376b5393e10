//! Lists of events, where the log ends, and counts that hold until it says otherwise.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use entity::event;
use sea_orm::{ColumnTrait, EntityTrait, Select};

use super::queries;
use crate::{
    auth::{Reads, Session, scope},
    graphql::{connection::Counter, loaders::Children},
    platform::{
        error::Error,
        page::{Child, Order},
    },
};

/// Counts a list at the root by [`queries::count`].
pub fn kept<E: EntityTrait>(team: Option<E::Column>) -> impl FnOnce(Arc<Session>, Select<E>) -> Counter {
    move |session, select| Counter::new(move || async move { queries::count(&session, select, team).await })
}

macro_rules! events_of {
    ($(#[$doc:meta])* $name:ident, $column:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name;

        impl Children for $name {
            type Entity = event::Entity;
            fn child(&self, session: &Session) -> Result<Child<event::Entity>, Error> {
                Ok(Child {
                    select: scope::events(&session.viewer),
                    parent: event::Column::$column.as_column_ref().into(),
                    order: Order::new(event::Column::Sequence, event::Column::Id, true),
                })
            }
        }
    };
}
events_of!(/// What happened to one thing, the latest first.
    EventsOfSubject, SubjectId);
events_of!(/// What happened under one report, the latest first.
    EventsOfReport, ReportId);

/// Asks where the log ends for the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Latest;

impl Loader<Latest> for Reads {
    type Value = i64;
    type Error = Error;

    async fn load(&self, _: &[Latest]) -> Result<HashMap<Latest, i64>, Error> {
        Ok(HashMap::from([(Latest, queries::latest(&self.0).await?)]))
    }
}
