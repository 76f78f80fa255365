//! Limits on attempts. They live in the database, so three instances are not three times looser, and hold only hashes.
//!
//! Each is a rate with a burst (the generic cell rate algorithm): one number says until when past attempts count, one
//! statement counts the next or refuses it. What is refused is not counted, so whoever goes on trying does not push the
//! end away, and waiting always helps.
//!
//! No limit locks the rightful owner out. What anybody can use up with an e-mail address alone is counted by the network it
//! comes from too, so that others do not use it up for her; a mailed link works whatever was tried with codes; a browser in
//! which she signed in before has a limit of its own; a recovery code needs no one-time code.

use chrono::Duration;
use entity::attempt_limit;
use jobs::{Error, Result, Write};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::keys::Keys;

/// So many at once, then one more each time that `every` has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name, which is part of the key.
    name: &'static str,
    burst: i64,
    every: Duration,
}

/// Asking for a link, from one network: a hospital behind one address asks often.
pub const REQUESTS_OF_NETWORK: Limit = Limit { name: "requests of network", burst: 100, every: Duration::seconds(6) };
/// Asking for a link with one identifier. Beyond that browsers that nobody knows wait; all are answered the same.
pub const REQUESTS_OF_IDENTIFIER: Limit = Limit { name: "requests of identifier", burst: 10, every: Duration::minutes(1) };
/// Mails to one member for requests from one network.
pub const MAILS_FROM_NETWORK: Limit = Limit { name: "mails from network", burst: 3, every: Duration::minutes(4) };
/// Mails to one member from wherever.
pub const MAILS_OF_MEMBER: Limit = Limit { name: "mails of member", burst: 12, every: Duration::minutes(10) };
/// Mails to one member for requests from a browser in which she has signed in before, and from her sessions.
pub const MAILS_TO_KNOWN: Limit = Limit { name: "mails to known", burst: 5, every: Duration::minutes(2) };
/// Changes of the e-mail address that a member asks for: each mails an address that nobody has vouched for.
pub const EMAIL_CHANGES: Limit = Limit { name: "email changes", burst: 4, every: Duration::hours(1) };
/// Typing codes, from one network.
pub const CODES_OF_NETWORK: Limit = Limit { name: "codes of network", burst: 60, every: Duration::seconds(10) };
/// Wrong codes with one identifier in browsers that did not ask: of a million codes, twenty a day are tried.
pub const CODES_ELSEWHERE: Limit = Limit { name: "codes elsewhere", burst: 20, every: Duration::minutes(72) };
/// Passwords tried, from one network.
pub const PASSWORDS_OF_NETWORK: Limit = Limit { name: "passwords of network", burst: 60, every: Duration::seconds(10) };
/// Passwords tried with one e-mail address from one network.
pub const PASSWORDS_OF_EMAIL: Limit = Limit { name: "passwords of email", burst: 10, every: Duration::minutes(1) };
/// Wrong one-time codes after the right password; a recovery code goes on working.
pub const SECOND_FACTORS: Limit = Limit { name: "second factors", burst: 10, every: Duration::minutes(30) };

impl Limit {
    /// Counts one attempt of `who`. When there were too many, it is not counted, and how long to wait is given.
    ///
    /// # Errors
    /// When the register cannot be written.
    pub async fn count(&self, write: &Write, keys: &Keys, who: &[&[u8]]) -> Result<Option<Duration>> {
        use attempt_limit::Column;
        let now = write.now().timestamp_millis();
        let every = self.every.num_milliseconds();
        // Past this the burst is used up.
        let full = now + (self.burst - 1) * every;
        let key_hash = self.key(keys, who);
        let counts_until = || Expr::col((attempt_limit::Entity, Column::CountsUntil));
        let next = Expr::case(counts_until().gt(now), counts_until().add(every)).finally(now + every);
        let row = attempt_limit::Model { key_hash: key_hash.clone(), counts_until: now + every };
        let counted = attempt_limit::Entity::insert(row.into_active_model())
            .on_conflict(
                OnConflict::column(Column::KeyHash)
                    .value(Column::CountsUntil, next)
                    .action_and_where(counts_until().lte(full))
                    .to_owned(),
            )
            .exec_without_returning(write.database())
            .await?;
        if counted > 0 {
            return Ok(None);
        }
        let row = attempt_limit::Entity::find_by_id(key_hash).one(write.database()).await?;
        let wait = row.map_or(every, |row| row.counts_until - full);
        Ok(Some(Duration::milliseconds(Ord::max(wait, 1))))
    }

    /// Counts one attempt of `who`.
    ///
    /// # Errors
    /// [`Error::TooMany`] when there were too many.
    pub async fn check(&self, write: &Write, keys: &Keys, who: &[&[u8]]) -> Result<()> {
        match self.count(write, keys, who).await? {
            None => Ok(()),
            Some(wait) => Err(Error::TooMany { retry_after: u64::try_from(wait.num_seconds()).unwrap_or_default() + 1 }),
        }
    }

    /// Forgets the attempts of `who`: it was she.
    ///
    /// # Errors
    /// When the register cannot be written.
    pub async fn forget(&self, write: &Write, keys: &Keys, who: &[&[u8]]) -> Result<()> {
        attempt_limit::Entity::delete_by_id(self.key(keys, who)).exec(write.database()).await?;
        Ok(())
    }

    fn key(&self, keys: &Keys, who: &[&[u8]]) -> Vec<u8> {
        let parts: Vec<&[u8]> = std::iter::once(self.name.as_bytes()).chain(who.iter().copied()).collect();
        keys.keyed_hash("attempts", &parts)
    }
}

/// Drops what no longer counts.
pub async fn sweep(write: &Write) -> Result<()> {
    let now = write.now().timestamp_millis();
    attempt_limit::Entity::delete_many().filter(attempt_limit::Column::CountsUntil.lt(now)).exec(write.database()).await?;
    Ok(())
}
