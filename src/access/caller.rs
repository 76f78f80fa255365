//! Callers, roles and scopes: the one table of who may do what.

use chrono::{DateTime, Utc};
use entity::Vocabulary as _;
use entity::account::AccountRole;
use entity::api_token::TokenRole;
use entity::visibility::{Reach, Viewer};
use jobs::history::Actor;
use jobs::{Error, Result};
use uuid::Uuid;

use super::sessions::{Session, Subject};

/// What a route asks for. A role holds some of them; see [`scopes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Find members by name.
    MembersSearch,
    /// Open members and list them.
    MembersRead,
    /// Keep contact details and note what was checked.
    MembersWrite,
    /// Keep periods, names, appointments and the organisation.
    MembersRegister,
    /// See personal identity numbers.
    MembersIdentity,
    /// Set and lift protected identities and hidden memberships.
    MembersProtect,
    /// Erase members.
    Erase,
    /// See who has read a member's record.
    Audit,
    /// Take files in.
    Import,
    /// Give files out.
    Export,
    /// Follow what changed, without values.
    Changes,
    /// See follow-ups and record what came of them.
    FollowUps,
    /// Keep lifecycle rules.
    Rules,
    /// See what the rules have done.
    Runs,
    /// Make and end accounts and tokens.
    Accounts,
    /// Start and pause outgoing mail, and see how it fares.
    Mail,
    /// One's own record.
    Own,
}

impl Scope {
    /// As written in the API's documentation.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::MembersSearch => "members:search",
            Scope::MembersRead => "members:read",
            Scope::MembersWrite => "members:write",
            Scope::MembersRegister => "members:register",
            Scope::MembersIdentity => "members:identity",
            Scope::MembersProtect => "members:protect",
            Scope::Erase => "erase",
            Scope::Audit => "audit",
            Scope::Import => "import",
            Scope::Export => "export",
            Scope::Changes => "changes",
            Scope::FollowUps => "follow-ups",
            Scope::Rules => "rules",
            Scope::Runs => "runs",
            Scope::Accounts => "accounts",
            Scope::Mail => "mail",
            Scope::Own => "own",
        }
    }
}

/// What somebody is to the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A member who looks after her own record.
    Member,
    /// A member with an appointment in term.
    Representative,
    /// Finds callers and keeps contact details.
    Staff,
    /// Keeps periods, appointments and the organisation; imports and exports.
    Registrar,
    /// Sees protected identities and personal identity numbers.
    PrivacyOfficer,
    /// Accounts, rules, runs, settings; no member data.
    Administrator,
    /// A system that joins on: reads `changes`.
    Feed,
}

impl Role {
    /// As it stands in history and audit.
    pub fn word(self) -> String {
        match self {
            Role::Member => "member".into(),
            Role::Representative => "representative".into(),
            Role::Staff => AccountRole::Staff.word(),
            Role::Registrar => AccountRole::Registrar.word(),
            Role::PrivacyOfficer => AccountRole::PrivacyOfficer.word(),
            Role::Administrator => AccountRole::Administrator.word(),
            Role::Feed => TokenRole::Feed.word(),
        }
    }

    /// Whether people in this role are shown others' data, and so have pledged to keep it to themselves.
    pub const fn needs_pledge(self) -> bool {
        matches!(self, Role::Representative | Role::Staff | Role::Registrar | Role::PrivacyOfficer)
    }
}

impl From<TokenRole> for Role {
    fn from(role: TokenRole) -> Self {
        match role {
            TokenRole::Staff => Role::Staff,
            TokenRole::Registrar => Role::Registrar,
            TokenRole::PrivacyOfficer => Role::PrivacyOfficer,
            TokenRole::Administrator => Role::Administrator,
            TokenRole::Feed => Role::Feed,
        }
    }
}

impl From<AccountRole> for Role {
    fn from(role: AccountRole) -> Self {
        match role {
            AccountRole::Staff => Role::Staff,
            AccountRole::Registrar => Role::Registrar,
            AccountRole::PrivacyOfficer => Role::PrivacyOfficer,
            AccountRole::Administrator => Role::Administrator,
        }
    }
}

/// What a role may do.
pub const fn scopes(role: Role) -> &'static [Scope] {
    use Scope::*;
    match role {
        Role::Member => &[Own],
        Role::Representative => &[MembersSearch, MembersRead, FollowUps],
        Role::Staff => &[MembersSearch, MembersRead, MembersWrite, FollowUps],
        Role::Registrar => &[MembersSearch, MembersRead, MembersWrite, MembersRegister, Import, Export, Changes, FollowUps],
        Role::PrivacyOfficer => &[MembersSearch, MembersRead, MembersIdentity, MembersProtect, Erase, Audit, Changes, FollowUps],
        Role::Administrator => &[Accounts, Rules, Runs, Mail],
        Role::Feed => &[Changes],
    }
}

