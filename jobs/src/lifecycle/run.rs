//! One run: claimed, planned, and written with its mails and its proof in one transaction.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};
use entity::follow_up;
use entity::lifecycle_rule::{self, Notice};
use entity::read_audit::{self, Access};
use entity::{lifecycle_run, question};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::Automation;
use super::letters::{self, Letter};
use super::plan::{self, Occasion, Plan};
use super::read::{self, Reading};
use super::rows::{change_follow_ups, follow_up_of, questions, set};
use super::rule::Rule;
use crate::dates::Month;
#[cfg(debug_assertions)]
use crate::fail_point::RunPoint;
use crate::history::Actor;
use crate::outbox::Enqueued;
use crate::timetable::Slot;
use crate::{Error, Result, Write};

/// How long a run belongs to whoever began it: several times as long as the largest takes.
pub const LEASE: Duration = Duration::minutes(10);

/// How a slot is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct How {
    /// The civil date as of which the register is read.
    pub on: NaiveDate,
    /// Whether somebody runs it by hand.
    pub by_hand: bool,
    /// Whether it makes up for a slot that was missed.
    pub caught_up: bool,
}

/// What became of a slot.
#[derive(Clone, Debug)]
pub struct Done {
    /// The run, with its counts.
    pub run: lifecycle_run::Model,
    /// The mails that it wrote; none for one that had run before.
    pub mails: Vec<Uuid>,
    /// Whether this call ran it.
    pub now: bool,
}

/// What a claim gives.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The run's row as it was claimed.
    pub run: lifecycle_run::Model,
}

/// What a run would do.
#[derive(Clone, Debug)]
pub struct Preview {
    /// What was read.
    pub reading: Reading,
    /// What was decided.
    pub plan: Plan,
    /// How many mails there would be.
    pub mails: usize,
}

/// A run that is planned, and its mails.
pub(super) struct Prepared {
    pub(super) rule: Rule,
    pub(super) occasion: Occasion,
    pub(super) reading: Reading,
    pub(super) plan: Plan,
    pub(super) letters: Vec<Letter>,
    pub(super) without_address: usize,
}

impl Automation {
    /// Runs `slot`, unless it has run or somebody else is at it: then the run as it is, or nothing.
    ///
    /// # Errors
    /// When the register cannot be written now. Nothing of the run is written then, and it may be run again.
    pub async fn run(&self, row: &lifecycle_rule::Model, slot: &Slot, how: &How) -> Result<Option<Done>> {
        match self.claim(row, slot, how).await? {
            Claimed::Ours(claim) => {
                #[cfg(debug_assertions)]
                self.fail_point.reach(RunPoint::Claimed).await;
                match self.finish(row, slot, how, &claim).await {
                    Ok(done) => {
                        #[cfg(debug_assertions)]
                        self.fail_point.reach(RunPoint::Committed).await;
                        Ok(Some(done))
                    }
                    Err(error) => {
                        self.give_back(&claim, &error).await;
                        Err(error)
                    }
                }
            }
            Claimed::Finished(run) if how.by_hand => Ok(Some(Done { run, mails: Vec::new(), now: false })),
            Claimed::Finished(_) | Claimed::Elsewhere => Ok(None),
        }
    }

    /// What a run of `slot` would do.
    ///
    /// # Errors
    /// When the register cannot be read.
    pub async fn rehearse(&self, row: &lifecycle_rule::Model, slot: &Slot, how: &How) -> Result<Done> {
        let prepared = self.prepare(self.store.database(), row, slot, how).await?;
        let mut run = self.blank(row, slot, how);
        prepared.count(&mut run);
        run.mailed = count(prepared.letters.len());
        Ok(Done { run, mails: Vec::new(), now: false })
    }

    /// What the rule would list for `month` if its list were made now, with whoever would join it late.
    ///
    /// # Errors
    /// When the register cannot be read.
    pub async fn preview(&self, row: &lifecycle_rule::Model, month: Month) -> Result<Preview> {
        let zone = self.store.clock().zone();
        let eve = month.first().and_time(chrono::NaiveTime::MIN).and_utc();
        let slot = Slot::last(Notice::MonthAhead, zone, eve).ok_or(Error::NotFound)?;
        let how = How { on: self.store.clock().today(), by_hand: false, caught_up: false };
        let mut rule = Rule::of(row)?;
        let (mut occasion, since) = self.occasion(&rule, &slot, how.on).await?;
        let upcoming = Slot::last(Notice::MonthAhead, zone, self.store.clock().now()).map(|slot| slot.month_ahead().next());
        if upcoming.is_some_and(|upcoming| month > upcoming) || !row.notices.0.contains(&Notice::MonthAhead) {
            occasion.late_from = None;
        }
        rule.covered_from = Some(occasion.first);
        let reading = read::read(self.store.database(), &rule, &occasion, since).await?;
        let plan = plan::plan(&rule, &occasion, &reading.cases, &reading.known, &reading.organisation);
        let (letters, _) = letters::write(self, self.store.database(), &rule, &slot, &how, &occasion, &reading, &plan).await?;
        Ok(Preview { reading, plan, mails: letters.len() })
    }

