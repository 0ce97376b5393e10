//! Pages put together are exactly the list: forwards and backwards, with ties, without due dates, for many parents at once.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    enums::{Priority, RecommendationStatus, Role},
    ids::{RecommendationId, ReportId, RootCauseId, TypedId},
    recommendation, recommendation_root_cause,
};
use postmortem_tests::{
    TestApp, TestUser, on_both_databases,
    paging::{List, page_of, page_selection},
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::EntityTrait;
use serde_json::json;

const FIELDS: [&str; 5] = ["DUE_ON", "CREATED_AT", "UPDATED_AT", "PRIORITY", "COMPLETED_AT"];
const DIRECTIONS: [&str; 2] = ["ASC", "DESC"];

/// What a recommendation is ordered by. The ranges are small, so that many tie.
#[derive(Debug, Clone)]
struct Sorted {
    due: Option<i64>,
    created: i64,
    updated: i64,
    priority: usize,
    completed: Option<i64>,
}

prop_compose! {
    fn sorted()(
        due in option::of(0..4_i64), created in 0..3_i64, updated in 0..3_i64, priority in 0..5_usize,
        completed in option::of(0..3_i64),
    ) -> Sorted {
        Sorted { due, created, updated, priority, completed }
    }
}

#[derive(Debug, Clone)]
struct Case {
    rows: Vec<Sorted>,
    size: usize,
    from: prop::sample::Index,
    to: prop::sample::Index,
    field: &'static str,
    direction: &'static str,
}

prop_compose! {
    fn case()(
        rows in vec(sorted(), 0..14), size in 1..7_usize, from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(), field in prop::sample::select(&FIELDS[..]),
        direction in prop::sample::select(&DIRECTIONS[..]),
    ) -> Case {
        Case { rows, size, from, to, field, direction }
    }
}

/// The same cases in every run: what fails once fails again, and is printed.
fn cases(number: usize) -> Vec<Case> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..number)
        .map(|_| case().new_tree(&mut runner).expect("a case").current())
        .collect()
}

fn moment(app: &TestApp, minutes: i64) -> DateTime<Utc> {
    app.now() - Duration::days(3) + Duration::minutes(minutes)
}

fn day(app: &TestApp, plus: i64) -> NaiveDate {
    app.day(plus)
}

/// What `field` holds, as something that sorts alike.
fn key(row: &recommendation::Model, field: &str) -> Option<String> {
    match field {
        "DUE_ON" => row.due_on.map(|day| day.to_string()),
        "CREATED_AT" => Some(row.created_at.to_rfc3339()),
        "UPDATED_AT" => Some(row.updated_at.to_rfc3339()),
        "PRIORITY" => Some(row.priority.to_string()),
        "COMPLETED_AT" => row.completed_at.map(|at| at.to_rfc3339()),
        other => panic!("{other} is no order"),
    }
}

/// The list as it should be: by value, then by id, both in the direction; without a value last either way.
fn in_order<'a>(
    rows: impl IntoIterator<Item = &'a recommendation::Model>,
    field: &str,
    direction: &str,
) -> Vec<&'a recommendation::Model> {
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by(|a, b| {
        let (left, right) = (key(a, field), key(b, field));
        let by_value = left.cmp(&right).then_with(|| a.id.cmp(&b.id));
        let by_value = if direction == "DESC" {
            by_value.reverse()
        } else {
            by_value
        };
        left.is_none().cmp(&right.is_none()).then(by_value)
    });
    rows
}

fn ids<'a>(rows: impl IntoIterator<Item = &'a recommendation::Model>) -> Vec<String> {
    rows.into_iter().map(|row| row.id.to_string()).collect()
}

fn order_by(field: &str, direction: &str) -> String {
    format!("orderBy: {{field: {field}, direction: {direction}}}")
}

async fn reports(app: &TestApp, number: usize) -> Vec<ReportId> {
    let incident = app.incident_row();
    app.store([incident.clone()]).await;
    let reports: Vec<_> = (0..number).map(|_| app.report_row(incident.id)).collect();
    app.store(reports.clone()).await;
    reports.into_iter().map(|row| row.id).collect()
}

