//! The member file: compared row by row, then written a few thousand rows at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;

use chrono::{DateTime, NaiveDate, Utc};
use entity::Vocabulary;
use entity::history::{self, Change};
use entity::visibility::Viewer;
use entity::{former_name, member, member_workplace, membership_period};
use jobs::history::Entry;
use jobs::{Clock, Error, Result, Write};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use serde_json::json;
use tokio::sync::mpsc;

use super::file::{ImportFile, MemberFile, RawRow};
use super::merge::{DEFAULT_TYPE, first_periods, merge, overlay};
use super::row::Incoming;
use super::units::Units;
use super::{FileProblem, Import, PROBLEMS_LISTED, Phase, Progress, Report};
use crate::access::keys::Keys;
use crate::members::details::{self, Details, IdentityNumberChange};
use crate::members::duplicates::in_file as duplicates;
use crate::members::files::{Column, MemberColumn, Problem, Problems};
use crate::members::held::{self, Clash, Sent};
use crate::members::identity_number::IdentityNumber;
use crate::members::member::Member;
use crate::members::protection::kind_of;

/// How many rows are compared or written at a time.
const BATCH: usize = 2_000;

/// What is to be written, row by row.
#[derive(Debug)]
pub struct Plan {
    actions: Vec<Action>,
    units: Units,
    new: usize,
}

/// What becomes of a row. What exactly changes is worked out again when it is written, from what the register holds then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    New,
    Changed,
    Unchanged,
    /// Somebody new by what the importer may know, who clashes with a protected member: held for the privacy officer.
    Held,
}

/// What comparing gathers.
struct Comparison<'i, 'a> {
    import: &'i Import<'a>,
    report: Report,
    problems: Problems,
    units: Units,
    actions: Vec<Action>,
    // Where each number stands in the file, so that the second one can say where the first one is.
    lines_by_number: HashMap<Box<str>, usize>,
    lines_by_identity: HashMap<Vec<u8>, usize>,
    new_rows: duplicates::Rows,
    without_type: usize,
    phones_as_given: usize,
}

pub(super) async fn compare(import: &Import<'_>, file: &MemberFile, progress: Progress<'_>) -> Result<(Report, Option<Plan>)> {
    let rows = file.row_count();
    let report = match file {
        MemberFile::Table(_, headers) => Report::of(rows, headers),
        MemberFile::Json(_) => Report { rows, ..Report::default() },
    };
    if !report.problems.is_empty() {
        return Ok((report, None));
    }
    let database = import.store.database();
    let today = import.store.clock().today();
    let register_is_empty = member::Entity::find().limit(1).count(database).await? == 0;
    let mut comparison = Comparison {
        import,
        report,
        problems: Problems::with_limit(PROBLEMS_LISTED),
        units: Units::load(database).await?,
        actions: Vec::with_capacity(rows),
        lines_by_number: HashMap::with_capacity(rows),
        lines_by_identity: HashMap::new(),
        new_rows: duplicates::Rows::default(),
        without_type: 0,
        phones_as_given: 0,
    };
    let mut batch = Vec::with_capacity(BATCH);
    for row in file.rows() {
        let incoming = row.read(today, import.default_country, &mut comparison.problems);
        comparison.check_row(row.line(), &incoming);
        batch.push((row.line(), incoming));
        if batch.len() == BATCH {
            comparison.compare(&batch, register_is_empty).await?;
            batch.clear();
            progress(Phase::Comparing, comparison.actions.len());
        }
    }
    comparison.compare(&batch, register_is_empty).await?;
    progress(Phase::Comparing, comparison.actions.len());
    comparison.find_duplicates(file, today, register_is_empty).await?;
    Ok(comparison.finish())
}

