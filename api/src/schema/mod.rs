//! The schema: all features put together. The served SDL is checked in as `schema.graphql` at the top of the repository.

pub mod checker;
pub mod federation;
pub mod node;
pub mod pricer;
#[cfg(test)]
mod sizes;

use async_graphql::{MergedObject, ObjectType, SDLExportOptions, Schema, SchemaBuilder, ValidationMode};

use crate::{
    access::graphql::{AccessMutation, AccessQuery},
    action_items::graphql::{ActionItemIsNode, ActionItemQuery},
    calendar::graphql::{CalendarMutation, CalendarQuery},
    comments::graphql::CommentMutation,
    events::graphql::EventQuery,
    exchange::graphql::{ExchangeMutation, ExchangeQuery},
    follow_through::graphql::FollowThroughQuery,
    incidents::graphql::{IncidentMutation, IncidentQuery},
    live::graphql::LiveSubscription,
    people::graphql::{PeopleMutation, PeopleQuery},
    platform::settings::Settings,
    policies::graphql::{PolicyMutation, PolicyQuery},
    privacy::graphql::PrivacyMutation,
    recommendations::graphql::{RecommendationMutation, RecommendationQuery},
    reports::graphql::{ReportMutation, ReportQuery},
    root_causes::graphql::{RootCauseMutation, RootCauseQuery},
    search::graphql::SearchQuery,
    trackers::graphql::{TrackerMutation, TrackerQuery},
    webhooks::graphql::{WebhookMutation, WebhookQuery},
};

/// All reads.
#[derive(Default, MergedObject)]
pub struct Reads(
    node::NodeQuery,
    AccessQuery,
    ActionItemQuery,
    CalendarQuery,
    EventQuery,
    ExchangeQuery,
    FollowThroughQuery,
    IncidentQuery,
    PeopleQuery,
    PolicyQuery,
    RecommendationQuery,
    ReportQuery,
    RootCauseQuery,
    SearchQuery,
    TrackerQuery,
    WebhookQuery,
);

/// Changes. Each takes one input, is one transaction, and answers with the changed object.
#[derive(Default, MergedObject)]
pub struct Mutation(
    AccessMutation,
    CalendarMutation,
    CommentMutation,
    ExchangeMutation,
    IncidentMutation,
    PeopleMutation,
    PolicyMutation,
    PrivacyMutation,
    RecommendationMutation,
    ReportMutation,
    RootCauseMutation,
    TrackerMutation,
    WebhookMutation,
);

/// Reads. Every list is paged, every missing or invisible object is null.
#[derive(Default, MergedObject)]
pub struct Query(Reads);

/// Reads, and what only gateways ask for.
#[derive(Default, MergedObject)]
#[graphql(name = "Query")]
pub struct Served(Reads, federation::FederationQuery);

/// The executable schema.
pub type PostmortemSchema = Schema<Served, Mutation, LiveSubscription>;

fn builder<Q: ObjectType + Default + 'static>() -> SchemaBuilder<Q, Mutation, LiveSubscription> {
    Schema::build(Q::default(), Mutation::default(), LiveSubscription).register_output_type::<ActionItemIsNode>()
}

/// The schema with its limits.
pub fn build(settings: &Settings) -> PostmortemSchema {
    limited(settings).finish()
}

/// The same for documents that it has found valid before: it checks what they cost, and nothing else.
pub fn build_quick(settings: &Settings) -> PostmortemSchema {
    limited(settings).validation_mode(ValidationMode::Fast).finish()
}

fn limited(settings: &Settings) -> SchemaBuilder<Served, Mutation, LiveSubscription> {
    builder::<Served>()
        .disable_suggestions()
        .limit_depth(settings.query_depth)
        .limit_recursive_depth(2 * settings.query_depth.max(16))
        .limit_directives(5)
        .limit_complexity(settings.query_complexity)
}

/// The schema without limits, for documents of our own. They are valid: tests run them.
pub fn build_unlimited() -> PostmortemSchema {
    unlimited().finish()
}

fn unlimited() -> SchemaBuilder<Served, Mutation, LiveSubscription> {
    builder().disable_suggestions().validation_mode(ValidationMode::Fast)
}

/// The SDL, sorted. What only gateways ask for is not in it: [`federation::sdl`] is theirs.
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items();
    let sdl = builder::<Query>().finish().sdl_with_options(options);
    // The library registers that an interface implements another, but does not print it.
    let sdl = sdl.replace("interface ActionItem {", "interface ActionItem implements Node {");
    format!("{}\n", sdl.trim_end())
}
