//! What leaves the service, form by form: none of it does what a text says.

use postmortem_tests::{TestApp, TestUser, calendars, scrape::METRICS_TOKEN};
use serde_json::{Value, json};

use crate::{
    calendar::{feed, get},
    exports::{cells, export, keys},
    fuzzed::targets::markdown,
    web_pages::{hostile::is_harmless, open, page},
};

/// Handles of all things of a list, by which pages call them.
async fn handles(app: &TestApp, user: &TestUser, list: &str, handle: &str) -> Vec<String> {
    let query = format!(
        "query ($after: String) {{ it: {list}(first: 100, after: $after) {{ nodes {{ {handle} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    );
    let (mut found, mut after) = (Vec::new(), Value::Null);
    loop {
        let answer = app.ask(user, &query, json!({ "after": after })).await.at("/it");
        let nodes = answer["nodes"].as_array().expect("nodes");
        found.extend(nodes.iter().filter_map(|node| node[handle].as_str().map(str::to_owned)));
        if answer["pageInfo"]["hasNextPage"] != true {
            return found;
        }
        after = answer["pageInfo"]["endCursor"].clone();
    }
}

/// Every page there is.
pub async fn pages(app: &TestApp, user: &TestUser) {
    let mut paths = vec!["/".to_owned()];
    for (list, handle, path) in [
        ("recommendations", "key", "recommendations"),
        ("reports", "key", "reports"),
        ("incidents", "key", "incidents"),
        ("rootCauses", "id", "root-causes"),
    ] {
        paths.push(format!("/{path}"));
        let handles = handles(app, user, list, handle).await;
        assert!(handles.len() > 5, "{list} has hardly anything");
        paths.extend(handles.iter().map(|handle| format!("/{path}/{handle}")));
    }
    let mut shown = 0;
    for path in paths {
        let html = page(app, user, &path).await;
        is_harmless(&path, &html);
        shown += html.matches("&lt;script&gt;").count();
    }
    assert!(shown > 100, "the texts are hardly shown: {shown}");
    // What stands in an address is shown again when it is wrong.
    let reply = open(app, user, "/reports?team=%22%3E%3Cscript%3E%0d%0aX-HEADER:1").await;
    is_harmless("an address", &reply.body);
    assert_eq!(reply.header("x-header"), "");
}

/// Every list as CSV: no cell is a formula, in whatever way a spreadsheet cuts the lines.
pub async fn tables(app: &TestApp, user: &TestUser) {
    let mut escaped = 0;
    for name in [
        "recommendations.csv",
        "reports.csv?status=DRAFT,IN_REVIEW,PUBLISHED,ARCHIVED",
    ] {
        let reply = export(app, user, name).await;
        assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
        let disposition = reply.header("content-disposition");
        assert!(
            disposition.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '),
            "{disposition}"
        );
        let (_, rows) = cells(&reply.body);
        for cell in rows.iter().flatten() {
            for part in cell.split([';', '\t', '\r', '\n']) {
                let begins = part.trim_start_matches(' ').chars().next();
                let is_formula = begins.is_some_and(|first| "=+-@".contains(first));
                assert!(!is_formula, "{name}: {cell}");
            }
            escaped += usize::from(cell.starts_with('\''));
        }
    }
    assert!(escaped > 5, "the texts are hardly told: {escaped}");
}

/// Every report in every form.
pub async fn documents(app: &TestApp, user: &TestUser) {
    let keys = keys(app, user, "reports.ndjson?status=DRAFT,IN_REVIEW,PUBLISHED,ARCHIVED").await;
    let mut public = 0;
    for key in keys {
        for edition in ["", "?edition=public"] {
            let (status, _, html) = app.get_as(user, &format!("/export/reports/{key}.html{edition}")).await;
            if status == 200 {
                markdown::is_harmless(&html, false);
                public += usize::from(!edition.is_empty());
            }
        }
        let (status, _, text) = app.get_as(user, &format!("/export/reports/{key}.json")).await;
        assert_eq!(status, 200, "{text}");
        serde_json::from_str::<Value>(&text).expect("JSON");
    }
    assert!(public > 0, "no report was published");
}

/// Feeds of a team, as both forms: no line is one that a text brought along.
pub async fn calendars(app: &TestApp, user: &TestUser, team: &str) {
    let names = "ACTION BEGIN CALSCALE CATEGORIES CLASS COMPLETED CREATED DESCRIPTION DTEND DTSTAMP DTSTART DUE END LAST-MODIFIED NAME \
        PERCENT-COMPLETE PRIORITY PRODID REFRESH-INTERVAL SEQUENCE STATUS SUMMARY TRANSP TRIGGER UID URL VERSION X-PUBLISHED-TTL X-WR-CALNAME \
        X-WR-TIMEZONE";
    for form in ["VTODO", "VEVENT"] {
        let wanted = json!({ "form": form, "teamId": team, "reminderDaysBefore": 2, "name": super::fields::SHORT });
        let feed = feed(app, user, wanted).await;
        let reply = get(app, &feed.path).await;
        assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
        let things = calendars::components(&reply.body);
        assert!(
            things.len() > 5 && reply.body.contains("<script>"),
            "the texts are hardly told: {}",
            reply.body
        );
        for line in calendars::lines(&reply.body) {
            let name = line.split([':', ';']).next().unwrap_or_default();
            assert!(names.split_whitespace().any(|known| known == name), "{line}");
        }
    }
}

/// Chats: nobody is called, and no text is markup.
pub fn chats(bodies: &[Vec<Value>]) {
    let [standard, slack, teams, discord] = bodies else {
        panic!("four receivers");
    };
    for (receiver, name) in [standard, slack, teams, discord]
        .into_iter()
        .zip(["standard", "Slack", "Teams", "Discord"])
    {
        assert!(receiver.len() > 60, "{name} was told {} things", receiver.len());
        assert!(
            receiver.iter().all(Value::is_object),
            "{name} was sent something else than JSON"
        );
    }
    for body in slack {
        each_text(body, &mut |text| {
            assert!(!text.contains(['<', '>']), "Slack reads this: {text}")
        });
    }
    for body in discord {
        assert_eq!(body["allowed_mentions"]["parse"], json!([]), "{body}");
    }
    for body in teams {
        // The kind of text that reads markup; runs of text do not.
        assert!(!body.to_string().contains("\"TextBlock\""), "{body}");
    }
}

fn each_text(value: &Value, look: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => look(text),
        Value::Array(values) => values.iter().for_each(|value| each_text(value, look)),
        Value::Object(fields) => fields.values().for_each(|value| each_text(value, look)),
        _ => {}
    }
}

/// Every series has a name, labels and a number, and stands in one line.
pub async fn metrics(app: &TestApp) {
    let request = actix_web::test::TestRequest::get().uri("/metrics");
    let reply = app
        .send(request.insert_header(("Authorization", format!("Bearer {METRICS_TOKEN}"))))
        .await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
    for line in reply
        .body
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line}"));
        assert!(
            (series.starts_with("postmortem_") || series.starts_with("process_")) && value.parse::<f64>().is_ok(),
            "{line}"
        );
    }
}
