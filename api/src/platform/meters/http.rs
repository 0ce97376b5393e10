//! Requests by route and status, and GraphQL operations by type, name and outcome.

use std::{sync::Arc, time::Duration};

use prometheus_client::registry::Registry;

use super::{Counters, Timings, names::Names, register_seconds, seconds, timings};

/// Requests of any kind.
#[derive(Debug, Clone)]
pub struct HttpMeters {
    requests: Counters<3>,
    seconds: Timings<1>,
}

impl Default for HttpMeters {
    fn default() -> Self {
        Self {
            requests: Counters::default(),
            seconds: timings(),
        }
    }
}

impl HttpMeters {
    /// Counts a request that was answered. `route` is the template of its path, never the path.
    pub fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let of_route = [("route", route.to_owned())];
        self.seconds.get_or_create(&of_route).observe(seconds(took));
        let [route] = of_route;
        let labels = [("method", method.to_owned()), route, ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "postmortem_http_requests",
            "HTTP requests that were answered",
            self.requests.clone(),
        );
        register_seconds(
            registry,
            "postmortem_http_request_duration",
            "How long it took until the answer of an HTTP request began",
            self.seconds.clone(),
        );
    }
}

/// GraphQL operations, by whatever transport they came.
#[derive(Debug, Clone)]
pub struct GraphqlMeters {
    operations: Counters<3>,
    seconds: Timings<2>,
    names: Arc<Names>,
}

impl Default for GraphqlMeters {
    fn default() -> Self {
        Self {
            operations: Counters::default(),
            seconds: timings(),
            names: Arc::default(),
        }
    }
}

/// What is counted of an operation.
#[derive(Debug, Clone, Copy)]
pub struct Operation<'a> {
    /// query, mutation or subscription; unknown when it could not be read.
    pub kind: &'static str,
    /// Its name, if it has one.
    pub name: Option<&'a str>,
    /// The code of its first error, or OK.
    pub outcome: &'a str,
    /// Whether it was run, with errors or without.
    pub was_run: bool,
}

impl GraphqlMeters {
    /// Counts an operation that was answered; a subscription when it began.
    pub fn answered(&self, operation: Operation<'_>, took: Duration) {
        let kind = ("type", operation.kind.to_owned());
        let name = ("operation", self.names.label(operation.name, operation.was_run));
        self.seconds
            .get_or_create(&[kind.clone(), name.clone()])
            .observe(seconds(took));
        let labels = [kind, name, ("code", operation.outcome.to_owned())];
        self.operations.get_or_create(&labels).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "postmortem_graphql_operations",
            "GraphQL operations that were answered, by the code of their first error; OK: none",
            self.operations.clone(),
        );
        register_seconds(
            registry,
            "postmortem_graphql_operation_duration",
            "How long GraphQL operations took; a subscription until it had begun",
            self.seconds.clone(),
        );
    }
}
