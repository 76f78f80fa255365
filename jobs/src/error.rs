//! The one error type, by what the caller can do about it. It knows no HTTP; `web::problem` renders it.

use std::error::Error as StdError;

use sea_orm::{DbErr, RuntimeErr, SqlErr, SqlxError};
use serde::Serialize;

/// What went wrong, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or it is not the caller's to see: the two are not told apart.
    #[error("there is no such thing here")]
    NotFound,
    /// Nobody is signed in, or with something that is no longer valid.
    #[error("not signed in")]
    NotSignedIn,
    /// The caller's role does not cover the operation.
    #[error("needs the scope {scope}")]
    NotAllowed {
        /// The scope that the operation needs.
        scope: &'static str,
    },
    /// The caller must show her second factor, or a code mailed at that moment, once more.
    #[error("needs a second factor that was shown just now")]
    StepUpNeeded,
    /// The caller must accept the confidentiality pledge first.
    #[error("needs the confidentiality pledge")]
    PledgeNeeded,
    /// What was shown to sign in is not accepted.
    #[error("{}", .0.detail())]
    Refused(Refusal),
    /// Too many attempts; the same may succeed later.
    #[error("too many attempts")]
    TooMany {
        /// When, in seconds.
        retry_after: u64,
    },
    /// What was sent cannot be read at all.
    #[error("{0}")]
    Malformed(String),
    /// What was sent can be read, but breaks rules; all of them are listed at once.
    #[error("invalid: {}", .0.iter().map(|problem| problem.detail.as_str()).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldProblem>),
    /// It clashes with what the register holds.
    #[error("{}", .0.detail)]
    Conflict(FieldProblem),
    /// The caller's copy is not the newest one.
    #[error("it was changed by someone else meanwhile")]
    Stale,
    /// The caller did not say which copy the change is meant for.
    #[error("the request does not say which version it changes")]
    VersionMissing,
    /// More than is taken at once.
    #[error("{0}")]
    TooLarge(String),
    /// The register cannot take this now; the same request may succeed in a moment.
    #[error("the register is busy")]
    Busy(#[source] Option<DbErr>),
    /// Nothing that the caller could mend. Logged once, where it is rendered.
    #[error("internal error")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

/// The outcome of anything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One thing wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// JSON pointer (RFC 6901) to the field, for example `/email`; empty for the whole.
    pub pointer: String,
    /// What is wrong and what to do.
    pub detail: String,
}

impl FieldProblem {
    /// `detail` about the field at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// Why something that was shown to sign in is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such link.
    LinkUnknown,
    /// The link is too old.
    LinkExpired,
    /// The link was used before.
    LinkSpent,
    /// Another browser asked for the link.
    LinkElsewhere,
    /// No code that is open is this one.
    Code,
    /// No change of an e-mail address that waits has this link or code.
    EmailChange,
    /// E-mail address, password and code do not belong together.
    Password,
    /// The set-up link is unknown, too old, or was used before.
    SetUp,
}

impl Refusal {
    /// A word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Refusal::LinkUnknown => "link-unknown",
            Refusal::LinkExpired => "link-expired",
            Refusal::LinkSpent => "link-spent",
            Refusal::LinkElsewhere => "link-elsewhere",
            Refusal::Code => "code-wrong",
            Refusal::EmailChange => "email-change-wrong",
            Refusal::Password => "password-wrong",
            Refusal::SetUp => "set-up-link-wrong",
        }
    }

    /// What to do.
    pub const fn detail(self) -> &'static str {
        match self {
            Refusal::LinkUnknown => "this link is not known here: copy the whole of it, or ask for a new one",
            Refusal::LinkExpired => "this link is too old: ask for a new one",
            Refusal::LinkSpent => "this link was used before: ask for a new one",
            Refusal::LinkElsewhere => {
                "this link works in the browser that asked for it: open it there, or type the code of the mail here"
            }
            Refusal::Code => {
                "this code is wrong, older than ten minutes, or was used before: look at the newest mail, or ask for a new one"
            }
            Refusal::EmailChange => {
                "this link or code is wrong, older than a day, was used before, or is of another member's change: look at the newest mail, or ask for the change once more"
            }
            Refusal::Password => {
                "e-mail address, password and code do not belong together, or the code was used before: try again with the next code"
            }
            Refusal::SetUp => "this set-up link is unknown, too old or was used before: ask an administrator for a new one",
        }
    }
}

