//! Callers, roles and scopes: the one table of who may do what.

use entity::api_token::TokenRole;
use entity::visibility::Viewer;
use jobs::history::Actor;
use uuid::Uuid;

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
    /// Take files in.
    Import,
    /// Give files out.
    Export,
    /// Follow what changed, without values.
    Changes,
    /// Make and revoke tokens.
    Accounts,
    /// Start and pause outgoing mail, and see how it fares.
    Mail,
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
            Scope::Import => "import",
            Scope::Export => "export",
            Scope::Changes => "changes",
            Scope::Accounts => "accounts",
            Scope::Mail => "mail",
        }
    }
}

/// What a role may do.
pub const fn scopes(role: TokenRole) -> &'static [Scope] {
    use Scope::*;
    match role {
        TokenRole::Staff => &[MembersSearch, MembersRead, MembersWrite],
        TokenRole::Registrar => &[MembersSearch, MembersRead, MembersWrite, MembersRegister, Import, Export, Changes],
        TokenRole::PrivacyOfficer => &[MembersSearch, MembersRead, MembersIdentity, MembersProtect, Erase, Changes],
        TokenRole::Administrator => &[Accounts, Mail],
        TokenRole::Feed => &[Changes],
    }
}

/// Somebody who has shown who she is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    role: TokenRole,
    actor: Actor,
}

impl Caller {
    /// The bearer of the token `id`.
    pub fn token(role: TokenRole, id: Uuid) -> Self {
        Self { role, actor: Actor::new(&role, id) }
    }

    /// Whoever has the command line and works there in `role`.
    pub fn command_line(role: TokenRole) -> Self {
        Self { role, actor: Actor::system() }
    }

    /// Whether her role holds `scope`.
    pub fn may(&self, scope: Scope) -> bool {
        scopes(self.role).contains(&scope)
    }

    /// [`jobs::Error::NotAllowed`] unless her role holds `scope`.
    pub fn needs(&self, scope: Scope) -> jobs::Result<()> {
        if self.may(scope) { Ok(()) } else { Err(jobs::Error::NotAllowed { scope: scope.name() }) }
    }

    /// Which members she sees.
    pub fn viewer(&self) -> Viewer {
        match self.role {
            TokenRole::PrivacyOfficer => Viewer::Everyone,
            TokenRole::Staff | TokenRole::Registrar | TokenRole::Feed => Viewer::Unprotected,
            TokenRole::Administrator => Viewer::Nobody,
        }
    }

    /// What history and audit say of her.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}
