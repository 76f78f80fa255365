//! A person in the register.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A person in the register. What depends on time (type, joined, left) stands in [`membership_period`](crate::membership_period).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "member")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Unique, given once, never reused.
    #[sea_orm(unique)]
    pub member_number: String,
    /// All given names, in the person's own order, separated by spaces.
    pub given_names: String,
    /// The surname, particles included (`af Ekenstam`).
    pub surname: String,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// The personal identity number, sealed (AEAD bound to `id`).
    #[serde(serialize_with = "crate::hex::optional_bytes")]
    pub identity_number: Option<Vec<u8>>,
    /// Keyed hash of the canonical number, under a key of its own: what makes the number unique and findable.
    #[sea_orm(unique)]
    #[serde(serialize_with = "crate::hex::optional_bytes")]
    pub identity_number_hash: Option<Vec<u8>>,
    /// ISO 639-1 code of the language for mails and pages.
    pub language: Option<String>,
    /// E-mail address. Not unique: couples share.
    pub email: Option<String>,
    /// E.164 when `phone_understood`, else exactly as it was given.
    pub phone: Option<String>,
    /// Whether `phone` could be read as a telephone number.
    pub phone_understood: bool,
    /// Street and number.
    pub street: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Postal town.
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    pub country: Option<String>,
    /// Occupation, in the union's own words.
    pub occupation: Option<String>,
    /// The local branch she belongs to.
    pub local_branch_id: Option<Uuid>,
    /// The school where she studies or studied.
    pub school_id: Option<Uuid>,
    /// Graduation date: expected until `graduation_confirmed_on` is set.
    pub graduation_date: Option<Date>,
    /// The day on which the graduation was confirmed.
    pub graduation_confirmed_on: Option<Date>,
    /// Protected identity: set means that address and contact data must not come out.
    pub protection: Option<Protection>,
    /// Hidden membership: must not be shown to the member's own workplace.
    pub hidden: bool,
    /// Grows by one with every change to the member or to what her card shows.
    pub version: i64,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When the row was last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Kinds of protected identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Protection {
    /// sv *sekretessmarkering*.
    Marked,
    /// sv *skyddad folkbokföring*: registered elsewhere than where she lives.
    RegisteredElsewhere,
    /// fi *turvakielto*.
    Turvakielto,
    /// no *kode 6*, strictly confidential.
    #[sea_orm(string_value = "no_6")]
    #[serde(rename = "no_6")]
    No6,
    /// no *kode 7*, confidential.
    #[sea_orm(string_value = "no_7")]
    #[serde(rename = "no_7")]
    No7,
    /// da *navne- og adressebeskyttelse*.
    Dk,
}

impl Protection {
    /// Whether where she lives and whatever else locates her is purged. `Marked` only hides.
    pub const fn purges(self) -> bool {
        !matches!(self, Protection::Marked)
    }
}
