//! Proposals: made by a member herself or by the outcome of a follow-up, decided by somebody else. Who decides and what then
//! stands in the register is not for this file.

use entity::proposal::{self, Decision, Kind, Proposed};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use crate::{Result, Write};

/// Makes a proposal in place of an older one of its kind.
///
/// # Errors
/// When the register cannot be written.
pub async fn propose(write: &Write, member: Uuid, kind: Kind, content: Proposed) -> Result<proposal::Model> {
    if let Some(older) = open(write, member, kind).await? {
        decided(write, older, Decision::Replaced).await?;
    }
    let row = proposal::Model {
        id: write.new_id(),
        member_id: member,
        kind,
        content,
        created_at: write.now(),
        decided_at: None,
        decision: None,
        decided_by_kind: None,
        decided_by_id: None,
    };
    proposal::Entity::insert(row.clone().into_active_model()).exec_without_returning(write.database()).await?;
    Ok(row)
}

/// Takes back what was proposed of a member because of this follow-up, unless somebody has decided it.
///
/// # Errors
/// When the register cannot be written.
pub async fn withdraw(write: &Write, member: Uuid, kind: Kind, follow_up: Uuid) -> Result<()> {
    match open(write, member, kind).await? {
        Some(row) if row.content.follow_up_id == Some(follow_up) => decided(write, row, Decision::Withdrawn).await,
        _ => Ok(()),
    }
}

/// Notes what became of a proposal.
///
/// # Errors
/// When the register cannot be written.
pub async fn decided(write: &Write, row: proposal::Model, decision: Decision) -> Result<()> {
    let mut row = row.into_active_model();
    row.decided_at = Set(Some(write.now()));
    row.decision = Set(Some(decision));
    row.decided_by_kind = Set(Some(write.actor().kind.clone()));
    row.decided_by_id = Set(write.actor().id);
    row.update(write.database()).await?;
    Ok(())
}

/// The one that waits, if any.
async fn open(write: &Write, member: Uuid, kind: Kind) -> Result<Option<proposal::Model>> {
    let open = proposal::Entity::find()
        .filter(proposal::Column::MemberId.eq(member))
        .filter(proposal::Column::Kind.eq(kind))
        .filter(proposal::Column::DecidedAt.is_null());
    Ok(open.one(write.database()).await?)
}
