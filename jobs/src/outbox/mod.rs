//! The outbox: a mail is a row that is written in the transaction of its cause, complete and byte by byte as it will be sent.
//!
//! [`Outbox::enqueue`] writes it; [`queue`] moves it on while [`crate::courier`] sends it. One key makes a mail happen once, and no
//! mail is silently dropped: each ends as accepted, failed or withdrawn, or stays uncertain and says so.
//!
//! **What is kept.** Address and message of sign-in mail go when it is done with; of other mail after [`KEPT`], of failed
//! mail after [`FAILED_KEPT`]. What stays (id, key, slot, hash, times, state) holds nothing personal but the member's id.
//!
//! Not for what mails say ([`crate::mails`]), nor for how they travel ([`crate::transport`]).

mod message;
pub mod queue;
pub mod report;
pub mod switch;

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use entity::outbox::{self, MailPriority, MailState};
use entity::undeliverable_address;
use lettre::Address;
use lettre::message::Mailbox;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, UpdateMany};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::mails::{Content, Letterhead};
use crate::texts::Language;
use crate::transport::ascii_domain;
use crate::{Error, Result, Store, Write};

/// How long address and message are kept once a mail was accepted. Of one that was withdrawn they go at once.
pub const KEPT: Duration = Duration::days(7);
/// How long they are kept of a mail that failed: so long it can be sent again.
pub const FAILED_KEPT: Duration = Duration::days(30);

/// Writes mails, as the settings say. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Outbox(Arc<Sender>);

/// From whom mails are, and what all of them share.
#[derive(Debug)]
struct Sender {
    mailbox: Mailbox,
    public_url: String,
    default_language: Language,
}

/// A mail to be written.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// What makes it happen once, for example `graduate-follow-up/month-ahead/2026-12/<appointment>`.
    pub dedupe_key: String,
    /// What goes first.
    pub priority: MailPriority,
    /// What it is; see [`crate::mails`].
    pub kind: &'static str,
    /// `rule/notice/period` of a lifecycle rule; stands in the header `X-Matrikel-Slot`.
    pub slot: Option<String>,
    /// To whom.
    pub to: Recipient,
    /// In which language it is.
    pub language: Language,
    /// What it says.
    pub content: Content,
    /// What must hold when it is sent; else it is withdrawn.
    pub needs: Needs,
}

/// To whom a mail goes: one person.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The member, if she is one. A mail to a member who is no longer in the register is withdrawn.
    pub member_id: Option<Uuid>,
    /// As the mail addresses her.
    pub name: Option<String>,
    /// Her address.
    pub address: String,
}

/// What is asked once more at the moment of sending, before the message goes out.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Each of these appointments is in term, and the recipient holds it or is the deputy named in it.
    pub appointments: Vec<Uuid>,
    /// None of these members has a protected identity, and all are in the register.
    pub unprotected: Vec<Uuid>,
    /// The recipient is a current member.
    pub membership: bool,
    /// It is not yet this late.
    pub until: Option<DateTime<Utc>>,
}

/// What became of a mail to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It is written under this id.
    New(Uuid),
    /// A mail with this key was written before; nothing was done.
    Known(Uuid),
    /// The address is none to which anything can be sent. The mail stands there as failed, and staff are told.
    Unusable(Uuid),
}

impl Enqueued {
    /// The mail's id.
    pub fn id(self) -> Uuid {
        match self {
            Enqueued::New(id) | Enqueued::Known(id) | Enqueued::Unusable(id) => id,
        }
    }
}

impl Outbox {
    /// Mails from `sender` (`Name <address>`), with links to `public_url`.
    ///
    /// # Errors
    /// [`Error::Malformed`] when `sender` is no address.
    pub fn new(sender: &str, public_url: String, default_language: Language) -> Result<Self> {
        let mailbox = sender.parse::<Mailbox>().map_err(|error| Error::Malformed(format!("{error}")))?;
        Ok(Self(Arc::new(Sender { mailbox, public_url, default_language })))
    }

    /// The language for somebody whose own language has this code.
    pub fn language(&self, code: Option<&str>) -> Language {
        Language::of(code, self.0.default_language)
    }

    /// What templates know, for a mail in `language`.
    pub fn letterhead(&self, language: Language) -> Letterhead {
        let public_url = self.0.public_url.clone();
        let host = public_url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(&public_url).to_owned();
        Letterhead { language, public_url, host }
    }

    /// A mail as it would go out, to be looked at: to `anna@example.org`.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be put together.
    pub fn sample(&self, id: Uuid, at: DateTime<Utc>, language: Language, content: Content) -> Result<Vec<u8>> {
        let to = Address::new("anna", "example.org").map_err(Error::internal)?;
        let name = Some("Anna Åkesson");
        let envelope = message::Envelope { id, at, to, name, language: language.code(), slot: None };
        message::build(&self.0, envelope, content)
    }

