//! Who somebody was, and what stands there instead.

use entity::ids::UserId;
use regex::Regex;
use serde_json::Value;

use crate::platform::error::Error;

/// Where addresses end that lead to nobody.
const NOWHERE: &str = "anonymized.invalid";

/// What may stand between two words of one name: blanks, also as HTML writes them, and marks of Markdown and HTML, which nobody sees.
const BETWEEN: &str = r"(?:[\s*_~`\\]|&nbsp;|&#160;|&#xa0;|<[^<>]{0,100}>)+";

/// What somebody who is nameless is called.
pub fn nameless(id: UserId) -> String {
    let id = id.to_string();
    let tail = id.get(id.len().saturating_sub(6)..).unwrap_or_default().to_uppercase();
    format!("Former user {tail}")
}

/// The address of somebody who is nameless.
pub fn nowhere(id: UserId) -> String {
    format!("{id}@{NOWHERE}")
}

/// Somebody who is about to be nameless.
pub struct Former {
    /// What they are called from now on.
    pub name: String,
    /// Their address from now on: no mail arrives there.
    pub email: String,
    wanted: Vec<Wanted>,
    patterns: Vec<String>,
}

/// What is looked for in texts.
struct Wanted {
    regex: Regex,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Name,
    /// In a script that puts no blanks between words.
    UnspacedName,
    Email,
}

impl Former {
    /// For all names and addresses that they ever had and that nobody else has.
    pub fn new(id: UserId, names: &[String], emails: &[String]) -> Result<Self, Error> {
        let mut former = Self {
            name: nameless(id),
            email: nowhere(id),
            wanted: Vec::new(),
            patterns: Vec::new(),
        };
        // The longer first: one name may begin another.
        let mut all: Vec<(Kind, &str)> = Vec::new();
        all.extend(emails.iter().map(|email| (Kind::Email, email.trim())));
        all.extend(
            names
                .iter()
                .filter_map(|name| Some((kind_of(name.trim())?, name.trim()))),
        );
        all.sort_by_key(|(_, text)| std::cmp::Reverse(text.len()));
        for (kind, text) in all.into_iter().filter(|(_, text)| !text.is_empty()) {
            let words: Vec<String> = text.split_whitespace().map(regex::escape).collect();
            let regex = Regex::new(&format!("(?i){}", words.join(BETWEEN))).map_err(Error::internal)?;
            former.wanted.push(Wanted { regex, kind });
            former.patterns.push(pattern(text));
        }
        Ok(former)
    }

    /// Patterns of LIKE: whatever lower-case text holds one of the names or addresses matches one of these, and maybe more does.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// A text without them; none when they are not in it.
    pub fn text(&self, text: &str) -> Option<String> {
        let mut changed: Option<String> = None;
        for wanted in &self.wanted {
            let before = changed.as_deref().unwrap_or(text);
            let instead = match wanted.kind {
                Kind::Email => &self.email,
                Kind::Name | Kind::UnspacedName => &self.name,
            };
            if let Some(after) = wanted.replaced(before, instead) {
                changed = Some(after);
            }
        }
        changed
    }

    /// The same for all texts of a JSON value.
    pub fn json(&self, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) => self.text(text).map(Value::String),
            Value::Array(values) => {
                let new: Vec<Option<Value>> = values.iter().map(|value| self.json(value)).collect();
                new.iter().any(Option::is_some).then(|| {
                    let both = new.into_iter().zip(values);
                    both.map(|(new, old)| new.unwrap_or_else(|| old.clone())).collect()
                })
            }
            Value::Object(fields) => {
                let mut new = fields.clone();
                for (name, value) in fields {
                    if let Some(value) = self.json(value) {
                        new.insert(name.clone(), value);
                    }
                }
                (new != *fields).then_some(Value::Object(new))
            }
            _ => None,
        }
    }
}

impl Wanted {
    fn replaced(&self, text: &str, instead: &str) -> Option<String> {
        let (mut out, mut at) = (String::new(), 0);
        for hit in self.regex.find_iter(text) {
            let (before, after) = (&text[..hit.start()], &text[hit.end()..]);
            if self.stands_alone(before, after) {
                out.push_str(&text[at..hit.start()]);
                if is_in_address(before) {
                    out.push_str(&instead.replace(' ', "_"));
                } else {
                    out.push_str(instead);
                }
                at = hit.end();
            }
        }
        (at > 0).then(|| out + &text[at..])
    }

    fn stands_alone(&self, before: &str, after: &str) -> bool {
        let (last, mut rest) = (before.chars().next_back(), after.chars());
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let first = rest.next();
        match self.kind {
            Kind::UnspacedName => true,
            // The s of a genitive may follow.
            Kind::Name => !is_letter(last) && (!is_letter(first) || (first == Some('s') && !is_letter(rest.next()))),
            Kind::Email => {
                let goes_on = is_letter(first) || first == Some('-') || (first == Some('.') && is_letter(rest.next()));
                !is_letter(last) && !last.is_some_and(|c| "._%+-".contains(c)) && !goes_on
            }
        }
    }
}

