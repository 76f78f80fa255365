//! Signing in by mailed link or code, for members. Nobody learns from it who is a member.
//!
//! Whoever asks is answered before anything is looked up: the request is a row ([`ask`]). A job ([`Mailer`]) sees whose it is and
//! mails a link and a code to each member whom it fits, at the address that the register holds. A request that fits nobody
//! gets a row all the same, which no code opens, so that typing codes takes as long either way.
//!
//! The link is good in the browser that asked, the code in any; both are one row, which is spent once. Reading the page of a
//! link spends nothing: that is done by POST.

use std::sync::Arc;

use chrono::Duration;
use entity::outbox::MailPriority;
use entity::session::{self, Method};
use entity::sign_in_link::{self, Purpose};
use entity::{email_change, known_browser, member, sign_in_request};
use jobs::error::Refusal;
use jobs::history::Actor;
use jobs::mails::SignInMail;
use jobs::outbox::{Needs, NewMail, Outbox, Recipient};
use jobs::{Error, Result, Store, Write};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::keys::{Keys, new_secret, random, secret_hash};
use super::limits;
use super::sessions::{self, Subject};

/// How long a link and its code may be used.
pub const VALID: Duration = Duration::minutes(10);
/// How many wrong codes a row takes, in the browser that asked and in others.
const WRONG_CODES: i32 = 5;
/// How many members may share an address: beyond it, it is no household's.
const SHARING: u64 = 10;
/// How many requests the job takes at once.
const AT_ONCE: u64 = 50;
/// How long a browser is known in which nobody has signed in again.
const KNOWN: Duration = Duration::days(180);
/// What a typed identifier is sealed for.
const IDENTIFIER: &str = "sign-in identifier";

/// Notes that somebody wants to sign in as who bears `identifier`. Looks nothing up.
///
/// # Errors
/// [`Error::TooMany`] when many requests came from this network; nothing else depends on what was typed.
pub async fn ask(store: &Store, keys: &Keys, identifier: &str, browser: &str, network: &[u8]) -> Result<()> {
    let identifier = identifier.trim();
    let identifier_hash = identifier_hash(keys, &normal(identifier));
    store
        .write(&Actor::system(), async |write| {
            limits::REQUESTS_OF_NETWORK.check(write, keys, &[network]).await?;
            let wait = limits::REQUESTS_OF_IDENTIFIER.count(write, keys, &[&identifier_hash]).await?;
            let id = write.new_id();
            let row = sign_in_request::Model {
                id,
                identifier: keys.seal(IDENTIFIER, id, identifier.as_bytes())?,
                identifier_hash: identifier_hash.clone(),
                browser_hash: secret_hash(browser),
                network_hash: keys.keyed_hash("network", &[network]),
                not_before: write.now() + wait.unwrap_or_default(),
                due_at: write.now(),
                created_at: write.now(),
            };
            sign_in_request::Entity::insert(row.into_active_model()).exec_without_returning(write.database()).await?;
            Ok(())
        })
        .await
}

/// Reads a typed text as a telephone number in the register's own form.
pub type AsPhone = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Answers requests by mail.
#[derive(Clone)]
pub struct Mailer {
    /// The register.
    pub store: Store,
    /// Its keys.
    pub keys: Keys,
    /// Where mails are written.
    pub outbox: Outbox,
    /// How the register writes a telephone number; none for what cannot be read as one. The rule is `members::phone`'s.
    pub as_phone: AsPhone,
}

impl Mailer {
    /// Drops what signing in leaves behind, once it is over.
    ///
    /// # Errors
    /// When the register cannot be written now; the next sweep does it.
    pub async fn sweep(&self) -> Result<()> {
        self.store
            .write(&Actor::system(), async |write| {
                sweep(write).await?;
                limits::sweep(write).await?;
                sessions::sweep(write).await
            })
            .await
    }

    /// Answers the requests that are due, each in a transaction of its own; goes on after one that fails, which is tried
    /// again. Gives how many there were.
    ///
    /// # Errors
    /// When the register cannot be read.
    pub async fn run(&self) -> Result<usize> {
        let now = self.store.clock().now();
        let due = sign_in_request::Entity::find()
            .filter(sign_in_request::Column::DueAt.lte(now))
            .order_by_asc(sign_in_request::Column::DueAt)
            .limit(AT_ONCE)
            .all(self.store.database())
            .await?;
        let count = due.len();
        for request in due {
            let id = request.id;
            if let Err(error) = self.answer(request).await {
                tracing::warn!(request = %id, %error, "A request to sign in was not answered; it is tried again");
            }
        }
        Ok(count)
    }

