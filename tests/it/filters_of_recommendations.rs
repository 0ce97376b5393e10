//! The filters of recommendations and of action items.

use std::collections::BTreeSet;

use entity::{recommendation, report, root_cause};
use postmortem_tests::{TestApp, on_both_databases, world::World};
use serde_json::{Value, json};

use crate::filters::{Case, case, enums, ids, nullable, ordered, references, texts};

/// Filters of recommendations with their meaning.
pub fn cases<'a>(app: &'a TestApp, world: &'a World) -> Vec<Case<'a, recommendation::Model>> {
    type Row = recommendation::Model;
    let mut cases = ids(|row: &Row| row.id.to_string(), &world.items);
    let samples = [
        "Limit retries to 3",
        "Keep 100% of the logs",
        "Rename max_size",
        "Escape C:\\temp",
        "Überlast begrenzen",
        "Ask 'why' five times; -- really",
        "日本語のタイトル",
        "Trim \"quotes\"",
    ];
    cases.extend(texts("title", |row: &Row| row.title.clone(), &samples));
    cases.extend(
        texts("key", |row: &Row| row.key.clone(), &[&world.items[3].key])
            .into_iter()
            .take(2),
    );
    cases.extend(enums("status", |row: &Row| row.status.as_str(), "ACCEPTED", "DECLINED"));
    cases.extend(enums("kind", |row: &Row| row.kind.as_str(), "PREVENT", "INVESTIGATE"));
    cases.extend(enums("priority", |row: &Row| row.priority.as_str(), "P0", "P4"));
    cases.push(case(json!({ "isOpen": true }), |row: &Row| row.status.is_open()));
    cases.push(case(json!({ "isOpen": false }), |row: &Row| !row.status.is_open()));
    let today = app.day(0);
    let late = move |row: &Row| row.status.is_open() && row.due_on.is_some_and(|due| due < today);
    cases.push(case(json!({ "isOverdue": true }), late));
    cases.push(case(json!({ "isOverdue": false }), move |row: &Row| !late(row)));

    let (me, bo) = (world.me.user_id, world.bo.user_id);
    cases.extend(references("owner", |row: &Row| row.owner_id, me, bo));
    cases.push(case(json!({ "owner": { "isMe": true } }), move |row: &Row| {
        row.owner_id == Some(me)
    }));
    cases.push(case(json!({ "owner": { "isMe": false } }), move |row: &Row| {
        row.owner_id != Some(me)
    }));
    cases.push(case(
        json!({ "owner": { "isMe": false, "isNull": false } }),
        move |row: &Row| row.owner_id == Some(bo),
    ));
    for comparator in ["eq", "contains", "startsWith"] {
        let filter = json!({ "owner": { "email": { comparator: world.bo.email } } });
        cases.push(case(filter, move |row: &Row| row.owner_id == Some(bo)));
    }
    let (alpha, beta) = (world.teams[0].id, world.teams[1].id);
    cases.extend(references("team", |row: &Row| row.team_id, alpha, beta));
    cases.push(case(json!({ "team": { "isMine": true } }), move |row: &Row| {
        row.team_id == Some(alpha)
    }));
    cases.push(case(json!({ "team": { "isMine": false } }), move |row: &Row| {
        row.team_id != Some(alpha)
    }));
    cases.push(case(
        json!({ "team": { "slug": { "in": ["beta"] } } }),
        move |row: &Row| row.team_id == Some(beta),
    ));

    let day = world.items[5].due_on.unwrap();
    cases.extend(ordered("dueOn", |row: &Row| row.due_on, day, &day.to_string()));
    cases.push(case(json!({ "dueOn": { "eq": day.to_string() } }), move |row: &Row| {
        row.due_on == Some(day)
    }));
    cases.extend(nullable("dueOn", |row: &Row| row.due_on.is_none()));
    let at = world.items[6].created_at;
    cases.extend(ordered(
        "createdAt",
        |row: &Row| Some(row.created_at),
        at,
        &at.to_rfc3339(),
    ));
    let at = world.items[3].accepted_at.unwrap();
    cases.extend(ordered("acceptedAt", |row: &Row| row.accepted_at, at, &at.to_rfc3339()));
    cases.extend(nullable("acceptedAt", |row: &Row| row.accepted_at.is_none()));
    let at = world.items[5].completed_at.unwrap();
    cases.extend(ordered(
        "completedAt",
        |row: &Row| row.completed_at,
        at,
        &at.to_rfc3339(),
    ));
    cases.extend(nullable("completedAt", |row: &Row| row.completed_at.is_none()));

    let labelled = |row: &Row, is: &dyn Fn(&str) -> bool| {
        world
            .item_labels
            .iter()
            .any(|label| label.recommendation_id == row.id && is(&label.label))
    };
    cases.push(case(json!({ "label": { "eq": "dns" } }), move |row: &Row| {
        labelled(row, &|label| label == "dns")
    }));
    cases.push(case(json!({ "label": { "contains": "K_E" } }), move |row: &Row| {
        labelled(row, &|label| label.contains("k_e"))
    }));
    cases.push(case(json!({ "label": { "startsWith": "NET" } }), move |row: &Row| {
        labelled(row, &|label| label.to_lowercase().starts_with("net"))
    }));

    let report = |row: &Row| world.reports.iter().find(|report| report.id == row.report_id).unwrap();
    let of_report = |filter: Value, holds: fn(&report::Model) -> bool| {
        case(json!({ "report": filter }), move |row: &Row| holds(report(row)))
    };
    cases.push(of_report(json!({ "status": { "in": ["PUBLISHED"] } }), |report| {
        report.status.as_str() == "PUBLISHED"
    }));
    cases.push(of_report(
        json!({ "not": { "status": { "in": ["PUBLISHED"] } } }),
        |report| report.status.as_str() != "PUBLISHED",
    ));
    cases.push(of_report(json!({ "team": { "isNull": true } }), |report| {
        report.team_id.is_none()
    }));
    cases.push(of_report(json!({ "dueOn": { "isNull": true } }), |report| {
        report.due_on.is_none()
    }));
    let incident = move |row: &Row| {
        world
            .incidents
            .iter()
            .find(|one| one.id == report(row).incident_id)
            .unwrap()
    };
    cases.push(case(
        json!({ "incident": { "severity": { "eq": "SEV1" } } }),
        move |row: &Row| incident(row).severity.as_str() == "SEV1",
    ));
    cases.push(case(
        json!({ "incident": { "service": { "slug": { "eq": "store" } } } }),
        move |row: &Row| {
            let hit = |hit: &&entity::incident_service::Model| {
                hit.incident_id == incident(row).id && hit.service_id == world.services[1].id
            };
            world.hits.iter().find(hit).is_some()
        },
    ));
    cases.push(case(
        json!({ "incident": { "team": { "isMine": true } } }),
        move |row: &Row| incident(row).team_id == Some(alpha),
    ));
    let treats = |row: &Row, is: &dyn Fn(&root_cause::Model) -> bool| {
        let links = world.treatments.iter().filter(|link| link.recommendation_id == row.id);
        links.into_iter().any(|link| {
            is(world
                .causes
                .iter()
                .find(|cause| cause.id == link.root_cause_id)
                .unwrap())
        })
    };
    cases.push(case(
        json!({ "rootCause": { "category": { "id": { "isNull": true } } } }),
        move |row: &Row| treats(row, &|cause| cause.category_id.is_none()),
    ));
    cases.push(case(
        json!({ "rootCause": { "id": { "eq": world.causes[2].id.to_string() } } }),
        move |row: &Row| treats(row, &|cause| cause.id == world.causes[2].id),
    ));
    cases.push(case(
        json!({ "rootCause": { "not": { "isRecurrence": true } } }),
        move |row: &Row| treats(row, &|cause| cause.recurrence_of_id.is_none()),
    ));
    cases
}

