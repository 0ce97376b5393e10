//! The page that says what went wrong, and where to go.

use maud::html;

use super::frame::{Frame, Part};

/// Such as "Not found", and a sentence that says what to do.
pub fn page(frame: &Frame, title: &str, sentence: &str) -> String {
    let body = html! {
        div.problem {
            h1 { (title) }
            p role="alert" { (sentence) }
            p { a href={ (frame.root) "./" } { "Go to the overview" } }
        }
    };
    frame.page(title, Part::Elsewhere, &body)
}
