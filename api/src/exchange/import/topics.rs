//! Gives every part its topic: what its name says, seen from the part it stands below.
//!
//! A sub-heading without a known name belongs to its parent. One with a known name starts a section of its own, with
//! exceptions: below "Action items", "Detection" and "Recovery" are groups of actions; below "Lessons learned",
//! everything is a lesson; below a timeline, headings are entries.

use super::names::{Topic, is_weak_action_name};
use super::outline::{Part, Style};
use super::stamp;

pub(super) fn assign(parts: &mut [Part]) {
    // The parts that are open above the current one: level and topic.
    let mut open: Vec<(u8, Option<Topic>)> = Vec::new();
    let has_plain_actions = parts
        .iter()
        .any(|part| part.own == Some(Topic::Actions) && !is_weak_action_name(&part.name));
    for part in parts.iter_mut() {
        while open.last().is_some_and(|(level, _)| *level >= part.level) {
            // A time as a heading one level too high still belongs to the timeline before it.
            let is_timed = part.style == Style::Heading && part.level > 1 && stamp::leading(&part.name).is_some();
            if is_timed && open.last().is_some_and(|(_, topic)| *topic == Some(Topic::Timeline)) {
                break;
            }
            open.pop();
        }
        let parent = open.last().and_then(|(_, topic)| *topic);
        part.topic = inherit(parent, part);
        // "Remediation" inside the story of a report that lists its actions elsewhere tells what was done.
        let is_story = matches!(
            parent,
            Some(
                Topic::Summary
                    | Topic::Background
                    | Topic::Impact
                    | Topic::RootCause
                    | Topic::Detection
                    | Topic::Response
            )
        );
        if part.own == Some(Topic::Actions) && is_story && has_plain_actions && is_weak_action_name(&part.name) {
            part.topic = Some(Topic::Response);
        }
        open.push((part.level, part.topic));
    }
}

fn inherit(parent: Option<Topic>, part: &Part) -> Option<Topic> {
    use Topic::{Actions, Analysis, Appendix, Background, Conclusion, Detection, Impact, Lessons, People, Response};
    use Topic::{RootCause, Stats, Summary, Timeline};
    let own = part.own;
    if part.style == Style::Title {
        return None;
    }
    if stamp::leading(&part.name).is_some_and(|stamp| stamp.clock.is_some() || parent == Some(Timeline)) {
        return match parent {
            // A chat log or an FAQ may quote times; only a timeline has entries.
            Some(topic) if topic != Summary && topic != Background => Some(topic),
            _ => Some(Timeline),
        };
    }
    match (parent, own) {
        (Some(Actions), Some(Detection | Response | Impact | Analysis | Background | Actions)) => Some(Actions),
        (Some(Actions), Some(own)) => Some(own),
        (Some(Lessons), Some(Actions | Timeline | Conclusion | Appendix | People | Stats)) => own,
        (Some(Lessons), _) => Some(Lessons),
        (Some(Appendix), Some(Actions | Lessons | Timeline | RootCause)) => own,
        (Some(Appendix), _) => Some(Appendix),
        (parent, own) => own.or(parent),
    }
}