impl Comparison<'_, '_> {
    /// What a row says by itself and beside the rows before it.
    fn check_row(&mut self, line: usize, incoming: &Incoming) {
        if !incoming.member_number.is_empty() {
            let first = *self.lines_by_number.entry(incoming.member_number.as_str().into()).or_insert(line);
            if first != line {
                let message = format!("the same number stands on line {first}; each member has one line");
                self.problem(line, MemberColumn::MemberNumber, message);
            }
        }
        if let Some(number) = &incoming.identity_number {
            let hash = self.import.keys.identity_number_hash(&number.with_country());
            let first = *self.lines_by_identity.entry(hash).or_insert(line);
            if first != line {
                let message = format!("the same number stands on line {first}; put one of them right");
                self.problem(line, MemberColumn::PersonalIdentityNumber, message);
            }
        }
        self.phones_as_given += usize::from(incoming.phone.as_ref().is_some_and(|phone| !phone.understood));
    }

    fn problem(&mut self, line: usize, column: MemberColumn, message: String) {
        self.problems.push(Problem::at_cell(line, column.name(), message));
    }

    /// Beside what the register holds.
    async fn compare(&mut self, batch: &[(usize, Incoming)], register_is_empty: bool) -> Result<()> {
        let database = self.import.store.database();
        let mut known =
            if register_is_empty { HashMap::new() } else { by_number(database, batch.iter().map(|(_, row)| row)).await? };
        let mut clashes = if register_is_empty { HashMap::new() } else { self.check_identity_numbers(batch).await? };
        for (line, incoming) in batch {
            if let Some(member) = known.get(incoming.member_number.as_str())
                && !member.is_seen_by(&self.import.viewer)
            {
                clashes.insert(*line, Clash { member_id: member.row.id, pointer: "/member_number" });
                known.remove(incoming.member_number.as_str());
            }
        }
        let clock = self.import.store.clock();
        let mut held = Vec::new();
        for (line, incoming) in batch {
            let action = match known.remove(incoming.member_number.as_str()) {
                None => {
                    self.without_type += usize::from(incoming.membership_type.is_none());
                    self.new_rows.add(self.actions.len(), &incoming.person(self.import.keys));
                    // The names of units are told to be made even if other rows keep the file from being applied.
                    let mut details = Details::default();
                    overlay(self.import.mode, incoming, &mut details, &mut self.units, clock);
                    match clashes.get(line) {
                        None => Action::New,
                        Some(clash) => {
                            held.push((self.actions.len(), sent(incoming, details).hash(self.import.keys, clash)?));
                            Action::Held
                        }
                    }
                }
                Some(member) => match merge(self.import.mode, incoming, &member, &mut self.units, clock) {
                    Err(problem) => {
                        self.problems.push(Problem { line: *line, ..problem });
                        Action::Unchanged
                    }
                    Ok(edit) => {
                        let changes = edit.changes(&member, self.import.keys);
                        for field in changes.fields() {
                            *self.report.fields.entry(field.to_owned()).or_default() += 1;
                        }
                        if changes.is_empty() { Action::Unchanged } else { Action::Changed }
                    }
                },
            };
            self.actions.push(action);
        }
        if !held.is_empty() {
            // Had they been entered, the same file would change nothing the second time.
            let known = held::known(database, held.iter().map(|(_, hash)| hash.clone())).await?;
            for (at, _) in held.iter().filter(|(_, hash)| known.contains(hash)) {
                self.actions[*at] = Action::Unchanged;
            }
        }
        Ok(())
    }

    /// Another member must not have the personal identity number of a row. Gives the lines whose number a member has of
    /// whom the importer must not know.
    async fn check_identity_numbers(&mut self, batch: &[(usize, Incoming)]) -> Result<HashMap<usize, Clash>> {
        let mut clashes = HashMap::new();
        let mut lines: HashMap<Vec<u8>, (usize, &str)> = HashMap::new();
        for (line, incoming) in batch {
            if let Some(number) = &incoming.identity_number {
                let hash = self.import.keys.identity_number_hash(&number.with_country());
                lines.insert(hash, (*line, incoming.member_number.as_str()));
            }
        }
        if lines.is_empty() {
            return Ok(clashes);
        }
        for bearer in bearers(self.import.store.database(), lines.keys().cloned()).await? {
            if let Some((line, asked)) = bearer.row.identity_number_hash.as_ref().and_then(|hash| lines.get(hash).copied())
                && asked != bearer.row.member_number
            {
                if !bearer.is_seen_by(&self.import.viewer) {
                    clashes.insert(line, Clash { member_id: bearer.row.id, pointer: "/personal_identity_number" });
                    continue;
                }
                let message = "another member in the register has this number; see which of the two is right";
                self.problem(line, MemberColumn::PersonalIdentityNumber, message.to_owned());
            }
        }
        Ok(clashes)
    }

