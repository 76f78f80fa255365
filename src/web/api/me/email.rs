//! A member's change of her own e-mail address: confirmed at the new one, stopped from the old one. It is asked for with PATCH
//! /api/v1/me.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use jobs::Error;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::members::email_change::{self, Proof};
use crate::members::rules::{self, Problems};
use crate::state::State;
use crate::web::answer::give_plain;
use crate::web::api::session::SessionState;
use crate::web::api::sign_in;
use crate::web::extract::{Allowed, Body, Field, Unknown, scope};
use crate::web::problem::Result as Outcome;

/// What shows that mail to the new address is read: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
pub struct EmailProof {
    /// The six digits of the mail.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 20, example = "048213")]
    code: Field<String>,
    /// Instead of `code`: the last part of the mail's link, …/me/email/{secret}.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    secret: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// The secret of the notice's link.
#[derive(Debug, Deserialize, ToSchema)]
pub struct StopSecret {
    /// The last part of the link, …/email-change/stop/{secret}.
    #[serde(default)]
    #[schema(value_type = String, max_length = 100)]
    secret: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Confirms the change of one's e-mail address that waits (`email_change` of GET /api/v1/me), by the code or the link that
/// were mailed to the new address within the last day; each is good for once, in any session of hers. Her other sessions that
/// began with a mail are over, and so are links and codes mailed to the old address; this one gets a new cookie. A code takes
/// five wrong tries.
#[utoipa::path(tag = "me", request_body = EmailProof, security(("session" = ["own"])),
    responses((status = 200, description = "The address stands in the register; the session as it is now", body = SessionState),
        (status = 409, description = "The change was stopped from the old address, or she has a protected identity since")))]
#[post("/me/email-change/confirm")]
pub(crate) async fn confirm_email_change(
    caller: Allowed<scope::Own>,
    request: HttpRequest,
    state: Data<State>,
    body: Body<EmailProof>,
) -> Outcome<HttpResponse> {
    let EmailProof { code, secret, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let code = code.optional("/code", &mut problems, |text| rules::line(&text, 20));
    let secret = secret.optional("/secret", &mut problems, |text| rules::line(&text, 100));
    let proof = match (&code, &secret) {
        (Some(code), None) => Some(Proof::Code(code)),
        (None, Some(secret)) => Some(Proof::Link(secret)),
        _ => {
            if problems.is_empty() {
                problems.add("/code", "send the code or the secret of the link, one of the two");
            }
            None
        }
    };
    let proof = problems.finish(proof)?;
    let session = caller.session().ok_or(Error::NotSignedIn)?;
    let agent = sign_in::agent(&request);
    match email_change::confirm(&state.store, &state.keys, (&caller, session), proof, &agent).await? {
        Some(text) => sign_in::answer(&state, &text).await,
        None => give_plain(&SessionState::of(&caller)),
    }
}

/// Stops a change of an e-mail address for 72 hours, by the link of the notice that went to the old address; staff find it among
/// the proposals. The link is good for once, within seven days. It reverts nothing: a change that was confirmed keeps its
/// address, by which nobody signs in meanwhile. Nothing is told of whose address it is.
#[utoipa::path(tag = "me", request_body = StopSecret, responses((status = 204, description = "It is stopped")))]
#[post("/email-change/stop")]
pub(crate) async fn stop_email_change(state: Data<State>, body: Body<StopSecret>) -> Outcome<HttpResponse> {
    let StopSecret { secret, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let secret = secret.required("/secret", &mut problems, |text| rules::line(&text, 100));
    email_change::stop(&state.store, &problems.finish(secret)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
