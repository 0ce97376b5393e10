//! Signatures of webhooks by Standard Webhooks 1.0.0 over id, time and body, so that none of them can be changed: `v1`, an
//! HMAC-SHA256 for whoever has the secret, and `v1a`, an Ed25519 signature for whoever has the public key.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use ring::{
    hmac,
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};

use super::{
    error::Error,
    secret::{Secret, random},
};

/// How a secret begins, so that people and secret scanners know one when they see it.
const SECRET: &str = "whsec_";
/// How the private half of a pair begins.
const PRIVATE: &str = "whsk_";
/// How the public half of a pair begins.
const PUBLIC: &str = "whpk_";
/// How a signature by a secret begins.
const BY_SECRET: &str = "v1,";
/// How a signature by a private key begins.
const BY_PAIR: &str = "v1a,";
/// How far the clocks of the two sides may differ.
const TOLERANCE_SECONDS: i64 = 5 * 60;
/// How long a public key is.
const PUBLIC_BYTES: usize = 32;

/// What signs for one receiver.
pub struct Keys {
    /// Shown once to who may verify, and could also sign.
    pub secret: Secret,
    /// Shown to nobody.
    private: Secret,
    /// Shown to anybody: it verifies and cannot sign.
    pub public: String,
}

impl Keys {
    /// New ones, of 32 random bytes each.
    pub fn fresh() -> Result<Self, Error> {
        let seed = random::<32>()?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| no_key())?;
        Ok(Self {
            secret: named(SECRET, &random::<32>()?),
            private: named(PRIVATE, &seed),
            public: format!("{PUBLIC}{}", BASE64_STANDARD.encode(pair.public_key())),
        })
    }

    /// What is to be sealed of them.
    pub fn in_one(&self) -> Secret {
        Secret::new(format!("{} {}", self.secret.reveal(), self.private.reveal()))
    }
}

/// The signing keys of what was sealed.
pub fn each_of(sealed: &Secret) -> Vec<Secret> {
    let each = sealed.reveal().split(' ');
    each.map(|key| Secret::new(key.to_owned())).collect()
}

fn named(beginning: &str, bytes: &[u8]) -> Secret {
    Secret::new(format!("{beginning}{}", BASE64_STANDARD.encode(bytes)))
}

fn no_key() -> Error {
    Error::internal("a stored key is none")
}

fn hmac_key(text: &str) -> Option<hmac::Key> {
    let bytes = BASE64_STANDARD.decode(text.strip_prefix(SECRET).unwrap_or(text)).ok()?;
    (!bytes.is_empty()).then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn content(id: &str, seconds: i64, body: &[u8]) -> Vec<u8> {
    let mut content = format!("{id}.{seconds}.").into_bytes();
    content.extend_from_slice(body);
    content
}

/// The header `webhook-signature`: one signature for each key.
pub fn sign(keys: &[Secret], id: &str, at: DateTime<Utc>, body: &[u8]) -> Result<String, Error> {
    let content = content(id, at.timestamp(), body);
    let one = |key: &Secret| match key.reveal().strip_prefix(PRIVATE) {
        Some(seed) => {
            let seed = BASE64_STANDARD.decode(seed).map_err(|_| no_key())?;
            let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| no_key())?;
            Ok(format!("{BY_PAIR}{}", BASE64_STANDARD.encode(pair.sign(&content))))
        }
        None => {
            let tag = hmac::sign(&hmac_key(key.reveal()).ok_or_else(no_key)?, &content);
            Ok(format!("{BY_SECRET}{}", BASE64_STANDARD.encode(tag)))
        }
    };
    let signatures: Result<Vec<String>, Error> = keys.iter().map(one).collect();
    Ok(signatures?.join(" "))
}

/// What a receiver verifies with.
enum Verifier {
    Secret(hmac::Key),
    Public(UnparsedPublicKey<Vec<u8>>),
}

