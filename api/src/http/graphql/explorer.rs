//! The explorer: GraphiQL at `/graphiql`, out of the binary, without a request to anywhere else.
//!
//! The page and its script are made from `assets/graphiql` (its README says how) and checked in. It may load scripts,
//! styles and data from us only, and nobody may frame it. The token a visitor pastes stays in that browser tab.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpResponse, web, web::Redirect};

/// One embedded file.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

const PAGE: Asset = Asset {
    name: "index.html",
    content_type: "text/html; charset=utf-8",
    bytes: include_bytes!("../../../assets/graphiql/index.html"),
};

const FILES: [Asset; 3] = [
    Asset {
        name: "explorer.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../../../assets/graphiql/explorer.js"),
    },
    Asset {
        name: "explorer.css",
        content_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../../../assets/graphiql/explorer.css"),
    },
    Asset {
        name: "icon.svg",
        content_type: "image/svg+xml",
        bytes: include_bytes!("../../../assets/graphiql/icon.svg"),
    },
];

/// The page links its files with their content's hash in the query, so a new release has new addresses.
const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Registers `GET` and `HEAD` of `/graphiql`, and its files.
pub fn explorer(config: &mut web::ServiceConfig) {
    config
        .route("/graphiql", web::get().to(async || serve(&PAGE, "no-cache")))
        .route("/graphiql", web::head().to(async || serve(&PAGE, "no-cache")))
        // The page's links are relative, so that it may live below any path; with a slash they would miss.
        .route("/graphiql/", web::get().to(async || Redirect::to("../graphiql")))
        .route("/graphiql/{file}", web::get().to(file));
}

async fn file(name: web::Path<String>) -> HttpResponse {
    match FILES.iter().find(|asset| asset.name == name.as_str()) {
        Some(asset) => serve(asset, FOR_A_YEAR),
        None => HttpResponse::NotFound().finish(),
    }
}

fn serve(asset: &Asset, cache: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, asset.content_type))
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .body(asset.bytes)
}
