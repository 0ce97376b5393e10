//! Every type of event: what it means, and what stands in it. The JSON Schemas are made of this table.
//!
//! A form that has been released is never changed: consumers hold us to it. Another form is another version, beside the old
//! one.

use super::{fields::*, groups::*};

/// A type of event, in one version.
pub struct EventType {
    /// `<noun>.<past participle>`.
    pub name: &'static str,
    /// The version of its form.
    pub version: i32,
    /// What has happened.
    pub about: &'static str,
    /// What its payload holds.
    pub payload: &'static [Field],
    /// Whose old and new values it may tell.
    pub changes: &'static [Field],
}

const fn one(
    name: &'static str,
    about: &'static str,
    payload: &'static [Field],
    changes: &'static [Field],
) -> EventType {
    EventType {
        name,
        version: 1,
        about,
        payload,
        changes,
    }
}

/// All of them, by name.
pub const CATALOGUE: &[EventType] = &[
    one(
        "api_token.created",
        "A token for machines was made.",
        &[NAME_NOW],
        &[NAME, SCOPES, TEAM_ID, EXPIRES_AT],
    ),
    one(
        "api_token.revoked",
        "A token for machines was revoked.",
        &[NAME_NOW],
        &[REVOKED_AT],
    ),
    one(
        "comment.added",
        "Somebody commented on a report or a recommendation, which is the subject.",
        &[KEY, TITLE_NOW, BODY],
        &[],
    ),
    one(
        "due_policies.changed",
        "Another list of due policies is in force. The subject is its first policy, or the first of the old list when it is empty.",
        &[LIST_VERSION, PRESET],
        &[DUE_POLICIES],
    ),
    one(
        "incident.created",
        "An incident was recorded.",
        &[KEY, TITLE_NOW],
        &[
            TITLE,
            SEVERITY,
            STARTED_AT,
            DETECTED_AT,
            MITIGATED_AT,
            RESOLVED_AT,
            TEAM_ID,
            SERVICE_IDS,
        ],
    ),
    one(
        "incident.updated",
        "An incident was changed.",
        &[KEY, TITLE_NOW],
        &[
            TITLE,
            SEVERITY,
            STARTED_AT,
            DETECTED_AT,
            MITIGATED_AT,
            RESOLVED_AT,
            TEAM_ID,
            SERVICE_IDS,
            EXTERNAL_REFS,
        ],
    ),
    one(
        "recommendation.accepted",
        "A recommendation was committed to.",
        &[KEY, TITLE_NOW, STATUS_NOW, SET_BY],
        OF_A_STEP,
    ),
    one(
        "recommendation.assigned",
        "A recommendation was given to another owner or team, or to nobody.",
        &[KEY, TITLE_NOW, STATUS_NOW],
        &[OWNER_ID, TEAM_ID],
    ),
    one(
        "recommendation.blocked",
        "Something keeps the work from going on.",
        &[KEY, TITLE_NOW, STATUS_NOW, REASON],
        OF_A_STEP,
    ),
    one(
        "recommendation.created",
        "A recommendation was made.",
        &[KEY, TITLE_NOW, STATUS_NOW],
        &[
            STATUS,
            TITLE,
            DESCRIPTION,
            KIND,
            STRENGTH,
            PRIORITY,
            OWNER_ID,
            TEAM_ID,
            DUE_ON,
            CRITERION,
            LABELS,
            ROOT_CAUSE_IDS,
        ],
    ),
    one(
        "recommendation.declined",
        "It was decided not to do it.",
        &[KEY, TITLE_NOW, STATUS_NOW, CLOSED_BECAUSE, NOTE],
        OF_A_STEP,
    ),
    one(
        "recommendation.due_changed",
        "A due date was moved.",
        &[KEY, TITLE_NOW, STATUS_NOW, REASON],
        &[DUE_ON, DUE_POLICY_ID],
    ),
    one(
        "recommendation.due_soon",
        "Open work is due soon: once for each number of days before the due date.",
        &[
            KEY,
            TITLE_NOW,
            STATUS_NOW,
            DUE_ON_NOW,
            DAYS_LEFT,
            REMIND_DAYS,
            POLICY,
            OWNER,
            OWNING_TEAM,
        ],
        &[],
    ),
    one(
        "recommendation.effectiveness_due",
        "A planned review of the effect of verified work is due: once for each.",
        &[KEY, TITLE_NOW, STATUS_NOW, REVIEW_DUE, DAYS_OVERDUE, OWNER, OWNING_TEAM],
        &[],
    ),
    one(
        "recommendation.escalated",
        "Open work is late, and its team's leads should know: once for each number of days after the due date.",
        &[
            KEY,
            TITLE_NOW,
            STATUS_NOW,
            DUE_ON_NOW,
            DAYS_OVERDUE,
            ESCALATE_DAYS,
            POLICY,
            OWNER,
            OWNING_TEAM,
            ESCALATE_TO,
        ],
        &[],
    ),
    one(
        "recommendation.implemented",
        "The work is done.",
        &[KEY, TITLE_NOW, STATUS_NOW, EVIDENCE, IMPORTED],
        OF_A_STEP,
    ),
    one(
        "recommendation.ineffective",
        "A review found that the work did not help. It is reopened, which is an event of its own.",
        &[KEY, TITLE_NOW, STATUS_NOW, INEFFECTIVE, NOTE],
        &[],
    ),
    one(
        "recommendation.overdue",
        "Open work was not done by its due date: once for each due date.",
        &[
            KEY,
            TITLE_NOW,
            STATUS_NOW,
            DUE_ON_NOW,
            DAYS_OVERDUE,
            POLICY,
            OWNER,
            OWNING_TEAM,
        ],
        &[],
    ),
    one(
        "recommendation.reopened",
        "Finished or declined work is open again.",
        &[KEY, TITLE_NOW, STATUS_NOW, REASON, SET_BY],
        OF_A_STEP,
    ),
    one(
        "recommendation.risk_expired",
        "The time is over for which a risk was accepted. It is a proposal again.",
        &[KEY, TITLE_NOW, STATUS_NOW, WAS_ACCEPTED_UNTIL, NOTE_IF_ANY],
        OF_A_STEP,
    ),
    one(
        "recommendation.started",
        "The work has begun, or goes on.",
        &[KEY, TITLE_NOW, STATUS_NOW],
        OF_A_STEP,
    ),
    one(
        "recommendation.updated",
        "What a recommendation says or treats was changed, or a review found an effect.",
        &[KEY, TITLE_NOW, STATUS_NOW, REVIEW_OUTCOME, REVIEW_NOTE],
        &[
            TITLE,
            DESCRIPTION,
            KIND,
            STRENGTH,
            PRIORITY,
            CRITERION,
            LABELS,
            ROOT_CAUSE_IDS,
            REVIEW,
        ],
    ),
    one(
        "recommendation.verified",
        "Somebody else checked that the work is done.",
        &[KEY, TITLE_NOW, STATUS_NOW],
        OF_A_STEP,
    ),
    one(
        "report.approved",
        "A reviewer approved a report.",
        &[KEY, TITLE_NOW, COMMENT],
        &[],
    ),
    one(
        "report.archived",
        "A report was put away.",
        &[KEY, TITLE_NOW],
        &[REPORT_STATUS],
    ),
    one(
        "report.changes_requested",
        "A reviewer asked for changes.",
        &[KEY, TITLE_NOW, COMMENT],
        &[],
    ),
    one(
        "report.created",
        "A report was begun.",
        &[KEY, TITLE_NOW, SET_BY],
        &[
            TITLE,
            INCIDENT_ID,
            VISIBILITY,
            OWNER_ID,
            TEAM_ID,
            DUE_ON,
            DUE_POLICY_ID,
            LABELS,
        ],
    ),
    one(
        "report.due_soon",
        "A report that is not published is due soon: once for each number of days before the due date.",
        &[
            KEY,
            TITLE_NOW,
            DUE_ON_NOW,
            DAYS_LEFT,
            REMIND_DAYS,
            POLICY,
            OWNER,
            OWNING_TEAM,
        ],
        &[],
    ),
    one(
        "report.escalated",
        "A report is late, and its team's leads should know: once for each number of days after the due date.",
        &[
            KEY,
            TITLE_NOW,
            DUE_ON_NOW,
            DAYS_OVERDUE,
            ESCALATE_DAYS,
            POLICY,
            OWNER,
            OWNING_TEAM,
            ESCALATE_TO,
        ],
        &[],
    ),
    one(
        "report.overdue",
        "A report was not published by its due date: once for each due date.",
        &[KEY, TITLE_NOW, DUE_ON_NOW, DAYS_OVERDUE, POLICY, OWNER, OWNING_TEAM],
        &[],
    ),
    one(
        "report.published",
        "A report was published.",
        &[KEY, TITLE_NOW, OVERRIDE_REASON, OVERRIDDEN],
        &[REPORT_STATUS],
    ),
    one(
        "report.read",
        "An admin was shown a RESTRICTED report in which they take no part.",
        &[KEY, TITLE_NOW],
        &[],
    ),
    one(
        "report.reopened",
        "A report is a draft again.",
        &[KEY, TITLE_NOW, REASON_IF_ANY],
        &[REPORT_STATUS],
    ),
    one(
        "report.submitted",
        "A report was given to its reviewers.",
        &[KEY, TITLE_NOW],
        &[REPORT_STATUS],
    ),
    one(
        "report.updated",
        "A report was changed.",
        &[KEY, TITLE_NOW],
        &[
            TITLE,
            OWNER_ID,
            TEAM_ID,
            DUE_ON,
            DUE_POLICY_ID,
            ORIGINAL_DUE_ON,
            VISIBILITY,
            LABELS,
            PARTICIPANTS,
            IMPACT,
            TIMELINE,
            EXECUTIVE_SUMMARY,
            BACKGROUND,
            ROOT_CAUSE_ANALYSIS,
            IMPACT_ANALYSIS,
            LESSONS_LEARNED,
            CONCLUSION,
        ],
    ),
    one(
        "root_cause.added",
        "A root cause was added to a report.",
        &[TITLE_NOW],
        OF_A_CAUSE,
    ),
    one(
        "root_cause.recurred",
        "A root cause was linked to an earlier occurrence of the same.",
        &[TITLE_NOW],
        &[RECURRENCE_OF_ID],
    ),
    one(
        "root_cause.removed",
        "A root cause was removed.",
        &[TITLE_NOW],
        OF_A_CAUSE,
    ),
    one(
        "root_cause.updated",
        "A root cause was changed.",
        &[TITLE_NOW],
        OF_A_CAUSE,
    ),
    one("service.created", "A service was made known.", &[], OF_A_SERVICE),
    one("service.updated", "A service was changed.", &[], OF_A_SERVICE),
    one("team.created", "A team was made.", &[], OF_A_TEAM),
    one("team.updated", "A team was changed.", &[], OF_A_TEAM),
    one(
        "team.weekly_digest",
        "How a team stands at the beginning of a week, without what is RESTRICTED: on Mondays from eight o'clock, unless there is nothing to tell.",
        &[
            TEAM_NAME,
            WEEK,
            OPEN,
            OVERDUE,
            DUE_THIS_WEEK,
            DONE_LAST_WEEK,
            PROPOSED,
            REPORTS_OVERDUE,
        ],
        &[],
    ),
    one(
        "user.created",
        "A user was made, or signed in for the first time.",
        &[ISSUER, SUBJECT],
        OF_A_USER,
    ),
    one(
        "user.identity_linked",
        "A name at an issuer was bound to a user.",
        &[],
        &[IDENTITY],
    ),
    one(
        "user.identity_unlinked",
        "A name at an issuer is bound to a user no more.",
        &[],
        &[IDENTITY],
    ),
    one("user.updated", "A user was changed.", &[ISSUER, SUBJECT], OF_A_USER),
    one(
        "webhook_endpoint.created",
        "A webhook endpoint was made.",
        &[],
        OF_AN_ENDPOINT,
    ),
    one(
        "webhook_endpoint.deleted",
        "A webhook endpoint was removed, with its deliveries.",
        &[RECEIVER, ABOUT_RECEIVER],
        &[],
    ),
    one(
        "webhook_endpoint.disabled",
        "A webhook endpoint failed for too long, or said that it is gone: nothing is sent to it any more.",
        &[WHY_DISABLED],
        &[IS_ENABLED],
    ),
    one(
        "webhook_endpoint.redelivered",
        "Somebody asked that deliveries be sent again.",
        &[DELIVERY_ID, SINCE, UNTIL, DELIVERIES],
        &[],
    ),
    one(
        "webhook_endpoint.secret_rotated",
        "A webhook endpoint was given another secret.",
        &[OLD_SECRET_UNTIL],
        &[],
    ),
    one(
        "webhook_endpoint.tested",
        "Somebody asked that a webhook endpoint be sent this.",
        &[],
        &[],
    ),
    one(
        "webhook_endpoint.updated",
        "A webhook endpoint was changed.",
        &[],
        OF_AN_ENDPOINT,
    ),
];

/// The type of this name, in its latest version.
pub fn find(name: &str) -> Option<&'static EventType> {
    CATALOGUE
        .iter()
        .filter(|known| known.name == name)
        .max_by_key(|known| known.version)
}