    async fn answer(&self, request: sign_in_request::Model) -> Result<()> {
        self.store
            .write(&Actor::system(), async |write| {
                // Whoever drops the row answers it, on whichever instance.
                let dropped = sign_in_request::Entity::delete_by_id(request.id).exec(write.database()).await?;
                if dropped.rows_affected == 0 || write.now() >= request.created_at + VALID {
                    return Ok(());
                }
                let identifier = self.keys.open_sealed(IDENTIFIER, request.id, &request.identifier)?;
                let identifier = String::from_utf8(identifier).map_err(Error::internal)?;
                let answered = answered_members(write, &request).await?;
                let mut later: Option<Duration> = None;
                let mut mailed = !answered.is_empty();
                for member in self.members(write, &identifier).await? {
                    if member.email.is_none() || answered.contains(&Some(member.id)) || is_stopped(write, member.id).await? {
                        continue;
                    }
                    match self.wait(write, &request, member.id).await? {
                        Some(wait) => later = Some(later.map_or(wait, |other| other.min(wait))),
                        None => {
                            self.mail_link(write, &request, &member).await?;
                            mailed = true;
                        }
                    }
                }
                if !mailed {
                    let nobodys = Link { purpose: Purpose::SignIn, member_id: None, session_id: None, with_link: false };
                    nobodys.insert(write, &self.keys, Some(&request)).await?;
                }
                if let Some(wait) = later {
                    let again = sign_in_request::Model { due_at: write.now() + wait, ..request.clone() };
                    sign_in_request::Entity::insert(again.into_active_model()).exec_without_returning(write.database()).await?;
                }
                Ok(())
            })
            .await
    }

    /// Whom `identifier` may mean: an e-mail address, a telephone number or a member number.
    async fn members(&self, write: &Write, identifier: &str) -> Result<Vec<member::Model>> {
        use member::Column;
        let which = if identifier.contains('@') {
            Condition::all()
                .add(Expr::expr(Func::lower(Expr::col((member::Entity, Column::Email)))).eq(identifier.to_lowercase()))
        } else {
            let phone = (self.as_phone)(identifier);
            Condition::any().add(Column::MemberNumber.eq(identifier)).add_option(phone.map(|number| Column::Phone.eq(number)))
        };
        Ok(member::Entity::find().filter(which).order_by_asc(Column::Id).limit(SHARING).all(write.database()).await?)
    }

    /// How long this member's link has to wait, because many were mailed to her of late.
    async fn wait(&self, write: &Write, request: &sign_in_request::Model, member: Uuid) -> Result<Option<Duration>> {
        let known = known_browser::Entity::find_by_id((member, request.browser_hash.clone())).one(write.database()).await?;
        if known.is_some() {
            return limits::MAILS_TO_KNOWN.count(write, &self.keys, &[member.as_bytes(), &request.browser_hash]).await;
        }
        if write.now() < request.not_before {
            return Ok(Some(request.not_before - write.now()));
        }
        let wait = limits::MAILS_FROM_NETWORK.count(write, &self.keys, &[member.as_bytes(), &request.network_hash]).await?;
        match wait {
            Some(wait) => Ok(Some(wait)),
            None => limits::MAILS_OF_MEMBER.count(write, &self.keys, &[member.as_bytes()]).await,
        }
    }

    async fn mail_link(&self, write: &Write, request: &sign_in_request::Model, member: &member::Model) -> Result<()> {
        let link = Link { purpose: Purpose::SignIn, member_id: Some(member.id), session_id: None, with_link: true };
        let made = link.insert(write, &self.keys, Some(request)).await?;
        enqueue(write, &self.outbox, member, &made).await
    }
}

/// Whether the address of `member` came by a change that is stopped from the old address: then nobody signs in by it.
async fn is_stopped(write: &Write, member: Uuid) -> Result<bool> {
    use email_change::Column;
    let stopped = email_change::Entity::find()
        .filter(Column::MemberId.eq(member))
        .filter(Column::ConfirmedAt.is_not_null())
        .filter(Column::StoppedUntil.gt(write.now()));
    Ok(stopped.one(write.database()).await?.is_some())
}

