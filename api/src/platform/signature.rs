//! Signatures of webhooks by Standard Webhooks 1.0.0: HMAC-SHA256 over id, time and body, so that none of them can be changed.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use ring::hmac;

use super::{error::Error, secret::Secret};

/// How a secret begins, so that people and secret scanners know one when they see it.
const PREFIX: &str = "whsec_";
/// How a signature of this kind begins.
const VERSION: &str = "v1,";
/// How far the clocks of the two sides may differ.
const TOLERANCE_SECONDS: i64 = 5 * 60;

/// A new secret: 32 random bytes.
pub fn fresh() -> Result<Secret, Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(Secret::new(format!("{PREFIX}{}", BASE64_STANDARD.encode(bytes))))
}

fn key(secret: &Secret) -> Option<hmac::Key> {
    let text = secret.reveal().trim();
    let bytes = BASE64_STANDARD.decode(text.strip_prefix(PREFIX).unwrap_or(text)).ok()?;
    (!bytes.is_empty()).then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn content(id: &str, seconds: i64, body: &[u8]) -> Vec<u8> {
    let mut content = format!("{id}.{seconds}.").into_bytes();
    content.extend_from_slice(body);
    content
}

/// The header `webhook-signature`: one signature for each secret.
pub fn sign(secrets: &[Secret], id: &str, at: DateTime<Utc>, body: &[u8]) -> Result<String, Error> {
    let content = content(id, at.timestamp(), body);
    let one = |secret: &Secret| {
        let key = key(secret).ok_or_else(|| Error::internal("a stored secret is no key"))?;
        let tag = hmac::sign(&key, &content);
        Ok(format!("{VERSION}{}", BASE64_STANDARD.encode(tag.as_ref())))
    };
    let signatures: Result<Vec<String>, Error> = secrets.iter().map(one).collect();
    Ok(signatures?.join(" "))
}

/// What a receiver is shown.
pub struct Signed<'a> {
    /// The header `webhook-id`.
    pub id: &'a str,
    /// The header `webhook-timestamp`.
    pub timestamp: &'a str,
    /// The header `webhook-signature`.
    pub signatures: &'a str,
    /// The body as it came.
    pub body: &'a [u8],
}

impl Signed<'_> {
    /// Checks it as a receiver should. The error is a sentence.
    pub fn verify(&self, secret: &Secret, now: DateTime<Utc>) -> Result<(), &'static str> {
        let key = key(secret).ok_or("The secret is none: expected whsec_ and base64.")?;
        let seconds: i64 = self
            .timestamp
            .parse()
            .map_err(|_| "The header webhook-timestamp is no number.")?;
        if seconds.abs_diff(now.timestamp()) > TOLERANCE_SECONDS.unsigned_abs() {
            return Err("The header webhook-timestamp is more than five minutes off.");
        }
        let content = content(self.id, seconds, self.body);
        let matches = |signature: &str| {
            let tag = signature
                .strip_prefix(VERSION)
                .and_then(|text| BASE64_STANDARD.decode(text).ok());
            tag.is_some_and(|tag| hmac::verify(&key, &content, &tag).is_ok())
        };
        if self.signatures.split(' ').any(matches) {
            Ok(())
        } else {
            Err("No signature fits: the secret is another, or something was changed on the way.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn a_known_signature() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        let signed = sign(std::slice::from_ref(&secret), id, at, body).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn one_flipped_bit_fails() {
        let (secret, other) = (fresh().unwrap(), fresh().unwrap());
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let body = br#"{"type":"incident.created"}"#;
        let signatures = sign(&[other, secret.clone()], "evt_1", at, body).unwrap();
        let check = |id: &str, timestamp: &str, signatures: &str, body: &[u8]| {
            let signed = Signed {
                id,
                timestamp,
                signatures,
                body,
            };
            signed.verify(&secret, at)
        };
        assert_eq!(check("evt_1", "1800000000", &signatures, body), Ok(()));
        for bit in 0..body.len() * 8 {
            let mut flipped = body.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(
                check("evt_1", "1800000000", &signatures, &flipped).is_err(),
                "bit {bit}"
            );
        }
        assert!(check("evt_0", "1800000000", &signatures, body).is_err());
        assert!(check("evt_1", "1800000001", &signatures, body).is_err());
        assert!(check("evt_1", "1800000600", &signatures, body).is_err());
        assert!(check("evt_1", "soon", &signatures, body).is_err());
        assert!(check("evt_1", "1800000000", &signatures.replace("v1,", "v2,"), body).is_err());
    }
}