    /// Which new rows are likely somebody whom the register has, or another row.
    async fn find_duplicates(&mut self, file: &MemberFile, today: NaiveDate, register_is_empty: bool) -> Result<()> {
        // Whoever imports with all rights changes protected members; she is not shown them for that.
        let (database, viewer) = (self.import.store.database(), &Viewer::Unprotected);
        let pairs = std::mem::take(&mut self.new_rows).pairs(database, viewer, register_is_empty).await?;
        let wanted = pairs.wanted();
        if wanted.is_empty() {
            return Ok(());
        }
        let people = file
            .rows()
            .enumerate()
            .filter(|(at, _)| wanted.contains(at))
            .map(|(at, row)| {
                // What is wrong with it has been told.
                let incoming = row.read(today, self.import.default_country, &mut Problems::with_limit(0));
                (at, (row.line(), incoming.person(self.import.keys)))
            })
            .collect();
        (self.report.likely_duplicates, self.report.likely_duplicate_count) = pairs.compare(database, viewer, &people).await?;
        Ok(())
    }

    fn finish(self) -> (Report, Option<Plan>) {
        let count = |wanted: Action| self.actions.iter().filter(|action| **action == wanted).count();
        let mut report = self.report;
        let new = count(Action::New);
        report.new = new + count(Action::Held);
        (report.changed, report.unchanged) = (count(Action::Changed), count(Action::Unchanged));
        report.new_units = self.units.new_count();
        (report.without_membership_type, report.phones_as_given) = (self.without_type, self.phones_as_given);
        if self.without_type > 0 {
            report.notes.push(format!(
                "new members without membership_type, who become {}: {}",
                DEFAULT_TYPE.word(),
                self.without_type
            ));
        }
        if self.phones_as_given > 0 {
            report
                .notes
                .push(format!("telephone numbers that cannot be understood and are kept as given: {}", self.phones_as_given));
        }
        if self.problems.is_empty() {
            (report, Some(Plan { actions: self.actions, units: self.units, new }))
        } else {
            report.problems = self.problems.into_vec().into_iter().map(FileProblem::from).collect();
            (report, None)
        }
    }
}

/// Everybody with these numbers, whether the importer sees them or not: numbers are unique over all.
async fn by_number(database: &impl ConnectionTrait, rows: impl Iterator<Item = &Incoming>) -> Result<HashMap<String, Member>> {
    let rows = member::Entity::find()
        .filter(member::Column::MemberNumber.is_in(rows.map(|row| row.member_number.as_str())))
        .all(database)
        .await?;
    let members = Member::complete(database, rows).await?;
    Ok(members.into_iter().map(|member| (member.row.member_number.clone(), member)).collect())
}

/// Everybody with one of these personal identity numbers, whether the importer sees them or not.
async fn bearers(database: &impl ConnectionTrait, hashes: impl IntoIterator<Item = Vec<u8>>) -> Result<Vec<Member>> {
    let rows = member::Entity::find().filter(member::Column::IdentityNumberHash.is_in(hashes)).all(database).await?;
    Member::complete(database, rows).await
}

/// A row as it is held.
fn sent(incoming: &Incoming, details: Details) -> Sent {
    Sent {
        member_number: Some(incoming.member_number.clone()),
        personal_identity_number: incoming.identity_number.as_ref().map(IdentityNumber::with_country),
        membership_type: incoming.membership_type,
        joined_on: incoming.joined_on,
        left_on: incoming.left_on,
        leave_reason: incoming.leave_reason,
        details,
    }
}

