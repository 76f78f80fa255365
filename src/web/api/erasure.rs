//! Erasing a member.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};

use super::members::load_for_change;
use crate::members::erase::erase_by_decision;
use crate::state::State;
use crate::web::answer::{Answer, Once};
use crate::web::extract::{Allowed, Id, IfMatch, scope};
use crate::web::problem::Result as Outcome;

/// Erases somebody who is no member, for good: her card, periods, history and whatever else says who she was. What is left is
/// her id, in the history without values and in the read audit.
#[utoipa::path(tag = "protection", params(Id, IfMatch, Once), security(("token" = ["erase"])),
    responses((status = 204, description = "She is erased")))]
#[post("/members/{id}/erase")]
pub(crate) async fn erase_member(
    caller: Allowed<scope::Erase>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    once: Once,
) -> Outcome<HttpResponse> {
    let answer = once
        .run(&state, &caller, "erase_member", &[], async |write| {
            let member = load_for_change(write, &caller, id, &if_match).await?;
            erase_by_decision(write, &member).await?;
            Ok(Answer::nothing())
        })
        .await?;
    state.erasures.bring_together(&state.store).await?;
    Ok(answer)
}
