//! The switch of outgoing mail: an administrator starts and pauses it.
//!
//! With a relay set, nothing goes out until she has started it: a register that was copied, or set up to be looked at, must
//! not write to anybody. Without a relay mails are files in the data folder, which are written until she pauses them.

use chrono::{DateTime, Utc};
use entity::mailing::{Column, Entity, ID, MailSwitch, Model};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};

use crate::{Result, Write};

/// How the switch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Whether mail goes out.
    pub switch: MailSwitch,
    /// When an administrator set it; none while nobody has.
    pub changed_at: Option<DateTime<Utc>>,
}

/// How the switch stands; `relay` says whether mails go to a relay or into files.
///
/// # Errors
/// When the database does not answer.
pub async fn position(database: &impl ConnectionTrait, relay: bool) -> Result<Position> {
    let row = Entity::find_by_id(ID).one(database).await?;
    let untouched = if relay { MailSwitch::Paused } else { MailSwitch::Running };
    Ok(Position { switch: row.as_ref().map_or(untouched, |row| row.switch), changed_at: row.map(|row| row.changed_at) })
}

/// Whether mail goes out.
///
/// # Errors
/// When the database does not answer.
pub async fn goes_out(database: &impl ConnectionTrait, relay: bool) -> Result<bool> {
    Ok(position(database, relay).await?.switch == MailSwitch::Running)
}

/// Starts or pauses outgoing mail. What is on its way when it is paused arrives; nothing more is begun.
///
/// # Errors
/// When the database cannot take it.
pub async fn set(write: &Write, switch: MailSwitch) -> Result<()> {
    let actor = write.actor();
    let row = Model { id: ID, switch, changed_at: write.now(), actor_kind: actor.kind.clone(), actor_id: actor.id };
    Entity::insert(row.into_active_model())
        .on_conflict(
            OnConflict::column(Column::Id)
                .update_columns([Column::Switch, Column::ChangedAt, Column::ActorKind, Column::ActorId])
                .to_owned(),
        )
        .exec_without_returning(write.database())
        .await?;
    write.wake_courier();
    Ok(())
}