/// Rows ready to be written.
#[derive(Default)]
struct Batch {
    done: usize,
    members: Vec<member::Model>,
    periods: Vec<membership_period::Model>,
    former_names: Vec<former_name::Model>,
    workplaces: Vec<member_workplace::Model>,
    changed: Vec<Incoming>,
    held: Vec<Incoming>,
}

pub(super) async fn apply(import: &Import<'_>, file: &Arc<ImportFile>, plan: &Plan, progress: Progress<'_>) -> Result<()> {
    if plan.actions.iter().all(|action| *action == Action::Unchanged) {
        return Ok(());
    }
    import
        .store
        .write(&import.actor, async |write| {
            let mut number = write.draw_change_numbers(plan.new).await?;
            plan.units.write_new(write, import.id).await?;
            let mut units = plan.units.clone();
            let mut batches = prepare(import, file, plan, write.now());
            while let Some(batch) = batches.recv().await {
                let batch = batch?;
                let numbers = batch.members.iter().map(|row| row.member_number.as_str());
                details::numbers_were_taken(write, numbers).await?;
                let history: Vec<history::Model> = (number..)
                    .zip(&batch.members)
                    .map(|(number, row)| {
                        let changes = Some(json!({"import": import.id}));
                        write.history_row(number, Entry::member(row.id, Change::Imported, changes))
                    })
                    .collect();
                number += i64::try_from(history.len()).map_err(Error::internal)?;
                write.insert_all::<member::Entity>(batch.members).await?;
                write.insert_all::<membership_period::Entity>(batch.periods).await?;
                write.insert_all::<former_name::Entity>(batch.former_names).await?;
                write.insert_all::<member_workplace::Entity>(batch.workplaces).await?;
                write.insert_all::<history::Entity>(history).await?;
                change(import, write, &batch.changed, &mut units).await?;
                hold(import, write, &batch.held, &mut units).await?;
                progress(Phase::Writing, batch.done);
            }
            Ok(())
        })
        .await
}

/// Reads the rows once more on a thread of its own, while the ones before are being written.
fn prepare(import: &Import<'_>, file: &Arc<ImportFile>, plan: &Plan, now: DateTime<Utc>) -> mpsc::Receiver<Result<Batch>> {
    let (sender, batches) = mpsc::channel(2);
    let (file, keys, clock) = (file.clone(), import.keys.clone(), import.store.clock().clone());
    let (actions, units, mode) = (plan.actions.clone(), plan.units.clone(), import.mode);
    let default_country = import.default_country.to_owned();
    thread::spawn(move || {
        let ImportFile::Members(rows) = file.as_ref() else { return };
        let mut preparation = Preparation { keys, clock, mode, units, now, default_country, batch: Batch::default() };
        let today = preparation.clock.today();
        let last = actions.len();
        for (at, (row, action)) in rows.rows().zip(actions).enumerate() {
            let outcome = preparation.add(&row, action, today);
            if (at + 1) % BATCH == 0 || at + 1 == last || outcome.is_err() {
                let batch = Batch { done: at + 1, ..std::mem::take(&mut preparation.batch) };
                // The receiver is gone when writing failed: nothing is left to do.
                if sender.blocking_send(outcome.map(|()| batch)).is_err() {
                    return;
                }
            }
        }
    });
    batches
}

struct Preparation {
    keys: Keys,
    clock: Clock,
    mode: entity::import_batch::ImportMode,
    units: Units,
    now: DateTime<Utc>,
    default_country: String,
    batch: Batch,
}

