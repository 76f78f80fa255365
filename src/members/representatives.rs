//! Whom a member turns to: her representatives in the order of the chain, with how to reach them.
//!
//! Who is responsible for a follow-up is worked out in [`jobs::responsible`]; this is what a member and whoever talks with
//! her are shown.

use chrono::NaiveDate;
use entity::appointment::AppointmentRole;
use entity::member;
use entity::visibility::{Viewer, VisibleTo};
use jobs::Result;
use jobs::responsible::{Organisation, Person};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::member::Member;

/// A representative of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Who: the holder of the appointment or, while she is absent, her deputy.
    pub id: Uuid,
    /// Her name.
    pub name: String,
    /// As what.
    pub role: AppointmentRole,
    /// Telephone number.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

/// The representatives of `member` on the day `on`, the first to turn to first. Nobody with a protected identity is among
/// them, and nobody represents herself. To somebody with a hidden membership nobody of her own workplace is named.
pub async fn of(database: &impl ConnectionTrait, member: &Member, on: NaiveDate) -> Result<Vec<Contact>> {
    let organisation = Organisation::load(database, on).await?;
    let workplaces = member.workplaces.iter().map(|place| place.id).collect();
    let chain = organisation.representatives(&Person::of(&member.row, workplaces));
    let ids = chain.iter().map(|(id, _)| *id);
    let rows =
        member::Entity::find().filter(member::Column::Id.is_in(ids)).visible_to(&Viewer::Unprotected).all(database).await?;
    let contact = |(id, role): (Uuid, AppointmentRole)| {
        let row = rows.iter().find(|row| row.id == id)?;
        let name = format!("{} {}", row.given_names, row.surname);
        Some(Contact { id, name, role, phone: row.phone.clone(), email: row.email.clone() })
    };
    Ok(chain.into_iter().filter_map(contact).collect())
}
