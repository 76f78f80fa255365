//! A member's change of her own e-mail address: asked for, confirmed at the new one, stopped from the old one.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use entity::read_audit::Access;
use entity::visibility::Viewer;
use jobs::Error;
use jobs::error::Refusal;
use serde::Deserialize;

use super::card::Done;
use super::shell::Shell;
use super::sign_in::refused;
use super::texts::Text;
use super::{give, give_members, give_with, see_other, words};
use crate::access::assurance::Shows;
use crate::access::caller::Caller;
use crate::members::email_change::{self, Proof};
use crate::members::member::Member;
use crate::members::rules;
use crate::state::State;
use crate::web::api::me::{oneself, own};
use crate::web::api::sign_in::agent;
use crate::web::cookies;
use crate::web::extract::{Allowed, scope};
use crate::web::problem::Result as Outcome;

/// A change that waits, or was stopped.
struct Waiting {
    email: String,
    stopped: Option<String>,
}

#[derive(Template)]
#[template(path = "my_email.html")]
struct MyEmailPage {
    page: Shell,
    current: String,
    waiting: Option<Waiting>,
    typed: String,
    wrong: Option<Text>,
    wrong_code: Option<Text>,
}

impl MyEmailPage {
    async fn of(caller: &Caller, request: &HttpRequest, state: &State) -> jobs::Result<Self> {
        let member = own(state, caller, Shows::Contact).await?;
        let page = Shell::of(request, state, Some(caller));
        let change = email_change::waiting(state.store.database(), member.row.id, state.store.clock().now()).await?;
        let zone = state.config.time_zone;
        let waiting = change.map(|change| Waiting {
            stopped: change.stopped_until.map(|until| words::moment(page.language, zone, until)),
            email: change.email,
        });
        let current = member.row.email.unwrap_or_default();
        Ok(Self { page, current, waiting, typed: String::new(), wrong: None, wrong_code: None })
    }

    async fn give(self, caller: &Caller, state: &State, status: StatusCode) -> Outcome<HttpResponse> {
        let shown = vec![oneself(caller)?];
        let mut answer = give_members(state, caller, "own_page", Access::Opened, shown, &self).await?;
        *answer.status_mut() = status;
        Ok(answer)
    }
}

/// Shows her address, and a change that waits.
#[get("/me/email")]
pub(crate) async fn show_email(
    caller: Allowed<scope::Own>,
    request: HttpRequest,
    state: Data<State>,
    done: Query<Done>,
) -> Outcome<HttpResponse> {
    let mut body = MyEmailPage::of(&caller, &request, &state).await?;
    let said = done.text(body.page.language);
    body.page = body.page.saying(said);
    body.give(&caller, &state, StatusCode::OK).await
}

/// The address that she wants.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    email: String,
}

