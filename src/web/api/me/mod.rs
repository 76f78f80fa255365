//! A member's own record: seen, kept, confirmed, taken back.

pub mod asks;
pub mod email;
pub mod looks;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use entity::history::Change;
use entity::verification::{Channel, Detail};
use entity::visibility::Viewer;
use jobs::{Error, Result, Write};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::assurance::Shows;
use crate::access::caller::Caller;
use crate::members::card::etag;
use crate::members::details::{self, Edit};
use crate::members::email_change;
use crate::members::member::Member;
use crate::members::own::card::OwnCard;
use crate::members::own::{consents, undo};
use crate::members::rules::{self, Problems};
use crate::members::verify;
use crate::state::State;
use crate::web::answer::{Answer, Once, give};
use crate::web::extract::{Allowed, Body, Field, IfMatch, Number, Unknown, scope};
use crate::web::problem::Result as Outcome;

/// The member that the caller is.
pub(crate) fn oneself(caller: &Caller) -> Result<Uuid> {
    caller.oneself().ok_or(Error::NotSignedIn)
}

/// How much this session shows of `member`.
pub(crate) fn shows(state: &State, caller: &Caller, member: &Member) -> Shows {
    let protected = member.row.protection.is_some();
    caller.session().map_or(Shows::Masked, |session| session.shows(state.config.link_shows, protected))
}

/// The caller's own record, if her session shows at least `least` of it.
///
/// # Errors
/// [`Error::StepUpNeeded`] when it does not.
pub(crate) async fn own(state: &State, caller: &Caller, least: Shows) -> Result<Member> {
    let id = oneself(caller)?;
    let member = Member::load(state.store.database(), &Viewer::Oneself(id), id).await?;
    if shows(state, caller, &member) >= least { Ok(member) } else { Err(Error::StepUpNeeded) }
}

/// Gives one's own card. What a session from a mailed link shows is a setting of the service; what it does not show is
/// masked, and a code that was mailed just now, or a strong sign-in, opens it.
#[utoipa::path(tag = "me", security(("session" = ["own"])),
    responses((status = 200, description = "Her card", body = OwnCard, headers(("ETag" = String)))))]
#[get("/me")]
pub(crate) async fn read_me(caller: Allowed<scope::Own>, state: Data<State>) -> Outcome<HttpResponse> {
    let member = own(&state, &caller, Shows::Masked).await?;
    let shows = shows(&state, &caller, &member);
    let card = OwnCard::load(state.store.database(), member.row.id, shows, state.store.clock()).await?;
    give(&state, &caller, "read_me", card_answer(&card)?).await
}

/// What a member changes about herself at once. A field not sent changes nothing, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct OwnChange {
    /// Language for mails and pages (ISO 639).
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z]{2,3}$", example = "sv")]
    language: Field<String>,
    /// E-mail address. It waits as `email_change` until it is confirmed; sent as it stands, it withdraws a change that waits.
    /// It cannot be cleared.
    #[serde(default)]
    #[schema(value_type = String, format = Email, max_length = 254, example = "anna@example.net")]
    email: Field<String>,
    /// Telephone number in any notation.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 50, example = "070-174 06 05")]
    phone: Field<String>,
    /// Street and number.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    street: Field<String>,
    /// Postal code.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 20)]
    postal_code: Field<String>,
    /// Postal town.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    city: Field<String>,
    /// Country (ISO 3166-1 alpha-2).
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z]{2}$", example = "SE")]
    country: Field<String>,
    /// Occupation.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    occupation: Field<String>,
    /// Whether she agrees to get the newsletter.
    #[serde(default)]
    #[schema(value_type = bool)]
    newsletter: Field<bool>,
    /// Whether she agrees to get text messages.
    #[serde(default)]
    #[schema(value_type = bool)]
    sms: Field<bool>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Changes one's own contact details, language, occupation and consents, at once. A new e-mail address waits until it is
/// confirmed: a mail with a link and a code goes there, to be shown to POST /api/v1/me/email-change/confirm within a day;
/// a notice goes to the old address, from which the change can be stopped. Where she works and when she graduated are
/// proposed with POST /api/v1/me/proposals.
#[utoipa::path(tag = "me", params(IfMatch),
    request_body(content((OwnChange = "application/json"), (OwnChange = "application/merge-patch+json"))),
    security(("session" = ["own"])),
    responses((status = 200, description = "Her card as it is now", body = OwnCard, headers(("ETag" = String))),
        (status = 429, description = "Too many changes of the e-mail address: come back after Retry-After seconds")))]
#[patch("/me")]
pub(crate) async fn change_me(
    caller: Allowed<scope::Own>,
    state: Data<State>,
    if_match: IfMatch,
    body: Body<OwnChange>,
) -> Outcome<HttpResponse> {
    let change = body.value;
    let answer = state
        .store
        .write(caller.actor(), async |write| {
            let (member, _) = load_for_change(write, &state, &caller, &if_match).await?;
            let (mut edit, mut wanted) = (Edit::of(&member), consents::of(write.database(), member.row.id).await?);
            let email = change.clone().apply(&mut edit, &mut wanted, &state.config.default_country)?;
            details::update(write, &state.keys, &member, &edit, Change::Updated, None).await?;
            consents::put(write, member.row.id, wanted).await?;
            if let (Some(email), Some(session)) = (email, caller.session()) {
                email_change::ask(write, &state.keys, &state.outbox, &member, session, email).await?;
            }
            card_of(write, &state, &caller).await
        })
        .await?;
    give(&state, &caller, "change_me", answer).await
}

