//! Choosing between the two media types of GraphQL over HTTP by the `Accept` header.
//!
//! `application/json` is the older one: it is what callers without preference get (no header, `*/*`), and there an error
//! found before execution is still a 200. `application/graphql-response+json` must be asked for by name.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, HeaderMap};

use super::errors::code;
use super::refusal::Refusal;

/// The media type of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`
    Json,
    /// `application/graphql-response+json`
    GraphqlResponse,
}

impl Media {
    /// The value of `Content-Type`.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }

    const fn subtype(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::GraphqlResponse => "graphql-response+json",
        }
    }
}

/// How much a caller wants a media type: first the q-value in thousandths, then how exactly it was named.
type Wish = (u16, u8);

/// Picks the media type, or refuses with 406 if the caller can read neither.
pub(super) fn negotiate(headers: &HeaderMap) -> Result<Media, Refusal> {
    let ranges: Vec<&str> = headers
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|range| !range.is_empty())
        .collect();
    if ranges.is_empty() {
        return Ok(Media::Json);
    }
    let json = wish_for(Media::Json, &ranges);
    let graphql = wish_for(Media::GraphqlResponse, &ranges);
    if json.0 == 0 && graphql.0 == 0 {
        return Err(Refusal::new(
            StatusCode::NOT_ACCEPTABLE,
            code::VALIDATION_FAILED,
            "Answers are application/graphql-response+json or application/json; name one of them in Accept.",
        ));
    }
    // Named alike, the newer type wins; a mere wildcard never does.
    let named = graphql.1 == EXACT;
    Ok(if named && graphql >= json || json.0 == 0 {
        Media::GraphqlResponse
    } else {
        Media::Json
    })
}

const EXACT: u8 = 3;

/// The most specific range that covers the type decides, as RFC 9110 §12.5.1 says, so `*/*, application/json;q=0`
/// excludes JSON.
fn wish_for(media: Media, ranges: &[&str]) -> Wish {
    let mut best: Wish = (0, 0);
    for range in ranges {
        let mut parts = range.split(';').map(str::trim);
        let Some((kind, subtype)) = parts.next().and_then(|name| name.split_once('/')) else {
            continue;
        };
        let exactness = match (kind, subtype) {
            ("*", "*") => 1,
            (kind, "*") if kind.eq_ignore_ascii_case("application") => 2,
            (kind, subtype)
                if kind.eq_ignore_ascii_case("application") && subtype.eq_ignore_ascii_case(media.subtype()) =>
            {
                EXACT
            }
            _ => continue,
        };
        if exactness > best.1 {
            best = (quality(parts), exactness);
        }
    }
    best
}

/// `q=0.9` in thousandths; a missing or unreadable one counts as 1.
fn quality<'a>(parameters: impl Iterator<Item = &'a str>) -> u16 {
    let value = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .and_then(|(_, value)| value.trim().parse::<f32>().ok())
        .filter(|value| value.is_finite())
        .unwrap_or(1.0);
    // In range by the clamp, so the conversion can neither wrap nor saturate.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let thousandths = (value.clamp(0.0, 1.0) * 1000.0) as u16;
    thousandths
}
