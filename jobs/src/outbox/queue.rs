//! How a row of the outbox moves on while a courier sends it.
//!
//! ```text
//! queued ─▶ claimed ─▶ data_started ─▶ dot_sent ─▶ accepted
//!   ▲          │             │             │
//!   │◀─ lease over ◀─────────┘             ├─▶ uncertain: connection, lease or program lost; later claimed again, but
//!   │                                      │              for sign-in mail
//! retry ◀── 4xx, or the relay is away ─────┤
//! failed ◀─ 5xx, or 72 hours of retries ───┘        withdrawn ◀─ needs not met, at the claim and before DATA
//! ```
//!
//! A claim draws a new epoch; every later step is an update that names it. Who was overtaken, because it slept
//! longer than its lease, changes nothing and is told so. `dot_sent` is committed *before* the message's last byte
//! is sent: what is found in a state before it after a crash was surely not accepted, and is sent again at once.

use chrono::{DateTime, Duration, Utc};
use entity::outbox::{Column, Entity, Ids, MailPriority, MailState, Model};
use entity::{appointment, member, membership_period};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::switch::goes_out;
use super::{is_undeliverable, note_undeliverable, null, resolve_address, without_message};
use crate::history::Actor;
use crate::{Result, Store, Write};

/// How long a courier holds a mail without renewing its lease.
pub const LEASE: Duration = Duration::seconds(60);
/// How long after the loss of the answer a list or notice is sent once more.
pub const UNCERTAIN_PAUSE: Duration = Duration::minutes(15);
/// How long after the first attempt it is tried again.
pub const PERSISTENCE: Duration = Duration::hours(72);
/// The pause after the first attempt; doubled with each.
const FIRST_PAUSE: Duration = Duration::minutes(1);
const LONGEST_PAUSE: Duration = Duration::hours(1);
/// The same for sign-in mail, for which somebody waits.
const FIRST_SIGN_IN_PAUSE: Duration = Duration::seconds(5);
const LONGEST_SIGN_IN_PAUSE: Duration = Duration::minutes(1);

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The relay has taken it.
    Accepted,
    /// It could not be taken now, for the mail's reasons or the relay's.
    Later(String),
    /// It was refused for good; `address` says whether because of whom it goes to.
    Refused {
        /// Codes only.
        reason: String,
        /// Whether nothing else could be delivered to the address.
        address: bool,
    },
    /// The answer to the whole message was lost.
    Unknown(String),
    /// Nothing was sent; somebody else may begin at once.
    GivenBack,
}

/// Which mails a courier sends.
#[derive(Clone, Debug)]
pub enum Which {
    /// All that wait.
    All,
    /// Those with these ids.
    Ids(Vec<Uuid>),
}

/// Claims at most `most` mails for the courier `courier`, those that go first, and withdraws those that are not to go out
/// any more. None while mailing is paused.
///
/// # Errors
/// When the register cannot be written now.
pub async fn claim(store: &Store, courier: Uuid, which: &Which, most: u64, relay: bool) -> Result<Option<Vec<Model>>> {
    store
        .write(&Actor::system(), async |write| {
            if !goes_out(write.database(), relay).await? {
                return Ok(None);
            }
            let mut waiting = Entity::find()
                .filter(Column::NextAttemptAt.lte(write.now()))
                .order_by(Column::Priority, Order::Asc)
                .order_by(Column::Id, Order::Asc)
                .limit(most)
                .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
            if let Which::Ids(ids) = which {
                waiting = waiting.filter(Column::Id.is_in(ids.iter().copied()));
            }
            let mut claimed = Vec::new();
            for row in waiting.all(write.database()).await? {
                if let Some(reason) = must_not_go(write, &row).await? {
                    stop(write, &row, MailState::Withdrawn, reason).await?;
                } else if row.priority != MailPriority::SignIn
                    && let Some(address) = &row.address
                    && is_undeliverable(write, address).await?
                {
                    stop(write, &row, MailState::Failed, "nothing can be delivered to the address").await?;
                } else {
                    claimed.push(take(write, courier, &row).await?);
                }
            }
            Ok(Some(claimed))
        })
        .await
}

