//! What the parts of the engine take for one request, without a database: a document that is new, one that is known, its validation,
//! its price, and an answer of fifty rows as JSON.
//! `cargo bench -p postmortem-tests --bench engine`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark fails by panicking"
)]

use async_graphql::{Request, Response, Value, Variables};
use criterion::{BatchSize, Criterion};
use postmortem_api::{
    http::graphql::{DocumentLimits, Documents, Known, payload, read_document},
    platform::settings::Settings,
    schema::{checker::Checker, pricer::Pricer},
};
use serde_json::json;

/// The page that `make bench` asks for, too.
const OVERDUE: &str = include_str!("../../bench/runner/queries/overdue.graphql");

/// For texts that are named by their hash; not used here.
const PERSISTED_BYTES: usize = 1 << 20;

fn request() -> Request {
    Request::new(OVERDUE)
}

/// Reads the document of a request, and gives the request back.
fn read(documents: &Documents, limits: &DocumentLimits) -> Request {
    let mut request = request();
    read_document(&mut request, OVERDUE.len(), limits, documents).expect("a document");
    request
}

/// An answer to it.
fn answer(rows: usize) -> Response {
    let row = |number: usize| {
        json!({
            "key": format!("REC-{number}"),
            "title": "Alert on the age of the oldest message in the queue, not on its length",
            "status": "IN_PROGRESS",
            "priority": "P1",
            "dueOn": "2026-03-02",
            "owner": { "name": "Ada Lovelace" },
            "team": { "slug": "payments" },
            "rootCauses": { "nodes": [{ "title": "Nobody was told that the queue stood still" }] },
            "report": { "key": "PM-2026-0001", "title": "Payments were late for two hours" },
        })
    };
    let nodes: Vec<_> = (0..rows).map(row).collect();
    let data =
        json!({ "recommendations": { "nodes": nodes, "pageInfo": { "hasNextPage": true, "endCursor": "WzFd" } } });
    Response::new(Value::from_json(data).expect("a value"))
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let limits = DocumentLimits::default();
    let mut group = criterion.benchmark_group("overdue page");
    group.bench_function("document, new", |bencher| {
        let documents = || Documents::new(PERSISTED_BYTES, None);
        bencher.iter_batched_ref(documents, |documents| read(documents, &limits), BatchSize::SmallInput);
    });
    let documents = Documents::new(PERSISTED_BYTES, None);
    group.bench_function("document, known", |bencher| bencher.iter(|| read(&documents, &limits)));
    let read = read(&documents, &limits);
    let known = Known::of(&read).expect("a known document");
    let checker = Checker::new(&Settings::default());
    group.bench_function("validation", |bencher| {
        bencher.iter(|| {
            let errors = checker.errors(known.document.clone(), None);
            assert!(errors.is_empty(), "{errors:?}");
        });
    });
    let pricer = Pricer::new();
    group.bench_function("price", |bencher| {
        bencher.iter(|| {
            pricer
                .price(known.document.clone(), None, Variables::default())
                .expect("a price")
        });
    });
    let answer = answer(50);
    group.bench_function("answer as JSON", |bencher| {
        bencher.iter(|| payload(&answer).expect("JSON"))
    });
    group.finish();
    criterion.final_summary();
}
