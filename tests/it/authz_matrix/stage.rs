//! Who asks, and what they ask about.

use entity::enums::Role;
use postmortem_api::platform::settings::Settings;
use postmortem_tests::{Answer, TestApp, TestUser};
use serde_json::{Value, json};

/// An issuer to which identities can be bound; nobody signs in there.
pub const ISSUER: &str = "https://login.example.org";

pub fn settings(settings: Settings) -> Settings {
    let issuer = serde_json::from_value(json!({ "issuer": ISSUER, "audience": ["postmortem"] })).expect("an issuer");
    Settings {
        oidc_issuers: vec![issuer],
        ..settings
    }
}

/// Who asks, by what they are to the report and its team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Anonymous,
    Viewer,
    MemberElsewhere,
    Member,
    Author,
    Lead,
    Admin,
    TokenRead,
    TokenWrite,
    TokenIngest,
    TokenAdmin,
    Outsider,
}

pub const EVERYBODY: [Who; 12] = [
    Who::Anonymous,
    Who::Viewer,
    Who::MemberElsewhere,
    Who::Member,
    Who::Author,
    Who::Lead,
    Who::Admin,
    Who::TokenRead,
    Who::TokenWrite,
    Who::TokenIngest,
    Who::TokenAdmin,
    Who::Outsider,
];

impl Who {
    pub fn label(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Viewer => "viewer",
            Self::MemberElsewhere => "member (other)",
            Self::Member => "member (own)",
            Self::Author => "author",
            Self::Lead => "lead",
            Self::Admin => "admin",
            Self::TokenRead => "token READ",
            Self::TokenWrite => "token WRITE",
            Self::TokenIngest => "token INGEST",
            Self::TokenAdmin => "token ADMIN",
            Self::Outsider => "outsider",
        }
    }
}

/// In what state the things of a row must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// Nothing of the stage: people and places.
    Nothing,
    Draft,
    InReview,
    Publishable,
    Item(&'static str),
    Token,
    /// A calendar feed of the author's.
    Feed,
    Identity,
    Webhook,
    Connection,
    /// An item with a link.
    Link,
}

/// What an operation is about.
#[derive(Debug, Default)]
pub struct Things {
    pub incident: String,
    pub report: String,
    pub cause: String,
    /// A cause that nothing treats.
    pub loose: String,
    pub item: String,
    pub moment: String,
    /// A token, a feed, an identity, a webhook endpoint, a tracker connection or a link.
    pub other: String,
}

pub struct Stage<'a> {
    pub app: &'a TestApp,
    pub team: String,
    pub place: String,
    /// A tracker connection that may be told of everything.
    pub connection: String,
    /// Somebody to whom things are done.
    pub target: TestUser,
    /// A report that stays as it is, and the same when it is RESTRICTED.
    pub lasting: [Things; 2],
    people: Vec<Option<TestUser>>,
    holder: TestUser,
    /// Who is made nameless.
    pub erased: TestUser,
}

impl<'a> Stage<'a> {
    pub async fn set(app: &'a TestApp) -> Self {
        let admin = app.user("Admin", Role::Admin).await;
        let mut people = Vec::new();
        for who in EVERYBODY {
            let scope = |scope| app.machine(&admin, scope, json!({}));
            people.push(match who {
                Who::Anonymous => None,
                Who::Viewer => Some(app.user("Viewer", Role::Viewer).await),
                Who::Admin => Some(admin.clone()),
                Who::TokenRead => Some(scope(&["READ"]).await),
                Who::TokenWrite => Some(scope(&["WRITE"]).await),
                Who::TokenIngest => Some(scope(&["INGEST"]).await),
                Who::TokenAdmin => Some(scope(&["ADMIN"]).await),
                other => Some(app.user(&format!("{other:?}"), Role::Member).await),
            });
        }
        let user = |who: Who| people[who as usize].as_ref().expect("somebody");
        let team = app
            .team(&admin, &[user(Who::Member)], &[user(Who::Lead), user(Who::Outsider)])
            .await
            .id;
        app.team(&admin, &[user(Who::MemberElsewhere)], &[]).await;
        let place = json!({ "slug": "edge", "name": "Edge" });
        let place = app
            .mutate(&admin, "createService", place, "service { id }")
            .await
            .text("/service/id");
        let policy = json!({ "name": "When there is room", "appliesTo": "RECOMMENDATION", "dueInDays": 365, "condition": { "priorities": ["P4"] } });
        app.mutate(&admin, "setDuePolicies", json!({ "policies": [policy] }), "version")
            .await
            .data();
        let connection = connect(app, &admin, "octo/stage").await;
        let mut stage = Self {
            app,
            connection,
            team,
            place,
            target: app.user("Target", Role::Member).await,
            lasting: Default::default(),
            people,
            holder: app.user("Holder", Role::Member).await,
            erased: app.user("Erased", Role::Member).await,
        };
        app.mutate(stage.user(Who::Author), "createCalendarFeed", json!({}), "url")
            .await
            .data();
        stage.lasting = [
            stage.things(On::Draft, false).await,
            stage.things(On::Draft, true).await,
        ];
        stage
    }

