//! A member's card as she sees it herself. What the session may not show is masked: that there is a value, not which.
//! The personal identity number is never part of it.

use chrono::{DateTime, NaiveDate, Utc};
use entity::visibility::Viewer;
use jobs::{Clock, Result};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::consents::{self, Consents};
use crate::access::assurance::Shows;
use crate::members::card::{Card, Membership, UnitName, Verified, WorkplaceName};
use crate::members::email_change::{self, EmailChange};
use crate::members::member::Member;

/// What stands for a value that is not shown.
pub const MASK: &str = "•••";

/// One's own card.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OwnCard {
    /// Her id.
    pub id: Uuid,
    /// Her number.
    pub member_number: String,
    /// How much this session shows. `masked` values are `•••`.
    pub shows: Shows,
    /// All given names.
    pub given_names: String,
    /// The surname.
    pub surname: String,
    /// Language for mails and pages.
    pub language: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// A change of the e-mail address that waits to be confirmed, or was stopped; null when there is none or it is not shown.
    pub email_change: Option<EmailChange>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Street and number.
    pub street: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Postal town.
    pub city: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Occupation.
    pub occupation: Option<String>,
    /// Where she works; null when it is not shown.
    pub workplaces: Option<Vec<WorkplaceName>>,
    /// Her local branch.
    pub local_branch: Option<UnitName>,
    /// Her school.
    pub school: Option<UnitName>,
    /// Graduation date.
    pub graduation_date: Option<NaiveDate>,
    /// When it was confirmed.
    pub graduation_confirmed_on: Option<NaiveDate>,
    /// What she has agreed to.
    pub consents: Consents,
    /// What was checked with her, when, by whom and how.
    pub verified: Vec<Verified>,
    /// Date of birth; null when it is not shown.
    pub birth_date: Option<NaiveDate>,
    /// Former surnames; null when they are not shown.
    pub former_surnames: Option<Vec<String>>,
    /// Her membership; null when it is not shown.
    pub membership: Option<Membership>,
    /// When the card last changed.
    pub updated_at: DateTime<Utc>,
    /// Grows by one with every change.
    pub version: i64,
}

impl OwnCard {
    /// The card of the member `id`.
    ///
    /// # Errors
    /// [`jobs::Error::NotFound`] when she is not in the register any more.
    pub async fn load(database: &impl ConnectionTrait, id: Uuid, shows: Shows, clock: &Clock) -> Result<Self> {
        let member = Member::load(database, &Viewer::Oneself(id), id).await?;
        let consents = consents::of(database, id).await?;
        let email_change = email_change::waiting(database, id, clock.now()).await?;
        Ok(Self::of(Card::of(database, member, clock.today()).await?, consents, email_change, shows))
    }

    /// What `shows` leaves of `card`.
    pub fn of(card: Card, consents: Consents, email_change: Option<EmailChange>, shows: Shows) -> Self {
        let clear = shows >= Shows::Contact;
        let full = shows >= Shows::Full;
        let text = |text: Option<String>| if clear { text } else { text.map(|_| MASK.to_owned()) };
        Self {
            id: card.id,
            member_number: card.member_number,
            shows,
            given_names: if clear { card.given_names } else { MASK.to_owned() },
            surname: if clear { card.surname } else { MASK.to_owned() },
            language: card.language,
            email: text(card.email),
            email_change: email_change.filter(|_| clear),
            phone: text(card.phone),
            street: text(card.street),
            postal_code: text(card.postal_code),
            city: text(card.city),
            country: text(card.country),
            occupation: text(card.occupation),
            workplaces: clear.then_some(card.workplaces),
            local_branch: card.local_branch.filter(|_| clear),
            school: card.school.filter(|_| clear),
            graduation_date: card.graduation_date.filter(|_| clear),
            graduation_confirmed_on: card.graduation_confirmed_on.filter(|_| clear),
            consents,
            verified: card.verified,
            birth_date: card.birth_date.filter(|_| full),
            former_surnames: full.then_some(card.former_surnames),
            membership: card.membership.filter(|_| full),
            updated_at: card.updated_at,
            version: card.version,
        }
    }
}
