//! One description of the data for both databases.
//!
//! The files in `data` are SQL with a few macros, `@name` or `@name(argument, …)`, for what the databases spell differently and
//! for what would be long. Nothing in them is random, so that both hold the same rows.

use anyhow::{Context, Result, bail};

use crate::options::Engine;

/// Twice what makes a number look random; squared, so that two salts have nothing to do with each other.
const MIX: &str = "(({1}) * 2654435761 + {0} * 5013904223) % 2147483647";

/// Words that are their own stems. Sixteen of each, so that a few bits choose one.
const WORDS: [(&str, &str); 5] = [
    (
        "deed",
        "Add Test Drop Split Limit Alert Check Block Fix Guard Watch Log Trim Swap Pin Cap",
    ),
    (
        "state",
        "slow old cold stuck full lost blind hidden dull bad dim flat weak long thin raw",
    ),
    (
        "thing",
        "cluster index batch shard lock socket disk host alarm dump thread graph form stack tunnel bucket",
    ),
    (
        "place",
        "checkout login export import mail search chat map ledger stock print payout fraud auth cart feed",
    ),
    (
        "guard",
        "limit test alarm guard check bound plan watch map log form lock pin cap split drop",
    ),
];

/// Words that the search leaves out where it looks for what is alike.
const COMMON: &str = "'a', 'an', 'and', 'are', 'as', 'at', 'be', 'been', 'but', 'by', 'for', 'from', 'had', 'has', 'have', \
    'if', 'in', 'into', 'is', 'it', 'its', 'of', 'on', 'or', 'our', 'such', 'that', 'the', 'their', 'then', 'there', 'these', \
    'they', 'this', 'to', 'was', 'were', 'with'";

/// What the macros stand for.
pub struct Dialect {
    pub engine: Engine,
    pub reports: u64,
    /// Days since 1970.
    pub today: i64,
}