async fn answered_members(write: &Write, request: &sign_in_request::Model) -> Result<Vec<Option<Uuid>>> {
    let rows = sign_in_link::Entity::find().filter(sign_in_link::Column::RequestId.eq(request.id)).all(write.database()).await?;
    Ok(rows.into_iter().map(|row| row.member_id).collect())
}

/// A link or code to be.
struct Link {
    purpose: Purpose,
    member_id: Option<Uuid>,
    session_id: Option<Uuid>,
    with_link: bool,
}

/// What the mail says, which is not kept.
struct MadeLink {
    id: Uuid,
    secret: Option<String>,
    code: String,
}

impl Link {
    async fn insert(&self, write: &Write, keys: &Keys, request: Option<&sign_in_request::Model>) -> Result<MadeLink> {
        let id = write.new_id();
        let secret = self.with_link.then(new_secret).transpose()?;
        let code = new_code()?;
        let row = sign_in_link::Model {
            id,
            purpose: self.purpose,
            member_id: self.member_id,
            request_id: request.map(|request| request.id),
            link_hash: secret.as_deref().map(secret_hash),
            // Nobody's row has a hash that no code has.
            code_hash: if self.member_id.is_some() { code_hash(keys, id, &code) } else { random::<32>()?.to_vec() },
            identifier_hash: request.map(|request| request.identifier_hash.clone()),
            browser_hash: request.map(|request| request.browser_hash.clone()),
            session_id: self.session_id,
            wrong_here: 0,
            wrong_elsewhere: 0,
            created_at: write.now(),
            expires_at: write.now() + VALID,
            spent_at: None,
        };
        sign_in_link::Entity::insert(row.into_active_model()).exec_without_returning(write.database()).await?;
        Ok(MadeLink { id, secret, code })
    }
}

async fn enqueue(write: &Write, outbox: &Outbox, member: &member::Model, made: &MadeLink) -> Result<()> {
    let Some(address) = member.email.clone() else { return Ok(()) };
    let language = outbox.language(member.language.as_deref());
    let letterhead = outbox.letterhead(language);
    let first_name = member.given_names.split_whitespace().next().unwrap_or_default().to_owned();
    let link = made.secret.as_ref().map(|secret| format!("{}/sign-in/link/{secret}", letterhead.public_url));
    let content = SignInMail { first_name, link, code: made.code.clone() }.render(&letterhead)?;
    let mail = NewMail {
        dedupe_key: format!("sign-in/{}", made.id),
        priority: MailPriority::SignIn,
        kind: SignInMail::KIND,
        slot: None,
        to: Recipient { member_id: Some(member.id), name: None, address },
        language,
        content,
        needs: Needs { until: Some(write.now() + VALID), ..Needs::default() },
    };
    outbox.enqueue(write, mail).await?;
    Ok(())
}

/// Signs in by the link whose secret is `secret`, in the browser that asked for it.
///
/// # Errors
/// [`Error::Refused`] when it is unknown, too old, used, or another browser's; then nothing is spent.
pub async fn by_link(store: &Store, secret: &str, browser: Option<&str>, agent: &str) -> Result<(session::Model, String)> {
    let refused = |refusal: Refusal| Err(Error::Refused(refusal));
    store
        .write(&Actor::system(), async |write| {
            let found = sign_in_link::Entity::find().filter(sign_in_link::Column::LinkHash.eq(secret_hash(secret)));
            let Some(link) = found.one(write.database()).await? else { return refused(Refusal::LinkUnknown) };
            let here = browser.is_some_and(|browser| link.browser_hash == Some(secret_hash(browser)));
            match link.member_id {
                _ if link.spent_at.is_some() => refused(Refusal::LinkSpent),
                _ if write.now() >= link.expires_at => refused(Refusal::LinkExpired),
                _ if !here => refused(Refusal::LinkElsewhere),
                Some(member) if spend(write, link.id).await? => begin(write, member, Method::Link, browser, agent).await,
                _ => refused(Refusal::LinkSpent),
            }
        })
        .await
}

/// A code as it was typed.
#[derive(Clone, Copy, Debug)]
pub struct TypedCode<'a> {
    /// The six digits.
    pub code: &'a str,
    /// What was typed to ask for it; may be left out in the browser that asked.
    pub identifier: Option<&'a str>,
    /// The browser.
    pub browser: Option<&'a str>,
    /// Where it comes from.
    pub network: &'a [u8],
}

