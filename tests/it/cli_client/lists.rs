//! What the commands list is what the API says, on both databases.

use entity::{
    enums::{RecommendationStatus, Role},
    ids::ReportId,
};
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

use super::{Asker, Said, keys};

/// The keys of a list that the API gives.
async fn asked(app: &TestApp, user: &TestUser, list: &str) -> Vec<String> {
    let end = if list.starts_with("viewer {") { "} }" } else { "}" };
    let answer = app
        .ask(user, &format!("{{ {list} {{ nodes {{ key }} }} {end}"), json!({}))
        .await;
    let data = answer.data();
    let nodes = data.pointer("/viewer/actionItems/nodes").or_else(|| {
        let list = data.as_object().and_then(|data| data.values().next());
        list.and_then(|list| list.get("nodes"))
    });
    keys(nodes.expect("a list"))
}

/// Runs with `--format json` and expects the list that the API gives.
async fn agree(app: &TestApp, asker: &Asker, user: &TestUser, args: &[&str], list: &str) -> Vec<String> {
    let listed = asker.run(&[args, &["--format", "json"]].concat()).await.keys();
    let wanted = asked(app, user, list).await;
    assert_eq!(listed, wanted, "{args:?}");
    wanted
}

fn lines(said: &Said) -> Vec<Value> {
    let lines = said.ok().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Many recommendations in a report of somebody's, with these titles.
async fn many(app: &TestApp, user: &TestUser, titles: impl Iterator<Item = String>) {
    let report = app.report(user, json!({})).await;
    let report: ReportId = report.id.parse().expect("an id");
    let rows: Vec<_> = titles
        .map(|title| entity::recommendation::Model {
            title,
            status: RecommendationStatus::Accepted,
            owner_id: Some(user.user_id),
            due_on: Some(app.day(-3)),
            ..app.recommendation_row(report)
        })
        .collect();
    app.store(rows).await;
}

/// Titles that attack whoever reads them.
const HOSTILE: [&str; 7] = [
    "=HYPERLINK(\"http://evil.example\",\"click\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u{1b}]0;owned\u{7}\u{1b}[31mred\u{1b}[2J",
    "\u{9b}31mone byte escapes",
    "safe \u{202e}txt.exe",
    "two\r\nlines\u{8}\u{8}",
    "-1+1\u{7f}",
];

/// No character that a terminal obeys, or that turns what is read.
#[track_caller]
fn harmless(text: &str) {
    let bad = |letter: &char| (letter.is_control() && *letter != '\n') || *letter == '\u{202e}';
    let found: Vec<char> = text.chars().filter(bad).collect();
    assert!(found.is_empty(), "{found:?} in {text:?}");
}

on_both_databases! {
    /// Every list and every filter.
    async fn lists_are_those_of_the_api(app) {
        let world = app.world().await;
        let (me, served) = (&world.me, app.serve());
        let asker = Asker::of(&served, me);
        let overdue = agree(app, &asker, me, &["overdue"], "actionItems(first: 100, filter: {isOverdue: true})").await;
        assert!(overdue.iter().any(|key| key.starts_with("REC-")) && overdue.iter().any(|key| key.starts_with("PM-")), "{overdue:?}");
        let of_team = agree(app, &asker, me, &["overdue", "--team", "alpha"],
            "actionItems(first: 100, filter: {isOverdue: true, team: {slug: {eq: \"alpha\"}}})").await;
        assert!(!of_team.is_empty() && of_team.len() < overdue.len());
        for (args, filter) in [
            (&["mine"][..], "{isOpen: true}"),
            (&["mine", "--overdue"], "{isOverdue: true}"),
            (&["mine", "--all"], "{}"),
        ] {
            let mine = agree(app, &asker, me, args, &format!("viewer {{ actionItems(first: 100, filter: {filter})")).await;
            assert!(!mine.is_empty(), "{args:?}");
        }
        let all = agree(app, &asker, me, &["items"], "recommendations(first: 100)").await;
        assert_eq!(all.len(), world.items.len());
        let due_before = app.day(1).to_string();
        for (args, filter) in [
            (&["--team", "alpha,beta"][..], "team: {slug: {in: [\"alpha\", \"beta\"]}}"),
            (&["--status", "accepted,IN-PROGRESS"], "status: {in: [ACCEPTED, IN_PROGRESS]}"),
            (&["--severity", "sev1"], "incident: {severity: {eq: SEV1}}"),
            (&["--priority", "p0", "--priority", "P1"], "priority: {in: [P0, P1]}"),
            (&["--open"], "isOpen: true"),
            (&["--overdue"], "isOverdue: true"),
            (&["--due-before", &due_before], &format!("dueOn: {{lt: \"{due_before}\"}}")),
            (&["--team", "alpha", "--open", "--status", "blocked"], "team: {slug: {eq: \"alpha\"}}, status: {eq: BLOCKED}, isOpen: true"),
        ] {
            let some = agree(app, &asker, me, &[&["items"], args].concat(), &format!("recommendations(first: 100, filter: {{{filter}}})")).await;
            assert!(some.len() < all.len(), "{args:?} leaves nothing out");
        }
        for status in RecommendationStatus::ALL {
            let status = status.as_str().to_lowercase().replace('_', "-");
            asker.run(&["items", "--status", &status]).await.ok();
        }
    }

    /// What somebody may not see is not listed to them, and what they see tells all that is known.
    async fn an_item_tells_what_is_known(app) {
        let admin = app.user("Ada", Role::Admin).await;
        let owner = app.user("Olga", Role::Member).await;
        let team = app.team(&admin, &[&owner], &[]).await;
        let report = app.report(&owner, json!({ "visibility": "RESTRICTED" })).await;
        let cause = app.cause(&owner, &report, json!({})).await;
        let item = app.item(&owner, &[&cause], json!({ "title": "Raise the limit", "teamId": team.id, "priority": "P1" })).await;
        let served = app.serve();
        let listed = Asker::of(&served, &owner).run(&["items", "--format", "ndjson"]).await;
        let [line] = &lines(&listed)[..] else { panic!("{listed:?}") };
        let wanted = json!({
            "key": item.key, "type": "RECOMMENDATION", "title": "Raise the limit", "status": "PROPOSED", "priority": "P1",
            "severity": "SEV2", "dueOn": null, "isOverdue": false, "daysOverdue": 0, "owner": null, "ownerEmail": null,
            "team": team.slug, "report": report.key, "incident": line["incident"],
            "url": format!("http://postmortem.example/recommendations/{}", item.key),
        });
        assert_eq!(line, &wanted);
        let outsider = app.user("Otto", Role::Member).await;
        let nothing = Asker::of(&served, &outsider).run(&["items", "--format", "json", "--fail-if-any"]).await;
        assert_eq!(nothing.ok(), "[]\n");
        let table = Asker::of(&served, &outsider).run(&["items"]).await;
        assert_eq!(table.ok(), "No recommendation matches.\n");
        let csv = Asker::of(&served, &outsider).run(&["items", "--format", "csv"]).await;
        assert_eq!(csv.ok(), "key,type,title,status,priority,severity,due_on,is_overdue,days_overdue,owner,owner_email,team,report,incident,url\n");
    }

    /// The API gives 100 at once.
    async fn pages_are_followed(app) {
        let ada = app.user("Ada", Role::Member).await;
        many(app, &ada, (0..230).map(|number| format!("Item {number}"))).await;
        let served = app.serve();
        let asker = Asker::of(&served, &ada);
        let all = asker.run(&["items", "--format", "ndjson"]).await;
        let mut keys: Vec<String> = lines(&all).iter().map(|item| item["key"].to_string()).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 230);
        assert!(all.err.is_empty(), "{all:?}");
        for (args, count) in [(["mine", "--limit", "130"], 130), (["overdue", "--limit", "100"], 100), (["items", "--limit", "1"], 1)] {
            let some = asker.run(&[&args[..], &["--format", "csv"]].concat()).await;
            assert_eq!(some.ok().lines().count(), count + 1, "{args:?}");
            assert!(some.err.contains(&format!("there is more than these {count}")), "{some:?}");
        }
        let table = asker.run(&["overdue"]).await;
        assert!(table.ok().lines().count() > 230 && table.out.starts_with("KEY"), "{table:?}");
    }

    /// For scripts: 3 when there is something, 0 when not, and 1 when nobody can say.
    async fn exit_codes_tell(app) {
        let admin = app.user("Ada", Role::Admin).await;
        let idle = app.team(&admin, &[], &[]).await;
        many(app, &admin, ["Late".to_owned()].into_iter()).await;
        let served = app.serve();
        let asker = Asker::of(&served, &admin);
        for format in ["table", "json", "ndjson", "csv"] {
            let late = asker.run(&["overdue", "--fail-if-any", "--format", format]).await;
            assert_eq!(late.code, 3, "{late:?}");
            assert!(late.out.contains("Late"), "{late:?}");
        }
        let none = asker.run(&["overdue", "--fail-if-any", "--team", &idle.slug]).await;
        assert_eq!(none.ok(), "Nothing is overdue.\n");
        let mistyped = asker.run(&["overdue", "--fail-if-any", "--team", "egde"]).await;
        assert!(mistyped.refusal().contains("no team \"egde\"") && mistyped.err.contains(&idle.slug), "{mistyped:?}");
        let wrong = asker.run(&["items", "--status", "done"]).await;
        assert_eq!(wrong.code, 2, "{wrong:?}");
    }

    /// A title is text wherever it lands.
    async fn hostile_titles_do_nothing(app) {
        let ada = app.user("Ada", Role::Member).await;
        many(app, &ada, HOSTILE.into_iter().map(str::to_owned)).await;
        let served = app.serve();
        let asker = Asker::of(&served, &ada);
        for format in ["table", "json", "ndjson", "csv"] {
            let listed = asker.run(&["items", "--format", format]).await;
            harmless(listed.ok());
            assert!(listed.out.contains("one byte escapes"), "{listed:?}");
        }
        let listed = asker.run(&["items", "--format", "ndjson"]).await;
        let mut titles: Vec<String> = lines(&listed).iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect();
        let mut wanted = HOSTILE.map(str::to_owned);
        titles.sort();
        wanted.sort();
        assert_eq!(titles, wanted, "programs get every character");
        let csv = asker.run(&["items", "--format", "csv"]).await;
        for begins in ["\"'=HYPERLINK(", ",'@SUM(1+1)", ",'-1+1"] {
            assert!(csv.ok().contains(begins), "{begins} in {csv:?}");
        }
        assert_eq!(csv.out.lines().count(), HOSTILE.len() + 1, "a cell with a line break");
    }

    /// Who is not known, is known no more, or is no person.
    async fn whoever_is_not_signed_in_is_told(app) {
        let admin = app.user("Ada", Role::Admin).await;
        let served = app.serve();
        for token in ["pm_nobody", "eyJhbGciOiJub25lIn0.e30.", "nonsense"] {
            let refused = Asker::new(format!("http://{served}"), token).run(&["mine"]).await;
            assert!(refused.refusal().contains("does not accept the token"), "{refused:?}");
            assert!(!refused.err.contains(token), "{refused:?}");
        }
        let machine = app.machine(&admin, &["READ"], json!({})).await;
        let asker = Asker::of(&served, &machine);
        assert!(asker.run(&["mine"]).await.refusal().contains("belongs to a machine"));
        asker.run(&["items"]).await.ok();
        let ingest = app.machine(&admin, &["INGEST"], json!({})).await;
        let refused = Asker::of(&served, &ingest).run(&["items"]).await;
        assert!(refused.refusal().contains("scope READ"), "{refused:?}");
        app.mutate(&admin, "revokeApiToken", json!({ "id": machine.id }), "apiToken { id }").await.data();
        assert!(asker.run(&["items"]).await.refusal().contains("get a new one"));
    }
}
