//! What can be changed about a member, and the one way to store it: with its history, and with the checks of contact
//! details lapsing where the detail changed.

use chrono::{DateTime, NaiveDate, Utc};
use entity::history::Change;
use entity::member::{self, Protection};
use entity::membership_period::{self, LeaveReason, MembershipType};
use entity::verification::{self, Detail};
use entity::{former_name, local_branch, member_workplace, register, school, workplace};
use jobs::history::{Changes, Entry};
use jobs::{Clock, Error, Result, Write};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::email_change;
use super::identity_number::IdentityNumber;
use super::member::Member;
use super::phone::Phone;
use super::rules::Problems;
use crate::access::keys::Keys;

/// What a sealed personal identity number is bound to, beside its row.
pub const IDENTITY_NUMBER: &str = "identity number";

/// Everything about a member that is changed by hand or by import, but for her memberships and her personal identity
/// number. The names of the fields are those of API and history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// All given names.
    pub given_names: String,
    /// The surname.
    pub surname: String,
    /// Former surnames, sorted.
    pub former_surnames: Vec<String>,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
    /// Language for mails and pages.
    pub language: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// E.164 when understood, else as given.
    pub phone: Option<String>,
    /// Whether `phone` could be read as a telephone number; follows from it.
    #[serde(skip)]
    pub phone_understood: bool,
    /// Street and number.
    pub street: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Postal town.
    pub city: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Occupation.
    pub occupation: Option<String>,
    /// Where she works, sorted.
    pub workplace_ids: Vec<Uuid>,
    /// Her local branch.
    pub local_branch_id: Option<Uuid>,
    /// Her school.
    pub school_id: Option<Uuid>,
    /// Graduation date.
    pub graduation_date: Option<NaiveDate>,
    /// When the graduation was confirmed.
    pub graduation_confirmed_on: Option<NaiveDate>,
    /// Protected identity.
    pub protection: Option<Protection>,
    /// Hidden membership.
    pub hidden: bool,
}

/// A personal identity number in a change: kept, cleared or set.
#[derive(Clone, Debug, Default)]
pub enum IdentityNumberChange {
    /// As it is.
    #[default]
    Keep,
    /// Taken away.
    Clear,
    /// This one.
    Set(IdentityNumber),
    /// This one, which a member has whom the caller must not know of: kept, and not found by, until the privacy officer
    /// has resolved whose it is (`members::held`).
    Claim(IdentityNumber),
}

/// Somebody who is to become a member, or a prospect.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// A number from elsewhere; none for the next free one.
    pub member_number: Option<String>,
    /// The details.
    pub details: Details,
    /// The personal identity number.
    pub identity_number: Option<IdentityNumber>,
    /// As what she joins.
    pub membership_type: MembershipType,
    /// From when.
    pub joined_on: NaiveDate,
}

impl Details {
    /// What stands in the register.
    pub fn of(member: &Member) -> Self {
        let row = member.row.clone();
        let mut workplace_ids: Vec<Uuid> = member.workplaces.iter().map(|place| place.id).collect();
        workplace_ids.sort();
        Self {
            given_names: row.given_names,
            surname: row.surname,
            former_surnames: member.former_surnames.clone(),
            birth_date: row.birth_date,
            language: row.language,
            email: row.email,
            phone: row.phone,
            phone_understood: row.phone_understood,
            street: row.street,
            postal_code: row.postal_code,
            city: row.city,
            country: row.country,
            occupation: row.occupation,
            workplace_ids,
            local_branch_id: row.local_branch_id,
            school_id: row.school_id,
            graduation_date: row.graduation_date,
            graduation_confirmed_on: row.graduation_confirmed_on,
            protection: row.protection,
            hidden: row.hidden,
        }
    }

