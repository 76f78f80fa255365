//! Browsers in which a member has signed in before: whatever others try, she goes on there.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// One browser of one member.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "known_browser")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: Uuid,
    /// SHA-256 of the browser's cookie.
    #[sea_orm(primary_key, auto_increment = false)]
    #[serde(serialize_with = "crate::hex::bytes")]
    pub browser_hash: Vec<u8>,
    /// When she last signed in there.
    #[sea_orm(indexed)]
    pub signed_in_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
