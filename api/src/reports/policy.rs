//! Who may do what with a report that they can see.

use entity::{
    enums::{ParticipantRole, ReportStatus},
    report, report_participant,
};

use crate::{auth::Viewer, platform::error::Error};

/// Its owner, whoever created it, its authors, members of its team, admins.
pub fn may_edit(
    viewer: &Viewer,
    report: &report::Model,
    participants: &[report_participant::Model],
) -> Result<(), Error> {
    viewer.require_member()?;
    let author = participants
        .iter()
        .any(|row| row.role == ParticipantRole::Author && viewer.is(Some(row.user_id)));
    if viewer.is_admin()
        || viewer.is(report.owner_id)
        || viewer.is(report.created_by_id)
        || author
        || viewer.in_team(report.team_id)
    {
        return Ok(());
    }
    Err(Error::forbidden(format!(
        "{} may be changed by its owner, whoever created it, its authors, members of its team and admins; ask one of them.",
        report.key
    )))
}

/// A reviewer, approver or stakeholder of the report, who is not its owner or author: a second pair of eyes.
pub fn may_review(
    viewer: &Viewer,
    report: &report::Model,
    participants: &[report_participant::Model],
) -> Result<(), Error> {
    viewer.require_member()?;
    let mine = || {
        participants
            .iter()
            .filter(|row| viewer.is(Some(row.user_id)))
            .map(|row| row.role)
    };
    if viewer.is(report.owner_id) || mine().any(|role| role == ParticipantRole::Author) {
        return Err(Error::forbidden(
            "The owner and the authors of a report cannot review it; ask somebody else.",
        ));
    }
    let asked = mine().any(|role| {
        matches!(
            role,
            ParticipantRole::Reviewer | ParticipantRole::Approver | ParticipantRole::Stakeholder
        )
    });
    if asked || viewer.is_admin() {
        return Ok(());
    }
    Err(Error::forbidden(
        "Only participants who are REVIEWER, APPROVER or STAKEHOLDER review a report; ask its owner to add you.",
    ))
}

/// The text of a finished report stands.
pub fn text_is_open(report: &report::Model) -> Result<(), Error> {
    match report.status {
        ReportStatus::Draft | ReportStatus::InReview => Ok(()),
        ReportStatus::Published | ReportStatus::Archived => Err(Error::invalid(
            "status",
            "REPORT_CLOSED",
            format!(
                "{} is {}; reopen it to change its text, timeline or root causes.",
                report.key, report.status
            ),
        )),
    }
}
