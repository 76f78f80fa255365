//! The ledger of memberships: every figure on joining, leaving and staying is computed from these rows.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// One span of membership of one type. The periods of a member never overlap.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "membership_period")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    #[sea_orm(indexed)]
    pub member_id: Uuid,
    /// Of which type.
    pub membership_type: MembershipType,
    /// First day; null when it lies before the register's memory.
    pub valid_from: Option<Date>,
    /// Last day; null while it runs.
    pub valid_until: Option<Date>,
    /// Goes on from the period before it as another type: not a joining.
    pub continues_previous: bool,
    /// Why the membership ended; null when it runs or a period of another type follows.
    pub leave_reason: Option<LeaveReason>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Membership types.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum MembershipType {
    /// Studies.
    Student,
    /// Works in the profession.
    Professional,
    /// Leads others.
    Manager,
    /// Teaches.
    Teacher,
    /// Researches.
    Researcher,
    /// Works for herself.
    SelfEmployed,
    /// Looks for work.
    JobSeeker,
    /// Has retired.
    Retired,
    /// Supports the union.
    Supporting,
    /// Not a member yet: someone in contact with the union.
    Prospect,
}

/// Why a membership ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum LeaveReason {
    /// Retired from working life.
    Retired,
    /// Went to another union.
    ChangedUnion,
    /// Was not satisfied.
    Dissatisfied,
    /// Moved, for example abroad.
    Moved,
    /// Died.
    Deceased,
    /// Did not pay.
    Unpaid,
    /// Anything else.
    Other,
}
