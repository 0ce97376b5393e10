//! What every resolver finds in its context.

use std::sync::Arc;

use async_graphql::{Context, dataloader::DataLoader};

use crate::{
    auth::{Reads, Session},
    platform::background,
};

/// The request's session.
pub fn session<'a>(ctx: &Context<'a>) -> &'a Arc<Session> {
    ctx.data_unchecked()
}

/// The request's loaders.
pub fn loaders<'a>(ctx: &Context<'a>) -> &'a Arc<DataLoader<Reads>> {
    ctx.data_unchecked()
}

/// A request that runs for `session`: with fresh loaders, because what one viewer may see another may not.
pub fn with_session(request: async_graphql::Request, session: Arc<Session>) -> async_graphql::Request {
    let loaders = Arc::new(DataLoader::new(Reads(session.clone()), background::spawn));
    request.data(session).data(loaders)
}
