//! Who may do what with a recommendation that they can see.

use entity::{recommendation, report};

use super::model::By;
use crate::{auth::Viewer, platform::error::Error};

/// An item with what its rules look at.
pub struct Item<'a> {
    /// The item.
    pub row: &'a recommendation::Model,
    /// Where it was first made.
    pub report: &'a report::Model,
    /// Is the viewer an author of that?
    pub is_author: bool,
}

impl Item<'_> {
    fn is_editor(&self, viewer: &Viewer) -> bool {
        viewer.is_admin()
            || viewer.is(self.row.owner_id)
            || viewer.is(self.row.created_by_id)
            || viewer.in_team(self.row.team_id)
            || viewer.is(self.report.owner_id)
            || viewer.is(self.report.created_by_id)
            || (viewer.in_team(self.report.team_id) && !(viewer.is_tied() && self.row.team_id.is_some()))
            || self.is_author
    }

    /// Its owner and creator, members of its team, and whoever may edit its report.
    pub fn may_edit(&self, viewer: &Viewer) -> Result<(), Error> {
        viewer.require_member()?;
        if self.is_editor(viewer) {
            return Ok(());
        }
        Err(Error::forbidden(format!(
            "{} may be changed by its owner, whoever recommended it, members of its team, and those who may edit its report; ask one of them.",
            self.row.key
        )))
    }

    /// The column "by" of the table of steps.
    pub fn may_step(&self, viewer: &Viewer, by: By) -> Result<(), Error> {
        viewer.require_member()?;
        let key = &self.row.key;
        match by {
            By::Deciders if viewer.leads(self.row.team_id) || viewer.is(self.report.owner_id) || viewer.is_admin() => {
                Ok(())
            }
            By::Deciders => Err(Error::forbidden(format!(
                "This is decided by a lead of the team of {key}, the owner of its report, or an admin; ask one of them."
            ))),
            By::Doers if viewer.is(self.row.owner_id) || viewer.in_team(self.row.team_id) => Ok(()),
            By::Doers => Err(Error::forbidden(format!(
                "This is for the owner of {key} and members of its team; ask one of them, or have it assigned to you."
            ))),
            By::SomebodyElse if viewer.is(self.row.owner_id) => Err(Error::forbidden(format!(
                "{key} is yours, and its owner cannot verify it; ask somebody else to check it."
            ))),
            // Four eyes: whoever has a token could otherwise verify their own work with it.
            By::SomebodyElse if viewer.is_machine() => Err(Error::forbidden(format!(
                "A person verifies {key}, not a token; ask somebody to check it."
            ))),
            By::SomebodyElse => self.may_edit(viewer),
        }
    }
}
