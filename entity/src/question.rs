//! Questions to members that are answered from a mail, without signing in.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A question about one follow-up. Whoever has the secret of the mail may answer it, once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "question")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it is about.
    pub follow_up_id: Uuid,
    /// Whom it asks.
    #[sea_orm(indexed)]
    pub member_id: Uuid,
    /// SHA-256 of the secret in the mail's link, which has 256 random bits.
    #[sea_orm(unique)]
    #[serde(serialize_with = "crate::hex::bytes")]
    pub secret_hash: Vec<u8>,
    /// From when it is asked no longer.
    pub expires_at: DateTimeUtc,
    /// When it was answered.
    pub answered_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