    /// The fields in which `new` differs.
    pub fn changes_to(&self, new: &Self) -> Changes {
        let mut changes = Changes::default();
        if self == new {
            return changes;
        }
        if let (Ok(Value::Object(old)), Ok(Value::Object(new))) = (serde_json::to_value(self), serde_json::to_value(new)) {
            for (field, old) in &old {
                changes.note(field, old, &new[field]);
            }
        }
        changes
    }

    /// Without anything by which the member could be found: where she lives and works, how she is reached. An
    /// occupation is free text, which may name a place.
    pub fn without_place(&self) -> Self {
        Self {
            email: None,
            phone: None,
            phone_understood: false,
            street: None,
            postal_code: None,
            city: None,
            country: None,
            occupation: None,
            workplace_ids: Vec::new(),
            local_branch_id: None,
            school_id: None,
            ..self.clone()
        }
    }

    /// With the place of `other`; see [`without_place`](Self::without_place).
    pub fn with_place_of(&self, other: &Self) -> Self {
        Self {
            given_names: self.given_names.clone(),
            surname: self.surname.clone(),
            former_surnames: self.former_surnames.clone(),
            birth_date: self.birth_date,
            language: self.language.clone(),
            graduation_date: self.graduation_date,
            graduation_confirmed_on: self.graduation_confirmed_on,
            protection: self.protection,
            hidden: self.hidden,
            ..other.clone()
        }
    }

    /// Reads the telephone number as somebody in her country, or else in `default_country`, writes it.
    pub fn read_phone(&mut self, default_country: &str) {
        let country = self.country.as_deref().unwrap_or(default_country);
        let phone = self.phone.as_deref().and_then(|text| Phone::read(text, Some(country)));
        self.phone_understood = phone.as_ref().is_some_and(|phone| phone.understood);
        self.phone = phone.map(|phone| phone.number);
    }

    /// Puts the details into a row, whose `version` and times it leaves alone.
    pub fn write_to(&self, row: member::Model) -> member::Model {
        let new = self.clone();
        member::Model {
            given_names: new.given_names,
            surname: new.surname,
            birth_date: new.birth_date,
            language: new.language,
            email: new.email,
            phone: new.phone,
            phone_understood: new.phone_understood,
            street: new.street,
            postal_code: new.postal_code,
            city: new.city,
            country: new.country,
            occupation: new.occupation,
            local_branch_id: new.local_branch_id,
            school_id: new.school_id,
            graduation_date: new.graduation_date,
            graduation_confirmed_on: new.graduation_confirmed_on,
            protection: new.protection,
            hidden: new.hidden,
            ..row
        }
    }
}

/// A member as she is to be.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The details.
    pub details: Details,
    /// The personal identity number.
    pub identity_number: IdentityNumberChange,
    /// The ledger: periods that are there already, changed or not, and new ones after them.
    pub periods: Vec<membership_period::Model>,
}

impl Edit {
    /// Nothing changed yet.
    pub fn of(member: &Member) -> Self {
        Self { details: Details::of(member), identity_number: IdentityNumberChange::Keep, periods: member.periods.clone() }
    }

    /// What it changes about `before`.
    pub fn changes(&self, before: &Member, keys: &Keys) -> Changes {
        let mut changes = Details::of(before).changes_to(&self.details);
        let number_changes = match &self.identity_number {
            IdentityNumberChange::Keep => false,
            IdentityNumberChange::Clear => before.row.identity_number.is_some(),
            IdentityNumberChange::Set(number) => {
                before.row.identity_number_hash.as_deref() != Some(&keys.identity_number_hash(&number.with_country()))
            }
            IdentityNumberChange::Claim(_) => true,
        };
        if number_changes {
            changes.note_unsaid("personal_identity_number");
        }
        if self.periods != before.periods {
            let (old, new) = (Ledger::of(&before.periods), Ledger::of(&self.periods));
            changes.note("membership_type", &old.membership_type, &new.membership_type);
            changes.note("joined_on", &old.joined_on, &new.joined_on);
            changes.note("left_on", &old.left_on, &new.left_on);
            changes.note("leave_reason", &old.leave_reason, &new.leave_reason);
        }
        changes
    }
}

