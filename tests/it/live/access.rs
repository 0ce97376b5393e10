//! Who receives what: decided for each event, as things are then.

use entity::enums::Role;
use postmortem_api::{
    live::{jobs::Hub, queries::as_it_is},
    platform::settings::Settings,
};
use postmortem_tests::{
    live::{EventStream, Socket, types_of},
    on_both_databases,
    secrets::Secret,
};
use serde_json::{Value, json};

use super::{EVENTS, app_with};

const ITEMS: &str = "subscription ($filter: RecommendationFilter, $after: String) { \
     recommendationChanged(filter: $filter, after: $after) { event { type } recommendation { key status } } }";
const REPORTS: &str =
    "subscription ($filter: ReportFilter) { reportChanged(filter: $filter) { event { type } report { key status } } }";

on_both_databases! {
    /// A report that becomes RESTRICTED is gone for those outside, from the next event on; and comes back when it is lifted.
    async fn access_is_as_it_is_at_the_event(app) {
        let (owner, outsider) = (app.user("Olga", Role::Member).await, app.user("Otto", Role::Member).await);
        let report = app.report(&owner, json!({ "ownerId": owner.id })).await;
        let served = app.serve();
        let mut inside = EventStream::subscribe(&served, &owner.token, EVENTS, json!({})).await;
        let mut outside = EventStream::subscribe(&served, &outsider.token, EVENTS, json!({})).await;
        let update = async |change: Value| {
            let mut input = json!({ "id": report.id });
            postmortem_tests::fixtures::merge(&mut input, change);
            app.mutate(&owner, "updateReport", input, "report { id }").await.data();
        };
        update(json!({ "title": "Seen by all" })).await;
        assert_eq!(types_of(&outside.results_until("report.updated").await), ["report.updated"]);
        update(json!({ "visibility": "RESTRICTED" })).await;
        update(json!({ "title": "A vault" })).await;
        app.cause(&owner, &report, json!({ "title": "A hinge" })).await;
        let marker = app.report(&owner, json!({})).await;
        assert_eq!(types_of(&outside.results_until("report.created").await), ["incident.created", "report.created"]);
        update(json!({ "visibility": "ORGANIZATION" })).await;
        assert_eq!(types_of(&outside.results_until("report.updated").await), ["report.updated"]);
        let comment = json!({ "subjectId": marker.id, "body": "The end." });
        app.mutate(&owner, "addComment", comment, "comment { id }").await.data();
        assert_eq!(types_of(&inside.results_until("comment.added").await), [
            "report.updated", "report.updated", "report.updated", "root_cause.added", "incident.created", "report.created",
            "report.updated", "comment.added",
        ]);
    }

    /// Nothing that an outsider can receive tells of a secret, whether it comes as it happens or from the log.
    async fn a_secret_is_told_to_nobody_outside(app) {
        let (owner, insider) = (app.user("Olga", Role::Member).await, app.user("Ines", Role::Viewer).await);
        let admin = app.user("Root", Role::Admin).await;
        let outsider = app.user("Otto", Role::Member).await;
        let machine = app.machine(&admin, &["READ", "WRITE"], json!({})).await;
        let public = app.report(&owner, json!({})).await;
        let cause = app.cause(&owner, &public, json!({})).await;
        app.advance(chrono::Duration::days(5));
        let incident = json!({ "title": "A door", "severity": "SEV1", "startedAt": "2026-03-06T09:00:00Z" });
        let incident = app.mutate(&owner, "createIncident", incident, "incident { id }").await.text("/incident/id");
        let served = app.serve();
        let everything = "{ id type sequence schemaVersion occurredAt actor { kind name user { id } } subject { id } \
                           changes { field from to } payload }";
        let whole = |field: &str| format!("subscription ($after: String) {{ {field} }}");
        let texts = [
            whole(&format!("events(after: $after) {everything}")),
            whole(&format!("recommendationChanged(after: $after, filter: {{not: {{label: {{eq: \"vault\"}}}}}}) {{ event {everything} recommendation {{ title rootCauses {{ nodes {{ title }} }} }} }}")),
            whole(&format!("reportChanged(after: $after) {{ event {everything} report {{ title rootCauses {{ nodes {{ title }} }} }} }}")),
        ];
        let mut live = Vec::new();
        for user in [&outsider, &machine] {
            for text in &texts {
                live.push((user, EventStream::subscribe(&served, &user.token, text, json!({})).await));
            }
        }
        let secret = Secret::new(app, &owner, &insider, &incident, &cause).await;
        for (name, input) in secret.changes() {
            app.mutate(&owner, name, input, "__typename").await.data();
        }
        // Something that each of them receives, so that all that came before has come.
        let item = app.item(&owner, &[&cause], json!({ "title": "Close the door" })).await;
        for subject in [&public.id, &item.id] {
            let comment = json!({ "subjectId": subject, "body": "The end." });
            app.mutate(&owner, "addComment", comment, "comment { id }").await.data();
        }
        for user in [&outsider, &machine] {
            for text in &texts {
                live.push((user, EventStream::subscribe(&served, &user.token, text, json!({ "after": "0" })).await));
            }
        }
        for (user, stream) in &mut live {
            let results = stream.results_until("comment.added").await;
            let text: String = results.iter().map(|result| format!("{result}\n")).collect();
            secret.assert_absent(&user.name, &text);
        }
        // An event that must not be seen is no place to begin at.
        for (id, _) in secret.ids.iter().filter(|id| id.starts_with("evt_")).zip(0..3) {
            let mut refused = EventStream::subscribe(&served, &outsider.token, EVENTS, json!({ "after": id })).await;
            assert_eq!(refused.result().await["errors"][0]["extensions"]["fields"][0]["code"], "UNKNOWN_EVENT");
        }
        let mut insiders = EventStream::subscribe(&served, &insider.token, EVENTS, json!({ "after": "0" })).await;
        let types = types_of(&insiders.results_until("report.archived").await);
        assert!(types.contains(&"root_cause.added".to_owned()), "{types:?}");
    }

    /// A subscriber that is slow is not told a name that was taken away before it came to the event.
    async fn a_name_that_is_gone_is_in_no_event_that_waited(app) {
        let (root, ada) = (app.user("Root", Role::Admin).await, app.user("Ada Lovelace", Role::Member).await);
        let report = app.report(&root, json!({ "title": "Seen by Ada Lovelace" })).await;
        let comment = json!({ "subjectId": report.id, "body": "Seen." });
        app.mutate(&ada, "addComment", comment, "comment { id }").await.data();
        let hub = Hub::new(app.app.clone());
        let mut slow = hub.subscribe(0).await.unwrap();
        let mut waited = slow.next().await.unwrap();
        while waited.event_type != "comment.added" {
            waited = slow.next().await.unwrap();
        }
        assert_eq!(waited.actor_name, "Ada Lovelace");
        app.mutate(&root, "anonymizeUser", json!({ "id": ada.id }), "user { id }").await.data();
        let told = as_it_is(&*app.session(&root).await, &waited).await.unwrap().expect("the event");
        assert_eq!(told.sequence, waited.sequence);
        assert!(told.actor_name.starts_with("Former user "), "{told:?}");
        assert!(!format!("{told:?}").contains("Lovelace"), "{told:?}");
    }

    /// Filters mean what they mean in lists.
    async fn filters_are_those_of_lists(app) {
        let lead = app.user("Lena", Role::Admin).await;
        let report = app.report(&lead, json!({})).await;
        let cause = app.cause(&lead, &report, json!({})).await;
        let item = app.item(&lead, &[&cause], json!({})).await;
        let noise = app.item(&lead, &[&cause], json!({})).await;
        let served = app.serve();
        let filter = json!({ "filter": { "isOpen": true } });
        let mut open = EventStream::subscribe(&served, &lead.token, ITEMS, filter).await;
        let keyed = json!({ "filter": { "key": { "eq": item.key } } });
        let mut keyed = EventStream::subscribe(&served, &lead.token, ITEMS, keyed).await;
        let archived = json!({ "filter": { "status": { "in": ["ARCHIVED"] } } });
        let mut reports = EventStream::subscribe(&served, &lead.token, REPORTS, archived).await;
        let types = json!({ "types": ["report.*", "recommendation.declined"] });
        let by_type = "subscription ($types: [String!]) { events(types: $types) { type } }";
        let mut typed = EventStream::subscribe(&served, &lead.token, by_type, types).await;
        // A filter asks about the thing as it is when the event is delivered, so each step waits for that.
        for thing in [&noise, &item] {
            app.accept(&lead, thing, &lead, app.day(3)).await;
            assert_eq!(types_of(&open.results_until("recommendation.accepted").await), ["recommendation.accepted"]);
        }
        let decline = json!({ "reason": "REJECTED", "note": "It costs more than it saves." });
        app.step(&lead, "declineRecommendation", &item, decline).await.data();
        app.step(&lead, "startRecommendation", &noise, json!({})).await.data();
        assert_eq!(types_of(&open.results_until("recommendation.started").await), ["recommendation.started"]);
        app.step(&lead, "reopenRecommendation", &item, json!({ "reason": "It is needed." })).await.data();
        assert_eq!(types_of(&open.results_until("recommendation.reopened").await), ["recommendation.reopened"]);
        app.mutate(&lead, "archiveReport", json!({ "id": report.id }), "report { id }").await.data();
        let results = keyed.results_until("recommendation.reopened").await;
        assert_eq!(types_of(&results), ["recommendation.accepted", "recommendation.declined", "recommendation.reopened"]);
        assert_eq!(results[0]["data"]["recommendationChanged"]["recommendation"]["key"], json!(item.key));
        let results = reports.results_until("report.archived").await;
        assert_eq!(types_of(&results), ["report.archived"]);
        assert_eq!(results[0]["data"]["reportChanged"]["report"]["status"], "ARCHIVED");
        assert_eq!(types_of(&typed.results_until("report.archived").await), ["recommendation.declined", "report.archived"]);
    }

    /// A token that is revoked, and a user who is made inactive, receive nothing more, and are told why.
    async fn a_sign_in_that_holds_no_more_ends_it(app) {
        let admin = app.user("Root", Role::Admin).await;
        let (user, machine) = (app.user("Ada", Role::Member).await, app.machine(&admin, &["READ"], json!({})).await);
        let served = app.serve();
        let mut stream = EventStream::subscribe(&served, &user.token, EVENTS, json!({})).await;
        let mut socket = Socket::of(&served, &machine).await;
        socket.subscribe("1", "subscription { events(types: [\"incident.*\"]) { type } }", json!({})).await;
        app.report(&user, json!({})).await;
        stream.results_until("report.created").await;
        app.mutate(&admin, "revokeApiToken", json!({ "id": machine.id }), "apiToken { id }").await.data();
        app.mutate(&admin, "updateUser", json!({ "id": user.id, "isActive": false }), "user { id }").await.data();
        app.report(&admin, json!({})).await;
        assert_eq!(stream.result().await["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert_eq!(stream.event().await.map(|(event, _)| event).as_deref(), Some("complete"));
        let mut message = socket.hear().await;
        if message["type"] == "next" {
            message = socket.hear().await;
        }
        assert_eq!(message["payload"][0]["extensions"]["code"], "UNAUTHENTICATED", "{message}");
    }

    /// The same when nothing happens: it is looked at now and then.
    async fn a_quiet_sign_in_ends_too(app) {
        let app = &app_with(app.engine, |settings| Settings { live_keep_alive_ms: 400, ..settings }).await;
        let admin = app.user("Root", Role::Admin).await;
        let machine = app.machine(&admin, &["READ"], json!({})).await;
        let served = app.serve();
        let quiet = "subscription { events(types: [\"team.*\"]) { id } }";
        let mut stream = EventStream::subscribe(&served, &machine.token, quiet, json!({})).await;
        let mut socket = Socket::of(&served, &machine).await;
        let mut empty = Socket::of(&served, &machine).await;
        socket.subscribe("1", quiet, json!({})).await;
        app.mutate(&admin, "revokeApiToken", json!({ "id": machine.id }), "apiToken { id }").await.data();
        assert_eq!(stream.result().await["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert_eq!(stream.event().await.map(|(event, _)| event).as_deref(), Some("complete"));
        assert_eq!(stream.event().await, None);
        assert_eq!(socket.hear().await["payload"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert_eq!(socket.closed().await.0, 4403);
        assert_eq!(empty.closed().await.0, 4403);
    }
}
