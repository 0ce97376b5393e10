//! The image and the compose file, without Docker: what would be in the image is put together in the same way, and each service is started
//! in it as the compose file says, as the same user, where nothing can be written.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use postmortem_tests::{
    Engine, TestDatabase,
    processes::{Killed, free_address},
    wait_until,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{dashboards::yaml, settings_and_cli::binary};

/// The user of the image.
const USER: &str = "10001";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|problem| panic!("{path}: {problem}"))
}

fn compose() -> Value {
    yaml(&read("docker-compose.yml"))
}

fn services(compose: &Value) -> &serde_json::Map<String, Value> {
    compose["services"].as_object().expect("services")
}

/// No right that is not needed, no place to write that is not named, no resource without an end, and no password that others know.
#[test]
fn every_service_is_bounded() {
    let compose = compose();
    for (name, service) in services(&compose) {
        assert_eq!(service["read_only"], true, "{name} may write anywhere");
        assert_eq!(
            service["cap_drop"],
            serde_json::json!(["ALL"]),
            "{name} keeps rights of root"
        );
        assert!(
            service.get("cap_add").is_none() && service.get("privileged").is_none(),
            "{name} is given rights"
        );
        assert_eq!(
            service["security_opt"],
            serde_json::json!(["no-new-privileges:true"]),
            "{name}"
        );
        for limit in ["mem_limit", "cpus", "pids_limit"] {
            assert!(!service[limit].is_null(), "{name} has no {limit}");
        }
        let ends = service["restart"] == "no";
        assert!(ends || service["restart"] == "unless-stopped", "{name} stays down");
        assert!(
            ends || service["healthcheck"]["test"].is_array(),
            "nobody asks {name} whether it lives"
        );
        for port in service["ports"].as_array().into_iter().flatten() {
            assert!(
                port.as_str().is_some_and(|port| port.starts_with("127.0.0.1:")),
                "{name} is open to others: {port}"
            );
        }
    }
    let text = read("docker-compose.yml");
    let mut asked = 0;
    for variable in text
        .split("${")
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap_or_default())
    {
        let name: String = variable
            .chars()
            .take_while(|c| c.is_ascii_uppercase() || *c == '_')
            .collect();
        if ["PASSWORD", "KEY", "SECRET", "TOKEN"]
            .iter()
            .any(|word| name.contains(word))
        {
            assert!(
                variable[name.len()..].starts_with(":?"),
                "{name} has a value that everybody knows: ${{{variable}}}"
            );
            asked += 1;
        }
    }
    assert!(asked >= 3, "{asked} secrets are asked for");
}

/// Nobody in particular, and nothing to work with for whoever breaks in.
#[test]
fn the_image_is_bare() {
    let text = read("Dockerfile");
    let (_, image) = text.rsplit_once("\nFROM ").expect("a last stage");
    assert!(image.starts_with("scratch"), "{image}");
    assert!(
        image.contains(&format!("\nUSER {USER}:{USER}\n")) && !image.contains("\nRUN "),
        "{image}"
    );
    assert!(
        image.contains("HEALTHCHECK") && image.contains("\"/usr/local/bin/postmortem\", \"health\""),
        "{image}"
    );
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n")
}

/// Where a program is. In an environment that has been cleared nobody knows it any more.
fn found(program: &str) -> String {
    let place = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output();
    let place = place.expect("a shell").stdout;
    String::from_utf8(place).expect("a path").trim().to_owned()
}

/// What would be the image.
struct Image(TempDir);

impl Image {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let made = Command::new(root().join("deploy/image/assemble"))
            .arg(binary())
            .arg(folder.path())
            .output()
            .expect("a shell");
        assert!(made.status.success(), "{made:?}");
        // The directory of a test is its owner's alone; that of an image is everybody's to enter.
        let open = Command::new("chmod")
            .args(["755"])
            .arg(folder.path())
            .status()
            .expect("chmod");
        assert!(open.success());
        Self(folder)
    }

    /// A command in the image, as its user when the test may say who that is.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = if is_root() {
            let mut command = Command::new(found("chroot"));
            command.arg(format!("--userspec={USER}:{USER}"));
            command
        } else {
            let mut command = Command::new(found("unshare"));
            command.arg("--map-root-user").arg(found("chroot"));
            command
        };
        command
            .arg(self.0.path())
            .arg("/usr/local/bin/postmortem")
            .args(args)
            .env_clear()
            // Where those two are; there is nothing in the image.
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }
}

/// What the compose file sets for a service, at addresses that are free here.
fn environment(service: &Value, database: &str, listen: &str, metrics: &str) -> BTreeMap<String, String> {
    let given = service["environment"].as_object().expect("an environment");
    let value = |name: &str, value: &Value| match name {
        "DATABASE_URL" => database.to_owned(),
        "POSTMORTEM_LISTEN" => listen.to_owned(),
        "POSTMORTEM_METRICS_LISTEN" => metrics.to_owned(),
        "POSTMORTEM_PUBLIC_URL" => "http://localhost:8080".to_owned(),
        "POSTMORTEM_SEALING_KEY" => format!("{}=", "A".repeat(43)),
        other => panic!("the test does not know what {other} = {value} is here"),
    };
    given
        .iter()
        .map(|(name, given)| (name.clone(), value(name, given)))
        .collect()
}

