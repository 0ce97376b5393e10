//! GraphQL over HTTP, by the audits of npm's `graphql-http`.

use std::collections::BTreeSet;

use entity::enums::Role;
use postmortem_tests::{conformance::script, on_both_databases};
use serde_json::Value;

/// How many audits the package has; when there are more, look at them.
const AUDITS: usize = 61;

on_both_databases! {
    /// All of them: what must be, what should be and what may be.
    async fn every_audit_passes(app) {
        let user = app.user("Ada", Role::Member).await;
        let served = app.serve();
        let audits = script("audits.mjs", &[&served.to_string(), &user.token]).await;
        let audits = audits.as_array().expect("a list");
        let failed: Vec<&Value> = audits.iter().filter(|audit| audit["status"] != "ok").collect();
        assert!(failed.is_empty(), "{failed:#?}");
        let ids: BTreeSet<&str> = audits.iter().filter_map(|audit| audit["id"].as_str()).collect();
        assert_eq!(ids.len(), AUDITS, "{ids:?}");
    }

    /// Who is not let in fails them, so they can fail.
    async fn a_stranger_fails(app) {
        let served = app.serve();
        let audits = script("audits.mjs", &[&served.to_string(), "nobody"]).await;
        let failed = audits.as_array().expect("a list").iter().filter(|audit| audit["status"] != "ok");
        assert!(failed.count() > 10, "{audits:#}");
    }
}
