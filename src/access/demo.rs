//! Entering the demo without a password: who somebody is who wants to look around in a role. Only for a register that is
//! marked as the demo, answered on this machine; the page that calls this sees to that.

use entity::account::{self, AccountRole, Roles};
use entity::appointment::{self, AppointmentRole};
use entity::follow_up::{self, FollowUpStatus};
use entity::{member, member_workplace, membership_period};
use jobs::{Error, Result, Write};
use sea_orm::sea_query::{ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::accounts::{self, NewAccount};
use super::caller::Role;
use super::keys::Keys;
use super::sessions::Subject;
use super::{pledge, representatives};

/// Of how many it is asked whether one is a representative in office.
const TRIED: u64 = 200;

/// Who enters as `role`. An account is made when there is none yet; a member and a representative are people of the demo.
///
/// # Errors
/// [`Error::NotFound`] when the register has nobody in this role.
pub async fn person(write: &Write, keys: &Keys, role: Role) -> Result<Subject> {
    let subject = match role {
        Role::Staff => account(write, keys, AccountRole::Staff).await?,
        Role::Registrar => account(write, keys, AccountRole::Registrar).await?,
        Role::PrivacyOfficer => account(write, keys, AccountRole::PrivacyOfficer).await?,
        Role::Administrator => account(write, keys, AccountRole::Administrator).await?,
        Role::Representative => representative(write).await?,
        Role::Member => Subject::Member(member(write).await?),
        Role::Feed => return Err(Error::NotFound),
    };
    if role.needs_pledge() {
        pledge::give(write, subject).await?;
    }
    Ok(subject)
}

async fn account(write: &Write, keys: &Keys, role: AccountRole) -> Result<Subject> {
    let email = format!("{}@demo.invalid", Role::from(role).word());
    let known = account::Entity::find()
        .filter(account::Column::Email.eq(email.as_str()))
        .filter(account::Column::EndedAt.is_null())
        .one(write.database())
        .await?;
    if let Some(row) = known {
        return Ok(Subject::Account(row.id));
    }
    let new = NewAccount { name: email.clone(), email, roles: Roles::new(vec![role]), language: None };
    Ok(Subject::Account(accounts::create(write, keys, new).await?.0.id))
}

/// Somebody in office whose appointment lets her see others: first whoever has a follow-up to see to.
async fn representative(write: &Write) -> Result<Subject> {
    let today = write.clock().today();
    let waits = follow_up::Entity::find()
        .filter(follow_up::Column::Status.eq(FollowUpStatus::Open))
        .filter(follow_up::Column::ResponsibleMemberId.is_not_null())
        .order_by_asc(follow_up::Column::DueOn)
        .order_by_asc(follow_up::Column::Id)
        .limit(TRIED)
        .all(write.database())
        .await?;
    for id in waits.into_iter().filter_map(|row| row.responsible_member_id) {
        if representatives::reach(write.database(), id, today).await?.is_some() {
            return Ok(Subject::Member(id));
        }
    }
    let rows = appointment::Entity::find()
        .filter(appointment::Column::Role.eq(AppointmentRole::ShopSteward))
        .order_by_asc(appointment::Column::Id)
        .limit(TRIED)
        .all(write.database())
        .await?;
    for row in rows {
        if representatives::reach(write.database(), row.member_id, today).await?.is_some() {
            return Ok(Subject::Member(row.member_id));
        }
    }
    Err(Error::NotFound)
}

/// The first member with an address and telephone, at a workplace that somebody else represents.
async fn member(write: &Write) -> Result<Uuid> {
    let today = write.clock().today();
    let represented = Query::select()
        .column(appointment::Column::WorkplaceId)
        .from(appointment::Entity)
        .and_where(appointment::Column::WorkplaceId.is_not_null())
        .and_where(appointment::Column::ValidUntil.is_null().or(appointment::Column::ValidUntil.gte(today)))
        .to_owned();
    let colleagues = Query::select()
        .column(member_workplace::Column::MemberId)
        .from(member_workplace::Entity)
        .and_where(member_workplace::Column::WorkplaceId.in_subquery(represented))
        .to_owned();
    let current = Query::select()
        .column(membership_period::Column::MemberId)
        .from(membership_period::Entity)
        .and_where(membership_period::Column::ValidUntil.is_null())
        .to_owned();
    let appointed = Query::select().column(appointment::Column::MemberId).from(appointment::Entity).to_owned();
    let row = member::Entity::find()
        .filter(member::Column::Id.in_subquery(colleagues))
        .filter(member::Column::Id.in_subquery(current))
        .filter(member::Column::Id.not_in_subquery(appointed))
        .filter(member::Column::Protection.is_null())
        .filter(member::Column::Hidden.eq(false))
        .filter(member::Column::Email.is_not_null())
        .filter(member::Column::Phone.is_not_null())
        .filter(member::Column::Street.is_not_null())
        .order_by_asc(member::Column::Id)
        .one(write.database())
        .await?;
    row.map(|row| row.id).ok_or(Error::NotFound)
}
