//! Completions, the manual, and the document about all this, whose every command runs.

use std::{fs, process::Command};

use postmortem_tests::{
    documents::{document, snippets},
    on_both_databases,
};

use super::{Asker, said};
use crate::{demo::load, settings_and_cli::binary};

const COMMANDS: [&str; 21] = [
    "serve",
    "api",
    "worker",
    "health",
    "migrate",
    "backup",
    "restore",
    "copy",
    "anonymize",
    "demo",
    "import",
    "export",
    "report",
    "token",
    "listen",
    "schema",
    "overdue",
    "mine",
    "items",
    "completions",
    "man",
];

#[actix_web::test]
async fn shells_complete_every_command() {
    let asker = Asker::new("http://127.0.0.1:9", "pm_x");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = said(asker.bare(&["completions", shell])).await;
        // Those for Elvish and PowerShell list no values.
        let lists_values = !["elvish", "powershell"].contains(&shell);
        let values = ["ndjson", "in-progress"].into_iter().filter(|_| lists_values);
        for word in COMMANDS.into_iter().chain(["--fail-if-any", "--format"]).chain(values) {
            let word = if shell == "fish" {
                word.trim_start_matches("--")
            } else {
                word
            };
            assert!(script.ok().contains(word), "{shell} does not complete {word}");
        }
    }
    // A real shell reads it, and knows then what may follow.
    let script = said(asker.bare(&["completions", "bash"])).await;
    fs::write(asker.folder.path().join("completions"), script.ok()).unwrap();
    let mut bash = Command::new("bash");
    let ask = "set -eu; . ./completions; COMP_WORDS=(postmortem items --st); COMP_CWORD=2; _postmortem postmortem --st items; echo \"${COMPREPLY[@]}\"";
    bash.args(["-c", ask]).current_dir(asker.folder.path());
    assert_eq!(said(bash).await.ok(), "--status\n");
    let unknown = said(asker.bare(&["completions", "cmd"])).await;
    assert_eq!(unknown.code, 2);
}

#[actix_web::test]
async fn the_manual_has_a_page_for_every_command() {
    let asker = Asker::new("http://127.0.0.1:9", "pm_x");
    let folder = asker.folder.path().join("share/man1");
    // The first time makes the folder, and the second finds it.
    for _ in 0..2 {
        said(asker.bare(&["man", "--directory", "share/man1"])).await.ok();
    }
    let names = COMMANDS.map(|command| format!("postmortem-{command}"));
    for name in names.iter().map(String::as_str).chain(["postmortem"]) {
        let page = fs::read_to_string(folder.join(format!("{name}.1"))).expect(name);
        for part in [".TH", ".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS"] {
            assert!(page.contains(part), "{name} has no {part}");
        }
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), COMMANDS.len() + 1);
    let page = said(asker.bare(&["man", "overdue"])).await;
    assert!(
        page.ok().contains("fail\\-if\\-any") && page.out.contains("POSTMORTEM_TOKEN"),
        "{page:?}"
    );
    assert!(
        !page.out.contains("database\\-url"),
        "a page of the service's settings: {page:?}"
    );
    let program = said(asker.bare(&["man"])).await;
    assert!(program.ok().contains("postmortem\\-overdue(1)"), "{program:?}");
    assert!(
        said(asker.bare(&["man", "nothing"]))
            .await
            .refusal()
            .contains("\"nothing\"")
    );
}

on_both_databases! {
    /// Somebody who copies them, one after another, on a machine of their own.
    async fn the_commands_of_the_document_run(app) {
        let token = load(app).await.token;
        let served = app.serve();
        let asker = Asker::new(format!("http://{served}"), &token);
        let blocks = snippets(&document("cli.md"), "sh");
        assert!(blocks.len() >= 5, "{blocks:?}");
        let path = format!("{}:/usr/bin:/bin", binary().parent().unwrap().display());
        for block in blocks {
            let block = block.replace("https://postmortem.example.org", &asker.url);
            let mut bash = Command::new("bash");
            bash.args(["-euo", "pipefail", "-c", &block])
                .env_clear()
                .env("PATH", &path)
                .env("HOME", asker.folder.path())
                .env("TOKEN", &token)
                .current_dir(asker.folder.path());
            let ran = said(bash).await;
            assert_eq!(ran.code, 0, "{block}\n{ran:?}");
            assert!(!format!("{}{}", ran.out, ran.err).contains(&token), "{block} prints the token");
        }
        let review = fs::read_to_string(asker.folder.path().join("overdue.csv")).expect("a file that the document makes");
        assert!(review.lines().count() > 5, "{review}");
    }
}
