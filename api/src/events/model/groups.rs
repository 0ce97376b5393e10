//! Fields that several types of events have in common.

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
