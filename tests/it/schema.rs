//! The schema: checked in, described, in one shape, and true to what clients were promised.

use std::collections::BTreeMap;

use async_graphql::{
    EmptyMutation, EmptySubscription, ObjectType, Schema,
    parser::{
        parse_schema,
        types::{FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind, TypeSystemDefinition},
    },
};
use postmortem_api::{
    access::graphql::{AccessMutation, AccessQuery},
    action_items::graphql::ActionItemQuery,
    calendar::graphql::{CalendarMutation, CalendarQuery},
    comments::graphql::CommentMutation,
    events::graphql::EventQuery,
    exchange::graphql::{ExchangeMutation, ExchangeQuery},
    follow_through::graphql::FollowThroughQuery,
    incidents::graphql::{IncidentMutation, IncidentQuery},
    people::graphql::{PeopleMutation, PeopleQuery},
    policies::graphql::{PolicyMutation, PolicyQuery},
    privacy::graphql::PrivacyMutation,
    recommendations::graphql::{RecommendationMutation, RecommendationQuery},
    reports::graphql::{ReportMutation, ReportQuery},
    root_causes::graphql::{RootCauseMutation, RootCauseQuery},
    schema::{node::NodeQuery, sdl},
    search::graphql::SearchQuery,
    trackers::graphql::{TrackerMutation, TrackerQuery},
    webhooks::graphql::{WebhookMutation, WebhookQuery},
};

fn types(sdl: &str) -> BTreeMap<String, TypeDefinition> {
    let definitions = parse_schema(sdl).expect("a readable schema").definitions.into_iter();
    let named = definitions.filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => Some((definition.node.name.node.to_string(), definition.node)),
        _ => None,
    });
    named.collect()
}

fn fields(definition: &TypeDefinition) -> Vec<&FieldDefinition> {
    match &definition.kind {
        TypeKind::Object(object) => object.fields.iter().map(|field| &field.node).collect(),
        TypeKind::Interface(interface) => interface.fields.iter().map(|field| &field.node).collect(),
        _ => Vec::new(),
    }
}

fn inputs(definition: &TypeDefinition) -> Vec<&InputValueDefinition> {
    match &definition.kind {
        TypeKind::InputObject(input) => input.fields.iter().map(|field| &field.node).collect(),
        _ => Vec::new(),
    }
}

