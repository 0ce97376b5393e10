//! docs/federation.md, as somebody would follow it: another subgraph, a composed supergraph and a real gateway.

use postmortem_api::schema::federation::sdl;
use postmortem_tests::{conformance::Workshop, on_both_databases};
use serde_json::{Value, json};

use crate::{restricted::Vault, settings_and_cli::binary};

on_both_databases! {
    /// Whoever asks the gateway gets what they may see, together with what the other subgraph knows of it.
    async fn the_examples_make_a_gateway(app) {
        let vault = Vault::new(app).await;
        let (seen, unseen) = (&vault.public_item, &vault.secret_item);
        let served = app.serve();
        let mut workshop = Workshop::of_document("federation.md", |text| {
            text.replace("rec_01jeg8zm80eanvp89akc403jsg", &seen.id).replace("rec_01jeg8zm80eanvp89akc403jsh", &unseen.id)
        });
        let folder = binary().parent().expect("a folder").to_string_lossy().into_owned();
        workshop.set("BINARIES", &folder);
        workshop.run("bash", &["-c", "PATH=$BINARIES:$PATH bash schema.sh"]).await;
        assert_eq!(workshop.read("postmortem.graphql").trim_end(), sdl().trim_end());

        let deployments = workshop.serve("deployments.mjs");
        workshop.set("POSTMORTEM", &format!("http://{served}/graphql"));
        workshop.set("DEPLOYMENTS", &deployments.url);
        workshop.run("node", &["compose.mjs"]).await;
        let gateway = workshop.serve("gateway.mjs");
        workshop.set("GATEWAY", &gateway.url);

        workshop.set("TOKEN", &vault.outsider.token);
        let answer: Value = serde_json::from_str(&workshop.run("bash", &["query.sh"]).await).expect("JSON");
        assert!(answer.get("errors").is_none(), "{answer:#}");
        let public = json!({
            "key": seen.key, "title": answer["data"]["deployments"][0]["fixes"][0]["title"], "isOverdue": false,
            "report": { "key": vault.public.key, "incident": { "severity": "SEV2" } },
        });
        assert!(public["title"].is_string());
        assert_eq!(answer["data"]["deployments"], json!([
            { "environment": "production", "fixes": [public] },
            { "environment": "staging", "fixes": [public, null] },
        ]));
        // And the other way round: deployments of what is listed here.
        let both = json!([{ "environment": "production" }, { "environment": "staging" }]);
        assert_eq!(answer["data"]["recommendations"]["nodes"], json!([{ "key": seen.key, "deployments": both }]));

        workshop.set("TOKEN", &vault.owner.token);
        let answer: Value = serde_json::from_str(&workshop.run("bash", &["query.sh"]).await).expect("JSON");
        assert_eq!(answer["data"]["deployments"][1]["fixes"][1]["key"], unseen.key, "{answer:#}");

        workshop.set("TOKEN", "nobody");
        let answer = workshop.run("bash", &["query.sh"]).await;
        assert!(answer.contains("UNAUTHENTICATED") && !answer.contains("REC-"), "{answer}");
    }
}

/// What does not fit is not composed, so that the composition above says something.
#[actix_web::test]
async fn a_subgraph_that_claims_what_is_ours_does_not_compose() {
    let workshop = Workshop::of_document("federation.md", |text| {
        text.replace(
            "  deployments: [Deployment!]!\n}\n\ntype Deployment",
            "  reports: Int!\n}\n\ntype Deployment",
        )
    });
    std::fs::write(workshop.path().join("postmortem.graphql"), sdl()).expect("a file");
    let output = workshop.try_run("node", &["compose.mjs"]).await;
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("Query.reports"), "{said}");
}
