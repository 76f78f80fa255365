//! Employers.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// An employer, under which workplaces stand.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "employer")]
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