impl Error {
    /// One field is wrong.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Error::Invalid(vec![FieldProblem::new(pointer, detail)])
    }

    /// The field clashes with what the register holds.
    pub fn conflict(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Error::Conflict(FieldProblem::new(pointer, detail))
    }

    /// Nothing that the caller could mend.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Error::Internal(source.into())
    }

    /// Whether the transaction lost a race and is to be tried again from its start:
    /// PostgreSQL's `serialization_failure` and `deadlock_detected`.
    pub fn lost_a_race(&self) -> bool {
        matches!(self, Error::Busy(Some(source)) if matches!(code(source).as_deref(), Some("40001" | "40P01")))
    }
}

/// The one place that says what a database's error means.
impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if is_passing(&error) {
            return Error::Busy(Some(error));
        }
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(constraint)) => Error::Conflict(taken(&constraint)),
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
                Error::conflict("", "something that this refers to is gone, or something else still refers to this")
            }
            _ => Error::internal(error),
        }
    }
}

/// Locks not had in time, lost races, a full pool, a database that restarts.
fn is_passing(error: &DbErr) -> bool {
    let code = code(error);
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        _ => match code.as_deref() {
            // SQLite's SQLITE_BUSY and its extended codes; PostgreSQL's SQLSTATEs.
            Some("5" | "261" | "517" | "773") => true,
            Some("40001" | "40P01" | "55P03" | "57014" | "57P01" | "57P02" | "57P03" | "53300") => true,
            _ => is_broken_connection(error),
        },
    }
}

fn is_broken_connection(error: &DbErr) -> bool {
    matches!(sqlx(error), Some(SqlxError::Io(_) | SqlxError::PoolTimedOut | SqlxError::PoolClosed))
}

fn code(error: &DbErr) -> Option<String> {
    sqlx(error)?.as_database_error()?.code().map(|code| code.into_owned())
}

fn sqlx(error: &DbErr) -> Option<&SqlxError> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error.as_ref()),
        _ => None,
    }
}

const SAME_WORKPLACE: &str = "another workplace of the same employer has this name; choose a different name or use that one";

/// What is said of a field whose value another row has: `pointer` is `/member_number`, `/personal_identity_number` or `/name`.
pub fn taken_at(pointer: &str) -> FieldProblem {
    let column = match pointer {
        "/personal_identity_number" => "identity_number_hash",
        other => other.trim_start_matches('/'),
    };
    taken(column)
}

/// Both engines name the column: SQLite as `member.member_number`, PostgreSQL in the constraint `member_member_number_key`.
fn taken(constraint: &str) -> FieldProblem {
    let known = [
        ("member_number", "/member_number", "another member has this member number; leave it out to be given the next free one"),
        ("identity_number_hash", "/personal_identity_number", "another member has this personal identity number"),
        ("membership_period", "", "the member already has a running membership"),
        ("workplace.name", "/name", SAME_WORKPLACE),
        ("workplace_employer_id_name", "/name", SAME_WORKPLACE),
        ("workplace_name_without_employer", "/name", SAME_WORKPLACE),
        ("account_email", "/email", "another account has this e-mail address"),
        ("account.email", "/email", "another account has this e-mail address"),
        ("name", "/name", "another one has this name; choose a different name or use that one"),
    ];
    known.iter().find(|(part, ..)| constraint.contains(part)).map_or_else(
        || FieldProblem::new("", "the register already has this"),
        |(_, pointer, detail)| FieldProblem::new(*pointer, *detail),
    )
}
