//! What was changed, by whom, when, from what to what.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// One change to one subject, written in the transaction of the change.
///
/// `number` is drawn from [`register`](crate::register) under its row lock, which is held until commit: numbers become
/// visible in their own order, so whoever polls "after N" misses nothing.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "history")]
pub struct Model {
    /// The change number: 1, 2, 3, … over the whole register, in commit order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// When.
    pub at: DateTimeUtc,
    /// What kind of caller did it: a role, or `system`.
    pub actor_kind: String,
    /// Which one; null for the system and the command line.
    pub actor_id: Option<Uuid>,
    /// What was changed.
    pub subject_type: Subject,
    /// Which one was changed.
    pub subject_id: Uuid,
    /// The member whom the change concerns: the subject itself or, for an appointment, its holder.
    #[sea_orm(indexed)]
    pub member_id: Option<Uuid>,
    /// What happened: `created`, `updated`, `imported`, `joined`, …
    pub kind: Change,
    /// `{"field": {"old": …, "new": …}}`; null where there is nothing to compare. Never holds an identity number; values
    /// go when they are purged (`members::protection`), all of it when the member is erased (`members::erase`).
    pub changes: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a history row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Subject {
    /// A member, with her periods, former names, workplaces and verifications.
    Member,
    /// An employer.
    Employer,
    /// A workplace.
    Workplace,
    /// A local branch.
    LocalBranch,
    /// A school.
    School,
    /// An appointment.
    Appointment,
    /// An account of somebody who works with the register; not in the feed of changes.
    Account,
    /// A follow-up of a lifecycle rule.
    FollowUp,
    /// A lifecycle rule; not in the feed of changes.
    LifecycleRule,
}

/// What happened to the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Change {
    /// Made by hand or by API.
    Created,
    /// Made or changed by an import; `changes.import` names it.
    Imported,
    /// Fields changed.
    Updated,
    /// A membership began.
    Joined,
    /// The membership went on as another type.
    TypeChanged,
    /// The membership ended.
    Left,
    /// Contact details were checked with the member.
    Verified,
    /// The member got a protected identity: systems that joined on must forget what they hold of her.
    Withdrawn,
    /// The subject was removed.
    Removed,
    /// The member was erased: systems that joined on must forget what they hold of her.
    Erased,
    /// The account ended: it no longer signs in.
    Ended,
    /// The account got a new set-up link: its password and second factor are no longer accepted.
    Reset,
    /// A code to sign in was sent at the desk to an address that was set there.
    CodeSent,
}
