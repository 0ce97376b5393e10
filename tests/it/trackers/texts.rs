//! What a new issue is given to read.

use postmortem_tests::on_both_databases;
use serde_json::json;

use super::{accepted, linked};

on_both_databases! {
    /// Nobody is called there by what people write here, and no line of it is a command. Here it stays as it was written.
    async fn a_text_calls_nobody_and_commands_nothing(app) {
        let text = "Ask @octocat/core.\n  /close\n[~accountid:1], or ada@example.org";
        let linked = accepted(app, json!({ "description": text, "acceptanceCriterion": "/assign @bo" })).await;
        app.keep_trackers().await;
        let issue = linked.tracker.issue(1);
        let body = issue["body"].as_str().unwrap();
        for part in [
            "Ask @\u{200b}octocat/core.\n  \u{200b}/close\n[\u{200b}~accountid:1], or ada@example.org\n",
            "\n\u{200b}/assign @\u{200b}bo\n",
        ] {
            assert!(body.contains(part), "{part:?} is missing in {body:?}");
        }
        linked.poll(app).await;
        assert_eq!((&linked.link(app).await["state"], linked.tracker.count("PATCH")), (&json!("IN_SYNC"), 0));
        let shown = app.show(&linked.ada, "recommendation", &linked.item.id, "description").await;
        assert_eq!(shown["description"], text);
    }

    /// A text that is too long for GitHub is cut before its last lines, and a label that is too long is left out.
    async fn what_is_too_long_is_cut(app) {
        let labels = json!(["l".repeat(51), "m".repeat(50), "network"]);
        let linked = accepted(app, json!({ "description": "ä\n".repeat(40_000), "labels": labels })).await;
        app.keep_trackers().await;
        let link = linked.link(app).await;
        assert_eq!(link["state"], "IN_SYNC", "{link}");
        let issue = linked.tracker.issue(1);
        let body = issue["body"].as_str().unwrap();
        let url = format!("http://postmortem.example/recommendations/{}", linked.item.key);
        assert!(body.chars().count() <= 65_536 && body.chars().count() > 65_500, "{}", body.chars().count());
        assert!(body.starts_with("## What to do\n\nä\n") && body.contains(&format!("The rest is at {url}\n\nPriority P1")));
        assert!(body.trim_end().lines().last().unwrap().starts_with("postmortem:lnk-"));
        assert_eq!(issue["labels"], json!(["m".repeat(50), "network"]));
    }

    /// A title that is longer there than what would be sent stays as it is there, until somebody changes it here.
    async fn a_long_title_stays_there(app) {
        let linked = linked(app).await;
        for (chars, here) in [(256, 256), (300, 300), (301, 255)] {
            let long = "w".repeat(chars);
            linked.tracker.edit(1, json!({ "title": long }));
            linked.poll(app).await;
            linked.poll(app).await;
            let shown = linked.shown(app).await["title"].as_str().unwrap().to_owned();
            assert_eq!((shown.chars().count(), linked.link(app).await["state"].clone()), (here, json!("IN_SYNC")), "{shown}");
            assert_eq!((&linked.tracker.issue(1)["title"], linked.tracker.count("PATCH")), (&json!(long), 0), "{chars}");
            linked.tracker.edit(1, json!({ "title": "Short" }));
            linked.poll(app).await;
        }
        let input = json!({ "id": linked.item.id, "title": "Ours" });
        app.mutate(&linked.ada, "updateRecommendation", input, "recommendation { id }").await.data();
        app.keep_trackers().await;
        assert_eq!(linked.tracker.issue(1)["title"], "Ours");
    }
}
