//! Sessions: begun, recognised, renewed, listed, ended. They live in the database, so that every instance knows them and
//! their owner can end them; only the hash of the cookie is stored.
//!
//! A session is as long as its holder's roles allow ([`limits`]), and worth what her account and her appointments are worth
//! at the moment: both are looked up with every request, so what has ended is over at once.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use entity::session::{self, Assurance, Method};
use entity::{account, known_browser, sign_in_link};
use jobs::{Error, Result, Store, Write};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::caller::{Caller, Role};
use super::keys::{Keys, new_secret, secret_hash};
use super::{pledge, representatives};

/// How long a second factor that was shown counts as fresh.
pub const FRESH: Duration = Duration::minutes(10);
/// `last_seen_at` is kept to this precision, so that reading does not write with every request.
const LAST_SEEN_PRECISION: Duration = Duration::minutes(1);
/// How long what is left of a session that is over is kept, for the list of its owner: as the longest session.
pub const KEPT: Duration = Duration::hours(24);

/// How long a session lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Without a request.
    pub idle: Duration,
    /// In any case.
    pub absolute: Duration,
}

/// How long a session of somebody in this role lasts. With several roles the shortest holds. This is the one place; the
/// README repeats it.
pub const fn limits(role: Role) -> Limits {
    match role {
        Role::Member => Limits { idle: Duration::hours(2), absolute: Duration::hours(24) },
        Role::Representative | Role::Staff | Role::Registrar | Role::Feed => {
            Limits { idle: Duration::hours(1), absolute: Duration::hours(12) }
        }
        Role::PrivacyOfficer | Role::Administrator => Limits { idle: Duration::minutes(15), absolute: Duration::hours(8) },
    }
}

/// Whose a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Somebody who works with the register.
    Account(Uuid),
    /// A member.
    Member(Uuid),
}

impl Subject {
    /// The account's or member's id.
    pub fn id(self) -> Uuid {
        match self {
            Subject::Account(id) | Subject::Member(id) => id,
        }
    }

    fn sessions(self) -> Condition {
        Condition::all().add(match self {
            Subject::Account(id) => session::Column::AccountId.eq(id),
            Subject::Member(id) => session::Column::MemberId.eq(id),
        })
    }
}

/// The session by which a caller is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub subject: Subject,
    /// How she signed in.
    pub method: Method,
    /// How sure that is.
    pub assurance: Assurance,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub ends_at: DateTime<Utc>,
    /// Whether a second factor (of a member: a mailed code) was shown in the last minutes, as of the request.
    pub fresh: bool,
    /// Whether its holder has given the pledge that her roles need.
    pub pledged: bool,
    /// What a form or script of our own sends along with whatever it changes.
    pub csrf_token: String,
}

/// Begins a session and gives its row and its cookie's text: the only time that the text is known. Password and one-time
/// code are fresh at that moment; a mailed link or code is not, because it may have lain in the mailbox.
///
/// # Errors
/// When the register cannot be written.
pub async fn begin(write: &Write, subject: Subject, method: Method, browser: &str) -> Result<(session::Model, String)> {
    let text = new_secret()?;
    let (account_id, member_id) = match subject {
        Subject::Account(id) => (Some(id), None),
        Subject::Member(id) => (None, Some(id)),
    };
    let assurance = match method {
        Method::Link | Method::Code => Assurance::Mailed,
        Method::Password | Method::RecoveryCode => Assurance::Strong,
    };
    let row = session::Model {
        id: write.new_id(),
        secret_hash: secret_hash(&text),
        account_id,
        member_id,
        method,
        assurance,
        created_at: write.now(),
        last_seen_at: write.now(),
        fresh_until: (assurance == Assurance::Strong).then(|| write.now() + FRESH),
        revoked_at: None,
        browser: browser.to_owned(),
    };
    session::Entity::insert(row.clone().into_active_model()).exec_without_returning(write.database()).await?;
    Ok((row, text))
}

/// Who is signed in by the cookie `text`. That she was there is noted by whoever gets hold of `noting`.
///
/// # Errors
/// [`Error::NotSignedIn`] for a session that is unknown, has ended or run out; they are not told apart.
pub async fn recognise(store: &Store, keys: &Keys, noting: &Arc<Semaphore>, text: &str) -> Result<Caller> {
    let (database, now) = (store.database(), store.clock().now());
    let row = session::Entity::find().filter(session::Column::SecretHash.eq(secret_hash(text))).one(database).await?;
    let row = row.filter(|row| row.revoked_at.is_none()).ok_or(Error::NotSignedIn)?;
    let mut session = Session {
        id: row.id,
        subject: subject(&row).ok_or(Error::NotSignedIn)?,
        method: row.method,
        assurance: row.assurance,
        created_at: row.created_at,
        ends_at: row.created_at,
        fresh: row.fresh_until.is_some_and(|end| now < end),
        pledged: false,
        csrf_token: csrf_token(keys, text),
    };
    let (roles, reach) = match session.subject {
        Subject::Account(id) => {
            let account = account::Entity::find_by_id(id).one(database).await?;
            let account = account.filter(|account| account.ended_at.is_none()).ok_or(Error::NotSignedIn)?;
            (account.roles.iter().collect(), None)
        }
        Subject::Member(id) => (Vec::new(), representatives::reach(database, id, store.clock().today()).await?),
    };
    session.pledged = pledge::is_given(database, session.subject).await?;
    let mut caller = match session.subject {
        Subject::Account(_) => Caller::account(roles, session),
        Subject::Member(_) => Caller::member(reach, session),
    };
    let limits = shortest(caller.roles());
    if now >= row.created_at + limits.absolute || now >= row.last_seen_at + limits.idle {
        return Err(Error::NotSignedIn);
    }
    caller.set_session_end(row.created_at + limits.absolute);
    if now - row.last_seen_at >= LAST_SEEN_PRECISION
        && let Ok(turn) = noting.clone().try_acquire_owned()
    {
        let store = store.clone();
        // Beside the request, as for tokens: while a long write runs this waits, and reading must not.
        tokio::spawn(async move {
            note_seen(&store, row.id, now).await;
            drop(turn);
        });
    }
    Ok(caller)
}

