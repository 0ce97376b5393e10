//! Settings: by flag, by environment variable, by a TOML file, by default, in that order of precedence.
//!
//! Every setting stands once, in the table below; the flags, the variables and `docs/configuration.md` follow from it. A key
//! that is not in the table, or a value that cannot be read, stops the start with a sentence that names it.

use std::{fmt, net::SocketAddr, path::PathBuf};

use chrono::NaiveDate;
use chrono_tz::Tz;
use figment::{
    Figment, Profile,
    providers::{Env, Format, Serialized, Toml},
    value::{Dict, Value},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{client_settings, oidc_settings::OidcIssuer, seal, secret::Secret, telemetry, unread_settings::sentence};

/// The file that is read when no other is named, if it is there.
const DEFAULT_FILE: &str = "postmortem.toml";

/// More threads the library starts for nobody.
pub const MOST_WORKERS: usize = 512;

macro_rules! settings {
    ($($(#[doc = $help:literal])+ $name:ident: $type:ty = $default:expr;)+) => {
        /// All settings, checked. Some are secrets, or hold one, as the address of a database does: they show themselves to nobody.
        #[derive(Clone, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Settings {
            $($(#[doc = $help])+ pub $name: $type,)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl fmt::Debug for Settings {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("Settings").finish_non_exhaustive()
            }
        }

        /// The same settings as flags.
        #[derive(Clone, Default, clap::Args)]
        #[command(next_help_heading = "Settings")]
        pub struct Flags {
            /// Read settings from this TOML file [env: POSTMORTEM_CONFIG] [default: postmortem.toml, if it exists]
            #[arg(long, global = true, value_name = "FILE")]
            pub config: Option<PathBuf>,
            $($(#[doc = $help])+ #[arg(long, global = true, value_name = "VALUE")] pub $name: Option<String>,)+
        }

        impl fmt::Debug for Flags {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("Flags").field("config", &self.config).finish_non_exhaustive()
            }
        }

        impl Flags {
            /// The settings that were given as flags: name and text.
            pub fn given(&self) -> Vec<(&'static str, &str)> {
                let mut given = Vec::new();
                $(if let Some(value) = &self.$name { given.push((stringify!($name), value.as_str())); })+
                given
            }
        }

        /// Name and help of every setting, for the documentation.
        pub const TABLE: &[(&str, &str)] = &[$((stringify!($name), concat!($($help),+)),)+];
    };
}

settings! {
    #[doc = "The database: sqlite://FILE or postgres://USER:PASSWORD@HOST/DATABASE."]
    database_url: String = "sqlite://postmortem.db".to_owned();
    #[doc = "The address to serve on."]
    listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080));
    #[doc = "The address under which people reach this service; links in answers start with it. Left out: http:// and the address it listens on."]
    public_url: String = String::new();
    #[doc = "The organisation's time zone (IANA name). It decides which day today is, and so what is overdue."]
    time_zone: Tz = Tz::UTC;
    #[doc = "What to log, in the notation of tracing: a level, or target=level pairs."]
    log: String = "info,actix_server=warn,sea_orm_migration=warn,sqlx=warn,sqlx_core::pool=error".to_owned();
    #[doc = "Worker threads that answer requests, at most 512; 0 takes one for each processor."]
    workers: usize = 0;
    #[doc = "Database connections of each worker thread."]
    database_connections: u32 = 5;
    #[doc = "PostgreSQL ends a statement that runs longer, in milliseconds: at most 86400000; 0: no limit."]
    statement_timeout_ms: u64 = 15_000;
    #[doc = "Connections of clients that a process has open, at most; who comes then waits for one to close."]
    max_connections: usize = 10_000;
    #[doc = "How long the head of the first request of a connection may take to arrive, in milliseconds."]
    header_timeout_ms: u64 = 5_000;
    #[doc = "Requests that a process works on at a time."]
    concurrent_requests: usize = 256;
    #[doc = "Requests that may wait for their turn; more are refused at once. 0: none waits."]
    queued_requests: usize = 1_024;
    #[doc = "How long a request may wait for its turn, in milliseconds."]
    queue_timeout_ms: u64 = 2_000;
    #[doc = "A request is stopped after this time, in milliseconds."]
    request_timeout_ms: u64 = 10_000;
    #[doc = "The largest request body, in bytes."]
    body_limit_bytes: usize = 1_048_576;
    #[doc = "How deeply a query may nest."]
    query_depth: usize = 20;
    #[doc = "How many fields a query may ask for; the fields of a list count once for each row of its page."]
    query_complexity: usize = 20_000;
    #[doc = "How many aliases a request may use."]
    query_aliases: usize = 100;
    #[doc = "Whether the schema may be asked for; off, nobody may, admins and gateways included."]
    introspection: bool = true;
    #[doc = "How long an Idempotency-Key and the answer under it are kept, in hours."]
    idempotency_hours: u32 = 24;
    #[doc = "The longest answer that is kept under an Idempotency-Key, in bytes."]
    idempotency_answer_bytes: usize = 65_536;
    #[doc = "Memory for automatic persisted queries, in bytes; 0: there are none."]
    persisted_query_bytes: usize = 4_194_304;
    #[doc = "Memory for results of follow-through that still hold, in bytes; 0: every question is counted anew."]
    analytics_cache_bytes: usize = 33_554_432;
    #[doc = "A list that takes so long to count, in milliseconds, is counted anew only after events that may alter its count."]
    slow_count_ms: u64 = 10;
    #[doc = "A manifest of documents, or a directory of manifests and .graphql files. When it is given, these documents run and nothing else."]
    trusted_documents: Option<PathBuf> = None;
    #[doc = "When verified work is reviewed for its effect: days after the verification."]
    effectiveness_review_days: Vec<u16> = vec![90, 180];
    #[doc = "Days on which nobody works, such as 2026-12-25. Due policies in business days pass over them."]
    holidays: Vec<NaiveDate> = Vec::new();
    #[doc = "When to remind of what is due, where no due policy says: days before the due date."]
    remind_days_before: Vec<u16> = vec![1, 3];
    #[doc = "When to escalate what is late, where no due policy says: days after the due date."]
    escalate_days_after: Vec<u16> = vec![7];
    #[doc = "Whether tokens of the built-in issuer are accepted and made."]
    builtin_issuer: bool = true;
    #[doc = "OpenID Connect issuers whose tokens are accepted, and where people may sign in."]
    oidc_issuers: Vec<OidcIssuer> = Vec::new();
    #[doc = "How long a browser stays signed in, in hours."]
    session_hours: u32 = 12;
    #[doc = "Requests a minute of one user or token; 0: no limit."]
    requests_per_minute: u32 = 3_000;
    #[doc = "Requests a minute from one address; 0: no limit."]
    requests_per_minute_per_address: u32 = 6_000;
    #[doc = "Failed sign-ins a minute from one address; 0: no limit."]
    failed_sign_ins_per_minute: u32 = 20;
    #[doc = "Proxies whose X-Forwarded-For is believed, as networks such as 10.0.0.0/8 or 127.0.0.1/32."]
    trusted_proxies: Vec<IpNet> = Vec::new();
    #[doc = "What secrets that must be shown to others are sealed with: 32 random bytes in base64, the same for every process. Left out: a file beside the embedded database; on PostgreSQL there are no webhooks then."]
    sealing_key: Option<Secret> = None;
    #[doc = "Whether webhooks may go to http:// addresses."]
    webhook_allow_http: bool = false;
    #[doc = "Networks that are not public and to which webhooks may go all the same, such as 10.20.0.0/16."]
    webhook_allowed_networks: Vec<IpNet> = Vec::new();
    #[doc = "How long a delivery of a webhook is kept that arrived or was given up, in days."]
    delivery_retention_days: u32 = 30;
    #[doc = "How long it is kept what each attempt of a delivery that is done got for an answer, in days; no longer than the delivery."]
    attempt_retention_days: u32 = 30;
    #[doc = "How long it is known which notices of trackers were received, in days."]
    notice_retention_days: u32 = 7;
    #[doc = "Hosts that a public edition of a report may link to, such as status.example.org; their subdomains too. All other links are taken out."]
    public_hosts: Vec<String> = Vec::new();
    #[doc = "Ends of the names of hosts that a public edition of a report must not name, besides our own."]
    internal_hosts: Vec<String> = ["internal", "intranet", "local", "localdomain", "lan", "corp", "home", "private", "svc", "arpa"].map(str::to_owned).to_vec();
    #[doc = "Sockets and event streams that one user or token may have open; 0: none, which switches live updates off."]
    live_connections: usize = 20;
    #[doc = "Operations that may run at once on one socket or event stream."]
    live_operations: usize = 50;
    #[doc = "How long a new socket may take to say who it is, in milliseconds."]
    live_init_timeout_ms: u64 = 3_000;
    #[doc = "How often an open socket or event stream hears that it is still open, and whether its sign-in still holds, in milliseconds."]
    live_keep_alive_ms: u64 = 12_000;
    #[doc = "How many events a subscription may lag behind before it is ended."]
    live_backlog: usize = 1_000;
    #[doc = "Whether /metrics is served."]
    metrics: bool = true;
    #[doc = "The token that whoever reads /metrics shows as `Authorization: Bearer …`. Left out: only this machine may read it, and only while public_url names this machine."]
    metrics_token: Option<Secret> = None;
    #[doc = "An address of its own for /metrics, which is then served nowhere else."]
    metrics_listen: Option<SocketAddr> = None;
    #[doc = "How old what /metrics says of the database may be, in seconds."]
    metrics_max_age_seconds: u32 = 30;
    #[doc = "Where traces are sent by OTLP over HTTP, such as http://127.0.0.1:4318; left out: nowhere."]
    otlp_endpoint: String = String::new();
    #[doc = "Headers that go with traces, as name=value,name=value."]
    otlp_headers: Option<Secret> = None;
    #[doc = "What this service is called in traces."]
    otlp_service_name: String = "postmortem".to_owned();
    #[doc = "The share of requests that are traced, 0 to 1; a request that says that it is traced is."]
    otlp_sample_ratio: f64 = 1.0;
}

impl Settings {
    /// Reads all sources. The error is a sentence for the person who starts the service.
    pub fn load(flags: &Flags) -> Result<Self, String> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        figment = match flags.config.clone().or_else(config_from_environment) {
            Some(file) if !file.is_file() => {
                return Err(format!("The settings file {} does not exist.", file.display()));
            }
            Some(file) => figment.merge(Toml::file_exact(file)),
            None => figment.merge(Toml::file(DEFAULT_FILE)),
        };
        figment = figment
            .merge(Env::raw().only(&["DATABASE_URL"]))
            .merge(Env::raw().filter_map(|key| of_others(key.as_str()).map(Into::into)))
            .merge(Env::prefixed("POSTMORTEM_").filter(|key| {
                let is_of_client = client_settings::NAMES.iter().any(|name| key == *name);
                key != "config" && !key.starts_with("test_") && !is_of_client
            }));
        let mut from_flags = Dict::new();
        for (name, text) in flags.given() {
            // The same reading of numbers and lists as for environment variables.
            let value = text.parse::<Value>().unwrap_or_else(|never| match never {});
            from_flags.insert(name.to_owned(), value);
        }
        figment = figment.merge(Serialized::from(from_flags, Profile::Default));
        let settings: Self = figment.extract().map_err(|problem| sentence(&problem))?;
        settings.check()
    }

    /// Refuses what cannot work, and fills in what follows from the rest.
    pub fn check(self) -> Result<Self, String> {
        super::db::Databases::new(&self.database_url, 1, 0).map_err(|problem| format!("database_url: {problem}."))?;
        let public_url = match self.public_url.trim_end_matches('/') {
            "" => format!("http://{}", self.listen),
            given => super::text::url("public_url", given)
                .map_err(|_| "public_url: expected a link such as https://postmortem.example.org.".to_owned())?,
        };
        if self.workers > MOST_WORKERS {
            return Err(format!(
                "workers: at most {MOST_WORKERS}; 0 takes one for each processor."
            ));
        }
        if self.database_connections < 2 {
            return Err("database_connections: at least 2 are needed.".to_owned());
        }
        for (name, least) in [
            ("max_connections", self.max_connections),
            ("concurrent_requests", self.concurrent_requests),
            (
                "header_timeout_ms",
                usize::try_from(self.header_timeout_ms).unwrap_or(1),
            ),
            (
                "request_timeout_ms",
                usize::try_from(self.request_timeout_ms).unwrap_or(1),
            ),
            ("body_limit_bytes", self.body_limit_bytes),
            ("query_depth", self.query_depth),
            ("query_complexity", self.query_complexity),
        ] {
            if least == 0 {
                return Err(format!("{name}: at least 1."));
            }
        }
        if !(1..=720).contains(&self.idempotency_hours) {
            return Err("idempotency_hours: from 1 to 720, which is 30 days.".to_owned());
        }
        if self.idempotency_answer_bytes > 4_194_304 {
            return Err("idempotency_answer_bytes: at most 4194304.".to_owned());
        }
        if !(1..=8_760).contains(&self.session_hours) {
            return Err("session_hours: from 1 to 8760, which is a year.".to_owned());
        }
        if self.live_keep_alive_ms == 0 || self.live_init_timeout_ms == 0 {
            return Err("live_keep_alive_ms and live_init_timeout_ms: at least 1.".to_owned());
        }
        if !(1..=100_000).contains(&self.live_backlog) {
            return Err("live_backlog: from 1 to 100000 events.".to_owned());
        }
        for (name, days) in [
            ("delivery_retention_days", self.delivery_retention_days),
            ("attempt_retention_days", self.attempt_retention_days),
            ("notice_retention_days", self.notice_retention_days),
        ] {
            if !(1..=3_650).contains(&days) {
                return Err(format!("{name}: from 1 to 3650 days."));
            }
        }
        if self.statement_timeout_ms > 86_400_000 {
            return Err("statement_timeout_ms: at most 86400000, which is a day; 0 is no limit.".to_owned());
        }
        for (name, days) in [
            ("remind_days_before", &self.remind_days_before),
            ("escalate_days_after", &self.escalate_days_after),
        ] {
            if days.len() > 10 || days.iter().any(|days| *days > 365) {
                return Err(format!("{name}: up to 10 numbers from 0 to 365."));
            }
        }
        // Tools that start containers set a variable that was left out to nothing.
        let sealing_key = self.sealing_key.filter(|key| !key.reveal().is_empty());
        if sealing_key.as_ref().is_some_and(|key| !seal::is_key(key.reveal())) {
            return Err("sealing_key: expected 32 bytes in base64; `openssl rand -base64 32` makes them.".to_owned());
        }
        let metrics_token = self.metrics_token.filter(|token| !token.reveal().is_empty());
        let is_token =
            |token: &Secret| token.reveal().len() >= 16 && token.reveal().bytes().all(|byte| byte.is_ascii_graphic());
        if metrics_token.as_ref().is_some_and(|token| !is_token(token)) {
            return Err(
                "metrics_token: expected at least 16 letters, digits and signs; `openssl rand -hex 32` makes them."
                    .to_owned(),
            );
        }
        if self.metrics_listen == Some(self.listen) {
            return Err(
                "metrics_listen: expected another address than that of listen; leave it out to use the same."
                    .to_owned(),
            );
        }
        if self.metrics_max_age_seconds > 3_600 {
            return Err("metrics_max_age_seconds: at most 3600, which is an hour.".to_owned());
        }
        let otlp_headers = self.otlp_headers.filter(|headers| !headers.reveal().is_empty());
        traces_are_sendable(&self.otlp_endpoint, otlp_headers.as_ref(), self.otlp_sample_ratio)?;
        let trusted_documents = self.trusted_documents.filter(|path| !path.as_os_str().is_empty());
        let mut oidc_issuers: Vec<OidcIssuer> = Vec::new();
        for (position, issuer) in self.oidc_issuers.into_iter().enumerate() {
            let issuer = issuer
                .check()
                .map_err(|problem| format!("oidc_issuers, number {}: {problem}.", position + 1))?;
            if oidc_issuers.iter().any(|other| other.issuer == issuer.issuer) {
                return Err(format!("oidc_issuers: {} is there twice; name it once.", issuer.issuer));
            }
            oidc_issuers.push(issuer);
        }
        if !self.builtin_issuer && oidc_issuers.is_empty() {
            return Err(
                "builtin_issuer: without it nobody could sign in; name an issuer in oidc_issuers first.".to_owned(),
            );
        }
        let mut holidays = self.holidays;
        holidays.sort_unstable();
        holidays.dedup();
        Ok(Self {
            public_url,
            holidays,
            oidc_issuers,
            sealing_key,
            metrics_token,
            otlp_headers,
            trusted_documents,
            ..self
        })
    }
}

/// Variables by which all programs are told where traces go.
fn of_others(variable: &str) -> Option<&'static str> {
    match variable.to_ascii_uppercase().as_str() {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("otlp_endpoint"),
        "OTEL_EXPORTER_OTLP_HEADERS" => Some("otlp_headers"),
        "OTEL_SERVICE_NAME" => Some("otlp_service_name"),
        _ => None,
    }
}

#[allow(clippy::disallowed_methods, reason = "the one sanctioned place")]
fn config_from_environment() -> Option<PathBuf> {
    std::env::var_os("POSTMORTEM_CONFIG").map(PathBuf::from)
}

fn traces_are_sendable(endpoint: &str, headers: Option<&Secret>, ratio: f64) -> Result<(), String> {
    let is_address =
        |url: url::Url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none();
    if !endpoint.is_empty() && !url::Url::parse(endpoint).is_ok_and(is_address) {
        return Err("otlp_endpoint: expected an address such as http://127.0.0.1:4318.".to_owned());
    }
    if headers.is_some_and(|headers| telemetry::headers(headers.reveal()).is_none()) {
        return Err("otlp_headers: expected name=value,name=value.".to_owned());
    }
    if !(0.0..=1.0).contains(&ratio) {
        return Err("otlp_sample_ratio: from 0 to 1.".to_owned());
    }
    Ok(())
}
