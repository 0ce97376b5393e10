//! A real browser: Debian's Chromium, driven by `tests/browser`.

use std::process::Command;

use anyhow::Result;
use serde_json::json;

use crate::{
    TestUser,
    live::Served,
    node,
    postgres::install::{answers, debian, turn},
};

/// The names under which systems install it.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

fn installed() -> Option<&'static str> {
    PROGRAMS.into_iter().find(|program| answers(program, "--version"))
}

fn find() -> Result<String> {
    // Several tests may want it at once, and half a browser is none.
    let _turn = turn("chromium")?;
    let program = if let Some(program) = installed() {
        program
    } else {
        debian(
            &["chromium", "fonts-liberation"],
            "some tests look at pages in a real browser, which needs Chromium",
        )?;
        PROGRAMS[0]
    };
    let path = Command::new("which").arg(program).output()?;
    Ok(String::from_utf8_lossy(&path.stdout).trim().to_owned())
}

/// The path of Chromium, which is installed as root on Debian. Panics elsewhere with a sentence that says what is missing.
pub fn chromium() -> String {
    match find() {
        Ok(path) => path,
        Err(error) => panic!("{error:#}"),
    }
}

/// Opens paths of a served app as somebody, on a wide and a narrow screen, light and dark. Gives what is wrong with what they show: serious
/// faults of accessibility, a page that is wider than its screen, requests to elsewhere, and errors.
pub async fn look(served: &Served, user: &TestUser, paths: &[String]) -> Vec<String> {
    let asked = json!({
        "chromium": chromium(), "base": format!("http://{}", served.address), "token": user.token, "paths": paths,
    });
    let found = node::script("browser", "look.mjs", &[&asked.to_string()]).await;
    let found = found.as_array().unwrap_or_else(|| panic!("no list: {found}"));
    found
        .iter()
        .map(|found| {
            format!(
                "{}: {}",
                found["page"].as_str().unwrap_or_default(),
                found["problem"].as_str().unwrap_or_default()
            )
        })
        .collect()
}
