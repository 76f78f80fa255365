//! Workplaces.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A workplace. Workplaces form a tree under an employer.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "workplace")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The employer; null when it is not known.
    pub employer_id: Option<Uuid>,
    /// The workplace above, of the same employer.
    #[sea_orm(indexed)]
    pub parent_id: Option<Uuid>,
    /// Unique under its employer.
    pub name: String,
    /// Grows by one with every change.
    pub version: i64,
}

/// What it is joined with.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The employer.
    #[sea_orm(belongs_to = "crate::employer::Entity", from = "Column::EmployerId", to = "crate::employer::Column::Id")]
    Employer,
}

impl ActiveModelBehavior for ActiveModel {}
