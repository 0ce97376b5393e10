//! The owner of an action that is not in a table: `(Owner: Ada)`, `@ada to …`, "Ed and Caroline to write …",
//! "(Rasmus call for meeting)", initials at the end.

use super::action_state::owner_cell;
use super::pattern::Pattern;

static LABELLED: Pattern = Pattern::new(
    r"(?i)\b(?:owner|assignee|assigned to|responsible|eier|ansvarlig|dri|who)\b\s*[:=]\s*([^()\[\];|\n]{2,80}?)\s*(?:[)\];|,]|\.\s|\.$|$|\s[-–—]\s|\s(?:due|deadline|priority|status|frist)\b)",
);
static SUBJECT: Pattern = Pattern::new(
    r"^((?:@[\w.-]+|[\p{Lu}][\p{Ll}][\p{L}'.-]*|[A-Z]{1,3}\b)(?:\s(?:[\p{Lu}][\p{Ll}][\p{L}'.-]*|[A-Z]\b\.?)|\steam){0,2}(?:(?:,\s?|\sand\s|\sog\s|\s&\s|,\sand\s|/)(?:@[\w.-]+|[\p{Lu}][\p{Ll}][\p{L}'.-]*|[A-Z]{1,3}\b)(?:\s(?:[\p{Lu}][\p{Ll}][\p{L}'.-]*|[A-Z]\b\.?)|\steam){0,2}){0,3})\s(?:to|will|skal)\s([\p{Ll}]+)\b",
);
static BRACKETS_AHEAD: Pattern =
    Pattern::new(r"^[\[(]\s*(@?[\p{L}][\p{L}\d ,/&@'._-]{0,60}?)\s*\??[\])]\s*[:–-]?\s*\S");
static TEAM: Pattern =
    Pattern::new(r"(?i)^(?:the\s)?(?:[\w&/.-]+\s){0,2}teams?$|^(?:devs|developers|engineers|engineering|sre|sres)$");
static BRACKETED: Pattern = Pattern::new(
    r"\(((?:@[\w.-]+|[\p{Lu}][\p{Ll}]+)(?:(?:,\s?|\sand\s|\s&\s|/)(?:@[\w.-]+|[\p{Lu}][\p{Ll}]+)){0,3})\s(?:to\s|will\s)?(?:calls?|creates?|sets?|schedules?|files?|organi[sz]es?|follows?|writes?|looks?|takes?|checks?|does|do|ask|asks|contact|contacts|invite|invites|arranges?|books?)\b[^()]*\)",
);
/// A name set off at the end, before nothing but a day.
static NAME_AT_END: Pattern = Pattern::new(
    r"(?:\s[-–—|]\s*|\()(@?[\p{L}][\p{L} .,/&@'-]{0,60}?)\s*(?:[-–—|,]\s*[\p{L}]{0,9}\.?\s?\d[\d\p{L}./ ,-]{0,20})?\)?\.?$",
);
static HANDLE_AT_END: Pattern =
    Pattern::new(r"(?:[-–—(\[]\s*|\s)(@[A-Za-z][\w.-]*(?:(?:,\s?|\sand\s|\s&\s)@[A-Za-z][\w.-]*)*)\s*[)\]]?\.?$");
static BOLD_INITIALS: Pattern =
    Pattern::new(r"((?:\*\*[A-Z]{2,3}\*\*|__[A-Z]{2,3}__)(?:\s?[/,&]\s?(?:\*\*)?[A-Z]{2,3}(?:\*\*)?)*)\.?\s*$");
