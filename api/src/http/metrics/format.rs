//! The two text formats: that of Prometheus, and OpenMetrics for whoever would rather have it.

use std::fmt;

use actix_web::http::header::{ACCEPT, HeaderMap};
use prometheus_client::{
    encoding::{prometheus_text, text},
    registry::Registry,
};

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Prometheus,
    OpenMetrics,
}

impl Format {
    /// What the caller likes best; that of Prometheus for everybody who says nothing of it.
    pub(super) fn wanted(headers: &HeaderMap) -> Self {
        let (mut open, mut plain) = (0.0_f32, 0.0_f32);
        let given = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok());
        for range in given.flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts
                .find_map(|part| part.strip_prefix("q=")?.parse().ok())
                .unwrap_or(1.0);
            match media.as_str() {
                "application/openmetrics-text" => open = open.max(weight),
                "text/plain" | "text/*" | "*/*" => plain = plain.max(weight),
                _ => {}
            }
        }
        if open > 0.0 && open >= plain {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// One registry after the other.
    pub(super) fn write<'a>(self, registries: impl Iterator<Item = &'a Registry>) -> Result<String, fmt::Error> {
        let mut out = String::new();
        for registry in registries {
            match self {
                Self::Prometheus => prometheus_text::encode(&mut out, registry)?,
                Self::OpenMetrics => text::encode_registry(&mut out, registry)?,
            }
        }
        if self == Self::OpenMetrics {
            text::encode_eof(&mut out)?;
        }
        Ok(out)
    }
}
