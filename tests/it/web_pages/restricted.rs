//! A RESTRICTED report is on no page of who may not know of it, and on those of who may.

use postmortem_tests::{fixtures::unknown_id, on_both_databases, secrets::MARK};
use serde_json::json;

use super::{open, page, words};
use crate::restricted::Vault;

on_both_databases! {
    /// Not in a list, a count, a map or a link; and its own pages are none.
    async fn it_is_on_no_page_of_outsiders(app) {
        let vault = Vault::new(app).await;
        let public = [
            "/".to_owned(), "/recommendations".to_owned(), "/recommendations?overdue=yes".to_owned(), "/recommendations?label=other".to_owned(),
            "/reports".to_owned(), "/incidents".to_owned(), "/root-causes".to_owned(), "/root-causes?recurring=yes".to_owned(),
            format!("/reports/{}", vault.public.key), format!("/reports/{}", vault.later.key),
            format!("/recommendations/{}", vault.public_item.key), format!("/root-causes/{}", vault.public_cause),
            format!("/root-causes/{}", vault.later_cause), format!("/incidents/{}", incident(app, &vault, &vault.public.incident).await),
        ];
        let secret = [
            format!("/reports/{}", vault.secret.key), format!("/recommendations/{}", vault.secret_item.key),
            format!("/root-causes/{}", vault.secret_cause),
        ];
        for path in &public {
            let html = page(app, &vault.outsider, path).await;
            assert!(!html.to_lowercase().contains(MARK), "{path} tells of the secret: {}", words(&html));
            for key in [&vault.secret.key, &vault.secret_item.key, &vault.secret_cause] {
                assert!(!html.contains(&format!("{key}<")) && !html.contains(&format!("{key} ")) && !html.contains(&format!("{key}\"")), "{path} names {key}");
            }
        }
        // What is not there and what must not be seen look alike.
        let nothing = [
            "/reports/PM-9999".to_owned(), "/recommendations/REC-9999".to_owned(),
            format!("/root-causes/{}", unknown_id(&vault.secret_cause, &vault.public.id)),
        ];
        for (path, nothing) in secret.iter().zip(&nothing) {
            let (hidden, absent) = (open(app, &vault.outsider, path).await, open(app, &vault.outsider, nothing).await);
            assert_eq!((hidden.status.as_u16(), absent.status.as_u16()), (404, 404), "{path}, {nothing}");
            assert_eq!(hidden.body, absent.body, "{path}");
        }
        for user in [&vault.owner, &vault.insider, &vault.admin] {
            for path in &secret {
                let html = page(app, user, path).await;
                assert!(html.to_lowercase().contains(MARK), "{path} is empty for {}", user.name);
                assert!(words(&html).contains("Restricted"), "{path} does not say that it is restricted");
            }
            assert!(page(app, user, "/recommendations").await.contains("Change the vault lock"));
        }
    }

    /// What an admin is shown of it is written down, as for a query.
    async fn what_admins_read_is_an_event(app) {
        let vault = Vault::new(app).await;
        let reads = "{ events(first: 100, types: [\"report.read\"]) { nodes { type } } }";
        let count = async || app.ask(&vault.admin, reads, json!({})).await.at("/events/nodes").as_array().unwrap().len();
        let before = count().await;
        page(app, &vault.admin, &format!("/reports/{}", vault.secret.key)).await;
        let after = count().await;
        assert_eq!(after, before + 1);
    }
}

async fn incident(app: &postmortem_tests::TestApp, vault: &Vault, id: &str) -> String {
    let found = app.show(&vault.outsider, "incident", id, "key").await;
    found["key"].as_str().expect("an incident").to_owned()
}
