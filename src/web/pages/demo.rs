//! The demo's doors: in a register marked as the demo, on this machine, anybody enters in any role.

use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse, post};
use entity::session::Method;
use jobs::Error;
use jobs::history::Actor;
use serde::Deserialize;

use super::sign_in::signed_in;
use crate::access::caller::Role;
use crate::access::demo;
use crate::access::sessions::{self, Subject};
use crate::state::State;
use crate::web::problem::Result as Outcome;

/// The roles in which one can look around.
pub(super) const ROLES: [Role; 6] =
    [Role::Member, Role::Staff, Role::Representative, Role::Registrar, Role::PrivacyOfficer, Role::Administrator];

/// [`Error::NotFound`] unless this is the demo, asked for on this machine.
pub(super) fn only_here(request: &HttpRequest, state: &State) -> jobs::Result<()> {
    // Tests have no peer; a proxy on this machine would let everybody in, and the demo does not start behind one.
    let from_here = request.peer_addr().is_none_or(|peer| peer.ip().is_loopback());
    if state.demo && from_here { Ok(()) } else { Err(Error::NotFound) }
}

/// Which role.
#[derive(Debug, Deserialize)]
pub(crate) struct Door {
    role: String,
}

/// Enters in a role.
#[post("/demo/enter")]
pub(crate) async fn enter(request: HttpRequest, state: Data<State>, form: Form<Door>) -> Outcome<HttpResponse> {
    only_here(&request, &state)?;
    let role = ROLES.into_iter().find(|role| role.word() == form.role);
    let Some(role) = role else { return Err(Error::NotFound.into()) };
    let text = state
        .store
        .write(&Actor::system(), async |write| {
            let subject = demo::person(write, &state.keys, role).await?;
            let method = match subject {
                Subject::Account(_) => Method::Password,
                Subject::Member(_) => Method::Code,
            };
            Ok(sessions::begin(write, subject, method, "Demo").await?.1)
        })
        .await?;
    signed_in(&state, &request, text).await
}
