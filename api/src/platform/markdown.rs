//! Renders Markdown to HTML that is safe to put into a page, whoever wrote it.

use comrak::{Options, markdown_to_html};

/// CommonMark with tables, task lists, strikethrough, autolinks and footnotes, sanitised.
pub fn to_html(markdown: &str) -> String {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.footnotes = true;
    let html = markdown_to_html(markdown, &options);
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .add_tags(["input", "section"])
        .add_tag_attributes("input", ["type", "checked", "disabled"])
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner.clean(&html).to_string()
}
