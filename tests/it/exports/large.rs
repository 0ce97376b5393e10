//! The binary sends a hundred thousand recommendations in constant memory.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use entity::enums::Role;
use postmortem_tests::{
    Engine, TestApp,
    processes::{Killed, answers_well, free_address, raw},
};
use serde_json::json;

use crate::settings_and_cli::binary;

const COUNT: usize = 100_000;
/// How much more memory an export may take, in kilobytes.
const MOST: u64 = 100_000;

/// A figure of the memory of a process, in kilobytes.
fn memory(process: &Killed, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.0.id())).expect("a process");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .expect("the figure");
    let figure = line.trim_start_matches(':').trim().trim_end_matches(" kB");
    figure.parse().expect("a number")
}

async fn streams(engine: Engine) {
    let app = TestApp::new(engine).await;
    let ada = app.user("Ada", Role::Member).await;
    let report = app.report(&ada, json!({})).await;
    app.many_recommendations(report.id.parse().unwrap(), COUNT).await;
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let child = Command::new(binary())
        .args(["api", "--listen", &address, "--workers", "1"])
        .env_clear()
        .env("DATABASE_URL", &app.app.settings.database_url)
        .env(
            "POSTMORTEM_SEALING_KEY",
            app.app.settings.sealing_key.as_ref().unwrap().reveal(),
        )
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let process = Killed(child);
    answers_well(&format!("http://{address}/readyz")).await;

    let token = format!("Bearer {}", ada.token);
    let auth = ("Authorization", token.as_str());
    // It has answered an export before, so that what a first one loads does not count.
    raw(&address, "/export/recommendations.csv?dueBefore=2026-01-02", &[auth]).await;
    let before = memory(&process, "VmRSS");
    let whole = raw(&address, "/export/recommendations.csv", &[auth]).await;
    let most = memory(&process, "VmHWM");
    assert!(
        whole.len() > 100_000_000,
        "only {} bytes: nothing would be told by them",
        whole.len()
    );
    assert!(whole.ends_with(b"\r\n0\r\n\r\n"), "it was cut off");
    let text = String::from_utf8_lossy(&whole);
    assert_eq!(text.matches("/recommendations/MANY-").count(), COUNT);
    drop(text);
    drop(whole);
    let grown = most.saturating_sub(before);
    assert!(grown < MOST, "it grew by {grown} kB, from {before} kB");

    compressed(&address, auth).await;
    drop(process);
    app.finish().await;
}

/// The same, smaller.
async fn compressed(address: &str, auth: (&str, &str)) {
    let path = "/export/recommendations.ndjson?dueBefore=2026-01-11";
    let plain = raw(address, path, &[auth]).await;
    let packed = raw(address, path, &[auth, ("Accept-Encoding", "gzip")]).await;
    let head = |bytes: &[u8]| {
        let end = bytes.windows(4).position(|part| part == b"\r\n\r\n").expect("a head");
        String::from_utf8_lossy(&bytes[..end]).to_lowercase()
    };
    assert!(!head(&plain).contains("content-encoding"), "{}", head(&plain));
    assert!(head(&packed).contains("content-encoding: gzip"), "{}", head(&packed));
    assert!(
        packed.len() * 5 < plain.len(),
        "{} bytes of {}",
        packed.len(),
        plain.len()
    );
    let mut unpack = Command::new("gzip")
        .args(["-dc"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gzip");
    let mut input = unpack.stdin.take().unwrap();
    let body = unchunked(&packed);
    let writing = std::thread::spawn(move || input.write_all(&body));
    let output = unpack.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, unchunked(&plain));
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 2_000);
}

/// The body of an answer that came in chunks.
fn unchunked(answer: &[u8]) -> Vec<u8> {
    let start = answer.windows(4).position(|part| part == b"\r\n\r\n").expect("a head") + 4;
    let (mut rest, mut body) = (&answer[start..], Vec::new());
    loop {
        let end = rest.windows(2).position(|part| part == b"\r\n").expect("a length");
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).expect("a length");
        if length == 0 {
            return body;
        }
        body.extend(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 4 + length..];
    }
}

#[actix_web::test]
async fn a_hundred_thousand_take_no_more_memory_on_sqlite() {
    streams(Engine::Sqlite).await;
}

#[actix_web::test]
async fn a_hundred_thousand_take_no_more_memory_on_postgres() {
    streams(Engine::Postgres).await;
}