    /// The address from which mails are sent.
    pub(crate) fn sender(&self) -> &Address {
        &self.0.mailbox.email
    }

    /// Writes a mail in the running transaction; it goes out when that is committed, within two seconds.
    ///
    /// # Errors
    /// When the database cannot take it. An address that cannot be used is no error: see [`Enqueued::Unusable`].
    pub async fn enqueue(&self, write: &Write, mail: NewMail) -> Result<Enqueued> {
        let id = write.new_id();
        let address = mail.to.address.trim().to_owned();
        let usable = readable(&address);
        let to = usable.clone().unwrap_or_else(|| self.0.mailbox.email.clone());
        let envelope = message::Envelope {
            id,
            at: write.now(),
            to,
            name: mail.to.name.as_deref(),
            language: mail.language.code(),
            slot: mail.slot.as_deref(),
        };
        let message = message::build(&self.0, envelope, mail.content)?;
        let unusable = usable.is_none();
        let row = outbox::Model {
            id,
            dedupe_key: mail.dedupe_key.clone(),
            priority: mail.priority,
            kind: mail.kind.to_owned(),
            slot: mail.slot,
            member_id: mail.to.member_id,
            address: Some(usable.as_ref().map_or_else(|| address.clone(), Address::to_string)),
            language: mail.language.code().to_owned(),
            message_hash: Sha256::digest(&message).to_vec(),
            // A message to nobody is of no use to anybody.
            message: (!unusable).then_some(message),
            appointment_id: mail.needs.appointments.first().copied(),
            more_appointments: ids(mail.needs.appointments.get(1..).unwrap_or_default()),
            named_members: ids(&mail.needs.unprotected),
            needs_membership: mail.needs.membership,
            expires_at: mail.needs.until,
            state: if unusable { MailState::Failed } else { MailState::Queued },
            attempts: 0,
            first_attempt_at: None,
            next_attempt_at: (!unusable).then_some(write.now()),
            courier_id: None,
            lease_until: None,
            epoch: 0,
            last_error: unusable.then(|| "the address cannot be used".to_owned()),
            created_at: write.now(),
            finished_at: unusable.then_some(write.now()),
        };
        let inserted = outbox::Entity::insert(row.into_active_model())
            .on_conflict(OnConflict::column(outbox::Column::DedupeKey).do_nothing().to_owned())
            .exec_without_returning(write.database())
            .await?;
        if inserted == 0 {
            let known =
                outbox::Entity::find().filter(outbox::Column::DedupeKey.eq(mail.dedupe_key)).one(write.database()).await?;
            return known.map(|row| Enqueued::Known(row.id)).ok_or(Error::Stale);
        }
        if unusable {
            note_undeliverable(write, &address, mail.to.member_id, id, "not an address").await?;
            return Ok(Enqueued::Unusable(id));
        }
        write.wake_courier();
        Ok(Enqueued::New(id))
    }
}

/// As stored; none for nobody.
fn ids(ids: &[Uuid]) -> Option<outbox::Ids> {
    (!ids.is_empty()).then(|| outbox::Ids(ids.to_vec()))
}

/// Whether mail can be sent to an address at all.
pub fn is_usable(address: &str) -> bool {
    readable(address.trim()).is_some()
}

/// At most `most` mails in the order in which they were written, of one state or of all, after the one with the id `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(store: &Store, state: Option<MailState>, after: Option<Uuid>, most: u64) -> Result<Vec<outbox::Model>> {
    let mut rows = outbox::Entity::find().order_by_asc(outbox::Column::Id).limit(most);
    if let Some(state) = state {
        rows = rows.filter(outbox::Column::State.eq(state));
    }
    if let Some(after) = after {
        rows = rows.filter(outbox::Column::Id.gt(after));
    }
    Ok(rows.all(store.database()).await?)
}

/// An address as the wire wants it; none when nothing can be sent there.
fn readable(address: &str) -> Option<Address> {
    let (user, domain) = address.rsplit_once('@')?;
    Address::new(user, ascii_domain(domain)?).ok()
}

/// Takes a mail back that has not begun to go out. False when there is none, or it is too late.
///
/// # Errors
/// When the database cannot take it.
pub async fn withdraw(write: &Write, id: Uuid, reason: &'static str) -> Result<bool> {
    let waiting = [MailState::Queued, MailState::Retry];
    let changed = without_message(outbox::Entity::update_many())
        .col_expr(outbox::Column::State, MailState::Withdrawn.into())
        .col_expr(outbox::Column::LastError, reason.into())
        .col_expr(outbox::Column::NextAttemptAt, null())
        .col_expr(outbox::Column::FinishedAt, write.now().into())
        .filter(outbox::Column::Id.eq(id))
        .filter(outbox::Column::State.is_in(waiting))
        .exec(write.database())
        .await?;
    Ok(changed.rows_affected > 0)
}

