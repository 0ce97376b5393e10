//! What people write stays text, wherever it is shown.

use entity::enums::Role;
use postmortem_tests::on_both_databases;
use serde_json::json;

use super::{open, page, words};

const SCRIPT: &str = "<script>alert(1)</script>";
const ATTRIBUTE: &str = "\" onload=\"alert(1)\" x='";
const BREAKOUT: &str = "</title></svg></textarea><img src=x onerror=alert(1)>";
const MARKDOWN: &str = "# Top <script>alert(1)</script>\n\n[click](javascript:alert(1)) <img src=x onerror=alert(1)> \
    ![picture](https://attacker.example/pixel.png) <a href=\"javascript:alert(1)\" onclick=\"alert(1)\">x</a>\n\n\
    <iframe src=\"https://attacker.example\"></iframe>\n\n<style>body{display:none}</style>\n\n| a | b |\n|---|---|\n| <b onmouseover=alert(1)>c</b> | [d](data:text/html,x) |\n\n- [ ] do it\n";

/// The tags of a page, each up to its end, with what stands in its quotes.
fn tags(html: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in html.match_indices('<') {
        let mut quoted = false;
        let end = html[at..].char_indices().find(|(_, letter)| {
            quoted ^= *letter == '"';
            *letter == '>' && !quoted
        });
        found.push(&html[at..=at + end.expect("a tag ends").0]);
    }
    found
}

const TAGS: &str = "!doctype html head meta title link body a header nav ul li div form button main footer p h1 h2 h3 h4 h5 h6 section \
    article span strong em time dl dt dd table thead tbody tr th td label input select option ol details summary svg desc rect line polyline \
    polygon path text code pre blockquote b br hr del sup i s";

/// Fails when a page could do something.
#[track_caller]
pub fn is_harmless(path: &str, html: &str) {
    for tag in tags(html) {
        let name = tag
            .trim_start_matches(['<', '/'])
            .split([' ', '>', '/', '\n'])
            .next()
            .unwrap_or_default()
            .to_lowercase();
        assert!(TAGS.split_whitespace().any(|known| known == name), "{path}: {tag}");
        // What is not in quotes: the names of attributes.
        let names: String = tag.split('"').step_by(2).collect();
        assert!(
            !names.to_lowercase().contains(" on") && !names.contains("style"),
            "{path}: {tag}"
        );
        for attribute in ["href=\"", "src=\"", "action=\""] {
            let Some((_, value)) = tag.split_once(attribute) else {
                continue;
            };
            let value = value.to_lowercase();
            assert!(
                !value.starts_with("javascript:") && !value.starts_with("data:") && attribute != "src=\"",
                "{path}: {tag}"
            );
        }
    }
}

