//! The representatives' file: who is appointed as what, where, for how long.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::appointment::{self, AppointmentRole};
use entity::history::{Change, Subject};
use entity::import_batch::ImportMode;
use entity::member;
use jobs::history::{Changes, Entry};
use jobs::{Error, Result};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use super::units::Units;
use super::{FileProblem, Import, PROBLEMS_LISTED, Report};
use crate::members::appointments::scopes;
use crate::members::files::{Column, Headers, Problem, Problems, RepresentativeColumn as C, Row, Table, quoted, values};
use crate::members::member::Member;
use crate::members::rules;
use entity::Vocabulary;

/// How many members are looked up at a time.
const BATCH: usize = 2_000;

/// What is to be written.
#[derive(Debug, Default)]
pub struct Plan {
    new: Vec<appointment::Model>,
    changed: Vec<(appointment::Model, appointment::Model)>,
}

/// What one row says.
struct Incoming {
    line: usize,
    member_number: String,
    role: AppointmentRole,
    place: Place,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Workplace(Uuid),
    School(Uuid),
    LocalBranch(Uuid),
}

pub(super) async fn compare(import: &Import<'_>, table: &Table, headers: &Headers<C>) -> Result<(Report, Option<Plan>)> {
    let mut report = Report::of(table.row_count(), headers);
    if !report.problems.is_empty() {
        return Ok((report, None));
    }
    let database = import.store.database();
    let today = import.store.clock().today();
    let units = Units::load(database).await?;
    let mut problems = Problems::with_limit(PROBLEMS_LISTED);
    let rows: Vec<Incoming> = table.rows().filter_map(|row| read(headers, &row, &units, &mut problems)).collect();
    let mut holders = HashMap::new();
    for rows in rows.chunks(BATCH) {
        let found = member::Entity::find()
            .filter(member::Column::MemberNumber.is_in(rows.iter().map(|row| row.member_number.as_str())))
            .all(database)
            .await?;
        for member in Member::complete(database, found).await? {
            if member.is_seen_by(&import.viewer) {
                holders.insert(member.row.member_number.clone(), member);
            }
        }
    }
    let mut known: HashMap<_, appointment::Model> = HashMap::new();
    for row in appointment::Entity::find().all(database).await? {
        if let Some(place) = place_of(&row) {
            known.insert((row.member_id, row.role, place), row);
        }
    }
    let mut plan = Plan::default();
    let mut lines = HashMap::new();
    let mut left = 0;
    for row in rows {
        let Some(holder) = holders.get(&row.member_number) else {
            problems.push(Problem::at_cell(
                row.line,
                C::MemberNumber.name(),
                "no member has this number; import the members first",
            ));
            continue;
        };
        left += usize::from(holder.period_on(today).is_none());
        let key = (holder.row.id, row.role, row.place);
        let first = *lines.entry(key).or_insert(row.line);
        if first != row.line {
            problems
                .push(Problem::at_line(row.line, format!("the same appointment stands on line {first}; write one line for it")));
            continue;
        }
        match known.get(&key) {
            None => plan.new.push(row.appointment(holder.row.id, import.store.clock().new_id())),
            Some(old) => {
                let new = merged(import.mode, old, &row);
                if new == *old {
                    report.unchanged += 1;
                } else {
                    for field in changes(old, &new).fields() {
                        *report.fields.entry(field.to_owned()).or_default() += 1;
                    }
                    plan.changed.push((old.clone(), new));
                }
            }
        }
    }
    (report.new, report.changed) = (plan.new.len(), plan.changed.len());
    report.appointments_of_leavers = left;
    if left > 0 {
        report.notes.push(format!("appointments of people who are no members today, imported but never responsible: {left}"));
    }
    if problems.is_empty() {
        return Ok((report, Some(plan)));
    }
    report.problems = problems.into_vec().into_iter().map(FileProblem::from).collect();
    Ok((report, None))
}

pub(super) async fn apply(import: &Import<'_>, plan: &Plan) -> Result<()> {
    import
        .store
        .write(&import.actor, async |write| {
            for new in &plan.new {
                write.note(entry(new, Some(json!({"import": import.id}))));
            }
            write.insert_all::<appointment::Entity>(plan.new.clone()).await?;
            for (old, new) in &plan.changed {
                let mut row = new.clone().into_active_model().reset_all();
                row.version = Set(old.version + 1);
                let replaced = appointment::Entity::update_many()
                    .set(row)
                    .filter(appointment::Column::Id.eq(old.id))
                    .filter(appointment::Column::Version.eq(old.version))
                    .exec(write.database())
                    .await?;
                if replaced.rows_affected != 1 {
                    return Err(Error::conflict("", "an appointment was changed meanwhile; import the file again"));
                }
                let mut changes = changes(old, new).into_json();
                changes["import"] = import.id.to_string().into();
                write.note(entry(new, Some(changes)));
            }
            Ok(())
        })
        .await
}

