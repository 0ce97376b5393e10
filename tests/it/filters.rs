//! A filter finds exactly what it says, and its `not` exactly the rest.

use std::collections::BTreeSet;

use entity::{
    enums::ReportStatus,
    ids::{RecommendationId, TypedId},
    incident, recommendation, report, root_cause,
};
use postmortem_api::root_causes::model::{Coverage, coverage};
use postmortem_tests::{TestApp, on_both_databases, world::World};
use serde_json::{Value, json};

type Holds<'a, T> = Box<dyn Fn(&T) -> bool + 'a>;

/// A filter and what it means.
pub struct Case<'a, T> {
    filter: Value,
    holds: Holds<'a, T>,
}

pub fn case<'a, T>(filter: Value, holds: impl Fn(&T) -> bool + 'a) -> Case<'a, T> {
    Case {
        filter,
        holds: Box::new(holds),
    }
}

/// One list with its rows.
struct Listed<'a, T> {
    app: &'a TestApp,
    world: &'a World,
    field: &'static str,
    kind: &'static str,
    rows: &'a [T],
    id: fn(&T) -> String,
}

impl<T> Listed<'_, T> {
    async fn ask(&self, filter: &Value) -> BTreeSet<String> {
        let query = format!(
            "query ($f: {}) {{ list: {}(filter: $f, first: 100) {{ totalCount nodes {{ id }} }} }}",
            self.kind, self.field
        );
        let answer = self.app.ask(&self.world.me, &query, json!({ "f": filter })).await;
        let nodes = answer.at("/list/nodes");
        let ids: Vec<String> = nodes
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(
            answer.at("/list/totalCount"),
            json!(ids.len()),
            "totalCount of {filter}"
        );
        let set: BTreeSet<String> = ids.iter().cloned().collect();
        assert_eq!(set.len(), ids.len(), "{filter} lists something twice");
        set
    }

    /// The filter finds what it should, and `not` the rest. Both must be something, or nothing is tested.
    async fn check(&self, cases: &[Case<'_, T>]) {
        for case in cases {
            let (found, rest) = self.both(&case.filter, &case.holds).await;
            assert!(
                found > 0 && rest > 0,
                "{} finds {found} and leaves {rest}: it tests nothing",
                case.filter
            );
        }
        // Combined, two by two.
        for pair in cases.windows(2) {
            let [a, b] = pair else { continue };
            let (left, right) = (&a.filter, &b.filter);
            self.both(&json!({ "and": [left, right] }), &|row: &T| {
                (a.holds)(row) && (b.holds)(row)
            })
            .await;
            self.both(&json!({ "or": [left, right] }), &|row: &T| {
                (a.holds)(row) || (b.holds)(row)
            })
            .await;
            let mixed = json!({ "or": [{ "not": left }, { "and": [left, { "not": { "not": right } }] }] });
            self.both(&mixed, &|row: &T| !(a.holds)(row) || (b.holds)(row)).await;
        }
    }

    async fn both(&self, filter: &Value, holds: &dyn Fn(&T) -> bool) -> (usize, usize) {
        let expected: BTreeSet<String> = self.rows.iter().filter(|row| holds(row)).map(self.id).collect();
        let others: BTreeSet<String> = self.rows.iter().filter(|row| !holds(row)).map(self.id).collect();
        assert_eq!(self.ask(filter).await, expected, "{}: {filter}", self.field);
        assert_eq!(
            self.ask(&json!({ "not": filter })).await,
            others,
            "{}: not {filter}",
            self.field
        );
        (expected.len(), others.len())
    }
}

