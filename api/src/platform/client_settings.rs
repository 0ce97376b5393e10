//! Where a command finds the server that it asks, and what it shows there: by flag, by environment variable, by a TOML file of
//! its own, in that order.
//!
//! The token is never a flag, which everybody on the machine could read. One that stands in the file goes to the server of the
//! file alone.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::{Host, Url};

use super::secret::Secret;

/// What follows `POSTMORTEM_` in the variables that are read here, in lower case. The service has no settings of these names.
pub const NAMES: [&str; 5] = ["url", "token", "token_file", "client_config", "allow_http"];

/// What was typed.
#[derive(Debug, Default)]
pub struct ClientFlags {
    /// The server.
    pub url: Option<String>,
    /// The file with the token.
    pub token_file: Option<PathBuf>,
    /// The file with the settings.
    pub config: Option<PathBuf>,
    /// Whether the token may go over the network in the clear.
    pub allow_http: bool,
}

/// A server, and what it is shown.
#[derive(Debug)]
pub struct ClientSettings {
    /// Its address, without a slash at the end.
    pub base: String,
    /// Where it answers.
    pub endpoint: Url,
    /// What it is shown.
    pub token: Secret,
    /// What whoever typed the command should know: a sentence each.
    pub warnings: Vec<String>,
}

/// What may stand in the file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct InFile {
    url: Option<String>,
    token: Option<Secret>,
    token_file: Option<PathBuf>,
    #[serde(default)]
    allow_http: bool,
}

impl ClientSettings {
    /// Reads all sources. The error is a sentence for whoever typed the command, and holds no secret.
    pub fn load(flags: ClientFlags) -> Result<Self, String> {
        let named = flags.config.or_else(|| variable("CLIENT_CONFIG").map(PathBuf::from));
        let path = named.clone().or_else(usual_file);
        let mut warnings = Vec::new();
        let file = match &path {
            Some(path) if named.is_some() || path.is_file() => in_file(path)?,
            _ => InFile::default(),
        };
        if let (Some(path), Some(_)) = (&path, &file.token) {
            warnings.extend(open_to_others(path));
        }
        let place = path.as_deref().map_or_else(
            || "a file that --client-config names".to_owned(),
            |path| path.display().to_string(),
        );
        let allow_http = flags.allow_http
            || match variable("ALLOW_HTTP") {
                Some(text) => says_yes("ALLOW_HTTP", &text)?,
                None => file.allow_http,
            };
        let given = flags.url.or_else(|| variable("URL"));
        let url = given.or_else(|| file.url.clone()).ok_or_else(|| {
            format!("no server is named: set POSTMORTEM_URL or --url, or write url = \"https://…\" into {place}.")
        })?;
        let (base, endpoint) = server(&url, allow_http)?;
        let token = if let Some(path) = flags.token_file {
            of_file(&path, &mut warnings)?
        } else if let Some(token) = variable("TOKEN") {
            token
        } else if let Some(path) = variable("TOKEN_FILE") {
            of_file(Path::new(&path), &mut warnings)?
        } else {
            if let Some(url) = &file.url
                && (file.token.is_some() || file.token_file.is_some())
                && server(url, true).is_ok_and(|(own, _)| own != base)
            {
                return Err(format!(
                    "the token of {place} is for {}, and is not shown to {base}; give one for it in POSTMORTEM_TOKEN or --token-file.",
                    shown(url)
                ));
            }
            match (file.token, file.token_file) {
                (Some(token), _) => token.reveal().to_owned(),
                (None, Some(path)) => of_file(&beside(&place, &path), &mut warnings)?,
                (None, None) => {
                    return Err(format!(
                        "you are not signed in: put a token into POSTMORTEM_TOKEN, into a file that --token-file names, or into {place}."
                    ));
                }
            }
        };
        Ok(Self {
            base,
            endpoint,
            token: checked(&token)?,
            warnings,
        })
    }
}

/// A variable that says something. Tools that start containers set those that were left out to nothing.
#[allow(
    clippy::disallowed_methods,
    reason = "the sanctioned place for commands that ask a server"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(format!("POSTMORTEM_{name}"))
        .ok()
        .filter(|text| !text.trim().is_empty())
}