fn entry(row: &appointment::Model, changes: Option<serde_json::Value>) -> Entry {
    let (subject, subject_id) = (Subject::Appointment, row.id);
    Entry { subject, subject_id, member_id: Some(row.member_id), change: Change::Imported, changes }
}

impl Incoming {
    fn appointment(&self, member_id: Uuid, id: Uuid) -> appointment::Model {
        let (mut workplace_id, mut school_id, mut local_branch_id) = (None, None, None);
        match self.place {
            Place::Workplace(id) => workplace_id = Some(id),
            Place::School(id) => school_id = Some(id),
            Place::LocalBranch(id) => local_branch_id = Some(id),
        }
        appointment::Model {
            id,
            member_id,
            role: self.role,
            workplace_id,
            school_id,
            local_branch_id,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            absent_from: None,
            absent_until: None,
            deputy_member_id: None,
            version: 1,
        }
    }
}

fn merged(mode: ImportMode, old: &appointment::Model, row: &Incoming) -> appointment::Model {
    let take = |old: Option<NaiveDate>, given: Option<NaiveDate>| match mode {
        ImportMode::Skip => old,
        ImportMode::Fill => old.or(given),
        ImportMode::Overwrite => given.or(old),
    };
    appointment::Model {
        valid_from: take(old.valid_from, row.valid_from),
        valid_until: take(old.valid_until, row.valid_until),
        ..old.clone()
    }
}

fn changes(old: &appointment::Model, new: &appointment::Model) -> Changes {
    let mut changes = Changes::default();
    changes.note("valid_from", &old.valid_from, &new.valid_from);
    changes.note("valid_until", &old.valid_until, &new.valid_until);
    changes
}

fn place_of(row: &appointment::Model) -> Option<Place> {
    row.workplace_id.map(Place::Workplace).or(row.school_id.map(Place::School)).or(row.local_branch_id.map(Place::LocalBranch))
}

fn read(headers: &Headers<C>, row: &Row<'_>, units: &Units, problems: &mut Problems) -> Option<Incoming> {
    let line = row.line();
    let mut wrong = |column: C, message: String| problems.push(Problem::at_cell(line, column.name(), message));
    let cell = |column: C| headers.cell(row, column);
    let member_number = rules::member_number(cell(C::MemberNumber)).map_err(|message| wrong(C::MemberNumber, message)).ok();
    let role = match values::appointment_role(cell(C::Role)) {
        Ok(role) => role.and_then(AppointmentRole::from_word),
        Err(message) => {
            wrong(C::Role, message);
            return None;
        }
    };
    if role.is_none() {
        wrong(C::Role, format!("is empty; write one of {}", AppointmentRole::words().join(", ")));
    }
    let place = match place(&cell, units) {
        Ok(place) => Some(place),
        Err((column, message)) => {
            wrong(column, message);
            None
        }
    };
    if let (Some(role), Some((_, column))) = (role, place)
        && !scopes(role).contains(&format!("{}_id", column.name()).as_str())
    {
        let accepted: Vec<&str> = scopes(role).iter().map(|field| field.trim_end_matches("_id")).collect();
        wrong(column, format!("does not fit: the role {} takes {}", role.word(), accepted.join(" or ")));
    }
    let mut date = |column: C| match values::date(cell(column)) {
        Ok(day) => Some(day),
        Err(message) => {
            wrong(column, message);
            None
        }
    };
    let (valid_from, valid_until) = (date(C::ValidFrom)?, date(C::ValidUntil)?);
    if let (Some(from), Some(until)) = (valid_from, valid_until)
        && until < from
    {
        wrong(C::ValidUntil, format!("lies before valid_from ({from}); put one of them right"));
        return None;
    }
    Some(Incoming { line, member_number: member_number?, role: role?, place: place?.0, valid_from, valid_until })
}

/// Exactly one of workplace, school and local branch, by a name that the register has, and the column that names it.
fn place<'c>(cell: &impl Fn(C) -> &'c str, units: &Units) -> std::result::Result<(Place, C), (C, String)> {
    let given: Vec<C> =
        [C::Workplace, C::School, C::LocalBranch].into_iter().filter(|column| !cell(*column).is_empty()).collect();
    let [column] = given.as_slice() else {
        return Err((C::Workplace, "name exactly one of workplace, school and local_branch".to_owned()));
    };
    let name = cell(*column);
    let unknown =
        || (*column, format!("{} is not in the register; import the members first, or put the name right", quoted(name)));
    let place = match column {
        C::School => units.known_school(name).map(Place::School).ok_or_else(unknown),
        C::LocalBranch => units.known_local_branch(name).map(Place::LocalBranch).ok_or_else(unknown),
        _ => match units.workplaces_named(name) {
            [only] => Ok(Place::Workplace(*only)),
            [] => Err(unknown()),
            several => Err((
                *column,
                format!("{} is the name of {} workplaces; give each its own name first", quoted(name), several.len()),
            )),
        },
    };
    place.map(|place| (place, *column))
}
