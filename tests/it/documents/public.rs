//! The public edition: nobody's name and nothing of the inside, wherever it was written.

use actix_web::http::StatusCode;
use entity::enums::Role;
use postmortem_api::{
    exchange::forms::public::redact::{Inside, Redactor},
    people::service::{NewUser, create_user},
};
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::json;

const ALL: &str = "executiveSummary,background,timeline,rootCauseAnalysis,rootCauses,impactAnalysis,recommendations,lessonsLearned,conclusion";

fn inside(names: &[&str], emails: &[&str]) -> Inside {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Inside {
        names: owned(names),
        emails: owned(emails),
        hosts: owned(&["internal", "example.org", "svc.cluster.local"]),
        public_hosts: owned(&["status.kilns.example"]),
    }
}

#[test]
fn names_are_found_however_they_are_written() {
    let redactor = Redactor::new(&inside(
        &[
            "Ada Lovelace",
            "Bjørn Æsgård",
            "José Núñez",
            "王小明",
            "Жанна Ильина",
            "Jean-Luc O'Neill",
            "van der Berg, Piet",
        ],
        &["adal@example.org", "ops77@example.org"],
    ))
    .unwrap();
    for text in [
        "Ada restarted it",
        "ADA LOVELACE",
        "ada",
        "lovelace's laptop",
        "Lovelace, Ada",
        "ada_lovelace",
        "ada-lovelace",
        "ada.lovelace",
        "adalovelace",
        "AdaLovelace",
        "getAdaLovelaceToken",
        "alovelace",
        "adal",
        "A**d**a",
        "*Ada* **Lovelace**",
        "A\u{ad}da",
        "A\u{200b}da",
        "&#65;da",
        "[Ada](https://status.kilns.example/x)",
        "[x](https://status.kilns.example/ada)",
        "[x](https://status.kilns.example/%41da)",
        "[x](https://status.kilns.example/%2541da)",
        "![Ada](a.png \"Lovelace\")",
        "`ada@box`",
        "```ada\nx\n```",
        "```\nowner = \"Ada\"\n```",
        "    Ada in code",
        "<b title=\"Ada\">x</b>",
        "<!-- Ada -->",
        "<p>\nAda\n</p>",
        "| Ada | b |\n|---|---|\n| Lovelace | c |",
        "- [x] Ada",
        "> Ada",
        "# Ada",
        "x[^ada]\n\n[^ada]: Ada said so",
        "[ada]: https://ada.example\n\n[ada]",
        "<https://ada.example>",
        "https://ada.example/",
        "BJØRN",
        "bjorn",
        "Bjo\u{308}rn",
        "aesgard",
        "Æsgård",
        "jose nunez",
        "JOSÉ",
        "Jose\u{301}",
        "我问王小明了",
        "小明",
        "ЖАННА",
        "ильина",
        "Jean",
        "luc",
        "o'neill",
        "Neill",
        "berg",
        "ops77",
        "@ada",
        "@someone-else",
        "\u{ff21}\u{ff44}\u{ff41}",
        "Ada/Lovelace",
        "(Ada)",
        "Ada2",
        "~~Ada~~",
        "***A***da",
        "\\Ada",
        "Ada\u{301}",
    ] {
        let out = redactor.markdown(text);
        let plain: String = out.to_lowercase();
        for name in [
            "ada",
            "lovelace",
            "bjørn",
            "bjorn",
            "sgard",
            "josé",
            "jose",
            "nunez",
            "núñez",
            "小明",
            "жанна",
            "ильина",
            "jean",
            "luc",
            "neill",
            "berg",
            "ops77",
            "someone",
        ] {
            assert!(!plain.contains(name), "{text:?} became {out:?}");
        }
        let line = redactor.line(text);
        for name in ["Ada", "ADA", "Lovelace", "LOVELACE"] {
            assert!(
                !line.contains(name) || text.contains("**") || text.contains("%41") || text.contains("&#"),
                "{text:?} became {line:?}"
            );
        }
    }
}

