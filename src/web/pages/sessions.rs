//! Where somebody is signed in, signing out, and the confidentiality pledge.

use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use entity::session::Method;
use jobs::Error;
use jobs::texts::Language;
use serde::Deserialize;
use uuid::Uuid;

use super::shell::{self, Shell};
use super::texts::{Text, text};
use super::{give, see_other, words};
use crate::access::{pledge, sessions};
use crate::state::State;
use crate::web::cookies;
use crate::web::extract::{Id, Person};
use crate::web::problem::Result as Outcome;

struct Row {
    id: Uuid,
    browser: String,
    method: Text,
    began: String,
    seen: String,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    page: Shell,
    rows: Vec<Row>,
}

fn method(language: Language, value: Method) -> Text {
    match value {
        Method::Link => text(language, "method-link"),
        Method::Code => text(language, "method-code"),
        Method::Password => text(language, "method-password"),
        Method::RecoveryCode => text(language, "method-recovery"),
    }
}

/// Lists where she is signed in.
#[get("/sessions")]
pub(crate) async fn list_sessions(person: Person, request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    let rows = sessions::list(state.store.database(), &person.caller, state.store.clock().now()).await?;
    let page = Shell::of(&request, &state, Some(&person.caller));
    let (language, zone) = (page.language, state.config.time_zone);
    let rows = rows.into_iter().map(|row| Row {
        is_current: row.id == person.session.id,
        id: row.id,
        browser: row.browser,
        method: method(language, row.method),
        began: words::moment(language, zone, row.created_at),
        seen: words::moment(language, zone, row.last_seen_at),
    });
    give(&SessionsPage { rows: rows.collect(), page })
}

/// Ends one of them.
#[post("/sessions/{id}/end")]
pub(crate) async fn end_session(person: Person, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let Person { caller, session } = person;
    state.store.write(caller.actor(), async |write| sessions::end(write, session.subject, id.0).await).await?;
    Ok(see_other("/sessions"))
}

/// Signs out.
#[post("/sign-out")]
pub(crate) async fn sign_out(person: Person, state: Data<State>) -> Outcome<HttpResponse> {
    let Person { caller, session } = person;
    state.store.write(caller.actor(), async |write| sessions::end(write, session.subject, session.id).await).await?;
    let mut answer = see_other("/");
    answer.add_cookie(&cookies::end(&state)).map_err(Error::internal)?;
    Ok(answer)
}

#[derive(Template)]
#[template(path = "pledge.html")]
struct PledgePage {
    page: Shell,
    parts: Vec<&'static str>,
    version: &'static str,
}

/// Shows the pledge.
#[get("/pledge")]
pub(crate) async fn read_pledge(person: Person, request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    let page = Shell::of(&request, &state, Some(&person.caller));
    let parts = pledge::text(page.language.code()).split("\n\n").collect();
    give(&PledgePage { page, parts, version: pledge::VERSION })
}

/// The text that was read.
#[derive(Debug, Deserialize)]
pub(crate) struct Read {
    version: String,
}

/// Accepts the pledge.
#[post("/pledge")]
pub(crate) async fn accept_pledge(
    person: Person,
    request: HttpRequest,
    state: Data<State>,
    form: Form<Read>,
) -> Outcome<HttpResponse> {
    if form.version != pledge::VERSION {
        // Another text is in force by now: it is shown.
        return Ok(see_other("/pledge"));
    }
    let Person { caller, session } = person;
    state.store.write(caller.actor(), async |write| pledge::give(write, session.subject).await).await?;
    let mut answer = see_other(&shell::after_sign_in(&request));
    answer.add_cookie(&shell::no_way_back(&state)).map_err(Error::internal)?;
    Ok(answer)
}
