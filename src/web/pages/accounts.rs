//! The accounts of the people who work with the register, and outgoing mail: for administrators.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use entity::Vocabulary as _;
use entity::account::{AccountRole, Roles};
use entity::mailing::MailSwitch;
use jobs::Error;
use jobs::outbox::report::Report;
use jobs::outbox::switch;
use sea_orm::Iterable as _;
use serde::Deserialize;
use uuid::Uuid;

use super::card::Done;
use super::shell::Shell;
use super::texts::Text;
use super::{give, give_with, see_other, words};
use crate::access::accounts::{self, NewAccount};
use crate::access::caller::Caller;
use crate::members::rules;
use crate::state::State;
use crate::web::extract::{Allowed, Id, scope};
use crate::web::problem::Result as Outcome;

struct Row {
    id: Uuid,
    name: String,
    email: String,
    roles: String,
    ended: Option<String>,
}

/// A set-up link, shown this once.
struct Link {
    name: String,
    address: String,
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    page: Shell,
    rows: Vec<Row>,
    roles: Vec<(String, String)>,
    link: Option<Link>,
    wrong: Option<Text>,
    name: String,
    email: String,
}

impl AccountsPage {
    async fn of(caller: &Caller, request: &HttpRequest, state: &State) -> jobs::Result<Self> {
        let page = Shell::of(request, state, Some(caller));
        let language = page.language;
        let role = |role: AccountRole| words::actor(language, &role.word()).to_string();
        let rows = accounts::list(state.store.database()).await?.into_iter().map(|row| Row {
            id: row.id,
            roles: row.roles.iter().map(role).collect::<Vec<_>>().join(", "),
            ended: row.ended_at.map(|at| words::moment(language, state.config.time_zone, at)),
            name: row.name,
            email: row.email,
        });
        let all = AccountRole::words().into_iter().map(|word| (word.clone(), words::actor(language, &word).to_string()));
        Ok(Self {
            rows: rows.collect(),
            roles: all.collect(),
            link: None,
            wrong: None,
            name: String::new(),
            email: String::new(),
            page,
        })
    }

    fn with_link(mut self, state: &State, name: String, secret: &str) -> Self {
        self.link = Some(Link { name, address: format!("{}/set-up/{secret}", state.config.public_url()) });
        self
    }
}

/// Lists the accounts.
#[get("/accounts")]
pub(crate) async fn list_accounts(
    caller: Allowed<scope::Accounts>,
    request: HttpRequest,
    state: Data<State>,
    done: Query<Done>,
) -> Outcome<HttpResponse> {
    let mut page = AccountsPage::of(&caller, &request, &state).await?;
    page.page = page.page.clone().saying(done.text(page.page.language));
    give(&page)
}

/// Makes an account and shows its set-up link, once.
#[post("/accounts")]
pub(crate) async fn make_account(
    caller: Allowed<scope::Credentials>,
    request: HttpRequest,
    state: Data<State>,
    form: Form<HashMap<String, String>>,
) -> Outcome<HttpResponse> {
    let typed = |name: &str| form.get(name).cloned().unwrap_or_default();
    let roles = AccountRole::iter().filter(|role| form.contains_key(&format!("role_{}", role.word())));
    let roles: Vec<AccountRole> = roles.collect();
    let made = match (rules::name(&typed("name")), rules::email(&typed("email"))) {
        (Ok(name), Ok(email)) if !roles.is_empty() => {
            let new = NewAccount { email, name, roles: Roles::new(roles), language: None };
            let make = async |write: &jobs::Write| accounts::create(write, &state.keys, new.clone()).await;
            state.store.write(caller.actor(), make).await
        }
        _ => Err(Error::Invalid(Vec::new())),
    };
    let page = AccountsPage::of(&caller, &request, &state).await?;
    match made {
        Ok((row, secret)) => give(&page.with_link(&state, row.name, &secret)),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let taken = matches!(error, Error::Conflict(_));
            let wrong = if taken { page.page.text("account-taken") } else { page.page.text("account-wrong") };
            let status = if taken { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
            give_with(status, &AccountsPage { wrong: Some(wrong), name: typed("name"), email: typed("email"), ..page })
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives an account a new set-up link, for who has lost password or second factor.
#[post("/accounts/{id}/reset")]
pub(crate) async fn reset_account(
    caller: Allowed<scope::Credentials>,
    request: HttpRequest,
    state: Data<State>,
    id: Id,
) -> Outcome<HttpResponse> {
    let reset = async |write: &jobs::Write| accounts::reset(write, &state.keys, &state.outbox, id.0).await;
    let (row, secret) = state.store.write(caller.actor(), reset).await?;
    give(&AccountsPage::of(&caller, &request, &state).await?.with_link(&state, row.name, &secret))
}

/// Ends an account.
#[post("/accounts/{id}/end")]
pub(crate) async fn end_account(caller: Allowed<scope::Credentials>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    state.store.write(caller.actor(), async |write| accounts::end(write, id.0).await).await?;
    Ok(see_other("/accounts?done=saved"))
}

#[derive(Template)]
#[template(path = "mail.html")]
struct MailPage {
    page: Shell,
    is_running: bool,
    relay: bool,
    states: Vec<(String, u64)>,
    oldest: Option<String>,
}

/// Shows how outgoing mail stands.
#[get("/mail")]
pub(crate) async fn show_mail(
    caller: Allowed<scope::Mail>,
    request: HttpRequest,
    state: Data<State>,
    done: Query<Done>,
) -> Outcome<HttpResponse> {
    let relay = state.config.smtp_url.is_some();
    let position = switch::position(state.store.database(), relay).await?;
    let report = Report::make(&state.store).await?;
    let page = Shell::of(&request, &state, Some(&caller));
    let language = page.language;
    let body = MailPage {
        is_running: position.switch == MailSwitch::Running,
        relay,
        states: report.states.into_iter().filter(|(_, count)| *count > 0).collect(),
        oldest: report.oldest.map(|at| words::moment(language, state.config.time_zone, at)),
        page: page.saying(done.text(language)),
    };
    give(&body)
}

/// Running or paused.
#[derive(Debug, Deserialize)]
pub(crate) struct Switch {
    to: MailSwitch,
}

/// Starts or pauses outgoing mail.
#[post("/mail")]
pub(crate) async fn switch_mail(caller: Allowed<scope::Mail>, state: Data<State>, form: Form<Switch>) -> Outcome<HttpResponse> {
    state.store.write(caller.actor(), async |write| switch::set(write, form.to).await).await?;
    Ok(see_other("/mail?done=saved"))
}
