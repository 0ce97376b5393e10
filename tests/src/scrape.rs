//! `/metrics`, read as Prometheus reads it.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::test::TestRequest;

use crate::TestApp;

/// The token that opens the metrics of a [`TestApp`].
pub const METRICS_TOKEN: &str = "a-token-for-metrics-in-tests";

/// One number.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Its name, with `_bucket`, `_sum` and so on.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its value.
    pub value: f64,
}

/// An answer in the text format.
#[derive(Debug, Clone)]
pub struct Scrape {
    /// As it came.
    pub text: String,
    /// Its numbers.
    pub samples: Vec<Sample>,
    /// The metrics and their types.
    pub types: BTreeMap<String, String>,
}

fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').expect("a value");
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let mut rest = labels.strip_suffix('}').expect("closed labels");
    let mut found = BTreeMap::new();
    while let Some((label, quoted)) = rest.split_once("=\"") {
        let mut end = 0;
        let bytes = quoted.as_bytes();
        while bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        found.insert(label.to_owned(), quoted[..end].to_owned());
        rest = quoted[end + 1..].trim_start_matches(',');
    }
    Sample {
        name: name.to_owned(),
        labels: found,
        value: value.parse().expect("a number"),
    }
}

impl Scrape {
    /// Of a text.
    pub fn new(text: &str) -> Self {
        let types = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        Self {
            samples: lines.map(sample).collect(),
            types: types.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect(),
            text: text.to_owned(),
        }
    }

    /// The numbers of a name that have these labels, added up.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.of(name, labels).map(|sample| sample.value).sum()
    }

    /// The one number of a name with these labels; none when there is none.
    pub fn one(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let mut found = self.of(name, labels);
        let first = found.next();
        assert_eq!(found.next(), None, "more than one {name} with {labels:?}");
        first.map(|sample| sample.value)
    }

    fn of<'a>(&'a self, name: &'a str, labels: &'a [(&str, &str)]) -> impl Iterator<Item = &'a Sample> {
        let has = |sample: &Sample| {
            labels
                .iter()
                .all(|(label, value)| sample.labels.get(*label).is_some_and(|found| found == value))
        };
        self.samples
            .iter()
            .filter(move |sample| sample.name == name && has(sample))
    }

    /// The values of a label.
    pub fn values(&self, name: &str, label: &str) -> BTreeSet<String> {
        let all = self.samples.iter().filter(|sample| sample.name == name);
        all.filter_map(|sample| sample.labels.get(label).cloned()).collect()
    }

    /// The labels of each metric, without those that every histogram has.
    pub fn labels(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, kind) in &self.types {
            let of = |sample: &&Sample| match kind.as_str() {
                "histogram" => ["_bucket", "_sum", "_count"]
                    .iter()
                    .any(|part| sample.name.strip_suffix(part) == Some(name)),
                _ => sample.name == *name,
            };
            let own = labels.entry(name.clone()).or_default();
            for sample in self.samples.iter().filter(of) {
                own.extend(sample.labels.keys().filter(|label| *label != "le").cloned());
            }
        }
        labels
    }
}

impl TestApp {
    /// The metrics of the process.
    pub async fn scrape(&self) -> Scrape {
        let request = TestRequest::get()
            .uri("/metrics")
            .insert_header(("Authorization", format!("Bearer {METRICS_TOKEN}")));
        let reply = self.send(request).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        Scrape::new(&reply.body)
    }
}
