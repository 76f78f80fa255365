//! What members propose about their own record, and what follows from their follow-ups, for somebody else to decide.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::membership_period::MembershipType;

/// A proposal. At most one of a kind waits for each member.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "proposal")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    #[sea_orm(indexed)]
    pub member_id: Uuid,
    /// What it is about.
    pub kind: Kind,
    /// What is proposed.
    pub content: Proposed,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was decided.
    pub decided_at: Option<DateTimeUtc>,
    /// How.
    pub decision: Option<Decision>,
    /// By what kind of caller.
    pub decided_by_kind: Option<String>,
    /// By which one.
    pub decided_by_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What is proposed: what its kind is about, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult, utoipa::ToSchema)]
pub struct Proposed {
    /// Where she works, all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workplaces: Option<Vec<ProposedWorkplace>>,
    /// When she graduated, or expects to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graduation_date: Option<Date>,
    /// Whether she has graduated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graduated: Option<bool>,
    /// Her new e-mail address: she asked for it herself, and it was stopped from the old address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// As what she goes on as a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub membership_type: Option<MembershipType>,
    /// From which day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The follow-up from whose outcome it follows; none when the member proposes it herself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up_id: Option<Uuid>,
}

/// A workplace in the member's own words. When it is accepted and the register does not have it, it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposedWorkplace {
    /// Employer.
    #[schema(max_length = 200, example = "Region Västerbotten")]
    pub employer: Option<String>,
    /// Workplace.
    #[schema(max_length = 200, example = "Norrlands universitetssjukhus")]
    pub workplace: String,
}

/// What a proposal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Kind {
    /// Where she works.
    Workplace,
    /// When she graduated, or expects to.
    Graduation,
    /// As what she is a member.
    MembershipType,
    /// Her e-mail address: a change of hers that was stopped from the old address.
    Email,
    /// That she be erased.
    Erasure,
}

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Decision {
    /// It stands in the register.
    Accepted,
    /// It does not.
    Declined,
    /// A newer one took its place.
    Replaced,
    /// The outcome from which it followed was taken back.
    Withdrawn,
}
