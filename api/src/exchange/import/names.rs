//! What the headings and labels of postmortem templates mean.
//!
//! A name is compared after emoji, numbering, brackets and colons are gone, in lower case. English and Norwegian.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::pattern::Pattern;
use super::text::without_emoji;

/// What a section is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Topic {
    Summary,
    Background,
    Timeline,
    RootCause,
    /// Trigger, five whys: part of the analysis, but not a list of causes.
    Analysis,
    Impact,
    Detection,
    Response,
    Lessons,
    Actions,
    Conclusion,
    People,
    Stats,
    Metadata,
    /// Appendices, links, questions and answers, notes: kept, never read for records.
    Appendix,
}

const EXACT: &[(Topic, &str)] = &[
    (
        Topic::Summary,
        "summary | executive summary | overview | tldr | tl;dr | abstract | sammendrag | oppsummering | \
         brief description | summary of impact | summary of the incident | description | \
         what happened in short",
    ),
    (
        Topic::Background,
        "background | context | leadup | lead up | lead-up | what happened | details | bakgrunn | \
         outage description | fault | incident details | problem | problem description | hendelse",
    ),
    (
        Topic::Timeline,
        "timeline | key events | chain of events | sequence of events | events | tidslinje | \
         chronology | hendelsesforløp",
    ),
    (
        Topic::RootCause,
        "root cause | root causes | root cause(s) | root cause analysis | rca | cause | causes | \
         cause(s) | contributing factors | contributing factor | contributing factor(s) | \
         blameless root cause | analysis of causes | technical cause | technical causes | \
         why did it happen | why did this happen | how did this happen | how did it happen | \
         what caused the incident | identified cause | rotårsak | rotårsaker | rotårsak(er) | årsak | \
         årsaker | root cause and mitigation | root cause & mitigation | contributing conditions | \
         contributing conditions analysis | proximate cause | underlying cause | underlying causes | \
         cause analysis",
    ),
    (
        Topic::Analysis,
        "trigger | triggers | trigger(s) | utløsende faktor | utløsende årsak | five whys | five why's | \
         5 whys | 5 why's | the five whys | whys | analysis | recurrence | backlog check | \
         process breakdowns | process breakdown(s)",
    ),
    (
        Topic::Impact,
        "impact | user impact | users impact | customer impact | impact analysis | business impact | \
         affected users | affected services | affected systems | impact on users | impact on customers | \
         end user impact | infrastructure impact | productivity impact | konsekvens | konsekvenser | \
         who was affected",
    ),
    (
        Topic::Detection,
        "detection | identified | påvisning | how was it detected | how we detected it | discovery",
    ),
    (
        Topic::Response,
        "response | resolution | recovery | mitigation | solution | løsning | resolution and recovery | \
         mitigation and resolution | mitigation & resolution | short term fix | short-term fix | \
         escalation | fix | fixes | restoration | workaround",
    ),
    (
        Topic::Lessons,
        "lessons | lessons learned | lessons learnt | learnings | learning | key learnings | \
         retrospective | hva lærte vi | hva gikk bra | hva gikk dårlig | hva gikk galt | \
         hvor hadde vi flaks | how'd we do | how did we do | went well | went wrong | insights | \
         after-action report | recovery and lessons learned",
    ),
    (
        Topic::Actions,
        "action items | action item | actions | action | action points | follow-up | follow up | \
         follow-ups | follow ups | followups | follow-up tasks | follow up tasks | follow-up actions | \
         follow up actions | follow-up improvements | follow-up items | follow up items | remediation | \
         remediations | remediation items | remediation actions | review actions | \
         actions following review | corrective action | corrective actions | corrective measure | \
         corrective measures | preventive actions | preventative actions | preventive action | \
         preventive measures | preventative measures | next steps | recommendations | planned actions | \
         future actions | long term solution | long term solutions | long-term solution | \
         long term fix | long-term fix | improvements | improvement actions | aksjonspunkter | \
         aksjoner | tiltak | oppfølging | oppfølgingspunkter | immediate actions | \
         action items and follow-ups | action items & follow-ups | action items & followups | \
         action items and followups | todo | todos | to do | prevention | \
         corrective and preventive actions | to-do | tasks | actions taken and planned | \
         what are we doing about it | what we're doing about it | follow-up work | future work | root cause remediation | \
         root cause remediations | root cause fixes",
    ),
    (
        Topic::Conclusion,
        "conclusion | conclusions | key takeaways | moving forward | takeaways | konklusjon | \
         going forward | closing | outlook",
    ),
    (
        Topic::People,
        "responders | attendees | atendees | participants | involved | involved parties | thanks | special thanks | kudos | \
         people involved | names of people involved | team | deltakere | retro attendees",
    ),
    (
        Topic::Stats,
        "stats | statistics | metrics | time to repair | time to resolve | time to detect | duration",
    ),
    (
        Topic::Metadata,
        "metadata | date | dato | authors | author | av | status | owner | severity | \
         meeting scheduled for | call recording | report status | start date/time | end date/time",
    ),
    (
        Topic::Appendix,
        "appendix | appendices | appendinx | supporting information | supporting documents | links | \
         linker | references | q&a | faq | questions | questions for follow up | \
         questions for follow-up | open questions | notes to the owner | notes | what can you do | \
         what should you do | what can i do | call to action | messaging | update | updates | logs | \
         recording | glossary | related documents | acknowledgements | anything else | \
         provide feedback | chat log | chat logs",
    ),
];