#[test]
fn the_inside_is_found() {
    let redactor = Redactor::new(&inside(&[], &[])).unwrap();
    for (text, gone) in [
        ("mail root@kilns.example now", "root@"),
        ("mail root (at) kilns dot example", "root (at)"),
        ("mail root at kilns dot example", "root at"),
        ("see https://wiki.kilns.example/x?a=b", "wiki"),
        ("see http://10.1.2.3:8080/health", "10.1.2.3"),
        ("[the wiki](https://wiki.kilns.example/runbook)", "runbook"),
        ("ssh://git@box/x", "box"),
        ("file:///etc/passwd", "passwd"),
        ("\\\\fileserver\\share", "fileserver"),
        ("www.wiki.example/x", "wiki"),
        ("db-1.prod.internal fell over", "prod"),
        ("db.svc.cluster.local:5432", "cluster"),
        ("grafana.example.org", "grafana"),
        ("a.b.kilns.io", "kilns"),
        ("localhost:3000", "localhost"),
        ("10.0.0.1 and 10.0.0.0/8", "10.0"),
        ("fe80::1ff:fe23:4567:890a", "fe80"),
        ("[::1]:80", "::1"),
        ("2001:db8::/32", "2001"),
        ("OPS-1234 and KILN_2-9", "1234"),
        ("pm-12 and Rec-3 and INC-7", "-"),
        ("kilns/oven#12", "12"),
        ("rec_01k5z9yyyyyyyyyyyyyyyyyyyy", "01k5"),
        ("call +47 22 33 44 55", "22 33"),
        ("`10.0.0.1`", "10.0"),
        ("```\nhost: db-1.prod.internal\n```", "prod"),
        // What only looks like a link.
        ("9http://db-1.prod.internal/x", "prod"),
        ("x://db-1.prod.internal", "prod"),
        ("at ://db-1.prod.internal", "prod"),
        ("_http://db-1.prod.internal", "prod"),
    ] {
        let out = redactor.markdown(text);
        assert!(!out.contains(gone), "{text:?} became {out:?}");
        assert!(!redactor.line(text).contains(gone) || text.contains("]("), "{text:?}");
    }
    // A link to a public host tells as much as any other text, however its address is written.
    for (said, gone) in [
        ("/?from=db-1.prod.internal", "prod"),
        ("/?from=db-1%2Eprod%2Einternal", "prod"),
        ("/?from=localhost", "localhost"),
        ("/r/rec_01k5z9yyyyyyyyyyyyyyyyyyyy", "01k5"),
        ("/kilns/oven#12", "#12"),
        ("/?issue=kilns/oven%2312", "2312"),
        ("/?call=+4722334455", "4722"),
        ("/?call=%2B47%2022%2033%2044%2055", "%2033"),
        ("/?ask=root+at+kilns+dot+example", "root"),
        ("/?ask=root(at)kilns.example", "root"),
        ("/?ask=root%2540kilns.example", "root"),
        ("/?node=fe80::1ff:fe23:4567:890a", "fe80"),
        ("/?node=10.1.2.3", "10.1"),
        ("/?key=%25252525252541", "2541"),
        ("\\OPS-12", "OPS"),
        ("/?next=https://status.kilns.example/", "next"),
    ] {
        for text in [
            format!("[x](https://status.kilns.example{said})"),
            format!("See https://status.kilns.example{said} now."),
        ] {
            let out = redactor.markdown(&text);
            assert!(!out.contains(gone), "{text:?} became {out:?}");
            assert!(text.contains("](") || !redactor.line(&text).contains(gone), "{text:?}");
        }
    }
    // What is nobody's secret stays.
    for text in [
        "See [this](https://www.status.kilns.example/incidents?page=2&q=a+b%20c#top) and https://status.kilns.example/CVE-2026-12.",
        "At 09:12:30 the rate was 99.9 %, SEV1, UTF-8, SHA-256 and std::string.",
        "See [the status page](https://status.kilns.example/incidents/1) and https://eu.status.kilns.example/x.",
        "README.md and main.rs changed; version 1.2 is out.",
        "- [x] done\n- [ ] open",
        "| a | b |\n| --- | --- |\n| 1 | 2 |",
    ] {
        let out = redactor.markdown(text);
        assert!(!out.contains('‹'), "{text:?} became {out:?}");
    }
    let kept = redactor.markdown("See [the page](https://status.kilns.example/incidents/1 \"title\").");
    assert_eq!(kept.trim(), "See [the page](https://status.kilns.example/incidents/1).");
    assert_eq!(
        redactor.markdown("Ask [her](mailto:root@kilns.example) *now*.").trim(),
        "Ask her *now*."
    );
}