    /// Claims the run: makes its row, or takes it over from somebody whose lease has run out.
    ///
    /// # Errors
    /// When the register cannot be written now.
    pub async fn claim(&self, row: &lifecycle_rule::Model, slot: &Slot, how: &How) -> Result<Claimed> {
        self.store
            .write(&Actor::system(), async |write| {
                let database = write.database();
                // One run of a rule at a time: two notices could open the same follow-up.
                lifecycle_rule::Entity::update_many()
                    .col_expr(lifecycle_rule::Column::Key, Expr::col(lifecycle_rule::Column::Key))
                    .filter(lifecycle_rule::Column::Key.eq(&row.key))
                    .exec(database)
                    .await?;
                let others = lifecycle_run::Entity::find()
                    .filter(lifecycle_run::Column::RuleKey.eq(&row.key))
                    .filter(lifecycle_run::Column::FinishedAt.is_null())
                    .filter(lifecycle_run::Column::LeaseUntil.gt(write.now()))
                    .count(database)
                    .await?;
                if others > 0 {
                    return Ok(Claimed::Elsewhere);
                }
                let new = lifecycle_run::Model {
                    started_at: write.now(),
                    lease_until: write.now() + LEASE,
                    ..self.blank(row, slot, how)
                };
                let inserted = lifecycle_run::Entity::insert(new.clone().into_active_model())
                    .on_conflict(
                        OnConflict::columns([
                            lifecycle_run::Column::RuleKey,
                            lifecycle_run::Column::Notice,
                            lifecycle_run::Column::Slot,
                        ])
                        .do_nothing()
                        .to_owned(),
                    )
                    .exec_without_returning(database)
                    .await?;
                if inserted == 1 {
                    return Ok(Claimed::Ours(Claim { run: new }));
                }
                let there = lifecycle_run::Entity::find()
                    .filter(lifecycle_run::Column::RuleKey.eq(&row.key))
                    .filter(lifecycle_run::Column::Notice.eq(slot.notice))
                    .filter(lifecycle_run::Column::Slot.eq(&slot.name))
                    .one(database)
                    .await?
                    .ok_or(Error::Stale)?;
                if there.finished_at.is_some() {
                    return Ok(Claimed::Finished(there));
                }
                let taken = lifecycle_run::Entity::update_many()
                    .col_expr(lifecycle_run::Column::Epoch, (there.epoch + 1).into())
                    .col_expr(lifecycle_run::Column::LeaseUntil, (write.now() + LEASE).into())
                    .filter(lifecycle_run::Column::Id.eq(there.id))
                    .filter(lifecycle_run::Column::Epoch.eq(there.epoch))
                    .filter(lifecycle_run::Column::FinishedAt.is_null())
                    .exec_with_returning(database)
                    .await?;
                Ok(taken.into_iter().next().map_or(Claimed::Elsewhere, |run| Claimed::Ours(Claim { run })))
            })
            .await
    }

    /// Plans and writes a claimed run.
    ///
    /// # Errors
    /// [`Error::Stale`] when somebody else has taken it over since: nothing is written.
    pub async fn finish(&self, row: &lifecycle_rule::Model, slot: &Slot, how: &How, claim: &Claim) -> Result<Done> {
        // Reading takes longer than writing and holds nobody up. What changed meanwhile is seen by the change number.
        let prepared = self.prepare(self.store.database(), row, slot, how).await?;
        #[cfg(debug_assertions)]
        self.fail_point.reach(RunPoint::Planned).await;
        if let Some(done) = self.write(claim, &prepared).await? {
            return Ok(done);
        }
        self.store
            .write(&Actor::system(), async |write| {
                self.keep(write, claim).await?;
                write.draw_change_numbers(0).await?;
                let prepared = self.prepare(write.database(), row, slot, how).await?;
                self.put(write, claim, &prepared).await
            })
            .await
    }