pub fn texts<'a, T: 'a>(field: &str, get: impl Fn(&T) -> String + Copy + 'a, samples: &[&str]) -> Vec<Case<'a, T>> {
    let mut cases = Vec::new();
    for sample in samples {
        let sample = (*sample).to_owned();
        let lower = sample.to_lowercase();
        let upper = sample.to_ascii_uppercase();
        let start: String = sample.chars().take(4).collect();
        let middle: String = sample.chars().skip(1).collect();
        let (a, b, c) = (sample.clone(), sample.clone(), lower.clone());
        let middle_lower = middle.to_lowercase();
        cases.push(case(json!({ field: { "eq": sample } }), move |row| get(row) == a));
        cases.push(case(json!({ field: { "in": ["nothing such", sample] } }), move |row| {
            get(row) == b
        }));
        cases.push(case(json!({ field: { "contains": upper } }), move |row| {
            get(row).to_lowercase().contains(&c)
        }));
        cases.push(case(json!({ field: { "contains": middle } }), move |row| {
            get(row).to_lowercase().contains(&middle_lower)
        }));
        cases.push(case(
            json!({ field: { "startsWith": start.to_ascii_uppercase() } }),
            move |row| get(row).to_lowercase().starts_with(&start.to_lowercase()),
        ));
    }
    cases
}

/// Comparisons with a value that some row has. `text` is how the value is written.
pub fn ordered<'a, T: 'a, V: Ord + Copy + 'a>(
    field: &str,
    get: impl Fn(&T) -> Option<V> + Copy + 'a,
    value: V,
    text: &str,
) -> Vec<Case<'a, T>> {
    vec![
        case(json!({ field: { "lt": text } }), move |row| {
            get(row).is_some_and(|is| is < value)
        }),
        case(json!({ field: { "lte": text } }), move |row| {
            get(row).is_some_and(|is| is <= value)
        }),
        case(json!({ field: { "gt": text } }), move |row| {
            get(row).is_some_and(|is| is > value)
        }),
        case(json!({ field: { "gte": text } }), move |row| {
            get(row).is_some_and(|is| is >= value)
        }),
        case(json!({ field: { "lte": text, "gte": text } }), move |row| {
            get(row) == Some(value)
        }),
    ]
}

pub fn nullable<'a, T: 'a>(field: &str, is_null: impl Fn(&T) -> bool + Copy + 'a) -> Vec<Case<'a, T>> {
    vec![
        case(json!({ field: { "isNull": true } }), move |row| is_null(row)),
        case(json!({ field: { "isNull": false } }), move |row| !is_null(row)),
    ]
}

pub fn references<'a, T: 'a, I: TypedId>(
    field: &str,
    get: impl Fn(&T) -> Option<I> + Copy + 'a,
    one: I,
    other: I,
) -> Vec<Case<'a, T>> {
    let is = move |row: &T| get(row) == Some(one);
    let mut cases = vec![
        case(json!({ field: { "id": { "eq": one.to_string() } } }), is),
        case(json!({ field: { "id": { "in": [one.to_string()] } } }), is),
        case(json!({ field: { "id": { "notIn": [one.to_string()] } } }), move |row| {
            !is(row)
        }),
        case(
            json!({ field: { "id": { "in": [one.to_string(), other.to_string()], "notIn": [one.to_string()] } } }),
            move |row| get(row) == Some(other),
        ),
        case(json!({ field: { "id": { "isNull": true } } }), move |row| {
            get(row).is_none()
        }),
        case(json!({ field: { "id": { "isNull": false } } }), move |row| {
            get(row).is_some()
        }),
    ];
    cases.extend(nullable(field, move |row| get(row).is_none()));
    cases
}

pub fn ids<'a, T: 'a>(id: fn(&T) -> String, rows: &[T]) -> Vec<Case<'a, T>> {
    let (a, b) = (id(&rows[0]), id(&rows[1]));
    let (x, y, z) = (a.clone(), [a.clone(), b.clone()], a.clone());
    vec![
        case(json!({ "id": { "eq": a } }), move |row| id(row) == x),
        case(json!({ "id": { "in": [a, b] } }), move |row| y.contains(&id(row))),
        case(json!({ "id": { "notIn": [a] } }), move |row| id(row) != z),
    ]
}

pub fn enums<'a, T: 'a>(
    field: &str,
    get: impl Fn(&T) -> &'static str + Copy + 'a,
    a: &'static str,
    b: &'static str,
) -> Vec<Case<'a, T>> {
    vec![
        case(json!({ field: { "eq": a } }), move |row| get(row) == a),
        case(json!({ field: { "in": [a, b] } }), move |row| {
            [a, b].contains(&get(row))
        }),
        case(json!({ field: { "notIn": [a] } }), move |row| get(row) != a),
        case(json!({ field: { "in": [a, b], "notIn": [a] } }), move |row| {
            get(row) == b
        }),
    ]
}

