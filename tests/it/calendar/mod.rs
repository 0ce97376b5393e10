//! Calendar feeds: who has one, what it shows, what becomes of what leaves it, and how it is read.

mod content;
mod elsewhere;
mod feeds;
mod leaving;
mod wire;

use std::collections::BTreeMap;

use actix_web::test::TestRequest;
use postmortem_tests::{TestApp, TestUser, calendars::components, requests::Reply};
use serde_json::Value;

/// A feed, and where it is read.
pub(crate) struct Feed {
    pub id: String,
    /// Below the public address.
    pub path: String,
}

/// The path of an address that was shown.
pub(crate) fn path_of(url: &str) -> String {
    url.strip_prefix("http://postmortem.example")
        .expect("the public address")
        .to_owned()
}

pub(crate) async fn feed(app: &TestApp, owner: &TestUser, input: Value) -> Feed {
    let made = app
        .mutate(owner, "createCalendarFeed", input, "url calendarFeed { id }")
        .await;
    Feed {
        id: made.text("/calendarFeed/id"),
        path: path_of(&made.text("/url")),
    }
}

pub(crate) async fn get(app: &TestApp, path: &str) -> Reply {
    app.send(TestRequest::get().uri(path)).await
}

type Components = BTreeMap<String, BTreeMap<String, String>>;

/// What a feed shows, by UID.
pub(crate) async fn shown(app: &TestApp, feed: &Feed) -> Components {
    let reply = get(app, &feed.path).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
    components(&reply.body)
}

pub(crate) fn uid(id: &str) -> String {
    format!("{id}@postmortem")
}

/// Some values of a component.
#[track_caller]
pub(crate) fn values<'a>(components: &'a Components, id: &str, names: &[&str]) -> Vec<&'a str> {
    let component = components
        .get(&uid(id))
        .unwrap_or_else(|| panic!("nothing of {id} in {components:#?}"));
    let value = |name: &&str| component.get(*name).map_or("", String::as_str);
    names.iter().map(value).collect()
}
