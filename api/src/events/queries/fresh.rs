//! Asks what was asked before only as far as the answer may have changed.
//!
//! The version of the data is read first, and the rows after it, so what is kept under a version has at least everything up to it.
//! It may have more; then there is an event that says so, and what that could have altered is read anew as a whole. Nothing is ever
//! added to a figure or taken from it, so it does no harm to read the same twice.

use std::{any::Any, collections::HashMap, sync::Arc};

use entity::recommendation;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, QueryResult, Statement, prelude::Uuid, sea_query::SelectStatement,
};
use tokio::sync::OnceCell;

use super::{
    sources::Sources,
    touched::{Teams, Touched, touched},
    version,
};
use crate::{
    auth::Session,
    platform::{
        error::Error,
        results::{Dated, Turn, Version, Weigh},
    },
};

/// An answer in parts: what it says of the recommendations of each team, and of those without one.
pub struct Parts<T>(HashMap<Option<Uuid>, Arc<Vec<T>>>);

impl<T> Parts<T> {
    /// Of what each team has.
    pub fn of(all: impl Iterator<Item = (Option<Uuid>, T)>) -> Self {
        let mut parts: HashMap<_, Vec<T>> = HashMap::new();
        for (team, one) in all {
            parts.entry(team).or_default().push(one);
        }
        Self(parts.into_iter().map(|(team, part)| (team, part.into())).collect())
    }

    /// What all teams have.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.values().flat_map(|part| part.iter())
    }

    /// With the parts of some teams as they are now.
    fn with(&self, teams: Teams, mut now: Self) -> Self {
        let mut parts = self.0.clone();
        for team in teams {
            match now.0.remove(&team) {
                Some(part) => parts.insert(team, part),
                None => parts.remove(&team),
            };
        }
        Self(parts)
    }
}

impl<T: Weigh> Weigh for Parts<T> {
    fn weight(&self) -> usize {
        let part = |part: &Arc<Vec<T>>| 128 + part.iter().map(Weigh::weight).sum::<usize>();
        self.0.values().map(part).sum()
    }
}

/// Asks for one question of one request, which may take several statements: what each says is at least of the same version.
#[derive(Clone)]
pub struct Fresh {
    session: Arc<Session>,
    keeps: bool,
    version: Arc<OnceCell<Version>>,
}

impl Fresh {
    /// For one request.
    pub fn new(session: &Arc<Session>) -> Self {
        Self {
            session: session.clone(),
            keeps: session.app.results.is_on(),
            version: Arc::default(),
        }
    }

    /// Keeps nothing of what it asks: that costs little, or nobody will ask the same again.
    pub fn in_passing(self) -> Self {
        Self { keeps: false, ..self }
    }

    /// Is anything kept of what it asks?
    pub fn keeps(&self) -> bool {
        self.keeps
    }

    fn build(&self, select: &SelectStatement) -> Statement {
        self.session.db.get_database_backend().build(select)
    }

    async fn rows(&self, statement: Statement) -> Result<Vec<QueryResult>, Error> {
        Ok(self.session.db.query_all_raw(statement).await?)
    }

