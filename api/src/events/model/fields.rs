//! What stands in payloads and changes: names, forms and meanings. The catalogue is put together of these.

use entity::{
    enums::{
        CalendarForm, CauseRole, ClosureReason, EffectivenessOutcome, PolicyTarget, Priority, RecommendationKind,
        RecommendationStatus, ReportStatus, Role, Severity, Strength, TimelineEventKind, TrackerKind, Visibility,
        WebhookFormat,
    },
    ids::{
        CauseCategoryId, DuePolicyId, IncidentId, RootCauseId, ServiceId, TeamId, TimelineEventId, TrackerLinkId,
        TypedId, UserId, WebhookDeliveryId,
    },
};

/// The form of a value.
pub enum Shape {
    /// Any text.
    Text,
    /// A calendar day.
    Day,
    /// An instant.
    Instant,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// A global id with this prefix.
    Id(&'static str),
    /// One of a closed set.
    OneOf(fn() -> Vec<&'static str>),
    /// Any number of these.
    List(&'static Self),
    /// An object of exactly these.
    Object(&'static [Field]),
}

/// When a field is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Always, with a value.
    Always,
    /// Always; it may be null.
    Nullable,
    /// Not always.
    Sometimes,
}

/// One named value.
pub struct Field {
    /// Its name, as in the API.
    pub name: &'static str,
    /// Its form.
    pub shape: Shape,
    /// When it is there.
    pub presence: Presence,
    /// What it means, and when it is null or not there.
    pub about: &'static str,
}

const fn always(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field {
        name,
        shape,
        presence: Presence::Always,
        about,
    }
}

const fn nullable(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field {
        name,
        shape,
        presence: Presence::Nullable,
        about,
    }
}

const fn sometimes(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field {
        name,
        shape,
        presence: Presence::Sometimes,
        about,
    }
}

macro_rules! one_of {
    ($kind:ident) => {
        Shape::OneOf(|| $kind::ALL.iter().map(|value| value.as_str()).collect())
    };
}

macro_rules! fields {
    ($($name:ident: $make:ident($($argument:expr),+ $(,)?);)+) => {
        $(pub(super) const $name: Field = $make($($argument),+);)+
    };
}

const USER: Shape = Shape::Id(UserId::PREFIX);
const TEAM: Shape = Shape::Id(TeamId::PREFIX);
const TEXTS: Shape = Shape::List(&Shape::Text);

// In payloads.
fields! {
    KEY: always("key", Shape::Text, "The key that people use, such as REC-40.");
    TITLE_NOW: always("title", Shape::Text, "The title at the time.");
    STATUS_NOW: always("status", one_of!(RecommendationStatus), "The status after it.");
    REASON: always("reason", Shape::Text, "The reason that was given.");
    REASON_IF_ANY: nullable("reason", Shape::Text, "The reason that was given; null: none was.");
    COMMENT: nullable("comment", Shape::Text, "What the reviewer said; null: nothing.");
    BODY: always("body", Shape::Text, "The comment, as Markdown.");
    NAME_NOW: always("name", Shape::Text, "The name of the token.");
    FEED_NAME: always("name", Shape::Text, "What calendars call it.");
    OVERRIDE_REASON: sometimes("overrideReason", Shape::Text, "Why an admin published it although findings stood; only then.");
    OVERRIDDEN: sometimes("overridden", TEXTS, "The codes of these findings.");
    EVIDENCE: sometimes("evidence", TEXTS, "The links that were given; not of imported work.");
    IMPORTED: sometimes("imported", Shape::Flag, "True when a document said so that was imported.");
    CLOSED_BECAUSE: always("reason", one_of!(ClosureReason), "Why it was declined.");
    NOTE: always("note", Shape::Text, "What was said about it.");
    NOTE_IF_ANY: nullable("note", Shape::Text, "What was said about it; null: nothing.");
    REVIEW_OUTCOME: sometimes("outcome", one_of!(EffectivenessOutcome), "What a review of its effect found; only when one was held.");
    REVIEW_NOTE: sometimes("note", Shape::Text, "What the review noted; null: nothing.");
    INEFFECTIVE: always("outcome", one_of!(EffectivenessOutcome), "What the review found: INEFFECTIVE.");
    WAS_ACCEPTED_UNTIL: always("riskAcceptedUntil", Shape::Day, "The last day on which the risk was accepted.");
    SET_BY: sometimes("duePolicy", Shape::Object(&[
        always("id", Shape::Id(DuePolicyId::PREFIX), "The policy's id."),
        always("name", Shape::Text, "Its name."),
        always("version", Shape::Number, "The version of the list that it stands in."),
    ]), "The due policy that set the due date; only when one did.");
    ISSUER: sometimes("issuer", Shape::Text, "The OpenID Connect issuer that says so; only when one does.");
    SUBJECT: sometimes("subject", Shape::Text, "The name of the user at that issuer.");
    LIST_VERSION: always("version", Shape::Number, "The version of the list in force; 0 when it is empty.");
    PRESET: nullable("preset", Shape::Text, "The preset that was taken; null: a list of one's own.");
    DUE_ON_NOW: always("dueOn", Shape::Day, "The day on which it is due.");
    DAYS_LEFT: always("daysLeft", Shape::Number, "The days until then; 0 on the day itself.");
    DAYS_OVERDUE: always("daysOverdue", Shape::Number, "The days since then.");
    REMIND_DAYS: always("remindDaysBefore", Shape::Number, "How many days before the due date this reminder is meant for.");
    ESCALATE_DAYS: always("escalateDaysAfter", Shape::Number, "How many days after the due date this escalation is meant for.");
    POLICY: nullable("policy", Shape::Text, "The name of the due policy whose days count; null: those of the settings.");
    OWNER: nullable("ownerId", USER, "Who owns it; null: nobody.");
    OWNING_TEAM: nullable("teamId", TEAM, "The team it belongs to; null: none.");
    ESCALATE_TO: always("escalateTo", Shape::List(&USER), "The active leads of the team who may see it.");
    WEEK: always("weekOf", Shape::Day, "The Monday of the week.");
    TEAM_NAME: always("name", Shape::Text, "The name of the team at the time.");
    OPEN: always("open", Shape::Number, "How much work is committed to and not done.");
    OVERDUE: always("overdue", Shape::Number, "How much of it is past its due date.");
    DUE_THIS_WEEK: always("dueThisWeek", Shape::Number, "How much of it is due from today to Sunday.");
    DONE_LAST_WEEK: always("doneLastWeek", Shape::Number, "How much was implemented in the week before.");
    PROPOSED: always("proposed", Shape::Number, "How many recommendations nobody has decided on.");
    REPORTS_OVERDUE: always("reportsOverdue", Shape::Number, "How many reports are past their due date and not published.");
    RECEIVER: always("url", Shape::Text, "Where it sent to: the origin, and a digest of the rest, which may be a secret.");
    ABOUT_RECEIVER: always("description", Shape::Text, "What it was for.");
    WHY_DISABLED: always("reason", Shape::Text, "Why nothing is sent any more.");
    OLD_SECRET_UNTIL: always("oldSecretUntil", Shape::Instant, "Until when the secret before signs too.");
    DELIVERY_ID: sometimes("deliveryId", Shape::Id(WebhookDeliveryId::PREFIX), "The delivery; only when one was asked for.");
    SINCE: sometimes("since", Shape::Instant, "The moment; only when everything since one was asked for.");
    UNTIL: sometimes("until", Shape::Instant, "The moment before which it happened; null: until it was asked for.");
    DELIVERIES: always("deliveries", Shape::Number, "How many deliveries there are of it.");
    LINK_ID: always("linkId", Shape::Id(TrackerLinkId::PREFIX), "The link between the two.");
    TRACKER: always("tracker", Shape::Text, "What people call the connection.");
    ISSUE: nullable("issue", Shape::Text, "What people call the issue; null: there is none yet.");
    ISSUE_URL: nullable("issueUrl", Shape::Text, "Where the issue is; null: there is none yet.");
    SYNCED_FIELDS: always("fields", TEXTS, "Which fields: title, status, owner, dueOn.");
    KEPT_SIDE: always("keep", Shape::Text, "Whose values: postmortem or tracker.");
    LOST_BECAUSE: nullable("reason", Shape::Text, "Why; null: somebody asked for it.");
    IS_NEW_TOKEN: always("token", Shape::Flag, "Whether there is another token.");
    IS_NEW_SECRET: always("inboundSecret", Shape::Flag, "Whether there is another secret of the webhooks that come in.");
    CONNECTION_NAME: always("name", Shape::Text, "What people called it.");
    PROJECT_NOW: always("project", Shape::Text, "The project.");
    REVIEW_DUE: always("dueOn", Shape::Day, "The day for which the review was planned.");
}

// In changes, where every value may also be null: before there was one, and after it is gone.
fields! {
    TITLE: always("title", Shape::Text, "The title.");
    STATUS: always("status", one_of!(RecommendationStatus), "Where it stands.");
    REPORT_STATUS: always("status", one_of!(ReportStatus), "Where it stands.");
    DESCRIPTION: always("description", Shape::Text, "The description, as Markdown.");
    KIND: always("kind", one_of!(RecommendationKind), "What it is meant to do.");
    STRENGTH: always("strength", one_of!(Strength), "How far it relies on people remembering.");
    PRIORITY: always("priority", one_of!(Priority), "How urgent it is.");
    OWNER_ID: always("ownerId", USER, "Who owns it.");
    TEAM_ID: always("teamId", TEAM, "The team it belongs to.");
    DUE_ON: always("dueOn", Shape::Day, "By when.");
    DUE_POLICY_ID: always("duePolicyId", Shape::Id(DuePolicyId::PREFIX), "The due policy that set that day.");
    ORIGINAL_DUE_ON: always("originalDueOn", Shape::Day, "The first due date; set once.");
    CRITERION: always("acceptanceCriterion", Shape::Text, "How to tell that it is done.");
    BLOCKED_REASON: always("blockedReason", Shape::Text, "What keeps it from going on.");
    VERIFIED_BY_ID: always("verifiedById", USER, "Who verified it.");
    CLOSURE_REASON: always("closureReason", one_of!(ClosureReason), "Why it was declined.");
    CLOSURE_NOTE: always("closureNote", Shape::Text, "What was said about that.");
    RISK_ACCEPTED_UNTIL: always("riskAcceptedUntil", Shape::Day, "The last day on which the risk is accepted.");
    LABELS: always("labels", TEXTS, "The labels.");
    ROOT_CAUSE_IDS: always("rootCauseIds", Shape::List(&Shape::Id(RootCauseId::PREFIX)), "The root causes that it treats.");
    REVIEW: always("effectivenessReview", Shape::Object(&[REVIEW_FOUND, NOTE_IF_ANY]), "A review of its effect that was held.");
    REVIEW_FOUND: always("outcome", one_of!(EffectivenessOutcome), "What it found.");

    SEVERITY: always("severity", one_of!(Severity), "How bad it is.");
    STARTED_AT: always("startedAt", Shape::Instant, "When it began.");
    DETECTED_AT: always("detectedAt", Shape::Instant, "When it was noticed.");
    MITIGATED_AT: always("mitigatedAt", Shape::Instant, "When its impact was ended or lessened.");
    RESOLVED_AT: always("resolvedAt", Shape::Instant, "When it was over.");
    SERVICE_IDS: always("serviceIds", Shape::List(&Shape::Id(ServiceId::PREFIX)), "The services it hit.");
    EXTERNAL_REFS: always("externalRefs", Shape::List(&Shape::Object(&[
        always("system", Shape::Text, "Which system."),
        always("id", Shape::Text, "Its name there."),
        nullable("url", Shape::Text, "Where it is seen there; null: not known."),
    ])), "What other systems call it.");

    INCIDENT_ID: always("incidentId", Shape::Id(IncidentId::PREFIX), "The incident that it analyses.");
    VISIBILITY: always("visibility", one_of!(Visibility), "Who may know of it.");
    PARTICIPANTS: always("participants", TEXTS, "Who takes part, each as an id and a role.");
    EXECUTIVE_SUMMARY: always("executiveSummary", Shape::Text, "That section, as Markdown.");
    BACKGROUND: always("background", Shape::Text, "That section, as Markdown.");
    ROOT_CAUSE_ANALYSIS: always("rootCauseAnalysis", Shape::Text, "That section, as Markdown.");
    IMPACT_ANALYSIS: always("impactAnalysis", Shape::Text, "That section, as Markdown.");
    LESSONS_LEARNED: always("lessonsLearned", Shape::Text, "That section, as Markdown.");
    CONCLUSION: always("conclusion", Shape::Text, "That section, as Markdown.");
    IMPACT: always("impact", Shape::Object(&[
        nullable("customersAffected", Shape::Number, "Customers who noticed; null: not known."),
        nullable("requestsFailed", Shape::Number, "Requests that failed; null: not known."),
        nullable("dataLost", Shape::Flag, "Whether data is gone; null: not known."),
        nullable("downtimeSeconds", Shape::Number, "How long it was down, in seconds; null: not known."),
        nullable("costMinorUnits", Shape::Number, "The cost, in the smallest unit of the currency; null: not known."),
        nullable("currency", Shape::Text, "The currency (ISO 4217); null: no cost is known."),
    ]), "What the incident cost, in figures.");
    TIMELINE: always("timeline", Shape::Object(&[
        always("id", Shape::Id(TimelineEventId::PREFIX), "The entry's id."),
        always("occurredAt", Shape::Instant, "When it happened."),
        always("kind", one_of!(TimelineEventKind), "What it was."),
        always("description", Shape::Text, "What happened, as Markdown."),
        nullable("sourceUrl", Shape::Text, "Where that is shown; null: nowhere."),
    ]), "An entry of the timeline.");

    CAUSE_ROLE: always("role", one_of!(CauseRole), "The part it played.");
    CATEGORY_ID: always("categoryId", Shape::Id(CauseCategoryId::PREFIX), "Its category.");
    PARENT_ID: always("parentId", Shape::Id(RootCauseId::PREFIX), "The cause that it explains.");
    NO_ACTION_REASON: always("noActionReason", Shape::Text, "Why nothing is recommended against it.");
    RECURRENCE_OF_ID: always("recurrenceOfId", Shape::Id(RootCauseId::PREFIX), "Its first known occurrence.");

    SLUG: always("slug", Shape::Text, "The short name.");
    NAME: always("name", Shape::Text, "The name.");
    MEMBERS: always("members", TEXTS, "The members, each as an id; leads are marked.");
    EXTERNAL_REF: always("externalRef", Shape::Text, "What a service catalogue calls it.");
    EMAIL: always("email", Shape::Text, "The e-mail address.");
    ROLE: always("role", one_of!(Role), "The role.");
    IS_ACTIVE: always("isActive", Shape::Flag, "Whether they may sign in.");
    TEAMS: always("teams", TEXTS, "The teams that follow from the groups at the issuer.");
    IDENTITY: always("identity", Shape::Object(&[
        always("issuer", Shape::Text, "The OpenID Connect issuer."),
        always("subject", Shape::Text, "The name of the user there."),
    ]), "A name at an issuer.");
    URL: always("url", Shape::Text, "Where it sends to: the origin, and a digest of the rest, which may be a secret.");
    PURPOSE: always("description", Shape::Text, "What it is for.");
    PATTERNS: always("eventTypes", TEXTS, "Types of events, or patterns of them.");
    TEAM_FILTER: always("teamIds", Shape::List(&TEAM), "The teams that it is told of; empty: all.");
    SEVERITY_FILTER: always("severities", Shape::List(&one_of!(Severity)), "The severities that it is told of; empty: all.");
    FORMAT: always("format", one_of!(WebhookFormat), "The form of what it is sent.");
    INCLUDES_RESTRICTED: always("includesRestricted", Shape::Flag, "Whether it is told of RESTRICTED reports.");
    IS_ENABLED: always("isEnabled", Shape::Flag, "Whether anything is sent.");
    TRACKER_KIND: always("tracker", one_of!(TrackerKind), "Whose tracker it is.");
    BASE_URL: always("baseUrl", Shape::Text, "Where the tracker is.");
    PROJECT: always("project", Shape::Text, "The project.");
    AUTO_CREATE: always("autoCreate", Shape::Flag, "Whether an issue is made of what is accepted.");
    STATUS_MAP: always("statusMap", Shape::List(&Shape::Object(&[
        always("external", Shape::Text, "The tracker's word."),
        always("status", one_of!(RecommendationStatus), "What it means."),
        nullable("closureReason", one_of!(ClosureReason), "Why it is declined then; null unless DECLINED."),
    ])), "What the tracker's statuses mean.");
    USER_MAP: always("userMap", Shape::List(&Shape::Object(&[
        always("external", Shape::Text, "What the tracker calls them."),
        always("userId", USER, "Who that is."),
    ])), "Who is who.");
    CALENDAR_FORM: always("form", one_of!(CalendarForm), "As what it shows due dates.");
    REMINDER_DAYS: always("reminderDaysBefore", Shape::Number, "How many days before the due date calendars remind.");
    ROTATED_AT: always("rotatedAt", Shape::Instant, "When it was last given another address.");
    SCOPES: always("scopes", TEXTS, "What the token may do.");
    EXPIRES_AT: always("expiresAt", Shape::Instant, "When it ends by itself.");
    REVOKED_AT: always("revokedAt", Shape::Instant, "When it was revoked.");
    DUE_POLICIES: always("duePolicies", Shape::List(&Shape::Object(&[
        always("name", Shape::Text, "The policy's name."),
        always("appliesTo", one_of!(PolicyTarget), "What it is about."),
        always("condition", Shape::Object(&[
            always("severities", TEXTS, "Severities of the incident; empty: any."),
            always("priorities", TEXTS, "Priorities of the recommendation; empty: any."),
            always("kinds", TEXTS, "Kinds of the recommendation; empty: any."),
            always("teams", Shape::List(&TEAM), "Teams; empty: any."),
        ]), "When it counts."),
        always("dueInDays", Shape::Number, "How many days there are."),
        always("businessDays", Shape::Flag, "Whether these are business days."),
        always("remindDaysBefore", Shape::List(&Shape::Number), "How many days before the due date to remind."),
        always("escalateDaysAfter", Shape::List(&Shape::Number), "How many days after the due date to escalate."),
    ])), "The whole list.");
}
