//! Prometheus and its tool, of Debian's package. A server runs in a directory of its own, and goes away with it.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    postgres::install::{answers, debian, turn},
    processes::{Killed, free_address},
};

/// Where Debian asks whether a package may start its service.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Makes sure that both are there. Panics with a sentence that says what is missing.
pub fn prepared() {
    if let Err(error) = install() {
        panic!("{error:#}");
    }
}

fn install() -> Result<()> {
    let are_there = || answers("promtool", "--version") && answers("prometheus", "--version");
    let _turn = turn("prometheus")?;
    if are_there() {
        return Ok(());
    }
    // The package would start a service, which nobody asked for.
    let is_ours = !Path::new(POLICY).exists();
    if is_ours && fs::write(POLICY, "#!/bin/sh\nexit 101\n").is_ok() {
        let _ = Command::new("chmod").args(["755", POLICY]).status();
    }
    let installed = debian(
        &["prometheus"],
        "some tests read our metrics with Prometheus and promtool",
    );
    if is_ours {
        let _ = fs::remove_file(POLICY);
    }
    installed?;
    if are_there() {
        Ok(())
    } else {
        bail!("prometheus was installed, but does not answer")
    }
}

/// Makes sure that Python can read YAML. Panics with a sentence that says what is missing.
pub fn python_yaml() {
    if !answers_python() {
        let installed = debian(&["python3-yaml"], "some tests read YAML with Python");
        assert!(installed.is_ok() && answers_python(), "{installed:?}");
    }
}

fn answers_python() -> bool {
    let import = Command::new("python3").args(["-c", "import yaml"]).output();
    import.is_ok_and(|output| output.status.success())
}

/// Runs promtool with a text as its input, and returns what it says when it is content.
pub fn promtool(args: &[&str], folder: &Path, input: &str) -> Result<String> {
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), input)?;
    let output = Command::new("promtool")
        .args(args)
        .current_dir(folder)
        .stdin(File::open(file.path())?)
        .output()?;
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    if output.status.success() {
        Ok(said)
    } else {
        bail!("promtool {args:?}: {said}")
    }
}

/// A server.
pub struct Prometheus {
    _child: Killed,
    url: String,
    _folder: TempDir,
}

impl Prometheus {
    /// One that reads `target` every second with a token, and has the rules of `deploy`.
    pub fn start(target: &str, token: &str) -> Self {
        prepared();
        let folder = tempfile::tempdir().expect("a folder");
        let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/prometheus/rules/*.yml");
        let config = format!(
            "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\nrule_files: [\"{rules}\"]\nscrape_configs:\n  - job_name: \
             postmortem\n    authorization: {{credentials: {token}}}\n    static_configs: [{{targets: [\"{target}\"]}}]\n"
        );
        let file = folder.path().join("prometheus.yml");
        fs::write(&file, config).expect("the settings of Prometheus");
        let address = free_address();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Prometheus to start");
        Self {
            _child: Killed(child),
            url: format!("http://{address}"),
            _folder: folder,
        }
    }

    /// Asks something of now; the error is what Prometheus says. Each series with its labels and value.
    pub async fn query(&self, expression: &str) -> Result<Vec<(Value, f64)>> {
        let mut url = reqwest::Url::parse(&format!("{}/api/v1/query", self.url))?;
        url.query_pairs_mut().append_pair("query", expression);
        let text = crate::oidc::client().get(url).send().await?.text().await?;
        let answer: Value = serde_json::from_str(&text).with_context(|| text.clone())?;
        if answer["status"] != "success" {
            bail!("{expression}: {text}");
        }
        let series = answer["data"]["result"].as_array().cloned().unwrap_or_default();
        let value = |series: &Value| series["value"][1].as_str().and_then(|value| value.parse().ok());
        series
            .into_iter()
            .map(|series| {
                let value = value(&series).with_context(|| format!("{expression}: no number in {series}"))?;
                Ok((series["metric"].clone(), value))
            })
            .collect()
    }

    /// The one number of an expression, or none.
    pub async fn number(&self, expression: &str) -> Option<f64> {
        let found = self.query(expression).await.ok()?;
        assert!(found.len() < 2, "{expression} has {} series", found.len());
        found.first().map(|(_, value)| *value)
    }
}
