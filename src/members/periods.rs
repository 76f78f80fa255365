//! Joining, going on as another type, leaving. The periods of a member never overlap, and what has been entered is not
//! rewritten: a membership that ended stays in the ledger.

use chrono::NaiveDate;
use entity::history::Change;
use entity::membership_period::{self, LeaveReason, MembershipType};
use jobs::history::Entry;
use jobs::{Error, Result, Write};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::details::replace_row;
use super::member::Member;
use super::rules;

/// The member joins, or joins again.
///
/// # Errors
/// [`Error::Conflict`] when she is a member already; [`Error::Invalid`] when the day lies before the end of the last
/// membership or too far ahead.
pub async fn join(write: &Write, member: &Member, membership_type: MembershipType, joined_on: NaiveDate) -> Result<()> {
    check_day(write, "/joined_on", joined_on)?;
    if member.open_period().is_some() {
        return Err(Error::conflict("", "she is a member already; to go on as another type, change the type"));
    }
    if let Some(last) = member.periods.iter().filter_map(|period| period.valid_until).max()
        && joined_on <= last
    {
        return Err(Error::invalid("/joined_on", format!("the last membership runs until {last}; choose a later day")));
    }
    begin(write, member, membership_type, joined_on, false).await?;
    let changes = json!({"membership_type": {"old": null, "new": membership_type}, "joined_on": {"old": null, "new": joined_on}});
    finish(write, member, Change::Joined, changes).await
}

/// The membership goes on as another type from a day on.
///
/// # Errors
/// [`Error::Conflict`] when no membership runs; [`Error::Invalid`] when it has that type already, or began on or after
/// the day.
pub async fn change_type(write: &Write, member: &Member, membership_type: MembershipType, from: NaiveDate) -> Result<()> {
    check_day(write, "/from", from)?;
    let open = member.open_period().ok_or_else(no_membership)?;
    if open.membership_type == membership_type {
        return Err(Error::invalid("/membership_type", "is the type that she has already"));
    }
    if open.valid_from.is_some_and(|began| from <= began) {
        return Err(Error::invalid("/from", "lies on or before the day on which the present type began; choose a later day"));
    }
    let last = from.pred_opt().ok_or_else(|| Error::invalid("/from", "is too early"))?;
    end(write, open, last, None).await?;
    begin(write, member, membership_type, from, true).await?;
    let changes =
        json!({"membership_type": {"old": open.membership_type, "new": membership_type}, "from": {"old": null, "new": from}});
    finish(write, member, Change::TypeChanged, changes).await
}

/// The membership ends; `left_on` is its last day.
///
/// # Errors
/// [`Error::Conflict`] when no membership runs; [`Error::Invalid`] when it began after the day.
pub async fn leave(write: &Write, member: &Member, left_on: NaiveDate, reason: LeaveReason) -> Result<()> {
    check_day(write, "/left_on", left_on)?;
    let open = member.open_period().ok_or_else(no_membership)?;
    if let Some(began) = open.valid_from.filter(|began| left_on < *began) {
        return Err(Error::invalid("/left_on", format!("the membership began on {began}; choose that day or a later one")));
    }
    end(write, open, left_on, Some(reason)).await?;
    let changes = json!({"left_on": {"old": null, "new": left_on}, "leave_reason": {"old": null, "new": reason}});
    finish(write, member, Change::Left, changes).await
}

fn no_membership() -> Error {
    Error::conflict("", "no membership runs; let her join first")
}

fn check_day(write: &Write, pointer: &str, day: NaiveDate) -> Result<()> {
    rules::near_date(day, write.clock().today()).map(drop).map_err(|detail| Error::invalid(pointer, detail))
}

async fn begin(
    write: &Write,
    member: &Member,
    membership_type: MembershipType,
    from: NaiveDate,
    continues_previous: bool,
) -> Result<()> {
    let period = membership_period::Model {
        id: write.new_id(),
        member_id: member.row.id,
        membership_type,
        valid_from: Some(from),
        valid_until: None,
        continues_previous,
        leave_reason: None,
    };
    membership_period::Entity::insert(period.into_active_model()).exec_without_returning(write.database()).await?;
    Ok(())
}

async fn end(write: &Write, period: &membership_period::Model, last: NaiveDate, reason: Option<LeaveReason>) -> Result<()> {
    let mut row = period.clone().into_active_model();
    row.valid_until = Set(Some(last));
    row.leave_reason = Set(reason);
    row.update(write.database()).await?;
    Ok(())
}

/// The card shows the membership, so the member's version moves with it.
async fn finish(write: &Write, member: &Member, change: Change, changes: serde_json::Value) -> Result<()> {
    replace_row(write, member, member.row.clone()).await?;
    write.note(Entry::member(member.row.id, change, Some(changes)));
    Ok(())
}
