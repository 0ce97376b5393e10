//! The files of `deploy/` and the compose file.

use std::process::Command;

use postmortem_tests::prometheus::{prepared, promtool};
use serde_json::Value;

use super::{dashboards, read, root, snippets};

#[test]
fn rules_and_settings_of_prometheus_are_right() {
    prepared();
    let rules = root().join("deploy/prometheus/rules/postmortem.yml");
    let rules = rules.to_str().unwrap();
    promtool(&["check", "rules", "--lint=all", "--lint-fatal", rules], &root(), "").unwrap();
    promtool(&["check", "config", "deploy/prometheus/prometheus.yml"], &root(), "").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tests = read("tests/it/dashboards/rules_test.yml").replace("RULES", rules);
    std::fs::write(folder.path().join("tests.yml"), &tests).unwrap();
    promtool(&["test", "rules", "tests.yml"], folder.path(), "").unwrap();
    for name in read("deploy/prometheus/rules/postmortem.yml")
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
    {
        assert!(tests.contains(name), "no test of {name} in rules_test.yml");
        let told = read("docs/operations.md").contains(&format!("`{name}`"));
        assert!(told, "docs/operations.md does not say what to do about {name}");
    }
}

/// The settings that the page shows.
#[test]
fn settings_of_the_page_are_right() {
    prepared();
    let all = snippets("yaml");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("postmortem-token"), "token").unwrap();
    let of = |title: &str| {
        &all.iter()
            .find(|snippet| snippet.text.contains(title))
            .expect(title)
            .text
    };
    std::fs::write(folder.path().join("prometheus.yml"), of("# prometheus.yml")).unwrap();
    promtool(&["check", "config", "prometheus.yml"], folder.path(), "").unwrap();
    let infinity = yaml(of("# datasources/postmortem.yml"));
    assert_eq!(infinity["datasources"][0]["type"], "yesoreyeram-infinity-datasource");
    assert_eq!(all.len(), 2, "a snippet in yaml that no test looks at");
}

/// Reads YAML with the parser of Python, which Debian has.
pub fn yaml(text: &str) -> Value {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    postmortem_tests::prometheus::python_yaml();
    let program = "import json,sys,yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let output = Command::new("python3")
        .args(["-c", program])
        .arg(file.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Images have versions, ports are for this machine only, and nobody gets a password that others know.
#[test]
fn the_compose_file_is_careful() {
    let compose = yaml(&read("docker-compose.yml"));
    for name in ["prometheus", "grafana"] {
        let service = &compose["services"][name];
        let image = service["image"].as_str().unwrap();
        let version = image.rsplit_once(':').map(|(_, version)| version).unwrap();
        assert!(version.matches('.').count() == 2, "{image}: name a whole version");
        assert_eq!(service["profiles"], serde_json::json!(["dashboards"]));
        for port in service["ports"].as_array().unwrap() {
            assert!(port.as_str().unwrap().starts_with("127.0.0.1:"), "{port}");
        }
        for volume in service["volumes"].as_array().unwrap() {
            let from = volume.as_str().unwrap().split(':').next().unwrap();
            let is_named = compose["volumes"].as_object().unwrap().contains_key(from);
            assert!(is_named || root().join(from).exists(), "{from} is not there");
        }
    }
    let grafana = &compose["services"]["grafana"]["environment"];
    assert_eq!(grafana["GF_AUTH_ANONYMOUS_ORG_ROLE"], "Viewer");
    assert_eq!(grafana["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"], "true");
    // Metrics have an address of their own, which is not published.
    assert_eq!(
        compose["services"]["api"]["environment"]["POSTMORTEM_METRICS_LISTEN"],
        "0.0.0.0:9464"
    );
    for service in ["api", "worker"] {
        let ports = compose["services"][service]["ports"].to_string();
        assert!(!ports.contains("9464"), "{service}: {ports}");
    }
    let settings = yaml(&read("deploy/prometheus/prometheus.yml"));
    for job in settings["scrape_configs"].as_array().unwrap() {
        let found = &job["dns_sd_configs"][0];
        let name = found["names"][0].as_str().unwrap();
        assert!(compose["services"][name].is_object() && found["port"] == 9464, "{job}");
    }
    let source = yaml(&read("deploy/grafana/provisioning/datasources/prometheus.yml"));
    for dashboard in dashboards() {
        for panel in dashboard["panels"].as_array().unwrap() {
            assert_eq!(
                panel["datasource"]["uid"], source["datasources"][0]["uid"],
                "{}",
                panel["title"]
            );
        }
    }
    let provider = yaml(&read("deploy/grafana/provisioning/dashboards/postmortem.yml"));
    let path = provider["providers"][0]["options"]["path"].as_str().unwrap();
    let mounted = compose["services"]["grafana"]["volumes"].to_string();
    assert!(
        mounted.contains(&format!("./deploy/grafana/dashboards:{path}:ro")),
        "{mounted}"
    );
}