impl Dialect {
    /// The SQL that a file stands for. Literals are left as they are.
    pub fn expand(&self, text: &str) -> Result<String> {
        let mut out = String::with_capacity(text.len() * 2);
        let mut rest = text;
        while let Some(at) = rest.find(['@', '\'']) {
            out.push_str(&rest[..at]);
            if let Some(literal) = rest[at..].strip_prefix('\'') {
                let end = literal.find('\'').context("a literal without an end")? + 2;
                out.push_str(&rest[at..at + end]);
                rest = &rest[at + end..];
                continue;
            }
            let name_end = rest[at + 1..].find(|letter: char| !letter.is_ascii_alphanumeric());
            let (name, after) = rest[at + 1..].split_at(name_end.unwrap_or(rest.len() - at - 1));
            let (arguments, after) = if takes_arguments(name) {
                arguments(after)?
            } else {
                (Vec::new(), after)
            };
            out.push_str(&self.expand(&self.meaning(name, &arguments)?)?);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn meaning(&self, name: &str, arguments: &[&str]) -> Result<String> {
        let constant = match name {
            "reports" => self.reports.to_string(),
            "today" => self.today.to_string(),
            "start" => ((self.today - 1_000) * 86_400).to_string(),
            "teams" => "40".to_owned(),
            "people" => "2000".to_owned(),
            "common" => COMMON.to_owned(),
            _ => String::new(),
        };
        if !constant.is_empty() {
            return Ok(constant);
        }
        if name == "word" {
            let kind = arguments.first().copied().unwrap_or_default();
            let (_, words) = WORDS
                .iter()
                .find(|(name, _)| *name == kind)
                .with_context(|| format!("no words {kind}"))?;
            let padded: String = words.split(' ').map(|word| format!("{word:<8}")).collect();
            return filled(
                &format!("rtrim(substr('{padded}', CAST(({{1}}) % 16 AS integer) * 8 + 1, 8))"),
                arguments,
            );
        }
        if name == "hash" {
            return filled(&format!("({MIX} * ({MIX}) % 4294967291 / 4096)"), arguments);
        }
        let pattern = match self.engine {
            Engine::Postgres => postgres(name),
            Engine::Sqlite => sqlite(name),
        };
        let pattern = pattern.with_context(|| format!("no macro @{name}"))?;
        if name == "series" && arguments.len() == 1 {
            return filled(pattern, &[arguments[0], "series"]);
        }
        filled(pattern, arguments)
    }
}

/// Ids are as the service makes them, UUIDs of version 7, so that they lie in the tables and indexes as they would: in order.
fn postgres(name: &str) -> Option<&'static str> {
    Some(match name {
        "id" => {
            "CAST(lpad(to_hex(CAST(1640000000000 + ({1}) AS bigint)), 12, '0') || '7' || '{0}' || '8000' || lpad(to_hex(CAST({1} AS bigint)), 12, '0') AS uuid)"
        }
        "category" => "CAST('01900000000070008000' || lpad(to_hex({0}), 12, '0') AS uuid)",
        "at" => "to_timestamp({0})",
        "day" => "(DATE '1970-01-01' + CAST({0} AS integer))",
        "least" => "least({0}, {1})",
        "greatest" => "greatest({0}, {1})",
        "json" => "CAST({0} AS jsonb)",
        "series" => "generate_series(CAST(1 AS bigint), {0}) AS {1}(n)",
        "gap" => "(chr(10) || chr(10))",
        _ => return None,
    })
}

fn sqlite(name: &str) -> Option<&'static str> {
    Some(match name {
        "id" => {
            "CASE WHEN ({1}) IS NOT NULL THEN unhex(printf('%012x7%s8000%012x', 1640000000000 + ({1}), '{0}', {1})) END"
        }
        "category" => "unhex(printf('01900000000070008000%012x', {0}))",
        "at" => "strftime('%Y-%m-%dT%H:%M:%S+00:00', {0}, 'unixepoch')",
        "day" => "date(({0}) * 86400, 'unixepoch')",
        "least" => "min({0}, {1})",
        "greatest" => "max({0}, {1})",
        "json" => "{0}",
        "series" => {
            "(WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {0}) SELECT n FROM counted) AS {1}"
        }
        "gap" => "(char(10) || char(10))",
        _ => return None,
    })
}

fn takes_arguments(name: &str) -> bool {
    !matches!(
        name,
        "reports" | "today" | "start" | "teams" | "people" | "common" | "gap"
    )
}

/// The arguments in the brackets that a text begins with, and what follows them.
fn arguments(text: &str) -> Result<(Vec<&str>, &str)> {
    let (mut found, mut depth, mut start, mut is_literal) = (Vec::new(), 0, 1, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '\'' => is_literal = !is_literal,
            _ if is_literal => (),
            '(' => depth += 1,
            ')' if depth == 1 => {
                found.push(text[start..at].trim());
                return Ok((found, &text[at + 1..]));
            }
            ')' => depth -= 1,
            ',' if depth == 1 => {
                found.push(text[start..at].trim());
                start = at + 1;
            }
            _ => (),
        }
    }
    bail!(
        "a macro whose arguments have no end: {}",
        text.lines().next().unwrap_or_default()
    )
}

fn filled(pattern: &str, arguments: &[&str]) -> Result<String> {
    let mut text = pattern.to_owned();
    for (number, argument) in arguments.iter().enumerate() {
        text = text.replace(&format!("{{{number}}}"), argument);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> String {
        let dialect = Dialect {
            engine: Engine::Postgres,
            reports: 7,
            today: 20_000,
        };
        dialect.expand(text).unwrap()
    }

    #[test]
    fn macros_nest_and_literals_stay() {
        assert_eq!(
            expanded("@least(@reports, f(1, 2)) '@reports'"),
            "least(7, f(1, 2)) '@reports'"
        );
        assert_eq!(
            expanded("FROM @series(3, part)"),
            "FROM generate_series(CAST(1 AS bigint), 3) AS part(n)"
        );
        assert!(expanded("@word(deed, n)").contains("Add     Test    "));
    }
}
