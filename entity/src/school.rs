//! Schools.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A school, college or university where members study.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "school")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,

    /// Unique.
    #[sea_orm(unique)]
    pub name: String,
    /// Grows by one with every change.
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
