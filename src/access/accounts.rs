//! Accounts of the people who work with the register: made, set up, ended, and what they sign in with.
//!
//! A new account has a set-up link, good for once and three days. Whoever opens it chooses a password, enters the second factor
//! in an app and gets recovery codes. A lost second factor is the same again: a new set-up link, and what was before is over.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use entity::account::{self, AccountRole, Roles};
use entity::history::{Change, Subject as HistorySubject};
use entity::outbox::MailPriority;
use entity::session::{self, Method};
use entity::{credential, recovery_code};
use jobs::error::Refusal;
use jobs::history::{Actor, Entry};
use jobs::mails::AccountNotice;
use jobs::mails::account_notice::AccountNews;
use jobs::outbox::{Needs, NewMail, Outbox, Recipient};
use jobs::{Error, Result, Store, Write};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ActiveValue::Unchanged, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder,
};
use serde_json::json;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::keys::{Keys, new_secret, random, secret_hash};
use super::sessions::{self, Subject};
use super::{limits, passwords, totp};

/// How long a set-up link may be used.
pub const SET_UP: Duration = Duration::days(3);
/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// What the secret of the second factor is sealed for.
const TOTP_PURPOSE: &str = "totp";

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What she types to sign in.
    pub email: String,
    /// Her name.
    pub name: String,
    /// What she may do.
    pub roles: Roles,
    /// Language for mails and pages.
    pub language: Option<String>,
}

/// What is to be entered in an authenticator app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactorSecret {
    /// As it is typed.
    pub secret: String,
    /// As an app reads it from a QR code.
    pub address: String,
}

impl SecondFactorSecret {
    fn of(secret: &[u8], account: &account::Model) -> Self {
        Self { secret: totp::typed(secret), address: totp::address(secret, &account.email) }
    }
}

/// What is shown beside the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    /// The six digits that the app shows.
    OneTimeCode(String),
    /// One of the recovery codes.
    RecoveryCode(String),
}

/// Makes an account and gives it with the secret of its set-up link: the only time that the secret is known.
///
/// # Errors
/// [`Error::Conflict`] when another account that has not ended has the e-mail address.
pub async fn create(write: &Write, keys: &Keys, new: NewAccount) -> Result<(account::Model, String)> {
    let row = account::Model {
        id: write.new_id(),
        email: new.email.to_lowercase(),
        name: new.name,
        roles: new.roles,
        language: new.language,
        created_at: write.now(),
        ended_at: None,
    };
    account::Entity::insert(row.clone().into_active_model()).exec_without_returning(write.database()).await?;
    note(write, &row, Change::Created);
    let secret = prepare_set_up(write, keys, row.id).await?;
    Ok((row, secret))
}

/// All accounts, the newest first.
pub async fn list(database: &impl ConnectionTrait) -> Result<Vec<account::Model>> {
    Ok(account::Entity::find().order_by_desc(account::Column::Id).all(database).await?)
}

/// Ends an account: it signs in no more, its sessions are over. One that has ended stays as it is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] for the last administrator, without whom nobody could make accounts.
pub async fn end(write: &Write, id: Uuid) -> Result<account::Model> {
    let row = load(write, id).await?;
    if row.ended_at.is_some() {
        return Ok(row);
    }
    if is_administrator(&row) {
        let open = account::Entity::find().filter(account::Column::EndedAt.is_null()).all(write.database()).await?;
        if open.iter().filter(|account| is_administrator(account)).count() < 2 {
            return Err(Error::conflict("", "this is the last administrator; make another one first"));
        }
    }
    let ended = account::ActiveModel { id: Unchanged(id), ended_at: Set(Some(write.now())), ..Default::default() };
    let row = ended.update(write.database()).await?;
    credential::Entity::delete_by_id(id).exec(write.database()).await?;
    forget_recovery_codes(write, id).await?;
    sessions::end_all(write, Subject::Account(id), None).await?;
    note(write, &row, Change::Ended);
    Ok(row)
}

