//! What a row means for a member: what she is to be, given what she is, what the file says, and the mode.

use chrono::NaiveDate;
use entity::import_batch::ImportMode;
use entity::member::Protection;
use entity::membership_period::{self, LeaveReason, MembershipType};
use jobs::Clock;
use uuid::Uuid;

use super::row::Incoming;
use super::units::Units;
use crate::members::card::Membership;
use crate::members::details::{Details, Edit, IdentityNumberChange, first_of_last_membership};
use crate::members::files::{Column, MemberColumn, Problem};
use crate::members::json_file::JsonPeriod;
use crate::members::member::Member;

/// As what somebody is a member when the file does not say.
pub const DEFAULT_TYPE: MembershipType = MembershipType::Professional;

/// Takes `given` where there is nothing yet or the mode overwrites; a blank never wipes.
fn take<T: Clone>(mode: ImportMode, target: &mut Option<T>, given: &Option<T>) {
    if given.is_some() && (mode == ImportMode::Overwrite || target.is_none()) {
        target.clone_from(given);
    }
}

/// Puts what the row says over `details`.
pub fn overlay(mode: ImportMode, incoming: &Incoming, details: &mut Details, units: &mut Units, clock: &Clock) {
    let overwrite = mode == ImportMode::Overwrite;
    if let Some(names) = incoming.given_names.as_ref().filter(|_| overwrite || details.given_names.is_empty()) {
        details.given_names.clone_from(names);
    }
    if let Some(surname) = incoming.surname.as_ref().filter(|_| overwrite || details.surname.is_empty())
        && *surname != details.surname
    {
        let old = std::mem::replace(&mut details.surname, surname.clone());
        if !old.is_empty() && incoming.former_surnames.is_none() {
            details.former_surnames.push(old);
            details.former_surnames.sort();
            details.former_surnames.dedup();
        }
    }
    if let Some(names) = incoming.former_surnames.as_ref().filter(|_| overwrite || details.former_surnames.is_empty()) {
        details.former_surnames.clone_from(names);
    }
    take(mode, &mut details.birth_date, &incoming.birth_date);
    take(mode, &mut details.language, &incoming.language);
    take(mode, &mut details.email, &incoming.email);
    if let Some(phone) = incoming.phone.as_ref().filter(|_| overwrite || details.phone.is_none()) {
        details.phone = Some(phone.number.clone());
        details.phone_understood = phone.understood;
    }
    take(mode, &mut details.street, &incoming.street);
    take(mode, &mut details.postal_code, &incoming.postal_code);
    take(mode, &mut details.city, &incoming.city);
    take(mode, &mut details.country, &incoming.country);
    take(mode, &mut details.occupation, &incoming.occupation);
    // A unit is looked up, and made when it is new, only if somebody comes to belong to it.
    if let Some(places) = incoming.workplaces.as_ref().filter(|_| overwrite || details.workplace_ids.is_empty()) {
        let id = |(employer, name): &(Option<String>, String)| match employer {
            // A table leaves the employer out where the name is enough.
            None if !incoming.whole => units.workplace_named(clock, name),
            employer => units.workplace(clock, employer.as_deref(), name),
        };
        let mut ids: Vec<Uuid> = places.iter().map(id).collect();
        ids.sort();
        ids.dedup();
        details.workplace_ids = ids;
    }
    if let Some(name) = incoming.local_branch.as_ref().filter(|_| overwrite || details.local_branch_id.is_none()) {
        details.local_branch_id = Some(units.local_branch(clock, name));
    }
    if let Some(name) = incoming.school.as_ref().filter(|_| overwrite || details.school_id.is_none()) {
        details.school_id = Some(units.school(clock, name));
    }
    take(mode, &mut details.graduation_date, &incoming.graduation_date);
    take(mode, &mut details.graduation_confirmed_on, &incoming.graduation_confirmed_on);
    take(mode, &mut details.protection, &incoming.protection);
    if let Some(hidden) = incoming.hidden.filter(|hidden| overwrite || *hidden) {
        details.hidden = hidden;
    }
}

/// What `member` is to be.
///
/// # Errors
/// When what the row says of her membership does not fit the ledger; the problem has no line yet.
pub fn merge(mode: ImportMode, incoming: &Incoming, member: &Member, units: &mut Units, clock: &Clock) -> Result<Edit, Problem> {
    let mut edit = Edit::of(member);
    if mode == ImportMode::Skip {
        return Ok(edit);
    }
    overlay(mode, incoming, &mut edit.details, units, clock);
    if member.row.protection.is_some_and(Protection::purges) {
        // Where she can be found is not noted anew, by no file.
        edit.details = edit.details.with_place_of(&Details::of(member));
    }
    if let Some(number) = &incoming.identity_number
        && (mode == ImportMode::Overwrite || member.row.identity_number.is_none())
    {
        edit.identity_number = IdentityNumberChange::Set(number.clone());
    }
    if !says_what_is_shown(incoming, member, clock.today()) {
        merge_periods(mode, incoming, &mut edit.periods, member.row.id, clock)?;
    }
    Ok(edit)
}