/// Names of actions that are as often the name of a story about what was done.
const WEAK_ACTIONS: &str = "remediation | remediations | improvements | prevention | immediate actions | \
     corrective action | corrective actions | actions | action | next steps";

static BY_NAME: LazyLock<HashMap<&str, Topic>> = LazyLock::new(|| by_name(EXACT));

static NUMBERING: Pattern = Pattern::new(r"^(?:\d+(?:\.\d+)*[.)]|[ivx]+[.)]|\d+:)\s+");
static TRAILING_BRACKETS: Pattern = Pattern::new(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])\s*$");
static PREFIX: Pattern =
    Pattern::new(r"^(?:the |our |incident |issue |outage |event |post-?mortem |service |report )+");
static TIMELINE: Pattern = Pattern::new(r"^(?:[\p{L}-]+[\s/]+){0,2}(?:timeline|tidslinje)\b");
static ACTIONS: Pattern = Pattern::new(
    r"^(?:(?:short|medium|mid|long|near)[ -]term |(?:immediate|planned|future|proposed|suggested|recommended|potential|possible|further|additional|required|agreed|resulting|key|new|open|completed|remaining|outstanding) ){0,2}(?:(?:corrective|preventi?ve|preventative|remedial|follow[ -]?up|remediation|mitigation|action)(?:,? (?:and|&|/|or) (?:corrective|preventi?ve|preventative|remedial|follow[ -]?ups?))?)[ /]?(?:actions?|measures?|items?|tasks?|steps?|improvements?|points?|plan|work)\b",
);
static PREVENTING: Pattern = Pattern::new(
    r"^(?:how|what) (?:are|do|did|will|can|could|have|is)\b.*\b(?:prevent|again|stop (?:this|it) from)\b|^prevent(?:ing|ion of) (?:this|it|recurrence|future)",
);
static LESSONS: Pattern = Pattern::new(
    r"^(?:lessons|learnings|what we(?:'ve| have)? learned|what did we learn)\b|\bwent (?:well|wrong|poorly|badly|right)\b|^what (?:did ?n[o'’]t|could have) (?:go|gone)\b|\b(?:got|get|were|was) lucky\b|^what didn['’]t go\b|^hva (?:gikk|lærte)\b|^hvor hadde vi flaks|^what worked\b|^what did ?n.t work\b",
);
static ROOT_CAUSE: Pattern =
    Pattern::new(r"^(?:root[ -]causes?|contributing (?:factors?|causes?)|rotårsak)\b|\broot cause(?:s|\(s\))?$");
static WHYS: Pattern = Pattern::new(r"^(?:five|5|the five) ?why");
static IMPACT: Pattern = Pattern::new(r"^impact\b|\bimpact$|^konsekvens");
static APPENDIX: Pattern = Pattern::new(
    r"^(?:appendix|what (?:can|should) (?:you|i|users|customers)|call to action|questions for|chat logs?\b|links\b)|\bchat logs?$",
);
static SUMMARY: Pattern = Pattern::new(r"\bsummary$|^summary\b");
static RESPONSE: Pattern = Pattern::new(r"^(?:resolution|recovery|response|mitigation)\b");

