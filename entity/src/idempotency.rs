//! Answers kept, so that a repeated POST does nothing twice.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// The answer to a POST that carried an `Idempotency-Key`, written in the transaction of what it did.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// Whose key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: Uuid,
    /// SHA-256 of the key.
    #[sea_orm(primary_key, auto_increment = false)]
    #[serde(serialize_with = "crate::hex::bytes")]
    pub key_hash: Vec<u8>,
    /// SHA-256 of method, path, `If-Match` and body.
    #[serde(serialize_with = "crate::hex::bytes")]
    pub request_hash: Vec<u8>,
    /// The answer (status, headers, body), sealed: it may hold member data.
    #[serde(serialize_with = "crate::hex::bytes")]
    pub answer: Vec<u8>,
    /// When; rows are dropped after a day.
    #[sea_orm(indexed)]
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
