//! Mail domains of employers: what is sent there may be read there.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A domain of an employer. Mail to it, or to a domain below it, never names a member.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "employer_domain")]
pub struct Model {
    /// In lower case: `sjukhuset.example.org`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub domain: String,
    /// Whose.
    #[sea_orm(indexed)]
    pub employer_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
