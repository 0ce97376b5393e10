//! Guesses what kind of event a timeline entry is, by words that leave little doubt.

use super::metadata::is_field;
use super::model::{ImportedTimelineEvent, ImportedTimelineKind as Kind};
use super::pattern::Pattern;

static RESOLUTION: Pattern = Pattern::new(
    r"(?i)\b(?:incident|issue|outage|problem)s? (?:is |was |has been |declared |marked (?:as )?)*(?:resolved|over|closed|fixed)\b|^resolved\b|\boutage ends\b|\b(?:fully|completely) (?:restored|recovered)\b|\bservice (?:is |was )?(?:fully )?restored\b|\ball clear\b|\b(?:back|returns?|returned) to normal\b|\bfeil(?:en)? (?:er )?(?:rettet|løst)\b|\bfriskmeld",
);
static DETECTION: Pattern = Pattern::new(
    r"(?i)^(?:first )?(?:fault )?detected\b|\bfirst (?:detected|noticed|alert|alarm|page|report)\b|\b(?:alert|alarm)s? (?:fires?|fired|triggered|goes off|went off)\b|\bteam (?:aware|noticed|alerted)\b|\bwas paged\b|\bgets? paged\b|\bpagerduty (?:alert|page)|\bincident detected\b|\bfeil(?:en)? oppdage[ts]\b|^alarm oppdaget\b",
);
static TRIGGER: Pattern = Pattern::new(
    r"(?i)^fault occurs\b|\bfeil(?:en)? introdusert\b|\b(?:incident|outage) triggered\b|\bcauses? the (?:incident|outage)\b",
);
static IMPACT_START: Pattern = Pattern::new(
    r"(?i)\boutage begins\b|\bimpact (?:begins|began|starts|started)\b|\bincident (?:begins|began|starts|started)\b|\bstart of (?:the )?(?:incident|outage|impact)\b",
);
static ESCALATION: Pattern = Pattern::new(
    r"(?i)\bincident (?:is |was )?declared\b|\bescalat|\bdeclared? (?:an? |the )?(?:incident|sev)|\bjoins? (?:the )?(?:call|incident|war ?room)\b|\bincident channel\b",
);
static MITIGATION: Pattern = Pattern::new(
    r"(?i)^repaired\b|\broll(?:ed|s|ing)?[ -]?back\b|\brevert(?:ed|s|ing)?\b|\bmitigat|\brestart(?:ed|s|ing)?\b|\b(?:hot)?fix(?:es)? (?:is |was |has been )?(?:deployed|applied|released|merged|rolled out)\b|\bfailed over\b|\bscaled? (?:up|out)\b|\bworkaround\b",
);
static DIAGNOSIS: Pattern = Pattern::new(
    r"(?i)\broot cause\b|\binvestigat|\b(?:cause|issue|problem|bug) (?:is |was |has been )?(?:identified|found)\b|\bdebug|\bidentif(?:y|ies|ied) (?:the|that)\b|\bfeilsøk",
);
static COMMUNICATION: Pattern = Pattern::new(
    r"(?i)\bstatus ?page\b|\b(?:customers?|users|community|stakeholders) (?:is|are|was|were|have been|has been) (?:informed|notified|updated)\b|\b(?:informs?|informed|notif(?:y|ies|ied)) (?:the )?(?:customers?|users|community)\b|\bannounce|\btweet|\bmailing list\b",
);

pub(super) fn guess(description: &str) -> Kind {
    let kinds: [(&Pattern, Kind); 8] = [
        (&RESOLUTION, Kind::Resolution),
        (&DETECTION, Kind::Detection),
        (&TRIGGER, Kind::Trigger),
        (&IMPACT_START, Kind::ImpactStart),
        (&ESCALATION, Kind::Escalation),
        (&MITIGATION, Kind::Mitigation),
        (&DIAGNOSIS, Kind::Diagnosis),
        (&COMMUNICATION, Kind::Communication),
    ];
    // The first sentences say what an entry is; a log below them only illustrates it.
    let lead: String = description.chars().take(400).collect();
    kinds
        .iter()
        .find(|(pattern, _)| pattern.is_match(&lead))
        .map_or(Kind::Other, |(_, kind)| *kind)
}

/// An incident is triggered, begins, is detected and is over once: only one entry keeps each of these kinds. That is the
/// one that says nothing else ("Resolved"), or the first of them, or for the resolution the last.
pub(super) fn keep_one_of_each(events: &mut [ImportedTimelineEvent]) {
    for kind in [Kind::Trigger, Kind::ImpactStart, Kind::Detection, Kind::Resolution] {
        let of_kind = || events.iter().enumerate().filter(|(_, event)| event.kind == kind);
        let kept = of_kind()
            .find(|(_, event)| is_field(&event.description))
            .or_else(|| {
                if kind == Kind::Resolution {
                    of_kind().next_back()
                } else {
                    of_kind().next()
                }
            })
            .map(|(index, _)| index);
        for (index, event) in events.iter_mut().enumerate() {
            if event.kind == kind && Some(index) != kept {
                event.kind = Kind::Other;
            }
        }
    }
}
