//! Changes of the e-mail address by which a member signs in, when she asks for them herself.
//!
//! The new address waits until it has shown that she reads it: by the link or the code that were mailed there, shown in a
//! session of hers, so that a stranger to whom a mistyped address belongs confirms nothing. The old address is told, but not
//! what the new one is. From there the change can be [stopped](stop) for [`STOPPED`] and handed to staff; it is never
//! reverted, because old mailboxes are read by others, and not even stopped when she had shown a fresh code or signed in
//! strongly. Staff and imports change an address at once; that settles whatever waits.

use chrono::{DateTime, Duration, Utc};
use entity::email_change::{self, Column};
use entity::history::Change;
use entity::outbox::MailPriority;
use entity::proposal::Kind;
use entity::session::{Assurance, Method};
use entity::verification::{Channel, Detail};
use entity::visibility::Viewer;
use jobs::error::Refusal;
use jobs::history::{Actor, Entry};
use jobs::mails::email_notice::EmailNews;
use jobs::mails::{EmailConfirmation, EmailNotice};
use jobs::outbox::{Needs, NewMail, Outbox, Recipient};
use jobs::{Error, Result, Store, Write};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::details::{self, Edit};
use super::member::Member;
use super::proposals::{self, Proposed};
use super::verify;
use crate::access::caller::Caller;
use crate::access::keys::{Keys, new_secret, secret_hash};
use crate::access::sessions::{self, Session, Subject};
use crate::access::{limits, sign_in};

/// How long a change can be confirmed.
pub const VALID: Duration = Duration::hours(24);
/// How long it can be stopped from the old address.
pub const STOPPABLE: Duration = Duration::days(7);
/// How long it is stopped then.
pub const STOPPED: Duration = Duration::hours(72);
/// How many wrong codes a change takes.
const WRONG_CODES: i32 = 5;

/// A change of one's e-mail address that waits, or was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EmailChange {
    /// The new address.
    #[schema(example = "anna@example.net")]
    pub email: String,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// From when it can no longer be confirmed.
    pub expires_at: DateTime<Utc>,
    /// Until when it is stopped, because somebody who reads the old address has stopped it; null when it is not.
    pub stopped_until: Option<DateTime<Utc>>,
}

/// The change of `member`'s address that waits or is stopped at the moment.
pub async fn waiting(database: &impl ConnectionTrait, member: Uuid, now: DateTime<Utc>) -> Result<Option<EmailChange>> {
    let open = Condition::all().add(Column::ConfirmedAt.is_null()).add(Column::ExpiresAt.gt(now));
    let row = email_change::Entity::find()
        .filter(Column::MemberId.eq(member))
        .filter(Condition::any().add(open).add(Column::StoppedUntil.gt(now)))
        .order_by_desc(Column::Id)
        .one(database)
        .await?;
    Ok(row.map(|row| EmailChange {
        stopped_until: row.stopped_until.filter(|until| now < *until),
        email: row.email,
        asked_at: row.created_at,
        expires_at: row.expires_at,
    }))
}

/// Lets a change of `member`'s address to `email` wait, in place of one that waits already, and mails both addresses. The
/// address that stands in the register withdraws a change that waits.
///
/// # Errors
/// [`Error::Conflict`] when she is protected, or an earlier change is stopped; [`Error::TooMany`].
pub async fn ask(write: &Write, keys: &Keys, outbox: &Outbox, member: &Member, session: &Session, email: String) -> Result<()> {
    let id = member.row.id;
    let withdraws = member.row.email.as_ref() == Some(&email);
    if !withdraws {
        refuse_protected(member)?;
        refuse_stopped(write, id, "/email").await?;
    }
    email_change::Entity::delete_many()
        .filter(Column::MemberId.eq(id))
        .filter(Column::ConfirmedAt.is_null())
        .filter(Condition::any().add(Column::StoppedUntil.is_null()).add(Column::StoppedUntil.lte(write.now())))
        .exec(write.database())
        .await?;
    if withdraws {
        return Ok(());
    }
    limits::EMAIL_CHANGES.check(write, keys, &[id.as_bytes()]).await?;
    let (link, stop, code) = (new_secret()?, new_secret()?, sign_in::new_code()?);
    let is_sure = session.fresh || session.assurance == Assurance::Strong;
    let change = email_change::Model {
        id: write.new_id(),
        member_id: id,
        email,
        replaces: member.row.email.clone(),
        link_hash: secret_hash(&link),
        code_hash: Vec::new(),
        stop_hash: (!is_sure).then(|| secret_hash(&stop)),
        wrong_codes: 0,
        created_at: write.now(),
        expires_at: write.now() + VALID,
        confirmed_at: None,
        stopped_until: None,
    };
    let change = email_change::Model { code_hash: sign_in::code_hash(keys, change.id, &code), ..change };
    email_change::Entity::insert(change.clone().into_active_model()).exec_without_returning(write.database()).await?;
    let letterhead = outbox.letterhead(outbox.language(member.row.language.as_deref()));
    let confirmation = EmailConfirmation { link: format!("{}/me/email/{link}", letterhead.public_url), code };
    let mail = NewMail {
        dedupe_key: format!("email-change/{}", change.id),
        priority: MailPriority::SignIn,
        kind: EmailConfirmation::KIND,
        slot: None,
        to: Recipient { member_id: Some(id), name: None, address: change.email },
        language: letterhead.language,
        content: confirmation.render(&letterhead)?,
        needs: Needs { until: Some(change.expires_at), ..Needs::default() },
    };
    outbox.enqueue(write, mail).await?;
    let news = if is_sure {
        EmailNews::Asked
    } else {
        EmailNews::Stoppable(format!("{}/email-change/stop/{stop}", letterhead.public_url))
    };
    tell_old_address(write, outbox, member, change.id, news).await
}

