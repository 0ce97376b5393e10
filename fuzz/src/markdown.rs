//! Markdown as it is shown: whatever the text, the HTML has only tags and attributes that do nothing by themselves.

use postmortem_api::platform::markdown::{escaped, to_html, to_part, to_text};

/// The text of a field.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    is_harmless(&to_html(&text), true);
    is_harmless(&to_part(&text, 3), false);
    let _ = to_text(&text);
    let shown = escaped(&text);
    assert!(!shown.contains(['<', '>', '"']), "not escaped: {shown}");
}

/// What may stand in a page.
const TAGS: &str = "a abbr acronym area article aside b bdi bdo blockquote body br caption center cite code col colgroup data dd del details dfn \
    div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 head header hgroup hr html i ins kbd li main map mark meta nav ol p pre q rp rt rtc ruby s samp \
    section small span strike strong sub summary sup table tbody td tfoot th thead time title tr tt u ul var wbr style !doctype";
/// What may stand in a tag.
const ATTRIBUTES: &str = "abbr align alt char charoff charset checked cite class cellpadding cellspacing colspan content coords datetime dir disabled dropzone \
    headers height href hreflang id lang name nohref noshade open rel rowspan rules scope shape size span src start summary target tabindex title type \
    valign value width";

/// Fails when HTML could do something. With `images`, it may show images and boxes.
pub fn is_harmless(html: &str, images: bool) {
    for tag in tags(html) {
        let inside = tag.trim_start_matches(['<', '/']).trim_end_matches(['>', '/']);
        let (name, rest) = inside
            .split_once(|letter: char| letter.is_ascii_whitespace())
            .unwrap_or((inside, ""));
        let name = name.to_lowercase();
        let known =
            TAGS.split_whitespace().any(|known| known == name) || images && ["img", "input"].contains(&name.as_str());
        assert!(known, "a tag: {tag}");
        for (name, value) in attributes(rest) {
            let name = name.to_lowercase();
            let known = ATTRIBUTES.split_whitespace().any(|known| known == name)
                // A page of ours says what it may load; one that is refreshed leads away.
                || name == "http-equiv" && value == "Content-Security-Policy";
            assert!(known || tag.starts_with("<!"), "an attribute: {tag}");
            if ["href", "src", "cite"].contains(&name.as_str()) {
                leads_to_a_page(value, tag);
            }
        }
    }
}

/// Browsers leave blanks and control characters out of the scheme of an address.
fn leads_to_a_page(value: &str, tag: &str) {
    let value = value.replace("&#10;", "").replace("&#9;", "").replace("&#13;", "");
    let plain: String = value
        .chars()
        .filter(|letter| !letter.is_whitespace() && !letter.is_control())
        .collect();
    let scheme = plain.split(['/', '?', '#']).next().unwrap_or_default().to_lowercase();
    let hostile = ["javascript:", "data:", "vbscript:", "file:", "blob:"];
    assert!(
        !hostile.iter().any(|start| scheme.starts_with(start)),
        "an address: {tag}"
    );
}

/// The tags, each up to its end, with what stands in its quotes.
fn tags(html: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let mut quoted = false;
        let end = rest.char_indices().find(|(_, letter)| {
            quoted ^= *letter == '"';
            *letter == '>' && !quoted
        });
        let (end, _) = end.unwrap_or_else(|| panic!("a tag without an end: {rest}"));
        found.push(&rest[..=end]);
        rest = &rest[end + 1..];
    }
    found
}

/// Names and values of a tag's inside. A serialiser puts all values between double quotes.
fn attributes(mut rest: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return found;
        }
        let end = rest
            .find(|letter: char| letter == '=' || letter.is_ascii_whitespace())
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        rest = after;
        let mut value = "";
        if let Some(after) = rest.strip_prefix("=\"") {
            let end = after
                .find('"')
                .unwrap_or_else(|| panic!("a value without an end: {after}"));
            (value, rest) = (&after[..end], &after[end + 1..]);
        } else {
            rest = rest.strip_prefix('=').unwrap_or(rest);
        }
        found.push((name, value));
    }
}
