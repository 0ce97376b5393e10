//! The explorer as somebody meets it: in a real browser, driven by `tests/explorer`.

use std::process::Command;

use serde_json::{Value, json};

use crate::{TestUser, chromium::chromium, live::Served, node};

/// Visits the explorer of a served app with somebody's token, and gives what they got.
pub async fn visit(served: &Served, user: &TestUser) -> Value {
    let asked = json!({ "chromium": chromium(), "base": format!("http://{}", served.address), "token": user.token });
    node::script("explorer", "visit.mjs", &[&asked.to_string()]).await
}

/// Makes the explorer's files anew from the sources in this folder, with the packages of its lock file. Panics with what went wrong.
pub fn build(source: &std::path::Path) {
    node::packages(source);
    let built = Command::new("node").arg("build.mjs").current_dir(source).output();
    let built = built.expect("node to start");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}