/// The name as it is compared.
pub(super) fn normalise(name: &str) -> String {
    let mut name = without_emoji(name).to_lowercase().replace('’', "'");
    loop {
        let trimmed = name
            .trim_matches(|c: char| {
                c.is_whitespace() || matches!(c, ':' | '#' | '*' | '_' | '?' | '.' | '´' | '-' | '–' | '`')
            })
            .to_owned();
        let shorter = match TRAILING_BRACKETS.find(&trimmed) {
            // "cause(s)" is one word, "causes (findings)" is a remark.
            Some(found) if found.start() > 0 && found.as_str().starts_with(char::is_whitespace) => {
                trimmed.get(..found.start()).unwrap_or("").to_owned()
            }
            _ => NUMBERING.replace_all(&trimmed, ""),
        };
        if shorter == name {
            return name;
        }
        name = shorter;
    }
}

/// A table of lists such as "impact | user impact", turned around.
pub(super) fn by_name<T: Copy>(table: &[(T, &'static str)]) -> HashMap<&'static str, T> {
    let mut index = HashMap::new();
    for (meaning, names) in table {
        for name in names.split('|') {
            // The first meaning of a name counts.
            index.entry(name.trim()).or_insert(*meaning);
        }
    }
    index
}

/// Whether a normalised name is one of the names in a list such as "impact | user impact".
fn is_listed(names: &str, name: &str) -> bool {
    !name.is_empty() && names.split('|').any(|listed| listed.trim() == name)
}

/// What a heading or a label stands for, if it is one of the known names.
pub(super) fn topic_of(name: &str) -> Option<Topic> {
    let name = normalise(name);
    if name.is_empty() || name.chars().count() > 120 {
        return None;
    }
    let shorter = PREFIX.replace_all(&name, "");
    for candidate in [name.as_str(), shorter.as_str()] {
        if let Some(topic) = BY_NAME.get(candidate) {
            return Some(*topic);
        }
    }
    let by_pattern: [(&Pattern, Topic); 11] = [
        (&APPENDIX, Topic::Appendix),
        (&TIMELINE, Topic::Timeline),
        (&WHYS, Topic::Analysis),
        (&ACTIONS, Topic::Actions),
        (&PREVENTING, Topic::Actions),
        (&LESSONS, Topic::Lessons),
        (&ROOT_CAUSE, Topic::RootCause),
        (&IMPACT, Topic::Impact),
        (&SUMMARY, Topic::Summary),
        (&RESPONSE, Topic::Response),
        (&TIMELINE, Topic::Timeline),
    ];
    // A name that merely contains a known word is a sentence about something else.
    let is_short = name.split_whitespace().count() <= 9 || name.starts_with("timeline");
    by_pattern
        .iter()
        .find(|(pattern, _)| is_short && (pattern.is_match(&name) || pattern.is_match(&shorter)))
        .map(|(_, topic)| *topic)
}

/// Whether a name is in the lists, rather than like one that is.
pub(super) fn is_listed_name(name: &str) -> bool {
    let name = normalise(name);
    let shorter = PREFIX.replace_all(&name, "");
    BY_NAME.contains_key(name.as_str()) || BY_NAME.contains_key(shorter.as_str())
}

/// Whether a name of a section of actions may as well name a part of the story.
pub(super) fn is_weak_action_name(name: &str) -> bool {
    is_listed(WEAK_ACTIONS, &normalise(name))
}

/// Whether a name is only the name of its topic, so that a section needs no heading to say it.
pub(super) fn is_plain_name(name: &str, topic: Topic) -> bool {
    let name = normalise(name);
    let plain = match topic {
        Topic::Summary => "summary | executive summary | sammendrag | incident summary | issue summary | overview",
        Topic::Background => "background | context | bakgrunn",
        Topic::RootCause => "root cause | root causes | root cause analysis | rotårsaker | rotårsak | causes | cause",
        Topic::Impact => "impact | impact analysis | konsekvens | konsekvenser",
        Topic::Lessons => "lessons learned | lessons learnt | lessons | learnings | hva lærte vi",
        Topic::Conclusion => "conclusion | conclusions | konklusjon",
        _ => "",
    };
    is_listed(plain, &name)
}
