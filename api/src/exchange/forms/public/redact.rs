//! Finds what must not leave, in any text.

use std::{collections::HashSet, net::Ipv6Addr, ops::Range};

use regex::Regex;
use url::Url;

use super::{
    folded::{fold, is_unspaced, traced, words},
    markdown,
};
use crate::platform::error::Error;

/// Parts of names that say nothing of anybody, and stand in every text.
const PARTICLES: [&str; 30] = [
    "af", "and", "av", "bin", "da", "de", "del", "den", "der", "di", "dos", "dr", "du", "ibn", "jr", "la", "le", "mr",
    "mrs", "ms", "of", "prof", "sr", "st", "ten", "ter", "the", "van", "von", "zu",
];

/// What looks like the key of a ticket and is a standard.
const STANDARDS: [&str; 22] = [
    "AES", "CVE", "EN", "GMT", "HTTP", "IEEE", "IPV", "ISO", "MD", "RFC", "RS", "SEV", "SHA", "SLA", "SLO", "SQL",
    "SSL", "TLS", "US", "UTC", "UTF", "XX",
];

/// A place in a text that must not leave, and what stands there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub at: Range<usize>,
    pub label: &'static str,
}

/// What is known to be internal.
#[derive(Debug, Clone, Default)]
pub struct Inside {
    /// Names of people.
    pub names: Vec<String>,
    /// Their addresses.
    pub emails: Vec<String>,
    /// Ends of the names of internal hosts.
    pub hosts: Vec<String>,
    /// Hosts that are public: links to them stay. Their subdomains are too.
    pub public_hosts: Vec<String>,
}

/// Removes what must not leave.
pub struct Redactor {
    words: HashSet<String>,
    /// Names in scripts that put no blanks between words.
    unspaced: Vec<String>,
    hosts: Vec<String>,
    public_hosts: Vec<String>,
    patterns: Patterns,
}

struct Patterns {
    email: Regex,
    spelt_email: Regex,
    mention: Regex,
    link: Regex,
    address: Regex,
    long_address: Regex,
    host: Regex,
    ticket: Regex,
    number: Regex,
    id: Regex,
    phone: Regex,
}

fn pattern(text: &str) -> Result<Regex, Error> {
    Regex::new(text).map_err(Error::internal)
}

impl Patterns {
    fn new() -> Result<Self, Error> {
        Ok(Self {
            email: pattern(r#"[^\s@<>()\[\]{},;:"'`|/]+@[^\s@<>()\[\]{},;:"'`|/]+\.[\p{L}\p{N}-]+"#)?,
            spelt_email: pattern(
                r"(?i)[\w.+-]+\s*(?:\(at\)|\[at\]|\{at\})\s*[\w.-]+|[\w.+-]+\s+at\s+[\w-]+(?:\s+dot\s+[\w-]+)+",
            )?,
            mention: pattern(r"@[\p{L}\p{N}_][\p{L}\p{N}_.-]*")?,
            link: pattern(
                r#"(?i)(?:\b[a-z][a-z0-9+.-]{1,20}://|\bwww\.|\bmailto:|(?:\b[a-z]:)?\\{1,2}[\w$.-]+\\)[^\s<>"'`|]+"#,
            )?,
            address: pattern(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:/\d+)?")?,
            long_address: pattern(r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?:\.\d{1,3}){0,3}")?,
            host: pattern(
                r"(?i)[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?(?:\.[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?)+|\blocalhost\b",
            )?,
            ticket: pattern(r"\b([A-Z][A-Z0-9_]{1,14})-\d+\b|(?i:\b(?:inc|pm|rec)-\d+\b)")?,
            number: pattern(r"(?:[\w.-]+/[\w.-]+)?#\d+\b")?,
            id: pattern(r"\b[a-z]{2,4}_[0-9a-hjkmnp-tv-z]{26}\b")?,
            phone: pattern(r"\+\d[\d ()./-]{6,}\d")?,
        })
    }
}

impl Redactor {
    /// For what is known to be internal.
    pub fn new(inside: &Inside) -> Result<Self, Error> {
        let mut redactor = Self {
            words: HashSet::new(),
            unspaced: Vec::new(),
            hosts: suffixes(&inside.hosts),
            public_hosts: suffixes(&inside.public_hosts),
            patterns: Patterns::new()?,
        };
        for name in &inside.names {
            redactor.learn(name);
        }
        for email in &inside.emails {
            let handle = email.split('@').next().unwrap_or_default();
            let joined: String = fold(handle).chars().filter(|c| c.is_alphanumeric()).collect();
            redactor.learn_word(joined);
        }
        redactor.unspaced.sort();
        redactor.unspaced.dedup();
        Ok(redactor)
    }

