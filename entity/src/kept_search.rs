//! Searches kept for a day, so that no name has to stand in an address.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// What somebody asked at the desk.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "kept_search")]
pub struct Model {
    /// UUIDv7: what stands in the address.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who asked, and alone gets it back.
    pub actor_id: Uuid,
    /// The fields of the search, sealed (AEAD bound to `id`).
    #[serde(serialize_with = "crate::hex::bytes")]
    pub asked: Vec<u8>,
    /// When; dropped after a day.
    #[sea_orm(indexed)]
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
