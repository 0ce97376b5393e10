//! Signatures of what goes out to webhooks and of what trackers send in: only what was signed is taken, whatever the headers are.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::enums::TrackerKind;
use postmortem_api::{
    platform::{
        secret::Secret,
        signature::{Signed, sign},
    },
    trackers::{
        model::{Connection, StatusMap},
        service::remote::{Hook, provider},
    },
};
use ring::hmac;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const INBOUND: &str = "a word that the tracker was given";
const KINDS: [TrackerKind; 5] = [
    TrackerKind::Github,
    TrackerKind::Gitlab,
    TrackerKind::Jira,
    TrackerKind::Linear,
    TrackerKind::Redmine,
];

/// Four lines and a body: a key, an id, a time, what stands in the header of the signature; and changes to a genuine one, two bytes
/// each, by place and letter, as far as the last line goes.
pub fn check(data: &[u8]) {
    let mut parts = data.splitn(5, |byte| *byte == b'\n');
    let mut next = || parts.next().unwrap_or_default();
    let [key, id, time, header] = std::array::from_fn(|_| String::from_utf8_lossy(next()).into_owned());
    let body = next();
    outgoing(&key, &id, &time, &header, body);
    for kind in KINDS {
        incoming(kind, &id, &header, body);
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_614_265_330, 0).expect("an instant")
}

fn outgoing(key: &str, id: &str, time: &str, header: &str, body: &[u8]) {
    let secret = Secret::new(SECRET.to_owned());
    let genuine = sign(std::slice::from_ref(&secret), id, now(), body).expect("a signature");
    let signed = |timestamp, signatures, body| Signed {
        id,
        timestamp,
        signatures,
        body,
    };
    let at = now().timestamp().to_string();
    assert!(
        signed(&at, &genuine, body).verify(&secret, now()).is_ok(),
        "a genuine signature is refused"
    );
    let longer = [body, b"."].concat();
    assert!(
        signed(&at, &genuine, &longer).verify(&secret, now()).is_err(),
        "a longer body is taken"
    );
    let is_same = header.split(' ').any(|one| one == genuine);
    assert_eq!(
        signed(&at, header, body).verify(&secret, now()).is_ok(),
        is_same,
        "{header} for {genuine}"
    );
    let changed = changed(&genuine, body);
    assert!(
        changed == genuine || signed(&at, &changed, body).verify(&secret, now()).is_err(),
        "{changed} for {genuine}"
    );
    // Whatever the key is: nothing but an answer.
    let _ = signed(time, header, body).verify(&Secret::new(key.to_owned()), now());
    let _ = sign(&[Secret::new(key.to_owned())], id, now(), body);
}

/// What a header is after the changes that bytes stand for.
fn changed(genuine: &str, changes: &[u8]) -> String {
    let mut bytes = genuine.as_bytes().to_vec();
    for change in changes.rchunks_exact(2).take(3) {
        let place = usize::from(change[0]) % bytes.len();
        if change[1].is_ascii_graphic() {
            bytes[place] = change[1];
        }
    }
    String::from_utf8(bytes).expect("ASCII")
}

fn incoming(kind: TrackerKind, id: &str, header: &str, body: &[u8]) {
    let secret = Secret::new(INBOUND.to_owned());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, INBOUND.as_bytes()), body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let (name, genuine) = match kind {
        TrackerKind::Github => ("x-hub-signature-256", format!("sha256={hex}")),
        TrackerKind::Gitlab => ("x-gitlab-token", INBOUND.to_owned()),
        TrackerKind::Jira => ("x-hub-signature", format!("sha256={hex}")),
        TrackerKind::Linear => ("linear-signature", hex),
        TrackerKind::Redmine => ("x-redmine", hex),
    };
    let provider = provider(kind);
    let is_taken = |value: &str| {
        let headers = BTreeMap::from([
            (name.to_owned(), value.to_owned()),
            ("x-github-delivery".to_owned(), id.to_owned()),
        ]);
        let hook = Hook {
            headers: &headers,
            body,
        };
        let _ = (provider.delivery)(&hook);
        (provider.is_genuine)(&hook, &secret)
    };
    // Redmine sends nothing, so nothing is Redmine's.
    assert_eq!(
        is_taken(&genuine),
        kind != TrackerKind::Redmine,
        "{kind:?} does not know its own"
    );
    for value in [header.to_owned(), changed(&genuine, body)] {
        assert!(
            !is_taken(&value) || value.eq_ignore_ascii_case(&genuine),
            "{kind:?} takes {value} for {genuine}"
        );
    }
    if let Ok(notice) = serde_json::from_slice(body) {
        let _ = (provider.told)(&connection(kind), &notice);
    }
}

fn connection(kind: TrackerKind) -> Connection {
    Connection {
        kind,
        name: "Widgets".to_owned(),
        base_url: "https://tracker.example".to_owned(),
        project: "acme/widgets".to_owned(),
        auto_create: false,
        is_enabled: true,
        includes_restricted: false,
        statuses: StatusMap((provider(kind).statuses)()),
        people: Vec::new(),
    }
}
