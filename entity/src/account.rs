//! Accounts: the people who work with the register and sign in with a password and a second factor.
//!
//! An account is not tied to a row of `member`, though its holder may be one: whoever makes accounts would otherwise open
//! the record of any member by making an account for her. Members sign in by mailed link.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Somebody who works with the register.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What she types to sign in, in lower case. Unique among accounts that have not ended.
    pub email: String,
    /// Her name, for colleagues.
    pub name: String,
    /// What she may do.
    pub roles: Roles,
    /// ISO 639-1 code of the language for mails and pages.
    pub language: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// From when it no longer signs in.
    pub ended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The roles of an account, each once, in the order of [`AccountRole`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Roles(Vec<AccountRole>);

impl Roles {
    /// These, sorted, each once.
    pub fn new(mut roles: Vec<AccountRole>) -> Self {
        roles.sort_unstable();
        roles.dedup();
        Self(roles)
    }

    /// They, in their order.
    pub fn iter(&self) -> impl Iterator<Item = AccountRole> {
        self.0.iter().copied()
    }
}

/// What an account may do.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum AccountRole {
    /// Finds callers and keeps contact details.
    Staff,
    /// Keeps periods, appointments and the organisation; imports and exports.
    Registrar,
    /// Sees protected identities and personal identity numbers.
    PrivacyOfficer,
    /// Accounts, rules, runs, settings; no member data.
    Administrator,
}