/// Tells the address that `member` has in the register that it is to go, or has gone; nobody when she has none. `cause` is
/// told once.
pub async fn tell_old_address(write: &Write, outbox: &Outbox, member: &Member, cause: Uuid, news: EmailNews) -> Result<()> {
    let Some(address) = member.row.email.clone() else { return Ok(()) };
    let letterhead = outbox.letterhead(outbox.language(member.row.language.as_deref()));
    let first_name = member.row.given_names.split_whitespace().next().unwrap_or_default().to_owned();
    let mail = NewMail {
        dedupe_key: format!("email-notice/{cause}"),
        priority: MailPriority::Notice,
        kind: EmailNotice::KIND,
        slot: None,
        to: Recipient { member_id: Some(member.row.id), name: None, address },
        language: letterhead.language,
        content: EmailNotice { first_name, news }.render(&letterhead)?,
        needs: Needs { until: Some(write.now() + STOPPABLE), ..Needs::default() },
    };
    outbox.enqueue(write, mail).await?;
    Ok(())
}

/// What shows that mail to the new address is read.
#[derive(Clone, Copy, Debug)]
pub enum Proof<'a> {
    /// The six digits.
    Code(&'a str),
    /// The secret of the link.
    Link(&'a str),
}

/// Confirms the change that waits for the member who calls: the address stands in the register, and whatever rested on the
/// old one is over. Gives the cookie's text of the session that begins in place of hers, when hers rested on it too.
///
/// # Errors
/// [`Error::Refused`] when nothing that waits has this proof; [`Error::Conflict`] when it is stopped, or she is protected.
pub async fn confirm(
    store: &Store,
    keys: &Keys,
    (caller, session): (&Caller, &Session),
    proof: Proof<'_>,
    agent: &str,
) -> Result<Option<String>> {
    let id = session.subject.id();
    let confirmed = store
        .write(caller.actor(), async |write| {
            // A wrong code is no error here: that would undo the counting.
            let Some(change) = prove(write, keys, id, proof).await? else { return Ok(None) };
            let member = Member::load(write.database(), &Viewer::Oneself(id), id).await?;
            refuse_protected(&member)?;
            refuse_stopped(write, id, "").await?;
            if member.row.email != change.replaces || !spend(write, change.id).await? {
                return Ok(None);
            }
            let mut edit = Edit::of(&member);
            edit.details.email = Some(change.email);
            details::update(write, keys, &member, &edit, Change::Updated, None).await?;
            let member = Member::load(write.database(), &Viewer::Oneself(id), id).await?;
            verify::verify(write, &member, &[Detail::Email], Channel::Email).await?;
            if session.assurance == Assurance::Strong {
                return Ok(Some(None));
            }
            let (_, text) = sessions::begin(write, Subject::Member(id), Method::Code, agent).await?;
            Ok(Some(Some(text)))
        })
        .await?;
    confirmed.ok_or(Error::Refused(Refusal::EmailChange))
}

/// The change that waits for `member`, if `proof` is of it. A code is counted before it is compared, so that of many that come
/// at once each has its turn at the row.
async fn prove(write: &Write, keys: &Keys, member: Uuid, proof: Proof<'_>) -> Result<Option<email_change::Model>> {
    let open = Condition::all()
        .add(Column::MemberId.eq(member))
        .add(Column::ConfirmedAt.is_null())
        .add(Column::ExpiresAt.gt(write.now()));
    match proof {
        Proof::Link(secret) => {
            let found = email_change::Entity::find().filter(open).filter(Column::LinkHash.eq(secret_hash(secret)));
            Ok(found.one(write.database()).await?)
        }
        Proof::Code(code) => {
            let counted = email_change::Entity::update_many()
                .col_expr(Column::WrongCodes, Expr::col(Column::WrongCodes).add(1))
                .filter(open)
                .filter(Column::WrongCodes.lt(WRONG_CODES))
                .exec_with_returning(write.database())
                .await?;
            let digits: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
            Ok(counted.into_iter().find(|change| change.code_hash == sign_in::code_hash(keys, change.id, &digits)))
        }
    }
}

/// Spends a change; false when somebody else just did.
async fn spend(write: &Write, id: Uuid) -> Result<bool> {
    let spent = email_change::Entity::update_many()
        .col_expr(Column::ConfirmedAt, Expr::value(write.now()))
        .filter(Column::Id.eq(id))
        .filter(Column::ConfirmedAt.is_null())
        .exec(write.database())
        .await?;
    Ok(spent.rows_affected == 1)
}

/// Stops a change from the old address, by the secret of the notice's link: for [`STOPPED`] it cannot be confirmed; one that
/// was confirmed keeps its address, by which nobody signs in meanwhile. Staff find it among the proposals.
///
/// # Errors
/// [`Error::Refused`] when the link is unknown, too old, or was used before.
pub async fn stop(store: &Store, secret: &str) -> Result<()> {
    let refused = |refusal: Refusal| Err(Error::Refused(refusal));
    store
        .write(&Actor::system(), async |write| {
            let found = email_change::Entity::find().filter(Column::StopHash.eq(secret_hash(secret)));
            let Some(change) = found.one(write.database()).await? else { return refused(Refusal::LinkUnknown) };
            if change.stopped_until.is_some() {
                return refused(Refusal::LinkSpent);
            }
            if write.now() >= change.created_at + STOPPABLE {
                return refused(Refusal::LinkExpired);
            }
            let stopped = email_change::Entity::update_many()
                .col_expr(Column::StoppedUntil, Expr::value(write.now() + STOPPED))
                .filter(Column::Id.eq(change.id))
                .filter(Column::StoppedUntil.is_null())
                .exec_with_returning(write.database())
                .await?;
            let Some(change) = stopped.into_iter().next() else { return refused(Refusal::LinkSpent) };
            if change.confirmed_at.is_some() {
                sessions::end_resting_on_mail(write, change.member_id).await?;
            }
            let proposed = Proposed { email: Some(change.email), ..Proposed::default() };
            proposals::propose(write, change.member_id, Kind::Email, proposed).await?;
            Ok(())
        })
        .await
}

/// Sets the address of a member whom staff have checked over `channel`, and mails a code there. It stands in her history; the
/// old address is told.
///
/// # Errors
/// [`Error::Conflict`] when she is protected; [`Error::TooMany`].
pub async fn send_code_at_desk(
    write: &Write,
    keys: &Keys,
    outbox: &Outbox,
    before: &Member,
    email: &str,
    channel: Channel,
) -> Result<()> {
    // Whoever is staff and privacy officer sees her here.
    refuse_protected(before)?;
    let id = before.row.id;
    if before.row.email.as_deref() != Some(email) {
        tell_old_address(write, outbox, before, write.new_id(), EmailNews::ByStaff).await?;
        let mut edit = Edit::of(before);
        edit.details.email = Some(email.to_owned());
        details::update(write, keys, before, &edit, Change::Updated, None).await?;
    }
    let member = Member::load(write.database(), &Viewer::Oneself(id), id).await?;
    verify::verify(write, &member, &[Detail::Email], channel).await?;
    sign_in::mail_code_at_desk(write, keys, outbox, &member.row).await?;
    write.note(Entry::member(id, Change::CodeSent, Some(json!({"channel": channel}))));
    Ok(())
}

/// What follows from a change of `member`'s address, whoever made it: what waited or was stopped is settled, and whatever
/// rested on the old address is over.
pub async fn address_changed(write: &Write, member: Uuid) -> Result<()> {
    settle(write, member).await?;
    sessions::end_resting_on_mail(write, member).await
}

/// Staff have decided: nothing waits any more, and nothing is stopped.
pub async fn settle(write: &Write, member: Uuid) -> Result<()> {
    email_change::Entity::delete_many()
        .filter(Column::MemberId.eq(member))
        .filter(Condition::any().add(Column::ConfirmedAt.is_null()).add(Column::StoppedUntil.is_not_null()))
        .exec(write.database())
        .await?;
    Ok(())
}

/// Drops what can neither be confirmed nor stopped any more, nor is stopped.
pub async fn sweep(write: &Write) -> Result<()> {
    let now = write.now();
    email_change::Entity::delete_many()
        .filter(Column::CreatedAt.lt(now - STOPPABLE))
        .filter(Condition::any().add(Column::StoppedUntil.is_null()).add(Column::StoppedUntil.lt(now)))
        .exec(write.database())
        .await?;
    Ok(())
}

fn refuse_protected(member: &Member) -> Result<()> {
    match member.row.protection {
        Some(_) => Err(Error::conflict(
            "/email",
            "is changed by the privacy officer while your identity is protected; turn to the office",
        )),
        None => Ok(()),
    }
}

async fn refuse_stopped(write: &Write, member: Uuid, pointer: &str) -> Result<()> {
    let change = waiting(write.database(), member, write.now()).await?;
    match change.and_then(|change| change.stopped_until) {
        Some(_) => Err(Error::conflict(
            pointer,
            "a change of the e-mail address was stopped from the old address; the office sees to it: turn to them, or try again after `email_change.stopped_until`",
        )),
        None => Ok(()),
    }
}
