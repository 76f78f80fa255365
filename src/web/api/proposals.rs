//! What members propose, for those who decide: registrars, and of protected members and erasures the privacy officer.

use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get, post};

use crate::members::list::{self, Page};
use crate::members::proposals::{self, Proposal};
use crate::state::State;
use crate::web::answer::{Answer, Once, give_list};
use crate::web::extract::{Allowed, Id, PageQuery, limit, scope};
use crate::web::problem::Result as Outcome;

/// Lists the proposals that wait, the oldest first.
#[utoipa::path(tag = "proposals", params(PageQuery), security(("token" = ["members:register"]), ("token" = ["members:protect"])),
    responses((status = 200, description = "A page of proposals", body = Page<Proposal>)))]
#[get("/proposals")]
pub(crate) async fn list_proposals(
    caller: Allowed<scope::Ledger>,
    state: Data<State>,
    query: Query<PageQuery>,
) -> Outcome<HttpResponse> {
    let after = query.after.as_deref().map(list::read_cursor).transpose()?;
    let page = proposals::waiting(state.store.database(), &caller, after, limit(query.limit)?).await?;
    let shown = page.items.iter().map(|proposal| proposal.member.id).collect();
    give_list(&state, &caller, "list_proposals", shown, &page).await
}

/// Accepts a proposal: it stands in the register at once. An erasure needs the scope `erase`.
#[utoipa::path(tag = "proposals", params(Id, Once), security(("token" = ["members:register"]), ("token" = ["members:protect"])),
    responses((status = 204, description = "It stands in the register")))]
#[post("/proposals/{id}/accept")]
pub(crate) async fn accept_proposal(
    caller: Allowed<scope::Ledger>,
    state: Data<State>,
    id: Id,
    once: Once,
) -> Outcome<HttpResponse> {
    let answer = decide(&caller, &state, id, once, true, "accept_proposal").await?;
    // It may have been an erasure.
    state.erasures.bring_together(&state.store).await?;
    Ok(answer)
}

/// Declines a proposal.
#[utoipa::path(tag = "proposals", params(Id, Once), security(("token" = ["members:register"]), ("token" = ["members:protect"])),
    responses((status = 204, description = "It is declined")))]
#[post("/proposals/{id}/decline")]
pub(crate) async fn decline_proposal(
    caller: Allowed<scope::Ledger>,
    state: Data<State>,
    id: Id,
    once: Once,
) -> Outcome<HttpResponse> {
    decide(&caller, &state, id, once, false, "decline_proposal").await
}

async fn decide(
    caller: &Allowed<scope::Ledger>,
    state: &Data<State>,
    id: Id,
    once: Once,
    accept: bool,
    operation: &'static str,
) -> Outcome<HttpResponse> {
    once.run(state, caller, operation, &[], async |write| {
        proposals::decide(write, &state.keys, caller, id.0, accept).await?;
        Ok(Answer::nothing())
    })
    .await
}