impl Verifier {
    fn read(text: &str) -> Option<Self> {
        match text.trim().strip_prefix(PUBLIC) {
            Some(public) => {
                let bytes = BASE64_STANDARD.decode(public).ok()?;
                (bytes.len() == PUBLIC_BYTES).then(|| Self::Public(UnparsedPublicKey::new(&ED25519, bytes)))
            }
            None => hmac_key(text.trim()).map(Self::Secret),
        }
    }

    fn takes(&self, signature: &str, content: &[u8]) -> bool {
        let beginning = match self {
            Self::Secret(_) => BY_SECRET,
            Self::Public(_) => BY_PAIR,
        };
        let signature = signature
            .strip_prefix(beginning)
            .and_then(|text| BASE64_STANDARD.decode(text).ok());
        signature.is_some_and(|signature| match self {
            Self::Secret(key) => hmac::verify(key, content, &signature).is_ok(),
            Self::Public(key) => key.verify(content, &signature).is_ok(),
        })
    }
}

fn verifier(key: &Secret) -> Result<Verifier, &'static str> {
    Verifier::read(key.reveal()).ok_or("The secret is none: expected whsec_ or whpk_, and base64.")
}

/// Whether anything could be verified with this. The error is a sentence.
pub fn check(key: &Secret) -> Result<(), &'static str> {
    verifier(key).map(drop)
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
    /// Checks it as a receiver should, by a secret or a public key. The error is a sentence.
    pub fn verify(&self, key: &Secret, now: DateTime<Utc>) -> Result<(), &'static str> {
        let verifier = verifier(key)?;
        let seconds: i64 = self
            .timestamp
            .parse()
            .map_err(|_| "The header webhook-timestamp is no number.")?;
        if seconds.abs_diff(now.timestamp()) > TOLERANCE_SECONDS.unsigned_abs() {
            return Err("The header webhook-timestamp is more than five minutes off.");
        }
        let content = content(self.id, seconds, self.body);
        if self.signatures.split(' ').any(|one| verifier.takes(one, &content)) {
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
        let (keys, others) = (Keys::fresh().unwrap(), Keys::fresh().unwrap());
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let body = br#"{"type":"incident.created"}"#;
        let signing = [each_of(&others.in_one()), each_of(&keys.in_one())].concat();
        let signatures = sign(&signing, "evt_1", at, body).unwrap();
        for key in [keys.secret, Secret::new(keys.public)] {
            only_what_was_signed_fits(&key, at, &signatures, body);
        }
        let mine = each_of(&Keys::fresh().unwrap().in_one());
        let signatures = sign(&mine, "evt_1", at, body).unwrap();
        let signed = Signed {
            id: "evt_1",
            timestamp: "1800000000",
            signatures: &signatures,
            body,
        };
        assert!(signed.verify(&Secret::new(others.public), at).is_err());
        assert!(signed.verify(&Secret::new("whpk_AAAA".to_owned()), at).is_err());
    }

    fn only_what_was_signed_fits(key: &Secret, at: DateTime<Utc>, signatures: &str, body: &[u8]) {
        let check = |id: &str, timestamp: &str, signatures: &str, body: &[u8]| {
            let signed = Signed {
                id,
                timestamp,
                signatures,
                body,
            };
            signed.verify(key, at)
        };
        assert_eq!(check("evt_1", "1800000000", signatures, body), Ok(()));
        for bit in 0..body.len() * 8 {
            let mut flipped = body.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(check("evt_1", "1800000000", signatures, &flipped).is_err(), "bit {bit}");
        }
        assert!(check("evt_0", "1800000000", signatures, body).is_err());
        assert!(check("evt_1", "1800000001", signatures, body).is_err());
        assert!(check("evt_1", "1800000600", signatures, body).is_err());
        assert!(check("evt_1", "soon", signatures, body).is_err());
        assert!(check("evt_1", "1800000000", &signatures.replace("v1", "v2"), body).is_err());
    }
}