/// Sends a failed mail again, from the beginning; an address that was taken for undeliverable is tried again.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it has not failed, or its message is no longer kept.
pub async fn retry(write: &Write, id: Uuid) -> Result<outbox::Model> {
    let row = outbox::Entity::find_by_id(id).one(write.database()).await?.ok_or(Error::NotFound)?;
    if row.state != MailState::Failed {
        return Err(Error::conflict("", "only a mail that has failed can be sent again"));
    }
    let (Some(address), Some(_)) = (&row.address, &row.message) else {
        return Err(Error::conflict("", "the message is no longer kept; let its cause make a new one"));
    };
    resolve_address(write, address).await?;
    let mut rows = outbox::Entity::update_many()
        .col_expr(outbox::Column::State, MailState::Queued.into())
        .col_expr(outbox::Column::NextAttemptAt, write.now().into())
        .col_expr(outbox::Column::FirstAttemptAt, null())
        .col_expr(outbox::Column::FinishedAt, null())
        .filter(outbox::Column::Id.eq(id))
        .filter(outbox::Column::State.eq(MailState::Failed))
        .exec_with_returning(write.database())
        .await?;
    write.wake_courier();
    rows.pop().ok_or(Error::Stale)
}

/// Drops addresses and messages that are no longer needed; gives how many.
///
/// # Errors
/// When the register cannot be written now; the next sweep does it.
pub async fn sweep(write: &Write) -> Result<u64> {
    use outbox::Column;
    let failed = Column::State.eq(MailState::Failed);
    let old = Column::FinishedAt.lte(write.now() - FAILED_KEPT).or(Column::FinishedAt.lte(write.now() - KEPT).and(failed.not()));
    let dropped = drop_messages(write, old).await?;
    undeliverable_address::Entity::delete_many()
        .filter(undeliverable_address::Column::ResolvedAt.lte(write.now() - KEPT))
        .exec(write.database())
        .await?;
    Ok(dropped)
}

/// Drops the messages that name a member who is to be named no more. One that waits is kept for as long as it takes to withdraw it.
///
/// # Errors
/// When the database cannot take it.
pub async fn forget_named(write: &Write, member: Uuid) -> Result<()> {
    use outbox::Column;
    let names_her = Expr::col(Column::NamedMembers).cast_as("text").like(format!("%{member}%"));
    drop_messages(write, Column::FinishedAt.is_not_null().and(names_her)).await?;
    Ok(())
}

/// The change that also drops the message, with its address and whom it names.
fn without_message(change: UpdateMany<outbox::Entity>) -> UpdateMany<outbox::Entity> {
    use outbox::Column;
    [Column::Message, Column::Address, Column::NamedMembers]
        .into_iter()
        .fold(change, |change, column| change.col_expr(column, null()))
}

/// Drops messages; gives how many.
async fn drop_messages(write: &Write, which: Expr) -> Result<u64> {
    let dropped = without_message(outbox::Entity::update_many())
        .filter(outbox::Column::Message.is_not_null())
        .filter(which)
        .exec(write.database())
        .await?;
    Ok(dropped.rows_affected)
}

/// Notes that nothing can be delivered to an address.
async fn note_undeliverable(write: &Write, address: &str, member: Option<Uuid>, mail: Uuid, reason: &str) -> Result<()> {
    let row = undeliverable_address::Model {
        id: write.new_id(),
        address: address.to_lowercase(),
        member_id: member,
        outbox_id: mail,
        reason: reason.to_owned(),
        since: write.now(),
        resolved_at: None,
    };
    // Noted already, mostly by the mail before.
    undeliverable_address::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(write.database())
        .await?;
    Ok(())
}

/// Lets mail go to an address again.
///
/// # Errors
/// When the database cannot take it.
pub async fn resolve_address(write: &Write, address: &str) -> Result<()> {
    undeliverable_address::Entity::update_many()
        .col_expr(undeliverable_address::Column::ResolvedAt, write.now().into())
        .filter(undeliverable_address::Column::Address.eq(address.to_lowercase()))
        .filter(undeliverable_address::Column::ResolvedAt.is_null())
        .exec(write.database())
        .await?;
    Ok(())
}

/// Whether nothing can be delivered to an address.
async fn is_undeliverable(write: &Write, address: &str) -> Result<bool> {
    let row = undeliverable_address::Entity::find()
        .filter(undeliverable_address::Column::Address.eq(address.to_lowercase()))
        .filter(undeliverable_address::Column::ResolvedAt.is_null())
        .one(write.database())
        .await?;
    Ok(row.is_some())
}

/// The mail with this id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(store: &Store, id: Uuid) -> Result<outbox::Model> {
    outbox::Entity::find_by_id(id).one(store.database()).await?.ok_or(Error::NotFound)
}

fn null() -> Expr {
    Expr::cust("NULL")
}
