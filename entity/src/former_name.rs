//! Names that a member bore before.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A surname that a member bore before; callers still give it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "former_name")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    #[sea_orm(indexed)]
    pub member_id: Uuid,
    /// The former surname.
    pub surname: String,
}

impl ActiveModelBehavior for ActiveModel {}
