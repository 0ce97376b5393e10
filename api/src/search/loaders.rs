//! What is like many root causes or reports at once.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use entity::ids::{ReportId, RootCauseId};

use super::{
    model::likeness::{LikeCause, LikeReport},
    queries::likeness::{similar_causes, similar_reports},
};
use crate::{auth::Reads, platform::error::Error};

/// Asks for the causes that are like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CausesLike(pub RootCauseId);

impl Loader<CausesLike> for Reads {
    type Value = Arc<Vec<LikeCause>>;
    type Error = Error;

    async fn load(&self, keys: &[CausesLike]) -> Result<HashMap<CausesLike, Self::Value>, Error> {
        let ids: Vec<RootCauseId> = keys.iter().map(|key| key.0).collect();
        let like = similar_causes(&self.0.db, &self.0.viewer, &ids).await?;
        Ok(like
            .into_iter()
            .map(|(id, like)| (CausesLike(id), Arc::new(like)))
            .collect())
    }
}

/// Asks for the reports that are like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReportsLike(pub ReportId);

impl Loader<ReportsLike> for Reads {
    type Value = Arc<Vec<LikeReport>>;
    type Error = Error;

    async fn load(&self, keys: &[ReportsLike]) -> Result<HashMap<ReportsLike, Self::Value>, Error> {
        let ids: Vec<ReportId> = keys.iter().map(|key| key.0).collect();
        let like = similar_reports(&self.0.db, &self.0.viewer, &ids).await?;
        Ok(like
            .into_iter()
            .map(|(id, like)| (ReportsLike(id), Arc::new(like)))
            .collect())
    }
}