/// Gives an account a new set-up link, for who has lost password or second factor; both are over, and so are the sessions. Its
/// holder is told by mail, without the link: whoever reads her mail must not get in by it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when the account has ended.
pub async fn reset(write: &Write, keys: &Keys, outbox: &Outbox, id: Uuid) -> Result<(account::Model, String)> {
    let row = load(write, id).await?;
    if row.ended_at.is_some() {
        return Err(Error::conflict("", "this account has ended; make a new one"));
    }
    forget_recovery_codes(write, id).await?;
    sessions::end_all(write, Subject::Account(id), None).await?;
    let secret = prepare_set_up(write, keys, id).await?;
    note(write, &row, Change::Reset);
    tell(write, outbox, &row, AccountNews::Reset).await?;
    Ok((row, secret))
}

/// Tells the holder of an account that what she signs in with is another now, should it not have been she.
async fn tell(write: &Write, outbox: &Outbox, account: &account::Model, news: AccountNews) -> Result<()> {
    let letterhead = outbox.letterhead(outbox.language(account.language.as_deref()));
    let mail = NewMail {
        dedupe_key: format!("account-notice/{}", write.new_id()),
        priority: MailPriority::Notice,
        kind: AccountNotice::KIND,
        slot: None,
        to: Recipient { member_id: None, name: Some(account.name.clone()), address: account.email.clone() },
        language: letterhead.language,
        content: AccountNotice { name: account.name.clone(), news }.render(&letterhead)?,
        needs: Needs::default(),
    };
    outbox.enqueue(write, mail).await?;
    Ok(())
}

fn is_administrator(row: &account::Model) -> bool {
    row.roles.iter().any(|role| role == AccountRole::Administrator)
}

async fn load(write: &Write, id: Uuid) -> Result<account::Model> {
    account::Entity::find_by_id(id).one(write.database()).await?.ok_or(Error::NotFound)
}

/// Credentials with nothing in them but a new secret of the second factor, and the secret by which they are set up.
async fn prepare_set_up(write: &Write, keys: &Keys, id: Uuid) -> Result<String> {
    let secret = new_secret()?;
    credential::Entity::delete_by_id(id).exec(write.database()).await?;
    let row = credential::Model {
        account_id: id,
        password_hash: None,
        totp_secret: keys.seal(TOTP_PURPOSE, id, &totp::new_secret()?)?,
        totp_last_step: 0,
        totp_next_secret: None,
        set_up_hash: Some(secret_hash(&secret)),
        set_up_expires_at: Some(write.now() + SET_UP),
        password_set_at: None,
    };
    credential::Entity::insert(row.into_active_model()).exec_without_returning(write.database()).await?;
    Ok(secret)
}

fn note(write: &Write, row: &account::Model, change: Change) {
    let changes = match change {
        Change::Created => Some(json!({
            "email": {"old": null, "new": row.email},
            "name": {"old": null, "new": row.name},
            "roles": {"old": null, "new": row.roles},
        })),
        _ => None,
    };
    write.note(Entry { subject: HistorySubject::Account, subject_id: row.id, member_id: None, change, changes });
}

/// The account whose set-up link has this secret, and what is to be entered in the app.
///
/// # Errors
/// [`Error::Refused`] when the link is unknown, too old, or was used.
pub async fn to_set_up(store: &Store, keys: &Keys, secret: &str) -> Result<(account::Model, SecondFactorSecret)> {
    let (account, credential) = by_set_up_secret(store.database(), secret, store.clock().now()).await?;
    let totp_secret = keys.open_sealed(TOTP_PURPOSE, account.id, &credential.totp_secret)?;
    let shown = SecondFactorSecret::of(&totp_secret, &account);
    Ok((account, shown))
}

