//! Signing in: by mailed link or code, by password and second factor; and showing a second factor once more.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use jobs::Error;
use jobs::history::Actor;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::session::SessionState;
use crate::access::accounts::{self, SecondFactor};
use crate::access::network;
use crate::access::sessions::{self, Subject};
use crate::access::sign_in::{self, TypedCode};
use crate::members::rules::{self, Problems};
use crate::state::State;
use crate::web::cookies;
use crate::web::extract::{Body, Field, Person, Unknown};
use crate::web::problem::Result as Outcome;

/// By what you want to sign in.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Asked {
    /// Your e-mail address, telephone number or member number.
    #[serde(default)]
    #[schema(value_type = String, max_length = 254, example = "anna@example.org")]
    identifier: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// What everybody is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedFor {
    /// For how many seconds link and code may be used.
    #[schema(example = 600)]
    valid_for: i64,
}

/// The secret of a mailed link.
#[derive(Debug, Deserialize, ToSchema)]
pub struct LinkSecret {
    /// The last part of the link.
    #[serde(default)]
    #[schema(value_type = String, max_length = 100)]
    secret: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// A mailed code.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MailedCode {
    /// The six digits.
    #[serde(default)]
    #[schema(value_type = String, max_length = 20, example = "048213")]
    code: Field<String>,
    /// What you typed to ask for it; may be left out in the browser in which you did.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 254, example = "anna@example.org")]
    identifier: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// What an account signs in with.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PasswordSignIn {
    /// E-mail address of the account.
    #[serde(default)]
    #[schema(value_type = String, max_length = 254, example = "berit@example.org")]
    email: Field<String>,
    /// The password.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200)]
    password: Field<String>,
    /// The six digits of the authenticator app.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 20, example = "048213")]
    code: Field<String>,
    /// Instead of `code`: a recovery code, which is used up.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 40)]
    recovery_code: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// A second factor, shown once more.
#[derive(Debug, Deserialize, ToSchema)]
pub struct StepUp {
    /// The six digits: of the authenticator app or, for members, of the mail that was just asked for.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 20, example = "048213")]
    code: Field<String>,
    /// Instead of `code`: a recovery code, which is used up.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 40)]
    recovery_code: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Asks for a mail with a link and a code. The answer is the same whoever asks for whomever: a mail goes to the address that
/// the register holds, if it holds one.
#[utoipa::path(tag = "session", request_body = Asked,
    responses((status = 202, description = "If that is somebody, a mail is on its way", body = AskedFor)))]
#[post("/sign-in")]
pub(crate) async fn ask_to_sign_in(request: HttpRequest, state: Data<State>, body: Body<Asked>) -> Outcome<HttpResponse> {
    let Asked { identifier, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let identifier = identifier.required("/identifier", &mut problems, |text| rules::line(&text, 254));
    let identifier = problems.finish(identifier)?;
    let (browser, cookie) = cookies::browser(&state, &request)?;
    sign_in::ask(&state.store, &state.keys, &identifier, &browser, &sender(&state, &request)).await?;
    let mut answer = HttpResponse::Accepted();
    if let Some(cookie) = cookie {
        answer.cookie(cookie);
    }
    Ok(answer.json(AskedFor { valid_for: sign_in::VALID.num_seconds() }))
}

/// Signs in by a mailed link, in the browser in which it was asked for. The link is used up.
#[utoipa::path(tag = "session", request_body = LinkSecret,
    responses((status = 200, description = "Signed in", body = SessionState)))]
#[post("/sign-in/link")]
pub(crate) async fn sign_in_by_link(request: HttpRequest, state: Data<State>, body: Body<LinkSecret>) -> Outcome<HttpResponse> {
    let LinkSecret { secret, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let secret = secret.required("/secret", &mut problems, |text| rules::line(&text, 100));
    let secret = problems.finish(secret)?;
    let browser = cookies::known_browser(&state, &request);
    let (_, text) = sign_in::by_link(&state.store, &secret, browser.as_deref(), &agent(&request)).await?;
    signed_in(&state, &request, text).await
}

/// Signs in by a mailed code, in any browser. The code is used up.
#[utoipa::path(tag = "session", request_body = MailedCode,
    responses((status = 200, description = "Signed in", body = SessionState)))]
#[post("/sign-in/code")]
pub(crate) async fn sign_in_by_code(request: HttpRequest, state: Data<State>, body: Body<MailedCode>) -> Outcome<HttpResponse> {
    let MailedCode { code, identifier, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let code = code.required("/code", &mut problems, |text| rules::line(&text, 20));
    let identifier = identifier.optional("/identifier", &mut problems, |text| rules::line(&text, 254));
    let code = problems.finish(code)?;
    let (browser, network) = (cookies::known_browser(&state, &request), sender(&state, &request));
    let typed = TypedCode { code: &code, identifier: identifier.as_deref(), browser: browser.as_deref(), network: &network };
    let (_, text) = sign_in::by_code(&state.store, &state.keys, typed, &agent(&request)).await?;
    signed_in(&state, &request, text).await
}

/// Signs in with an account: password and one-time code, or a recovery code.
#[utoipa::path(tag = "session", request_body = PasswordSignIn,
    responses((status = 200, description = "Signed in", body = SessionState)))]