    pub fn user(&self, who: Who) -> &TestUser {
        self.people[who as usize].as_ref().expect("somebody")
    }

    /// What somebody shows.
    pub fn token(&self, who: Who) -> Option<&str> {
        self.people[who as usize].as_ref().map(|user| user.token.as_str())
    }

    /// Asks as anybody.
    pub async fn ask(&self, who: Who, query: &str, variables: Value) -> Answer {
        self.app
            .post(self.token(who), json!({ "query": query, "variables": variables }))
            .await
    }

    /// A fresh set of things.
    pub async fn things(&self, on: On, restricted: bool) -> Things {
        let (app, admin, author) = (self.app, self.user(Who::Admin), self.user(Who::Author));
        match on {
            On::Nothing => return Things::default(),
            On::Token => {
                let other = app.machine(admin, &["READ"], json!({})).await.id;
                return Things {
                    other,
                    ..Things::default()
                };
            }
            On::Feed => {
                let made = app
                    .mutate(author, "createCalendarFeed", json!({}), "calendarFeed { id }")
                    .await;
                return Things {
                    other: made.text("/calendarFeed/id"),
                    ..Things::default()
                };
            }
            On::Webhook => {
                let new = json!({ "url": "https://hooks.example.org/pm" });
                let made = app
                    .mutate(admin, "createWebhookEndpoint", new, "webhookEndpoint { id }")
                    .await;
                return Things {
                    other: made.text("/webhookEndpoint/id"),
                    ..Things::default()
                };
            }
            On::Connection => {
                return Things {
                    other: connect(app, admin, &format!("octo/{}", app.serial())).await,
                    ..Things::default()
                };
            }
            On::Identity => {
                return Things {
                    other: self.identity().await,
                    ..Things::default()
                };
            }
            _ => {}
        }
        let visibility = if restricted { "RESTRICTED" } else { "ORGANIZATION" };
        let more = json!({ "visibility": visibility, "teamId": self.team, "ownerId": self.holder.id });
        let report = app.report(author, more).await;
        let own = json!({ "id": report.incident, "teamId": self.team });
        app.mutate(author, "updateIncident", own, "incident { id }")
            .await
            .data();
        let mut things = Things {
            incident: report.incident.clone(),
            report: report.id.clone(),
            ..Things::default()
        };
        if on == On::Publishable {
            app.complete(author, &report).await;
            app.mutate(author, "submitReport", json!({ "id": report.id }), "report { id }")
                .await
                .data();
            return things;
        }
        things.cause = app.cause(author, &report, json!({})).await;
        things.loose = app.cause(author, &report, json!({})).await;
        let more = json!({ "ownerId": self.holder.id, "teamId": self.team, "dueOn": app.day(30) });
        let item = app.item(admin, &[&things.cause], more).await;
        let moment = json!({ "reportId": report.id, "occurredAt": "2026-03-01T10:00:00Z", "description": "It rang." });
        let moment = app
            .mutate(author, "addTimelineEvent", moment, "timelineEvent { id }")
            .await;
        things.moment = moment.text("/timelineEvent/id");
        if let On::Item(status) = on {
            // The holder sees a RESTRICTED report because it is theirs.
            app.bring([admin, &self.holder, admin], &item, status).await;
        }
        if on == On::InReview {
            app.mutate(author, "submitReport", json!({ "id": report.id }), "report { id }")
                .await
                .data();
        }
        things.item = item.id;
        if on == On::Link {
            let new = json!({ "recommendationId": things.item, "connectionId": self.connection });
            let made = app.mutate(admin, "createTrackerIssue", new, "trackerLink { id }").await;
            things.other = made.text("/trackerLink/id");
        }
        things
    }

    async fn identity(&self) -> String {
        let (app, admin) = (self.app, self.user(Who::Admin));
        let link = json!({ "userId": self.target.id, "issuer": ISSUER, "subject": format!("s{}", app.serial()) });
        let linked = app
            .mutate(admin, "linkIdentity", link, "user { identities { id } }")
            .await;
        linked.text("/user/identities/0/id")
    }
}

async fn connect(app: &TestApp, admin: &TestUser, project: &str) -> String {
    // Nothing listens there, so trying it fails at once.
    let new = json!({
        "kind": "GITHUB", "name": "Widgets", "baseUrl": "http://127.0.0.1:9", "project": project,
        "token": "t", "includesRestricted": true,
    });
    app.mutate(admin, "createTrackerConnection", new, "trackerConnection { id }")
        .await
        .text("/trackerConnection/id")
}
