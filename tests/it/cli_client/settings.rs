//! Where the server and the token come from, and where they never go.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use postmortem_tests::{Receiver, receiver::status};
use serde_json::json;

use super::{Asker, Said, page, said};

/// A server that has nothing to list.
fn empty() -> Receiver {
    let receiver = Receiver::new();
    receiver.otherwise(
        status(200)
            .header("content-type", "application/json")
            .body(page(json!([]), None)),
    );
    receiver
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

const USUAL: &str = ".config/postmortem/client.toml";

/// Who the last request was from.
fn shown(receiver: &Receiver) -> String {
    let received = receiver.received();
    received
        .last()
        .map(|request| request.header("authorization").to_owned())
        .unwrap_or_default()
}

#[actix_web::test]
async fn flags_win_over_variables_and_variables_over_the_file() {
    let (one, two) = (empty(), empty());
    let asker = Asker::new(&two.url, "pm_variable");
    let folder = asker.folder.path();
    write(
        folder,
        USUAL,
        &format!("url = \"{}/graphql\"\ntoken = \"pm_file\"\n", one.url),
    );
    write(folder, "token", "pm_typed\n");

    assert_eq!(said(asker.bare(&["items", "--format", "json"])).await.ok(), "[]\n");
    assert_eq!((shown(&one), two.count()), ("Bearer pm_file".to_owned(), 0));
    asker.run(&["items"]).await.ok();
    assert_eq!(shown(&two), "Bearer pm_variable");
    asker
        .run(&["items", "--url", &one.url, "--token-file", "token"])
        .await
        .ok();
    assert_eq!(shown(&one), "Bearer pm_typed");

    // A file that is named, and in it one with the token, which stands beside it.
    write(
        folder,
        "elsewhere/client.toml",
        &format!("url = \"{}\"\ntoken_file = \"secret\"\n", two.url),
    );
    write(folder, "elsewhere/secret", "pm_beside\n");
    said(asker.bare(&["items", "--client-config", "elsewhere/client.toml"]))
        .await
        .ok();
    assert_eq!(shown(&two), "Bearer pm_beside");
    let mut by_variable = asker.bare(&["items"]);
    by_variable.env("POSTMORTEM_CLIENT_CONFIG", "elsewhere/client.toml");
    by_variable.env("POSTMORTEM_TOKEN_FILE", "token");
    said(by_variable).await.ok();
    assert_eq!(shown(&two), "Bearer pm_typed");
    let mut by_folder = asker.bare(&["items"]);
    by_folder.env("XDG_CONFIG_HOME", folder.join("nowhere"));
    assert!(said(by_folder).await.refusal().contains("no server is named"));
}

#[actix_web::test]
async fn a_token_goes_only_where_it_belongs() {
    let receiver = empty();
    let asker = Asker::new(&receiver.url, "pm_variable");
    write(
        asker.folder.path(),
        USUAL,
        "url = \"https://postmortem.example\"\ntoken = \"pm_file\"\n",
    );
    let elsewhere = said(asker.bare(&["items", "--url", &receiver.url])).await;
    assert!(
        elsewhere.refusal().contains("is for https://postmortem.example"),
        "{elsewhere:?}"
    );
    let in_the_clear = asker.run(&["items", "--url", "http://postmortem.invalid"]).await;
    assert!(in_the_clear.refusal().contains("in the clear"), "{in_the_clear:?}");
    let allowed = asker
        .run(&["items", "--url", "http://postmortem.invalid", "--allow-http"])
        .await;
    assert!(allowed.refusal().contains("cannot be reached"), "{allowed:?}");
    assert_eq!(receiver.count(), 0);
    let help = said(asker.bare(&["items", "--help"])).await;
    assert!(
        !help.ok().contains("--token ") && help.out.contains("POSTMORTEM_TOKEN"),
        "{help:?}"
    );
    let typed = asker.run(&["items", "--token", "pm_typed"]).await;
    assert_eq!(typed.code, 2, "a token is no flag: {typed:?}");
}

#[actix_web::test]
async fn the_variable_that_allows_http_is_true_or_false() {
    let asker = Asker::new("http://postmortem.invalid", "pm_variable");
    for (value, says) in [
        ("true", "cannot be reached"),
        ("TRUE", "cannot be reached"),
        ("1", "cannot be reached"),
        ("False", "in the clear"),
        ("0", "in the clear"),
        ("", "in the clear"),
        ("yes", "POSTMORTEM_ALLOW_HTTP is true or false; \"yes\" is neither."),
        ("maybe", "POSTMORTEM_ALLOW_HTTP is true or false; \"maybe\" is neither."),
    ] {
        let mut command = asker.command(&["items"]);
        command.env("POSTMORTEM_ALLOW_HTTP", value);
        let said = said(command).await;
        assert!(said.refusal().contains(says), "{value:?}: {said:?}");
    }
    // As with everything else, it wins over the file.
    write(asker.folder.path(), USUAL, "allow_http = true\n");
    let by_file = asker.run(&["items"]).await;
    assert!(by_file.refusal().contains("cannot be reached"), "{by_file:?}");
    let mut command = asker.command(&["items"]);
    command.env("POSTMORTEM_ALLOW_HTTP", "false");
    let by_variable = said(command).await;
    assert!(by_variable.refusal().contains("in the clear"), "{by_variable:?}");
}

#[actix_web::test]
async fn what_is_missing_or_wrong_is_named() {
    let receiver = empty();
    let asker = Asker::new(&receiver.url, "pm_variable");
    let folder = asker.folder.path();
    let refused = |said: Said, what: &str| {
        assert!(said.refusal().contains(what), "{what}: {said:?}");
        assert!(!said.err.contains("pm_"), "{said:?}");
    };
    refused(said(asker.bare(&["items"])).await, "POSTMORTEM_URL");
    refused(
        said(asker.bare(&["items", "--url", &receiver.url])).await,
        "not signed in",
    );
    refused(
        asker.run(&["items", "--token-file", "absent"]).await,
        "absent cannot be read",
    );
    refused(
        asker.run(&["items", "--client-config", "absent.toml"]).await,
        "absent.toml cannot be read",
    );
    for url in [
        "postmortem.example",
        "ftp://postmortem.example",
        "https://ada:pm_pw@postmortem.example",
    ] {
        refused(asker.run(&["items", "--url", url]).await, "a link such as");
    }
    for token in ["pm_two words", "pm_\u{e4}", "pm_x\npm_y"] {
        write(folder, "token", token);
        refused(
            asker.run(&["items", "--token-file", "token"]).await,
            "characters that no token has",
        );
    }
    for (text, what) in [
        ("url = \"https://a.example\"\ntoken = pm_unquoted\n", "line 2"),
        ("tokn = \"pm_x\"\n", "there is no such name"),
        ("token = 7\n", "line 1"),
    ] {
        write(folder, "bad.toml", text);
        refused(asker.run(&["items", "--client-config", "bad.toml"]).await, what);
    }
    assert_eq!(receiver.count(), 0);
}

#[actix_web::test]
async fn a_token_that_others_may_read_is_told() {
    let receiver = empty();
    let asker = Asker::new(&receiver.url, "pm_variable");
    write(asker.folder.path(), "token", "pm_open");
    let path = asker.folder.path().join("token");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let warned = asker.run(&["items", "--token-file", "token"]).await;
    assert!(
        warned.err.contains("chmod 600 token") && !warned.err.contains("pm_open"),
        "{warned:?}"
    );
    assert_eq!(warned.ok(), "No recommendation matches.\n");
}

/// The service and its clients share a machine and the beginning of their variables.
#[actix_web::test]
async fn settings_of_the_service_and_of_clients_do_not_mix() {
    let receiver = empty();
    let asker = Asker::new(&receiver.url, "pm_variable");
    let migrated = asker.run(&["migrate"]).await;
    assert!(migrated.ok().contains("Applied"), "{migrated:?}");
    let mut with_setting = asker.command(&["items"]);
    with_setting.env("POSTMORTEM_LISTEN", "nonsense");
    said(with_setting).await.ok();
    for flag in [
        ["--database-url", "sqlite://x.db"],
        ["--config", "x.toml"],
        ["--log", "debug"],
    ] {
        for args in [[&["overdue"], &flag[..]].concat(), [&flag[..], &["overdue"]].concat()] {
            let refused = asker.run(&args).await;
            assert_eq!(refused.code, 2, "{refused:?}");
            assert!(refused.err.contains("is a setting of the service"), "{refused:?}");
        }
    }
    let help = said(asker.bare(&["overdue", "--help"])).await;
    assert!(!help.ok().contains("--database-url"), "{help:?}");
    let help = said(asker.bare(&["serve", "--help"])).await;
    assert!(help.ok().contains("--database-url"), "{help:?}");
}