fn values(definition: &TypeDefinition) -> Vec<String> {
    match &definition.kind {
        TypeKind::Enum(values) => values
            .values
            .iter()
            .map(|value| value.node.value.node.to_string())
            .collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_checked_in_schema_is_the_served_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql");
    let checked_in = std::fs::read_to_string(path).expect("schema.graphql at the top of the repository");
    assert!(
        checked_in == sdl(),
        "schema.graphql is not what is served; run `make schema` and look at the difference"
    );
}

#[test]
fn everything_is_described() {
    let mut bare = Vec::new();
    for (name, definition) in types(&sdl()) {
        if definition.description.is_none() {
            bare.push(name.clone());
        }
        for field in fields(&definition) {
            if field.description.is_none() {
                bare.push(format!("{name}.{}", field.name.node));
            }
            let arguments = field
                .arguments
                .iter()
                .filter(|argument| argument.node.description.is_none());
            bare.extend(arguments.map(|argument| format!("{name}.{}({})", field.name.node, argument.node.name.node)));
        }
        let undescribed = inputs(&definition)
            .into_iter()
            .filter(|field| field.description.is_none());
        bare.extend(undescribed.map(|field| format!("{name}.{}", field.name.node)));
        if let TypeKind::Enum(values) = &definition.kind {
            let undescribed = values.values.iter().filter(|value| value.node.description.is_none());
            bare.extend(undescribed.map(|value| format!("{name}.{}", value.node.value.node)));
        }
    }
    assert_eq!(
        bare,
        Vec::<String>::new(),
        "say what each of these is, and when it is null"
    );
}

#[test]
fn every_mutation_takes_one_input_and_gives_its_own_payload() {
    let types = types(&sdl());
    for field in fields(&types["Mutation"]) {
        let name = field.name.node.to_string();
        let kind = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let arguments: Vec<String> = field
            .arguments
            .iter()
            .map(|argument| format!("{}: {}", argument.node.name.node, argument.node.ty.node))
            .collect();
        assert_eq!(arguments, [format!("input: {kind}Input!")], "{name}");
        assert_eq!(field.ty.node.to_string(), format!("{kind}Payload!"), "{name}");
    }
}

/// The library lets two parts have a field of the same name, and one wins silently.
#[test]
fn no_two_features_share_the_name_of_a_root_field() {
    fn queries(part: impl ObjectType + 'static) -> usize {
        count(&Schema::new(part, EmptyMutation, EmptySubscription).sdl(), "query")
    }
    fn mutations(part: impl ObjectType + 'static) -> usize {
        count(&Schema::new(NodeQuery, part, EmptySubscription).sdl(), "mutation")
    }
    fn count(sdl: &str, operation: &str) -> usize {
        let document = parse_schema(sdl).expect("a readable schema");
        let root = document.definitions.iter().find_map(|definition| match definition {
            TypeSystemDefinition::Schema(schema) if operation == "query" => schema.node.query.clone(),
            TypeSystemDefinition::Schema(schema) => schema.node.mutation.clone(),
            _ => None,
        });
        fields(&types(sdl)[root.expect("a root type").node.as_str()]).len()
    }
    let parts = queries(NodeQuery)
        + queries(CalendarQuery)
        + queries(AccessQuery)
        + queries(ActionItemQuery)
        + queries(EventQuery)
        + queries(ExchangeQuery)
        + queries(FollowThroughQuery)
        + queries(IncidentQuery)
        + queries(PeopleQuery)
        + queries(PolicyQuery)
        + queries(RecommendationQuery)
        + queries(ReportQuery)
        + queries(RootCauseQuery)
        + queries(SearchQuery)
        + queries(TrackerQuery)
        + queries(WebhookQuery);
    let whole = types(&sdl());
    assert_eq!(
        fields(&whole["Query"]).len(),
        parts,
        "two features define the same query, or a part is missing here"
    );
    let parts = mutations(AccessMutation)
        + mutations(CalendarMutation)
        + mutations(CommentMutation)
        + mutations(ExchangeMutation)
        + mutations(IncidentMutation)
        + mutations(PeopleMutation)
        + mutations(PolicyMutation)
        + mutations(PrivacyMutation)
        + mutations(RecommendationMutation)
        + mutations(ReportMutation)
        + mutations(RootCauseMutation)
        + mutations(TrackerMutation)
        + mutations(WebhookMutation);
    assert_eq!(
        fields(&whole["Mutation"]).len(),
        parts,
        "two features define the same mutation, or a part is missing here"
    );
}

/// `contract.graphql` is what clients write against.
#[test]
fn the_contract_is_kept() {
    let served = types(&sdl());
    let mut broken = Vec::new();
    for (name, promised) in types(include_str!("contract.graphql")) {
        let Some(kept) = served.get(&name) else {
            broken.push(format!("{name} is gone"));
            continue;
        };
        if values(&promised).iter().any(|value| !values(kept).contains(value)) {
            broken.push(format!("{name} lost a value"));
        }
        for field in fields(&promised) {
            match fields(kept)
                .into_iter()
                .find(|other| other.name.node == field.name.node)
            {
                None => broken.push(format!("{name}.{} is gone", field.name.node)),
                Some(other) => broken.extend(differences(&name, field, other)),
            }
        }
        for field in inputs(&promised) {
            let same =
                |other: &&InputValueDefinition| other.name.node == field.name.node && other.ty.node == field.ty.node;
            if !inputs(kept).iter().any(same) {
                broken.push(format!("{name}.{} is not {} any more", field.name.node, field.ty.node));
            }
        }
        // A field that must be given breaks every client that does not.
        for field in inputs(kept) {
            let is_new = !inputs(&promised).iter().any(|other| other.name.node == field.name.node);
            if is_new && !field.ty.node.nullable && field.default_value.is_none() && !name.ends_with("Input") {
                broken.push(format!("{name}.{} must be given now", field.name.node));
            }
        }
    }
    assert_eq!(
        broken,
        Vec::<String>::new(),
        "clients were promised otherwise; see tests/it/contract.graphql"
    );
}

fn differences(name: &str, promised: &FieldDefinition, kept: &FieldDefinition) -> Vec<String> {
    let mut broken = Vec::new();
    if promised.ty.node != kept.ty.node {
        broken.push(format!(
            "{name}.{} is {}, promised {}",
            promised.name.node, kept.ty.node, promised.ty.node
        ));
    }
    for argument in &promised.arguments {
        let argument = &argument.node;
        let same = kept
            .arguments
            .iter()
            .any(|other| other.node.name.node == argument.name.node && other.node.ty.node == argument.ty.node);
        if !same {
            broken.push(format!(
                "{name}.{}({}) is not {} any more",
                promised.name.node, argument.name.node, argument.ty.node
            ));
        }
    }
    broken
}