/// The last membership of a ledger in short.
#[derive(Default)]
struct Ledger {
    membership_type: Option<MembershipType>,
    joined_on: Option<NaiveDate>,
    left_on: Option<NaiveDate>,
    leave_reason: Option<LeaveReason>,
}

impl Ledger {
    fn of(periods: &[membership_period::Model]) -> Self {
        let Some(last) = periods.last() else { return Self::default() };
        Self {
            membership_type: Some(last.membership_type),
            joined_on: periods[first_of_last_membership(periods)].valid_from,
            left_on: last.valid_until,
            leave_reason: last.leave_reason,
        }
    }
}

/// Where in a ledger, which must not be empty, the last membership began: changes of type go on from the period before.
pub fn first_of_last_membership(periods: &[membership_period::Model]) -> usize {
    let mut first = periods.len().saturating_sub(1);
    while first > 0 && periods[first].continues_previous {
        first -= 1;
    }
    first
}

/// Stores `edit` in place of what `before` holds; an import names itself. Nothing is written when nothing differs.
///
/// # Errors
/// [`Error::Stale`] when the member was changed since `before` was read; [`Error::Invalid`] when it refers to a unit that
/// is not there; [`Error::Conflict`] when another member has the personal identity number.
pub async fn update(
    write: &Write,
    keys: &Keys,
    before: &Member,
    edit: &Edit,
    change: Change,
    import: Option<Uuid>,
) -> Result<()> {
    let changes = edit.changes(before, keys);
    if changes.is_empty() {
        return Ok(());
    }
    let id = before.row.id;
    let after = &edit.details;
    refuse_place(before, after)?;
    refuse_unknown_units(write, &Details::of(before), after).await?;
    let mut row = after.write_to(before.row.clone());
    if changes.touches("personal_identity_number") {
        match &edit.identity_number {
            IdentityNumberChange::Set(number) => put_identity_number(&mut row, keys, number)?,
            IdentityNumberChange::Claim(number) => {
                put_identity_number(&mut row, keys, number)?;
                row.identity_number_hash = None;
            }
            IdentityNumberChange::Keep | IdentityNumberChange::Clear => {
                (row.identity_number, row.identity_number_hash) = (None, None);
            }
        }
    }
    replace_row(write, before, row).await?;
    if changes.touches("former_surnames") {
        former_name::Entity::delete_many().filter(former_name::Column::MemberId.eq(id)).exec(write.database()).await?;
        write.insert_all::<former_name::Entity>(former_names(write.clock(), id, after)).await?;
    }
    if changes.touches("workplace_ids") {
        member_workplace::Entity::delete_many().filter(member_workplace::Column::MemberId.eq(id)).exec(write.database()).await?;
        write.insert_all::<member_workplace::Entity>(places_of_work(id, after)).await?;
    }
    write_periods(write, &before.periods, &edit.periods).await?;
    if changes.touches("email") {
        email_change::address_changed(write, id).await?;
    }
    let lapsed: Vec<Detail> = [
        ("email", Detail::Email),
        ("phone", Detail::Phone),
        ("occupation", Detail::Occupation),
        ("workplace_ids", Detail::Workplace),
    ]
    .into_iter()
    .filter_map(|(field, detail)| changes.touches(field).then_some(detail))
    .collect();
    if !lapsed.is_empty() {
        verification::Entity::delete_many()
            .filter(verification::Column::MemberId.eq(id))
            .filter(verification::Column::Detail.is_in(lapsed))
            .exec(write.database())
            .await?;
    }
    let mut changes = changes.into_json();
    if let Some(import) = import {
        changes["import"] = import.to_string().into();
    }
    write.note(Entry::member(id, change, Some(changes)));
    Ok(())
}

