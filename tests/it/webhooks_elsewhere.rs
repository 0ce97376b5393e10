//! What we send is taken by the official libraries of Standard Webhooks and by the samples of docs/webhooks.md; what was altered is
//! not.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use entity::enums::Role;
use postmortem_api::platform::clock::{Clock, SystemClock};
use postmortem_tests::{
    Engine, Receiver, TestApp,
    receiver::Received,
    standard_webhooks::{node_takes, python_takes},
};
use serde_json::{Value, json};

#[path = "fixtures/webhooks/verify.rs"]
mod sample;

const SAMPLES: [(&str, &str); 5] = [
    ("python", include_str!("fixtures/webhooks/verify.py")),
    ("javascript", include_str!("fixtures/webhooks/verify.mjs")),
    ("javascript", include_str!("fixtures/webhooks/verify-public.mjs")),
    ("rust", include_str!("fixtures/webhooks/verify.rs")),
    ("sh", include_str!("fixtures/webhooks/verify.sh")),
];

fn case(secret: &str, request: &Received, change: impl FnOnce(&mut Value)) -> Value {
    let mut case = json!({
        "secret": secret,
        "headers": {
            "webhook-id": request.header("webhook-id"),
            "webhook-timestamp": request.header("webhook-timestamp"),
            "webhook-signature": request.header("webhook-signature"),
        },
        "body": request.body,
    });
    change(&mut case);
    case
}

/// Another text, one bit away.
fn flip(value: &mut Value, position: usize) {
    let mut bytes = value.as_str().unwrap().as_bytes().to_vec();
    bytes[position] ^= 1;
    *value = json!(String::from_utf8(bytes).unwrap());
}

fn shell_takes(case: &Value) -> bool {
    let text = |pointer: &str| case.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let mut process = Command::new("sh")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/it/fixtures/webhooks/verify.sh"))
        .args([
            text("/secret"),
            text("/headers/webhook-id"),
            text("/headers/webhook-timestamp"),
            text("/headers/webhook-signature"),
        ])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh and openssl");
    // It may have refused before it reads.
    let _ = process.stdin.take().unwrap().write_all(text("/body").as_bytes());
    process.wait().unwrap().success()
}

#[actix_web::test]
async fn others_take_what_we_send_and_nothing_else() {
    let app = TestApp::new(Engine::Sqlite).await;
    // The libraries read the clock of the machine.
    app.clock.set(SystemClock.now());
    let ada = app.user("Ada", Role::Admin).await;
    let receiver = Receiver::new();
    let endpoint = app.endpoint(&ada, &receiver, json!({})).await;
    app.report(&ada, json!({ "title": "Ünïcode \u{1f4a5} \"quoted\"" }))
        .await;
    app.send_webhooks().await;
    let before = receiver.received().pop().unwrap();
    let public_key = async || {
        app.shown_endpoint(&ada, &endpoint, "publicKey").await["publicKey"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let old_public = public_key().await;
    let rotated = app
        .mutate(&ada, "rotateWebhookSecret", json!({ "id": endpoint.id }), "secret")
        .await;
    let (old, new) = (endpoint.secret.clone(), rotated.text("/secret"));
    app.report(&ada, json!({})).await;
    app.send_webhooks().await;
    let during = receiver.received().pop().unwrap();
    let new_public = public_key().await;
    app.finish().await;

    let same = |_: &mut Value| {};
    let good = [
        case(&old, &before, same),
        case(&old, &during, same),
        case(&new, &during, same),
    ];
    let bad = [
        case(&new, &before, same),
        case(&old, &before, |case| flip(&mut case["body"], 0)),
        case(&old, &before, |case| {
            let last = case["body"].as_str().unwrap().len() - 1;
            flip(&mut case["body"], last);
        }),
        case(&new, &during, |case| flip(&mut case["body"], 20)),
        case(&old, &before, |case| flip(&mut case["headers"]["webhook-id"], 5)),
        case(&old, &before, |case| flip(&mut case["headers"]["webhook-timestamp"], 9)),
        case(&old, &before, |case| flip(&mut case["headers"]["webhook-signature"], 7)),
    ];
    let all: Vec<Value> = good.iter().chain(&bad).cloned().collect();
    let expected: Vec<bool> = (0..all.len()).map(|position| position < good.len()).collect();
    let both: Vec<[bool; 2]> = expected.iter().map(|taken| [*taken; 2]).collect();
    assert_eq!(node_takes(&json!(all)), json!(both), "Node: the library, our sample");
    assert_eq!(
        python_takes(&json!(all)),
        json!(both),
        "Python: the library, our sample"
    );
    let by_shell: Vec<bool> = all.iter().map(shell_takes).collect();
    assert_eq!(by_shell, expected, "the shell");
    by_public_key(&before, &during, &old_public, &new_public);
    let now = SystemClock.now().timestamp();
    let by_rust = all.iter().map(|case| {
        let text = |pointer: &str| case.pointer(pointer).unwrap().as_str().unwrap();
        let (id, timestamp) = (text("/headers/webhook-id"), text("/headers/webhook-timestamp"));
        sample::verify(
            text("/secret"),
            id,
            timestamp,
            text("/headers/webhook-signature"),
            text("/body").as_bytes(),
            now,
        )
    });
    assert_eq!(by_rust.collect::<Vec<_>>(), expected, "Rust");
}

fn by_public_key(before: &Received, during: &Received, old: &str, new: &str) {
    let same = |_: &mut Value| {};
    let all = [
        case(old, before, same),
        case(old, during, same),
        case(new, during, same),
        case(new, before, same),
        case(old, before, |case| flip(&mut case["body"], 0)),
        case(old, before, |case| flip(&mut case["headers"]["webhook-id"], 5)),
        case(new, during, |case| flip(&mut case["headers"]["webhook-timestamp"], 9)),
    ];
    let verdicts = [true, true, true, false, false, false, false].map(|taken| [taken; 2]);
    assert_eq!(node_takes(&json!(all)), json!(verdicts), "Node, by the public key");
}

/// What is tested is what is shown.
#[test]
fn the_samples_stand_in_the_documentation() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/webhooks.md");
    let text = std::fs::read_to_string(path).expect("docs/webhooks.md");
    for (language, sample) in SAMPLES {
        assert!(
            text.contains(&format!("```{language}\n{sample}```")),
            "copy the sample for {language} from tests/it/fixtures/webhooks into docs/webhooks.md"
        );
    }
}