fn words(value: &Value) -> Vec<&str> {
    let words = value.as_array().expect("a list of words");
    words.iter().map(|word| word.as_str().expect("a word")).collect()
}

fn succeeded(what: &str, output: &Output) -> String {
    assert!(output.status.success(), "{what}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Migrates, serves, works, answers for its health, and prints a token, in this order, as `docker compose up` would.
#[actix_web::test]
async fn each_service_runs_as_the_compose_file_starts_it() {
    let (compose, image) = (compose(), Image::new());
    let database = TestDatabase::empty(Engine::Postgres).await;
    let ours: Vec<_> = services(&compose)
        .iter()
        .filter(|(_, service)| service["image"] == "postmortem")
        .collect();
    assert_eq!(ours.len(), 3, "a service of ours that this does not start");

    let start = |name: &str| {
        let service = &compose["services"][name];
        let (listen, metrics) = (free_address(), free_address());
        let variables = environment(service, &database.url, &listen, &metrics);
        let mut command = image.command(&words(&service["command"]));
        command.envs(&variables).stdout(Stdio::piped()).stderr(Stdio::piped());
        (command, variables)
    };
    let health = |name: &str, variables: &BTreeMap<String, String>, more: &[&str]| {
        let test = words(&compose["services"][name]["healthcheck"]["test"]);
        assert_eq!(test[..2], ["CMD", "/usr/local/bin/postmortem"]);
        image
            .command(&[&test[2..], more].concat())
            .envs(variables)
            .output()
            .expect("a process")
    };

    let (mut migrate, _) = start("migrate");
    assert!(succeeded("migrate", &migrate.output().expect("a process")).contains("Applied"));
    for name in ["api", "worker"] {
        let (mut command, variables) = start(name);
        let before = health(name, &variables, &[]);
        assert_eq!(before.status.code(), Some(1), "{name} is not up yet");
        assert!(
            String::from_utf8_lossy(&before.stderr).contains("nothing answers at http://127.0.0.1:"),
            "{before:?}"
        );
        let running = Killed(
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("a process"),
        );
        wait_until(async || health(name, &variables, &[]).status.success()).await;
        assert_eq!(succeeded(name, &health(name, &variables, &[])), "ok\n");
        assert_eq!(succeeded(name, &health(name, &variables, &["--ready"])), "ready\n");
        if name == "api" {
            let token = image
                .command(&["token", "--email", "you@example.org", "--role", "admin"])
                .envs(&variables)
                .output();
            assert!(succeeded("token", &token.expect("a process")).starts_with("eyJ"));
        }
        drop(running);
    }
    // All of it ran where nothing can be written.
    let written = fs::read_dir(image.0.path().join("data"))
        .expect("the folder of the embedded database")
        .count();
    assert_eq!(written, 0);
    database.drop().await;
}

/// The embedded database lies in the one folder that belongs to the user.
#[test]
fn the_image_serves_without_another_database() {
    let image = Image::new();
    let data = image.0.path().join("data");
    assert!(
        Command::new("chmod")
            .arg("777")
            .arg(&data)
            .status()
            .expect("chmod")
            .success()
    );
    let mut token = image.command(&[
        "token",
        "--email",
        "you@example.org",
        "--role",
        "admin",
        "--database-url",
        "sqlite:///data/postmortem.db",
    ]);
    assert!(succeeded("token", &token.output().expect("a process")).starts_with("eyJ"));
    assert!(data.join("postmortem.db").is_file());
    if !is_root() {
        // Whoever is no root owns all of it.
        return;
    }
    let mut elsewhere = image.command(&["migrate", "--database-url", "sqlite:///etc/postmortem.db"]);
    let refused = elsewhere.output().expect("a process");
    assert!(!refused.status.success(), "{refused:?}");
}

/// The command that a container is asked with.
#[test]
fn health_says_what_is_wrong() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let answer = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().expect("a caller");
        let mut request = [0; 512];
        let length = stream.read(&mut request).expect("a request");
        stream
            .write_all(b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\nthe database does not answer\n")
            .expect("an answer");
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let folder = tempfile::tempdir().expect("a temporary directory");
    // A proxy of the environment is not asked for the way to this machine.
    let output = Command::new(binary())
        .args(["health", "--ready", "--listen", &address])
        .env_clear()
        .env("http_proxy", "http://127.0.0.1:9")
        .current_dir(folder.path())
        .output()
        .expect("a process");
    assert!(
        answer
            .join()
            .expect("an answer")
            .starts_with("GET /readyz HTTP/1.1\r\n")
    );
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("answers with status 503: the database does not answer"),
        "{said}"
    );
}
