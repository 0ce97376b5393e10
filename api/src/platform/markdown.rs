//! Renders Markdown to HTML that is safe to put into a page, whoever wrote it, and to text without its marks. Plain text is
//! escaped here too.

use comrak::{Arena, Options, arena_tree::NodeEdge, format_html, markdown_to_html, nodes::NodeValue, parse_document};

/// CommonMark with tables, task lists, strikethrough, autolinks and footnotes.
fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.footnotes = true;
    options
}

/// Plain text as it stands in an element, or in an attribute between double quotes: none of it is markup.
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    // Writing into a string does not fail.
    let _ = comrak::html::escape(&mut html, text);
    html
}

/// What people read of a text: without marks, tags and the targets of links. A blank line stands between paragraphs.
pub fn to_text(markdown: &str) -> String {
    let arena = Arena::new();
    let mut text = String::with_capacity(markdown.len());
    let end = |text: &mut String, mark: &str| {
        text.truncate(text.trim_end().len());
        if !text.is_empty() {
            text.push_str(mark);
        }
    };
    for edge in parse_document(&arena, markdown, &options()).traverse() {
        match edge {
            NodeEdge::Start(node) => match &node.data.borrow().value {
                NodeValue::Text(words) => text.push_str(words.as_ref()),
                NodeValue::Code(code) => text.push_str(&code.literal),
                NodeValue::CodeBlock(block) => text.push_str(&block.literal),
                NodeValue::HtmlBlock(block) => text.push_str(&block.literal),
                NodeValue::SoftBreak | NodeValue::LineBreak => text.push('\n'),
                _ => {}
            },
            NodeEdge::End(node) => match &node.data.borrow().value {
                NodeValue::Paragraph | NodeValue::Heading(_) | NodeValue::CodeBlock(_) | NodeValue::HtmlBlock(_) => {
                    end(&mut text, "\n\n");
                }
                NodeValue::TableCell => end(&mut text, " | "),
                NodeValue::TableRow(_) => end(&mut text, "\n"),
                NodeValue::Table(_) => end(&mut text, "\n\n"),
                _ => {}
            },
        }
    }
    end(&mut text, "");
    text
}

/// CommonMark with tables, task lists, strikethrough, autolinks and footnotes, sanitised.
pub fn to_html(markdown: &str) -> String {
    let html = markdown_to_html(markdown, &options());
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .add_tags(["input", "section"])
        .add_tag_attributes("input", ["type", "checked", "disabled"])
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner.clean(&html).to_string()
}

/// The same as a part of a page that loads nothing from elsewhere: its headings begin at a level, and what would be an image is
/// a link to it. The boxes of task lists are shown as they are written.
pub fn to_part(markdown: &str, level: u8) -> String {
    let arena = Arena::new();
    let mut options = options();
    options.extension.tasklist = false;
    let root = parse_document(&arena, markdown, &options);
    for node in root.descendants() {
        let mut data = node.data.borrow_mut();
        match &mut data.value {
            NodeValue::Heading(heading) => heading.level = heading.level.saturating_add(level - 1).min(6),
            NodeValue::Image(link) => {
                let link = link.clone();
                data.value = NodeValue::Link(link);
            }
            _ => {}
        }
    }
    let mut html = String::with_capacity(2 * markdown.len());
    // Writing into a string does not fail.
    let _ = format_html(root, &options, &mut html);
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .rm_tags(["img"])
        .add_tags(["section"])
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner.clean(&html).to_string()
}
