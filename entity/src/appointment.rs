//! Appointments: what makes a member a representative.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A role with a scope (exactly one of workplace, school, local branch) and a term.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "appointment")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who holds it.
    #[sea_orm(indexed)]
    pub member_id: Uuid,
    /// As what.
    pub role: AppointmentRole,
    /// For this workplace and those below it.
    pub workplace_id: Option<Uuid>,
    /// For this school.
    pub school_id: Option<Uuid>,
    /// For this local branch and those below it.
    pub local_branch_id: Option<Uuid>,
    /// First day of the term.
    pub valid_from: Option<Date>,
    /// Last day of the term; null while it is open.
    pub valid_until: Option<Date>,
    /// First day of an absence.
    pub absent_from: Option<Date>,
    /// Last day of the absence.
    pub absent_until: Option<Date>,
    /// Who stands in during the absence.
    pub deputy_member_id: Option<Uuid>,
    /// Grows by one with every change.
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// Appointment roles, in the order in which a member is told to turn to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum AppointmentRole {
    /// sv *förtroendeman*, fi *luottamusmies*.
    ShopSteward,
    /// sv *huvudförtroendeman*, fi *pääluottamusmies*.
    ChiefShopSteward,
    /// sv *skyddsombud*, fi *työsuojeluvaltuutettu*.
    SafetyRepresentative,
    /// sv *studentrepresentant*, fi *opiskelijaedustaja*.
    StudentRepresentative,
}
