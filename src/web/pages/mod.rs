//! The pages: the service as people meet it in a browser. Rendered here, whole, in the reader's language; a little script
//! ([`assets`]) makes them quicker and nothing depends on it.
//!
//! Pages call the same functions of [`crate::members`] and [`crate::access`] as the API and know no tables. A handler's
//! first parameter says who may call, as there; what shows members goes through [`give_members`] and so through the read
//! audit. Errors are given as there too: [`errors`] makes them pages.
//!
//! No name stands in an address, no script or style in a page, and every form sends the session's token along.

pub(crate) mod accounts;
pub(crate) mod assets;
pub(crate) mod card;
pub(crate) mod demo;
pub(crate) mod demo_mails;
pub(crate) mod desk;
pub(crate) mod edit;
pub(crate) mod errors;
pub(crate) mod figures;
pub(crate) mod follow_ups;
mod form;
mod hits;
pub(crate) mod imports;
pub(crate) mod me;
pub(crate) mod my_account;
pub(crate) mod my_data;
pub(crate) mod my_email;
pub(crate) mod my_members;
pub(crate) mod password;
pub(crate) mod proposals;
pub(crate) mod question;
pub(crate) mod rule_form;
pub(crate) mod rules;
pub(crate) mod runs;
pub(crate) mod sessions;
mod shell;
pub(crate) mod sign_in;
pub(crate) mod start;
mod texts;
mod words;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;
use entity::read_audit::Access;
use jobs::Error;
use uuid::Uuid;

use super::observe;
use super::problem::Result as Outcome;
use crate::access::audit::{Reading, Shown};
use crate::access::caller::Caller;
use crate::state::State;

/// Gives a page that shows no member.
fn give(page: &impl Template) -> Outcome<HttpResponse> {
    give_with(StatusCode::OK, page)
}

/// The same with another status.
fn give_with(status: StatusCode, page: &impl Template) -> Outcome<HttpResponse> {
    let html = page.render().map_err(Error::internal)?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}

/// Gives a page that shows `members`, once the audit says so.
async fn give_members(
    state: &State,
    caller: &Caller,
    operation: &'static str,
    access: Access,
    members: Vec<Uuid>,
    page: &impl Template,
) -> Outcome<HttpResponse> {
    let html = page.render().map_err(Error::internal)?;
    let reading = Reading { actor: caller.actor().clone(), operation, request_id: observe::request_id() };
    let html = state.audit.record(&reading, access, Shown::Members(members), html).await?.into_inner();
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html))
}

/// Sends the browser on, by GET: so a page that came of a form can be loaded again, and "back" asks nothing.
fn see_other(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}
