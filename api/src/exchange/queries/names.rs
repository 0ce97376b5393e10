//! What must not leave with a public edition: everybody's name, and what the organisation's own hosts are called.

use std::collections::BTreeSet;

use entity::user;
use sea_orm::{EntityTrait, QuerySelect};
use url::Url;

use crate::{auth::Session, platform::error::Error};

/// What is known of people and hosts.
pub(super) struct Known {
    /// Names of all users, also of those who have left.
    pub(super) names: Vec<String>,
    /// Their addresses.
    pub(super) emails: Vec<String>,
    /// Hosts that are our own: of this service, and of the addresses.
    pub(super) hosts: Vec<String>,
}

/// Reads it.
pub(super) async fn known(session: &Session) -> Result<Known, Error> {
    let people: Vec<(String, String)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Name, user::Column::Email])
        .into_tuple()
        .all(&session.db)
        .await?;
    let (names, emails): (Vec<String>, Vec<String>) = people.into_iter().unzip();
    let own = Url::parse(&session.app.settings.public_url).ok();
    let own = own.and_then(|url| url.host_str().map(str::to_owned));
    let domains = emails
        .iter()
        .filter_map(|email| email.rsplit_once('@').map(|(_, domain)| domain.to_owned()));
    let hosts: BTreeSet<String> = domains.chain(own).collect();
    Ok(Known {
        names,
        emails,
        hosts: hosts.into_iter().collect(),
    })
}
