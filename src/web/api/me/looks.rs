//! What a member sees beside her card: who represents her, what was changed, who has read it, all of it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};

use super::own;
use crate::access::assurance::Shows;
use crate::members::changes::{self, MemberHistory};
use crate::members::list::Page;
use crate::members::own::export::{self, OwnExport};
use crate::members::own::representatives::{self, Contacts, OfficeContact};
use crate::members::reads::{self, Reads, Told};
use crate::state::State;
use crate::web::answer::{Answer, give};
use crate::web::api::changes::number;
use crate::web::extract::{Allowed, PageQuery, limit, scope};
use crate::web::problem::Result as Outcome;

/// Lists who represents one, in the order in which to ask them, with how to reach each; the office comes last.
#[utoipa::path(tag = "me", security(("session" = ["own"])),
    responses((status = 200, description = "All of them", body = Contacts)))]
#[get("/me/representatives")]
pub(crate) async fn my_representatives(caller: Allowed<scope::Own>, state: Data<State>) -> Outcome<HttpResponse> {
    let member = own(&state, &caller, Shows::Contact).await?;
    let today = state.store.clock().today();
    let office = OfficeContact { email: state.config.offices().office };
    let (items, shown) = representatives::of(state.store.database(), &member, today).await?;
    let answer = Answer::of(StatusCode::OK, &Contacts { items, next: None, office })?.showing(shown);
    give(&state, &caller, "my_representatives", answer).await
}

/// What was changed about oneself, by whom and when, the newest first. After a fresh code or with a strong session.
#[utoipa::path(tag = "me", params(PageQuery), security(("session" = ["own"])),
    responses((status = 200, description = "A page of the history", body = Page<MemberHistory>)))]
#[get("/me/history")]
pub(crate) async fn my_history(
    caller: Allowed<scope::Own>,
    state: Data<State>,
    query: Query<PageQuery>,
) -> Outcome<HttpResponse> {
    let member = own(&state, &caller, Shows::Full).await?;
    let before = query.after.as_deref().map(number).transpose()?;
    let page = changes::of_member(state.store.database(), member.row.id, before, limit(query.limit)?).await?;
    give(&state, &caller, "my_history", Answer::of(StatusCode::OK, &page)?.showing([member.row.id])).await
}

/// Who has opened one's record in the last twelve months, in which role and for what, and how often it was listed, by month.
/// After a fresh code or with a strong session.
#[utoipa::path(tag = "me", security(("session" = ["own"])),
    responses((status = 200, description = "Who has read it", body = Reads)))]
#[get("/me/reads")]
pub(crate) async fn my_reads(caller: Allowed<scope::Own>, state: Data<State>) -> Outcome<HttpResponse> {
    let row = own(&state, &caller, Shows::Full).await?.row;
    let (store, audit) = (&state.store, &state.audit_database);
    let reads = reads::of(store.database(), audit, store.clock(), row.id, row.created_at, Told::Roles).await?;
    give(&state, &caller, "my_reads", Answer::of(StatusCode::OK, &reads)?.showing([row.id])).await
}

/// Gives everything that the register holds of oneself, but for the personal identity number. After a fresh code or with a
/// strong session.
#[utoipa::path(tag = "me", security(("session" = ["own"])),
    responses((status = 200, description = "All of it", body = OwnExport)))]
#[get("/me/export")]
pub(crate) async fn my_export(caller: Allowed<scope::Own>, state: Data<State>) -> Outcome<HttpResponse> {
    let member = own(&state, &caller, Shows::Full).await?;
    let id = member.row.id;
    let export = export::of(state.store.database(), &state.audit_database, state.store.clock(), member).await?;
    give(&state, &caller, "my_export", Answer::of(StatusCode::OK, &export)?.showing([id])).await
}
