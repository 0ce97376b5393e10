//! Who may change an incident.

use entity::incident;

use crate::{auth::Viewer, platform::error::Error};

/// May this viewer add to what names an incident elsewhere? Whoever may change it, and machines that bring in those of its team.
pub fn may_complete(viewer: &Viewer, incident: &incident::Model) -> bool {
    may_edit(viewer, incident).is_ok() || (viewer.is_machine() && viewer.in_team(incident.team_id))
}

/// Its creator, a member of its team, or an admin. An incident of no team may be completed by every member, but not by a token
/// that is tied to a team.
pub fn may_edit(viewer: &Viewer, incident: &incident::Model) -> Result<(), Error> {
    viewer.require_member()?;
    let unclaimed = incident.team_id.is_none() && !viewer.is_tied();
    if viewer.is_admin() || unclaimed || viewer.is(incident.created_by_id) || viewer.in_team(incident.team_id) {
        return Ok(());
    }
    Err(Error::forbidden(format!(
        "{} may be changed by whoever created it, by members of its team and by admins; ask one of them.",
        incident.key
    )))
}
