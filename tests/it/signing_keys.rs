//! The key of the built-in issuer stands sealed in the database: whoever reads the rows, or has a backup, is nobody by that.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::Duration;
use ed25519_dalek::{SigningKey, pkcs8::DecodePrivateKey};
use entity::{enums::Role, signing_key, user};
use postmortem_api::platform::secret::Secret;
use postmortem_tests::{Engine, TestApp, on_both_databases};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};

async fn stored(app: &TestApp) -> signing_key::Model {
    signing_key::Entity::find().one(&app.db().await).await.unwrap().unwrap()
}

/// As it stood before there was anything to seal it with.
async fn lay_open(app: &TestApp) -> String {
    let row = stored(app).await;
    let pem = app
        .app
        .sealer
        .open(&format!("signing_key {}", row.kid), &row.private_key_pem)
        .unwrap();
    let open = signing_key::ActiveModel {
        private_key_pem: Set(pem.reveal().to_owned()),
        ..row.into()
    };
    open.update(&app.db().await).await.unwrap();
    pem.reveal().to_owned()
}

on_both_databases! {
    /// A database alone signs nothing.
    async fn the_key_is_sealed(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let contents = format!("{:?}", app.contents().await);
        assert!(contents.contains(&ada.email) && !contents.contains("PRIVATE KEY"), "{contents}");
        let pem = lay_open(app).await;
        SigningKey::from_pkcs8_pem(&pem).unwrap();
    }

    /// A key of an earlier version, or of a time without a sealing key, is sealed by the next process, and tokens stay good.
    async fn a_key_in_the_clear_is_sealed_at_the_next_start(app) {
        let ada = app.user("Ada", Role::Admin).await;
        lay_open(app).await;
        let another = app.another_process().await;
        assert_eq!(another.who(&ada.token).await.status.as_u16(), 200);
        assert!(!format!("{:?}", app.contents().await).contains("PRIVATE KEY"));
        let third = app.another_process().await;
        assert_eq!(third.who(&ada.token).await.status.as_u16(), 200);
    }

    /// A process with another sealing key serves, believes none of the tokens, and says what to do when it is to make one.
    async fn another_sealing_key_opens_nothing(app) {
        let ada = app.user("Ada", Role::Admin).await;
        let before = stored(app).await;
        let other = Secret::new(BASE64_STANDARD.encode([7; 32]));
        let another = app
            .another_process_with(|settings| postmortem_api::platform::settings::Settings { sealing_key: Some(other), ..settings })
            .await;
        assert_eq!(another.who(&ada.token).await.status.as_u16(), 401);
        let row = user::Entity::find().one(&app.db().await).await.unwrap().unwrap();
        let refused = another.app.sign(&row, Duration::hours(1)).unwrap_err().to_string();
        assert!(refused.contains("sealing_key") && refused.contains("DELETE FROM signing_key"), "{refused}");
        assert_eq!(stored(app).await, before);
        assert_eq!(app.who(&ada.token).await.status.as_u16(), 200);
    }
}

/// PostgreSQL has no place of its own for a sealing key: without the setting the key stands in the clear, as the log says.
#[actix_web::test]
async fn without_a_sealing_key_it_stands_in_the_clear() {
    let app = TestApp::with_settings(Engine::Postgres, |settings| {
        postmortem_api::platform::settings::Settings {
            sealing_key: None,
            ..settings
        }
    })
    .await;
    let ada = app.user("Ada", Role::Admin).await;
    assert!(stored(&app).await.private_key_pem.contains("PRIVATE KEY"));
    let another = app.another_process().await;
    assert_eq!(another.who(&ada.token).await.status.as_u16(), 200);
    app.finish().await;
}
