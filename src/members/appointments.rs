//! Appointments: which member represents the others as what, where and when. Who is responsible on a given day follows
//! from these rows and is worked out elsewhere.
//!
//! An appointment is member data: whoever may not see its holder does not see it either.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::appointment::{self, AppointmentRole};
use entity::visibility::{Viewer, VisibleTo};
use entity::{Vocabulary, employer, local_branch, member, school, workplace};
use jobs::{Error, Result, Write};
use sea_orm::sea_query::{Condition, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::card::{UnitName, WorkplaceName};
use super::list::{Page, write_cursor};
use super::record::{self, Record};
use super::rules::Problems;

/// An appointment, with names where the register holds ids.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Appointment {
    /// Its id.
    pub id: Uuid,
    /// Who holds it.
    pub member: MemberName,
    /// As what.
    pub role: AppointmentRole,
    /// For this workplace and those below it.
    pub workplace: Option<WorkplaceName>,
    /// For this school.
    pub school: Option<UnitName>,
    /// For this local branch and those below it.
    pub local_branch: Option<UnitName>,
    /// First day of the term; null when it lies before the register's memory.
    pub valid_from: Option<NaiveDate>,
    /// Last day of the term; null while it is open.
    pub valid_until: Option<NaiveDate>,
    /// First day of an absence.
    pub absent_from: Option<NaiveDate>,
    /// Last day of the absence; null while it is open.
    pub absent_until: Option<NaiveDate>,
    /// Who stands in during the absence; null also when she is not for you to see.
    pub deputy: Option<MemberName>,
    /// Grows by one with every change.
    pub version: i64,
}

/// A member by id and name.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult, Serialize, ToSchema)]
pub struct MemberName {
    /// The member's id.
    pub id: Uuid,
    /// Her number.
    #[schema(example = "104711")]
    pub member_number: String,
    /// All given names.
    #[schema(example = "Maarit Helena")]
    pub given_names: String,
    /// The surname.
    #[schema(example = "Karlsson")]
    pub surname: String,
}

impl MemberName {
    /// Of the member in `row`.
    pub fn of(row: &member::Model) -> Self {
        Self {
            id: row.id,
            member_number: row.member_number.clone(),
            given_names: row.given_names.clone(),
            surname: row.surname.clone(),
        }
    }
}

/// Which appointments.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Held by this member.
    pub member_id: Option<Uuid>,
    /// For this very workplace.
    pub workplace_id: Option<Uuid>,
    /// For this school.
    pub school_id: Option<Uuid>,
    /// For this very local branch.
    pub local_branch_id: Option<Uuid>,
    /// In this role.
    pub role: Option<AppointmentRole>,
    /// In term on this day.
    pub on: Option<NaiveDate>,
    /// With a last day between these, both included.
    pub ends: Option<(NaiveDate, NaiveDate)>,
}

