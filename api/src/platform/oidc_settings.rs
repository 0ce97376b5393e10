//! One OpenID Connect issuer, as it stands in the settings.

use std::collections::{BTreeMap, BTreeSet};

use entity::enums::Role;
use serde::{Deserialize, Deserializer, Serialize};
use url::{Host, Url};

use super::secret::Secret;

/// Is it this machine, and so nobody in between? `localhost` itself, and no name that only ends so.
pub fn is_loopback(host: Option<Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The signature algorithms that a token of an issuer may have. None of them works with a shared secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum TokenAlgorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    EdDSA,
}

/// An issuer whose tokens are accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcIssuer {
    /// Exactly what its tokens say in `iss`. Its endpoints are looked up below this address.
    pub issuer: String,
    /// What people read on the sign-in page; the issuer's host when left out.
    #[serde(default)]
    pub name: String,
    /// Where its keys are, for an issuer that publishes no discovery document.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// Who its tokens must be for: one of these. The client id when left out.
    #[serde(default)]
    pub audience: Vec<String>,
    /// The signatures that are accepted.
    #[serde(default = "rs256")]
    pub algorithms: Vec<TokenAlgorithm>,
    /// The claim with the e-mail address.
    #[serde(default = "email")]
    pub email_claim: String,
    /// The claim with the name.
    #[serde(default = "name")]
    pub name_claim: String,
    /// The claim with the groups.
    #[serde(default = "groups")]
    pub groups_claim: String,
    /// The role of whoever is in none of the groups of `roles`.
    #[serde(default = "viewer", deserialize_with = "role")]
    pub default_role: Role,
    /// Group to role; the highest counts. Empty: admins give the roles.
    #[serde(default, deserialize_with = "roles")]
    pub roles: BTreeMap<String, Role>,
    /// Group to the short name of the team whose member it makes.
    #[serde(default)]
    pub teams: BTreeMap<String, String>,
    /// Group to the short name of the team whose lead it makes.
    #[serde(default)]
    pub leads: BTreeMap<String, String>,
    /// Our name there, for signing in with a browser; left out: its tokens are accepted, but nobody is sent there.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Our secret there; left out for a public client.
    #[serde(default)]
    pub client_secret: Option<Secret>,
    /// What is asked for in the browser.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// Also without TLS. For an issuer inside a private network only.
    #[serde(default)]
    pub allow_http: bool,
}

fn rs256() -> Vec<TokenAlgorithm> {
    vec![TokenAlgorithm::RS256]
}
fn email() -> String {
    "email".to_owned()
}
fn name() -> String {
    "name".to_owned()
}
fn groups() -> String {
    "groups".to_owned()
}
fn viewer() -> Role {
    Role::Viewer
}
fn scopes() -> Vec<String> {
    ["openid", "email", "profile"].map(str::to_owned).to_vec()
}

fn role<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Role, D::Error> {
    String::deserialize(deserializer)?
        .parse()
        .map_err(serde::de::Error::custom)
}

fn roles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Role>, D::Error> {
    let given: BTreeMap<String, String> = BTreeMap::deserialize(deserializer)?;
    let one = |(group, role): (String, String)| Ok((group, role.parse().map_err(serde::de::Error::custom)?));
    given.into_iter().map(one).collect()
}

impl OidcIssuer {
    /// Looks for what cannot work, and fills in what follows from the rest. The error is the rest of a sentence.
    pub(super) fn check(mut self) -> Result<Self, String> {
        self.url("issuer", &self.issuer)?;
        if let Some(keys) = &self.jwks_url {
            self.url("jwks_url", keys)?;
        }
        if self.audience.is_empty() {
            self.audience.extend(self.client_id.clone());
        }
        if self.audience.is_empty() {
            return Err("name an audience, or a client_id which is then the audience".to_owned());
        }
        if self.algorithms.is_empty() {
            return Err("name at least one of the algorithms".to_owned());
        }
        if self.client_secret.is_some() && self.client_id.is_none() {
            return Err("a client_secret needs a client_id".to_owned());
        }
        if self.client_id.is_some() && self.jwks_url.is_some() {
            return Err(
                "leave out jwks_url when there is a client_id: signing in needs the discovery document, which names the keys"
                    .to_owned(),
            );
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            return Err("the scopes must have openid among them".to_owned());
        }
        if self.name.trim().is_empty() {
            self.name = Url::parse(&self.issuer)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned))
                .unwrap_or_default();
        }
        Ok(self)
    }

    fn url(&self, field: &str, text: &str) -> Result<(), String> {
        let url = Url::parse(text).map_err(|_| format!("{field} must be a link such as https://login.example.org"))?;
        let local = is_loopback(url.host());
        match url.scheme() {
            "https" => Ok(()),
            "http" if local || self.allow_http => Ok(()),
            _ => Err(format!(
                "{field} must begin with https://; allow_http = true permits http:// inside a private network"
            )),
        }
    }

    /// Does anything follow from groups?
    pub fn maps_groups(&self) -> bool {
        !(self.roles.is_empty() && self.teams.is_empty() && self.leads.is_empty())
    }

    /// The role that groups give; none when admins give the roles.
    pub fn role_of(&self, groups: &[String]) -> Option<Role> {
        if self.roles.is_empty() {
            return None;
        }
        let given = groups.iter().filter_map(|group| self.roles.get(group).copied());
        // Declared from the least to the most.
        Some(given.max().unwrap_or(self.default_role))
    }

    /// The teams that groups put somebody into, by short name, and whether as a lead.
    pub fn teams_of(&self, groups: &[String]) -> BTreeMap<&str, bool> {
        let mut teams = BTreeMap::new();
        for group in groups {
            if let Some(team) = self.teams.get(group) {
                teams.entry(team.as_str()).or_insert(false);
            }
            if let Some(team) = self.leads.get(group) {
                teams.insert(team, true);
            }
        }
        teams
    }

    /// The teams whose membership follows from groups, by short name.
    pub fn managed_teams(&self) -> BTreeSet<&str> {
        self.teams
            .values()
            .chain(self.leads.values())
            .map(String::as_str)
            .collect()
    }
}
