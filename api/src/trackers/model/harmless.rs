//! What people write, such that a tracker shows it and does nothing because of it.

/// A space without width. Whoever reads sees nothing of it, and what it keeps apart is no longer read as one.
const APART: char = '\u{200b}';

/// A text that calls nobody and commands nothing. Everywhere, also in code: what counts as code is another thing in each tracker.
pub fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let (mut before, mut is_start) = ('\n', true);
    for (at, c) in text.char_indices() {
        // A line that begins with a slash is a command: for GitLab itself, and for robots elsewhere.
        if is_start && c == '/' {
            safe.push(APART);
        }
        safe.push(c);
        if calls(before, c, text.get(at + c.len_utf8()..).unwrap_or_default()) {
            safe.push(APART);
        }
        is_start = matches!(c, '\n' | '\r') || is_start && c.is_whitespace();
        before = c;
    }
    safe
}

/// Whether somebody could be called by what begins here: @ada, the [~ada] of Jira, or a sign of either written as an entity. In an
/// address of e-mail the sign calls nobody.
fn calls(before: char, c: char, after: &str) -> bool {
    match c {
        '@' => !before.is_ascii_alphanumeric(),
        '[' => after.starts_with('~'),
        '&' => after.starts_with('#') || after.starts_with("commat"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_called_and_nothing_is_commanded() {
        for (text, safe) in [
            ("Ask @octocat/core.", "Ask @\u{200b}octocat/core."),
            (
                "@ada, (@bo) **@cy** _x_@di",
                "@\u{200b}ada, (@\u{200b}bo) **@\u{200b}cy** _x_@\u{200b}di",
            ),
            ("`@ada`", "`@\u{200b}ada`"),
            ("[~accountid:1] [a](b)", "[\u{200b}~accountid:1] [a](b)"),
            ("&#64;ada &commat;bo &amp;", "&\u{200b}#64;ada &\u{200b}commat;bo &amp;"),
            ("/close", "\u{200b}/close"),
            (
                "a\n/close\r\n \t/assign @ada",
                "a\n\u{200b}/close\r\n \t\u{200b}/assign @\u{200b}ada",
            ),
            ("a\r/title b", "a\r\u{200b}/title b"),
            ("\n\n/close", "\n\n\u{200b}/close"),
            ("and/or a /path, ada@example.org", "and/or a /path, ada@example.org"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), safe, "{text:?}");
        }
    }

    #[test]
    fn no_command_of_gitlab_is_left() {
        for command in [
            "/close",
            "/confidential",
            "/assign @ada",
            "/title Another",
            "  /due 2026-01-01",
        ] {
            let safe = harmless(&format!("What to do\n{command}\nand more"));
            assert!(!safe.lines().any(|line| line.trim_start().starts_with('/')), "{safe:?}");
        }
    }
}