/// Uses a set-up link: keeps the password, given that `code` shows that the second factor works. Gives the session that
/// begins with it, its cookie's text, and the recovery codes: the only time that they are known.
///
/// # Errors
/// [`Error::Refused`] when the link is unknown, too old, or was used; [`Error::Invalid`] when the password is not good enough or
/// the code is wrong: then the link may be used again.
pub async fn set_up(
    store: &Store,
    keys: &Keys,
    hashing: &Arc<Semaphore>,
    (secret, password, code): (&str, String, &str),
    browser: &str,
) -> Result<(session::Model, String, Vec<String>)> {
    let now = store.clock().now();
    let (account, credential) = by_set_up_secret(store.database(), secret, now).await?;
    passwords::rule(&password, &[&account.email, &account.name]).map_err(|detail| Error::invalid("/password", detail))?;
    let totp_secret = keys.open_sealed(TOTP_PURPOSE, account.id, &credential.totp_secret)?;
    let step = totp::step_of(&totp_secret, code, now, 0).ok_or_else(|| {
        Error::invalid("/code", "is not the code that the app shows now; see that the telephone's clock is right")
    })?;
    let hash = passwords::hash(hashing, password).await?;
    store
        .write(&actor(&account), async |write| {
            let used = credential::Entity::update_many()
                .col_expr(credential::Column::PasswordHash, Expr::value(hash.clone()))
                .col_expr(credential::Column::PasswordSetAt, Expr::value(write.now()))
                .col_expr(credential::Column::TotpLastStep, Expr::value(step))
                .col_expr(credential::Column::SetUpHash, Expr::value(Option::<Vec<u8>>::None))
                .filter(credential::Column::AccountId.eq(account.id))
                .filter(credential::Column::SetUpHash.eq(secret_hash(secret)))
                .exec(write.database())
                .await?;
            if used.rows_affected != 1 {
                return Err(Error::Refused(Refusal::SetUp));
            }
            let codes = new_recovery_codes(write, keys, account.id).await?;
            let (row, text) = sessions::begin(write, Subject::Account(account.id), Method::Password, browser).await?;
            Ok((row, text, codes))
        })
        .await
}

