//! How often something was tried, by whom or for whom: shared by all instances.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// One limit of one key (see `access::limits`).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "attempt_limit")]
pub struct Model {
    /// Keyed hash of what is limited and for whom.
    #[sea_orm(primary_key, auto_increment = false)]
    #[serde(serialize_with = "crate::hex::bytes")]
    pub key_hash: Vec<u8>,
    /// Until when what was tried counts, in milliseconds since 1970. In the past, nothing counts.
    #[sea_orm(indexed)]
    pub counts_until: i64,
}

impl ActiveModelBehavior for ActiveModel {}
