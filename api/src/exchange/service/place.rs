//! Finds the people, teams and services that a document names.

use std::collections::HashMap;

use entity::{
    ids::{ServiceId, TeamId, UserId},
    service, team, user,
};
use sea_orm::EntityTrait;

use crate::{
    exchange::{
        forms::record::{Named, Person},
        import::ImportWarning,
        model,
    },
    platform::{db::Tx, error::Error},
};

/// Who and what is here, by address and short name.
pub(super) struct Places {
    people: HashMap<String, UserId>,
    teams: HashMap<String, TeamId>,
    services: HashMap<String, ServiceId>,
}

/// What a document names and is not here.
#[derive(Default)]
pub(super) struct Unplaced {
    /// One for each, such as `OWNER: Ada <ada@example.org>`.
    pub lines: Vec<String>,
}

impl Unplaced {
    pub(super) fn warnings(&self) -> impl Iterator<Item = ImportWarning> + '_ {
        self.lines
            .iter()
            .map(|line| model::note(format!("There is nobody and nothing of this name here: {line}.")))
    }
}

impl Places {
    pub(super) async fn gather(tx: &Tx) -> Result<Self, Error> {
        let people = user::Entity::find().all(&**tx).await?;
        let teams = team::Entity::find().all(&**tx).await?;
        let services = service::Entity::find().all(&**tx).await?;
        Ok(Self {
            people: people.into_iter().map(|row| (row.email, row.id)).collect(),
            teams: teams.into_iter().map(|row| (row.slug, row.id)).collect(),
            services: services.into_iter().map(|row| (row.slug, row.id)).collect(),
        })
    }

    /// Somebody whose absence changes nothing that people read.
    pub(super) fn quietly(&self, person: Option<&Person>) -> Option<UserId> {
        self.people.get(&person?.email.to_lowercase()).copied()
    }

    /// Somebody who is to be missed.
    pub(super) fn person(&self, unplaced: &mut Unplaced, what: &str, person: Option<&Person>) -> Option<UserId> {
        let person = person?;
        let found = self.quietly(Some(person));
        if found.is_none() {
            unplaced
                .lines
                .push(format!("{what}: {} <{}>", person.name, person.email));
        }
        found
    }

    pub(super) fn team(&self, unplaced: &mut Unplaced, what: &str, team: Option<&Named>) -> Option<TeamId> {
        let team = team?;
        let found = self.teams.get(&team.slug).copied();
        if found.is_none() {
            unplaced.lines.push(format!("{what}: {} ({})", team.name, team.slug));
        }
        found
    }

    pub(super) fn services(&self, unplaced: &mut Unplaced, named: &[Named]) -> Vec<ServiceId> {
        let mut found = Vec::new();
        for service in named {
            match self.services.get(&service.slug) {
                Some(id) => found.push(*id),
                None => unplaced
                    .lines
                    .push(format!("SERVICE: {} ({})", service.name, service.slug)),
            }
        }
        found
    }
}
