//! The public keys of the built-in issuer, for others who want to check its tokens.

use std::sync::Arc;

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, web};

use crate::auth::App;

/// A JSON Web Key Set (RFC 7517); no key while the issuer is switched off.
pub async fn jwks(app: web::Data<Arc<App>>) -> HttpResponse {
    let keys = if app.settings.builtin_issuer {
        app.issuer.key_set()
    } else {
        serde_json::json!({ "keys": [] })
    };
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .json(keys)
}
