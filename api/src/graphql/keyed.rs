//! Loads rows by the unique text that people know them by, such as INC-7, as `loaders` does by id: all that one level of a
//! request asks for in one statement.

use std::{collections::HashMap, marker::PhantomData, sync::Arc};

use async_graphql::{Context, dataloader::Loader};
use sea_orm::{ColumnTrait, EntityTrait, ModelTrait, QueryFilter, Value};

use super::{
    context::loaders,
    loaders::{ModelOf, Row},
};
use crate::{
    auth::Reads,
    platform::{error::Error, page},
};

/// How many texts are asked for at a time.
const AT_ONCE: usize = 10_000;

/// A row that people know by a text.
pub trait Keyed: Row {
    /// The column of the text. It is unique.
    fn text_column() -> <Self::Entity as EntityTrait>::Column;
    /// The text as the column has it, of what somebody wrote.
    fn stored(text: &str) -> String;
}

/// Asks for one row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ByText<I> {
    text: String,
    of: PhantomData<I>,
}

impl<I> ByText<I> {
    fn new(text: String) -> Self {
        Self { text, of: PhantomData }
    }
}

impl<I: Keyed> Loader<ByText<I>> for Reads {
    type Value = Arc<ModelOf<I>>;
    type Error = Error;

    async fn load(&self, keys: &[ByText<I>]) -> Result<HashMap<ByText<I>, Self::Value>, Error> {
        let mut rows = Vec::with_capacity(keys.len());
        // Databases bound the number of values in a statement.
        for some in keys.chunks(AT_ONCE) {
            let texts = some.iter().map(|key| key.text.as_str());
            let found = I::visible(&self.0.viewer).filter(I::text_column().is_in(texts));
            rows.extend(page::all(&self.0.db, found).await?);
        }
        self.0.note_shown::<I::Entity>(rows.iter());
        Ok(rows
            .into_iter()
            .map(|row| (ByText::new(text_of(row.get(I::text_column()))), Arc::new(row)))
            .collect())
    }
}

fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text.unwrap_or_default(),
        _ => String::new(),
    }
}

/// The row with this text, if there is one and the viewer may see it.
pub async fn by_text<I: Keyed>(ctx: &Context<'_>, text: &str) -> Result<Option<Arc<ModelOf<I>>>, Error> {
    Box::pin(loaders(ctx).load_one(ByText::<I>::new(I::stored(text)))).await
}
