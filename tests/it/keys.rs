//! Human keys and ids.

use entity::enums::Role;
use futures_util::future::join_all;
use postmortem_tests::on_both_databases;
use serde_json::json;

on_both_databases! {
    /// Thirty at the same time: no two alike, no failure.
    async fn keys_are_unique_under_concurrency(app) {
        let ada = app.user("Ada", Role::Member).await;
        let reports = join_all((0..30).map(|_| app.report(&ada, json!({})))).await;
        let mut numbers: Vec<u32> =
            reports.iter().map(|report| report.key.strip_prefix("PM-").unwrap().parse().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=30).collect::<Vec<_>>());
        let cause = app.cause(&ada, &reports[0], json!({})).await;
        let causes = [cause.as_str()];
        let items = join_all((0..30).map(|_| app.item(&ada, &causes, json!({})))).await;
        let mut keys: Vec<&str> = items.iter().map(|item| item.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 30);
    }

    /// What people type: any case, blanks around it.
    async fn keys_are_found_as_people_type_them(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({})).await;
        let typed = format!(" {} ", report.key.to_lowercase());
        let answer = app
            .ask(&ada, "query ($key: String!) { report(key: $key) { id } none: report(key: \"PM-99999\") { id } }", json!({ "key": typed }))
            .await;
        assert_eq!(answer.text("/report/id"), report.id);
        assert_eq!(answer.at("/none"), json!(null));
    }

    /// An id says what it names.
    async fn ids_carry_their_kind(app) {
        let ada = app.user("Ada", Role::Member).await;
        let report = app.report(&ada, json!({})).await;
        let cause = app.cause(&ada, &report, json!({})).await;
        let item = app.item(&ada, &[&cause], json!({})).await;
        for (id, prefix) in
            [(&ada.id, "usr_"), (&report.id, "rep_"), (&report.incident, "inc_"), (&cause, "rc_"), (&item.id, "rec_")]
        {
            assert!(id.starts_with(prefix), "{id} should start with {prefix}");
            assert_eq!(id.len(), prefix.len() + 26, "{id}");
        }
        let wrong = app.ask(&ada, "query ($id: ID!) { rootCause(id: $id) { id } }", json!({ "id": report.id })).await;
        assert_eq!(wrong.problems(), [("id".to_owned(), "WRONG_ID_TYPE".to_owned())]);
    }
}
