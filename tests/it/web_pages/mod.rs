//! The web pages, as somebody with a browser meets them.

mod browser;
mod doors;
mod figures;
pub mod hostile;
mod lists;
mod restricted;

use actix_web::test::TestRequest;
use postmortem_tests::{TestApp, TestUser, requests::Reply};
use reqwest::Url;

/// Opens a page as somebody.
pub async fn open(app: &TestApp, user: &TestUser, path: &str) -> Reply {
    let request = TestRequest::get().uri(path);
    app.send(request.insert_header(("Authorization", format!("Bearer {}", user.token))))
        .await
}

/// The same, of a page that must be there.
pub async fn page(app: &TestApp, user: &TestUser, path: &str) -> String {
    let reply = open(app, user, path).await;
    assert_eq!(reply.status.as_u16(), 200, "{path}: {}", words(&reply.body));
    reply.body
}

/// A link: where it leads, and what stands in it.
#[derive(Debug, Clone)]
pub struct Link {
    pub href: String,
    pub inside: String,
}

/// All links of a page.
pub fn links(html: &str) -> Vec<Link> {
    let anchors = html.split("<a ").skip(1).filter_map(|rest| {
        let (anchor, _) = rest.split_once("</a>")?;
        let (attributes, inside) = anchor.split_once('>')?;
        let (_, href) = attributes.split_once("href=\"")?;
        let (href, _) = href.split_once('"')?;
        Some(Link {
            href: href.replace("&amp;", "&"),
            inside: inside.to_owned(),
        })
    });
    anchors.collect()
}

/// Where a link on a page leads, as a path; nothing for what leads elsewhere.
pub fn target(on: &str, href: &str) -> Option<String> {
    let base = Url::parse("http://postmortem.example").expect("an address");
    let url = base.join(on).ok()?.join(href).ok()?;
    let query = url.query().map_or(String::new(), |query| format!("?{query}"));
    (url.origin() == base.origin()).then(|| format!("{}{query}", url.path()))
}

/// What can be read on a page: no tags, single spaces.
pub fn words(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = tag.split_once('>').map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many a list says that it has.
#[track_caller]
pub fn total(html: &str) -> u64 {
    let (_, rest) = html
        .split_once("<p class=\"sub\">")
        .expect("a list says how many it has");
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}
