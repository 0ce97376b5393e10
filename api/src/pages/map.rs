//! The map from root causes to what is recommended against them: causes to the left, recommendations to the right, a line for
//! each that treats one.

use std::fmt::Write;

use maud::{Markup, html};

use super::{
    parts::{self, named},
    values::{ItemMark, TreatedCause},
};

const BOX_HEIGHT: usize = 62;
const GAP: usize = 12;
/// Of a letter of the map, in pixels, on average.
const LETTER: usize = 7;

struct Boxed {
    /// Gives the mark at its side a colour.
    state: String,
    /// Small, above.
    head: String,
    lines: Vec<String>,
}

/// At most two lines of so many letters; what is left over ends in an ellipsis.
fn lines(title: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = title.chars().collect::<Vec<_>>();
    while !rest.is_empty() && lines.len() < 2 {
        if rest.len() <= letters {
            lines.push(rest.drain(..).collect());
            break;
        }
        let space = rest[..=letters].iter().rposition(|letter| letter.is_whitespace());
        let end = space.filter(|end| *end > letters / 3).unwrap_or(letters);
        let line: String = rest.drain(..end).collect();
        lines.push(line.trim().to_owned());
        let words = rest.iter().position(|letter| !letter.is_whitespace());
        rest.drain(..words.unwrap_or(rest.len()));
    }
    if let Some(last) = lines.last_mut().filter(|_| !rest.is_empty()) {
        let kept: String = last.chars().take(letters.saturating_sub(1)).collect();
        *last = format!("{}…", kept.trim_end());
    }
    lines
}

/// A column of boxes: the middle of each, in pixels from above.
fn middles(count: usize, height: usize) -> Vec<usize> {
    let own = count * (BOX_HEIGHT + GAP) - GAP.min(count * GAP);
    let above = height.saturating_sub(own) / 2;
    (0..count)
        .map(|number| above + number * (BOX_HEIGHT + GAP) + BOX_HEIGHT / 2)
        .collect()
}

fn boxed(x: usize, middle: usize, width: usize, it: &Boxed) -> Markup {
    let top = middle - BOX_HEIGHT / 2;
    html! {
        rect.node x=(x) y=(top) width=(width) height=(BOX_HEIGHT) rx="5" {}
        rect class={ "side is-" (parts::class(&it.state)) } x=(x) y=(top) width="5" height=(BOX_HEIGHT) rx="2" {}
        text.head x=(x + 13) y=(top + 17) { (it.head) }
        @for (number, line) in it.lines.iter().enumerate() {
            text x=(x + 13) y=(top + 35 + 16 * number) { (line) }
        }
    }
}

fn drawn(class: &str, width: usize, causes: &[TreatedCause], items: &[&ItemMark], says: &str) -> Markup {
    let column = width * 43 / 100;
    let letters = (column - 20) / LETTER;
    let rows = causes.len().max(items.len()).max(1);
    let height = rows * (BOX_HEIGHT + GAP) - GAP;
    let (left, right) = (middles(causes.len(), height), middles(items.len(), height));
    html! {
        svg class={ "map " (class) } viewBox={ "0 0 " (width) " " (height + 2) } role="img"
            aria-labelledby={ "map-" (class) "-title map-" (class) "-desc" } {
            title id={ "map-" (class) "-title" } { "From root causes to recommendations" }
            desc id={ "map-" (class) "-desc" } { (says) }
            @for (cause, from) in causes.iter().zip(&left) {
                @for item in &cause.recommendations.nodes {
                    @if let Some(to) = items.iter().position(|one| one.key == item.key).and_then(|place| right.get(place)) {
                        path class={ "edge is-" (parts::class(&item.status)) } d=(curve(column, *from, width - column, *to)) {}
                    }
                }
            }
            @for (cause, middle) in causes.iter().zip(&left) {
                (boxed(1, *middle, column - 1, &Boxed {
                    state: cause.row.coverage.clone(),
                    head: format!("{} · {}", named(&cause.row.role), named(&cause.row.coverage)),
                    lines: lines(&cause.row.title, letters),
                }))
            }
            @for (item, middle) in items.iter().zip(&right) {
                (boxed(width - column, *middle, column - 1, &Boxed {
                    state: item.status.clone(),
                    head: format!("{} · {}", item.key, named(&item.status)),
                    lines: lines(&item.title, letters),
                }))
            }
        }
    }
}

fn curve(x: usize, y: usize, to_x: usize, to_y: usize) -> String {
    let middle = usize::midpoint(x, to_x);
    format!("M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}")
}

/// The map; nothing without causes.
pub fn map(causes: &[TreatedCause]) -> Markup {
    // What treats several causes is drawn once.
    let mut items: Vec<&ItemMark> = Vec::new();
    let mut says = String::new();
    for cause in causes {
        let nodes = &cause.recommendations.nodes;
        for item in nodes {
            if !items.iter().any(|one| one.key == item.key) {
                items.push(item);
            }
        }
        let treats: Vec<&str> = nodes.iter().map(|item| item.key.as_str()).collect();
        let treats = if treats.is_empty() {
            "nothing".to_owned()
        } else {
            treats.join(", ")
        };
        // Writing into a string does not fail.
        let _ = write!(says, "“{}” is treated by {treats}. ", cause.row.title);
    }
    html! {
        @if !causes.is_empty() {
            (drawn("wide", 1000, causes, &items, &says))
            (drawn("narrow", 350, causes, &items, &says))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{lines, middles};

    #[test]
    fn titles_are_two_lines_at_most() {
        assert_eq!(lines("One two", 10), ["One two"]);
        assert_eq!(lines("One two three four", 10), ["One two", "three four"]);
        assert_eq!(lines("One two three four five", 10), ["One two", "three fou…"]);
        assert_eq!(lines(&"x".repeat(30), 10), ["xxxxxxxxxx", "xxxxxxxxx…"]);
        assert!(lines("", 10).is_empty());
        assert_eq!(middles(0, 100), Vec::<usize>::new());
    }
}