/// Whether the row says of her membership what her card says today, as an export does: then it is not held against a
/// later period that is entered already.
fn says_what_is_shown(incoming: &Incoming, member: &Member, today: NaiveDate) -> bool {
    Membership::of(member, today).is_some_and(|shown| {
        incoming.membership_type.is_none_or(|given| given == shown.membership_type)
            && incoming.joined_on.is_none_or(|given| Some(given) == shown.joined_on)
            && incoming.left_on.is_none_or(|given| Some(given) == shown.left_on)
            && incoming.leave_reason.is_none_or(|given| Some(given) == shown.leave_reason)
    })
}

/// The ledger of somebody new.
pub fn first_periods(incoming: &Incoming, member_id: Uuid, clock: &Clock) -> Vec<membership_period::Model> {
    let Some(periods) = incoming.periods.as_ref().filter(|periods| !periods.is_empty()) else {
        return vec![first_period(incoming, member_id, clock)];
    };
    let row = |period: &JsonPeriod| membership_period::Model {
        id: clock.new_id(),
        member_id,
        membership_type: period.membership_type,
        valid_from: period.valid_from,
        valid_until: period.valid_until,
        continues_previous: period.continues_previous,
        leave_reason: period.leave_reason,
    };
    periods.iter().map(row).collect()
}

fn first_period(incoming: &Incoming, member_id: Uuid, clock: &Clock) -> membership_period::Model {
    membership_period::Model {
        id: clock.new_id(),
        member_id,
        membership_type: incoming.membership_type.unwrap_or(DEFAULT_TYPE),
        valid_from: incoming.joined_on,
        valid_until: incoming.left_on,
        continues_previous: false,
        leave_reason: incoming.left_on.map(|_| incoming.leave_reason.unwrap_or(LeaveReason::Other)),
    }
}

/// The ledger is added to; it is rewritten only where the file corrects what it says of the last membership.
fn merge_periods(
    mode: ImportMode,
    incoming: &Incoming,
    periods: &mut Vec<membership_period::Model>,
    member_id: Uuid,
    clock: &Clock,
) -> Result<(), Problem> {
    let overwrite = mode == ImportMode::Overwrite;
    let Some(last) = periods.last() else {
        periods.extend(first_periods(incoming, member_id, clock));
        return Ok(());
    };
    if let (Some(joined), Some(left)) = (incoming.joined_on, last.valid_until)
        && joined > left
    {
        // She came back. Filling blanks does not bring anybody back.
        if overwrite {
            let membership_type = incoming.membership_type.unwrap_or(last.membership_type);
            periods.push(membership_period::Model { membership_type, ..first_period(incoming, member_id, clock) });
        }
        return Ok(());
    }
    let first = first_of_last_membership(periods);
    let earliest = first.checked_sub(1).and_then(|before| periods[before].valid_until).and_then(|until| until.succ_opt());
    if let Some(joined) = incoming.joined_on
        && periods[first].valid_from != Some(joined)
        && (overwrite || periods[first].valid_from.is_none())
    {
        if earliest.is_some_and(|day| joined < day) || periods[first].valid_until.is_some_and(|until| until < joined) {
            return Err(wrong(MemberColumn::JoinedOn, "does not fit the memberships that the register has; put it right there"));
        }
        periods[first].valid_from = Some(joined);
    }
    let at = periods.len() - 1;
    if let Some(membership_type) = incoming.membership_type
        && overwrite
        && membership_type != periods[at].membership_type
    {
        change_type(periods, membership_type, incoming.left_on.is_none(), clock);
    }
    let at = periods.len() - 1;
    let last = &mut periods[at];
    if let Some(left) = incoming.left_on
        && last.valid_until != Some(left)
        && (overwrite || last.valid_until.is_none())
    {
        if last.valid_from.is_some_and(|from| left < from) {
            return Err(wrong(MemberColumn::LeftOn, "lies before the membership began; put it right in the register"));
        }
        last.valid_until = Some(left);
    }
    if last.valid_until.is_some() && incoming.left_on.is_some() {
        take(mode, &mut last.leave_reason, &incoming.leave_reason);
        last.leave_reason.get_or_insert(LeaveReason::Other);
    }
    Ok(())
}

/// A membership that runs goes on as the new type from today; one that has ended, or began only today, was entered wrongly.
fn change_type(periods: &mut Vec<membership_period::Model>, membership_type: MembershipType, runs: bool, clock: &Clock) {
    let today: NaiveDate = clock.today();
    let Some(last) = periods.last_mut() else { return };
    let began_before = last.valid_from.is_none_or(|from| from < today);
    match today.pred_opt() {
        Some(yesterday) if runs && began_before && last.valid_until.is_none() => {
            last.valid_until = Some(yesterday);
            let next = membership_period::Model {
                id: clock.new_id(),
                membership_type,
                valid_from: Some(today),
                valid_until: None,
                continues_previous: true,
                ..last.clone()
            };
            periods.push(next);
        }
        _ => last.membership_type = membership_type,
    }
}

fn wrong(column: MemberColumn, message: &str) -> Problem {
    Problem::at_cell(0, column.name(), message)
}
