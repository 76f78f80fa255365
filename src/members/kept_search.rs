//! Searches of the desk, kept for a day so that a page can be loaded again and gone back to without a name in its address.
//! What was asked is sealed; only who asked it gets it back.

use entity::kept_search;
use jobs::history::Actor;
use jobs::{Error, Result, Write};
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use crate::access::keys::Keys;

/// What a kept search is sealed for.
const PURPOSE: &str = "kept search";

/// Keeps `asked` for whoever writes, and gives its id.
///
/// # Errors
/// When the register cannot be written.
pub async fn keep(write: &Write, keys: &Keys, asked: &[u8]) -> Result<Uuid> {
    let id = write.new_id();
    let row = kept_search::Model {
        id,
        actor_id: write.actor().id.unwrap_or_default(),
        asked: keys.seal(PURPOSE, id, asked)?,
        created_at: write.now(),
    };
    kept_search::Entity::insert(row.into_active_model()).exec_without_returning(write.database()).await?;
    Ok(id)
}

/// What was asked.
///
/// # Errors
/// [`Error::NotFound`] when nothing is kept under this id, or for somebody else.
pub async fn read(database: &impl ConnectionTrait, keys: &Keys, actor: &Actor, id: Uuid) -> Result<Vec<u8>> {
    let row = kept_search::Entity::find_by_id(id).one(database).await?;
    let row = row.filter(|row| Some(row.actor_id) == actor.id).ok_or(Error::NotFound)?;
    keys.open_sealed(PURPOSE, id, &row.asked)
}
