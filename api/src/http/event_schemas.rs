//! The JSON Schemas of events, for those who receive them. They tell nothing of what has happened, so anybody may read them.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, web};

use crate::events::model::{
    catalogue::CATALOGUE,
    schema::{file_name, index, schema},
};

/// They change with a release only.
const CACHING: (actix_web::http::header::HeaderName, &str) = (CACHE_CONTROL, "public, max-age=300");

/// Every type of event, and where its schema is.
pub async fn list() -> HttpResponse {
    HttpResponse::Ok().insert_header(CACHING).json(index())
}

/// The schema of one type in one version.
pub async fn one(name: web::Path<String>) -> HttpResponse {
    match CATALOGUE.iter().find(|event| file_name(event) == *name) {
        Some(event) => HttpResponse::Ok()
            .insert_header(CACHING)
            .content_type("application/schema+json")
            .body(schema(event).to_string()),
        None => HttpResponse::NotFound()
            .content_type("text/plain; charset=utf-8")
            .body("There is no such schema; /events/schemas lists them all.\n"),
    }
}
