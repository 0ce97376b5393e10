//! What every bearer JWT must be, whoever signed it: checked before a key is looked for, and by our clock.
//!
//! The rules follow the JWT best current practices (RFC 8725): the algorithm is one that we expect of this issuer, keys come
//! from the issuer and never from the token, each name stands once, and a token for another purpose is no access token.

use std::{collections::BTreeMap, fmt};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::Value;

/// No token of ours or of a sane issuer is longer.
const MAX_BYTES: usize = 16 * 1024;
/// How far two clocks may differ.
const LEEWAY_SECONDS: i64 = 60;
/// What `typ` may say. A logout token, say, is signed by the same key for the same audience.
const TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];
/// Header fields that bring a key along or change what is signed.
const REFUSED_FIELDS: [&str; 8] = ["crit", "b64", "zip", "enc", "jwk", "jku", "x5u", "x5c"];

/// Why a token is refused; the caller is told the second only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Anything that is wrong with it.
    Invalid,
    /// It was good once.
    Expired,
}

/// A JSON object in which every name stands once.
#[derive(Debug, Clone, Default)]
pub struct Object(BTreeMap<String, Value>);

impl Object {
    /// A text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Any value. A name with dots, such as `realm_access.roles`, looks into objects when there is no such name itself.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| {
            let mut parts = name.split('.');
            let first = self.0.get(parts.next()?)?;
            parts.try_fold(first, |value, part| value.get(part))
        })
    }

    /// Seconds since 1970; a fraction is cut off.
    #[allow(clippy::cast_possible_truncation, reason = "a float is clamped into the range")]
    fn seconds(&self, name: &str) -> Result<Option<i64>, Refused> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_i64()
                .or_else(|| value.as_f64().map(|seconds| seconds as i64))
                .map(Some)
                .ok_or(Refused::Invalid),
        }
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Object;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object in which every name stands once")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if fields.insert(name, value).is_some() {
                        return Err(A::Error::custom("a name stands twice"));
                    }
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Once)
    }
}

/// A token that is well formed. Nothing that it says is to be believed yet.
pub struct Unverified<'a> {
    token: &'a str,
    /// How it says it is signed.
    pub algorithm: Algorithm,
    /// Which key it says it is signed with.
    pub key_id: Option<String>,
    /// Who it says it is from.
    pub issuer: String,
    claims: Object,
}

fn part(text: &str) -> Result<Object, Refused> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| Refused::Invalid)?;
    serde_json::from_slice(&bytes).map_err(|_| Refused::Invalid)
}

impl<'a> Unverified<'a> {
    /// Its text.
    pub fn text(&self) -> &'a str {
        self.token
    }

    /// Reads a token.
    pub fn read(token: &'a str) -> Result<Self, Refused> {
        if token.len() > MAX_BYTES {
            return Err(Refused::Invalid);
        }
        let parts: Vec<&str> = token.split('.').collect();
        let [header, claims, _] = parts.as_slice() else {
            return Err(Refused::Invalid);
        };
        let (header, claims) = (part(header)?, part(claims)?);
        if REFUSED_FIELDS.iter().any(|name| header.get(name).is_some()) {
            return Err(Refused::Invalid);
        }
        if let Some(kind) = header.get("typ") {
            let kind = kind.as_str().unwrap_or_default().to_ascii_lowercase();
            if !TYPES.contains(&kind.as_str()) {
                return Err(Refused::Invalid);
            }
        }
        let algorithm = header.text("alg").and_then(|name| name.parse().ok());
        let key_id = match header.get("kid") {
            None => None,
            Some(Value::String(id)) => Some(id.clone()),
            Some(_) => return Err(Refused::Invalid),
        };
        Ok(Self {
            token,
            algorithm: algorithm.ok_or(Refused::Invalid)?,
            key_id,
            issuer: claims.text("iss").ok_or(Refused::Invalid)?.to_owned(),
            claims,
        })
    }

    /// What it says, if this key signed it, for one of these audiences, and it is good at `now`.
    pub fn verify(self, key: &DecodingKey, audiences: &[String], now: DateTime<Utc>) -> Result<Verified, Refused> {
        let mut validation = Validation::new(self.algorithm);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(audiences);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Checked below, by the injected clock; the library would read the machine's.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        decode::<Object>(self.token, key, &validation).map_err(|_| Refused::Invalid)?;
        let now = now.timestamp();
        let expiry = self.claims.seconds("exp")?.ok_or(Refused::Invalid)?;
        if expiry.saturating_add(LEEWAY_SECONDS) <= now {
            return Err(Refused::Expired);
        }
        let issued = self.claims.seconds("iat")?;
        for begin in [self.claims.seconds("nbf")?, issued].into_iter().flatten() {
            if begin.saturating_sub(LEEWAY_SECONDS) > now {
                return Err(Refused::Invalid);
            }
        }
        let subject = self.claims.text("sub").filter(|subject| !subject.is_empty());
        Ok(Verified {
            issuer: self.issuer,
            subject: subject.ok_or(Refused::Invalid)?.to_owned(),
            expires_at: DateTime::from_timestamp(expiry, 0).unwrap_or(DateTime::<Utc>::MAX_UTC),
            issued_at: issued.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
            claims: self.claims,
        })
    }
}

/// A token that may be believed.
pub struct Verified {
    /// Who signed it.
    pub issuer: String,
    /// Who it speaks of, in the issuer's words.
    pub subject: String,
    /// When it stops being good.
    pub expires_at: DateTime<Utc>,
    /// When it was made, if it says.
    pub issued_at: Option<DateTime<Utc>>,
    /// All that it says.
    pub claims: Object,
}
