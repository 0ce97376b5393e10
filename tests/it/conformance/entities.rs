//! What gateways ask: objects by references of others, and the schema that says so.

use entity::enums::Role;
use postmortem_api::{platform::settings::Settings, schema::federation};
use postmortem_tests::{TestApp, TestUser, on_both_databases};
use serde_json::{Value, json};

use crate::restricted::Vault;

const NAMES: &str = "query ($of: [_Any!]!) { _entities(representations: $of) {
    __typename
    ... on Incident { id key }
    ... on Recommendation { id key }
    ... on Report { id key }
    ... on Service { id slug }
    ... on Team { id slug }
    ... on User { id email }
} }";

async fn entities(app: &TestApp, user: &TestUser, of: Value) -> Value {
    app.ask(user, NAMES, json!({ "of": of })).await.at("/_entities")
}

fn rec(name: &str, value: &str) -> Value {
    json!({ "__typename": "Recommendation", name: value })
}

on_both_databases! {
    /// In the order of the references, each by any of its keys; null for what there is not.
    async fn everything_by_each_of_its_keys(app) {
        let admin = app.user("Root", Role::Admin).await;
        let team = app.team(&admin, &[], &[]).await;
        let service = json!({ "slug": "checkout", "name": "Checkout" });
        let service = app.mutate(&admin, "createService", service, "service { id }").await.text("/service/id");
        let report = app.report(&admin, json!({})).await;
        let cause = app.cause(&admin, &report, json!({})).await;
        let item = app.item(&admin, &[&cause], json!({})).await;
        let incident = app.show(&admin, "incident", &report.incident, "key").await["key"].clone();

        let all = json!([
            { "__typename": "User", "id": admin.id, "email": admin.email },
            { "__typename": "Incident", "id": report.incident, "key": incident },
            { "__typename": "Team", "id": team.id, "slug": team.slug },
            { "__typename": "Report", "id": report.id, "key": report.key },
            { "__typename": "Service", "id": service, "slug": "checkout" },
            { "__typename": "Recommendation", "id": item.id, "key": item.key },
        ]);
        let expected = all.as_array().unwrap();
        let only = |keep: fn(&str) -> bool| -> Value {
            let kept = |object: &Value| {
                let fields = object.as_object().unwrap().iter().filter(|(name, _)| keep(name));
                Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
            };
            expected.iter().map(kept).collect()
        };
        assert_eq!(entities(app, &admin, all.clone()).await, all);
        assert_eq!(entities(app, &admin, only(|name| matches!(name, "__typename" | "id"))).await, all);
        assert_eq!(entities(app, &admin, only(|name| name != "id")).await, all);
        // As people write them, and more than once.
        let twice = json!([rec("key", &item.key.to_lowercase()), { "__typename": "User", "email": admin.email.to_uppercase() }, rec("id", &item.id)]);
        assert_eq!(entities(app, &admin, twice).await, json!([expected[5], expected[0], expected[5]]));

        let nothing = json!([
            rec("id", "rec_01jeg8zm80eanvp89akc403jsg"), rec("id", "nonsense"), rec("id", ""), rec("id", &report.id),
            rec("key", "REC-999"), rec("key", &report.key), rec("id", &item.id),
        ]);
        let found = entities(app, &admin, nothing).await;
        assert_eq!(found, json!([null, null, null, null, null, null, expected[5]]));
    }

    /// A reference that is none of ours is refused, and said which.
    async fn what_is_no_reference_is_refused(app) {
        let user = app.user("Ada", Role::Viewer).await;
        for (wrong, word) in [
            (json!({ "__typename": "RootCause", "id": "rc_1" }), "one of Incident"),
            (json!({ "__typename": "Query" }), "one of Incident"),
            (json!({ "id": "rec_1" }), "__typename"),
            (json!({ "__typename": 7, "id": "rec_1" }), "__typename"),
            (json!({ "__typename": "Recommendation" }), "its id or its key"),
            (json!({ "__typename": "Recommendation", "id": 7 }), "its id or its key"),
            (json!({ "__typename": "Team", "key": "x" }), "its id or its slug"),
            (json!("Recommendation"), "an object"),
            (json!(["Recommendation"]), "an object"),
        ] {
            let answer = app.ask(&user, NAMES, json!({ "of": [rec("key", "REC-1"), wrong] })).await;
            assert_eq!(answer.code(), "VALIDATION_FAILED", "{wrong}");
            assert_eq!(answer.problems(), [("representations.1".to_owned(), "UNKNOWN_REPRESENTATION".to_owned())]);
            assert!(answer.message().contains(word), "{wrong}: {}", answer.message());
        }
        let answer = app.ask(&user, NAMES, json!({ "of": null })).await;
        assert_eq!(answer.code(), "VALIDATION_FAILED");
    }

    /// What may not be seen is nothing, by each way to it; those who may see it do.
    async fn a_reference_leads_nobody_to_a_restricted_report(app) {
        let vault = Vault::new(app).await;
        let secret = json!([
            { "__typename": "Report", "id": vault.secret.id }, { "__typename": "Report", "key": vault.secret.key },
            rec("id", &vault.secret_item.id), rec("key", &vault.secret_item.key),
        ]);
        assert_eq!(entities(app, &vault.outsider, secret.clone()).await, json!([null, null, null, null]));
        let seen = entities(app, &vault.insider, secret).await;
        assert_eq!(seen[1]["id"], vault.secret.id.as_str());
        assert_eq!(seen[3]["id"], vault.secret_item.id.as_str());
        // By way of what is public, too.
        let query = "query ($of: [_Any!]!) { _entities(representations: $of) {
            ... on Incident { reports { totalCount } }
            ... on Recommendation { rootCauses { totalCount } }
        } }";
        let public = json!({ "of": [{ "__typename": "Incident", "id": vault.secret.incident }, rec("id", &vault.public_item.id)] });
        let answer = app.ask(&vault.outsider, query, public).await;
        assert_eq!(answer.at("/_entities/1/rootCauses/totalCount"), 1, "{:#}", answer.body);
        let reports = answer.body["data"]["_entities"][0]["reports"]["totalCount"].clone();
        assert!(reports.is_null() || reports == 0, "{reports}");
        // Nobody is let in without a token.
        let answer = app.post(None, json!({ "query": "{ _service { sdl } }" })).await;
        assert_eq!(answer.code(), "UNAUTHENTICATED");
    }

    /// Many references cost as many statements as one, and each has its price.
    async fn references_are_read_together_and_priced(app) {
        let user = app.user("Ada", Role::Member).await;
        let report = app.report(&user, json!({})).await;
        let cause = app.cause(&user, &report, json!({})).await;
        let mut items = Vec::new();
        for _ in 0..12 {
            items.push(app.item(&user, &[&cause], json!({ "ownerId": user.id })).await);
        }
        let query = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Recommendation { key owner { name } } } }";
        let cost = async |of: Vec<Value>| {
            app.forget_statements();
            let answer = app.ask(&user, query, json!({ "of": of })).await;
            assert_eq!(answer.at("/_entities").as_array().map(Vec::len), Some(of.len()));
            assert!(!answer.body.to_string().contains("null"), "{:#}", answer.body);
            app.statements()
        };
        for way in ["id", "key"] {
            let of = |item: &postmortem_tests::fixtures::TestItem| rec(way, if way == "id" { &item.id } else { &item.key });
            let (one, all) = (cost(vec![of(&items[0])]).await, cost(items.iter().map(of).collect()).await);
            assert_eq!(one.len(), all.len(), "one {one:#?}\nall {all:#?}");
        }

        let many: Vec<Value> = (0..150).map(|_| rec("key", "REC-1")).collect();
        let answer = app.ask(&user, NAMES, json!({ "of": many })).await;
        assert!(answer.is_ok(), "{:#}", answer.body);
        let app = &TestApp::with_settings(app.engine, |settings| Settings { query_complexity: 1_000, ..settings }).await;
        let user = app.user("Ada", Role::Member).await;
        let answer = app.ask(&user, NAMES, json!({ "of": many })).await;
        assert_eq!(answer.code(), "QUERY_TOO_COMPLEX");
        assert!(app.ask(&user, NAMES, json!({ "of": many[..20] })).await.is_ok());
    }

    /// The schema for gateways is the plain one with keys; nobody else sees what only gateways ask.
    async fn the_schema_says_what_can_be_referred_to(app) {
        let user = app.user("Ada", Role::Viewer).await;
        let served = app.ask(&user, "{ _service { sdl } }", json!({})).await.text("/_service/sdl");
        assert_eq!(served, federation::sdl());
        for (name, key) in [("Incident", "key"), ("Recommendation", "key"), ("Report", "key"), ("Service", "slug"), ("Team", "slug"), ("User", "email")] {
            let line = served.lines().find(|line| line.starts_with(&format!("type {name} ")));
            let keys = format!("@key(fields: \"id\") @key(fields: \"{key}\") {{");
            assert!(line.is_some_and(|line| line.ends_with(&keys)), "{name}: {line:?}");
        }
        assert!(served.contains("type PageInfo @shareable {") && !served.contains("\nschema {"));
        let undirected: String = served.lines().skip(1).map(|line| {
            let plain = line.split(" @key(").next().unwrap_or_default().trim_end_matches(" @shareable {").trim_end_matches(" {");
            if line.ends_with(" {") { format!("{plain} {{\n") } else { format!("{line}\n") }
        }).collect();
        let plain = postmortem_api::schema::sdl();
        assert!(plain.starts_with(undirected.trim_end()), "the two schemas differ in more than directives");

        let query = "{ __schema { types { name } queryType { fields { name } } } }";
        let shown = app.ask(&user, query, json!({})).await.body.to_string();
        for hidden in ["_service", "_entities", "_Any", "_Entity", "_Service"] {
            assert!(!shown.contains(&format!("\"{hidden}\"")), "{hidden} is shown");
        }
    }
}
