//! How large the futures of the resolvers are. Each object of a list has one, and a mebibyte of them is felt in each answer.

use async_graphql::{ContainerType, Context};

use super::Served;
use crate::{
    incidents::graphql::Incident, people::graphql::User, recommendations::graphql::Recommendation,
    reports::graphql::Report, root_causes::graphql::RootCause,
};

/// How large is what resolves a field of an object, in bytes?
fn size_of<T: ContainerType + 'static>() -> usize {
    fn size<A, B, F>(_: impl Fn(A, B) -> F) -> usize {
        std::mem::size_of::<F>()
    }
    size(|object: &'static T, ctx: &'static Context<'static>| object.resolve_field(ctx))
}

#[test]
fn resolvers_are_small() {
    let sizes = [
        ("Incident", size_of::<Incident>(), 4_096),
        ("Recommendation", size_of::<Recommendation>(), 4_096),
        ("Report", size_of::<Report>(), 4_096),
        ("RootCause", size_of::<RootCause>(), 4_096),
        ("User", size_of::<User>(), 4_096),
        ("Query", size_of::<Served>(), 32_768),
    ];
    for (name, size, most) in sizes {
        assert!(size <= most, "{name} takes {size} bytes: box what it waits for");
    }
}
