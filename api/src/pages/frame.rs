//! What surrounds every page.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{DOCTYPE, Markup, html};

/// Who looks, from where and when.
#[derive(Debug, Clone)]
pub struct Frame {
    /// From the page's own address to the public one: "" or "../".
    pub root: String,
    /// The style sheet, from the public address.
    pub style: String,
    /// The name of whoever is signed in; none on pages that everybody gets.
    pub viewer: Option<String>,
    /// The organisation's time zone.
    pub zone: Tz,
    /// Now.
    pub now: DateTime<Utc>,
}

/// Which part of the product a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The overview.
    Overview,
    /// Recommendations.
    Recommendations,
    /// Reports.
    Reports,
    /// Incidents.
    Incidents,
    /// Root causes.
    RootCauses,
    /// None of them.
    Elsewhere,
}

const PARTS: [(Part, &str, &str); 5] = [
    (Part::Overview, "./", "Overview"),
    (Part::Recommendations, "recommendations?open=yes", "Recommendations"),
    (Part::Reports, "reports", "Reports"),
    (Part::Incidents, "incidents", "Incidents"),
    (Part::RootCauses, "root-causes", "Root causes"),
];

impl Frame {
    /// The whole page.
    pub fn page(&self, title: &str, part: Part, body: &Markup) -> String {
        let root = &self.root;
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    title { (title) " · Postmortem" }
                    link rel="icon" href={ (root) "graphiql/icon.svg" } type="image/svg+xml";
                    link rel="stylesheet" href={ (root) (self.style) };
                }
                body {
                    a.skip href="#main" { "Skip to the content" }
                    header.top {
                        a.brand href={ (root) "./" } { "Postmortem" }
                        nav aria-label="Main" {
                            ul {
                                @for (its, path, name) in PARTS {
                                    li { a href={ (root) (path) } aria-current=[(its == part).then_some("page")] { (name) } }
                                }
                            }
                        }
                        div.who {
                            a href={ (root) "graphiql" } { "API explorer" }
                            @if let Some(viewer) = &self.viewer {
                                a href={ (root) "recommendations?owner=me&open=yes" } { (viewer) }
                                form method="post" action={ (root) "logout" } { button.link { "Sign out" } }
                            }
                        }
                    }
                    main id="main" { (body) }
                    footer.bottom {
                        p { "As of " (self.now.with_timezone(&self.zone).format("%-d %b %Y, %H:%M %Z")) }
                    }
                }
            }
        };
        page.into_string()
    }
}
