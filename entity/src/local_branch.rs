//! Local branches

use sea_orm::entity::prelude::*;
use serde::Serialize;

///  the union's organisational units.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "local_branch")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The branch above.
    #[sea_orm(indexed)]
    pub parent_id: Option<Uuid>,
    /// Unique.
    #[sea_orm(unique)]
    pub name: String,
    /// Grows by one with every change.
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