/// Words that begin a sentence before "to" without being anybody.
static NOBODY: Pattern = Pattern::new(
    r"(?i)^(?:\w+ed|\w+ing|set|run|test|fix|remove|delete|document|review|investigate|implement|automate|configure|reduce|increase|improve|introduce|enable|disable|replace|rename|rotate|restore|resize|scale|schedule|share|split|store|train|teach|tune|verify|validate|evaluate|explore|find|follow|give|grant|help|identify|include|inform|install|integrate|keep|lower|map|mark|measure|monitor|notify|open|order|pin|post|protect|prevent|put|record|refactor|restrict|reset|restart|rewrite|roll|save|search|see|separate|show|simplify|stop|take|tell|track|turn|tweak|ask|assign|bump|build|call|catch|clean|collect|complete|copy|define|describe|design|detect|develop|discuss|drop|enforce|establish|export|fail|file|finish|handle|host|import|let|list|maintain|manage|merge|patch|ping|prove|provision|question|rebuild|recommend|register|release|rely|remind|repair|repeat|require|resolve|revise|revisit|route|scan|select|sign|standardi[sz]e|streamline|sync|target|throttle|trace|transfer|trigger|unify|wait|warn|watch|wire|wrap|consumers?|customers?|users?|clients?|services?|operators?|people|everybody|everyone|somebody|someone|anyone|need|needs|try|want|have|look|looking|continue|switch|migrate|move|add|upgrade|plan|able|ensure|due|begin|start|aim|learn|how|connect|respond|redirect|ability|apply|decide|remember|reach|ways?|where|when|what|which|who|ticket|issue|spike|work|use|make|provide|check|update|change|changes|write|create|talk|go|speak|listen|prepare|seek|get|point|refer|return|revert|convert|consider|attempt|propose|agree|commit|easier|better|tools?|access|support|time|up|it|this|that|these|there|we|i|they|you|automation|runbook|script|process|option|options|approach|procedure|method|response|alert|alerts|action|actions|steps?|next|in|by|according|prior|related|compare|transition|expand|extend|adapt|adjust|subscribe|send|report|publish|deploy|push|pull|force|allow|tie|link|attach|contribute|raise|escalate|submit|is|are|be|nothing|something|monitoring|changing|moving|migrating|adding|switching|upgrading|similar|thanks|limit|close|closer|back|down|out)$",
);
/// "X to the …" leads somewhere; "X to write …" is a task.
static NOT_A_TASK: Pattern = Pattern::new(
    r"^(?:the|a|an|our|their|your|its|his|her|this|that|these|all|any|each|every|some|be|using|use|new|more|\w+ing)$",
);

pub(super) fn owner_in(text: &str, markdown: &str, people: &[String]) -> Option<String> {
    if let Some(found) = LABELLED.group(text) {
        return owner_cell(found);
    }
    // "[ada] rotate the keys": without a sign that it is somebody, a bracket names a subject.
    if let Some(found) = BRACKETS_AHEAD.group(text)
        && split_names(found).all(|name| is_somebody(name, people))
    {
        return Some(found.to_owned());
    }
    if let Some(found) = SUBJECT.captures(text) {
        let (names, verb) = (found.get(1)?.as_str(), found.get(2)?.as_str());
        let first = names.split([' ', ',']).next().unwrap_or("");
        if !NOBODY.is_match(first)
            && !NOBODY.is_match(names.split_whitespace().last().unwrap_or(""))
            && !NOT_A_TASK.is_match(verb)
        {
            return Some(names.to_owned());
        }
    }
    if let Some(found) = BRACKETED.group(text) {
        return Some(found.to_owned());
    }
    if let Some(found) = NAME_AT_END.group(text)
        && split_names(found).all(|name| is_somebody(name, people))
    {
        return Some(found.to_owned());
    }
    if let Some(found) = HANDLE_AT_END.group(text) {
        return Some(found.to_owned());
    }
    BOLD_INITIALS
        .group(markdown.trim_end())
        .map(|found| found.replace(['*', '_'], ""))
}

/// The names in "Ada/Grace", "Ada & Grace" or "Ada, Grace and Linus".
pub(super) fn split_names(text: &str) -> impl Iterator<Item = &str> {
    text.split(['/', '&', ',', '+'])
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" og "))
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

/// A handle, a team, or a name that the document states elsewhere.
pub(super) fn is_somebody(name: &str, people: &[String]) -> bool {
    let bare = name.trim_start_matches('@').to_lowercase();
    name.starts_with('@')
        || TEAM.is_match(name)
        || people.iter().any(|person| {
            let person = person.trim_start_matches('@').to_lowercase();
            person == bare || person.split_whitespace().next() == Some(bare.as_str())
        })
}
