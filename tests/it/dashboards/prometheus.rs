//! A real Prometheus reads the running binary with the demo in it.

use std::process::{Command, Stdio};

use postmortem_tests::{
    documents::run_shell,
    get,
    processes::{self, Killed, answers_well, free_address},
    prometheus::Prometheus,
    wait_until,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{panel_queries, snippets};
use crate::settings_and_cli::binary;

const TOKEN: &str = "a-token-for-a-real-prometheus";

/// `postmortem demo`, until it is dropped.
struct Demo {
    _child: Killed,
    folder: TempDir,
    address: String,
    /// Sees everything.
    admin: String,
    /// Takes part in nothing.
    token: String,
}

impl Demo {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = free_address();
        let command = |args: &[&str]| {
            let mut command = Command::new(binary());
            command.args(args).env_clear().current_dir(folder.path());
            command
                .env("POSTMORTEM_METRICS_TOKEN", TOKEN)
                .env("DATABASE_URL", "sqlite://demo.db");
            command
        };
        assert!(command(&["demo", "--load-only"]).output().unwrap().status.success());
        let token = |args: &[&str]| {
            let made = command(&[&["token", "--email"], args].concat()).output().unwrap();
            String::from_utf8_lossy(&made.stdout).trim().to_owned()
        };
        let admin = token(&[postmortem_api::demo::ADMIN]);
        let token = token(&["rita@example.org", "--role", "viewer"]);
        let serve = ["serve", "--listen", &address, "--metrics-max-age-seconds", "1"];
        let child = command(&serve)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let demo = Self {
            _child: Killed(child),
            folder,
            address,
            admin,
            token,
        };
        answers_well(&format!("http://{}/healthz", demo.address)).await;
        demo
    }

    async fn ask(&self, token: &str, query: &str) -> Value {
        let answer = processes::ask(&format!("http://{}", self.address), token, query, json!({})).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].clone()
    }

    /// Runs a snippet for a shell, as whoever has read the page does.
    fn shell(&self, snippet: &str) -> String {
        let script = snippet.replace("http://localhost:8080", &format!("http://{}", self.address));
        let variables = [("TOKEN", self.token.as_str()), ("METRICS_TOKEN", TOKEN)];
        let output = run_shell(&script, self.folder.path(), &variables);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && !said.is_empty(), "{script}\n{output:?}");
        said
    }
}

/// What Prometheus answers is what GraphQL says; every panel and snippet can be asked, and every snippet finds something.
#[actix_web::test]
async fn a_real_prometheus_has_the_figures_of_graphql() {
    let demo = Demo::start().await;
    let prometheus = Prometheus::start(&demo.address, TOKEN);
    // Recorded from what was read.
    let recorded = "sum(postmortem_recommendations_overdue_days_sum)";
    wait_until(async || prometheus.number(recorded).await.is_some()).await;
    assert_eq!(prometheus.number("min(up)").await, Some(1.0));

    let query = "{ followThrough { overall { open overdue overdueDaysTotal onTimeRate completionRate proposed verified implemented } }
        late: recommendations(filter: {isOverdue: true}) { totalCount }
        reports(filter: {status: {in: [DRAFT, IN_REVIEW, PUBLISHED, ARCHIVED]}}) { totalCount } }";
    let (all, open) = (demo.ask(&demo.admin, query).await, demo.ask(&demo.token, query).await);
    let (whole, overall) = (&all["followThrough"]["overall"], &open["followThrough"]["overall"]);
    assert_ne!(
        all, open,
        "nothing in the demo is RESTRICTED, so the two kinds of metrics are not told apart"
    );
    let of = |name: &str, statuses: &str| format!("sum({name}{{status=~\"{statuses}\"}})");
    let (total, series) = ("postmortem_all_recommendations", "postmortem_recommendations");
    for (expression, figure) in [
        (of(total, "ACCEPTED|IN_PROGRESS|BLOCKED"), &whole["open"]),
        (of(total, "PROPOSED"), &whole["proposed"]),
        (of(total, "VERIFIED"), &whole["verified"]),
        (of(total, "IMPLEMENTED"), &whole["implemented"]),
        (format!("max({total}_overdue)"), &all["late"]["totalCount"]),
        (format!("max({total}_on_time_ratio)"), &whole["onTimeRate"]),
        (format!("max({total}_completion_ratio)"), &whole["completionRate"]),
        ("sum(postmortem_all_reports)".to_owned(), &all["reports"]["totalCount"]),
        (of(series, "ACCEPTED|IN_PROGRESS|BLOCKED"), &overall["open"]),
        (of(series, "PROPOSED"), &overall["proposed"]),
        (of(series, "VERIFIED"), &overall["verified"]),
        (format!("sum({series}_overdue)"), &open["late"]["totalCount"]),
        ("sum(postmortem_reports)".to_owned(), &open["reports"]["totalCount"]),
        (recorded.to_owned(), &overall["overdueDaysTotal"]),
        ("sum(postmortem_recommendations_open)".to_owned(), &overall["open"]),
    ] {
        let (found, figure) = (prometheus.number(&expression).await, figure.as_f64().unwrap());
        let is_same = found.is_some_and(|found| (found - figure).abs() < 1e-9);
        assert!(is_same, "{expression}: {found:?}, and GraphQL says {figure}");
    }

    let by_team = "{ followThrough(groupBy: TEAM) { groups { key metrics { overdue } } } }";
    let by_team = demo.ask(&demo.token, by_team).await;
    let groups = by_team["followThrough"]["groups"].as_array().unwrap();
    let served = prometheus
        .query("sum by (team) (postmortem_recommendations_overdue)")
        .await
        .unwrap();
    assert_eq!(served.len(), groups.len());
    for (series, overdue) in &served {
        let key = series["team"].as_str().unwrap().trim_start_matches('-');
        let group = groups.iter().find(|group| group["key"] == key).expect("a team");
        assert_eq!(group["metrics"]["overdue"].as_f64(), Some(*overdue), "{key}");
    }

    for (panel, query) in panel_queries() {
        prometheus
            .query(&query)
            .await
            .unwrap_or_else(|error| panic!("{panel}: {error}"));
    }
    for snippet in snippets("promql") {
        let found = prometheus.query(&snippet.text).await.unwrap();
        assert!(!found.is_empty(), "{} finds nothing", snippet.text);
    }
    let shells = snippets("sh");
    assert!(
        demo.shell(&shells[0].text)
            .contains("postmortem_recommendations_overdue{")
    );
    let headline: Value = serde_json::from_str(&demo.shell(&shells[1].text)).unwrap();
    assert_eq!(
        headline["data"]["followThrough"]["overall"]["overdue"],
        overall["overdue"]
    );
    assert_eq!(shells.len(), 2, "a snippet for a shell that no test runs");

    // The routes of a server, which tests without one do not pass.
    let routes = prometheus
        .query("postmortem_http_requests_total{route=\"/graphql\", status=\"200\"}")
        .await
        .unwrap();
    assert!(!routes.is_empty());
    let nowhere = format!("http://{}/recommendations-{TOKEN}", demo.address);
    assert_eq!(get(&nowhere).await.unwrap().0, 404);
    let lost = "sum(postmortem_http_requests_total{route=\"none\", status=\"404\"})";
    wait_until(async || prometheus.number(lost).await.is_some_and(|found| found >= 1.0)).await;
}
