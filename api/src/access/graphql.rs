//! Tokens for machines and identities in the API.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::{
    api_token, enums as stored,
    ids::{ApiTokenId, IdentityId, UserId},
    user_identity,
};

use super::{model::NewToken, queries, service};
use crate::{
    graphql::{
        Result,
        connection::connection,
        context::session,
        cost,
        direct::Ready,
        input::optional_id,
        loaders::{by_reference, required, root},
        plan::listed,
        scalars::DateTime,
    },
    people::graphql::{Team, User},
    platform::{ids::parse, page::PageArgs},
};

/// What a token for machines may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "stored::TokenScope")]
pub enum TokenScope {
    /// Read what every VIEWER reads; no RESTRICTED report.
    #[graphql(name = "READ")]
    Read,
    /// Also change what a member of a team may change: of the token's team, or of all teams when it is tied to none.
    #[graphql(name = "WRITE")]
    Write,
    /// Create incidents, and nothing else; reads nothing.
    #[graphql(name = "INGEST")]
    Ingest,
    /// All that WRITE and an ADMIN may do, RESTRICTED reports included.
    #[graphql(name = "ADMIN")]
    Admin,
}

/// A token with which a machine signs in. The secret itself is shown once, when it is created.
#[derive(Clone)]
pub struct ApiToken(pub Arc<api_token::Model>);

/// A token with which a machine signs in. The secret itself is shown once, when it is created.
#[Object]
impl ApiToken {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// What it is for.
    async fn name(&self) -> &str {
        &self.0.name
    }
    /// What it may do.
    async fn scopes(&self) -> Vec<TokenScope> {
        let stored: Vec<stored::TokenScope> = serde_json::from_value(self.0.scopes.clone()).unwrap_or_default();
        stored.into_iter().map(Into::into).collect()
    }
    /// The only team whose things it may change; null when it is tied to none.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        Ok(by_reference(ctx, self.0.team_id).await?.map(Team))
    }
    /// Who created it; null when a machine did.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(by_reference(ctx, self.0.created_by_id).await?.map(User))
    }
    /// When it was created.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
    /// When it stops working; null when it does not by itself.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(Into::into)
    }
    /// When it was last used, to the minute; null when it never was.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(Into::into)
    }
    /// When it was revoked; null while it works.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(Into::into)
    }
}

connection!(
    ApiToken,
    ApiTokenConnection,
    ApiTokenEdge,
    "One page of tokens for machines.",
    "A token for machines in a list."
);

impl Ready for ApiToken {
    const WAITS: &'static [&'static str] = &[];
}
listed!(ApiToken, entity::api_token::Entity);

/// Who a user is to an OpenID Connect issuer.
pub struct Identity(user_identity::Model);

impl From<user_identity::Model> for Identity {
    fn from(row: user_identity::Model) -> Self {
        Self(row)
    }
}

/// Who a user is to an OpenID Connect issuer.
#[Object]
impl Identity {
    /// Its id, for unlinkIdentity.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// The issuer, as its tokens name it.
    async fn issuer(&self) -> &str {
        &self.0.issuer
    }
    /// The issuer's name for the user; never given to somebody else.
    async fn subject(&self) -> &str {
        &self.0.subject
    }
    /// When the user was bound to it.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// A token for a machine.
#[derive(InputObject)]
pub struct CreateApiTokenInput {
    /// What it is for.
    name: String,
    /// What it may do; at least one.
    scopes: Vec<TokenScope>,
    /// The only team whose things it may change; every team's when left out. Not with the scope ADMIN.
    team_id: Option<ID>,
    /// When it stops working; never by itself when left out.
    expires_at: Option<DateTime>,
}

/// The token that was created.
#[derive(SimpleObject)]
pub struct CreateApiTokenPayload {
    /// The record of it.
    api_token: ApiToken,
    /// The same in the list apiTokens.
    api_token_edge: ApiTokenEdge,
    /// The secret, to be sent as Authorization: Bearer. It is shown this once.
    token: String,
}

/// Which token to revoke.
#[derive(InputObject)]
pub struct RevokeApiTokenInput {
    /// The token.
    id: ID,
}

/// The token that was revoked.
#[derive(SimpleObject)]
pub struct RevokeApiTokenPayload {
    /// The token.
    api_token: ApiToken,
}

/// Whom to bind to what.
#[derive(InputObject)]
pub struct LinkIdentityInput {
    /// The user.
    user_id: ID,
    /// The issuer, one of those in the setting oidc_issuers.
    issuer: String,
    /// The issuer's name for the user, the claim sub.
    subject: String,
}

/// The user who was bound.
#[derive(SimpleObject)]
pub struct LinkIdentityPayload {
    /// The user.
    user: User,
}

/// What to unbind.
#[derive(InputObject)]
pub struct UnlinkIdentityInput {
    /// The identity.
    id: ID,
}

/// The user who was unbound.
#[derive(SimpleObject)]
pub struct UnlinkIdentityPayload {
    /// The user.
    user: User,
}

/// Reads who may come in.
#[derive(Default)]
pub struct AccessQuery;

#[Object]
impl AccessQuery {
    /// The tokens for machines, the latest first, revoked ones too. Admins only.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn api_tokens(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<ApiTokenConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        let select = queries::tokens(&session(ctx).viewer)?;
        Ok(ApiTokenConnection::new(
            root(ctx, select, queries::token_order(), page).await?,
        ))
    }
}

/// Changes who may come in.
#[derive(Default)]
pub struct AccessMutation;

#[Object]
impl AccessMutation {
    /// Creates a token for a machine and shows its secret this once. Admins only.
    async fn create_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: CreateApiTokenInput,
    ) -> Result<CreateApiTokenPayload> {
        let new = NewToken {
            name: input.name,
            scopes: input.scopes.into_iter().map(Into::into).collect(),
            team: optional_id("teamId", input.team_id.as_ref())?,
            expires_at: input.expires_at.map(|at| at.0),
        };
        let made = service::tokens::create(session(ctx), new).await?;
        let api_token = ApiToken(required(ctx, made.id).await?);
        let api_token_edge = ApiTokenEdge {
            cursor: queries::token_order().cursor(&api_token.0),
            node: api_token.clone(),
        };
        Ok(CreateApiTokenPayload {
            api_token,
            api_token_edge,
            token: made.secret,
        })
    }

    /// Makes a token worthless, at once and in every process. Admins only.
    async fn revoke_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: RevokeApiTokenInput,
    ) -> Result<RevokeApiTokenPayload> {
        let id = parse::<ApiTokenId>("id", &input.id)?;
        service::tokens::revoke(session(ctx), id).await?;
        Ok(RevokeApiTokenPayload {
            api_token: ApiToken(required(ctx, id).await?),
        })
    }

    /// Binds a user to who they are at an OpenID Connect issuer, so that they can sign in there. Admins only.
    async fn link_identity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: LinkIdentityInput,
    ) -> Result<LinkIdentityPayload> {
        let user = parse::<UserId>("userId", &input.user_id)?;
        service::identities::link(session(ctx), user, &input.issuer, &input.subject).await?;
        Ok(LinkIdentityPayload {
            user: User(required(ctx, user).await?),
        })
    }

    /// Undoes linkIdentity, and what a first sign-in bound. Admins only.
    async fn unlink_identity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: UnlinkIdentityInput,
    ) -> Result<UnlinkIdentityPayload> {
        let id = parse::<IdentityId>("id", &input.id)?;
        let user = service::identities::unlink(session(ctx), id).await?;
        Ok(UnlinkIdentityPayload {
            user: User(required(ctx, user).await?),
        })
    }
}