fn incidents<'a>(world: &'a World) -> Vec<Case<'a, incident::Model>> {
    let mut cases = ids(|row: &incident::Model| row.id.to_string(), &world.incidents);
    cases.extend(texts(
        "title",
        |row: &incident::Model| row.title.clone(),
        &["Limit retries to 3", "Keep 100% of the logs"],
    ));
    cases.extend(
        texts(
            "key",
            |row: &incident::Model| row.key.clone(),
            &[&world.incidents[1].key],
        )
        .into_iter()
        .take(2),
    );
    cases.extend(enums(
        "severity",
        |row: &incident::Model| row.severity.as_str(),
        "SEV1",
        "SEV2",
    ));
    let at = world.incidents[1].started_at;
    cases.extend(ordered(
        "startedAt",
        |row: &incident::Model| Some(row.started_at),
        at,
        &at.to_rfc3339(),
    ));
    let at = world.incidents[0].resolved_at.unwrap();
    cases.extend(
        ordered(
            "resolvedAt",
            |row: &incident::Model| row.resolved_at,
            at,
            &at.to_rfc3339(),
        )
        .into_iter()
        .take(2),
    );
    cases.extend(nullable("resolvedAt", |row: &incident::Model| {
        row.resolved_at.is_none()
    }));
    cases.extend(references(
        "team",
        |row: &incident::Model| row.team_id,
        world.teams[0].id,
        world.teams[1].id,
    ));
    let alpha = world.teams[0].id;
    cases.push(case(
        json!({ "team": { "slug": { "eq": "alpha" } } }),
        move |row: &incident::Model| row.team_id == Some(alpha),
    ));
    cases.push(case(
        json!({ "team": { "isMine": true } }),
        move |row: &incident::Model| row.team_id == Some(alpha),
    ));
    cases.push(case(
        json!({ "team": { "isMine": false } }),
        move |row: &incident::Model| row.team_id != Some(alpha),
    ));
    let hit = |row: &incident::Model, service: usize| {
        world
            .hits
            .iter()
            .any(|hit| hit.incident_id == row.id && hit.service_id == world.services[service].id)
    };
    cases.push(case(
        json!({ "service": { "slug": { "eq": "edge" } } }),
        move |row: &incident::Model| hit(row, 0),
    ));
    cases.push(case(
        json!({ "service": { "id": { "eq": world.services[1].id.to_string() } } }),
        move |row: &incident::Model| hit(row, 1),
    ));
    cases.push(case(
        json!({ "service": { "team": { "slug": { "eq": "alpha" } } } }),
        move |row: &incident::Model| hit(row, 0),
    ));
    cases.push(case(
        json!({ "service": { "team": { "isNull": true } } }),
        move |row: &incident::Model| hit(row, 1),
    ));
    let reported = |row: &incident::Model| {
        let analyses =
            |report: &report::Model| report.status != ReportStatus::Archived || report.published_at.is_some();
        let mut of_it = world.reports.iter().filter(|report| report.incident_id == row.id);
        of_it.any(analyses)
    };
    cases.push(case(json!({ "hasReport": true }), reported));
    cases.push(case(json!({ "hasReport": false }), move |row: &incident::Model| {
        !reported(row)
    }));
    cases
}

