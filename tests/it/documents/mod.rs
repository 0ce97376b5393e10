//! Documents: what leaves comes back as the same records, and what must stay inside does not leave.

mod access;
mod manual;
mod public;
mod random;
mod restored;
mod tables;

use entity::enums::Role;
use postmortem_api::{
    exchange::{
        queries::{Form, Wanted, export},
        service::{self, Imported},
    },
    people::service::{NewUser, create_user},
};
use postmortem_tests::{TestApp, TestUser};
use serde_json::{Value, json};

/// People, teams and services that stand for the same on every database.
pub struct Place {
    pub admin: TestUser,
    pub ada: TestUser,
    pub bo: TestUser,
}

/// Makes them. Their addresses and short names are always the same.
pub async fn place(app: &TestApp) -> Place {
    let admin = app.user("Root", Role::Admin).await;
    let mut people = Vec::new();
    for (name, email) in [("Ada Lovelace", "ada@example.org"), ("Bo Nilsen", "bo@example.org")] {
        let new = NewUser {
            email: email.to_owned(),
            name: name.to_owned(),
            role: Role::Member,
        };
        let id = create_user(&*app.operator().await, new).await.unwrap();
        people.push(app.signed_in(id).await);
    }
    for slug in ["edge", "core"] {
        let team = json!({ "slug": slug, "name": format!("Team {slug}") });
        app.mutate(&admin, "createTeam", team, "team { id }").await.data();
        let service = json!({ "slug": format!("{slug}-api"), "name": format!("The {slug}") });
        app.mutate(&admin, "createService", service, "service { id }")
            .await
            .data();
    }
    let bo = people.pop().unwrap();
    let ada = people.pop().unwrap();
    Place { admin, ada, bo }
}

/// The text of a report in a form, as the command line has it.
pub async fn exported(app: &TestApp, key: &str, form: Form) -> String {
    let session = app.operator().await;
    export(&session, key, form, Wanted::Full).await.unwrap().text
}

/// The JSON of a report.
pub async fn exported_json(app: &TestApp, key: &str) -> Value {
    serde_json::from_str(&exported(app, key, Form::Json).await).unwrap()
}

/// Imports as the command line does.
pub async fn imported(app: &TestApp, text: &str) -> Imported {
    let session = app.operator().await;
    service::import(&session, "a-document", text).await.unwrap()
}

/// The sentence with which a text is refused.
pub async fn refused(app: &TestApp, text: &str) -> String {
    let session = app.operator().await;
    match service::import(&session, "a-document", text).await {
        Ok(imported) => panic!("it became {}", imported.key),
        Err(error) => error.to_string(),
    }
}
