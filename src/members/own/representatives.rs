//! Who represents a member, in the order in which to ask them: shop steward, chief shop steward, safety representative, of the
//! nearest unit first; a student's representative before those of her branch. The office comes last.

use chrono::NaiveDate;
use entity::appointment::AppointmentRole;
use entity::visibility::Viewer;
use entity::{local_branch, member, school, workplace};
use jobs::Result;
use jobs::responsible::{InTerm, Organisation, Place};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::members::member::Member;

/// Somebody who represents the member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Representative {
    /// As what.
    pub role: AppointmentRole,
    /// Of which unit, by name.
    #[schema(example = "Norrlands universitetssjukhus")]
    pub unit: String,
    /// Whether she stands in for the holder, who is absent.
    pub deputy: bool,
    /// Her name.
    pub name: String,
    /// Her e-mail address.
    pub email: Option<String>,
    /// Her telephone number.
    pub phone: Option<String>,
}

/// Whom a member turns to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Contacts {
    /// Her representatives, in the order in which to ask them.
    pub items: Vec<Representative>,
    /// Lists go on here; this one never does.
    pub next: Option<String>,
    /// Whom to ask last, and when there is nobody else.
    pub office: OfficeContact,
}

/// How the office is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OfficeContact {
    /// Its e-mail address.
    #[schema(example = "office@example.org")]
    pub email: String,
}

/// The representatives of `member`, with their ids for the read audit. Whoever has a protected identity is not among them.
pub async fn of(database: &impl ConnectionTrait, member: &Member, today: NaiveDate) -> Result<(Vec<Representative>, Vec<Uuid>)> {
    let organisation = Organisation::load(database, today).await?;
    let mut standing: Vec<(&InTerm, Uuid)> = Vec::new();
    for place in places(member, &organisation) {
        for appointment in organisation.appointments.get(&place).into_iter().flatten() {
            let who = match (appointment.absent, appointment.deputy) {
                (false, _) => appointment.holder,
                (true, Some(deputy)) => deputy,
                (true, None) => continue,
            };
            if who != member.row.id && organisation.current.contains(&who) {
                standing.push((appointment, who));
            }
        }
    }
    let people = member::Entity::find()
        .filter(Viewer::Unprotected.members())
        .filter(member::Column::Id.is_in(standing.iter().map(|(_, who)| *who)))
        .all(database)
        .await?;
    let (mut representatives, mut shown) = (Vec::new(), Vec::new());
    for (appointment, who) in standing {
        let Some(row) = people.iter().find(|row| row.id == who) else { continue };
        representatives.push(Representative {
            role: appointment.role,
            unit: name_of(database, appointment.place).await?,
            deputy: appointment.absent,
            name: format!("{} {}", row.given_names, row.surname),
            email: row.email.clone(),
            phone: row.phone.clone(),
        });
        shown.push(who);
    }
    shown.sort_unstable();
    shown.dedup();
    Ok((representatives, shown))
}

/// Her units, the nearest first, each with those above it.
fn places(member: &Member, organisation: &Organisation) -> Vec<Place> {
    let workplaces = member.workplaces.iter().map(|place| Place::Workplace(place.id));
    let school = member.row.school_id.map(Place::School);
    let branch = member.row.local_branch_id.map(Place::LocalBranch);
    let mut places = Vec::new();
    for first in workplaces.chain(school).chain(branch) {
        let mut at = Some(first);
        while let Some(place) = at.filter(|place| !places.contains(place)) {
            places.push(place);
            at = organisation.above.get(&place).copied();
        }
    }
    places
}

async fn name_of(database: &impl ConnectionTrait, place: Place) -> Result<String> {
    let name = match place {
        Place::Workplace(id) => workplace::Entity::find_by_id(id).one(database).await?.map(|row| row.name),
        Place::School(id) => school::Entity::find_by_id(id).one(database).await?.map(|row| row.name),
        Place::LocalBranch(id) => local_branch::Entity::find_by_id(id).one(database).await?.map(|row| row.name),
    };
    Ok(name.unwrap_or_default())
}