fn reports<'a>(app: &'a TestApp, world: &'a World) -> Vec<Case<'a, report::Model>> {
    let mut cases = ids(|row: &report::Model| row.id.to_string(), &world.reports);
    cases.extend(texts(
        "title",
        |row: &report::Model| row.title.clone(),
        &["limit the QUEUE", "Rename max_size"],
    ));
    cases.extend(
        texts("key", |row: &report::Model| row.key.clone(), &[&world.reports[2].key])
            .into_iter()
            .take(2),
    );
    cases.extend(enums(
        "status",
        |row: &report::Model| row.status.as_str(),
        "DRAFT",
        "IN_REVIEW",
    ));
    let today = app.day(0);
    let late = move |row: &report::Model| row.status.is_open() && row.due_on.is_some_and(|due| due < today);
    cases.push(case(json!({ "isOverdue": true }), late));
    cases.push(case(json!({ "isOverdue": false }), move |row: &report::Model| {
        !late(row)
    }));
    let (me, bo) = (world.me.user_id, world.bo.user_id);
    cases.extend(references("owner", |row: &report::Model| row.owner_id, me, bo));
    cases.push(case(
        json!({ "owner": { "isMe": true } }),
        move |row: &report::Model| row.owner_id == Some(me),
    ));
    cases.push(case(
        json!({ "owner": { "isMe": false } }),
        move |row: &report::Model| row.owner_id != Some(me),
    ));
    cases.extend(references(
        "team",
        |row: &report::Model| row.team_id,
        world.teams[0].id,
        world.teams[1].id,
    ));
    let day = world.reports[1].due_on.unwrap();
    cases.extend(ordered(
        "dueOn",
        |row: &report::Model| row.due_on,
        day,
        &day.to_string(),
    ));
    cases.extend(nullable("dueOn", |row: &report::Model| row.due_on.is_none()));
    cases.extend(nullable("publishedAt", |row: &report::Model| {
        row.published_at.is_none()
    }));
    let at = world.reports[2].created_at;
    cases.extend(ordered(
        "createdAt",
        |row: &report::Model| Some(row.created_at),
        at,
        &at.to_rfc3339(),
    ));
    let labels = |row: &report::Model, is: &dyn Fn(&str) -> bool| {
        world
            .report_labels
            .iter()
            .any(|label| label.report_id == row.id && is(&label.label))
    };
    cases.push(case(
        json!({ "label": { "eq": "network" } }),
        move |row: &report::Model| labels(row, &|label| label == "network"),
    ));
    cases.push(case(
        json!({ "label": { "contains": "NETW" } }),
        move |row: &report::Model| labels(row, &|label| label.to_lowercase().contains("netw")),
    ));
    cases.push(case(
        json!({ "label": { "contains": "%" } }),
        move |row: &report::Model| labels(row, &|label| label.contains('%')),
    ));
    let of = |row: &report::Model| {
        world
            .incidents
            .iter()
            .find(|incident| incident.id == row.incident_id)
            .unwrap()
    };
    cases.push(case(
        json!({ "incident": { "severity": { "eq": "SEV1" } } }),
        move |row: &report::Model| of(row).severity.as_str() == "SEV1",
    ));
    cases.push(case(
        json!({ "incident": { "not": { "severity": { "eq": "SEV1" } } } }),
        move |row: &report::Model| of(row).severity.as_str() != "SEV1",
    ));
    cases.push(case(
        json!({ "incident": { "resolvedAt": { "isNull": true } } }),
        move |row: &report::Model| of(row).resolved_at.is_none(),
    ));
    cases
}