/// The appointments that `filter` asks for and whose holder `viewer` may see, in the order in which they were entered.
pub async fn list(
    database: &impl ConnectionTrait,
    viewer: &Viewer,
    filter: &Filter,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Page<Appointment>> {
    let rows = appointment::Entity::find()
        .filter(filter.condition())
        .filter(held_by_visible(viewer))
        .filter(Condition::all().add_option(after.map(|id| appointment::Column::Id.gt(id))))
        .order_by_asc(appointment::Column::Id)
        .limit(limit + 1)
        .all(database)
        .await?;
    let page = Page::cut(rows, limit, |row| write_cursor(row.id));
    Ok(Page { items: Appointment::complete(database, viewer, page.items).await?, next: page.next })
}

/// The row of the appointment `id`, if `viewer` may see its holder.
///
/// # Errors
/// [`Error::NotFound`] for one that does not exist and for one that is not to be seen alike.
pub async fn load(database: &impl ConnectionTrait, viewer: &Viewer, id: Uuid) -> Result<appointment::Model> {
    let row = appointment::Entity::find_by_id(id).filter(held_by_visible(viewer)).one(database).await?;
    row.ok_or(Error::NotFound)
}

/// Whether `member` is in the register and `viewer` may see her.
pub async fn is_visible(database: &impl ConnectionTrait, viewer: &Viewer, member: Uuid) -> Result<bool> {
    Ok(member::Entity::find_by_id(member).visible_to(viewer).one(database).await?.is_some())
}

/// Makes a new appointment.
///
/// # Errors
/// [`Error::Invalid`] when it breaks a rule, or refers to a member or unit that is not there or not for `viewer` to see.
pub async fn create(write: &Write, viewer: &Viewer, row: appointment::Model) -> Result<appointment::Model> {
    check(write, viewer, None, &row).await?;
    record::insert(write, row).await
}

/// Stores `after` in place of `before`.
///
/// # Errors
/// [`Error::Stale`] when it was changed since `before` was read; [`Error::Invalid`] as for [`create`].
pub async fn change(
    write: &Write,
    viewer: &Viewer,
    before: &appointment::Model,
    after: appointment::Model,
) -> Result<appointment::Model> {
    check(write, viewer, Some(before), &after).await?;
    record::replace(write, before, after).await
}

/// Removes an appointment that should never have been entered. One that ends gets a last day instead.
///
/// # Errors
/// [`Error::Stale`] when it was changed since it was read.
pub async fn remove(write: &Write, row: &appointment::Model) -> Result<()> {
    record::delete(write, row).await
}

impl Filter {
    fn condition(&self) -> Condition {
        use appointment::Column::{LocalBranchId, MemberId, Role, SchoolId, ValidFrom, ValidUntil, WorkplaceId};
        Condition::all()
            .add_option(self.member_id.map(|id| MemberId.eq(id)))
            .add_option(self.workplace_id.map(|id| WorkplaceId.eq(id)))
            .add_option(self.school_id.map(|id| SchoolId.eq(id)))
            .add_option(self.local_branch_id.map(|id| LocalBranchId.eq(id)))
            .add_option(self.role.map(|role| Role.eq(role)))
            .add_option(self.ends.map(|(from, until)| ValidUntil.between(from, until)))
            .add_option(self.on.map(|day| ValidFrom.is_null().or(ValidFrom.lte(day))))
            .add_option(self.on.map(|day| ValidUntil.is_null().or(ValidUntil.gte(day))))
    }
}

impl Appointment {
    /// `rows` with the names that belong to them, in their order.
    pub async fn complete(database: &impl ConnectionTrait, viewer: &Viewer, rows: Vec<appointment::Model>) -> Result<Vec<Self>> {
        let ids = |id: fn(&appointment::Model) -> Option<Uuid>| rows.iter().filter_map(id).collect::<BTreeSet<Uuid>>();
        let mut people = ids(|row| Some(row.member_id));
        people.extend(ids(|row| row.deputy_member_id));
        let people = member_names(database, viewer, people).await?;
        let workplaces = workplace_names(database, ids(|row| row.workplace_id)).await?;
        let schools = unit_names::<school::Model>(database, ids(|row| row.school_id), |row| row.name).await?;
        let branches = unit_names::<local_branch::Model>(database, ids(|row| row.local_branch_id), |row| row.name).await?;
        let named = |row: appointment::Model| {
            Some(Self {
                id: row.id,
                // Out of sight since the row was read: then the appointment is, too.
                member: people.get(&row.member_id)?.clone(),
                role: row.role,
                workplace: row.workplace_id.and_then(|id| workplaces.get(&id).cloned()),
                school: row.school_id.and_then(|id| schools.get(&id).cloned()),
                local_branch: row.local_branch_id.and_then(|id| branches.get(&id).cloned()),
                valid_from: row.valid_from,
                valid_until: row.valid_until,
                absent_from: row.absent_from,
                absent_until: row.absent_until,
                deputy: row.deputy_member_id.and_then(|id| people.get(&id).cloned()),
                version: row.version,
            })
        };
        Ok(rows.into_iter().filter_map(named).collect())
    }

    /// The members whom `appointments` show, each once.
    pub fn shown(appointments: &[Self]) -> Vec<Uuid> {
        let people = appointments.iter().flat_map(|row| std::iter::once(&row.member).chain(&row.deputy));
        people.map(|person| person.id).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// What each role is appointed for, by the fields of the API.
pub fn scopes(role: AppointmentRole) -> &'static [&'static str] {
    match role {
        AppointmentRole::ShopSteward | AppointmentRole::ChiefShopSteward => &["workplace_id", "local_branch_id"],
        AppointmentRole::SafetyRepresentative => &["workplace_id"],
        AppointmentRole::StudentRepresentative => &["school_id"],
    }
}

async fn check(write: &Write, viewer: &Viewer, before: Option<&appointment::Model>, after: &appointment::Model) -> Result<()> {
    let mut problems = Problems::default();
    check_scope(after, &mut problems);
    check_days(after, &mut problems);
    if after.deputy_member_id == Some(after.member_id) {
        problems.add("/deputy_member_id", "is the holder herself; name somebody else");
    }
    check_references(write, viewer, before, after, &mut problems).await?;
    problems.into_result()
}

fn check_scope(row: &appointment::Model, problems: &mut Problems) {
    let accepted = scopes(row.role);
    let takes = format!("the role {} takes {}", row.role.word(), accepted.join(" or "));
    let given: Vec<&str> =
        [("workplace_id", row.workplace_id), ("school_id", row.school_id), ("local_branch_id", row.local_branch_id)]
            .into_iter()
            .filter_map(|(field, id)| id.map(|_| field))
            .collect();
    match given[..] {
        [] => problems.add(&format!("/{}", accepted[0]), format!("is needed: {takes}")),
        [one] if accepted.contains(&one) => {}
        [one] => problems.add(&format!("/{one}"), format!("does not fit: {takes}")),
        [first, ref more @ ..] => {
            for field in more {
                let detail = format!("stands beside {first}, and an appointment is for one of them; clear the other with null");
                problems.add(&format!("/{field}"), detail);
            }
        }
    }
}

fn check_days(row: &appointment::Model, problems: &mut Problems) {
    let before = |day: Option<NaiveDate>, other: Option<NaiveDate>| day.zip(other).is_some_and(|(day, other)| day < other);
    if before(row.valid_until, row.valid_from) {
        problems.add("/valid_until", "lies before valid_from");
        return;
    }
    if row.absent_until.is_some() && row.absent_from.is_none() {
        problems.add("/absent_from", "is needed beside absent_until");
    }
    if before(row.absent_until, row.absent_from) {
        problems.add("/absent_until", "lies before absent_from");
        return;
    }
    for (pointer, day) in [("/absent_from", row.absent_from), ("/absent_until", row.absent_until)] {
        if before(day, row.valid_from) || before(row.valid_until, day) {
            problems.add(pointer, "lies outside the term; change it, or clear both days of the absence with null");
        }
    }
}

/// Only what is new is looked up: an unchanged reference is held by its foreign key, and a deputy who has gone out of
/// sight stays.
async fn check_references(
    write: &Write,
    viewer: &Viewer,
    before: Option<&appointment::Model>,
    after: &appointment::Model,
    problems: &mut Problems,
) -> Result<()> {
    let database = write.database();
    let new = |id: fn(&appointment::Model) -> Option<Uuid>| id(after).filter(|new| before.and_then(id) != Some(*new));
    let unknown = "is no member in the register; find her with POST /api/v1/members/search";
    if let Some(id) = new(|row| Some(row.member_id))
        && !is_visible(database, viewer, id).await?
    {
        problems.add("/member_id", unknown);
    }
    if let Some(id) = new(|row| row.deputy_member_id)
        && !is_visible(database, viewer, id).await?
    {
        problems.add("/deputy_member_id", unknown);
    }
    if let Some(id) = new(|row| row.workplace_id)
        && !record::exists::<workplace::Model>(database, id).await?
    {
        problems.add("/workplace_id", "is no workplace in the register; see GET /api/v1/workplaces");
    }
    if let Some(id) = new(|row| row.school_id)
        && !record::exists::<school::Model>(database, id).await?
    {
        problems.add("/school_id", "is no school in the register; see GET /api/v1/schools");
    }
    if let Some(id) = new(|row| row.local_branch_id)
        && !record::exists::<local_branch::Model>(database, id).await?
    {
        problems.add("/local_branch_id", "is no local branch in the register; see GET /api/v1/local-branches");
    }
    Ok(())
}

fn held_by_visible(viewer: &Viewer) -> Condition {
    Condition::all().add(appointment::Column::MemberId.in_subquery(viewer.member_ids()))
}

async fn member_names(
    database: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: BTreeSet<Uuid>,
) -> Result<HashMap<Uuid, MemberName>> {
    let names: Vec<MemberName> = member::Entity::find()
        .select_only()
        .columns([member::Column::Id, member::Column::MemberNumber, member::Column::GivenNames, member::Column::Surname])
        .visible_to(viewer)
        .filter(member::Column::Id.is_in(ids))
        .into_model()
        .all(database)
        .await?;
    Ok(names.into_iter().map(|name| (name.id, name)).collect())
}

async fn workplace_names(database: &impl ConnectionTrait, ids: BTreeSet<Uuid>) -> Result<HashMap<Uuid, WorkplaceName>> {
    let names: Vec<(Uuid, String, Option<String>)> = workplace::Entity::find()
        .select_only()
        .columns([workplace::Column::Id, workplace::Column::Name])
        .column(employer::Column::Name)
        .join(JoinType::LeftJoin, workplace::Relation::Employer.def())
        .filter(workplace::Column::Id.is_in(ids))
        .into_tuple()
        .all(database)
        .await?;
    Ok(names.into_iter().map(|(id, name, employer)| (id, WorkplaceName { id, name, employer })).collect())
}

async fn unit_names<R: Record>(
    database: &impl ConnectionTrait,
    ids: BTreeSet<Uuid>,
    name: fn(R) -> String,
) -> Result<HashMap<Uuid, UnitName>> {
    let rows = R::Table::find().filter(R::ID.is_in(ids)).all(database).await?;
    Ok(rows.into_iter().map(|row| (row.id(), UnitName { id: row.id(), name: name(row) })).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(role: AppointmentRole) -> appointment::Model {
        appointment::Model {
            id: Uuid::from_u128(1),
            member_id: Uuid::from_u128(2),
            role,
            workplace_id: None,
            school_id: None,
            local_branch_id: None,
            valid_from: None,
            valid_until: None,
            absent_from: None,
            absent_until: None,
            deputy_member_id: None,
            version: 1,
        }
    }

    fn mentioned(check: fn(&appointment::Model, &mut Problems), row: &appointment::Model) -> Vec<String> {
        let mut problems = Problems::default();
        check(row, &mut problems);
        match problems.into_result() {
            Err(Error::Invalid(problems)) => problems.into_iter().map(|problem| problem.pointer).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn each_role_has_its_scope() {
        use AppointmentRole::*;
        let unit = Some(Uuid::from_u128(3));
        for (role, workplace, school, local_branch) in [
            (ShopSteward, true, false, true),
            (ChiefShopSteward, true, false, true),
            (SafetyRepresentative, true, false, false),
            (StudentRepresentative, false, true, false),
        ] {
            let fits = |row: appointment::Model| mentioned(check_scope, &row).is_empty();
            assert_eq!(fits(appointment::Model { workplace_id: unit, ..row(role) }), workplace, "{role:?}");
            assert_eq!(fits(appointment::Model { school_id: unit, ..row(role) }), school, "{role:?}");
            assert_eq!(fits(appointment::Model { local_branch_id: unit, ..row(role) }), local_branch, "{role:?}");
        }
    }

    #[test]
    fn an_appointment_is_for_exactly_one_unit() {
        let none = row(AppointmentRole::StudentRepresentative);
        assert_eq!(mentioned(check_scope, &none), ["/school_id"]);
        let unit = Some(Uuid::from_u128(3));
        let two = appointment::Model { workplace_id: unit, local_branch_id: unit, ..row(AppointmentRole::ShopSteward) };
        assert_eq!(mentioned(check_scope, &two), ["/local_branch_id"]);
    }

    #[test]
    fn an_absence_lies_inside_the_term() {
        let day = |day: u32| NaiveDate::from_ymd_opt(2026, 3, day);
        let problems = |from, until, absent_from, absent_until| {
            let role = AppointmentRole::ShopSteward;
            mentioned(
                check_days,
                &appointment::Model { valid_from: from, valid_until: until, absent_from, absent_until, ..row(role) },
            )
        };
        assert!(problems(None, None, None, None).is_empty());
        assert!(problems(day(1), day(1), day(1), day(1)).is_empty());
        assert!(problems(None, None, day(5), None).is_empty());
        assert_eq!(problems(day(2), day(1), None, None), ["/valid_until"]);
        assert_eq!(problems(day(1), day(9), day(5), day(4)), ["/absent_until"]);
        assert_eq!(problems(day(2), day(9), day(1), day(10)), ["/absent_from", "/absent_until"]);
        assert_eq!(problems(day(1), day(9), None, day(4)), ["/absent_from"]);
        assert_eq!(problems(day(1), day(9), day(10), None), ["/absent_from"]);
    }
}