#[post("/sign-in/password")]
pub(crate) async fn sign_in_by_password(
    request: HttpRequest,
    state: Data<State>,
    body: Body<PasswordSignIn>,
) -> Outcome<HttpResponse> {
    let PasswordSignIn { email, password, code, recovery_code, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let email = email.required("/email", &mut problems, |text| rules::line(&text, 254));
    let password = password.required("/password", &mut problems, typed_password);
    let second = second_factor(code, recovery_code, &mut problems);
    let ((email, password), second) = problems.finish(email.zip(password).zip(second))?;
    let (network, agent) = (sender(&state, &request), agent(&request));
    let shown = (email.as_str(), password, &second);
    let (_, text) = accounts::sign_in(&state.store, &state.keys, &state.hashing, shown, &network, &agent).await?;
    signed_in(&state, &request, text).await
}

/// Mails you a code by which you show that you read your mail at this moment: for members.
#[utoipa::path(tag = "session", security(("session" = [])),
    responses((status = 202, description = "The mail is on its way", body = AskedFor), (status = 409, description = "The register has no e-mail address of yours"), (status = 429, description = "Too many mails: come back after Retry-After seconds")))]
#[post("/session/step-up/code")]
pub(crate) async fn ask_to_step_up(person: Person, state: Data<State>) -> Outcome<HttpResponse> {
    let Subject::Member(member) = person.session.subject else {
        return Err(Error::conflict("", "accounts show a code of their app to POST /api/v1/session/step-up").into());
    };
    sign_in::ask_to_step_up(&state.store, &state.keys, &state.outbox, member, person.session.id).await?;
    Ok(HttpResponse::Accepted().json(AskedFor { valid_for: sign_in::VALID.num_seconds() }))
}

/// Shows a second factor once more: for ten minutes the session may do what needs that. It gets a new cookie.
#[utoipa::path(tag = "session", request_body = StepUp, security(("session" = [])),
    responses((status = 200, description = "The session as it is now", body = SessionState)))]
#[post("/session/step-up")]
pub(crate) async fn step_up(person: Person, state: Data<State>, body: Body<StepUp>) -> Outcome<HttpResponse> {
    let StepUp { code, recovery_code, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let second = second_factor(code, recovery_code, &mut problems);
    let second = problems.finish(second)?;
    let text = match (person.session.subject, second) {
        (Subject::Account(id), second) => accounts::step_up(&state.store, &state.keys, id, person.session.id, &second).await?,
        (Subject::Member(_), SecondFactor::OneTimeCode(code)) => {
            sign_in::step_up(&state.store, &state.keys, person.session.id, &code).await?
        }
        (Subject::Member(_), SecondFactor::RecoveryCode(_)) => {
            return Err(Error::invalid("/recovery_code", "is for accounts; ask for a code by mail").into());
        }
    };
    answer(&state, &text).await
}

/// Begins the session in the browser, in place of the one that it had.
pub(super) async fn signed_in(state: &State, request: &HttpRequest, text: String) -> Outcome<HttpResponse> {
    end_former(state, request).await?;
    answer(state, &text).await
}

/// Ends the session that the browser had, because another one begins in it.
pub(crate) async fn end_former(state: &State, request: &HttpRequest) -> jobs::Result<()> {
    let Some(before) = cookies::session(state, request) else { return Ok(()) };
    state.store.write(&Actor::system(), async |write| sessions::end_by_secret(write, &before).await).await
}

/// The session of this cookie as an answer that begins it in the browser.
pub(super) async fn answer(state: &State, text: &str) -> Outcome<HttpResponse> {
    let caller = sessions::recognise(&state.store, &state.keys, &state.noting, text).await?;
    Ok(HttpResponse::Ok().cookie(cookies::begin(state, text.to_owned())).json(SessionState::of(&caller)))
}

/// Either of the two, not both.
fn second_factor(code: Field<String>, recovery_code: Field<String>, problems: &mut Problems) -> Option<SecondFactor> {
    let code = code.optional("/code", problems, |text| rules::line(&text, 20));
    let recovery_code = recovery_code.optional("/recovery_code", problems, |text| rules::line(&text, 40));
    match (code, recovery_code) {
        (Some(code), None) => Some(SecondFactor::OneTimeCode(code)),
        (None, Some(code)) => Some(SecondFactor::RecoveryCode(code)),
        (Some(_), Some(_)) => {
            problems.add("/recovery_code", "is sent instead of `code`, not beside it");
            None
        }
        (None, None) => {
            if !problems.mention("/code") && !problems.mention("/recovery_code") {
                problems.add("/code", "is needed");
            }
            None
        }
    }
}

/// Exactly as typed: spaces at its ends belong to a password.
pub(crate) fn typed_password(text: String) -> Result<String, String> {
    match text.chars().count() {
        0 => Err("is empty".into()),
        1..=200 => Ok(text),
        _ => Err("is longer than 200 letters".into()),
    }
}

/// From which network a request comes, as the limits count it.
pub(crate) fn sender(state: &State, request: &HttpRequest) -> Vec<u8> {
    let forwarded: Vec<&str> =
        request.headers().get_all(header::X_FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
    let origin = request.peer_addr().map(|peer| state.config.trusted_proxies.origin(peer.ip(), &forwarded.join(",")));
    origin.map(|origin| network::sender(origin).to_string()).unwrap_or_default().into_bytes()
}

/// Browser and system in a few words.
pub(crate) fn agent(request: &HttpRequest) -> String {
    let text = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let named = |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name);
    // In this order: most browsers name others too.
    let browser = named(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = named(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "unknown".to_owned(),
    }
}