/// Asks for another address: mails go to both.
#[post("/me/email")]
pub(crate) async fn ask_for_email(
    caller: Allowed<scope::Own>,
    request: HttpRequest,
    state: Data<State>,
    form: Form<Wanted>,
) -> Outcome<HttpResponse> {
    let id = own(&state, &caller, Shows::Contact).await?.row.id;
    let session = caller.session().ok_or(Error::NotSignedIn)?;
    let Ok(email) = rules::email(form.email.trim()) else {
        let body = MyEmailPage::of(&caller, &request, &state).await?;
        let wrong = Some(body.page.text("wrong-email"));
        let body = MyEmailPage { wrong, typed: form.into_inner().email, ..body };
        return body.give(&caller, &state, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let asked = async |write: &jobs::Write| {
        let member = Member::load(write.database(), &Viewer::Oneself(id), id).await?;
        email_change::ask(write, &state.keys, &state.outbox, &member, session, email.clone()).await
    };
    match state.store.write(caller.actor(), asked).await {
        Ok(()) => Ok(see_other("/me/email?done=asked")),
        Err(Error::Conflict(_)) => {
            let body = MyEmailPage::of(&caller, &request, &state).await?;
            let wrong = Some(body.page.text("email-not-now"));
            MyEmailPage { wrong, ..body }.give(&caller, &state, StatusCode::CONFLICT).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The code of the mail.
#[derive(Debug, Deserialize)]
pub(crate) struct Code {
    #[serde(default)]
    code: String,
}

/// Confirms the new address by the code that was mailed there.
#[post("/me/email/confirm")]
pub(crate) async fn confirm_by_code(
    caller: Allowed<scope::Own>,
    request: HttpRequest,
    state: Data<State>,
    form: Form<Code>,
) -> Outcome<HttpResponse> {
    match confirm(&caller, &request, &state, Proof::Code(form.code.trim())).await {
        Ok(answer) => Ok(answer),
        Err(Error::Refused(_) | Error::Conflict(_)) => {
            let body = MyEmailPage::of(&caller, &request, &state).await?;
            let wrong_code = Some(body.page.text("refused-email-change"));
            MyEmailPage { wrong_code, ..body }.give(&caller, &state, StatusCode::FORBIDDEN).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn confirm(caller: &Caller, request: &HttpRequest, state: &State, proof: Proof<'_>) -> jobs::Result<HttpResponse> {
    let session = caller.session().ok_or(Error::NotSignedIn)?;
    let renewed = email_change::confirm(&state.store, &state.keys, (caller, session), proof, &agent(request)).await?;
    let mut answer = see_other("/me?done=saved");
    if let Some(cookie) = renewed {
        answer.add_cookie(&cookies::begin(state, cookie)).map_err(Error::internal)?;
    }
    Ok(answer)
}

/// A button below a mailed link: mail scanners open links, so that reading its page does nothing.
#[derive(Template)]
#[template(path = "email_link.html")]
struct LinkPage {
    page: Shell,
    title: Text,
    lead: Text,
    button: Text,
    wrong: Option<Text>,
    done: bool,
}

impl LinkPage {
    fn confirming(page: Shell) -> Self {
        let (title, lead, button) =
            (page.text("email-confirm"), page.text("email-confirm-lead"), page.text("email-confirm-button"));
        Self { page, title, lead, button, wrong: None, done: false }
    }

    fn stopping(page: Shell) -> Self {
        let (title, lead, button) = (page.text("email-stop"), page.text("email-stop-lead"), page.text("email-stop-button"));
        Self { page, title, lead, button, wrong: None, done: false }
    }
}

/// The page of the link that was mailed to the new address.
#[get("/me/email/{secret}")]
pub(crate) async fn show_confirmation(
    caller: Allowed<scope::Own>,
    request: HttpRequest,
    state: Data<State>,
) -> Outcome<HttpResponse> {
    give(&LinkPage::confirming(Shell::of(&request, &state, Some(&caller))))
}

/// Confirms the new address by that link.
#[post("/me/email/{secret}")]
pub(crate) async fn confirm_by_link(
    caller: Allowed<scope::Own>,
    request: HttpRequest,
    state: Data<State>,
    secret: Path<String>,
) -> Outcome<HttpResponse> {
    match confirm(&caller, &request, &state, Proof::Link(&secret)).await {
        Ok(answer) => Ok(answer),
        Err(Error::Refused(_) | Error::Conflict(_)) => {
            let page = LinkPage::confirming(Shell::of(&request, &state, Some(&caller)));
            let wrong = Some(page.page.text("refused-email-change"));
            give_with(StatusCode::FORBIDDEN, &LinkPage { wrong, ..page })
        }
        Err(error) => Err(error.into()),
    }
}

/// The page of the notice's link: whoever reads the old address stops the change.
#[get("/email-change/stop/{secret}")]
pub(crate) async fn show_stop(request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    give(&LinkPage::stopping(Shell::of(&request, &state, None)))
}

/// Stops the change.
#[post("/email-change/stop/{secret}")]
pub(crate) async fn stop(request: HttpRequest, state: Data<State>, secret: Path<String>) -> Outcome<HttpResponse> {
    let page = LinkPage::stopping(Shell::of(&request, &state, None));
    match email_change::stop(&state.store, &secret).await {
        // Pressed twice.
        Ok(()) | Err(Error::Refused(Refusal::LinkSpent)) => {
            let lead = page.page.text("email-stopped");
            give(&LinkPage { lead, done: true, ..page })
        }
        Err(Error::Refused(refusal)) => {
            let wrong = Some(refused(page.page.language, refusal));
            give_with(StatusCode::FORBIDDEN, &LinkPage { wrong, ..page })
        }
        Err(error) => Err(error.into()),
    }
}
