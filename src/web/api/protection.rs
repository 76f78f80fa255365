//! Protected identities, hidden memberships, personal identity numbers.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, put};
use entity::member::Protection;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::members::{card_of, load_for_change};
use crate::members::card::Card;
use crate::members::member::Member;
use crate::members::protection::{identity_number, protect};
use crate::members::rules::Problems;
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

/// How a member is protected. Both fields are needed.
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
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Sets or lifts protected identity and hidden membership.
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
    let ProtectionChange { protection, hidden, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let protection = match protection {
        Field::Null => Some(None),
        given => given.required("/protection", &mut problems, Ok).map(Some),
    };
    let hidden = hidden.required("/hidden", &mut problems, Ok);
    let (protection, hidden) = problems.finish(protection.zip(hidden))?;
    let answer = state
        .store
        .write(caller.actor(), async |write| {
            let member = load_for_change(write, &caller, id, &if_match).await?;
            protect(write, &state.keys, &member, protection, hidden).await?;
            card_of(write, &caller.viewer(), id.0, StatusCode::OK).await
        })
        .await?;
    give(&state, &caller, "set_protection", answer).await
}