impl Preparation {
    fn add(&mut self, row: &RawRow<'_>, action: Action, today: NaiveDate) -> Result<()> {
        if action == Action::Unchanged {
            return Ok(());
        }
        // There were no problems when the rows were compared, so there are none now.
        let incoming = row.read(today, &self.default_country, &mut Problems::with_limit(0));
        if action == Action::Changed {
            self.batch.changed.push(incoming);
            return Ok(());
        }
        if action == Action::Held {
            self.batch.held.push(incoming);
            return Ok(());
        }
        let id = self.clock.new_id();
        let mut details = Details::default();
        overlay(self.mode, &incoming, &mut details, &mut self.units, &self.clock);
        let mut row = details.write_to(details::blank_row(id, incoming.member_number.clone(), self.now));
        if let Some(number) = &incoming.identity_number {
            details::put_identity_number(&mut row, &self.keys, number)?;
        }
        self.batch.members.push(row);
        self.batch.periods.extend(first_periods(&incoming, id, &self.clock));
        self.batch.former_names.extend(details::former_names(&self.clock, id, &details));
        self.batch.workplaces.extend(details::places_of_work(id, &details));
        Ok(())
    }
}

/// Changes members as the register has them now, which may be otherwise than when they were compared.
async fn change(import: &Import<'_>, write: &Write, rows: &[Incoming], units: &mut Units) -> Result<()> {
    let mut known = by_number(write.database(), rows.iter()).await?;
    let unseen = unseen_bearers(import, write, rows).await?;
    let new_units = units.new_count();
    for incoming in rows {
        let Some(member) = known.remove(incoming.member_number.as_str()) else { return Err(moved_on()) };
        if !member.is_seen_by(&import.viewer) {
            continue;
        }
        let mut edit = merge(import.mode, incoming, &member, units, write.clock()).map_err(|_| moved_on())?;
        if let IdentityNumberChange::Set(number) = &edit.identity_number
            && let Some(clash) = unseen.get(&import.keys.identity_number_hash(&number.with_country()))
        {
            let number = number.clone();
            held::hold_claim(write, import.keys, clash, member.row.id, &number, Some(import.id)).await?;
            edit.identity_number = IdentityNumberChange::Claim(number);
        }
        if units.new_count() > new_units {
            // The new units are written already; this one is needed only since the comparison.
            return Err(moved_on());
        }
        let kind = kind_of(&member, &edit, Change::Imported);
        details::update(write, import.keys, &member, &edit, kind, Some(import.id)).await?;
    }
    Ok(())
}

/// The members of whom the importer must not know, by the hashes of their personal identity numbers.
async fn unseen_bearers(import: &Import<'_>, write: &Write, rows: &[Incoming]) -> Result<HashMap<Vec<u8>, Clash>> {
    let numbers = rows.iter().filter_map(|row| row.identity_number.as_ref());
    let hashes: Vec<Vec<u8>> = numbers.map(|number| import.keys.identity_number_hash(&number.with_country())).collect();
    if hashes.is_empty() || import.viewer == Viewer::Everyone {
        return Ok(HashMap::new());
    }
    let bearers = bearers(write.database(), hashes).await?.into_iter().filter(|bearer| !bearer.is_seen_by(&import.viewer));
    let clash = |bearer: Member| {
        let clash = Clash { member_id: bearer.row.id, pointer: "/personal_identity_number" };
        Some((bearer.row.identity_number_hash?, clash))
    };
    Ok(bearers.filter_map(clash).collect())
}

/// Holds rows that clash with members of whom the importer must not know.
async fn hold(import: &Import<'_>, write: &Write, rows: &[Incoming], units: &mut Units) -> Result<()> {
    for incoming in rows {
        let mut details = Details::default();
        overlay(import.mode, incoming, &mut details, units, write.clock());
        let (number, identity_number) = (incoming.member_number.as_str(), incoming.identity_number.as_ref());
        let clash = held::clash(write.database(), import.keys, &import.viewer, Some(number), identity_number).await?;
        let clash = clash.ok_or_else(moved_on)?;
        held::hold_row(write, import.keys, &clash, sent(incoming, details), import.id).await?;
    }
    Ok(())
}

fn moved_on() -> Error {
    Error::conflict("", "the register was changed while the file was being compared; import the file again")
}
