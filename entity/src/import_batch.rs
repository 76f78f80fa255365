//! Files uploaded for import, between preview and apply.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A file uploaded for import: previewed, then applied or dropped after a day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "import_batch")]
pub struct Model {
    /// UUIDv7; the history of what it made names it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Members or representatives.
    pub kind: ImportKind,
    /// How existing members are treated.
    pub mode: ImportMode,
    /// The file, sealed; dropped when applied.
    #[serde(serialize_with = "crate::hex::optional_bytes")]
    pub content: Option<Vec<u8>>,
    /// The impact report, as it was answered.
    pub report: Json,
    /// Who uploaded it; null on the command line.
    pub created_by: Option<Uuid>,
    /// When it was uploaded.
    #[sea_orm(indexed)]
    pub created_at: DateTimeUtc,
    /// When it was applied.
    pub applied_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum ImportKind {
    /// The member file.
    Members,
    /// The representatives' file.
    Representatives,
}

/// How an import treats members that the register already has.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum ImportMode {
    /// Leaves them as they are.
    Skip,
    /// Fills what is blank.
    #[default]
    Fill,
    /// Takes what the file says; a blank never wipes.
    Overwrite,
}
