//! Accounts of the people who work with the register, and what they sign in with.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use chrono::{DateTime, Utc};
use entity::Vocabulary as _;
use entity::account::{self, AccountRole, Roles};
use jobs::Error;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::sign_in::{agent, signed_in, typed_password};
use crate::access::accounts::{self, NewAccount, SecondFactorSecret};
use crate::access::sessions::Subject;
use crate::members::list::Page;
use crate::members::rules::{self, Problems};
use crate::state::State;
use crate::web::answer::{Answer, Once, give_plain};
use crate::web::extract::{Allowed, Body, Field, Id, Person, Unknown, scope};
use crate::web::problem::Result as Outcome;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Account {
    /// Its id: what history and audit say of its holder.
    id: Uuid,
    /// What she types to sign in.
    #[schema(example = "berit@example.org")]
    email: String,
    /// Her name.
    #[schema(example = "Berit Ekstrand")]
    name: String,
    /// What she may do.
    roles: Vec<AccountRole>,
    /// Language for mails and pages.
    language: Option<String>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// From when it no longer signs in.
    ended_at: Option<DateTime<Utc>>,
}

impl From<account::Model> for Account {
    fn from(row: account::Model) -> Self {
        let roles = row.roles.iter().collect();
        let account::Model { id, email, name, language, created_at, ended_at, .. } = row;
        Self { id, email, name, roles, language, created_at, ended_at }
    }
}

/// An account with its set-up link.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountToSetUp {
    #[serde(flatten)]
    account: Account,
    /// To be handed to her, and told only now: there she chooses her password and her second factor, once, within three days.
    #[schema(example = "https://register.example.org/set-up/…")]
    set_up_link: String,
}

/// An account to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AccountToMake {
    /// What she types to sign in.
    #[serde(default)]
    #[schema(value_type = String, format = Email, example = "berit@example.org")]
    email: Field<String>,
    /// Her name.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Berit Ekstrand")]
    name: Field<String>,
    /// What she may do: one role or more.
    #[serde(default)]
    #[schema(value_type = Vec<AccountRole>)]
    roles: Field<Vec<AccountRole>>,
    /// Language for mails and pages.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z]{2,3}$", example = "sv")]
    language: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Lists all accounts, the newest first.
#[utoipa::path(tag = "accounts", security(("token" = ["accounts"])),
    responses((status = 200, description = "All accounts", body = Page<Account>)))]
#[get("/accounts")]
pub(crate) async fn list_accounts(_caller: Allowed<scope::Accounts>, state: Data<State>) -> Outcome<HttpResponse> {
    let items = accounts::list(state.store.database()).await?.into_iter().map(Account::from).collect();
    give_plain(&Page { items, next: None })
}

/// Makes an account and tells its set-up link, once.
#[utoipa::path(tag = "accounts", params(Once), request_body = AccountToMake, security(("token" = ["accounts"])),
    responses((status = 201, description = "The new account", body = AccountToSetUp)))]
#[post("/accounts")]
pub(crate) async fn create_account(
    caller: Allowed<scope::Credentials>,
    state: Data<State>,
    once: Once,
    body: Body<AccountToMake>,
) -> Outcome<HttpResponse> {
    let AccountToMake { email, name, roles, language, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let email = email.required("/email", &mut problems, |text| rules::email(&text));
    let name = name.required("/name", &mut problems, |text| rules::name(&text));
    let roles = roles.required("/roles", &mut problems, |roles| {
        if roles.is_empty() {
            Err(format!("is empty; one or more of {} are needed", AccountRole::words().join(", ")))
        } else {
            Ok(Roles::new(roles))
        }
    });
    let language = language.optional("/language", &mut problems, |text| rules::language(&text));
    let ((email, name), roles) = problems.finish(email.zip(name).zip(roles))?;
    let new = NewAccount { email, name, roles, language };
    once.run(&state, &caller, "create_account", &body.bytes, async |write| {
        let (row, secret) = accounts::create(write, &state.keys, new.clone()).await?;
        Answer::of(StatusCode::CREATED, &to_set_up(&state, row, &secret))
    })
    .await
}

/// Gives an account a new set-up link, for who has lost password or second factor. Both are over at once, and so are her
/// sessions.
#[utoipa::path(tag = "accounts", params(Id, Once), security(("token" = ["accounts"])),
    responses((status = 200, description = "The account", body = AccountToSetUp)))]
