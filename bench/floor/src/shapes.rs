//! Shapes that several answers share. Names are those of the GraphQL schema.

use actix_web::web::Json;
use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

/// `{"data": …}`.
#[derive(Serialize)]
pub struct Data<T> {
    pub data: T,
}

/// Puts an answer where GraphQL would.
pub fn data<T>(data: T) -> Json<Data<T>> {
    Json(Data { data })
}

/// `{"nodes": …}`.
#[derive(Serialize)]
pub struct Nodes<T> {
    pub nodes: Vec<T>,
}

#[derive(Serialize)]
pub struct Named {
    pub name: String,
}

#[derive(Serialize)]
pub struct Team {
    pub slug: String,
}

#[derive(Serialize)]
pub struct Titled {
    pub title: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    pub has_next_page: bool,
    pub end_cursor: Option<String>,
}

/// Where a page by due date ends: the day, and the id among those of one day.
pub fn cursor(due_on: NaiveDate, id: Uuid) -> String {
    format!("{due_on},{id}")
}

/// The other way round; before everything when there is none.
pub fn after(cursor: Option<&str>) -> (NaiveDate, Uuid) {
    let parsed = cursor.and_then(|text| {
        let (due_on, id) = text.split_once(',')?;
        Some((due_on.parse().ok()?, id.parse().ok()?))
    });
    parsed.unwrap_or((NaiveDate::default(), Uuid::nil()))
}
