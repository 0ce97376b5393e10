//! What one process has, and what one request gets of it.

use std::{
    collections::BTreeSet,
    str::FromStr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    columns::Columns,
    ids::{ProcessId, RecommendationId, ReportId, TypedId, UserId},
    read_at::ReadAt,
    report, team_member, user,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityName, EntityTrait, ModelTrait, QuerySelect, QueryTrait, Statement, Value,
    sea_query::{Expr, ExprTrait},
};

use super::{
    Sight, Viewer,
    issuer::Issuer,
    lately::{Lately, When},
    oidc::Providers,
};
use crate::platform::{
    clock::{Clock, day_in},
    db::{Databases, Reader, Tx, Witness},
    error::Error,
    http_client::HttpClient,
    ids::IdMint,
    joins::{bring, related},
    keys::is_postgres,
    meters::Meters,
    results::Results,
    seal::Sealer,
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
    /// Which process it is, among those on the database.
    pub process: ProcessId,
    /// The database.
    pub databases: Databases,
    /// Signs and checks tokens.
    pub issuer: Issuer,
    /// Whose tokens are accepted besides.
    pub providers: Providers,
    /// Seals secrets that are stored.
    pub sealer: Sealer,
    /// What it counts of itself.
    pub meters: Meters,
    /// What it knows of what was asked before, as long as that holds. Another process knows it for itself.
    pub results: Results,
    lately: Lately,
}

impl App {
    /// Puts a process together. The schema must be up to date.
    pub async fn start(settings: Settings, clock: Arc<dyn Clock>, databases: Databases) -> Result<Arc<Self>, Error> {
        let sealer = Sealer::new(settings.sealing_key.clone(), &databases);
        let issuer = Issuer::open(&databases, &sealer, clock.as_ref()).await?;
        let ids = IdMint::new(clock.clone());
        let providers = Providers::new(&settings.oidc_issuers, &HttpClient::new()?);
        Ok(Arc::new(Self {
            meters: Meters::new(databases.meters().clone(), clock.now()),
            results: Results::new(settings.analytics_cache_bytes),
            lately: Lately::new(),
            settings,
            clock,
            process: ids.mint(),
            ids,
            databases,
            issuer,
            providers,
            sealer,
        }))
    }

    /// A token of the built-in issuer for a user.
    pub fn sign(&self, user: &user::Model, ttl: Duration) -> Result<String, Error> {
        if self.settings.builtin_issuer {
            return self.issuer.sign(user, self.clock.now(), ttl);
        }
        Err(Error::forbidden(
            "The built-in issuer is switched off (builtin_issuer = false); get a token from an issuer of oidc_issuers.",
        ))
    }

    /// Stops what takes longer than a request may. Connections that it has by then are not used again.
    pub fn within_a_request<'a, T, F: Future<Output = Result<T, Error>> + 'a>(
        &'a self,
        work: F,
    ) -> impl Future<Output = Result<T, Error>> + use<'a, T, F> {
        let time = std::time::Duration::from_millis(self.settings.request_timeout_ms);
        self.databases.within(time, work)
    }

    /// A session for somebody who is already known.
    pub async fn session(self: &Arc<Self>, viewer: Viewer) -> Result<Arc<Session>, Error> {
        Ok(self.session_with(self.databases.reader().await?, viewer))
    }

    /// The same, which reads with this.
    pub fn session_with(self: &Arc<Self>, db: Reader, viewer: impl Into<Arc<Viewer>>) -> Arc<Session> {
        Arc::new(Session {
            db,
            app: self.clone(),
            viewer: viewer.into(),
            shown: Mutex::default(),
            witness: OnceLock::new(),
        })
    }

    /// A session for a user who has shown who they are, as they are now.
    pub async fn session_of(self: &Arc<Self>, user: UserId) -> Result<Arc<Session>, Error> {
        self.session_of_with(self.databases.reader().await?, user, Sight::Now)
            .await
    }

    /// The same, which reads with this, from the user on, who may be known from a moment ago.
    pub async fn session_of_with(
        self: &Arc<Self>,
        db: Reader,
        user: UserId,
        sight: Sight,
    ) -> Result<Arc<Session>, Error> {
        // Before they are read: what is changed meanwhile may be in what is read, or not.
        let when = When {
            at: self.clock.now(),
            rights: self.databases.changes_of_rights(),
        };
        if sight == Sight::Lately
            && let Some(viewer) = self.lately.get(user, when)
        {
            return Ok(self.session_with(db, viewer));
        }
        let unknown =
            || Error::Unauthenticated("This token is for a user who is gone or inactive; ask an admin.".to_owned());
        let viewer = Self::viewer(&db, user)
            .await?
            .filter(Viewer::is_active)
            .ok_or_else(unknown)?;
        let viewer = Arc::new(viewer);
        self.lately.note(user, viewer.clone(), when);
        Ok(self.session_with(db, viewer))
    }

    /// A user as a viewer, with their teams, whether they may sign in or not.
    pub async fn viewer(db: &impl ConnectionTrait, user: UserId) -> Result<Option<Viewer>, Error> {
        let rows = db.query_all_raw(select_viewer(db, user)).await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let user = user::Model::read_at(first, 0)?;
        let memberships = rows.iter().map(|row| related(row, user::Model::WIDTH, Columns::ALL));
        let memberships: Vec<Arc<team_member::Model>> =
            memberships.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        Ok(Some(Viewer::of(user, memberships.iter().map(AsRef::as_ref))))
    }
}