    /// Waits until nobody else is making the answer to this question.
    async fn turn<V: Any>(&self, question: String) -> Turn<'_, V> {
        self.session.db.idle(self.session.app.results.turn(question)).await
    }

    /// What may have changed of something that is kept, and the version that it is of once that is read.
    async fn since<V>(&self, known: Option<&Dated<V>>) -> Result<(Version, Touched), Error> {
        let db = &self.session.db;
        let now = *self.version.get_or_try_init(|| version(db)).await?;
        let Some(known) = known else {
            return Ok((now, Touched::Everything));
        };
        if known.version == now {
            return Ok((now, Touched::Nothing));
        }
        let (seen, touched) = touched(db, known.version).await?;
        Ok((seen.unwrap_or(now), touched))
    }

    /// An answer that is kept as one. The statements decide it; what else is asked to make it may be about recommendations.
    pub async fn answer<V, Made>(
        &self,
        selects: &[&SelectStatement],
        make: impl FnOnce() -> Made,
    ) -> Result<Arc<V>, Error>
    where
        V: Weigh + Send + Sync + 'static,
        Made: Future<Output = Result<V, Error>>,
    {
        let statements = selects.iter().map(|select| self.build(select)).collect();
        self.kept(statements, true, make).await
    }

    /// What one statement says, kept as one.
    pub async fn whole<V>(
        &self,
        select: &SelectStatement,
        read: impl FnOnce(&[QueryResult]) -> Result<V, DbErr>,
    ) -> Result<Arc<V>, Error>
    where
        V: Weigh + Send + Sync + 'static,
    {
        let statement = self.build(select);
        let reads_items = Sources::of(&statement.sql).read_items();
        let make = || async move { Ok(read(&self.rows(self.build(select)).await?)?) };
        self.kept(vec![statement], reads_items, make).await
    }

    async fn kept<V, Made>(
        &self,
        statements: Vec<Statement>,
        reads_items: bool,
        make: impl FnOnce() -> Made,
    ) -> Result<Arc<V>, Error>
    where
        V: Weigh + Send + Sync + 'static,
        Made: Future<Output = Result<V, Error>>,
    {
        let are_told_of = |statement: &Statement| Sources::of(&statement.sql).are_told_of();
        if !self.keeps || !statements.iter().all(are_told_of) {
            return Ok(Arc::new(make().await?));
        }
        let renew = |known: Option<Dated<V>>| async move {
            let (version, touched) = self.since(known.as_ref()).await?;
            let value = match (known, touched) {
                (Some(known), Touched::Nothing) => known.value,
                (Some(known), Touched::Teams(_)) if !reads_items => known.value,
                _ => Arc::new(make().await?),
            };
            Ok(Dated { version, value })
        };
        let question = statements.iter().map(question).collect();
        self.turn(question).await.renew(renew).await
    }

    /// What one statement says of recommendations, kept in parts: after changes to some of them, only the teams are read anew that
    /// had them or have them.
    pub async fn by_team<T>(
        &self,
        select: &SelectStatement,
        read: impl Fn(&[QueryResult]) -> Result<Parts<T>, DbErr>,
    ) -> Result<Arc<Parts<T>>, Error>
    where
        T: Weigh + Send + Sync + 'static,
    {
        let statement = self.build(select);
        let sources = Sources::of(&statement.sql);
        if !self.keeps || !sources.are_told_of() {
            return Ok(Arc::new(read(&self.rows(statement).await?)?));
        }
        let question = question(&statement);
        let (each_by_itself, read) = (sources.count_each_item_by_itself(), &read);
        let renew = |known: Option<Dated<Parts<T>>>| async move {
            let (version, touched) = self.since(known.as_ref()).await?;
            let value = match (known, touched) {
                (Some(known), Touched::Nothing) => known.value,
                (Some(known), Touched::Teams(teams)) if each_by_itself => {
                    let some = self.build(&of_teams(select, &teams));
                    let now = read(&self.rows(some).await?)?;
                    Arc::new(known.value.with(teams, now))
                }
                _ => Arc::new(read(&self.rows(statement).await?)?),
            };
            Ok(Dated { version, value })
        };
        self.turn(question).await.renew(renew).await
    }
}

/// The same of the recommendations of some teams alone.
fn of_teams(select: &SelectStatement, teams: &Teams) -> SelectStatement {
    use recommendation::Column::TeamId;
    let mut which = Condition::any();
    let named: Vec<Uuid> = teams.iter().copied().flatten().collect();
    if named.len() < teams.len() {
        which = which.add(TeamId.is_null());
    }
    if !named.is_empty() {
        which = which.add(TeamId.is_in(named));
    }
    let mut some = select.clone();
    some.cond_where(which);
    some
}

/// A statement and its values, as text: no two different ones have the same.
pub(super) fn question(statement: &Statement) -> String {
    format!("{}\n{:?}\n", statement.sql, statement.values)
}