impl OwnChange {
    /// Puts what takes effect at once into `edit` and `consents`, and gives the e-mail address that was sent.
    fn apply(self, edit: &mut Edit, consents: &mut consents::Consents, default_country: &str) -> Result<Option<String>> {
        let text = |letters: usize| move |text: String| rules::line(&text, letters);
        let mut problems = Problems::default();
        self.unknown.refuse(&mut problems);
        let (details, problems_of) = (&mut edit.details, &mut problems);
        self.language.set("/language", problems_of, &mut details.language, |code| rules::language(&code));
        self.street.set("/street", problems_of, &mut details.street, text(200));
        self.postal_code.set("/postal_code", problems_of, &mut details.postal_code, text(20));
        self.city.set("/city", problems_of, &mut details.city, text(100));
        self.country.set("/country", problems_of, &mut details.country, |code| rules::country(&code));
        self.occupation.set("/occupation", problems_of, &mut details.occupation, text(100));
        self.newsletter.replace("/newsletter", problems_of, &mut consents.newsletter, Ok);
        self.sms.replace("/sms", problems_of, &mut consents.sms, Ok);
        if self.phone.is_sent() {
            // After the country, by which the number is read.
            self.phone.set("/phone", problems_of, &mut details.phone, text(50));
            details.read_phone(default_country);
        }
        let mut email = String::new();
        self.email.replace("/email", problems_of, &mut email, |email| rules::email(&email));
        problems.into_result()?;
        Ok(Some(email).filter(|email| !email.is_empty()))
    }
}

/// What is right as it stands.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Confirmation {
    /// Which details.
    #[serde(default)]
    #[schema(value_type = Vec<Detail>)]
    details: Field<Vec<Detail>>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Says of one's own details that they are right as they stand: it is kept per detail when, by whom and how.
#[utoipa::path(tag = "me", params(IfMatch, Once), request_body = Confirmation, security(("session" = ["own"])),
    responses((status = 200, description = "Her card as it is now", body = OwnCard, headers(("ETag" = String)))))]
#[post("/me/confirm")]
pub(crate) async fn confirm_me(
    caller: Allowed<scope::Own>,
    state: Data<State>,
    if_match: IfMatch,
    once: Once,
    body: Body<Confirmation>,
) -> Outcome<HttpResponse> {
    let Confirmation { details, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let details = details.required("/details", &mut problems, Ok);
    let details = problems.finish(details)?;
    once.run(&state, &caller, "confirm_me", &body.bytes, async |write| {
        let (member, shown) = load_for_change(write, &state, &caller, &if_match).await?;
        if shown == Shows::Masked {
            // What she does not see she cannot say to be right.
            return Err(Error::StepUpNeeded);
        }
        verify::verify(write, &member, &details, Channel::SelfService).await?;
        card_of(write, &state, &caller).await
    })
    .await
}

/// Takes back a change that one made oneself, within 24 hours. `id` is the number of the change in one's history.
#[utoipa::path(tag = "me", params(Number, Once), security(("session" = ["own"])),
    responses((status = 200, description = "Her card as it is now", body = OwnCard, headers(("ETag" = String)))))]
#[post("/me/changes/{id}/undo")]
pub(crate) async fn undo_my_change(
    caller: Allowed<scope::Own>,
    state: Data<State>,
    number: Number,
    once: Once,
) -> Outcome<HttpResponse> {
    once.run(&state, &caller, "undo_my_change", &[], async |write| {
        let id = oneself(&caller)?;
        let member = Member::load(write.database(), &Viewer::Oneself(id), id).await?;
        undo::undo(write, &state.keys, &member, number.0).await?;
        card_of(write, &state, &caller).await
    })
    .await
}

/// The caller's own record, if her copy of her card is the newest; and how much of it is shown.
async fn load_for_change(write: &Write, state: &State, caller: &Caller, if_match: &IfMatch) -> Result<(Member, Shows)> {
    let id = oneself(caller)?;
    let member = Member::load(write.database(), &Viewer::Oneself(id), id).await?;
    let shows = shows(state, caller, &member);
    let card = OwnCard::load(write.database(), id, shows, write.clock()).await?;
    if_match.check(&etag(&card)?)?;
    Ok((member, shows))
}

async fn card_of(write: &Write, state: &State, caller: &Caller) -> Result<Answer> {
    let id = oneself(caller)?;
    let member = Member::load(write.database(), &Viewer::Oneself(id), id).await?;
    let shows = shows(state, caller, &member);
    card_answer(&OwnCard::load(write.database(), id, shows, write.clock()).await?)
}

fn card_answer(card: &OwnCard) -> Result<Answer> {
    Ok(Answer::of(StatusCode::OK, card)?.tagged(card)?.showing([card.id]))
}