/// Names made of letters that no other word of the document has.
fn name() -> impl Strategy<Value = String> {
    let part = prop_oneof!["[QXZ][qxz]{3,7}", "[ŻŠÑ][žşñ]{3,6}", "[ЖЩЮ][жщю]{3,6}", "[龘靐齉]{2,3}"];
    prop::collection::vec(part, 1..4).prop_map(|parts| parts.join(" "))
}

/// Where a name stands in a text.
fn planted() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "NAME fixed it.",
        "Fixed by *NAME*.",
        "**NAME**",
        "`NAME`",
        "```\nNAME\n```",
        "```NAME\nx\n```",
        "    NAME",
        "[NAME](https://status.kilns.example/)",
        "[x](https://status.kilns.example/NAME)",
        "[x](https://status.kilns.example/ \"NAME\")",
        "![NAME](x.png)",
        "<b>NAME</b>",
        "<!-- NAME -->",
        "<div>\nNAME\n</div>",
        "| NAME | b |\n|---|---|\n| c | NAME |",
        "# NAME",
        "> NAME",
        "- NAME\n- x",
        "1. NAME",
        "x[^NAME]\n\n[^NAME]: y",
        "[NAME]: /x\n\n[NAME]",
        "(NAME)",
        "\"NAME\"",
        "NAME's",
        "NAME: x",
        "x/NAME/y",
        "NAME,NAME",
        "_NAME_",
        "~~NAME~~",
        "@NAME",
        "NAME@kilns.example",
        "<NAME@kilns.example>",
        "https://kilns.example/NAME",
        "NAME.kilns.example",
        "line\nNAME\nline",
        "\\NAME",
        "x <kbd>NAME</kbd>",
    ])
}

fn case_of(kind: u8, name: &str) -> String {
    match kind {
        0 => name.to_lowercase(),
        1 => name.to_uppercase(),
        2 => name.replace(' ', ""),
        3 => name.replace(' ', "_"),
        4 => name.replace(' ', "."),
        5 => name.split(' ').rev().collect::<Vec<_>>().join(", "),
        6 => name.split(' ').next().unwrap_or_default().to_owned(),
        _ => name.to_owned(),
    }
}

/// A text in which names stand in all kinds of places.
fn text(names: Vec<String>) -> impl Strategy<Value = String> {
    prop::collection::vec((planted(), prop::sample::select(names), 0..8_u8), 1..5).prop_map(|places| {
        let places = places
            .iter()
            .map(|(place, name, kind)| place.replace("NAME", &case_of(*kind, name)));
        places.collect::<Vec<_>>().join("\n\n")
    })
}

#[track_caller]
fn assert_nobody(names: &[String], out: &str, source: &str) {
    let lower = out.to_lowercase();
    for part in names.iter().flat_map(|name| name.split(' ')) {
        assert!(
            !lower.contains(&part.to_lowercase()),
            "{part} stands in {out}\n\nof {source}"
        );
    }
}

#[test]
fn random_names_are_found_everywhere() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for _ in 0..80 {
        let names = prop::collection::vec(name(), 1..4)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
        let redactor = Redactor::new(&inside(&borrowed, &[])).unwrap();
        let source = text(names.clone()).new_tree(&mut runner).unwrap().current();
        let out = redactor.markdown(&source);
        assert_nobody(&names, &out, &source);
        assert_nobody(&names, &postmortem_api::platform::markdown::to_html(&out), &source);
        let title = source.lines().collect::<Vec<_>>().join(" ");
        if !title.contains("&#") {
            assert_nobody(&names, &redactor.line(&title), &title);
        }
    }
}

async fn person(app: &TestApp, name: &str, email: &str) -> TestUser {
    let new = NewUser {
        email: email.to_owned(),
        name: name.to_owned(),
        role: Role::Member,
    };
    let id = create_user(&*app.operator().await, new).await.unwrap();
    app.signed_in(id).await
}

