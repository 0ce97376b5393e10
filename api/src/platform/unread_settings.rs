//! What is said of a setting that could not be read: which one, where it was found, and how it is written.

use figment::error::{Actual, Kind};

/// What stands in these may be, or hold, a secret.
const SECRET: [&str; 5] = [
    "oidc_issuers",
    "database_url",
    "sealing_key",
    "metrics_token",
    "otlp_headers",
];

/// One sentence for the person who starts the service. Never shows the value of a URL: it may hold a password.
pub(super) fn sentence(problem: &figment::Error) -> String {
    let place = problem.metadata.as_ref().map(|metadata| match &metadata.source {
        // The only values that come from code and can be wrong are those of flags.
        Some(figment::Source::Code(_)) => "a flag".to_owned(),
        Some(source) => source.to_string(),
        None => metadata.name.to_string(),
    });
    let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
    let key = problem.path.join(".");
    let name = problem.path.first().map_or("", String::as_str);
    let form = form(name, problem.path.len() > 1);
    match &problem.kind {
        Kind::UnknownField(name, _) => {
            format!("There is no setting {name:?}{place}; docs/configuration.md lists them all.")
        }
        Kind::UnknownVariant(found, known) => {
            format!("{key}{place}: found {found:?}, expected one of {}.", known.join(", "))
        }
        Kind::InvalidType(_, wanted) | Kind::InvalidValue(_, wanted) if SECRET.contains(&name) => {
            let wanted = plain(&wanted.to_string());
            format!("{key}{place}: expected {wanted}; docs/configuration.md shows how it is written.")
        }
        Kind::InvalidType(found, wanted) | Kind::InvalidValue(found, wanted) => {
            let wanted = form.map_or_else(|| plain(&wanted.to_string()), str::to_owned);
            format!("{key}{place}: found {}, expected {wanted}.", shown(found))
        }
        other => {
            if let (Kind::Message(_), Some(form)) = (other, form) {
                return format!("{key}{place}: expected {form}.");
            }
            let text = other.to_string();
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let key = if key.is_empty() { "The settings".to_owned() } else { key };
            format!("{key}{place}: {}.", text.trim_end_matches('.'))
        }
    }
}

/// How a setting is written, or one value of its list, where the library only says what it is not.
fn form(name: &str, is_in_list: bool) -> Option<&'static str> {
    Some(match (name, is_in_list) {
        ("listen" | "metrics_listen", false) => "an IP address and a port, such as 127.0.0.1:8080",
        ("time_zone", false) => "a name of the IANA time zone database, such as Europe/Berlin",
        ("effectiveness_review_days" | "remind_days_before" | "escalate_days_after", false) => {
            "a list in brackets, such as [1, 3]"
        }
        ("holidays", false) => "a list in brackets, such as [\"2026-12-25\", \"2026-12-26\"]",
        ("holidays", true) => "a day in quotes, such as \"2026-12-25\"",
        ("trusted_proxies" | "webhook_allowed_networks", false) => {
            "a list in brackets, such as [\"10.0.0.0/8\", \"127.0.0.1/32\"]"
        }
        ("trusted_proxies" | "webhook_allowed_networks", true) => {
            "a network in quotes, such as \"10.0.0.0/8\", or \"10.0.0.1/32\" for one address"
        }
        ("public_hosts" | "internal_hosts", false) => "a list in brackets, such as [\"example.org\", \"example.com\"]",
        _ => return None,
    })
}

/// What the library expected, in words for people.
fn plain(wanted: &str) -> String {
    let whole = |most: u64| format!("a whole number from 0 to {most}");
    match wanted {
        "u16" => whole(u16::MAX.into()),
        "u32" => whole(u32::MAX.into()),
        "u64" => whole(u64::MAX),
        "usize" => whole(u64::try_from(usize::MAX).unwrap_or(u64::MAX)),
        "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" => "a text in quotes".to_owned(),
        "a sequence" => "a list in brackets".to_owned(),
        other => other.to_owned(),
    }
}

/// What was found, in words for people.
fn shown(found: &Actual) -> String {
    match found {
        Actual::Bool(value) => value.to_string(),
        Actual::Unsigned(value) => value.to_string(),
        Actual::Signed(value) => value.to_string(),
        Actual::Float(value) => value.to_string(),
        Actual::Str(text) => format!("{text:?}"),
        Actual::Seq => "a list".to_owned(),
        Actual::Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use figment::value::Value;

    use super::{SECRET, form};
    use crate::platform::settings::Settings;

    /// A list has a form of its own: people do not know that brackets are wanted.
    #[test]
    fn every_list_says_how_it_is_written() {
        let defaults = Value::serialize(Settings::default()).unwrap();
        let defaults = defaults.as_dict().unwrap();
        let lists = defaults.iter().filter(|(_, value)| value.as_array().is_some());
        for (name, _) in lists.filter(|(name, _)| !SECRET.contains(&name.as_str())) {
            let form = form(name, false);
            assert!(
                form.is_some_and(|form| form.starts_with("a list in brackets, such as [")),
                "{name}: {form:?}"
            );
        }
    }
}
