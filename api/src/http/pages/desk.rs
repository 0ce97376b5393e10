//! Where a page is made: who asks, for what, and the schema that is asked.

use std::sync::Arc;

use async_graphql::{Request, Variables};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::super::{
    engine::Backend,
    graphql::{EngineAnswer, Refusal},
};
use crate::{
    auth::Session,
    pages::{
        filters::Filters,
        frame::Frame,
        values::{Choice, Choices, Listed},
    },
    platform::error::Error,
};

const CHOICES: &str = include_str!("queries/choices.graphql");

pub(super) struct Desk<'a> {
    pub backend: &'a Backend,
    pub session: Arc<Session>,
    pub id: &'a str,
    /// Of the address.
    pub query: &'a str,
    pub frame: Frame,
}

/// Why there is no page.
pub(super) enum Trouble {
    Error(Error),
    Refused(Refusal),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// The first hundred of each, which nearly always are all.
#[derive(Debug, Deserialize)]
pub(super) struct Offered {
    teams: Listed<Choice>,
    services: Listed<Choice>,
    #[serde(default)]
    categories: Vec<Choice>,
}

/// The name of the query in a document, for the log.
fn name(document: &str) -> Option<&str> {
    let (_, rest) = document.split_once("query ")?;
    rest.split(|letter: char| !letter.is_ascii_alphanumeric()).next()
}

/// How to go on with a list: how many, and after what.
fn rest(list: &Listed<Choice>) -> Option<&str> {
    let info = list.page_info.as_ref()?;
    info.end_cursor.as_deref().filter(|_| info.has_next_page)
}

impl Desk<'_> {
    /// The answer to a query of ours.
    pub(super) async fn ask<T: DeserializeOwned>(&self, document: &str, variables: Value) -> Result<T, Trouble> {
        let mut request = Request::new(document).variables(Variables::from_json(variables));
        if let Some(name) = name(document) {
            request = request.operation_name(name);
        }
        let response = match self.backend.run_own(self.session.clone(), self.id, request).await {
            EngineAnswer::Response(response) => response,
            EngineAnswer::Refused(refusal) => return Err(Trouble::Refused(refusal)),
        };
        if let Some(error) = response.errors.into_iter().next() {
            let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
            let is_ours = code == Some(&async_graphql::Value::from("VALIDATION_FAILED"));
            return Err(Trouble::Error(if is_ours {
                Error::invalid("", "VALIDATION_FAILED", error.message)
            } else {
                Error::internal(error.message)
            }));
        }
        let data = response.data.into_json().map_err(Error::internal)?;
        Ok(serde_json::from_value(data).map_err(Error::internal)?)
    }

    /// What the address asks for, of what may be asked.
    pub(super) fn filters(&self, known: &[&'static str]) -> Result<Filters, Trouble> {
        Ok(Filters::read(self.query, known)?)
    }

    /// All that filters can choose from, beginning with what was offered.
    pub(super) async fn choices(&self, mut offered: Offered) -> Result<Choices, Trouble> {
        let mut choices = Choices {
            categories: std::mem::take(&mut offered.categories),
            ..Choices::default()
        };
        loop {
            let (team, service) = (rest(&offered.teams), rest(&offered.services));
            let page = |after: Option<&str>| if after.is_some() { 100 } else { 0 };
            let variables = (team.is_some() || service.is_some()).then(|| {
                json!({ "teams": page(team), "afterTeam": team, "services": page(service), "afterService": service })
            });
            choices.teams.append(&mut offered.teams.nodes);
            choices.services.append(&mut offered.services.nodes);
            match variables {
                Some(variables) => offered = self.ask(CHOICES, variables).await?,
                None => return Ok(choices),
            }
        }
    }
}