/// Signs in by a mailed code, in whatever browser.
///
/// # Errors
/// [`Error::Refused`] when no open code is this one, whatever the reason; [`Error::TooMany`].
pub async fn by_code(store: &Store, keys: &Keys, typed: TypedCode<'_>, agent: &str) -> Result<(session::Model, String)> {
    use sign_in_link::Column;
    let browser_hash = typed.browser.map(secret_hash);
    let identifier_hash = typed.identifier.map(|identifier| identifier_hash(keys, &normal(identifier)));
    let begun = store
        .write(&Actor::system(), async |write| {
            limits::CODES_OF_NETWORK.check(write, keys, &[typed.network]).await?;
            let here = Condition::all().add(Column::BrowserHash.is_not_null()).add(Column::BrowserHash.eq(browser_hash.clone()));
            let asked = match &identifier_hash {
                Some(hash) => Condition::all().add(Column::IdentifierHash.eq(hash.clone())),
                None => here.clone(),
            };
            let open = Condition::all()
                .add(asked)
                .add(Column::Purpose.eq(Purpose::SignIn))
                .add(Column::SpentAt.is_null())
                .add(Column::ExpiresAt.gt(write.now()));
            // Counted first, checked after: of many that come at once each has its turn at the row.
            let mut candidates = count_try(write, open.clone().add(here.clone()), Column::WrongHere).await?;
            if let Some(hash) = &identifier_hash
                && limits::CODES_ELSEWHERE.count(write, keys, &[hash]).await?.is_none()
            {
                let elsewhere = open.add(Condition::any().add(Column::BrowserHash.is_null()).add(here.not()));
                candidates.extend(count_try(write, elsewhere, Column::WrongElsewhere).await?);
            }
            let digits: String = typed.code.chars().filter(|letter| !letter.is_whitespace()).collect();
            let found = candidates.into_iter().find(|link| link.code_hash == code_hash(keys, link.id, &digits));
            // A wrong code is no error here: that would undo the counting.
            let Some((id, member)) = found.and_then(|link| Some((link.id, link.member_id?))) else { return Ok(None) };
            if !spend(write, id).await? {
                return Ok(None);
            }
            if let Some(hash) = &identifier_hash {
                limits::CODES_ELSEWHERE.forget(write, keys, &[hash]).await?;
            }
            begin(write, member, Method::Code, typed.browser, agent).await.map(Some)
        })
        .await?;
    begun.ok_or(Error::Refused(Refusal::Code))
}

/// Mails a code to the member of a running session, by which she shows that she reads the mail at this moment.
///
/// # Errors
/// [`Error::TooMany`]; [`Error::Conflict`] when the register has no e-mail address of hers.
pub async fn ask_to_step_up(store: &Store, keys: &Keys, outbox: &Outbox, member: Uuid, session: Uuid) -> Result<()> {
    store
        .write(&Actor::system(), async |write| {
            limits::MAILS_TO_KNOWN.check(write, keys, &[member.as_bytes()]).await?;
            let row = member::Entity::find_by_id(member).one(write.database()).await?.ok_or(Error::NotSignedIn)?;
            if row.email.is_none() {
                return Err(Error::conflict("", "the register has no e-mail address of yours; turn to the office"));
            }
            let link = Link { purpose: Purpose::StepUp, member_id: Some(member), session_id: Some(session), with_link: false };
            let made = link.insert(write, keys, None).await?;
            enqueue(write, outbox, &row, &made).await
        })
        .await
}

/// Shows the code that was mailed for this session, and gives the text of the session's new cookie.
///
/// # Errors
/// [`Error::Refused`] when it is not right.
pub async fn step_up(store: &Store, keys: &Keys, session: Uuid, code: &str) -> Result<String> {
    use sign_in_link::Column;
    let renewed = store
        .write(&Actor::system(), async |write| {
            let open = Condition::all()
                .add(Column::Purpose.eq(Purpose::StepUp))
                .add(Column::SessionId.eq(session))
                .add(Column::SpentAt.is_null())
                .add(Column::ExpiresAt.gt(write.now()));
            let digits: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
            let candidates = count_try(write, open, Column::WrongHere).await?;
            let found = candidates.into_iter().find(|link| link.code_hash == code_hash(keys, link.id, &digits));
            match found {
                Some(link) if spend(write, link.id).await? => sessions::renew(write, session).await.map(Some),
                _ => Ok(None),
            }
        })
        .await?;
    renewed.ok_or(Error::Refused(Refusal::Code))
}

