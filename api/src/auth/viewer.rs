//! The person or machine that a request comes from.

use std::sync::Arc;

use entity::{
    enums::{ActorKind, Role, TokenScope},
    ids::{ApiTokenId, TeamId, UserId},
    team_member, user,
};

use uuid::Uuid;

use crate::platform::error::Error;

/// Who asks.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// None for a machine: a token, a job, or a command on the machine itself.
    pub user: Option<user::Model>,
    /// What the event log says of them.
    pub kind: ActorKind,
    /// Their teams.
    pub teams: Vec<TeamId>,
    /// The teams among them that they lead.
    pub leads: Vec<TeamId>,
    /// What a token for machines may do; none for everybody else.
    pub token: Option<Arc<TokenAccess>>,
}

/// What a token for machines may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenAccess {
    /// Which token.
    pub id: ApiTokenId,
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<TokenScope>,
    /// The only team whose things it may change; none: every team's.
    pub team: Option<TeamId>,
}

impl TokenAccess {
    fn has(&self, scope: TokenScope) -> bool {
        self.scopes.contains(&scope)
    }

    /// ADMIN stands above WRITE, and WRITE above READ. INGEST stands aside.
    fn role(&self) -> Role {
        if self.has(TokenScope::Admin) {
            Role::Admin
        } else if self.has(TokenScope::Write) {
            Role::Member
        } else {
            Role::Viewer
        }
    }
}

impl Viewer {
    /// A command that somebody runs on the machine: it may do everything.
    pub fn operator(kind: ActorKind) -> Self {
        Self {
            user: None,
            kind,
            teams: Vec::new(),
            leads: Vec::new(),
            token: None,
        }
    }

    /// Whoever a document may be forwarded to: reads what everybody may read.
    pub fn anybody(kind: ActorKind) -> Self {
        let access = TokenAccess {
            id: ApiTokenId(Uuid::nil()),
            name: "Anybody".to_owned(),
            scopes: vec![TokenScope::Read],
            team: None,
        };
        Self {
            kind,
            ..Self::machine(access)
        }
    }

    /// A person, with their memberships.
    pub fn of<'a>(user: user::Model, memberships: impl Iterator<Item = &'a team_member::Model> + Clone) -> Self {
        let leads = memberships.clone().filter(|membership| membership.is_lead);
        Self {
            kind: ActorKind::User,
            teams: memberships.map(|membership| membership.team_id).collect(),
            leads: leads.map(|membership| membership.team_id).collect(),
            token: None,
            user: Some(user),
        }
    }

    /// May this user sign in?
    pub fn is_active(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.is_active)
    }

    /// The same person without what only admins may: they see RESTRICTED reports where they take part, as everybody does.
    #[must_use]
    pub fn as_participant(mut self) -> Self {
        if let Some(user) = &mut self.user {
            user.role = user.role.min(Role::Member);
        }
        self
    }

    /// The bearer of a token for machines.
    pub fn machine(access: TokenAccess) -> Self {
        Self {
            user: None,
            kind: ActorKind::ServiceToken,
            teams: access.team.into_iter().collect(),
            leads: Vec::new(),
            token: Some(Arc::new(access)),
        }
    }

    /// Their user id.
    pub fn id(&self) -> Option<UserId> {
        self.user.as_ref().map(|user| user.id)
    }

    /// The name that the event log keeps.
    pub fn name(&self) -> String {
        match (&self.user, &self.token) {
            (Some(user), _) => user.name.clone(),
            (None, Some(token)) => token.name.clone(),
            (None, None) => match self.kind {
                ActorKind::Import => "Import".to_owned(),
                ActorKind::Scheduler => "Scheduler".to_owned(),
                ActorKind::Tracker => "Tracker".to_owned(),
                _ => "Operator".to_owned(),
            },
        }
    }

    /// Their role.
    pub fn role(&self) -> Role {
        match (&self.user, &self.token) {
            (Some(user), _) => user.role,
            (None, Some(token)) => token.role(),
            (None, None) => Role::Admin,
        }
    }

    /// False for a token that may only bring incidents in.
    pub fn may_read(&self) -> bool {
        let ingests_only = |token: &Arc<TokenAccess>| token.scopes.iter().all(|scope| *scope == TokenScope::Ingest);
        !self.token.as_ref().is_some_and(ingests_only)
    }

    /// Admins manage people and see everything.
    pub fn is_admin(&self) -> bool {
        self.role() == Role::Admin
    }

    /// Is this user the viewer?
    pub fn is(&self, user: Option<UserId>) -> bool {
        user.is_some() && user == self.id()
    }

    /// Is this the bearer of a token for machines?
    pub fn is_machine(&self) -> bool {
        self.token.is_some()
    }

    /// Is this a token that is tied to a team?
    pub fn is_tied(&self) -> bool {
        self.token.as_ref().is_some_and(|token| token.team.is_some())
    }

    /// Do they act for this team? People do for their own. A token that is tied to no team does for all of them, and for what
    /// belongs to none: nothing else ties it to what it has made itself.
    pub fn in_team(&self, team: Option<TeamId>) -> bool {
        let everywhere = self.token.as_ref().is_some_and(|token| token.team.is_none());
        everywhere || team.is_some_and(|team| self.teams.contains(&team))
    }

    /// Do they lead this team?
    pub fn leads(&self, team: Option<TeamId>) -> bool {
        team.is_some_and(|team| self.leads.contains(&team))
    }

    /// Viewers read; everybody else may write something.
    pub fn require_member(&self) -> Result<(), Error> {
        match self.role() {
            Role::Viewer => Err(Error::forbidden(if self.token.is_some() {
                "This token may not change anything here; use one with the scope WRITE."
            } else {
                "Your role is VIEWER, which may only read; ask an admin to make you a MEMBER."
            })),
            Role::Member | Role::Admin => Ok(()),
        }
    }

    /// Everybody who may write, and tokens that bring incidents in.
    pub fn require_ingest(&self) -> Result<(), Error> {
        let ingests = |token: &Arc<TokenAccess>| token.has(TokenScope::Ingest);
        if self.token.as_ref().is_some_and(ingests) {
            return Ok(());
        }
        self.require_member()
    }

    /// The team of something new. A token that is tied to a team makes things of that team only.
    pub fn team_for_new(&self, path: &str, wanted: Option<TeamId>) -> Result<Option<TeamId>, Error> {
        let Some(tied) = self.token.as_ref().and_then(|token| token.team) else {
            return Ok(wanted);
        };
        if wanted.is_some_and(|wanted| wanted != tied) {
            return Err(Error::forbidden(format!(
                "This token may only make things of its own team; leave {path} out, or use another token."
            )));
        }
        Ok(Some(tied))
    }

    /// The team of something that is there. A token that is tied to a team takes nothing away from it.
    pub fn team_for_old(&self, path: &str, wanted: Option<TeamId>) -> Result<Option<TeamId>, Error> {
        if wanted.is_none() && self.is_tied() {
            return Err(Error::forbidden(format!(
                "This token may not take anything from its team; leave {path} out, or use another token."
            )));
        }
        self.team_for_new(path, wanted)
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
