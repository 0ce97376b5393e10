//! The explorer is complete, typed, cached and locked down.

use actix_web::App;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service, read_body};

use super::super::explorer;

async fn fetch(uri: &str) -> (u16, HeaderMap, String) {
    let app = init_service(App::new().configure(explorer)).await;
    let response = call_service(&app, TestRequest::get().uri(uri).to_request()).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (
        status,
        headers,
        String::from_utf8(read_body(response).await.to_vec()).unwrap(),
    )
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map(|value| value.to_str().unwrap())
        .unwrap_or_default()
}

#[actix_web::test]
async fn the_page_links_only_files_that_are_served() {
    let (status, headers, page) = fetch("/graphiql").await;
    assert_eq!(
        (status, header(&headers, "content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert_eq!(header(&headers, "cache-control"), "no-cache");
    let links: Vec<&str> = page
        .split("=\"graphiql/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap_or_default())
        .collect();
    assert_eq!(links.len(), 3, "{links:?}");
    for link in links {
        let (status, headers, body) = fetch(&format!("/graphiql/{link}")).await;
        assert_eq!((status, body.is_empty()), (200, false), "{link}");
        assert!(
            link.contains('?'),
            "{link} needs the hash of its content, because it is cached for a year"
        );
        assert!(header(&headers, "cache-control").contains("immutable"));
    }
}

#[actix_web::test]
async fn every_answer_is_locked_down() {
    for uri in [
        "/graphiql",
        "/graphiql/explorer.js",
        "/graphiql/explorer.css",
        "/graphiql/icon.svg",
    ] {
        let (_, headers, _) = fetch(uri).await;
        let policy = header(&headers, "content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"),
            "{uri}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{uri}");
        assert_eq!(header(&headers, "x-content-type-options"), "nosniff", "{uri}");
        assert_eq!(header(&headers, "referrer-policy"), "no-referrer", "{uri}");
    }
}

#[actix_web::test]
async fn nothing_in_the_page_is_inline_or_foreign() {
    let (_, _, page) = fetch("/graphiql").await;
    assert!(!page.contains("://") && !page.contains("<style") && !page.contains("{{"));
    assert!(page.matches("<script").count() == page.matches("<script src=").count());
    let (_, _, css) = fetch("/graphiql/explorer.css").await;
    assert!(!css.contains("url(http") && !css.contains("@font-face"));
}

#[actix_web::test]
async fn a_slash_at_the_end_leads_back() {
    let app = init_service(App::new().configure(explorer)).await;
    let response = call_service(&app, TestRequest::get().uri("/graphiql/").to_request()).await;
    assert_eq!(
        (response.status().as_u16(), header(response.headers(), "location")),
        (307, "../graphiql")
    );
}

#[actix_web::test]
async fn other_files_do_not_exist() {
    for uri in [
        "/graphiql/index.js",
        "/graphiql/README.md",
        "/graphiql/..%2fexplorer.js",
    ] {
        assert_eq!(fetch(uri).await.0, 404, "{uri}");
    }
}
