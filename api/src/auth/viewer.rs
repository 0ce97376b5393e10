//! The person or machine that a request comes from.

use entity::{
    enums::{ActorKind, Role},
    ids::{TeamId, UserId},
    user,
};

use crate::platform::error::Error;

/// Who asks.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// None for a command on the machine itself.
    pub user: Option<user::Model>,
    /// What the event log says of them.
    pub kind: ActorKind,
    /// Their teams.
    pub teams: Vec<TeamId>,
    /// The teams among them that they lead.
    pub leads: Vec<TeamId>,
}

impl Viewer {
    /// A command that somebody runs on the machine: it may do everything.
    pub fn operator(kind: ActorKind) -> Self {
        Self {
            user: None,
            kind,
            teams: Vec::new(),
            leads: Vec::new(),
        }
    }

    /// Their user id.
    pub fn id(&self) -> Option<UserId> {
        self.user.as_ref().map(|user| user.id)
    }

    /// The name that the event log keeps.
    pub fn name(&self) -> String {
        match &self.user {
            Some(user) => user.name.clone(),
            None => match self.kind {
                ActorKind::Import => "Import".to_owned(),
                ActorKind::Scheduler => "Scheduler".to_owned(),
                _ => "Operator".to_owned(),
            },
        }
    }

    /// Their role.
    pub fn role(&self) -> Role {
        self.user.as_ref().map_or(Role::Admin, |user| user.role)
    }

    /// Admins manage people and see everything.
    pub fn is_admin(&self) -> bool {
        self.role() == Role::Admin
    }

    /// Is this user the viewer?
    pub fn is(&self, user: Option<UserId>) -> bool {
        user.is_some() && user == self.id()
    }

    /// Do they belong to this team?
    pub fn in_team(&self, team: Option<TeamId>) -> bool {
        team.is_some_and(|team| self.teams.contains(&team))
    }

    /// Do they lead this team?
    pub fn leads(&self, team: Option<TeamId>) -> bool {
        team.is_some_and(|team| self.leads.contains(&team))
    }

    /// Viewers read; everybody else may write something.
    pub fn require_member(&self) -> Result<(), Error> {
        match self.role() {
            Role::Viewer => Err(Error::forbidden(
                "Your role is VIEWER, which may only read; ask an admin to make you a MEMBER.",
            )),
            Role::Member | Role::Admin => Ok(()),
        }
    }

    /// For what only admins may do.
    pub fn require_admin(&self) -> Result<(), Error> {
        if self.is_admin() {
            Ok(())
        } else {
            Err(Error::forbidden("Only an admin may do this; ask one."))
        }
    }
}