async fn take(write: &Write, courier: Uuid, row: &Model) -> Result<Model> {
    let mut taken = row.clone();
    taken.state = MailState::Claimed;
    taken.courier_id = Some(courier);
    taken.lease_until = Some(write.now() + LEASE);
    taken.epoch += 1;
    taken.attempts += 1;
    taken.first_attempt_at = taken.first_attempt_at.or(Some(write.now()));
    taken.next_attempt_at = None;
    Entity::update_many()
        .col_expr(Column::State, taken.state.into())
        .col_expr(Column::CourierId, courier.into())
        .col_expr(Column::LeaseUntil, Expr::value(taken.lease_until))
        .col_expr(Column::Epoch, taken.epoch.into())
        .col_expr(Column::Attempts, taken.attempts.into())
        .col_expr(Column::FirstAttemptAt, Expr::value(taken.first_attempt_at))
        .col_expr(Column::NextAttemptAt, null())
        .filter(held(row))
        .exec(write.database())
        .await?;
    Ok(taken)
}

/// Moves a claimed mail to `state` and renews its lease. False when it is no longer the courier's, or must not go out any
/// more: then nothing more of it may be sent.
///
/// # Errors
/// When the register cannot be written now.
pub async fn advance(store: &Store, row: &Model, state: MailState) -> Result<bool> {
    store
        .write(&Actor::system(), async |write| {
            if state == MailState::DataStarted
                && let Some(reason) = must_not_go(write, row).await?
            {
                stop(write, row, MailState::Withdrawn, reason).await?;
                return Ok(false);
            }
            let changed = Entity::update_many()
                .col_expr(Column::State, state.into())
                .col_expr(Column::LeaseUntil, (write.now() + LEASE).into())
                .filter(held(row))
                .filter(Column::LeaseUntil.gt(write.now()))
                .exec(write.database())
                .await?;
            Ok(changed.rows_affected > 0)
        })
        .await
}

/// Renews the lease. False when the mail is no longer the courier's.
///
/// # Errors
/// When the register cannot be written now.
pub async fn renew(store: &Store, row: &Model) -> Result<bool> {
    store
        .write(&Actor::system(), async |write| {
            let changed = Entity::update_many()
                .col_expr(Column::LeaseUntil, (write.now() + LEASE).into())
                .filter(held(row))
                .filter(Column::LeaseUntil.gt(write.now()))
                .exec(write.database())
                .await?;
            Ok(changed.rows_affected > 0)
        })
        .await
}

/// Notes how an attempt ended. False when the mail is no longer the courier's: then nothing is changed.
///
/// # Errors
/// When the register cannot be written now.
pub async fn finish(store: &Store, row: &Model, ended: &Ended) -> Result<bool> {
    store
        .write(&Actor::system(), async |write| {
            let now = write.now();
            let given_up = |row: &Model| row.first_attempt_at.is_some_and(|first| now - first >= PERSISTENCE);
            let (state, reason, next) = match ended {
                Ended::Accepted => (MailState::Accepted, None, None),
                Ended::GivenBack => (MailState::Queued, None, Some(now)),
                Ended::Later(reason) if given_up(row) => {
                    (MailState::Failed, Some(format!("given up after 72 hours: {reason}")), None)
                }
                Ended::Later(reason) => (MailState::Retry, Some(reason.clone()), Some(now + pause(row))),
                Ended::Refused { reason, .. } => (MailState::Failed, Some(reason.clone()), None),
                Ended::Unknown(reason) => (MailState::Uncertain, Some(reason.clone()), resend_at(row, now)),
            };
            if !set(write, row, state, reason.as_deref(), next).await? {
                return Ok(false);
            }
            if let Some(address) = &row.address {
                match ended {
                    Ended::Refused { reason, address: true } => {
                        note_undeliverable(write, address, row.member_id, row.id, reason).await?;
                    }
                    // A sign-in mail went there in spite of what was known.
                    Ended::Accepted => resolve_address(write, address).await?,
                    _ => {}
                }
            }
            Ok(true)
        })
        .await
}

