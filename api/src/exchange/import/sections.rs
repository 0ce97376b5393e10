//! Puts what is left of the parts into the six sections of a report.
//!
//! Nothing is thrown away here. A part that has a section of its own gives it its text; any other part stands under its
//! own heading in the section nearest to it in meaning, or, when its name is unknown, in position.

use super::document::Document;
use super::model::ImportedSections;
use super::names::{Topic, is_plain_name};
use super::outline::{Part, Style};
use super::text::without_emoji;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Summary,
    Background,
    RootCause,
    Impact,
    Lessons,
    Conclusion,
}

fn target_of(topic: Topic) -> Target {
    match topic {
        Topic::Summary => Target::Summary,
        Topic::Background | Topic::Timeline | Topic::Detection | Topic::Response | Topic::Metadata => {
            Target::Background
        }
        Topic::RootCause | Topic::Analysis => Target::RootCause,
        Topic::Impact => Target::Impact,
        Topic::Lessons => Target::Lessons,
        Topic::Actions | Topic::Conclusion | Topic::People | Topic::Stats | Topic::Appendix => Target::Conclusion,
    }
}

/// A heading that is written as soon as something below it is.
struct Pending {
    level: u8,
    /// Where a heading of a known name belongs; any other follows its text.
    target: Option<Target>,
    text: String,
}

pub(super) fn assemble(parts: &[Part], document: &Document) -> ImportedSections {
    let mut sections = ImportedSections::default();
    let mut target = Target::Summary;
    let mut top_level = 1;
    let mut pending: Vec<Pending> = Vec::new();
    for part in parts {
        let is_title = part.style == Style::Title;
        let was = target;
        match part.topic {
            Some(topic) => target = target_of(topic),
            // The first unknown section after the opening is no summary any more.
            None if part.style == Style::Heading && !is_title && target == Target::Summary && part.level > 1 => {
                target = Target::Background;
            }
            None => {}
        }
        if part.own.is_some() || target != was || part.level <= top_level {
            top_level = part.level;
        }
        let text = document.markdown_of(&part.blocks);
        let text = text.trim();
        // Headings above this one, or without text of their own, matter only if something below them does.
        pending.retain(|heading| heading.level < part.level);
        if part.style != Style::Opening && !is_title {
            let depth = if part.level > top_level { "####" } else { "###" };
            let needs_no_heading = part
                .own
                .is_some_and(|own| is_plain_name(&part.name, own) && target_of(own) == target)
                && section(&mut sections, target).is_empty();
            if part.style == Style::Label && is_inline(part, text) && !needs_no_heading {
                let name = part.markdown.trim_end_matches(':');
                add(&mut sections, target, &mut pending, &format!("**{name}:** {text}"));
                continue;
            }
            if !needs_no_heading {
                pending.push(Pending {
                    level: part.level,
                    target: part.own.map(target_of),
                    text: format!("{depth} {}", heading_of(part)),
                });
            }
        }
        if text.is_empty() {
            // "Timeline (times are approximate)" and "May 3 - the cellar" say something even when all below them
            // became records.
            let has_remark = part.topic == Some(Topic::Timeline) && part.own.is_none()
                || part.own == Some(Topic::Timeline)
                    && (part.name.contains('(') || part.name.split_whitespace().count() > 3);
            if has_remark {
                add(&mut sections, target, &mut pending, "");
                continue;
            }
            // A heading nobody knows may be all there is to say.
            if part.own.is_none() && part.topic.is_none() && !is_title && part.name.split_whitespace().count() > 2 {
                add(&mut sections, target, &mut pending, "");
            }
            continue;
        }
        add(&mut sections, target, &mut pending, text);
    }
    sections
}

/// Whether the text of a label reads on from the label: its author wrote it so, or it is a single line.
fn is_inline(part: &Part, text: &str) -> bool {
    match part.blocks.as_slice() {
        [first, rest @ ..] if first.paragraph().is_some() => {
            first.first == part.line || (rest.is_empty() && !text.contains('\n'))
        }
        _ => false,
    }
}

fn heading_of(part: &Part) -> String {
    without_emoji(part.markdown.trim_end_matches([':', ' ']))
}

fn add(sections: &mut ImportedSections, target: Target, pending: &mut Vec<Pending>, text: &str) {
    let section = section(sections, target);
    let (due, waiting) = std::mem::take(pending)
        .into_iter()
        .partition(|heading: &Pending| heading.target.is_none_or(|wanted| wanted == target));
    *pending = waiting;
    let headings = due.into_iter().map(|heading: Pending| heading.text);
    for piece in headings.chain([text.to_owned()]).filter(|piece| !piece.is_empty()) {
        append(section, &piece);
    }
}

pub(super) fn append(section: &mut String, text: &str) {
    if !section.is_empty() {
        section.push_str("\n\n");
    }
    section.push_str(text);
}

fn section(sections: &mut ImportedSections, target: Target) -> &mut String {
    match target {
        Target::Summary => &mut sections.executive_summary,
        Target::Background => &mut sections.background,
        Target::RootCause => &mut sections.root_cause_analysis,
        Target::Impact => &mut sections.impact_analysis,
        Target::Lessons => &mut sections.lessons_learned,
        Target::Conclusion => &mut sections.conclusion,
    }
}