async fn by_set_up_secret(
    database: &impl ConnectionTrait,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<(account::Model, credential::Model)> {
    let found = credential::Entity::find().filter(credential::Column::SetUpHash.eq(secret_hash(secret))).one(database).await?;
    let credential = found.filter(|row| row.set_up_expires_at.is_some_and(|end| now < end));
    let credential = credential.ok_or(Error::Refused(Refusal::SetUp))?;
    let account = account::Entity::find_by_id(credential.account_id).one(database).await?;
    Ok((account.filter(|row| row.ended_at.is_none()).ok_or(Error::Refused(Refusal::SetUp))?, credential))
}

/// Signs in with password and second factor, from the network `network`. Whichever of them is wrong, the answer is the
/// same; an address of nobody takes as long as one of somebody.
///
/// # Errors
/// [`Error::Refused`]; [`Error::TooMany`].
pub async fn sign_in(
    store: &Store,
    keys: &Keys,
    hashing: &Arc<Semaphore>,
    (email, password, second): (&str, String, &SecondFactor),
    network: &[u8],
    browser: &str,
) -> Result<(session::Model, String)> {
    let email = email.trim().to_lowercase();
    let tried = [email.as_bytes(), network];
    store
        .write(&Actor::system(), async |write| {
            limits::PASSWORDS_OF_NETWORK.check(write, keys, &[network]).await?;
            limits::PASSWORDS_OF_EMAIL.check(write, keys, &tried).await
        })
        .await?;
    let database = store.database();
    let account = account::Entity::find().filter(account::Column::Email.eq(&email)).filter(account::Column::EndedAt.is_null());
    let account = account.one(database).await?;
    let credential = match &account {
        Some(account) => credential::Entity::find_by_id(account.id).one(database).await?,
        None => None,
    };
    let kept = credential.and_then(|row| row.password_hash);
    let right = passwords::is_right(hashing, password, kept).await?;
    let account = account.filter(|_| right).ok_or(Error::Refused(Refusal::Password))?;
    let begun = store
        .write(&actor(&account), async |write| {
            // What was tried is counted also when it was wrong: so this is no error, which would undo it.
            let Some(method) = accept(write, keys, account.id, second).await? else { return Ok(None) };
            limits::PASSWORDS_OF_EMAIL.forget(write, keys, &tried).await?;
            sessions::begin(write, Subject::Account(account.id), method, browser).await.map(Some)
        })
        .await?;
    begun.ok_or(Error::Refused(Refusal::Password))
}

/// Shows the second factor once more in a running session, and gives the text of its new cookie.
///
/// # Errors
/// [`Error::Refused`] when it is not right.
pub async fn step_up(store: &Store, keys: &Keys, account: Uuid, session: Uuid, second: &SecondFactor) -> Result<String> {
    let renewed = store
        .write(&Actor::system(), async |write| match accept(write, keys, account, second).await? {
            Some(_) => sessions::renew(write, session).await.map(Some),
            None => Ok(None),
        })
        .await?;
    renewed.ok_or(Error::Refused(Refusal::Code))
}

/// Uses up a second factor; none when it is not right, or too many wrong codes were tried of late.
async fn accept(write: &Write, keys: &Keys, account: Uuid, second: &SecondFactor) -> Result<Option<Method>> {
    match second {
        SecondFactor::OneTimeCode(code) => {
            let who: [&[u8]; 1] = [account.as_bytes()];
            if limits::SECOND_FACTORS.count(write, keys, &who).await?.is_some() {
                return Ok(None);
            }
            let Some(row) = credential::Entity::find_by_id(account).one(write.database()).await? else { return Ok(None) };
            let secret = keys.open_sealed(TOTP_PURPOSE, account, &row.totp_secret)?;
            let Some(step) = totp::step_of(&secret, code, write.now(), row.totp_last_step) else { return Ok(None) };
            let used = credential::Entity::update_many()
                .col_expr(credential::Column::TotpLastStep, Expr::value(step))
                .filter(credential::Column::AccountId.eq(account))
                .filter(credential::Column::TotpLastStep.lt(step))
                .exec(write.database())
                .await?;
            if used.rows_affected != 1 {
                return Ok(None);
            }
            limits::SECOND_FACTORS.forget(write, keys, &who).await?;
            Ok(Some(Method::Password))
        }
        SecondFactor::RecoveryCode(code) => {
            let code_hash = recovery_code_hash(keys, account, code);
            let used = recovery_code::Entity::delete_by_id((account, code_hash)).exec(write.database()).await?;
            Ok((used.rows_affected == 1).then_some(Method::RecoveryCode))
        }
    }
}

/// Sets another password. The other sessions of the account end.
///
/// # Errors
/// [`Error::Invalid`] when it is not good enough.
pub async fn change_password(
    (store, outbox): (&Store, &Outbox),
    (id, session): (Uuid, Uuid),
    hashing: &Arc<Semaphore>,
    password: String,
) -> Result<()> {
    let account = account::Entity::find_by_id(id).one(store.database()).await?.ok_or(Error::NotSignedIn)?;
    passwords::rule(&password, &[&account.email, &account.name]).map_err(|detail| Error::invalid("/password", detail))?;
    let hash = passwords::hash(hashing, password).await?;
    store
        .write(&actor(&account), async |write| {
            credential::Entity::update_many()
                .col_expr(credential::Column::PasswordHash, Expr::value(hash.clone()))
                .col_expr(credential::Column::PasswordSetAt, Expr::value(write.now()))
                .filter(credential::Column::AccountId.eq(id))
                .exec(write.database())
                .await?;
            note(write, &account, Change::Updated);
            tell(write, outbox, &account, AccountNews::Password).await?;
            sessions::end_all(write, Subject::Account(id), Some(session)).await
        })
        .await
}

/// An account as its holder sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// The account.
    pub account: account::Model,
    /// When the password was last set.
    pub password_set_at: Option<DateTime<Utc>>,
    /// How many recovery codes are left.
    pub recovery_codes: u64,
}

/// What the holder of the account `id` signs in with.
///
/// # Errors
/// [`Error::NotSignedIn`] when there is no such account.
pub async fn own(database: &impl ConnectionTrait, id: Uuid) -> Result<Own> {
    let account = account::Entity::find_by_id(id).one(database).await?.ok_or(Error::NotSignedIn)?;
    let credential = credential::Entity::find_by_id(id).one(database).await?;
    let recovery_codes = recovery_code::Entity::find().filter(recovery_code::Column::AccountId.eq(id)).count(database).await?;
    Ok(Own { account, password_set_at: credential.and_then(|row| row.password_set_at), recovery_codes })
}

/// Makes new recovery codes; the old ones are over. This is the only time that they are known.
///
/// # Errors
/// When the register cannot be written.
pub async fn renew_recovery_codes(write: &Write, keys: &Keys, id: Uuid) -> Result<Vec<String>> {
    let account = load(write, id).await?;
    forget_recovery_codes(write, id).await?;
    note(write, &account, Change::Updated);
    new_recovery_codes(write, keys, id).await
}