on_both_databases! {
    /// Action items: both kinds, filtered alike.
    async fn of_action_items(app) {
        let world = app.world().await;
        let (me, today, day) = (world.me.user_id, app.day(0), world.items[6].due_on.unwrap());
        let alpha = world.teams[0].id;
        struct Item {
            id: String,
            open: bool,
            owner: Option<entity::ids::UserId>,
            team: Option<entity::ids::TeamId>,
            due: Option<chrono::NaiveDate>,
        }
        let items: Vec<Item> = world
            .items
            .iter()
            .map(|row| Item { id: row.id.to_string(), open: row.status.is_open(), owner: row.owner_id, team: row.team_id, due: row.due_on })
            .chain(world.reports.iter().map(|row| Item {
                id: row.id.to_string(), open: row.status.is_open(), owner: row.owner_id, team: row.team_id, due: row.due_on,
            }))
            .collect();
        let late = |item: &Item| item.open && item.due.is_some_and(|due| due < today);
        type Holds<'a> = Box<dyn Fn(&Item) -> bool + 'a>;
        let cases: Vec<(Value, Holds<'_>)> = vec![
            (json!({ "isOpen": true }), Box::new(|item| item.open)),
            (json!({ "isOpen": false }), Box::new(|item| !item.open)),
            (json!({ "isOverdue": true }), Box::new(late)),
            (json!({ "isOverdue": false }), Box::new(move |item| !late(item))),
            (json!({ "owner": { "isMe": true } }), Box::new(move |item| item.owner == Some(me))),
            (json!({ "owner": { "isMe": false } }), Box::new(move |item| item.owner != Some(me))),
            (json!({ "owner": { "isNull": true } }), Box::new(|item| item.owner.is_none())),
            (json!({ "owner": { "email": { "eq": world.bo.email } } }), Box::new(|item| item.owner == Some(world.bo.user_id))),
            (json!({ "team": { "isMine": true } }), Box::new(move |item| item.team == Some(alpha))),
            (json!({ "team": { "slug": { "eq": "alpha" } } }), Box::new(move |item| item.team == Some(alpha))),
            (json!({ "team": { "isNull": false } }), Box::new(|item| item.team.is_some())),
            (json!({ "dueOn": { "isNull": true } }), Box::new(|item| item.due.is_none())),
            (json!({ "dueOn": { "lte": day.to_string() } }), Box::new(move |item| item.due.is_some_and(|due| due <= day))),
            (json!({ "isOverdue": true, "owner": { "isMe": true } }), Box::new(move |item| late(item) && item.owner == Some(me))),
        ];
        for (filter, holds) in cases {
            let query = "query ($f: ActionItemFilter) { actionItems(filter: $f, first: 100) { totalCount nodes { id } } \
                         viewer { actionItems(filter: $f, first: 100) { totalCount nodes { id owner { id } } } } }";
            let answer = app.ask(&world.me, query, json!({ "f": filter })).await;
            let ids = |pointer: &str| -> BTreeSet<String> {
                let nodes = answer.at(&format!("{pointer}/nodes"));
                let ids: BTreeSet<String> = nodes.as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
                assert_eq!(answer.at(&format!("{pointer}/totalCount")), json!(ids.len()), "{filter}");
                ids
            };
            let expected: BTreeSet<String> = items.iter().filter(|item| holds(item)).map(|item| item.id.clone()).collect();
            assert!(!expected.is_empty() && expected.len() < items.len(), "{filter} tests nothing");
            assert_eq!(ids("/actionItems"), expected, "{filter}");
            let mine: BTreeSet<String> =
                items.iter().filter(|item| holds(item) && item.owner == Some(me)).map(|item| item.id.clone()).collect();
            assert_eq!(ids("/viewer/actionItems"), mine, "viewer: {filter}");
        }
    }
}