/// Stores the rows of a case in place of those of the case before, dealt out to the reports in turn.
async fn recommendations(app: &TestApp, case: &Case, reports: &[ReportId]) -> Vec<recommendation::Model> {
    recommendation::Entity::delete_many()
        .exec(&app.db().await)
        .await
        .unwrap();
    let rows: Vec<recommendation::Model> = case
        .rows
        .iter()
        .zip(reports.iter().cycle())
        .map(|(given, report)| recommendation::Model {
            status: given
                .completed
                .map_or(RecommendationStatus::Accepted, |_| RecommendationStatus::Implemented),
            due_on: given.due.map(|plus| day(app, plus)),
            created_at: moment(app, given.created),
            updated_at: moment(app, given.updated),
            priority: Priority::ALL[given.priority],
            completed_at: given.completed.map(|plus| moment(app, plus)),
            ..app.recommendation_row(*report)
        })
        .collect();
    app.store(rows.clone()).await;
    rows
}

async fn walk(app: &TestApp, user: &TestUser, list: &List, case: &Case, expected: &[String]) {
    let whole = list.page(app, user, json!({ "first": 100 })).await;
    assert_eq!(whole.ids, expected, "the whole list {list:?} of {case:?}");
    list.forwards(app, user, case.size, expected).await;
    list.backwards(app, user, case.size, expected).await;
    if !expected.is_empty() {
        let bounds = (case.from.index(expected.len()), case.to.index(expected.len()));
        list.between(app, user, bounds, case.size, expected, &whole.cursors)
            .await;
    }
}

