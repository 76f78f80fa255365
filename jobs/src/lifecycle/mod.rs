//! Lifecycle automation: rules that are followed by themselves, once each time, and leave a proof.
//!
//! | file | for |
//! | --- | --- |
//! | [`rule`] | rules as data, and those that come with the program |
//! | [`plan`] | what one run does: pure, decided from what was read |
//! | [`read`](mod@read) | what a run reads of the register |
//! | [`run`] | a run: claimed, planned, written with its mails in one transaction |
//! | `rows` | the follow-ups of a run, as rows |
//! | [`letters`] | who gets which mail, and what stands in it |
//! | [`follow_ups`] | what people record: contacted, an outcome, a note |
//! | `outcomes` | what follows from an outcome: a proposal to the registrar, a question to the member |
//! | [`proof`] | whether every run has run and found whom it should; else an alarm |
//!
//! A run is one row of the run table and one transaction. Whoever claims the row holds it for a while (lease) under a
//! number that grows with each claim (epoch); the transaction begins by asking whether the number is still the last one, so
//! that a process which slept through its lease writes nothing. Killed at any moment, it has written all or nothing.

pub mod follow_ups;
pub mod letters;
#[cfg(test)]
mod model;
mod outcomes;
pub mod plan;
pub mod proof;
pub mod read;
mod rows;
pub mod rule;
pub mod run;

#[cfg(debug_assertions)]
use std::rc::Rc;
use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, TimeZone, Utc};
use entity::lifecycle_rule::{self, Notice};
use entity::{lifecycle_rule as rules, lifecycle_run};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder};
use tokio::sync::Notify;

#[cfg(debug_assertions)]
use crate::fail_point::{FailPoint, RunPoint};
use crate::outbox::Outbox;
use crate::timetable::{self, Slot};
use crate::{Error, Result, Store};
use rule::Rule;
use run::{Done, How};

/// How late a run may begin and still count as being in time.
pub const IN_TIME: Duration = Duration::hours(1);
/// What follows the rules.
#[derive(Clone, Debug)]
pub struct Automation {
    /// The register.
    pub store: Store,
    /// Where the read audit is written: a mail with names is a reading.
    pub audit: DatabaseConnection,
    /// Writes mails.
    pub outbox: Outbox,
    /// Where mail goes that is for no member.
    pub offices: Offices,
    /// Where a test lets a run die.
    #[cfg(debug_assertions)]
    pub fail_point: Rc<FailPoint<RunPoint>>,
}

/// Addresses of the union's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offices {
    /// Takes what has no representative.
    pub office: String,
    /// Takes protected identities.
    pub privacy_officer: String,
    /// Is told when a run is missing.
    pub administrator: String,
}

impl Automation {
    /// What follows the rules of this register.
    pub fn new(store: Store, audit: DatabaseConnection, outbox: Outbox, offices: Offices) -> Self {
        Self {
            store,
            audit,
            outbox,
            offices,
            #[cfg(debug_assertions)]
            fail_point: Rc::default(),
        }
    }

    /// Runs every slot of every active rule that is due now and has not run: those that were missed too, oldest first. A
    /// rule that fails keeps no other from running.
    ///
    /// # Errors
    /// When the rules cannot be read.
    pub async fn tick(&self) -> Result<Vec<Done>> {
        let now = self.store.clock().now();
        let rows = rules::Entity::find()
            .filter(rules::Column::Paused.eq(false))
            .order_by_asc(rules::Column::Key)
            .all(self.store.database())
            .await?;
        let mut done = Vec::new();
        for row in rows {
            let Some(active_from) = row.active_from else { continue };
            for slot in self.pending(&row, active_from, now).await? {
                let how = How { on: self.store.clock().today(), by_hand: false, caught_up: now - slot.at > IN_TIME };
                match self.run(&row, &slot, &how).await {
                    Ok(outcome) => done.extend(outcome),
                    Err(error) => {
                        tracing::error!(rule = row.key, slot = slot.name, error = %error, source = ?std::error::Error::source(&error), "A run failed; it is tried again");
                        break;
                    }
                }
            }
        }
        Ok(done)
    }

    /// Runs what is due at the beginning of every minute and looks whether everything has run, for ever.
    pub async fn follow(&self) {
        let minute = Arc::new(Notify::new());
        let ticker = match timetable::tick(minute.clone()).await {
            Ok(ticker) => ticker,
            Err(error) => {
                tracing::error!(%error, "The minute ticker could not be started: no rule is followed");
                return std::future::pending().await;
            }
        };
        loop {
            if let Err(error) = self.tick().await {
                tracing::warn!(%error, "The rules could not be followed now; the next minute tries again");
            }
            if let Err(error) = self.raise_alarms().await {
                tracing::warn!(%error, "The runs could not be looked at now; the next minute tries again");
            }
            minute.notified().await;
            // It lives as long as it is waited for.
            let _ = &ticker;
        }
    }