/// Whether a text ends within an address of the web, in which no blank may stand. One that a bracket or a tag leads to ends with that.
fn is_in_address(before: &str) -> bool {
    const SCHEMES: [&str; 2] = ["http://", "https://"];
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.to_ascii_lowercase();
    if SCHEMES.iter().any(|scheme| word.starts_with(scheme)) {
        return true;
    }
    let Some(begin) = SCHEMES.iter().filter_map(|scheme| word.rfind(scheme)).max() else {
        return false;
    };
    let mut open = 0_usize;
    for c in word[begin..].chars() {
        match c {
            '(' | '[' => open += 1,
            ')' | ']' if open > 0 => open -= 1,
            ')' | ']' | '<' | '>' | '"' => return false,
            _ => {}
        }
    }
    true
}

/// Whether a name can be told from other words, and how. One word may be any: May, Will, Root.
fn kind_of(name: &str) -> Option<Kind> {
    let is_unspaced =
        |c: char| matches!(u32::from(c), 0x0e00..=0x0eff | 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af);
    if name.chars().any(is_unspaced) {
        return (name.chars().count() > 2).then_some(Kind::UnspacedName);
    }
    (name.split_whitespace().count() > 1).then_some(Kind::Name)
}

/// Databases disagree on the case of letters that are not ASCII, and JSON writes some signs in another way: any text may stand there.
fn pattern(text: &str) -> String {
    let mut pattern = "%".to_owned();
    // As it is written: the small letter of one that is not ASCII may be.
    for c in text.chars() {
        let is_plain = c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '@' | '+' | '\'');
        if is_plain {
            pattern.push(c.to_ascii_lowercase());
        } else if !pattern.ends_with('%') {
            pattern.push('%');
        }
    }
    if !pattern.ends_with('%') {
        pattern.push('%');
    }
    pattern
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn former(name: &str) -> Former {
        let id = "usr_01k0000000000000000000abcd".parse().unwrap();
        Former::new(id, &[name.to_owned()], &["ada@example.org".to_owned()]).unwrap()
    }

    #[test]
    fn names_and_addresses_go_where_they_stand_alone() {
        let ada = former("Ada Lovelace");
        assert_eq!(ada.name, "Former user 00ABCD");
        for (before, after) in [
            ("Ada Lovelace's pager", "Former user 00ABCD's pager"),
            ("(ADA  LOVELACE)", "(Former user 00ABCD)"),
            ("Ada Lovelaces Dienst", "Former user 00ABCDs Dienst"),
            ("**Ada** Lovelace", "**Former user 00ABCD"),
            (
                "Ada&nbsp;Lovelace, Ada\\ _Lovelace_",
                "Former user 00ABCD, Former user 00ABCD_",
            ),
            ("<b>Ada</b> <i>Lovelace</i>", "<b>Former user 00ABCD</i>"),
            (
                "mail Ada@Example.org.",
                "mail usr_01k0000000000000000000abcd@anonymized.invalid.",
            ),
        ] {
            assert_eq!(ada.text(before).as_deref(), Some(after));
        }
        for other in [
            "Ada",
            "Jada Lovelace",
            "Ada Lovelacey",
            "bada@example.org",
            "ada@example.org.uk",
            "a.ada@example.org",
        ] {
            assert_eq!(ada.text(other), None, "{other}");
        }
    }

    #[test]
    fn an_address_stays_one() {
        let ada = former("Ada Lovelace");
        for (before, after) in [
            ("https://wiki/Ada_Lovelace", "https://wiki/Former_user_00ABCD"),
            (
                "[Ada Lovelace](HTTP://wiki/x_(Ada_Lovelace)), Ada Lovelace",
                "[Former user 00ABCD](HTTP://wiki/x_(Former_user_00ABCD)), Former user 00ABCD",
            ),
            ("<https://wiki/x>Ada Lovelace", "<https://wiki/x>Former user 00ABCD"),
            ("(https://wiki/x)Ada Lovelace", "(https://wiki/x)Former user 00ABCD"),
            ("https://wiki/x Ada_Lovelace", "https://wiki/x Former user 00ABCD"),
        ] {
            assert_eq!(ada.text(before).as_deref(), Some(after));
        }
        assert_eq!(
            former("山田太郎").text("https://wiki/山田太郎").as_deref(),
            Some("https://wiki/Former_user_00ABCD")
        );
    }

    #[test]
    fn one_word_stays_in_texts() {
        assert_eq!(former("Will").text("Will it happen again?"), None);
        assert_eq!(
            former("山田太郎").text("担当は山田太郎です").as_deref(),
            Some("担当はFormer user 00ABCDです")
        );
    }

    #[test]
    fn every_text_of_a_value_is_read() {
        let ada = former("Ada Lovelace");
        let value = json!({ "a": ["x", { "b": "Ada Lovelace" }], "n": 1 });
        assert_eq!(
            ada.json(&value),
            Some(json!({ "a": ["x", { "b": "Former user 00ABCD" }], "n": 1 }))
        );
        assert_eq!(ada.json(&json!({ "a": [null, true, "Ada"] })), None);
    }

    /// What LIKE finds holds all that is looked for, also where the two databases differ.
    #[test]
    fn patterns_are_wide() {
        assert_eq!(
            former("Élodie O\"Neil").patterns(),
            ["%ada@example.org%", "%lodie%o%neil%"]
        );
        assert_eq!(
            former("İbrahim Yılmaz").patterns(),
            ["%brahim%y%lmaz%", "%ada@example.org%"]
        );
    }
}