    async fn prepare(
        &self,
        database: &impl ConnectionTrait,
        row: &lifecycle_rule::Model,
        slot: &Slot,
        how: &How,
    ) -> Result<Prepared> {
        let mut rule = Rule::of(row)?;
        let (occasion, since) = self.occasion(&rule, slot, how.on).await?;
        // Whoever runs an earlier list by hand makes the rule answer for what is on it.
        if how.by_hand && rule.opens_by_hand(slot.notice) {
            rule.covered_from = Some(rule.covered_from.map_or(occasion.first, |covered| Ord::min(covered, occasion.first)));
        }
        let reading = read::read(database, &rule, &occasion, since).await?;
        let plan = plan::plan(&rule, &occasion, &reading.cases, &reading.known, &reading.organisation);
        let (letters, without_address) = letters::write(self, database, &rule, slot, how, &occasion, &reading, &plan).await?;
        Ok(Prepared { rule, occasion, reading, plan, letters, without_address })
    }

    /// Writes what was planned, unless the register has changed since it was read.
    async fn write(&self, claim: &Claim, prepared: &Prepared) -> Result<Option<Done>> {
        self.store
            .write(&Actor::system(), async |write| {
                self.keep(write, claim).await?;
                // Other changes wait until this is committed.
                if write.draw_change_numbers(0).await? - 1 != prepared.reading.number {
                    return Ok(None);
                }
                self.put(write, claim, prepared).await.map(Some)
            })
            .await
    }

    /// [`Error::Stale`] unless the run is still ours; nobody takes it over until the transaction ends.
    async fn keep(&self, write: &Write, claim: &Claim) -> Result<()> {
        let kept = lifecycle_run::Entity::update_many()
            .col_expr(lifecycle_run::Column::LeaseUntil, (write.now() + LEASE).into())
            .filter(lifecycle_run::Column::Id.eq(claim.run.id))
            .filter(lifecycle_run::Column::Epoch.eq(claim.run.epoch))
            .filter(lifecycle_run::Column::FinishedAt.is_null())
            .exec(write.database())
            .await?;
        if kept.rows_affected == 1 { Ok(()) } else { Err(Error::Stale) }
    }

    async fn put(&self, write: &Write, claim: &Claim, prepared: &Prepared) -> Result<Done> {
        let Prepared { rule, occasion, reading, plan, letters, without_address } = prepared;
        #[cfg(debug_assertions)]
        self.fail_point.reach(RunPoint::Begun).await;
        let database = write.database();
        let replaced = change_follow_ups(write, claim, prepared).await?;
        let new = plan.opened.iter().filter(|opened| opened.again.is_none());
        let new: Vec<_> = new.map(|opened| follow_up_of(write, claim, prepared, opened)).collect();
        for row in &new {
            if let Some(before) = replaced.get(&row.subject_id) {
                set(write, &[*before], |update| update.col_expr(follow_up::Column::SupersededBy, row.id.into())).await?;
            }
        }
        let questions = questions(write, prepared, &new);
        write.insert_all::<follow_up::Entity>(new).await?;
        write.insert_all::<question::Entity>(questions).await?;
        if let Some(covered) = rule.covered_from {
            lifecycle_rule::Entity::update_many()
                .col_expr(lifecycle_rule::Column::CoveredFrom, covered.into())
                .filter(lifecycle_rule::Column::Key.eq(&rule.key))
                .exec(database)
                .await?;
        }
        #[cfg(debug_assertions)]
        self.fail_point.reach(RunPoint::FollowUpsWritten).await;
        self.note_readings(write, letters).await?;
        #[cfg(debug_assertions)]
        self.fail_point.reach(RunPoint::Audited).await;
        let (mut mails, mut unusable) = (Vec::new(), 0);
        for letter in letters {
            match self.outbox.enqueue(write, letter.mail.clone()).await? {
                Enqueued::Unusable(_) => unusable += 1,
                written => mails.push(written.id()),
            }
        }
        #[cfg(debug_assertions)]
        self.fail_point.reach(RunPoint::MailsWritten).await;
        let mut run = claim.run.clone();
        prepared.count(&mut run);
        run.failed = count(unusable + without_address);
        run.mailed = count(mails.len());
        run.expected_mails = expected_mails(write, rule, claim, plan).await? - count(unusable);
        if !rule.is_followed_up() {
            // No follow-up says who besides the member was told.
            run.expected_mails += count(letters.iter().filter(|letter| letter.reader != "member").count());
        }
        run.change_number = reading.number;
        run.finished_at = Some(write.now());
        run.error = self.doubts(database, rule, occasion, plan, &run).await?;
        lifecycle_run::Entity::update(run.clone().into_active_model().reset_all()).exec(database).await?;
        #[cfg(debug_assertions)]
        self.fail_point.reach(RunPoint::Proven).await;
        Ok(Done { run, mails, now: true })
    }

