//! A member's card: what is shown of one member, with names where the register holds ids.

use chrono::{DateTime, NaiveDate, Utc};
use entity::member::Protection;
use entity::membership_period::{LeaveReason, MembershipType};
use entity::verification::{Channel, Detail};
use entity::{local_branch, school};
use jobs::{Error, Result};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::member::{Member, within};
use crate::access::keys::{hex, sha256};

/// What is shown of one member. The personal identity number is not part of it: it has a route of its own.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Card {
    /// The member's id.
    pub id: Uuid,
    /// Her number.
    #[schema(example = "104711")]
    pub member_number: String,
    /// All given names.
    #[schema(example = "Maarit Helena")]
    pub given_names: String,
    /// The surname.
    #[schema(example = "Karlsson")]
    pub surname: String,
    /// Former surnames.
    pub former_surnames: Vec<String>,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
    /// Whether the register has a personal identity number.
    pub has_personal_identity_number: bool,
    /// Language for mails and pages.
    #[schema(example = "sv")]
    pub language: Option<String>,
    /// E-mail address.
    #[schema(example = "maarit@example.org")]
    pub email: Option<String>,
    /// Telephone number: E.164 when understood, else as given.
    #[schema(example = "+46701740605")]
    pub phone: Option<String>,
    /// Whether `phone` could be read as a telephone number.
    pub phone_understood: bool,
    /// Street and number.
    pub street: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Postal town.
    pub city: Option<String>,
    /// Country (ISO 3166-1 alpha-2).
    pub country: Option<String>,
    /// Occupation.
    pub occupation: Option<String>,
    /// Where she works.
    pub workplaces: Vec<WorkplaceName>,
    /// Her local branch.
    pub local_branch: Option<UnitName>,
    /// Her school.
    pub school: Option<UnitName>,
    /// Graduation date: expected until it is confirmed.
    pub graduation_date: Option<NaiveDate>,
    /// When the graduation was confirmed.
    pub graduation_confirmed_on: Option<NaiveDate>,
    /// Kind of protected identity.
    pub protection: Option<Protection>,
    /// Hidden membership.
    pub hidden: bool,
    /// The membership that runs today, else the last one, else the next.
    pub membership: Option<Membership>,
    /// What was checked with her, and when.
    pub verified: Vec<Verified>,
    /// When she was registered.
    pub created_at: DateTime<Utc>,
    /// When the card last changed.
    pub updated_at: DateTime<Utc>,
    /// Grows by one with every change.
    pub version: i64,
}

/// A unit by id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitName {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// A workplace by id and name, with its employer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkplaceName {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its employer's name, when known.
    pub employer: Option<String>,
}

/// A membership in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Membership {
    /// Type.
    pub membership_type: MembershipType,
    /// First day as a member since she last joined; null when it lies before the register's memory.
    pub joined_on: Option<NaiveDate>,
    /// Last day, when it has ended or will end.
    pub left_on: Option<NaiveDate>,
    /// Why it ended.
    pub leave_reason: Option<LeaveReason>,
    /// Whether it covers today.
    pub current: bool,
}

/// A detail that was checked with the member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Verified {
    /// Which.
    pub detail: Detail,
    /// When.
    pub at: DateTime<Utc>,
    /// By what kind of caller.
    #[schema(example = "staff")]
    pub by: String,
    /// How.
    pub channel: Channel,
}

impl Card {
    /// The card of `member` as of `today`.
    pub async fn of(database: &impl ConnectionTrait, member: Member, today: NaiveDate) -> Result<Self> {
        let membership = Membership::of(&member, today);
        let Member { row, former_surnames, workplaces, verifications, .. } = member;
        let local_branch = match row.local_branch_id {
            Some(id) => local_branch::Entity::find_by_id(id).one(database).await?.map(|unit| UnitName { id, name: unit.name }),
            None => None,
        };
        let school = match row.school_id {
            Some(id) => school::Entity::find_by_id(id).one(database).await?.map(|unit| UnitName { id, name: unit.name }),
            None => None,
        };
        Ok(Self {
            id: row.id,
            member_number: row.member_number,
            given_names: row.given_names,
            surname: row.surname,
            former_surnames,
            birth_date: row.birth_date,
            has_personal_identity_number: row.identity_number.is_some(),
            language: row.language,
            email: row.email,
            phone: row.phone,
            phone_understood: row.phone_understood,
            street: row.street,
            postal_code: row.postal_code,
            city: row.city,
            country: row.country,
            occupation: row.occupation,
            workplaces: workplaces
                .into_iter()
                .map(|place| WorkplaceName { id: place.id, name: place.name, employer: place.employer })
                .collect(),
            local_branch,
            school,
            graduation_date: row.graduation_date,
            graduation_confirmed_on: row.graduation_confirmed_on,
            protection: row.protection,
            hidden: row.hidden,
            membership,
            verified: verifications
                .into_iter()
                .map(|row| Verified { detail: row.detail, at: row.verified_at, by: row.actor_kind, channel: row.channel })
                .collect(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

/// The strong validator of an answer (RFC 9110, 8.8.3): a hash of the very bytes.
///
/// # Errors
/// When `value` cannot be serialised.
pub fn etag(value: &impl Serialize) -> Result<String> {
    Ok(etag_of(&serde_json::to_vec(value).map_err(Error::internal)?))
}

/// The same of what is serialised already.
pub fn etag_of(bytes: &[u8]) -> String {
    format!("\"{}\"", hex(&sha256(&[bytes])[..16]))
}

/// Of a ledger, the earliest period first, the one that runs today, else the last one, else the next.
pub fn period_to_show<T>(
    periods: &[T],
    days: impl Fn(&T) -> (Option<NaiveDate>, Option<NaiveDate>),
    today: NaiveDate,
) -> Option<usize> {
    let covers = |(from, until)| within(from, until, today);
    periods
        .iter()
        .position(|period| covers(days(period)))
        .or_else(|| periods.iter().rposition(|period| days(period).1.is_some_and(|until| until < today)))
        .or(if periods.is_empty() { None } else { Some(0) })
}

impl Membership {
    /// The membership to show of `member` as of `today`.
    pub fn of(member: &Member, today: NaiveDate) -> Option<Self> {
        let periods = &member.periods;
        let at = period_to_show(periods, |period| (period.valid_from, period.valid_until), today)?;
        let mut first = at;
        while first > 0 && periods[first].continues_previous {
            first -= 1;
        }
        let shown = &periods[at];
        // A change of type that is already entered is not the end of the membership.
        let goes_on = periods.get(at + 1).is_some_and(|next| next.continues_previous);
        Some(Self {
            membership_type: shown.membership_type,
            joined_on: periods[first].valid_from,
            left_on: shown.valid_until.filter(|_| !goes_on),
            leave_reason: shown.leave_reason,
            current: super::member::covers(shown, today),
        })
    }
}
