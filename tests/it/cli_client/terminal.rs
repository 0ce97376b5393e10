//! What a person sees: as wide as the terminal, and coloured only there.

use std::process::Command;

use postmortem_tests::{Receiver, receiver::status};
use serde_json::json;

use super::{Asker, node, page, said};
use crate::settings_and_cli::binary;

const TITLE: &str = "Alert on the age of the oldest message in the queue, and not on its length, which says little";

fn receiver() -> Receiver {
    let receiver = Receiver::new();
    let nodes = json!([node("REC-1", TITLE), node("REC-1000", "日本語のタイトル")]);
    receiver.otherwise(
        status(200)
            .header("content-type", "application/json")
            .body(page(nodes, None)),
    );
    receiver
}

/// Runs it in a terminal of so many columns, which `script` makes, and gives what the terminal was sent.
async fn on_terminal(asker: &Asker, columns: u16, variables: &[(&str, &str)]) -> String {
    let line = format!("stty rows 40 cols {columns}; exec '{}' overdue", binary().display());
    let mut command = Command::new("script");
    command
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", asker.folder.path())
        .env("TERM", "xterm")
        .env("POSTMORTEM_URL", &asker.url)
        .env("POSTMORTEM_TOKEN", &asker.token)
        .envs(variables.iter().copied())
        .stdin(std::process::Stdio::null());
    let said = said(command).await;
    said.ok().replace('\r', "")
}

fn width(line: &str) -> usize {
    line.chars().map(|letter| if letter > '\u{2e80}' { 2 } else { 1 }).sum()
}

#[actix_web::test]
async fn a_table_fits_the_terminal() {
    let receiver = receiver();
    let asker = Asker::new(&receiver.url, "pm_x");
    for (columns, shown, hidden) in [
        (
            160,
            &["KEY", "DUE", "LATE", "OWNER", "TEAM", "PRI", "SEV", "TITLE"][..],
            &[][..],
        ),
        (70, &["KEY", "DUE", "LATE", "OWNER", "TITLE"], &["SEV"]),
        (40, &["KEY", "DUE", "LATE", "TITLE"], &["SEV", "PRI", "TEAM", "OWNER"]),
    ] {
        let text = on_terminal(&asker, columns, &[("NO_COLOR", "1")]).await;
        assert!(!text.contains('\u{1b}'), "NO_COLOR: {text:?}");
        for line in text.lines() {
            assert!(width(line) <= usize::from(columns), "{columns}: {line:?} in\n{text}");
        }
        let head: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
        assert_eq!(
            head.iter().filter(|name| shown.contains(name)).count(),
            shown.len(),
            "{columns}: {head:?}"
        );
        assert!(!head.iter().any(|name| hidden.contains(name)), "{columns}: {head:?}");
        let words: Vec<&str> = TITLE.split(' ').collect();
        assert!(
            words.iter().all(|word| text.contains(word)),
            "{columns}: something is cut off\n{text}"
        );
    }
}

#[actix_web::test]
async fn colours_are_for_terminals() {
    let receiver = receiver();
    let asker = Asker::new(&receiver.url, "pm_x");
    let coloured = on_terminal(&asker, 120, &[]).await;
    assert!(coloured.contains("\u{1b}["), "{coloured:?}");
    assert!(
        on_terminal(&asker, 120, &[("NO_COLOR", "")]).await.contains("\u{1b}["),
        "an empty NO_COLOR says nothing"
    );
    assert!(!on_terminal(&asker, 120, &[("TERM", "dumb")]).await.contains('\u{1b}'));
    let piped = asker.run(&["overdue"]).await;
    assert!(!piped.ok().contains('\u{1b}'), "{piped:?}");
    let line = piped.out.lines().find(|line| line.starts_with("REC-1 "));
    assert!(
        line.is_some_and(|line| line.ends_with(TITLE)),
        "a line of a pipe is broken: {piped:?}"
    );
}
