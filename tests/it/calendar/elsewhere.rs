//! Feeds as calendar libraries read them, and the commands of docs/calendar.md.

use entity::enums::Role;
use postmortem_tests::{
    Engine, TestApp,
    calendars::{node_reads, python_reads},
    documents::{document, run_shell, snippets},
};
use serde_json::{Value, json};

use super::{feed, get, uid};
use crate::recommendations::Crew;

/// What both libraries find is what was meant, whatever the texts hold.
#[actix_web::test]
async fn others_read_what_was_meant() {
    let app = TestApp::new(Engine::Sqlite).await;
    let crew = Crew::new(&app).await;
    let titles = [
        "Plain",
        "Commas, semicolons; colons: and \"quotes\"",
        "Back\\slash \\n is no line",
        "Ümläut und 日本語のタイトル \u{1f4a5} that is long enough to be folded, more than once, in the middle of what takes several bytes",
        "BEGIN:VCALENDAR",
    ];
    let description = "First line.\nSecond; line, with\\backslash.\n\n- END:VTODO\n\ttab";
    let mut items = Vec::new();
    for title in titles {
        let more = json!({ "title": title, "description": description, "ownerId": crew.bo.id, "dueOn": app.day(30), "labels": ["a,b", "c;d"] });
        let item = app.item(&crew.ada, &[&crew.cause], more).await;
        app.step(&crew.ada, "acceptRecommendation", &item, json!({}))
            .await
            .data();
        items.push(item);
    }
    let name = "Bo's, \"due\"; dates";
    let todos = feed(
        &app,
        &crew.bo,
        json!({ "form": "VTODO", "name": name, "reminderDaysBefore": 1 }),
    )
    .await;
    let events = feed(
        &app,
        &crew.bo,
        json!({ "form": "VEVENT", "name": name, "reminderDaysBefore": 0 }),
    )
    .await;
    get(&app, &todos.path).await;
    get(&app, &events.path).await;
    let no = json!({ "reason": "REJECTED", "note": "No." });
    app.step(&crew.ada, "declineRecommendation", &items[0], no).await.data();
    let empty = app.user("Nobody", Role::Viewer).await;
    let nothing = feed(&app, &empty, json!({})).await;
    let mut calendars = Vec::new();
    for path in [&todos.path, &events.path, &nothing.path] {
        calendars.push(get(&app, path).await.body);
    }
    app.finish().await;

    let (python, node) = (python_reads(&calendars), node_reads(&calendars));
    let sorted = |value: &Value| {
        let mut items = value["items"].as_array().unwrap().clone();
        items.sort_by_key(|item| item["uid"].to_string());
        items
    };
    for (place, (kind, open, alarm)) in [("VTODO", "NEEDS-ACTION", -54_000.0), ("VEVENT", "CONFIRMED", 32_400.0)]
        .into_iter()
        .enumerate()
    {
        for (library, read) in [("icalendar", &python[place]), ("ical.js", &node[place])] {
            assert_eq!(read["name"], name, "{library}");
            assert_eq!(read["refresh"].as_f64(), Some(3600.0), "{library}");
            let found = sorted(read);
            assert_eq!(found.len(), items.len(), "{library}");
            for (number, (item, title)) in items.iter().zip(titles).enumerate() {
                let it = found
                    .iter()
                    .find(|found| found["uid"] == uid(&item.id))
                    .expect("the item");
                let is_cancelled = number == 0;
                assert_eq!(it["kind"], kind, "{library}");
                assert_eq!(it["summary"], format!("{}: {title}", item.key), "{library}");
                assert!(
                    it["description"]
                        .as_str()
                        .unwrap()
                        .ends_with(&description.replace('\t', "")),
                    "{library}: {it:#}"
                );
                assert_eq!(it["status"], if is_cancelled { "CANCELLED" } else { open }, "{library}");
                assert_eq!(it["sequence"], i32::from(is_cancelled), "{library}");
                assert_eq!(it["day"], app_day(), "{library}");
                assert_eq!(it["priority"], 5, "{library}");
                assert_eq!(
                    it["categories"],
                    json!(["Postmortem", "Recommendation", "P2", "a,b", "c;d"]),
                    "{library}"
                );
                assert_eq!(
                    it["url"],
                    format!("http://postmortem.example/recommendations/{}", item.key),
                    "{library}"
                );
                let alarms = it["alarms"].as_array().unwrap();
                assert_eq!(alarms.len(), usize::from(!is_cancelled), "{library}");
                if let Some(first) = alarms.first() {
                    assert_eq!(first[0].as_f64(), Some(alarm), "{library}");
                }
            }
        }
    }
    assert_eq!(python[2]["items"], json!([]));
    assert_eq!(node[2]["items"], json!([]));
}

/// Thirty days after the beginning of every test.
fn app_day() -> String {
    (postmortem_tests::app::beginning() + chrono::Duration::days(30))
        .date_naive()
        .to_string()
}

/// The snippets of docs/calendar.md do what the document says.
#[actix_web::test]
async fn the_document_runs() {
    let app = TestApp::new(Engine::Sqlite).await;
    let crew = Crew::new(&app).await;
    let admin = app.user("Root", Role::Admin).await;
    let team = app.team(&admin, &[&crew.bo], &[]).await;
    crew.item("ACCEPTED", "P1").await;
    let text = document("calendar.md");
    let asked = snippets(&text, "graphql");
    let [create, of_team, list, rotate, revoke] = asked.as_slice() else {
        panic!("{} snippets of GraphQL", asked.len())
    };
    let made = app.ask(&crew.bo, create, json!({})).await;
    assert_eq!(made.text("/createCalendarFeed/calendarFeed/name"), "My due dates");
    let feed = made.text("/createCalendarFeed/calendarFeed/id");
    let theirs = app.ask(&crew.bo, of_team, json!({ "team": team.id })).await;
    assert_eq!(theirs.text("/createCalendarFeed/calendarFeed/team/slug"), team.slug);
    let listed = app.ask(&crew.bo, list, json!({})).await;
    assert_eq!(listed.at("/calendarFeeds/nodes").as_array().unwrap().len(), 2);
    let rotated = app.ask(&crew.bo, rotate, json!({ "feed": feed })).await;
    let path = super::path_of(&rotated.text("/rotateCalendarFeed/url"));

    let served = app.serve();
    let folder = tempfile::tempdir().unwrap();
    let address = format!("http://{served}{path}");
    for script in snippets(&text, "sh") {
        let (folder, address) = (folder.path().to_owned(), address.clone());
        let shown = script.clone();
        let ran = tokio::task::spawn_blocking(move || run_shell(&script, &folder, &[("FEED", &address)]));
        let output = ran.await.unwrap();
        assert!(output.status.success(), "{shown}{output:?}");
    }
    let revoked = app.ask(&crew.bo, revoke, json!({ "feed": feed })).await;
    assert!(!revoked.text("/revokeCalendarFeed/calendarFeed/revokedAt").is_empty());
    drop(served);
    app.finish().await;
}
