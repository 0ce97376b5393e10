//! A subgraph of Apollo Federation 2: what a gateway asks of us besides the queries of its clients.
//!
//! `_service` tells the gateway our schema, with the keys by which others may refer to what is ours; `_entities` turns such
//! references into objects. Both are left out of introspection and of `schema.graphql`, since nobody but a gateway asks for them.
//! A reference is read like `node` reads an id: by the loaders, so that all references of a request cost a statement for each type;
//! what is not there, or may not be seen, is null in its place.
//!
//! Others may have types of their own named like ours. Of those only `PageInfo` means the same everywhere and is shareable.

use std::sync::{Arc, LazyLock};

use async_graphql::{Any, Context, Object, SimpleObject, Union, Value};
use entity::ids::{self, IncidentId, RecommendationId, ReportId, ServiceId, TeamId, UserId};
use futures_util::future::try_join_all;

use crate::{
    graphql::{
        Result, cost,
        keyed::{Keyed, by_text},
        loaders::{ModelOf, by_id},
    },
    incidents::graphql::Incident,
    people::graphql::{Service, Team, User},
    platform::error::Error,
    recommendations::graphql::Recommendation,
    reports::graphql::Report,
};

/// What the subgraph's schema begins with; what composes it must know federation 2.5 or later.
const LINK: &str =
    "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.5\", import: [\"@key\", \"@shareable\"])\n";

/// What others may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Incident,
    Recommendation,
    Report,
    Service,
    Team,
    User,
}

/// The name of each type, and the field that names one of its objects besides `id`.
const ENTITIES: [(&str, Kind, &str); 6] = [
    ("Incident", Kind::Incident, "key"),
    ("Recommendation", Kind::Recommendation, "key"),
    ("Report", Kind::Report, "key"),
    ("Service", Kind::Service, "slug"),
    ("Team", Kind::Team, "slug"),
    ("User", Kind::User, "email"),
];

/// What others may refer to.
#[derive(Union)]
#[graphql(name = "_Entity")]
pub enum Referred {
    /// An incident.
    Incident(Incident),
    /// A recommendation.
    Recommendation(Recommendation),
    /// A report.
    Report(Report),
    /// A service.
    Service(Service),
    /// A team.
    Team(Team),
    /// A user.
    User(User),
}

/// What a gateway composes.
#[derive(SimpleObject)]
#[graphql(name = "_Service")]
pub struct Subgraph {
    /// The schema, with the directives of federation.
    sdl: &'static str,
}

/// What gateways ask.
#[derive(Default)]
pub struct FederationQuery;

#[Object]
impl FederationQuery {
    /// The schema for gateways.
    #[graphql(name = "_service", visible = false)]
    async fn service(&self) -> Subgraph {
        Subgraph { sdl: sdl() }
    }

    /// The objects that others refer to, in the order of the references; null where there is none or you may not see it.
    #[graphql(
        name = "_entities",
        visible = false,
        complexity = "cost::each(representations.len(), child_complexity)"
    )]
    async fn entities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The references: the name of a type, and one of its keys.")] representations: Vec<Any>,
    ) -> Result<Vec<Option<Referred>>> {
        let references = representations.iter().enumerate();
        let references = references.map(|(position, Any(value))| Reference::read(position, value));
        let references = references.collect::<Result<Vec<_>, Error>>()?;
        Ok(try_join_all(references.iter().map(|reference| reference.find(ctx))).await?)
    }
}

/// A reference to one object.
#[derive(Debug, PartialEq, Eq)]
struct Reference {
    kind: Kind,
    name: Name,
}

#[derive(Debug, PartialEq, Eq)]
enum Name {
    Id(String),
    Text(String),
}

impl Reference {
    /// Says which reference is none of ours.
    fn read(position: usize, value: &Value) -> Result<Self, Error> {
        let unknown = |message: String| {
            let path = format!("representations.{position}");
            Error::invalid(path, "UNKNOWN_REPRESENTATION", message)
        };
        let Value::Object(fields) = value else {
            return Err(unknown(
                "A representation is an object with a __typename and a key.".to_owned(),
            ));
        };
        let text = |name: &str| match fields.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        let Some(typename) = text("__typename") else {
            return Err(unknown(
                "A representation says in __typename of which type it is; add it.".to_owned(),
            ));
        };
        let Some((_, kind, key)) = ENTITIES.iter().find(|(name, ..)| *name == typename) else {
            let known = ENTITIES.map(|(name, ..)| name).join(", ");
            return Err(unknown(format!(
                "Nothing of this type is resolved here; it can be one of {known}."
            )));
        };
        let name = text("id").map(Name::Id).or_else(|| text(key).map(Name::Text));
        let name = name.ok_or_else(|| {
            unknown(format!(
                "A representation of this type needs its id or its {key}, as a string."
            ))
        })?;
        Ok(Self { kind: *kind, name })
    }

    async fn find(&self, ctx: &Context<'_>) -> Result<Option<Referred>, Error> {
        Ok(match self.kind {
            Kind::Incident => self.row::<IncidentId>(ctx).await?.map(|row| Incident(row).into()),
            Kind::Recommendation => {
                let row = self.row::<RecommendationId>(ctx).await?;
                row.map(|row| Recommendation::from(row).into())
            }
            Kind::Report => self.row::<ReportId>(ctx).await?.map(|row| Report::from(row).into()),
            Kind::Service => self.row::<ServiceId>(ctx).await?.map(|row| Service(row).into()),
            Kind::Team => self.row::<TeamId>(ctx).await?.map(|row| Team(row).into()),
            Kind::User => self.row::<UserId>(ctx).await?.map(|row| User(row).into()),
        })
    }

    /// What others keep may be wrong or old. That must not spoil the rest of their list, so it is nothing instead of an error.
    async fn row<I: Keyed>(&self, ctx: &Context<'_>) -> Result<Option<Arc<ModelOf<I>>>, Error> {
        match &self.name {
            Name::Id(id) => match ids::parse_any(id) {
                Ok((prefix, uuid)) if prefix == I::PREFIX => by_id(ctx, I::from(uuid)).await,
                _ => Ok(None),
            },
            Name::Text(text) => by_text::<I>(ctx, text).await,
        }
    }
}

/// The schema for gateways: the plain one with the directives of federation.
pub fn sdl() -> &'static str {
    static SDL: LazyLock<String> = LazyLock::new(|| of_plain(&super::sdl()));
    &SDL
}

/// The library would print the directives too, but answer `_entities` itself then: without a price, and all or nothing.
fn of_plain(plain: &str) -> String {
    // Roots with the usual names need not be named.
    let types = plain.rfind("\nschema {").map_or(plain, |end| &plain[..=end]);
    let mut sdl = String::from(LINK);
    for line in types.lines() {
        match line.strip_prefix("type ").and_then(|rest| rest.strip_suffix(" {")) {
            Some(header) => {
                sdl.push_str("type ");
                sdl.push_str(header);
                sdl.push_str(&directives(header));
                sdl.push_str(" {");
            }
            None => sdl.push_str(line),
        }
        sdl.push('\n');
    }
    sdl
}

/// Of a type, from its name and interfaces as the schema has them.
fn directives(header: &str) -> String {
    let name = header.split(' ').next().unwrap_or_default();
    match ENTITIES.iter().find(|(entity, ..)| *entity == name) {
        Some((.., key)) => format!(" @key(fields: \"id\") @key(fields: \"{key}\")"),
        None if name == "PageInfo" => " @shareable".to_owned(),
        None => String::new(),
    }
}