fn causes<'a>(world: &'a World) -> Vec<Case<'a, root_cause::Model>> {
    let mut cases = ids(|row: &root_cause::Model| row.id.to_string(), &world.causes);
    cases.extend(texts(
        "title",
        |row: &root_cause::Model| row.title.clone(),
        &["Escape C:\\temp", "Überlast begrenzen"],
    ));
    cases.extend(enums(
        "role",
        |row: &root_cause::Model| row.role.as_str(),
        "TRIGGER",
        "LATENT",
    ));
    let (one, other) = (
        world.causes[1].category_id.unwrap(),
        world.causes[2].category_id.unwrap(),
    );
    cases.extend(
        references("category", |row: &root_cause::Model| row.category_id, one, other)
            .into_iter()
            .take(6),
    );
    let slug = world.categories.iter().find(|row| row.id == one).unwrap().slug.clone();
    cases.push(case(
        json!({ "category": { "slug": { "in": [slug] } } }),
        move |row: &root_cause::Model| row.category_id == Some(one),
    ));
    let covered = |row: &root_cause::Model| {
        let on: Vec<RecommendationId> = world
            .treatments
            .iter()
            .filter(|link| link.root_cause_id == row.id)
            .map(|link| link.recommendation_id)
            .collect();
        let statuses: Vec<_> = world
            .items
            .iter()
            .filter(|item| on.contains(&item.id))
            .map(|item| item.status)
            .collect();
        coverage(&statuses, row.no_action_reason.is_some())
    };
    let names = [
        ("UNCOVERED", Coverage::Uncovered),
        ("NO_ACTION", Coverage::NoAction),
        ("PROPOSED", Coverage::Proposed),
        ("COMMITTED", Coverage::Committed),
        ("IMPLEMENTED", Coverage::Implemented),
        ("VERIFIED", Coverage::Verified),
    ];
    for (name, value) in names {
        // Every coverage is the coverage of something: `check` sees to that, but for what the data do not hold.
        if world.causes.iter().any(|row| covered(row) == value) {
            cases.push(case(
                json!({ "coverage": { "eq": name } }),
                move |row: &root_cause::Model| covered(row) == value,
            ));
            cases.push(case(
                json!({ "coverage": { "notIn": [name] } }),
                move |row: &root_cause::Model| covered(row) != value,
            ));
        }
    }
    let some = [Coverage::Committed, Coverage::Verified];
    cases.push(case(
        json!({ "coverage": { "in": ["COMMITTED", "VERIFIED"] } }),
        move |row: &root_cause::Model| some.contains(&covered(row)),
    ));
    cases.push(case(json!({ "isRecurrence": true }), |row: &root_cause::Model| {
        row.recurrence_of_id.is_some()
    }));
    cases.push(case(json!({ "isRecurrence": false }), |row: &root_cause::Model| {
        row.recurrence_of_id.is_none()
    }));
    let of = |row: &root_cause::Model| world.reports.iter().find(|report| report.id == row.report_id).unwrap();
    cases.push(case(
        json!({ "report": { "status": { "eq": "PUBLISHED" } } }),
        move |row: &root_cause::Model| of(row).status.as_str() == "PUBLISHED",
    ));
    cases.push(case(
        json!({ "report": { "owner": { "isNull": true } } }),
        move |row: &root_cause::Model| of(row).owner_id.is_none(),
    ));
    cases
}

on_both_databases! {
    async fn of_incidents(app) {
        let world = app.world().await;
        let list = Listed { app, world: &world, field: "incidents", kind: "IncidentFilter", rows: &world.incidents, id: |row| row.id.to_string() };
        list.check(&incidents(&world)).await;
    }

    async fn of_reports(app) {
        let world = app.world().await;
        // Archived reports are left out unless the filter asks about the status: none is archived here.
        let list = Listed { app, world: &world, field: "reports", kind: "ReportFilter", rows: &world.reports, id: |row| row.id.to_string() };
        list.check(&reports(app, &world)).await;
    }

    async fn of_root_causes(app) {
        let world = app.world().await;
        let list = Listed { app, world: &world, field: "rootCauses", kind: "RootCauseFilter", rows: &world.causes, id: |row| row.id.to_string() };
        let cases = causes(&world);
        let coverages = cases.iter().filter(|case| case.filter.to_string().contains("{\"coverage\":{\"eq\"")).count();
        assert_eq!(coverages, 6, "the data hold every coverage");
        list.check(&cases).await;
    }

    /// What only recommendations can be asked, and the comparators at their ends.
    async fn of_recommendations(app) {
        let world = app.world().await;
        let list = Listed { app, world: &world, field: "recommendations", kind: "RecommendationFilter", rows: &world.items, id: |row| row.id.to_string() };
        list.check(&crate::filters_of_recommendations::cases(app, &world)).await;
        let all = |_: &recommendation::Model| true;
        let none = |_: &recommendation::Model| false;
        for filter in [json!({}), json!({ "and": [] }), json!({ "id": { "notIn": [] } }), json!({ "id": { "isNull": false } }), json!({ "status": {} }),
            json!({ "title": { "contains": "" } }), json!({ "owner": {} }), json!({ "report": {} }), json!({ "incident": {} })] {
            list.both(&filter, &all).await;
        }
        for filter in [json!({ "or": [] }), json!({ "id": { "in": [] } }), json!({ "id": { "isNull": true } }), json!({ "status": { "in": [] } }),
            json!({ "title": { "in": [] } }), json!({ "title": { "contains": "'; DROP TABLE recommendation; --" } }),
            json!({ "owner": { "isMe": true, "isNull": true } }), json!({ "rootCause": { "title": { "eq": "none" } } })] {
            list.both(&filter, &none).await;
        }
    }
}