/// Takes over what couriers left behind whose leases are over; gives how many mails that were.
///
/// # Errors
/// When the register cannot be written now.
pub async fn recover(store: &Store) -> Result<usize> {
    let now = store.clock().now();
    let left = Entity::find().filter(Column::LeaseUntil.lte(now));
    if left.clone().count(store.database()).await? == 0 {
        return Ok(0);
    }
    store
        .write(&Actor::system(), async |write| {
            let left = left.clone().lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(write.database()).await?;
            for row in &left {
                abandon(write, row, "the program ended or slept after the whole message was sent").await?;
            }
            Ok(left.len())
        })
        .await
}

/// Gives back what the courier `courier` still holds, because it ends.
///
/// # Errors
/// When the register cannot be written now; the leases will end.
pub async fn release(store: &Store, courier: Uuid) -> Result<()> {
    store
        .write(&Actor::system(), async |write| {
            let held = Entity::find().filter(Column::CourierId.eq(courier)).filter(Column::LeaseUntil.is_not_null());
            for row in held.all(write.database()).await? {
                abandon(write, &row, "the program was stopped after the whole message was sent").await?;
            }
            Ok(())
        })
        .await
}

/// Of a row whose courier is gone: before the message's end nothing was accepted; after it nobody knows.
async fn abandon(write: &Write, row: &Model, reason: &str) -> Result<()> {
    let (state, reason, next) = if row.state == MailState::DotSent {
        (MailState::Uncertain, Some(reason), resend_at(row, write.now()))
    } else {
        (MailState::Queued, None, Some(write.now()))
    };
    set(write, row, state, reason, next).await?;
    Ok(())
}

/// When an uncertain mail is sent once more; never, if somebody would get a second code.
fn resend_at(row: &Model, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let persists = row.first_attempt_at.is_none_or(|first| now - first < PERSISTENCE);
    (row.priority != MailPriority::SignIn && persists).then_some(now + UNCERTAIN_PAUSE)
}

/// The pause after an attempt: doubled each time up to a limit, and a fifth longer or shorter, so that what failed together is not tried
/// together. The chance is the mail's own.
fn pause(row: &Model) -> Duration {
    let (first, longest) = match row.priority {
        MailPriority::SignIn => (FIRST_SIGN_IN_PAUSE, LONGEST_SIGN_IN_PAUSE),
        _ => (FIRST_PAUSE, LONGEST_PAUSE),
    };
    let doublings = Ord::min(u32::try_from(row.attempts - 1).unwrap_or(0), 16);
    let pause = Ord::min(first * 2_i32.pow(doublings), longest);
    let chance = Sha256::digest([row.id.as_bytes().as_slice(), &row.attempts.to_le_bytes()].concat())[0];
    // Whole milliseconds: times finer than the clock's would never be due.
    Duration::milliseconds(pause.num_milliseconds() * (204 + i64::from(chance) * 2 / 5) / 255)
}

/// Sets the state of a row that is the courier's, ends its lease, and drops what is not to be kept.
async fn set(write: &Write, row: &Model, state: MailState, reason: Option<&str>, next: Option<DateTime<Utc>>) -> Result<bool> {
    let done = next.is_none();
    let mut change = Entity::update_many()
        .col_expr(Column::State, state.into())
        .col_expr(Column::LastError, Expr::value(reason))
        .col_expr(Column::NextAttemptAt, Expr::value(next))
        .col_expr(Column::CourierId, null())
        .col_expr(Column::LeaseUntil, null())
        .col_expr(Column::Epoch, (row.epoch + 1).into())
        .col_expr(Column::FinishedAt, Expr::value(done.then_some(write.now())))
        .filter(held(row));
    // Nobody got what was withdrawn, and nobody is to.
    if done && (row.priority == MailPriority::SignIn || state == MailState::Withdrawn) {
        change = without_message(change);
    }
    Ok(change.exec(write.database()).await?.rows_affected > 0)
}

