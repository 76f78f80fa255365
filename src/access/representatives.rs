//! What a member's appointments let her see, as of today. Rights come from the rows of `appointment` and from nothing else:
//! when a term ends, they are gone with the day.

use chrono::NaiveDate;
use entity::visibility::Reach;
use entity::{appointment, local_branch, member_workplace, membership_period, workplace};
use jobs::Result;
use sea_orm::sea_query::{Condition, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// The two trees, by id and the unit above.
const WORKPLACES: (workplace::Column, workplace::Column) = (workplace::Column::Id, workplace::Column::ParentId);
const BRANCHES: (local_branch::Column, local_branch::Column) = (local_branch::Column::Id, local_branch::Column::ParentId);

/// The reach of `member` today: of the appointments that she holds, and of those whose deputy she is while their holder is
/// absent. None when there is none in term, or when she or the holder is not a member today.
///
/// # Errors
/// When the register cannot be read.
pub async fn reach(database: &impl ConnectionTrait, member: Uuid, today: NaiveDate) -> Result<Option<Reach>> {
    use appointment::Column;
    let absence = Condition::all()
        .add(Column::AbsentFrom.is_not_null())
        .add(Column::AbsentFrom.lte(today))
        .add(Column::AbsentUntil.is_null().or(Column::AbsentUntil.gte(today)));
    let in_term = appointment::Entity::find()
        .filter(Condition::any().add(Column::MemberId.eq(member)).add(absence.add(Column::DeputyMemberId.eq(member))))
        .filter(Column::ValidFrom.is_null().or(Column::ValidFrom.lte(today)))
        .filter(Column::ValidUntil.is_null().or(Column::ValidUntil.gte(today)))
        .all(database)
        .await?;
    if in_term.is_empty() {
        return Ok(None);
    }
    let current = current_members(database, in_term.iter().map(|row| row.member_id).chain([member]), today).await?;
    if !current.contains(&member) {
        return Ok(None);
    }
    let in_term: Vec<_> = in_term.into_iter().filter(|row| current.contains(&row.member_id)).collect();
    if in_term.is_empty() {
        return Ok(None);
    }
    let units = |unit: fn(&appointment::Model) -> Option<Uuid>| in_term.iter().filter_map(unit).collect::<Vec<_>>();
    Ok(Some(Reach {
        workplaces: below::<workplace::Entity>(database, WORKPLACES, units(|row| row.workplace_id)).await?,
        local_branches: below::<local_branch::Entity>(database, BRANCHES, units(|row| row.local_branch_id)).await?,
        schools: units(|row| row.school_id),
        own_workplaces: own_workplaces(database, member).await?,
    }))
}

/// Who of these is a member today.
async fn current_members(
    database: &impl ConnectionTrait,
    members: impl Iterator<Item = Uuid>,
    today: NaiveDate,
) -> Result<Vec<Uuid>> {
    use membership_period::Column;
    let periods = membership_period::Entity::find()
        .select_only()
        .column(Column::MemberId)
        .filter(Column::MemberId.is_in(members))
        .filter(Column::ValidFrom.is_null().or(Column::ValidFrom.lte(today)))
        .filter(Column::ValidUntil.is_null().or(Column::ValidUntil.gte(today)));
    Ok(periods.into_tuple().all(database).await?)
}

/// Where she works, with the whole of the tree that it stands in: colleagues of the ward next door are colleagues. Nobody's
/// hidden membership is shown to them.
async fn own_workplaces(database: &impl ConnectionTrait, member: Uuid) -> Result<Vec<Uuid>> {
    let own = member_workplace::Entity::find().filter(member_workplace::Column::MemberId.eq(member));
    let mut tops: Vec<Uuid> = own.all(database).await?.into_iter().map(|row| row.workplace_id).collect();
    // Upwards, level by level, until nothing stands above.
    let mut known = tops.clone();
    while !tops.is_empty() {
        let above = workplace::Entity::find().filter(workplace::Column::Id.is_in(tops)).all(database).await?;
        tops = above.into_iter().filter_map(|row| row.parent_id).filter(|id| !known.contains(id)).collect();
        known.extend(&tops);
    }
    below::<workplace::Entity>(database, WORKPLACES, known).await
}

/// `units` and all below them, level by level; each once, whatever the data says.
async fn below<E: EntityTrait>(
    database: &impl ConnectionTrait,
    (id, parent): (E::Column, E::Column),
    units: Vec<Uuid>,
) -> Result<Vec<Uuid>> {
    let mut known = units.clone();
    let mut level = units;
    while !level.is_empty() {
        let children = E::find().select_only().column(id).filter(parent.is_in(level));
        level = children.into_tuple().all(database).await?;
        level.retain(|unit| !known.contains(unit));
        known.extend(&level);
    }
    Ok(known)
}