#[post("/accounts/{id}/set-up-link")]
pub(crate) async fn reset_account(
    caller: Allowed<scope::Credentials>,
    state: Data<State>,
    id: Id,
    once: Once,
) -> Outcome<HttpResponse> {
    once.run(&state, &caller, "reset_account", &[], async |write| {
        let (row, secret) = accounts::reset(write, &state.keys, &state.outbox, id.0).await?;
        Answer::of(StatusCode::OK, &to_set_up(&state, row, &secret))
    })
    .await
}

/// Ends an account: it signs in no more, and its sessions are over.
#[utoipa::path(tag = "accounts", params(Id), security(("token" = ["accounts"])),
    responses((status = 204, description = "It has ended"), (status = 409, description = "It is the last administrator's")))]
#[delete("/accounts/{id}")]
pub(crate) async fn end_account(caller: Allowed<scope::Credentials>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    state.store.write(caller.actor(), async |write| accounts::end(write, id.0).await).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn to_set_up(state: &State, row: account::Model, secret: &str) -> AccountToSetUp {
    AccountToSetUp { account: row.into(), set_up_link: format!("{}/set-up/{secret}", state.config.public_url()) }
}

/// The secret of a set-up link.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SetUpSecret {
    /// The last part of the link.
    #[serde(default)]
    #[schema(value_type = String, max_length = 100)]
    secret: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// What is to be entered in an authenticator app.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewSecondFactor {
    /// As it is typed.
    #[schema(example = "JBSWY3DPEHPK3PXP")]
    secret: String,
    /// As an app reads it from a QR code.
    #[schema(example = "otpauth://totp/Matrikel:berit%40example.org?secret=…&issuer=Matrikel")]
    address: String,
}

impl From<SecondFactorSecret> for NewSecondFactor {
    fn from(made: SecondFactorSecret) -> Self {
        Self { secret: made.secret, address: made.address }
    }
}

/// Whose set-up link it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetUp {
    /// What she types to sign in.
    email: String,
    /// Her name.
    name: String,
    /// To be entered in an authenticator app.
    second_factor: NewSecondFactor,
}

/// What is chosen there.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ChosenCredentials {
    /// The last part of the link.
    #[serde(default)]
    #[schema(value_type = String, max_length = 100)]
    secret: Field<String>,
    /// The password: 12 letters or more.
    #[serde(default)]
    #[schema(value_type = String, min_length = 12, max_length = 200)]
    password: Field<String>,
    /// The six digits that the app shows now.
    #[serde(default)]
    #[schema(value_type = String, max_length = 20, example = "048213")]
    code: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Signed in, with recovery codes.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Each stands in for the app once. They are told only now.
    #[schema(example = json!(["k3vd-2m7q-x4ta-p6ze"]))]
    recovery_codes: Vec<String>,
}

/// Shows what a set-up link is for; nothing is used up.
#[utoipa::path(tag = "accounts", request_body = SetUpSecret,
    responses((status = 200, description = "Whose it is, and her second factor", body = SetUp)))]
#[post("/sign-in/set-up")]
pub(crate) async fn read_set_up(state: Data<State>, body: Body<SetUpSecret>) -> Outcome<HttpResponse> {
    let SetUpSecret { secret, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let secret = secret.required("/secret", &mut problems, |text| rules::line(&text, 100));
    let secret = problems.finish(secret)?;
    let (account, second_factor) = accounts::to_set_up(&state.store, &state.keys, &secret).await?;
    give_plain(&SetUp { email: account.email, name: account.name, second_factor: second_factor.into() })
}

/// Uses a set-up link: keeps password and second factor, signs in, and tells the recovery codes, once.
#[utoipa::path(tag = "accounts", request_body = ChosenCredentials,
    responses((status = 200, description = "Signed in", body = RecoveryCodes)))]