/// Changed periods first: at most one may be open at any moment.
async fn write_periods(write: &Write, before: &[membership_period::Model], after: &[membership_period::Model]) -> Result<()> {
    let (kept, new): (Vec<_>, Vec<_>) = after.iter().partition(|period| before.iter().any(|old| old.id == period.id));
    for period in kept {
        if !before.contains(period) {
            period.clone().into_active_model().reset_all().update(write.database()).await?;
        }
    }
    write.insert_all::<membership_period::Entity>(new.into_iter().cloned().collect()).await
}

/// Puts a personal identity number into `row`: sealed, with its hash.
pub fn put_identity_number(row: &mut member::Model, keys: &Keys, number: &IdentityNumber) -> Result<()> {
    let text = number.with_country();
    row.identity_number = Some(keys.seal(IDENTITY_NUMBER, row.id, text.as_bytes())?);
    row.identity_number_hash = Some(keys.identity_number_hash(&text));
    Ok(())
}

/// Registers somebody and gives her id.
///
/// # Errors
/// [`Error::Invalid`] when it refers to a unit that is not there; [`Error::Conflict`] when another member has the member
/// number or the personal identity number.
pub async fn register(write: &Write, keys: &Keys, newcomer: &Newcomer) -> Result<Uuid> {
    let id = write.new_id();
    enter(write, keys, newcomer, id).await?;
    let changes = Details::default().changes_to(&newcomer.details);
    write.note(Entry::member(id, Change::Created, Some(changes.into_json())));
    Ok(id)
}

/// Writes the rows of somebody new, without history.
pub(super) async fn enter(write: &Write, keys: &Keys, newcomer: &Newcomer, id: Uuid) -> Result<()> {
    refuse_unknown_units(write, &Details::default(), &newcomer.details).await?;
    let member_number = member_number(write, newcomer.member_number.as_deref()).await?;
    let mut row = newcomer.details.write_to(blank_row(id, member_number, write.now()));
    if let Some(number) = &newcomer.identity_number {
        put_identity_number(&mut row, keys, number)?;
    }
    let period = membership_period::Model {
        id: write.new_id(),
        member_id: id,
        membership_type: newcomer.membership_type,
        valid_from: Some(newcomer.joined_on),
        valid_until: None,
        continues_previous: false,
        leave_reason: None,
    };
    member::Entity::insert(row.into_active_model()).exec_without_returning(write.database()).await?;
    membership_period::Entity::insert(period.into_active_model()).exec_without_returning(write.database()).await?;
    write.insert_all::<former_name::Entity>(former_names(write.clock(), id, &newcomer.details)).await?;
    write.insert_all::<member_workplace::Entity>(places_of_work(id, &newcomer.details)).await
}