    /// Runs by hand what is due for `key` at the end of the local day `as_of`, or only says what it would do. The last list
    /// is made even when it was due before the rule was switched on. What has run is not run again.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such rule.
    pub async fn run_by_hand(&self, key: &str, as_of: NaiveDate, dry_run: bool) -> Result<Vec<Done>> {
        let row = rules::Entity::find_by_id(key).one(self.store.database()).await?.ok_or(Error::NotFound)?;
        let now = end_of(self.store.clock().zone(), as_of);
        let begin = row.active_from.filter(|_| !row.paused);
        let mut slots = match begin {
            Some(active_from) => self.pending(&row, active_from, now).await?,
            None => Vec::new(),
        };
        // The list, or for a rule without one the day, that lies before the rule's beginning: only by hand.
        for notice in [Notice::MonthAhead, Notice::OnTheDay] {
            let last =
                Slot::last(notice, self.store.clock().zone(), now).filter(|slot| begin.is_none_or(|begin| slot.at <= begin));
            if let Some(slot) = last.filter(|_| row.notices.0.contains(&notice)) {
                slots.push(slot);
            }
        }
        let how = How { on: as_of, by_hand: true, caught_up: false };
        let mut done = Vec::new();
        for slot in slots {
            if dry_run {
                done.push(self.rehearse(&row, &slot, &how).await?);
            } else {
                let how = How { caught_up: slot.day < as_of && begin.is_some_and(|begin| slot.at > begin), ..how };
                done.extend(self.run(&row, &slot, &how).await?);
            }
        }
        Ok(done)
    }

    /// The slots of a rule that are due at `now` and have not run, the lists first, oldest first. Of daily and weekly notices
    /// only the last: it takes in the days before it that were missed.
    async fn pending(&self, row: &lifecycle_rule::Model, active_from: DateTime<Utc>, now: DateTime<Utc>) -> Result<Vec<Slot>> {
        let zone = self.store.clock().zone();
        let mut pending = Vec::new();
        for notice in [Notice::MonthAhead, Notice::OnTheDay, Notice::StillOpen] {
            if !row.notices.0.contains(&notice) {
                continue;
            }
            let slots = match notice {
                Notice::MonthAhead => Slot::due(notice, zone, active_from, now),
                Notice::OnTheDay | Notice::StillOpen => {
                    Slot::last(notice, zone, now).into_iter().filter(|slot| slot.at > active_from).collect()
                }
            };
            let finished = lifecycle_run::Entity::find()
                .filter(lifecycle_run::Column::RuleKey.eq(&row.key))
                .filter(lifecycle_run::Column::Notice.eq(notice))
                .filter(lifecycle_run::Column::Slot.is_in(slots.iter().map(|slot| slot.name.as_str())))
                .filter(lifecycle_run::Column::FinishedAt.is_not_null())
                .all(self.store.database())
                .await?;
            pending.extend(slots.into_iter().filter(|slot| finished.iter().all(|run| run.slot != slot.name)));
        }
        Ok(pending)
    }

    /// What a run of `slot` asks of the register.
    async fn occasion(&self, rule: &Rule, slot: &Slot, on: NaiveDate) -> Result<(plan::Occasion, Option<i64>)> {
        let last_list = self.last_run(rule, Notice::MonthAhead).await?;
        let last_day = self.last_run(rule, Notice::OnTheDay).await?;
        let lists = rule.notices.contains(&Notice::MonthAhead);
        let (first, last) = match slot.notice {
            Notice::MonthAhead => (slot.month_ahead().first(), slot.month_ahead().last()),
            Notice::OnTheDay => {
                let zone = self.store.clock().zone();
                let after_last = last_day.as_ref().and_then(|run| run.slot.parse::<NaiveDate>().ok()?.succ_opt());
                let begin = rule.active_from.map(|begin| begin.with_timezone(&zone).date_naive());
                let earliest = rule.look_back.reversed().due(on).unwrap_or(slot.day);
                let first = after_last.or(begin).unwrap_or(slot.day);
                (first.max(earliest).min(slot.day), slot.day)
            }
            Notice::StillOpen => (slot.day, slot.day),
        };
        // Whose date was entered since the last list joins the next one. Until there has been a list, and for rules without
        // one, the daily notice takes her in; the first list takes in who was entered since the last daily notice.
        let opening = if lists { &last_list } else { &last_day };
        let since = match slot.notice {
            Notice::MonthAhead => last_list.as_ref().or(last_day.as_ref()),
            Notice::OnTheDay if last_list.is_none() => last_day.as_ref(),
            Notice::OnTheDay | Notice::StillOpen => None,
        };
        let since = since.map(|run| run.change_number);
        let late_from = since.and_then(|_| match (opening, lists) {
            (Some(_), true) | (_, false) => rule.look_back.reversed().due(on),
            (None, true) => rule.covered_from,
        });
        Ok((plan::Occasion { notice: slot.notice, first, last, late_from, on }, since))
    }

    /// The last run of a notice that ended, since the rule was switched on.
    async fn last_run(&self, rule: &Rule, notice: Notice) -> Result<Option<lifecycle_run::Model>> {
        let Some(active_from) = rule.active_from else { return Ok(None) };
        Ok(lifecycle_run::Entity::find()
            .filter(lifecycle_run::Column::RuleKey.eq(&rule.key))
            .filter(lifecycle_run::Column::Notice.eq(notice))
            .filter(lifecycle_run::Column::FinishedAt.is_not_null())
            .filter(lifecycle_run::Column::StartedAt.gte(active_from))
            .order_by_desc(lifecycle_run::Column::PlannedAt)
            .one(self.store.database())
            .await?)
    }
}

/// The last second of a local day. A day whose midnight does not exist ends with the one after it.
fn end_of(zone: chrono_tz::Tz, day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.succ_opt().unwrap_or(day).and_time(chrono::NaiveTime::MIN);
    let local = zone.from_local_datetime(&midnight).earliest();
    local.map_or_else(|| Utc.from_utc_datetime(&midnight), |midnight| midnight.to_utc()) - Duration::seconds(1)
}
