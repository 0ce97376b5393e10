//! The tools that people already have: the audits of GraphQL over HTTP, clients, compilers and gateways, from npm.

mod audits;
mod breaking;
mod clients;
mod compilers;
mod documents;
mod entities;
mod federation;
mod sockets;
mod trusted;

use postmortem_tests::{TestUser, conformance::Workshop, live::Served};

/// The examples of a file of `docs`, for somebody who asks a served process.
fn examples(document: &str, served: &Served, user: &TestUser) -> Workshop {
    let mut workshop = Workshop::of_document(document, str::to_owned);
    workshop.set("POSTMORTEM", &format!("http://{served}/graphql"));
    workshop.set("TOKEN", &user.token);
    workshop
}