/// Ends a mail that is not to go out.
async fn stop(write: &Write, row: &Model, state: MailState, reason: &'static str) -> Result<()> {
    set(write, row, state, Some(reason), None).await?;
    Ok(())
}

/// That the row is still as `row` says: nobody claimed it since.
fn held(row: &Model) -> Expr {
    Column::Id.eq(row.id).and(Column::Epoch.eq(row.epoch))
}

/// Why a mail must not go out now; none when it may.
async fn must_not_go(write: &Write, row: &Model) -> Result<Option<&'static str>> {
    let (database, today) = (write.database(), write.clock().today());
    if row.expires_at.is_some_and(|end| end <= write.now()) {
        return Ok(Some("its time was over"));
    }
    if let Some(Ids(named)) = &row.named_members {
        let open = member::Entity::find()
            .filter(member::Column::Id.is_in(named.iter().copied()))
            .filter(member::Column::Protection.is_null());
        if open.count(database).await? < named.len() as u64 {
            return Ok(Some("somebody named in it is not to be named any more"));
        }
    }
    let Some(member) = row.member_id else {
        let needs = row.needs_membership || row.appointment_id.is_some();
        return Ok(needs.then_some("the recipient is no member"));
    };
    if member::Entity::find_by_id(member).count(database).await? == 0 {
        return Ok(Some("the recipient is no longer in the register"));
    }
    if row.needs_membership && !is_current_member(database, member, today).await? {
        return Ok(Some("the recipient is no longer a member"));
    }
    let more = row.more_appointments.as_ref().map_or(&[] as &[_], |Ids(more)| more);
    for id in row.appointment_id.iter().chain(more).copied() {
        let appointment = appointment::Entity::find_by_id(id).one(database).await?;
        let holds = appointment.is_some_and(|appointment| {
            appointment.valid_from.is_none_or(|first| first <= today)
                && appointment.valid_until.is_none_or(|last| last >= today)
                && [Some(appointment.member_id), appointment.deputy_member_id].contains(&Some(member))
        });
        if !holds {
            return Ok(Some("the recipient no longer holds the appointment"));
        }
    }
    Ok(None)
}

async fn is_current_member(database: &impl ConnectionTrait, member: Uuid, today: chrono::NaiveDate) -> Result<bool> {
    use membership_period::Column;
    let current = membership_period::Entity::find()
        .filter(Column::MemberId.eq(member))
        .filter(Column::ValidFrom.is_null().or(Column::ValidFrom.lte(today)))
        .filter(Column::ValidUntil.is_null().or(Column::ValidUntil.gte(today)));
    Ok(current.count(database).await? > 0)
}

/// Whether something waits that could be claimed now.
///
/// # Errors
/// When the database does not answer.
pub async fn is_waiting(store: &Store, which: &Which) -> Result<bool> {
    let mut waiting = Entity::find().filter(Column::NextAttemptAt.lte(store.clock().now()));
    if let Which::Ids(ids) = which {
        waiting = waiting.filter(Column::Id.is_in(ids.iter().copied()));
    }
    Ok(waiting.select_only().column(Column::Id).limit(1).into_tuple::<Uuid>().one(store.database()).await?.is_some())
}

/// How many of these mails somebody is sending right now.
///
/// # Errors
/// When the database does not answer.
pub async fn being_sent(store: &Store, ids: &[Uuid]) -> Result<u64> {
    let held = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).filter(Column::LeaseUntil.is_not_null());
    Ok(held.count(store.database()).await?)
}