on_both_databases! {
    /// Every text of a report has a name in it, and the edition has none.
    async fn no_text_leaves_with_a_name(app) {
        let admin = app.user("Rootqq", Role::Admin).await;
        let ada = person(app, "Zzadq Xqlovez", "zzadq@kilns.example").await;
        let bo = person(app, "Žşñbo Щюжя", "zb@kilns.example").await;
        let names: Vec<String> = ["Zzadq Xqlovez", "Žşñbo Щюжя", "Rootqq"].map(str::to_owned).to_vec();
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[12; 32]);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let mut next = || {
            let text = text(names.clone()).new_tree(&mut runner).unwrap().current();
            format!("{text}\n\nSee https://wiki.kilns.example/runbook, ask bo@elsewhere.example, OPS-77 on db-1.prod.internal (10.1.2.3).")
        };
        let team = json!({ "slug": "kilns", "name": "Kilns of Zzadq", "members": [{ "userId": ada.id, "isLead": true }] });
        let team = app.mutate(&admin, "createTeam", team, "team { id }").await.text("/team/id");
        let report = app.report(&ada, json!({
            "title": "Zzadq Xqlovez turned the kiln off (OPS-12)", "ownerId": bo.id, "teamId": team,
            "incident": { "title": "By Zzadq", "severity": "SEV2", "startedAt": "2026-03-01T09:00:00Z" },
            "participants": [{ "userId": bo.id, "role": "RESPONDER" }], "labels": ["zzadq"],
        })).await;
        app.complete(&ada, &report).await;
        let input = json!({
            "id": report.id, "executiveSummary": next(), "background": next(), "rootCauseAnalysis": next(), "impactAnalysis": next(),
            "lessonsLearned": next(), "conclusion": next(), "impact": { "customersAffected": 7, "costMinorUnits": 4711, "currency": "EUR" },
        });
        app.mutate(&ada, "updateReport", input, "report { id }").await.data();
        let moment = json!({ "reportId": report.id, "occurredAt": "2026-03-01T10:00:00Z", "kind": "OTHER", "description": next(), "sourceUrl": "https://chat.kilns.example/zzadq" });
        app.mutate(&ada, "addTimelineEvent", moment, "timelineEvent { id }").await.data();
        let cause = app.cause(&ada, &report, json!({ "title": "Zzadq slept", "description": next() })).await;
        let item = app.item(&ada, &[&cause], json!({ "title": "Wake Щюжя", "description": next(), "ownerId": bo.id, "dueOn": app.day(3), "acceptanceCriterion": next(), "labels": ["xqlovez"] })).await;
        app.mutate(&ada, "submitReport", json!({ "id": report.id }), "report { id }").await.data();

        // Only what is published.
        let path = |end: &str, query: &str| format!("/export/reports/{}.{end}?edition=public{query}", report.key);
        let (status, _, body) = app.get_as(&ada, &path("md", "")).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && body.contains("only a PUBLISHED report"), "{body}");
        let publish = json!({ "id": report.id, "overrideReason": "A test." });
        app.mutate(&admin, "publishReport", publish, "report { id }").await.data();
        app.accept(&admin, &item, &bo, app.day(3)).await;

        let viewer = app.user("Qvera", Role::Viewer).await;
        for (end, sections) in [("md", format!("&sections={ALL}")), ("html", format!("&sections={ALL}")), ("md", String::new()), ("html", String::new())] {
            let (status, _, text) = app.get_as(&viewer, &path(end, &sections)).await;
            assert_eq!(status, StatusCode::OK, "{text}");
            assert_nobody(&names, &text, "the report");
            for gone in ["wiki.kilns", "elsewhere.example", "OPS-77", "OPS-12", "prod.internal", "10.1.2.3", "4711", "chat.kilns", "Label", "Owner", &report.key, &item.key, "INC-"] {
                assert!(!text.contains(gone), "{gone} in {text}");
            }
            assert!(text.contains("turned the kiln off") && text.contains("Kilns of ‹name›") && text.contains("Customers affected"), "{text}");
        }
        // What was not chosen is not there.
        let (_, _, some) = app.get_as(&viewer, &path("md", "&sections=executive-summary,timeline")).await;
        assert!(some.contains("## Executive summary") && some.contains("## Timeline"));
        for heading in ["## Background", "## Impact analysis", "## Root causes", "## Recommendations", "## Conclusion"] {
            assert!(!some.contains(heading), "{some}");
        }
        let (status, _, body) = app.get_as(&viewer, &path("json", "")).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && body.contains("Markdown or HTML"), "{body}");
        let query = format!("{{ reportDocument(key: \"{}\", edition: PUBLIC, parts: [TIMELINE]) {{ fileName mediaType text }} }}", report.key);
        let document = app.ask(&viewer, &query, json!({})).await;
        assert_eq!(document.text("/reportDocument/fileName"), format!("{}.public.md", report.key));
        assert!(!document.text("/reportDocument/text").contains("## Executive summary"));
    }
}