    fn learn(&mut self, name: &str) {
        let parts = words(name, false, true);
        let all: String = parts.iter().map(|part| part.folded.as_str()).collect();
        if let [first, .., last] = &parts[..] {
            // As handles are made: alovelace, adal.
            let initial = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
            self.learn_word(format!("{}{}", initial(&first.folded), last.folded));
            self.learn_word(format!("{}{}", first.folded, initial(&last.folded)));
            self.learn_word(format!("{}{}", last.folded, first.folded));
        }
        for part in parts {
            self.learn_word(part.folded);
        }
        self.learn_word(all);
    }

    fn learn_word(&mut self, word: String) {
        if word.chars().count() < 2 || PARTICLES.contains(&word.as_str()) || word.chars().all(char::is_numeric) {
            return;
        }
        if word.chars().any(is_unspaced) {
            // The family's name and the given one, of which one stands alone at times.
            let letters: Vec<char> = word.chars().collect();
            let middle = if letters.len() == 3 { 1 } else { letters.len() / 2 };
            let parts = [letters.get(..middle), letters.get(middle..)];
            let parts = parts.into_iter().flatten().filter(|part| part.len() > 1);
            self.unspaced.extend(parts.map(|part| part.iter().collect::<String>()));
            self.unspaced.push(word.clone());
        }
        self.words.insert(word);
    }

    /// One line of plain text.
    pub fn line(&self, text: &str) -> String {
        apply(text, &self.find(text))
    }

    /// A text in Markdown, as Markdown.
    pub fn markdown(&self, text: &str) -> String {
        markdown::redacted(self, text)
    }

    /// All that must not leave, in order, without overlaps.
    pub(super) fn find(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        self.patterns(text, &mut found);
        self.names(text, &mut found);
        merged(found)
    }

    /// The places of names alone.
    pub(super) fn find_names(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        self.names(text, &mut found);
        merged(found)
    }

    fn names(&self, text: &str, found: &mut Vec<Found>) {
        for (by_case, digits) in [(false, true), (false, false), (true, false)] {
            let named = words(text, by_case, digits);
            let named = named.into_iter().filter(|word| self.words.contains(&word.folded));
            found.extend(named.map(|word| Found {
                at: word.start..word.end,
                label: "‹name›",
            }));
        }
        if self.unspaced.is_empty() {
            return;
        }
        let (folded, trace) = traced(text);
        for name in &self.unspaced {
            for (start, _) in folded.match_indices(name.as_str()) {
                let place = trace.get(start).zip(trace.get(start + name.len() - 1));
                found.extend(place.map(|((start, _), (_, end))| Found {
                    at: *start..*end,
                    label: "‹name›",
                }));
            }
        }
    }

    fn patterns(&self, text: &str, found: &mut Vec<Found>) {
        let all = &self.patterns;
        let mut take = |pattern: &Regex, label: &'static str, is_one: &dyn Fn(&str, Range<usize>) -> bool| {
            for hit in pattern.find_iter(text) {
                if is_one(hit.as_str(), hit.range()) {
                    found.push(Found { at: hit.range(), label });
                }
            }
        };
        let always = |_: &str, _: Range<usize>| true;
        take(&all.link, "‹link›", &|url, _| !self.may_be_linked(url));
        take(&all.email, "‹e-mail›", &always);
        take(&all.spelt_email, "‹e-mail›", &always);
        take(&all.mention, "‹name›", &always);
        take(&all.address, "‹address›", &|_, at| stands_alone(text, &at));
        take(&all.long_address, "‹address›", &|address, at| {
            address.chars().any(|c| c.is_ascii_hexdigit())
                && stands_alone(text, &at)
                && address.parse::<Ipv6Addr>().is_ok()
        });
        // Those of links too: a link that may stay has none of ours, and what only looks like a link has not been judged.
        take(&all.host, "‹host›", &|host, _| self.is_inside(host));
        take(&all.ticket, "‹ticket›", &|key, _| {
            let project = key.split('-').next().unwrap_or_default();
            !STANDARDS.contains(&project)
        });
        take(&all.number, "‹ticket›", &always);
        take(&all.id, "‹id›", &always);
        take(&all.phone, "‹number›", &always);
    }