/// Writes a changed row over the one that was read, one version on.
///
/// # Errors
/// [`Error::Stale`] when the member was changed since.
pub async fn replace_row(write: &Write, before: &Member, row: member::Model) -> Result<()> {
    let row = member::Model { version: before.row.version + 1, updated_at: write.now(), ..row };
    let replaced = member::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(member::Column::Id.eq(before.row.id))
        .filter(member::Column::Version.eq(before.row.version))
        .exec(write.database())
        .await?;
    if replaced.rows_affected == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// A row with nothing in it yet.
pub fn blank_row(id: Uuid, member_number: String, now: DateTime<Utc>) -> member::Model {
    member::Model {
        id,
        member_number,
        given_names: String::new(),
        surname: String::new(),
        birth_date: None,
        identity_number: None,
        identity_number_hash: None,
        language: None,
        email: None,
        phone: None,
        phone_understood: false,
        street: None,
        postal_code: None,
        city: None,
        country: None,
        occupation: None,
        local_branch_id: None,
        school_id: None,
        graduation_date: None,
        graduation_confirmed_on: None,
        protection: None,
        hidden: false,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// The rows of her former names.
pub fn former_names(clock: &Clock, id: Uuid, details: &Details) -> Vec<former_name::Model> {
    let names = details.former_surnames.iter();
    names.map(|surname| former_name::Model { id: clock.new_id(), member_id: id, surname: surname.clone() }).collect()
}

/// The rows of her workplaces.
pub fn places_of_work(id: Uuid, details: &Details) -> Vec<member_workplace::Model> {
    let places = details.workplace_ids.iter();
    places.map(|workplace| member_workplace::Model { member_id: id, workplace_id: *workplace }).collect()
}

/// Sees to it that none of `numbers`, which came from elsewhere, is ever given to somebody else.
pub async fn numbers_were_taken(write: &Write, numbers: impl IntoIterator<Item = &str>) -> Result<()> {
    // The register never comes to numbers of more digits, and after the last of 64 bits there would be none left to give.
    let within_reach = |number: &i64| *number < 1_000_000_000_000_000;
    let highest = numbers.into_iter().filter_map(|number| number.parse::<i64>().ok()).filter(within_reach).max();
    let Some(highest) = highest else { return Ok(()) };
    register::Entity::update_many()
        .col_expr(register::Column::NextMemberNumber, Expr::value(highest + 1))
        .filter(register::Column::NextMemberNumber.lte(highest))
        .exec(write.database())
        .await?;
    Ok(())
}

/// The number that was asked for, never to be given to somebody else, or the next free one.
pub(super) async fn member_number(write: &Write, asked: Option<&str>) -> Result<String> {
    match asked {
        Some(number) => {
            numbers_were_taken(write, [number]).await?;
            Ok(number.to_owned())
        }
        None => next_member_number(write).await,
    }
}

async fn next_member_number(write: &Write) -> Result<String> {
    let row = register::Entity::update_many()
        .col_expr(register::Column::NextMemberNumber, Expr::col(register::Column::NextMemberNumber).add(1))
        .filter(register::Column::Id.eq(register::ID))
        .exec_with_returning(write.database())
        .await?
        .pop()
        .ok_or_else(|| Error::internal("the register's own row is missing"))?;
    Ok((row.next_member_number - 1).to_string())
}

/// Where a member of a kind of protection that purges can be found is not noted anew.
fn refuse_place(before: &Member, after: &Details) -> Result<()> {
    let mut problems = Problems::default();
    if before.row.protection.is_some_and(Protection::purges) && after.protection.is_some_and(Protection::purges) {
        let before = Details::of(before);
        let blank = after.without_place();
        let kept = blank.changes_to(after);
        for field in before.changes_to(after).fields().filter(|field| kept.touches(field)) {
            problems.add(
                &format!("/{field}"),
                "is not kept for this kind of protected identity; a forwarding address and an e-mail address go to PUT …/protection",
            );
        }
    }
    problems.into_result()
}

/// Only what is new is looked up: an unchanged reference is held by its foreign key.
async fn refuse_unknown_units(write: &Write, old: &Details, new: &Details) -> Result<()> {
    let mut problems = Problems::default();
    let database = write.database();
    if new.workplace_ids != old.workplace_ids {
        let known = workplace::Entity::find()
            .filter(workplace::Column::Id.is_in(new.workplace_ids.iter().copied()))
            .count(database)
            .await?;
        if known != new.workplace_ids.len() as u64 {
            problems.add("/workplace_ids", "names a workplace that is not in the register; see GET /api/v1/workplaces");
        }
    }
    if let Some(id) = new.local_branch_id.filter(|_| new.local_branch_id != old.local_branch_id)
        && local_branch::Entity::find_by_id(id).one(database).await?.is_none()
    {
        problems.add("/local_branch_id", "is no local branch in the register; see GET /api/v1/local-branches");
    }
    if let Some(id) = new.school_id.filter(|_| new.school_id != old.school_id)
        && school::Entity::find_by_id(id).one(database).await?.is_none()
    {
        problems.add("/school_id", "is no school in the register; see GET /api/v1/schools");
    }
    problems.into_result()
}
