//! How an error reaches a client: a sentence, a code, and what goes with the code.

use async_graphql::{ErrorExtensionValues, ErrorExtensions, Value};

use crate::platform::error::{Error, chain};

/// What resolvers return. Not `Display` on purpose: async-graphql would make client text of it.
#[derive(Debug)]
pub struct Failure(Error);

/// The result of a resolver.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Failure> for async_graphql::Error {
    fn from(Failure(error): Failure) -> Self {
        if let Error::Internal(source) = &error {
            tracing::error!(error = %chain(source.as_ref()), "a request failed on our side");
        }
        async_graphql::Error::new(error.to_string()).extend_with(|_, extensions| describe(&error, extensions))
    }
}

fn describe(error: &Error, extensions: &mut ErrorExtensionValues) {
    // Our own faults get their code, and the id of the request to quote, where the answer leaves the house.
    if !matches!(error, Error::Internal(_)) {
        extensions.set("code", error.code());
    }
    match error {
        Error::Invalid(problems) => {
            let fields = problems.iter().map(|problem| {
                Value::Object(
                    [
                        (async_graphql::Name::new("path"), Value::from(problem.path.clone())),
                        (async_graphql::Name::new("code"), Value::from(problem.code)),
                        (
                            async_graphql::Name::new("message"),
                            Value::from(problem.message.clone()),
                        ),
                    ]
                    .into_iter()
                    .collect(),
                )
            });
            extensions.set("fields", Value::List(fields.collect()));
        }
        Error::Conflict { current_version, .. } => extensions.set("currentVersion", *current_version),
        _ => {}
    }
}