/// When the register is busy it goes unnoted, and the next request notes it. One statement is a transaction of its own; it
/// is no change to the register and has no history.
async fn note_seen(store: &Store, id: Uuid, now: DateTime<Utc>) {
    let noted = session::Entity::update_many()
        .col_expr(session::Column::LastSeenAt, now.into())
        .filter(session::Column::Id.eq(id))
        .exec(store.database())
        .await;
    if let Err(error) = noted {
        tracing::debug!(session = %id, %error, "The use of a session was not noted");
    }
}

/// Gives the session a new secret and, because a second factor was shown just now, makes it fresh. Gives the new cookie's
/// text; the old one is worth nothing from then on.
///
/// # Errors
/// [`Error::NotSignedIn`] when it has ended meanwhile.
pub async fn renew(write: &Write, id: Uuid) -> Result<String> {
    let text = new_secret()?;
    let renewed = session::Entity::update_many()
        .col_expr(session::Column::SecretHash, Expr::value(secret_hash(&text)))
        .col_expr(session::Column::FreshUntil, Expr::value(write.now() + FRESH))
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::RevokedAt.is_null())
        .exec(write.database())
        .await?;
    if renewed.rows_affected == 1 { Ok(text) } else { Err(Error::NotSignedIn) }
}

/// The sessions of `subject` that have not ended or run out, the newest first.
pub async fn list(database: &impl ConnectionTrait, caller: &Caller, now: DateTime<Utc>) -> Result<Vec<session::Model>> {
    let Some(session) = caller.session() else { return Ok(Vec::new()) };
    let limits = shortest(caller.roles());
    let rows = session::Entity::find()
        .filter(session.subject.sessions())
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::CreatedAt.gt(now - limits.absolute))
        .filter(session::Column::LastSeenAt.gt(now - limits.idle))
        .order_by_desc(session::Column::Id);
    Ok(rows.all(database).await?)
}

/// Ends a session of `subject`. One that has ended stays as it is.
///
/// # Errors
/// [`Error::NotFound`] when it is nobody's or another's.
pub async fn end(write: &Write, subject: Subject, id: Uuid) -> Result<()> {
    let found = session::Entity::find_by_id(id).filter(subject.sessions()).one(write.database()).await?;
    found.ok_or(Error::NotFound)?;
    end_where(write, Condition::all().add(session::Column::Id.eq(id))).await
}

/// Ends all sessions of `subject` but `spared`: when what she signs in with has changed.
pub async fn end_all(write: &Write, subject: Subject, spared: Option<Uuid>) -> Result<()> {
    end_where(write, subject.sessions().add_option(spared.map(|id| session::Column::Id.ne(id)))).await
}

/// Ends the session of the cookie `text`, whoever's it is: another one takes its place in that browser.
pub async fn end_by_secret(write: &Write, text: &str) -> Result<()> {
    end_where(write, Condition::all().add(session::Column::SecretHash.eq(secret_hash(text)))).await
}

/// Ends what rests on a member's e-mail address, because it is another one now or not to be trusted: sessions that began with
/// a mail, links and codes that were mailed, and what is known of her browsers.
pub async fn end_resting_on_mail(write: &Write, member: Uuid) -> Result<()> {
    let database = write.database();
    known_browser::Entity::delete_many().filter(known_browser::Column::MemberId.eq(member)).exec(database).await?;
    sign_in_link::Entity::update_many()
        .col_expr(sign_in_link::Column::ExpiresAt, Expr::value(write.now()))
        .filter(sign_in_link::Column::MemberId.eq(member))
        .filter(sign_in_link::Column::ExpiresAt.gt(write.now()))
        .exec(database)
        .await?;
    end_where(write, Subject::Member(member).sessions().add(session::Column::Assurance.eq(Assurance::Mailed))).await
}

async fn end_where(write: &Write, which: Condition) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(write.now()))
        .filter(which)
        .filter(session::Column::RevokedAt.is_null())
        .exec(write.database())
        .await?;
    Ok(())
}

/// Drops what has been over for long.
pub async fn sweep(write: &Write) -> Result<()> {
    session::Entity::delete_many().filter(session::Column::CreatedAt.lt(write.now() - KEPT)).exec(write.database()).await?;
    Ok(())
}

/// What is sent along with every change (a synchroniser token). It follows from the cookie, so it changes with it, and does
/// not give it away.
pub fn csrf_token(keys: &Keys, text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(keys.keyed_hash("csrf", &[text.as_bytes()]))
}

fn subject(row: &session::Model) -> Option<Subject> {
    row.account_id.map(Subject::Account).or(row.member_id.map(Subject::Member))
}

fn shortest(roles: &[Role]) -> Limits {
    let each = || roles.iter().map(|role| limits(*role));
    Limits {
        idle: each().map(|limits| limits.idle).min().unwrap_or_default(),
        absolute: each().map(|limits| limits.absolute).min().unwrap_or_default(),
    }
}
