//! Follow-ups: one member, one rule, one anchor date, one who is responsible, one outcome.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A follow-up. `UNIQUE(rule_key, subject_type, subject_id, anchor_date)` makes it happen once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "follow_up")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// By which rule.
    pub rule_key: String,
    /// What the anchor belongs to.
    pub subject_type: FollowUpSubject,
    /// Which one.
    pub subject_id: Uuid,
    /// The member whom it is about.
    #[sea_orm(indexed)]
    pub member_id: Uuid,
    /// The anchor date when it was opened.
    pub anchor_date: Date,
    /// The day on which she is due.
    pub due_on: Date,
    /// The run that opened it.
    pub run_id: Uuid,
    /// Whether the date was entered too late for its own list.
    pub late: bool,
    /// How far it has come.
    pub status: FollowUpStatus,
    /// The representative who is responsible; null when that is an office.
    pub responsible_member_id: Option<Uuid>,
    /// Through which appointment.
    pub appointment_id: Option<Uuid>,
    /// The office that is responsible, or to which it was escalated.
    pub office: Option<Office>,
    /// Why it did not go, or does not belong any more, to the first in the chain: words of `jobs::responsible::Reroute`.
    pub rerouted: Option<String>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// In words, by whoever recorded the outcome.
    pub note: Option<String>,
    /// When the member was contacted first.
    pub contacted_at: Option<DateTimeUtc>,
    /// The day on which she who is responsible was reminded that it is still open.
    pub reminded_on: Option<Date>,
    /// The day on which it was handed to the office because it stayed open.
    pub escalated_on: Option<Date>,
    /// The follow-up that took its place when the anchor moved.
    pub superseded_by: Option<Uuid>,
    /// Grows by one with every change.
    pub version: i64,
    /// When it was opened.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// What an anchor belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum FollowUpSubject {
    /// A member.
    Member,
    /// An appointment.
    Appointment,
}

/// How far a follow-up has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum FollowUpStatus {
    /// Somebody is to contact her.
    Open,
    /// She has been contacted, or it was tried; there is no outcome yet.
    Contacted,
    /// The outcome is known.
    Outcome,
    /// Nobody has to contact her: whom it concerns has been told by mail.
    Told,
    /// The anchor moved before she was contacted.
    Superseded,
    /// She left or died before she was contacted.
    Closed,
}

/// What came of a follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Outcome {
    /// They have spoken, or she has answered.
    Reached,
    /// It was tried, and nobody answered: it comes back.
    NoAnswer,
    /// She stays as a professional.
    Stays,
    /// She studies still.
    StillStudying,
    /// She leaves the union.
    Leaves,
    /// She moved abroad.
    MovedAbroad,
    /// Her contact details are wrong.
    WrongDetails,
}

/// An office of the union, by the role that reads its mail.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Office {
    /// The office that takes what has no representative.
    Office,
    /// The privacy officer: protected identities go nowhere else.
    PrivacyOfficer,
}
