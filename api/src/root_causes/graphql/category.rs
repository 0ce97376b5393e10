//! The taxonomy of causes in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use entity::cause_category;

use crate::graphql::{Result, direct::Ready, loaders::by_reference};

/// A category of the taxonomy of causes.
#[derive(Clone)]
pub struct CauseCategory(pub Arc<cause_category::Model>);

impl Ready for CauseCategory {
    const WAITS: &'static [&'static str] = &[];
}

/// A category of the taxonomy of causes.
#[Object]
impl CauseCategory {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// The short name; unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }
    /// The name people read.
    async fn name(&self) -> &str {
        &self.0.name
    }
    /// What belongs in it.
    async fn description(&self) -> &str {
        &self.0.description
    }
    /// The wider category; null at the top.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<CauseCategory>> {
        Ok(by_reference(ctx, self.0.parent_id).await?.map(CauseCategory))
    }
}