/// Begins to change the second factor: what is to be entered in the new app. The old one goes on working until
/// [`confirm_second_factor`].
///
/// # Errors
/// When the register cannot be written.
pub async fn offer_second_factor(write: &Write, keys: &Keys, id: Uuid) -> Result<SecondFactorSecret> {
    let account = load(write, id).await?;
    let secret = totp::new_secret()?;
    let sealed = keys.seal(TOTP_PURPOSE, id, &secret)?;
    credential::Entity::update_many()
        .col_expr(credential::Column::TotpNextSecret, Expr::value(sealed))
        .filter(credential::Column::AccountId.eq(id))
        .exec(write.database())
        .await?;
    Ok(SecondFactorSecret::of(&secret, &account))
}

/// What was offered by [`offer_second_factor`] and not confirmed yet.
///
/// # Errors
/// When it cannot be read.
pub async fn offered_second_factor(database: &impl ConnectionTrait, keys: &Keys, id: Uuid) -> Result<Option<SecondFactorSecret>> {
    let account = account::Entity::find_by_id(id).one(database).await?.ok_or(Error::NotSignedIn)?;
    let offered = credential::Entity::find_by_id(id).one(database).await?.and_then(|row| row.totp_next_secret);
    let secret = offered.map(|sealed| keys.open_sealed(TOTP_PURPOSE, id, &sealed)).transpose()?;
    Ok(secret.map(|secret| SecondFactorSecret::of(&secret, &account)))
}

/// Changes the second factor to the one offered, given that `code` shows that it works. The other sessions end.
///
/// # Errors
/// [`Error::Invalid`] when the code is wrong, or none was offered.
pub async fn confirm_second_factor(
    write: &Write,
    keys: &Keys,
    outbox: &Outbox,
    (id, session): (Uuid, Uuid),
    code: &str,
) -> Result<()> {
    let row = credential::Entity::find_by_id(id).one(write.database()).await?.ok_or(Error::NotSignedIn)?;
    let account = load(write, id).await?;
    let wrong = || Error::invalid("/code", "is not the code that the new app shows now");
    let next = row.totp_next_secret.ok_or_else(|| Error::invalid("/code", "belongs to nothing: ask for a new secret first"))?;
    let step = totp::step_of(&keys.open_sealed(TOTP_PURPOSE, id, &next)?, code, write.now(), 0).ok_or_else(wrong)?;
    credential::Entity::update_many()
        .col_expr(credential::Column::TotpSecret, Expr::value(next))
        .col_expr(credential::Column::TotpNextSecret, Expr::value(Option::<Vec<u8>>::None))
        .col_expr(credential::Column::TotpLastStep, Expr::value(step))
        .filter(credential::Column::AccountId.eq(id))
        .exec(write.database())
        .await?;
    note(write, &account, Change::Updated);
    tell(write, outbox, &account, AccountNews::SecondFactor).await?;
    sessions::end_all(write, Subject::Account(id), Some(session)).await
}

/// Ten codes of 80 random bits.
async fn new_recovery_codes(write: &Write, keys: &Keys, id: Uuid) -> Result<Vec<String>> {
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    let mut rows = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let letters = totp::typed(&random::<10>()?).to_lowercase();
        let code = [&letters[..4], &letters[4..8], &letters[8..12], &letters[12..]].join("-");
        rows.push(recovery_code::Model { account_id: id, code_hash: recovery_code_hash(keys, id, &code) });
        codes.push(code);
    }
    write.insert_all::<recovery_code::Entity>(rows).await?;
    Ok(codes)
}

async fn forget_recovery_codes(write: &Write, id: Uuid) -> Result<()> {
    recovery_code::Entity::delete_many().filter(recovery_code::Column::AccountId.eq(id)).exec(write.database()).await?;
    Ok(())
}

/// However it is typed.
fn recovery_code_hash(keys: &Keys, id: Uuid, code: &str) -> Vec<u8> {
    let letters: String = code.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    keys.keyed_hash("recovery code", &[id.as_bytes(), letters.as_bytes()])
}

fn actor(account: &account::Model) -> Actor {
    account.roles.iter().next().map_or_else(Actor::system, |role| Actor::new(&role, account.id))
}