/// What a variable says that is true or false. Who writes anything else must not have to guess what came of it.
fn says_yes(name: &str, text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(format!("POSTMORTEM_{name} is true or false; {text:?} is neither.")),
    }
}

/// Whether whoever reads wants no colours: NO_COLOR is set to something, or the terminal has none.
#[allow(
    clippy::disallowed_methods,
    reason = "the sanctioned place for commands that ask a server"
)]
pub fn is_colourless() -> bool {
    let is = |name: &str, wanted: fn(&str) -> bool| std::env::var(name).is_ok_and(|text| wanted(&text));
    is("NO_COLOR", |text| !text.is_empty()) || is("TERM", |text| text == "dumb")
}

/// `postmortem/client.toml` where the programs of a user keep their settings.
#[allow(
    clippy::disallowed_methods,
    reason = "the sanctioned place for commands that ask a server"
)]
fn usual_file() -> Option<PathBuf> {
    let folder = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
    };
    let folder = folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("postmortem/client.toml"))
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|problem| format!("{} cannot be read: {problem}.", path.display()))
}

fn in_file(path: &Path) -> Result<InFile, String> {
    let text = read(path)?;
    toml::from_str(&text).map_err(|problem| {
        // Its own display shows the line, which may be that of the token.
        let line = problem
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |before| before.matches('\n').count() + 1);
        let is_unknown = problem.message().starts_with("unknown field");
        let what = if is_unknown {
            "there is no such name; it may say url, token, token_file and allow_http"
        } else {
            "this is not as it should be; docs/cli.md shows how it is written"
        };
        format!("{}, line {line}: {what}.", path.display())
    })
}

/// A path in the file is meant from where the file is.
fn beside(file: &str, path: &Path) -> PathBuf {
    Path::new(file)
        .parent()
        .map_or_else(|| path.to_owned(), |folder| folder.join(path))
}

fn of_file(path: &Path, warnings: &mut Vec<String>) -> Result<String, String> {
    let text = read(path)?;
    warnings.extend(open_to_others(path));
    Ok(text)
}

#[cfg(unix)]
fn open_to_others(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    (mode & 0o077 != 0).then(|| {
        format!(
            "{0} holds a token and others may read it; `chmod 600 {0}` keeps it yours.",
            path.display()
        )
    })
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> Option<String> {
    None
}

/// A token as it can be sent: characters that are seen, without spaces.
fn checked(text: &str) -> Result<Secret, String> {
    let token = text.trim();
    let token = token.strip_prefix("Bearer ").unwrap_or(token).trim();
    if token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
        return Err("the token is empty, or has characters that no token has; give what `postmortem token` or your admin gave you, and nothing else.".to_owned());
    }
    Ok(Secret::new(token.to_owned()))
}

/// What may be said of an address that somebody has given: without a password.
fn shown(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut url) => {
            let _ = url.set_password(None);
            let _ = url.set_username("");
            url.to_string()
        }
        Err(_) => "an address that cannot be read".to_owned(),
    }
}

/// The address of the service and of its API. People copy either one.
fn server(text: &str, allow_http: bool) -> Result<(String, Url), String> {
    let wrong =
        || "the server is a link such as https://postmortem.example.org, without a user or password.".to_owned();
    let mut base = Url::parse(text.trim()).map_err(|_| wrong())?;
    let has_user = !base.username().is_empty() || base.password().is_some();
    if !matches!(base.scheme(), "http" | "https") || has_user || !base.has_host() {
        return Err(wrong());
    }
    base.set_query(None);
    base.set_fragment(None);
    let path = base.path().trim_end_matches('/');
    let path = path
        .strip_suffix("/graphql")
        .or_else(|| path.strip_suffix("/graphiql"))
        .unwrap_or(path)
        .to_owned();
    base.set_path(&path);
    if base.scheme() == "http" && !allow_http && !is_here(&base) {
        return Err(format!(
            "{base} would carry your token in the clear; use https://, or allow it with --allow-http inside a private network."
        ));
    }
    let base = base.to_string().trim_end_matches('/').to_owned();
    let endpoint = Url::parse(&format!("{base}/graphql")).map_err(|_| wrong())?;
    Ok((base, endpoint))
}

/// Does what is sent there stay on this machine?
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
