//! What staff do for a member who cannot sign in, because the register's address of hers is dead.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use entity::verification::Channel;
use serde::Deserialize;
use utoipa::ToSchema;

use super::members::{card_of, load_for_change};
use crate::members::card::Card;
use crate::members::email_change;
use crate::members::rules::{self, Problems};
use crate::state::State;
use crate::web::answer::Once;
use crate::web::extract::{Allowed, Body, Field, Id, IfMatch, Unknown, scope};
use crate::web::problem::Result as Outcome;

/// Whereto a code is sent, and how it was made sure that it is she.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CodeAtDesk {
    /// Her e-mail address from now on.
    #[serde(default)]
    #[schema(value_type = String, format = Email, max_length = 254, example = "anna@example.net")]
    email: Field<String>,
    /// How the caller was checked: `phone` or `in_person`.
    #[serde(default)]
    #[schema(value_type = Channel, example = "phone")]
    channel: Field<Channel>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Sets the e-mail address of a member who was checked, and mails a code there by which she signs in within ten minutes: she
/// types it together with that address. It stands in her history (`code_sent`), which she sees; the old address, if there is
/// one, is told. Not for protected members.
#[utoipa::path(tag = "members", params(Id, IfMatch, Once), request_body = CodeAtDesk, security(("token" = ["members:write"])),
    responses((status = 200, description = "The card as it is now", body = Card, headers(("ETag" = String))),
        (status = 429, description = "Too many mails to her: come back after Retry-After seconds")))]
#[post("/members/{id}/sign-in-code")]
pub(crate) async fn send_sign_in_code(
    caller: Allowed<scope::Contact>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    once: Once,
    body: Body<CodeAtDesk>,
) -> Outcome<HttpResponse> {
    let CodeAtDesk { email, channel, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let email = email.required("/email", &mut problems, |email| rules::email(&email));
    let channel = channel.required("/channel", &mut problems, |channel| match channel {
        Channel::Phone | Channel::InPerson => Ok(channel),
        Channel::Email | Channel::SelfService => Err("says how the caller was checked: phone or in_person".into()),
    });
    let (email, channel) = problems.finish(email.zip(channel))?;
    once.run(&state, &caller, "send_sign_in_code", &body.bytes, async |write| {
        let before = load_for_change(write, &caller, id, &if_match).await?;
        email_change::send_code_at_desk(write, &state.keys, &state.outbox, &before, &email, channel).await?;
        card_of(write, &caller.viewer(), id.0, StatusCode::OK).await
    })
    .await
}