    /// Whether a host is one of ours, or nobody knows. Names of files have dots too, but two at most.
    fn is_inside(&self, host: &str) -> bool {
        let host = fold(host);
        if ends_with_any(&host, &self.public_hosts) {
            return false;
        }
        let labels: Vec<&str> = host.split('.').collect();
        let is_name = labels
            .last()
            .is_some_and(|last| last.chars().all(char::is_alphabetic) && last.chars().count() > 1);
        ends_with_any(&host, &self.hosts) || host == "localhost" || (labels.len() > 2 && is_name)
    }

    /// Whether a link leads to a public host and says nothing that must not leave.
    pub(super) fn may_be_linked(&self, url: &str) -> bool {
        let Ok(parsed) = Url::parse(url) else { return false };
        let is_public = matches!(parsed.scheme(), "http" | "https")
            && parsed.username().is_empty()
            && parsed.password().is_none()
            && parsed
                .host_str()
                .is_some_and(|host| ends_with_any(&fold(host), &self.public_hosts));
        if !is_public {
            return false;
        }
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        // Browsers take `\` for `/` here.
        let rest = rest.find(['/', '\\', '?', '#']).and_then(|at| rest.get(at..));
        let says_nothing = |plain: &String| {
            !self.patterns.link.is_match(plain)
                && !self.patterns.address.is_match(plain)
                && !plain.contains(char::is_control)
                && self.find(plain).is_empty()
        };
        readings(rest.unwrap_or_default()).is_some_and(|all| all.iter().all(says_nothing))
    }
}

/// How often the percent signs of an address may hide others.
const DECODINGS: usize = 4;

/// All that an address may be read as: percent signs stand for something, also several times over, and plus signs for blanks or for
/// themselves. None when there is no end to it.
fn readings(text: &str) -> Option<Vec<String>> {
    let mut all = Vec::new();
    let mut text = text.to_owned();
    for _ in 0..DECODINGS {
        let next = decoded(&text);
        let is_last = next == text;
        if text.contains('+') {
            all.push(text.replace('+', " "));
        }
        all.push(text);
        if is_last {
            return Some(all);
        }
        text = next;
    }
    None
}

/// What percent signs stand for, once.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        let stands_for = hex
            .filter(|hex| *byte == b'%' && hex.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        plain.push(stands_for.unwrap_or(*byte));
        at += if stands_for.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn suffixes(hosts: &[String]) -> Vec<String> {
    let plain = hosts
        .iter()
        .map(|host| fold(host.trim().trim_start_matches(['.', '*']).trim_end_matches('.')));
    plain.filter(|host| !host.is_empty()).collect()
}

fn ends_with_any(host: &str, ends: &[String]) -> bool {
    ends.iter().any(|end| {
        host.strip_suffix(end.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// Whether neither a letter nor a number goes on beside it.
fn stands_alone(text: &str, at: &Range<usize>) -> bool {
    let before = text.get(..at.start).and_then(|before| before.chars().next_back());
    let after = text.get(at.end..).and_then(|after| after.chars().next());
    let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ':'));
    !goes_on(before) && !goes_on(after)
}

fn merged(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|one| (one.at.start, std::cmp::Reverse(one.at.end)));
    let mut apart: Vec<Found> = Vec::new();
    for one in found {
        match apart.last_mut() {
            Some(last) if one.at.start < last.at.end => last.at.end = last.at.end.max(one.at.end),
            _ => apart.push(one),
        }
    }
    apart
}

/// The text with the labels in place of what was found.
pub(super) fn apply(text: &str, found: &[Found]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for one in found {
        out.push_str(text.get(at..one.at.start).unwrap_or_default());
        out.push_str(one.label);
        at = one.at.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
