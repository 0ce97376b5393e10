//! What a real browser makes of the pages: on a wide and a narrow screen, light and dark.

use postmortem_tests::{Engine, TestApp, chromium};
use serde_json::json;

use crate::demo::load;

/// No serious fault of accessibility, no page wider than its screen, no request to elsewhere, no error. The demo is on them.
#[actix_web::test]
async fn the_pages_are_fit_for_everybody() {
    let app = TestApp::new(Engine::Sqlite).await;
    let admin = load(&app).await;
    let first = "{
        recommendations(first: 1, filter: { status: { eq: VERIFIED } }) { nodes { key } } reports(first: 2, filter: { status: { eq: PUBLISHED } }) { nodes { key } }
        incidents(first: 1) { nodes { key } } rootCauses(first: 1, filter: { isRecurrence: true }) { nodes { id } }
    }";
    let found = app.ask(&admin, first, json!({})).await;
    let paths = [
        "/".to_owned(),
        "/?severity=SEV1&period=12w".to_owned(),
        "/?team=none&priority=P4".to_owned(),
        "/recommendations".to_owned(),
        "/recommendations?overdue=yes&status=ACCEPTED,BLOCKED".to_owned(),
        "/recommendations?label=nothing".to_owned(),
        "/reports".to_owned(),
        "/incidents".to_owned(),
        "/root-causes".to_owned(),
        format!("/recommendations/{}", found.text("/recommendations/nodes/0/key")),
        format!("/reports/{}", found.text("/reports/nodes/0/key")),
        format!("/reports/{}", found.text("/reports/nodes/1/key")),
        format!("/incidents/{}", found.text("/incidents/nodes/0/key")),
        format!("/root-causes/{}", found.text("/rootCauses/nodes/0/id")),
        "/login".to_owned(),
    ];
    let problems = chromium::look(&app.serve(), &admin, &paths).await;
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    app.finish().await;
}