on_both_databases! {
    /// Every order in both directions, any number of rows, any page size, from both ends.
    async fn pages_of_recommendations_are_the_list(app) {
        let ada = app.user("Ada", Role::Viewer).await;
        let reports = reports(app, 1).await;
        for case in cases(24) {
            let rows = recommendations(app, &case, &reports).await;
            for field in FIELDS {
                for direction in DIRECTIONS {
                    let list = List::root("recommendations", order_by(field, direction));
                    walk(app, &ada, &list, &case, &ids(in_order(&rows, field, direction))).await;
                }
            }
        }
    }

    /// A page holds no rows when none are asked for, and says whether there are some.
    async fn a_page_of_nothing(app) {
        let ada = app.user("Ada", Role::Viewer).await;
        let reports = reports(app, 1).await;
        let list = List::root("recommendations", "");
        for forwards in [true, false] {
            let asked = if forwards { json!({ "first": 0 }) } else { json!({ "last": 0 }) };
            let page = list.page(app, &ada, asked.clone()).await;
            assert_eq!((page.ids.len(), page.has_next, page.has_previous), (0, false, false), "of an empty list");
        }
        app.store([app.recommendation_row(reports[0])]).await;
        let page = list.page(app, &ada, json!({ "first": 0 })).await;
        assert_eq!((page.ids.len(), page.has_next, page.has_previous), (0, true, false));
        let page = list.page(app, &ada, json!({ "last": 0 })).await;
        assert_eq!((page.ids.len(), page.has_next, page.has_previous), (0, false, true));
    }

    /// The lists of several reports, asked for together and one by one.
    async fn pages_within_reports_are_their_lists(app) {
        let ada = app.user("Ada", Role::Viewer).await;
        let reports = reports(app, 3).await;
        for case in cases(24) {
            let rows = recommendations(app, &case, &reports).await;
            let of = |report: ReportId| {
                in_order(rows.iter().filter(move |row| row.report_id == report), case.field, case.direction)
            };
            let order = order_by(case.field, case.direction);
            for report in &reports {
                let list = List::of(format!("report(id: \"{report}\")"), "recommendations", order.clone());
                walk(app, &ada, &list, &case, &ids(of(*report))).await;
            }
            // One place cuts all three lists, also those that its row is not in.
            let everything = in_order(&rows, case.field, case.direction);
            let whole = List::root("recommendations", order.clone()).page(app, &ada, json!({ "first": 100 })).await;
            let place = (!everything.is_empty()).then(|| case.from.index(everything.len()));
            let beyond = |row: &&recommendation::Model| {
                let at = everything.iter().position(|other| other.id == row.id).unwrap();
                place.is_none_or(|place| at > place)
            };
            let query = format!(
                "query ($first: Int, $after: String) {{ reports(first: 10) {{ nodes {{ id list: recommendations({order}, \
                 first: $first, after: $after) {} }} }} }}",
                page_selection("id")
            );
            let after = place.map(|place| whole.cursors[place].clone());
            let answer = app.ask(&ada, &query, json!({ "first": case.size, "after": after })).await;
            let nodes = answer.at("/reports/nodes");
            assert_eq!(nodes.as_array().unwrap().len(), 3);
            for node in nodes.as_array().unwrap() {
                let report: ReportId = node["id"].as_str().unwrap().parse().unwrap();
                let rest = ids(of(report).into_iter().filter(beyond));
                let page = page_of(&node["list"]);
                assert_eq!(page.ids, &rest[..case.size.min(rest.len())], "{case:?}");
                assert_eq!(page.has_next, rest.len() > case.size, "{case:?}");
            }
        }
    }

    /// The lists of root causes, in which one recommendation stands more than once.
    async fn pages_on_root_causes_are_their_lists(app) {
        let ada = app.user("Ada", Role::Viewer).await;
        let reports = reports(app, 2).await;
        let causes: Vec<_> = reports.iter().map(|report| app.cause_row(*report)).collect();
        app.store(causes.clone()).await;
        let treats = |cause: usize, row: usize| cause == 0 || row.is_multiple_of(2);
        for case in cases(12) {
            let rows = recommendations(app, &case, &reports).await;
            let link = |row: RecommendationId, cause: RootCauseId| recommendation_root_cause::Model {
                recommendation_id: row,
                root_cause_id: cause,
                created_at: app.now(),
            };
            for (number, cause) in causes.iter().enumerate() {
                let treating: Vec<_> = rows.iter().enumerate().filter(|(row, _)| treats(number, *row)).collect();
                app.store(treating.iter().map(|(_, row)| link(row.id, cause.id))).await;
                let expected = in_order(treating.into_iter().map(|(_, row)| row), case.field, case.direction);
                let order = order_by(case.field, case.direction);
                let list = List::of(format!("rootCause(id: \"{}\")", cause.id), "recommendations", order);
                walk(app, &ada, &list, &case, &ids(expected)).await;
            }
        }
    }

    /// Reports and recommendations in one list, the soonest due first.
    async fn pages_of_action_items_are_the_list(app) {
        let ada = app.user("Ada", Role::Viewer).await;
        let incident = app.incident_row();
        app.store([incident.clone()]).await;
        let reports = reports(app, 1).await;
        for case in cases(24) {
            let rows = recommendations(app, &case, &reports).await;
            let more: Vec<_> = case
                .rows
                .iter()
                .map(|given| entity::report::Model {
                    due_on: given.due.map(|plus| day(app, plus)),
                    ..app.report_row(incident.id)
                })
                .collect();
            use sea_orm::{ColumnTrait, QueryFilter};
            let old = entity::report::Entity::delete_many().filter(entity::report::Column::Id.ne(reports[0]));
            old.exec(&app.db().await).await.unwrap();
            app.store(more.clone()).await;
            let mut all: Vec<(Option<NaiveDate>, uuid::Uuid, String)> =
                rows.iter().map(|row| (row.due_on, row.id.uuid(), row.id.to_string())).collect();
            all.extend(more.iter().map(|row| (row.due_on, row.id.uuid(), row.id.to_string())));
            all.push((None, reports[0].uuid(), reports[0].to_string()));
            all.sort_by_key(|(due, id, _)| (due.is_none(), *due, *id));
            let expected: Vec<String> = all.into_iter().map(|(_, _, id)| id).collect();
            let list = List::root("actionItems", "");
            list.forwards(app, &ada, case.size, &expected).await;
            list.forwards(app, &ada, 100, &expected).await;
        }
    }
}