/// Selects a user with their teams. Every request does, so its text is written once.
fn select_viewer(db: &impl ConnectionTrait, user: UserId) -> Statement {
    static TEXTS: [OnceLock<String>; 2] = [OnceLock::new(), OnceLock::new()];
    let backend = db.get_database_backend();
    let text = TEXTS[usize::from(is_postgres(db))].get_or_init(|| {
        let mut select = user::Entity::find_by_id(user);
        let on = Expr::col(("membership", "user_id")).eq(Expr::col(user::Column::Id.as_column_ref()));
        bring::<team_member::Entity>(QuerySelect::query(&mut select), "membership", on, Columns::ALL);
        backend.build(&select.into_query()).sql
    });
    Statement::from_sql_and_values(backend, text, [user.into()])
}

/// One request.
pub struct Session {
    /// The process.
    pub app: Arc<App>,
    /// What it reads with.
    pub db: Reader,
    /// Who asks.
    pub viewer: Arc<Viewer>,
    shown: Mutex<Shown>,
    witness: OnceLock<Witness>,
}

/// What was shown to an admin, by what it stands under.
#[derive(Debug, Default)]
pub struct Shown {
    /// Reports.
    pub reports: BTreeSet<ReportId>,
    /// Recommendations, of rows that name no report.
    pub items: BTreeSet<RecommendationId>,
}

impl Session {
    /// The current instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// The current day in the organisation's time zone.
    pub fn today(&self) -> NaiveDate {
        self.day(self.now())
    }

    /// The instant of a change to something that was last changed at `before`: clocks of other processes may be ahead.
    pub fn now_after(&self, before: DateTime<Utc>) -> DateTime<Utc> {
        Ord::max(self.now(), before)
    }

    /// The day of an instant in the organisation's time zone.
    pub fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        day_in(self.app.settings.time_zone, at)
    }

    /// Notes that an admin was shown these rows, if they stand under reports: see `access::service::audit`.
    pub fn note_shown<'a, E: EntityTrait<Model: 'a>>(&self, rows: impl Iterator<Item = &'a E::Model>) {
        if !self.viewer.is_admin() {
            return;
        }
        let is_report = E::default().table_name() == report::Entity.table_name();
        let report_column = E::Column::from_str(if is_report { "id" } else { "report_id" }).ok();
        let item_column = E::Column::from_str("recommendation_id").ok();
        let value = |row: &E::Model, column: Option<E::Column>| match column.map(|column| row.get(column)) {
            Some(Value::Uuid(id)) => id,
            _ => None,
        };
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            if let Some(id) = value(row, report_column) {
                shown.reports.insert(id.into());
            } else if let Some(id) = value(row, item_column) {
                shown.items.insert(id.into());
            }
        }
    }

    /// What was noted so far, once.
    pub fn take_shown(&self) -> Shown {
        std::mem::take(&mut *self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A fresh id.
    pub fn mint<T: TypedId>(&self) -> T {
        self.app.ids.mint()
    }

    /// Begins a write.
    pub async fn begin(&self) -> Result<Tx, Error> {
        Ok(self.begin_aside().await?.before(self.witness.get().cloned()))
    }

    /// Begins a write that is no part of what was asked for: it has no witness.
    pub async fn begin_aside(&self) -> Result<Tx, Error> {
        self.db.give_back().await;
        self.app.databases.begin().await
    }

    /// From here on every write of this request has this witness, the first that is named.
    pub fn testify(&self, witness: Witness) {
        self.witness.get_or_init(|| witness);
    }
}

/// What the loaders of one request read with: its session, so that the viewer's scope is inside.
pub struct Reads(pub Arc<Session>);
