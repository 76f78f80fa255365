//! Rules of lifecycle automation: who is told when, as data.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A rule: an anchor date, an offset, an audience, who is told.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "lifecycle_rule")]
pub struct Model {
    /// A short name in lower case with hyphens: `graduate-follow-up`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// What it is for, in the union's own words.
    pub title: String,
    /// The date from which it counts.
    pub anchor: Anchor,
    /// ISO 8601 duration with a sign: from the anchor to the day on which somebody is due.
    #[sea_orm(column_name = "due_after")]
    pub offset: String,
    /// Whom it concerns.
    pub audience: Audience,
    /// Who is told.
    pub recipients: Recipients,
    /// When they are told.
    pub notices: Notices,
    /// What the mails say.
    pub template: Template,
    /// ISO 8601 duration: how long after the due date somebody still joins a list.
    pub look_back: String,
    /// What the mails hold of a member.
    pub content: Content,
    /// Whether it rests.
    pub paused: bool,
    /// Since when it is switched on; null while it never was.
    pub active_from: Option<DateTimeUtc>,
    /// The first due date that it has ever answered for since it was switched on.
    pub covered_from: Option<Date>,
    /// Whether it came with the program.
    pub built_in: bool,
    /// Grows by one with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// The date from which a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Anchor {
    /// The member's graduation date, expected or confirmed.
    GraduationDate,
    /// The last day of an appointment.
    AppointmentEnd,
}

/// Whom a rule concerns. Only current members, whatever else is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Audience {
    /// Members who were students on the anchor date.
    StudentsAtAnchor,
    /// Members who were students on the anchor date and are students still, their graduation not confirmed.
    StillStudents,
    /// Holders of appointments.
    AppointmentHolders,
}

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Recipient {
    /// The representative who is responsible for the member; she gets a follow-up and records its outcome.
    Responsible,
    /// The member herself.
    Member,
    /// The chief shop steward of the workplace or the local branch.
    ChiefShopSteward,
    /// The union's office.
    Office,
}

/// All who are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Recipients(pub Vec<Recipient>);

/// When they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Notice {
    /// On the 20th at 07:00: everybody who is due next month, in one list.
    MonthAhead,
    /// At 07:00 of the due day: those who have not been contacted yet.
    OnTheDay,
    /// On Mondays at 07:00: those who have been open for too long, once; later they go to the office.
    StillOpen,
}

/// All moments at which they are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Notices(pub Vec<Notice>);

/// What the mails say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Template {
    /// Contact these members, who graduated some time ago.
    Graduates,
    /// This appointment ends.
    AppointmentEnding,
    /// Have you graduated, and when?
    StillStudying,
}

/// What the mails hold of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Content {
    /// Her name, and a link; no contact details.
    Names,
    /// How many they are, and a link. Always so for a recipient at a registered employer's domain.
    LinkOnly,
    /// Her name, e-mail address and telephone number.
    Full,
}
