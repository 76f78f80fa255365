//! Who was erased: the id and nothing else, so that a restored backup can be made to forget them again.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// One erased member.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "erasure")]
pub struct Model {
    /// The id that she had.
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: Uuid,
    /// When.
    pub at: DateTimeUtc,
    /// Why.
    pub reason: Reason,
    /// By what kind of caller.
    pub actor_kind: String,
    /// By which one.
    pub actor_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Why a member was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Reason {
    /// The time for which leavers are kept was over.
    Retention,
    /// The privacy officer decided so.
    Decision,
    /// She was erased before, and a backup had brought her back.
    Restored,
}