on_both_databases! {
    /// Titles, names, notes, labels and Markdown of every kind, on every page that shows them.
    async fn no_text_becomes_markup(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let name = json!({ "id": ada.id, "name": format!("Ada {SCRIPT}") });
        app.mutate(&ada, "updateUser", name, "user { id }").await.data();
        let (line, other) = (format!("T {SCRIPT}{ATTRIBUTE}"), format!("U {BREAKOUT}"));
        let team = json!({ "slug": "evil", "name": line, "members": [{ "userId": ada.id }] });
        let team = app.mutate(&ada, "createTeam", team, "team { id }").await.text("/team/id");
        let service = json!({ "slug": "edge", "name": other, "teamId": team });
        let service = app.mutate(&ada, "createService", service, "service { id }").await.text("/service/id");
        let more = json!({
            "title": line, "ownerId": ada.id, "teamId": team, "labels": [SCRIPT], "dueOn": app.day(-2),
            "incident": {
                "title": other, "severity": "SEV1", "startedAt": "2026-02-01T09:00:00Z", "serviceIds": [service], "teamId": team,
                "externalRefs": [{ "system": "pager", "id": SCRIPT, "url": "https://pager.example/?x=\"><script>" }],
            },
            "participants": [{ "userId": ada.id, "role": "RESPONDER" }],
        });
        let report = app.report(&ada, more).await;
        let sections = ["executiveSummary", "background", "rootCauseAnalysis", "impactAnalysis", "lessonsLearned", "conclusion"];
        let mut input = json!({ "id": report.id });
        for section in sections {
            input[section] = json!(MARKDOWN);
        }
        app.mutate(&ada, "updateReport", input, "report { id }").await.data();
        let moment = json!({ "reportId": report.id, "occurredAt": "2026-03-01T10:00:00Z", "kind": "DETECTION", "description": MARKDOWN, "sourceUrl": "https://logs.example/'><script>" });
        app.mutate(&ada, "addTimelineEvent", moment, "timelineEvent { id }").await.data();
        let cause = app.cause(&ada, &report, json!({ "title": line, "description": MARKDOWN })).await;
        let child = app.cause(&ada, &report, json!({ "title": other, "parentId": cause })).await;
        let reason = json!({ "rootCauseId": child, "reason": line });
        app.mutate(&ada, "recordNoAction", reason, "rootCause { id }").await.data();
        let more = json!({ "title": line, "description": MARKDOWN, "acceptanceCriterion": other, "labels": [SCRIPT], "teamId": team });
        let item = app.item(&ada, &[&cause], more).await;
        app.accept(&ada, &item, &ada, app.day(-1)).await;
        let moved = json!({ "dueOn": app.day(-3), "reason": line });
        app.step(&ada, "changeDueDate", &item, moved).await.data();
        app.step(&ada, "blockRecommendation", &item, json!({ "reason": other })).await.data();
        app.step(&ada, "startRecommendation", &item, json!({})).await.data();
        let evidence = json!({ "evidence": [{ "url": "https://git.example/\"onmouseover=alert(1)", "note": line }] });
        app.step(&ada, "implementRecommendation", &item, evidence).await.data();
        for subject in [&report.id, &item.id] {
            let talk = json!({ "subjectId": subject, "body": MARKDOWN });
            app.mutate(&ada, "addComment", talk, "comment { id }").await.data();
        }
        let late = app.item(&ada, &[&cause], json!({ "title": other })).await;
        app.accept(&ada, &late, &ada, app.day(-1)).await;
        let again = app.report(&ada, json!({ "title": other })).await;
        let again = app.cause(&ada, &again, json!({ "title": other })).await;
        app.mutate(&ada, "linkRecurrence", json!({ "rootCauseId": again, "recurrenceOfId": cause }), "rootCause { id }").await.data();

        let incident = app.show(&ada, "incident", &report.incident, "key").await;
        let paths = [
            "/".to_owned(), "/recommendations".to_owned(), "/reports".to_owned(), "/incidents".to_owned(), "/root-causes".to_owned(),
            format!("/recommendations/{}", item.key), format!("/reports/{}", report.key), format!("/incidents/{}", incident["key"].as_str().unwrap()),
            format!("/root-causes/{cause}"), format!("/root-causes/{child}"), format!("/root-causes/{again}"),
            "/recommendations?q=%3Cscript%3Ealert(1)%3C/script%3E".to_owned(), "/recommendations?q=%22%20onload=%22x".to_owned(),
            "/recommendations?label=%3Cscript%3Ealert(1)%3C/script%3E".to_owned(),
        ];
        for path in &paths {
            let html = page(app, &ada, path).await;
            is_harmless(path, &html);
            assert!(words(&html).contains("&lt;script&gt;"), "{path} does not show what was written: {}", words(&html));
        }
        let item = page(app, &ada, &paths[5]).await;
        assert!(item.contains("<a href=\"https://attacker.example/pixel.png\""), "a picture of elsewhere is no link");
        assert!(item.contains("<h3>Top") && item.contains("[ ] do it"), "Markdown is not as it should be: {item}");
        // What was typed into the address.
        for path in ["/%3Cscript%3Ealert(1)%3C/script%3E", "/?team=%3Cscript%3E", "/?%3Cscript%3E=1", "/recommendations?sort=%22%3E%3Cscript%3E"] {
            let reply = open(app, &ada, path).await;
            is_harmless(path, &reply.body);
        }
    }
}
