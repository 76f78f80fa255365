//! What the holder of an account signs in with, as she sees and changes it: password, app and recovery codes. Members have none.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use entity::Vocabulary as _;
use jobs::{Error, Result, Write};
use serde::Deserialize;
use uuid::Uuid;

use super::card::Done;
use super::password::{Qr, RecoveryCodesPage};
use super::shell::{self, Shell};
use super::texts::Text;
use super::{give, give_with, see_other, words};
use crate::access::accounts::{self, SecondFactorSecret};
use crate::access::sessions::Subject;
use crate::state::State;
use crate::web::extract::Person;
use crate::web::problem::Result as Outcome;

const HERE: &str = "/my-account";

#[derive(Template)]
#[template(path = "my_account.html")]
struct AccountPage {
    page: Shell,
    name: String,
    email: String,
    roles: String,
    password_set: Option<String>,
    recovery_codes: u64,
    /// Whether she may change something: she has shown a second factor just now.
    is_fresh: bool,
    wrong: Option<Text>,
}

impl AccountPage {
    async fn of(person: &Person, request: &HttpRequest, state: &State) -> Result<Self> {
        let own = accounts::own(state.store.database(), account(person)?).await?;
        let page = Shell::of(request, state, Some(&person.caller));
        let language = page.language;
        let roles = own.account.roles.iter().map(|role| words::actor(language, &role.word()).to_string());
        Ok(Self {
            roles: roles.collect::<Vec<_>>().join(", "),
            name: own.account.name,
            email: own.account.email,
            password_set: own.password_set_at.map(|at| words::moment(language, state.config.time_zone, at)),
            recovery_codes: own.recovery_codes,
            is_fresh: person.caller.needs_fresh().is_ok(),
            wrong: None,
            page,
        })
    }
}

/// Whose account it is; nothing is here for a member.
fn account(person: &Person) -> Result<Uuid> {
    match person.session.subject {
        Subject::Account(id) => Ok(id),
        Subject::Member(_) => Err(Error::NotFound),
    }
}

/// The same, of who has shown a second factor just now.
fn fresh_account(person: &Person) -> Result<Uuid> {
    let id = account(person)?;
    person.caller.needs_fresh().map(|()| id)
}

/// Shows what she signs in with.
#[get("/my-account")]
pub(crate) async fn show_account(
    person: Person,
    request: HttpRequest,
    state: Data<State>,
    done: Query<Done>,
) -> Outcome<HttpResponse> {
    let mut body = AccountPage::of(&person, &request, &state).await?;
    body.page = body.page.clone().saying(done.text(body.page.language));
    let mut answer = give(&body)?;
    if !body.is_fresh {
        // From the code that she shows she comes back here.
        answer.add_cookie(&shell::way_back(&state, HERE)).map_err(Error::internal)?;
    }
    Ok(answer)
}

/// Another password.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    password: String,
}

/// Sets another password. Her other sessions end.
#[post("/my-account/password")]
pub(crate) async fn change_password(
    person: Person,
    request: HttpRequest,
    state: Data<State>,
    form: Form<Chosen>,
) -> Outcome<HttpResponse> {
    let id = fresh_account(&person)?;
    let (stores, whose) = ((&state.store, &state.outbox), (id, person.session.id));
    match accounts::change_password(stores, whose, &state.hashing, form.into_inner().password).await {
        Ok(()) => Ok(see_other("/my-account?done=password")),
        Err(Error::Invalid(_)) => {
            let body = AccountPage::of(&person, &request, &state).await?;
            let wrong = Some(body.page.text("wrong-password"));
            give_with(StatusCode::UNPROCESSABLE_ENTITY, &AccountPage { wrong, ..body })
        }
        Err(error) => Err(error.into()),
    }
}

/// Makes new recovery codes and shows them, once.
#[post("/my-account/recovery-codes")]
pub(crate) async fn renew_recovery_codes(person: Person, request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    let id = fresh_account(&person)?;
    let made = async |write: &Write| accounts::renew_recovery_codes(write, &state.keys, id).await;
    let codes = state.store.write(person.caller.actor(), made).await?;
    give(&RecoveryCodesPage { page: Shell::of(&request, &state, Some(&person.caller)), codes, way: HERE.to_owned() })
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactorPage {
    page: Shell,
    second_factor: SecondFactorSecret,
    qr: Qr,
    wrong: Option<Text>,
}

/// Begins to change the app: the old one goes on working until the new one has shown a code.
#[post("/my-account/second-factor")]
pub(crate) async fn offer_second_factor(person: Person, state: Data<State>) -> Outcome<HttpResponse> {
    let id = fresh_account(&person)?;
    let made = async |write: &Write| accounts::offer_second_factor(write, &state.keys, id).await;
    state.store.write(person.caller.actor(), made).await?;
    Ok(see_other("/my-account/second-factor"))
}

/// Shows what is to be entered in the new app.
#[get("/my-account/second-factor")]
pub(crate) async fn show_second_factor(person: Person, request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    second_factor(&person, &request, &state, false).await
}

async fn second_factor(person: &Person, request: &HttpRequest, state: &State, is_wrong: bool) -> Outcome<HttpResponse> {
    let id = fresh_account(person)?;
    let Some(second_factor) = accounts::offered_second_factor(state.store.database(), &state.keys, id).await? else {
        return Ok(see_other(HERE));
    };
    let page = Shell::of(request, state, Some(&person.caller));
    let qr = Qr::of(&second_factor.address)?;
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let wrong = is_wrong.then(|| page.text("wrong-app-code"));
    give_with(status, &SecondFactorPage { page, second_factor, qr, wrong })
}

/// A code of the new app.
#[derive(Deserialize)]
pub(crate) struct Shown {
    #[serde(default)]
    code: String,
}

/// Changes the app to the new one. Her other sessions end.
#[post("/my-account/second-factor/confirm")]
pub(crate) async fn confirm_second_factor(
    person: Person,
    request: HttpRequest,
    state: Data<State>,
    form: Form<Shown>,
) -> Outcome<HttpResponse> {
    let whose = (fresh_account(&person)?, person.session.id);
    let confirm =
        async |write: &Write| accounts::confirm_second_factor(write, &state.keys, &state.outbox, whose, &form.code).await;
    match state.store.write(person.caller.actor(), confirm).await {
        Ok(()) => Ok(see_other("/my-account?done=second-factor")),
        Err(Error::Invalid(_)) => second_factor(&person, &request, &state, true).await,
        Err(error) => Err(error.into()),
    }
}