/// Mails a code to a member at the desk, to the address that has just been set: she types it together with the address.
///
/// # Errors
/// [`Error::TooMany`].
pub async fn mail_code_at_desk(write: &Write, keys: &Keys, outbox: &Outbox, member: &member::Model) -> Result<()> {
    limits::MAILS_TO_KNOWN.check(write, keys, &[member.id.as_bytes()]).await?;
    let identifier = normal(member.email.as_deref().unwrap_or_default());
    let link = Link { purpose: Purpose::SignIn, member_id: Some(member.id), session_id: None, with_link: false };
    let made = link.insert(write, keys, None).await?;
    sign_in_link::Entity::update_many()
        .col_expr(sign_in_link::Column::IdentifierHash, Expr::value(identifier_hash(keys, &identifier)))
        .filter(sign_in_link::Column::Id.eq(made.id))
        .exec(write.database())
        .await?;
    enqueue(write, outbox, member, &made).await
}

/// Counts one try on each of the rows that still take one, and gives them.
async fn count_try(write: &Write, which: Condition, column: sign_in_link::Column) -> Result<Vec<sign_in_link::Model>> {
    let counted = sign_in_link::Entity::update_many()
        .col_expr(column, Expr::col(column).add(1))
        .filter(which)
        .filter(column.lt(WRONG_CODES))
        .exec_with_returning(write.database())
        .await?;
    Ok(counted)
}

/// Spends a row; false when somebody else just did.
async fn spend(write: &Write, id: Uuid) -> Result<bool> {
    let spent = sign_in_link::Entity::update_many()
        .col_expr(sign_in_link::Column::SpentAt, Expr::value(write.now()))
        .filter(sign_in_link::Column::Id.eq(id))
        .filter(sign_in_link::Column::SpentAt.is_null())
        .exec(write.database())
        .await?;
    Ok(spent.rows_affected == 1)
}

async fn begin(
    write: &Write,
    member: Uuid,
    method: Method,
    browser: Option<&str>,
    agent: &str,
) -> Result<(session::Model, String)> {
    if let Some(browser) = browser {
        let row = known_browser::Model { member_id: member, browser_hash: secret_hash(browser), signed_in_at: write.now() };
        known_browser::Entity::insert(row.into_active_model())
            .on_conflict(
                OnConflict::columns([known_browser::Column::MemberId, known_browser::Column::BrowserHash])
                    .update_column(known_browser::Column::SignedInAt)
                    .to_owned(),
            )
            .exec_without_returning(write.database())
            .await?;
    }
    sessions::begin(write, Subject::Member(member), method, agent).await
}

/// Drops requests that nobody answered, links that are over and browsers long unseen.
async fn sweep(write: &Write) -> Result<()> {
    let (database, now) = (write.database(), write.now());
    sign_in_request::Entity::delete_many().filter(sign_in_request::Column::CreatedAt.lt(now - VALID)).exec(database).await?;
    // A day longer, so that an old link is told from one that never was.
    let over = sign_in_link::Column::ExpiresAt.lt(now - Duration::days(1));
    sign_in_link::Entity::delete_many().filter(over).exec(database).await?;
    known_browser::Entity::delete_many().filter(known_browser::Column::SignedInAt.lt(now - KNOWN)).exec(database).await?;
    Ok(())
}

/// An identifier as it is compared: an address in lower case; a number without the spaces and hyphens by which people group
/// digits.
fn normal(identifier: &str) -> String {
    let identifier = identifier.trim().to_lowercase();
    let groups = |letter: char| letter.is_whitespace() || "-()./".contains(letter);
    if identifier.contains('@') || identifier.chars().any(|letter| letter.is_alphabetic()) {
        identifier
    } else {
        identifier.replace(groups, "")
    }
}

fn identifier_hash(keys: &Keys, identifier: &str) -> Vec<u8> {
    keys.keyed_hash("sign-in identifier", &[identifier.as_bytes()])
}

/// The hash of a code of the row `link`.
pub(crate) fn code_hash(keys: &Keys, link: Uuid, code: &str) -> Vec<u8> {
    keys.keyed_hash("sign-in code", &[link.as_bytes(), code.as_bytes()])
}

/// Six digits, each as likely as the others.
pub(crate) fn new_code() -> Result<String> {
    loop {
        let number = u32::from_be_bytes(random::<4>()?);
        // The last of the numbers that would make the first codes likelier are drawn again.
        if number < u32::MAX - u32::MAX % 1_000_000 {
            return Ok(format!("{:06}", number % 1_000_000));
        }
    }
}