    /// What is wrong with a run that has ended: it did not find whom the register says are due, or wrote other mails than
    /// there must be.
    async fn doubts(
        &self,
        database: &impl ConnectionTrait,
        rule: &Rule,
        occasion: &Occasion,
        plan: &Plan,
        run: &lifecycle_run::Model,
    ) -> Result<Option<String>> {
        if occasion.notice == Notice::MonthAhead {
            let expected = read::count_due(database, rule, occasion.first, occasion.last).await?;
            let late = count(plan.late());
            if run.due - late < expected {
                return Ok(Some(format!("found {} where the register says {expected} are due", run.due - late)));
            }
        }
        let differs = run.mailed != run.expected_mails;
        Ok(differs.then(|| format!("wrote {} mails where the register says {} are needed", run.mailed, run.expected_mails)))
    }

    /// A mail that names members is a reading of them: it stands in the read audit before it is written.
    async fn note_readings(&self, write: &Write, letters: &[Letter]) -> Result<()> {
        let rows: Vec<read_audit::Model> = letters
            .iter()
            .filter(|letter| !letter.names.is_empty())
            .map(|letter| read_audit::Model {
                id: write.new_id(),
                at: write.now(),
                actor_kind: letter.reader.to_owned(),
                actor_id: letter.mail.to.member_id,
                access: Access::Opened,
                operation: "lifecycle_mail".to_owned(),
                request_id: None,
                members: count(letter.names.len()),
                member_ids: Some(json!(letter.names)),
            })
            .collect();
        for rows in rows.chunks(100) {
            let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
            read_audit::Entity::insert_many(rows).exec_without_returning(&self.audit).await?;
        }
        Ok(())
    }

    /// Lets the next tick run it, and says why.
    async fn give_back(&self, claim: &Claim, error: &Error) {
        let told = error.to_string();
        let given = self
            .store
            .write(&Actor::system(), async |write| {
                lifecycle_run::Entity::update_many()
                    .col_expr(lifecycle_run::Column::LeaseUntil, write.now().into())
                    .col_expr(lifecycle_run::Column::Error, told.clone().into())
                    .filter(lifecycle_run::Column::Id.eq(claim.run.id))
                    .filter(lifecycle_run::Column::Epoch.eq(claim.run.epoch))
                    .filter(lifecycle_run::Column::FinishedAt.is_null())
                    .exec(write.database())
                    .await?;
                Ok(())
            })
            .await;
        if let Err(error) = given {
            tracing::warn!(%error, "A run that failed was not given back; its lease ends by itself");
        }
    }

    fn blank(&self, row: &lifecycle_rule::Model, slot: &Slot, how: &How) -> lifecycle_run::Model {
        let now = self.store.clock().now();
        lifecycle_run::Model {
            id: self.store.clock().new_id(),
            rule_key: row.key.clone(),
            notice: slot.notice,
            slot: slot.name.clone(),
            planned_at: slot.at,
            as_of: how.on,
            by_hand: how.by_hand,
            caught_up: how.caught_up,
            started_at: now,
            finished_at: None,
            lease_until: now,
            epoch: 1,
            change_number: 0,
            due: 0,
            listed: 0,
            mailed: 0,
            rerouted: 0,
            left_out: json!({}),
            failed: 0,
            expected_mails: 0,
            error: None,
        }
    }
}

/// What became of a claim.
#[derive(Clone, Debug)]
pub enum Claimed {
    /// It is ours.
    Ours(Claim),
    /// It has run.
    Finished(lifecycle_run::Model),
    /// Somebody else is at it, or at another run of the rule.
    Elsewhere,
}

impl Prepared {
    fn count(&self, run: &mut lifecycle_run::Model) {
        let plan = &self.plan;
        let assignments = plan.opened.iter().filter_map(|opened| opened.assignment.as_ref());
        let assignments = assignments.chain(plan.told.iter().map(|told| &told.assignment));
        run.due = count(plan.due);
        run.listed = count(plan.opened.len() + plan.told.len());
        run.rerouted = count(assignments.filter(|assignment| !assignment.rerouted.is_empty()).count());
        run.failed = count(self.without_address);
        run.left_out = json!(plan.left_out.iter().map(|(reason, count)| (reason.word(), *count)).collect::<BTreeMap<_, _>>());
    }
}

/// How many mails there must be, counted from the follow-ups that are in the register now, not from the outbox.
async fn expected_mails(write: &Write, rule: &Rule, claim: &Claim, plan: &Plan) -> Result<i64> {
    use follow_up::Column::{Id, MemberId, Office, ResponsibleMemberId, RunId};
    let told = plan.told.iter().map(|told| told.follow_up);
    let touched = RunId.eq(claim.run.id).or(Id.is_in(told));
    let rows: Vec<(Uuid, Option<Uuid>, Option<follow_up::Office>)> = follow_up::Entity::find()
        .select_only()
        .columns([MemberId, ResponsibleMemberId, Office])
        .filter(touched)
        .into_tuple()
        .all(write.database())
        .await?;
    letters::count_recipients(write.database(), rule, &rows).await
}

pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
