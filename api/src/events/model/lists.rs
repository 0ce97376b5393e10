//! Lists of fields that several types of events have.

use super::fields::*;

pub(super) const OF_A_STEP: &[Field] = &[
    STATUS,
    OWNER_ID,
    DUE_ON,
    DUE_POLICY_ID,
    ORIGINAL_DUE_ON,
    BLOCKED_REASON,
    VERIFIED_BY_ID,
    CLOSURE_REASON,
    CLOSURE_NOTE,
    RISK_ACCEPTED_UNTIL,
];
pub(super) const OF_A_CAUSE: &[Field] = &[
    TITLE,
    DESCRIPTION,
    CAUSE_ROLE,
    CATEGORY_ID,
    PARENT_ID,
    NO_ACTION_REASON,
    RECURRENCE_OF_ID,
];
pub(super) const OF_A_TEAM: &[Field] = &[SLUG, NAME, MEMBERS];
pub(super) const OF_A_SERVICE: &[Field] = &[SLUG, NAME, DESCRIPTION, TEAM_ID, EXTERNAL_REF];
pub(super) const OF_A_USER: &[Field] = &[EMAIL, NAME, ROLE, IS_ACTIVE, TEAMS];

pub(super) const OF_AN_ENDPOINT: &[Field] = &[
    URL,
    PURPOSE,
    PATTERNS,
    TEAM_FILTER,
    SEVERITY_FILTER,
    FORMAT,
    INCLUDES_RESTRICTED,
    IS_ENABLED,
];
pub(super) const OF_AN_INCIDENT: &[Field] = &[
    TITLE,
    SEVERITY,
    STARTED_AT,
    DETECTED_AT,
    MITIGATED_AT,
    RESOLVED_AT,
    TEAM_ID,
    SERVICE_IDS,
];
pub(super) const OF_SOME_FIELDS: &[Field] = &[LINK_ID, TRACKER, ISSUE, ISSUE_URL, SYNCED_FIELDS];
pub(super) const OF_A_CONNECTION: &[Field] = &[
    TRACKER_KIND,
    NAME,
    BASE_URL,
    PROJECT,
    AUTO_CREATE,
    IS_ENABLED,
    INCLUDES_RESTRICTED,
    STATUS_MAP,
    USER_MAP,
];
