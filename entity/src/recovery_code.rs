//! Recovery codes: each stands in for a one-time code once.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A recovery code that was not used yet.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "recovery_code")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// Keyed hash of the code.
    #[sea_orm(primary_key, auto_increment = false)]
    #[serde(serialize_with = "crate::hex::bytes")]
    pub code_hash: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