/// Somebody who has shown who she is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// What she is, in the order in which the roles are tried for an operation.
    roles: Vec<Role>,
    actor: Actor,
    reach: Option<Reach>,
    session: Option<Session>,
}

impl Caller {
    /// The bearer of the token `id`.
    pub fn token(role: TokenRole, id: Uuid) -> Self {
        Self { roles: vec![role.into()], actor: Actor::new(&role, id), reach: None, session: None }
    }

    /// Whoever has the command line and works there in `role`.
    pub fn command_line(role: TokenRole) -> Self {
        Self { roles: vec![role.into()], actor: Actor::system(), reach: None, session: None }
    }

    /// Who has signed in as somebody with an account in these roles.
    pub fn account(roles: impl IntoIterator<Item = AccountRole>, session: Session) -> Self {
        Self::signed_in(roles.into_iter().map(Role::from).collect(), None, session)
    }

    /// Who has signed in as a member. With a reach she is a representative too.
    pub fn member(reach: Option<Reach>, session: Session) -> Self {
        let roles = if reach.is_some() { vec![Role::Member, Role::Representative] } else { vec![Role::Member] };
        Self::signed_in(roles, reach, session)
    }

    fn signed_in(roles: Vec<Role>, reach: Option<Reach>, session: Session) -> Self {
        let kind = roles.first().map(|role| role.word()).unwrap_or_default();
        let actor = Actor { kind, id: Some(session.subject.id()) };
        Self { roles, actor, reach, session: Some(session) }
    }

    /// What she is.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Whether one of her roles holds `scope`.
    pub fn may(&self, scope: Scope) -> bool {
        self.role_for(&[scope]).is_some()
    }

    /// [`Error::NotAllowed`] unless one of her roles holds `scope`.
    pub fn needs(&self, scope: Scope) -> Result<()> {
        if self.may(scope) { Ok(()) } else { Err(Error::NotAllowed { scope: scope.name() }) }
    }

    /// The same caller, about to do what needs one of `scopes`: history and audit will name the role that lets her.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] when none of her roles does; [`Error::PledgeNeeded`] when that role needs a pledge that she
    /// has not given.
    pub fn acting(mut self, scopes: &[Scope]) -> Result<Self> {
        let needed = scopes.first().map_or("", |scope| scope.name());
        let role = self.role_for(scopes).ok_or(Error::NotAllowed { scope: needed })?;
        if let Some(session) = &self.session {
            if role.needs_pledge() && !session.pledged {
                return Err(Error::PledgeNeeded);
            }
            self.actor.kind = role.word();
        }
        Ok(self)
    }

    fn role_for(&self, asked: &[Scope]) -> Option<Role> {
        self.roles.iter().copied().find(|role| asked.iter().any(|scope| scopes(*role).contains(scope)))
    }

    /// [`Error::StepUpNeeded`] when she has signed in and has not shown a second factor (a member: a mailed code) in the
    /// last minutes. Tokens and the command line have none to show.
    pub fn needs_fresh(&self) -> Result<()> {
        match &self.session {
            Some(session) if !session.fresh => Err(Error::StepUpNeeded),
            _ => Ok(()),
        }
    }

    /// Which members she sees. A representative's own record is not among them because it is her own, but if she is in
    /// her own reach: her own record she has by [`oneself`](Self::oneself).
    pub fn viewer(&self) -> Viewer {
        let is = |role: Role| self.roles.contains(&role);
        if is(Role::PrivacyOfficer) {
            Viewer::Everyone
        } else if is(Role::Staff) || is(Role::Registrar) || is(Role::Feed) {
            Viewer::Unprotected
        } else if let Some(reach) = &self.reach {
            Viewer::Representative(reach.clone())
        } else {
            self.oneself().map_or(Viewer::Nobody, Viewer::Oneself)
        }
    }

    /// The member that she is herself, when she has signed in as one.
    pub fn oneself(&self) -> Option<Uuid> {
        match self.session.as_ref()?.subject {
            Subject::Member(id) => Some(id),
            Subject::Account(_) => None,
        }
    }

    /// By what she has signed in; none for tokens and the command line.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Notes when her session ends at the latest, which follows from her roles.
    pub(super) fn set_session_end(&mut self, at: DateTime<Utc>) {
        if let Some(session) = &mut self.session {
            session.ends_at = at;
        }
    }

    /// What history and audit say of her.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}
