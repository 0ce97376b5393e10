//! What one process has, and what one request gets of it.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ids::{TypedId, UserId},
    team_member, user,
};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};

use super::{Viewer, issuer::Issuer};
use crate::platform::{
    clock::{Clock, day_in},
    db::{Databases, Tx},
    error::Error,
    ids::IdMint,
    settings::Settings,
};

/// One process. Holds no state that another process would need.
pub struct App {
    /// What it was started with.
    pub settings: Settings,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of ids.
    pub ids: IdMint,
    /// The database.
    pub databases: Databases,
    /// Signs and checks tokens.
    pub issuer: Issuer,
}

impl App {
    /// Puts a process together. The schema must be up to date.
    pub async fn start(settings: Settings, clock: Arc<dyn Clock>, databases: Databases) -> Result<Arc<Self>, Error> {
        let issuer = Issuer::open(&databases, clock.as_ref()).await?;
        let ids = IdMint::new(clock.clone());
        Ok(Arc::new(Self {
            settings,
            clock,
            ids,
            databases,
            issuer,
        }))
    }

    /// A session for somebody who is already known.
    pub async fn session(self: &Arc<Self>, viewer: Viewer) -> Result<Arc<Session>, Error> {
        Ok(Arc::new(Session {
            db: self.databases.here().await?,
            app: self.clone(),
            viewer,
        }))
    }

    /// A session for the bearer of a token.
    pub async fn sign_in(self: &Arc<Self>, token: &str) -> Result<Arc<Session>, Error> {
        let claims = self.issuer.verify(token, self.clock.now())?;
        let db = self.databases.here().await?;
        let unknown =
            || Error::Unauthenticated("This token is for a user who is gone or inactive; ask an admin.".to_owned());
        let id: UserId = claims.sub.parse().map_err(|_| unknown())?;
        let user = user::Entity::find_by_id(id)
            .one(&db)
            .await?
            .filter(|user| user.is_active)
            .ok_or_else(unknown)?;
        let viewer = Self::viewer(&db, user).await?;
        Ok(Arc::new(Session {
            app: self.clone(),
            db,
            viewer,
        }))
    }

    /// A viewer with their teams.
    pub async fn viewer(db: &DatabaseConnection, user: user::Model) -> Result<Viewer, Error> {
        let memberships = team_member::Entity::find()
            .filter(team_member::Column::UserId.eq(user.id))
            .all(db)
            .await?;
        Ok(Viewer {
            kind: entity::enums::ActorKind::User,
            teams: memberships.iter().map(|membership| membership.team_id).collect(),
            leads: memberships
                .iter()
                .filter(|membership| membership.is_lead)
                .map(|membership| membership.team_id)
                .collect(),
            user: Some(user),
        })
    }
}

/// One request.
pub struct Session {
    /// The process.
    pub app: Arc<App>,
    /// This worker's pool.
    pub db: DatabaseConnection,
    /// Who asks.
    pub viewer: Viewer,
}

impl Session {
    /// The current instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// The current day in the organisation's time zone.
    pub fn today(&self) -> NaiveDate {
        day_in(self.app.settings.time_zone, self.now())
    }

    /// A fresh id.
    pub fn mint<T: TypedId>(&self) -> T {
        self.app.ids.mint()
    }

    /// Begins a write.
    pub async fn begin(&self) -> Result<Tx, Error> {
        self.app.databases.begin().await
    }
}

/// What the loaders of one request read with: its session, so that the viewer's scope is inside.
pub struct Reads(pub Arc<Session>);