#[post("/sign-in/set-up/finish")]
pub(crate) async fn finish_set_up(
    request: HttpRequest,
    state: Data<State>,
    body: Body<ChosenCredentials>,
) -> Outcome<HttpResponse> {
    let ChosenCredentials { secret, password, code, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let secret = secret.required("/secret", &mut problems, |text| rules::line(&text, 100));
    let password = password.required("/password", &mut problems, typed_password);
    let code = code.required("/code", &mut problems, |text| rules::line(&text, 20));
    let ((secret, password), code) = problems.finish(secret.zip(password).zip(code))?;
    let chosen = (secret.as_str(), password, code.as_str());
    let (_, text, recovery_codes) = accounts::set_up(&state.store, &state.keys, &state.hashing, chosen, &agent(&request)).await?;
    let begun = signed_in(&state, &request, text).await?;
    let mut answer = HttpResponse::Ok();
    for cookie in begun.cookies() {
        answer.cookie(cookie);
    }
    Ok(answer.json(RecoveryCodes { recovery_codes }))
}

/// Another password.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewPassword {
    /// The password: 12 letters or more.
    #[serde(default)]
    #[schema(value_type = String, min_length = 12, max_length = 200)]
    password: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// A code of the new app.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewFactorCode {
    /// The six digits that the new app shows now.
    #[serde(default)]
    #[schema(value_type = String, max_length = 20, example = "048213")]
    code: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Sets another password of yours. Your other sessions end.
#[utoipa::path(tag = "accounts", request_body = NewPassword, security(("session" = [])),
    responses((status = 409, description = "Members have no password"), (status = 204, description = "It is set")))]
#[post("/credentials/password")]
pub(crate) async fn change_password(person: Person, state: Data<State>, body: Body<NewPassword>) -> Outcome<HttpResponse> {
    let NewPassword { password, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let password = password.required("/password", &mut problems, typed_password);
    let password = problems.finish(password)?;
    let account = own_account(&person)?;
    accounts::change_password((&state.store, &state.outbox), (account, person.session.id), &state.hashing, password).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes new recovery codes of yours and tells them, once; the old ones are over.
#[utoipa::path(tag = "accounts", security(("session" = [])),
    responses((status = 409, description = "Members have no password"), (status = 200, description = "The new codes", body = RecoveryCodes)))]
#[post("/credentials/recovery-codes")]
pub(crate) async fn renew_recovery_codes(person: Person, state: Data<State>) -> Outcome<HttpResponse> {
    let account = own_account(&person)?;
    let made = async |write: &jobs::Write| accounts::renew_recovery_codes(write, &state.keys, account).await;
    give_plain(&RecoveryCodes { recovery_codes: state.store.write(person.caller.actor(), made).await? })
}

/// Begins to change your second factor: the old one goes on working until the new one has shown a code.
#[utoipa::path(tag = "accounts", security(("session" = [])),
    responses((status = 409, description = "Members have no password"), (status = 200, description = "To be entered in the new app", body = NewSecondFactor)))]
#[post("/credentials/second-factor")]
pub(crate) async fn offer_second_factor(person: Person, state: Data<State>) -> Outcome<HttpResponse> {
    let account = own_account(&person)?;
    let made = async |write: &jobs::Write| accounts::offer_second_factor(write, &state.keys, account).await;
    give_plain(&NewSecondFactor::from(state.store.write(person.caller.actor(), made).await?))
}

/// Changes your second factor to the one offered. Your other sessions end.
#[utoipa::path(tag = "accounts", request_body = NewFactorCode, security(("session" = [])),
    responses((status = 409, description = "Members have no password"), (status = 204, description = "It is changed")))]
#[post("/credentials/second-factor/confirm")]
pub(crate) async fn confirm_second_factor(
    person: Person,
    state: Data<State>,
    body: Body<NewFactorCode>,
) -> Outcome<HttpResponse> {
    let NewFactorCode { code, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let code = code.required("/code", &mut problems, |text| rules::line(&text, 20));
    let code = problems.finish(code)?;
    let (account, session) = (own_account(&person)?, person.session.id);
    let confirm = async |write: &jobs::Write| {
        accounts::confirm_second_factor(write, &state.keys, &state.outbox, (account, session), &code).await
    };
    state.store.write(person.caller.actor(), confirm).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The account of who calls, who has shown a second factor just now.
fn own_account(person: &Person) -> jobs::Result<Uuid> {
    match person.session.subject {
        Subject::Account(id) => person.caller.needs_fresh().map(|()| id),
        Subject::Member(_) => Err(Error::conflict("", "members have no password: they sign in by mailed link or code")),
    }
}
