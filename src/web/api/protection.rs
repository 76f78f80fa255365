//! Protected identities, hidden memberships, personal identity numbers.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, put};
use chrono::NaiveDate;
use entity::member::Protection;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::members::{card_of, load_for_change};
use crate::members::card::Card;
use crate::members::member::Member;
use crate::members::protection::{Protected, Protecting, identity_number, protect, protected};
use crate::members::rules::{self, Problems};
use crate::state::State;
use crate::web::answer::{Answer, give};
use crate::web::extract::{Allowed, Body, Field, Id, IfMatch, Unknown, scope};
use crate::web::problem::Result as Outcome;

/// A personal identity number.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonalIdentityNumber {
    /// Behind the country that gave it; null when the register has none.
    #[schema(example = "SE:198402011234")]
    personal_identity_number: Option<String>,
}

/// Gives a member's personal identity number.
#[utoipa::path(tag = "protection", params(Id), security(("token" = ["members:identity"])),
    responses((status = 200, description = "The number", body = PersonalIdentityNumber)))]
#[get("/members/{id}/personal-identity-number")]
pub(crate) async fn read_identity_number(caller: Allowed<scope::Identity>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let member = Member::load(state.store.database(), &caller.viewer(), id.0).await?;
    let number = PersonalIdentityNumber { personal_identity_number: identity_number(&state.keys, &member)? };
    give(&state, &caller, "read_identity_number", Answer::of(StatusCode::OK, &number)?.showing([id.0])).await
}

/// How a member is to be protected. The first two fields are needed; the others, left out, change nothing, and null clears.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ProtectionChange {
    /// Kind of protected identity; null lifts it.
    #[serde(default)]
    #[schema(value_type = Option<Protection>, required)]
    protection: Field<Protection>,
    /// Hidden membership.
    #[serde(default)]
    #[schema(value_type = bool)]
    hidden: Field<bool>,
    /// When to look at it again. Nothing happens by itself on that day.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    review_on: Field<NaiveDate>,
    /// The one address by which a letter reaches her; kept sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 300)]
    forwarding_address: Field<String>,
    /// The one e-mail address that is kept, sealed, when what locates her is purged; left out, the one on her card.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Email, max_length = 254)]
    email: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Gives how a member is protected, and what is kept for that: the privacy officer's alone.
#[utoipa::path(tag = "protection", params(Id), security(("token" = ["members:protect"])),
    responses((status = 200, description = "The protection", body = Protected)))]
#[get("/members/{id}/protection")]
pub(crate) async fn read_protection(caller: Allowed<scope::Protect>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let database = state.store.database();
    let member = Member::load(database, &caller.viewer(), id.0).await?;
    let protected = protected(database, &state.keys, &member).await?;
    give(&state, &caller, "read_protection", Answer::of(StatusCode::OK, &protected)?.showing([id.0])).await
}

/// Sets or lifts protected identity and hidden membership. A kind other than `marked` purges, after seven days, whatever
/// says where she lives or works and how she is reached; lifted before, nothing is lost.
#[utoipa::path(tag = "protection", params(Id, IfMatch), request_body = ProtectionChange, security(("token" = ["members:protect"])),
    responses((status = 200, description = "The card as it is now", body = Card, headers(("ETag" = String)))))]
#[put("/members/{id}/protection")]
pub(crate) async fn set_protection(
    caller: Allowed<scope::Protect>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    body: Body<ProtectionChange>,
) -> Outcome<HttpResponse> {
    let ProtectionChange { protection, hidden, review_on, forwarding_address, email, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let protection = match protection {
        Field::Null => Some(None),
        given => given.required("/protection", &mut problems, Ok).map(Some),
    };
    let hidden = hidden.required("/hidden", &mut problems, Ok);
    let review_on = noted(review_on, "/review_on", &mut problems, rules::date);
    let forwarding_address =
        noted(forwarding_address, "/forwarding_address", &mut problems, |text: String| rules::line(&text, 300));
    let email = noted(email, "/email", &mut problems, |text: String| rules::email(&text));
    let notes = [review_on.is_some(), forwarding_address.is_some(), email.is_some()];
    if protection == Some(None) && notes.contains(&true) {
        problems.add("/protection", "is lifted, and with it goes what is noted about it; leave the other fields out");
    }
    let (protection, hidden) = problems.finish(protection.zip(hidden))?;
    let wanted = Protecting { protection, hidden, review_on, forwarding_address, email };
    let answer = state
        .store
        .write(caller.actor(), async |write| {
            let member = load_for_change(write, &caller, id, &if_match).await?;
            protect(write, &state.keys, &member, &wanted).await?;
            card_of(write, &caller.viewer(), id.0, StatusCode::OK).await
        })
        .await?;
    give(&state, &caller, "set_protection", answer).await
}

/// What a field notes: nothing new, nothing any more, or this.
fn noted<T: PartialEq, U>(
    field: Field<T>,
    pointer: &str,
    problems: &mut Problems,
    rule: impl FnOnce(T) -> Result<U, String>,
) -> Option<Option<U>> {
    if field == Field::Null { Some(None) } else { field.optional(pointer, problems, rule).map(Some) }
}
