//! Traces by OTLP: spans of requests, operations, statements and calls, sent in batches by a thread of their own.
//!
//! Nobody waits for the collector. A span that ends is put in a queue of bounded length; what does not fit, or cannot be sent, is
//! lost. A span never holds what people wrote: no variables, no values of statements, no addresses of requests.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context, KeyValue, global,
    propagation::{Extractor, TextMapPropagator},
    trace::{Span as _, SpanKind, Status, TraceContextExt, Tracer, TracerProvider},
};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use tracing::{Span, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, Registry, filter::filter_fn};

use crate::platform::{
    clock::{Clock, SystemClock},
    settings::Settings,
};

/// What our spans are known by; those of libraries are not sent.
const OURS: &str = "postmortem_api";
/// How long a call to the collector may take, and how long the end of the process waits for the last one.
const TIME: Duration = Duration::from_secs(5);
/// The longest statement that is sent.
const SQL_CHARS: usize = 2_000;

/// Whether anything is traced: what costs something asks first.
static IS_ON: AtomicBool = AtomicBool::new(false);

/// The way to the collector, as long as the process runs.
pub struct Traces(SdkTracerProvider);

/// `name=value,name=value`, as other programs take it too.
pub(in crate::platform) fn headers(text: &str) -> Option<HashMap<String, String>> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let (name, value) = (name.trim(), value.trim());
            let is_name = !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
            let is_value = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            (is_name && is_value).then(|| (name.to_owned(), value.to_owned()))
        })
        .collect()
}

impl Traces {
    /// As the settings say; none when they name no collector. Asks nobody whether it is there.
    pub fn open(settings: &Settings) -> Result<Option<Self>, String> {
        if settings.otlp_endpoint.is_empty() {
            return Ok(None);
        }
        // Fails when it has been done before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = format!("{}/v1/traces", settings.otlp_endpoint.trim_end_matches('/'));
        let given = settings.otlp_headers.as_ref().map(|given| given.reveal());
        let headers = headers(given.unwrap_or_default()).unwrap_or_default();
        // Its client waits in the thread that sends, and may not be made where nobody may wait.
        let made = std::thread::spawn(move || {
            let client = reqwest::blocking::Client::builder()
                .timeout(TIME)
                .redirect(reqwest::redirect::Policy::none())
                .user_agent(concat!("postmortem/", env!("CARGO_PKG_VERSION")))
                .build()
                .map_err(|problem| problem.to_string())?;
            SpanExporter::builder()
                .with_http()
                .with_protocol(Protocol::HttpBinary)
                .with_endpoint(url)
                .with_headers(headers)
                .with_timeout(TIME)
                .with_http_client(client)
                .build()
                .map_err(|problem| problem.to_string())
        });
        let unusable = |problem: &str| format!("otlp_endpoint: traces cannot be sent: {problem}.");
        let exporter = made
            .join()
            .map_err(|_| unusable("the client could not be made"))?
            .map_err(|problem| unusable(&problem))?;
        let resource = Resource::builder()
            .with_service_name(settings.otlp_service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let by_chance = Sampler::TraceIdRatioBased(settings.otlp_sample_ratio);
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(by_chance)))
            .with_resource(resource)
            .build();
        global::set_tracer_provider(provider.clone());
        IS_ON.store(true, Ordering::Relaxed);
        Ok(Some(Self(provider)))
    }

    /// What makes spans of ours into spans that are sent.
    pub(super) fn layer(&self) -> impl Layer<Registry> + Send + Sync + use<> {
        let ours = filter_fn(|about| about.is_span() && about.target().starts_with(OURS));
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(OURS))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(ours.with_max_level_hint(LevelFilter::INFO))
    }

    /// Sends what is left, for a few seconds at most.
    pub fn flush(self) {
        if let Err(problem) = self.0.shutdown_with_timeout(TIME) {
            tracing::warn!(%problem, "the last traces could not be sent");
        }
    }
}

/// The headers by which a request says that it belongs to a trace.
#[derive(Debug, Clone, Copy)]
pub struct Parent<'a> {
    /// `traceparent`.
    pub trace: Option<&'a str>,
    /// `tracestate`.
    pub state: Option<&'a str>,
}

impl Extractor for Parent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => self.trace,
            "tracestate" => self.state,
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}

/// Makes a span part of the trace that a request says it belongs to (W3C traceparent).
pub fn continue_trace(span: &Span, parent: Parent<'_>) {
    if IS_ON.load(Ordering::Relaxed) {
        // Fails for a span that is not traced, which has no place in any trace.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&parent));
    }
}

/// Calls a span something else in its trace, once it is known what. Logs keep its own name.
pub fn name(span: &Span, name: String) {
    if IS_ON.load(Ordering::Relaxed) {
        span.context().span().update_name(name);
    }
}

/// Says that what a span stands for has failed.
pub fn failed(span: &Span) {
    if IS_ON.load(Ordering::Relaxed) {
        span.context().span().set_status(Status::error(""));
    }
}

/// Notes a statement that has just been run, as a part of what runs now. Its text has places for values, and no values.
pub fn statement(sql: &str, took: Duration, failed: bool) {
    if !IS_ON.load(Ordering::Relaxed) {
        return;
    }
    let parent = Context::current();
    if !parent.span().span_context().is_sampled() {
        return;
    }
    let end: SystemTime = SystemClock.now().into();
    let begin = end.checked_sub(took).unwrap_or(end);
    let verb = sql.split_whitespace().next().unwrap_or("SQL").to_uppercase();
    let text: String = sql.chars().take(SQL_CHARS).collect();
    let tracer = global::tracer(OURS);
    let mut span = tracer
        .span_builder(Cow::Owned(verb))
        .with_kind(SpanKind::Client)
        .with_start_time(begin)
        .with_attributes([KeyValue::new("db.query.text", text)])
        .start_with_context(&tracer, &parent);
    if failed {
        span.set_status(Status::error("the statement failed"));
    }
    span.end_with_timestamp(end);
}
