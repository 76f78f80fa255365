//! Accounts: signing in with password and second factor, setting an account up, and showing a second factor once more,
//! which members do with a mailed code.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use jobs::Error;
use jobs::error::Refusal;
use qrcodegen::{QrCode, QrCodeEcc};
use serde::Deserialize;

use super::shell::{self, Shell};
use super::sign_in::{refused, signed_in};
use super::texts::{Text, text};
use super::{give, give_with, see_other};
use crate::access::accounts::{self, SecondFactor, SecondFactorSecret};
use crate::access::sessions::{self, Subject};
use crate::access::sign_in;
use crate::members::rules;
use crate::state::State;
use crate::web::api::sign_in::{agent, end_former, sender, typed_password};
use crate::web::cookies;
use crate::web::extract::Person;
use crate::web::problem::Result as Outcome;

/// The white edge that readers of QR codes need, in squares.
const QUIET: i32 = 4;

#[derive(Template)]
#[template(path = "sign_in_password.html")]
struct PasswordPage {
    page: Shell,
    wrong: Option<Text>,
    email: String,
}

/// Asks for password and code of an account.
#[get("/sign-in/password")]
pub(crate) async fn show_password(request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    give(&PasswordPage { page: Shell::of(&request, &state, None), wrong: None, email: String::new() })
}

/// What an account signs in with.
#[derive(Deserialize)]
pub(crate) struct Shown {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
}

/// Signs in with an account.
#[post("/sign-in/password")]
pub(crate) async fn by_password(request: HttpRequest, state: Data<State>, form: Form<Shown>) -> Outcome<HttpResponse> {
    let Shown { email, password, code } = form.into_inner();
    let begun = match (rules::line(&email, 254), typed_password(password), second_factor(&code)) {
        (Ok(email), Ok(password), Some(second)) => {
            let (network, agent) = (sender(&state, &request), agent(&request));
            let shown = (email.as_str(), password, &second);
            accounts::sign_in(&state.store, &state.keys, &state.hashing, shown, &network, &agent).await
        }
        _ => Err(Error::Refused(Refusal::Password)),
    };
    match begun {
        Ok((_, cookie)) => signed_in(&state, &request, cookie).await,
        Err(Error::Refused(refusal)) => {
            let page = Shell::of(&request, &state, None);
            let wrong = Some(refused(page.language, refusal));
            give_with(StatusCode::FORBIDDEN, &PasswordPage { page, wrong, email })
        }
        Err(error) => Err(error.into()),
    }
}

/// One field takes both: six digits are the app's, anything else is a recovery code.
fn second_factor(typed: &str) -> Option<SecondFactor> {
    let typed = rules::line(typed, 40).ok()?;
    let digits: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    let is_one_time = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    Some(if is_one_time { SecondFactor::OneTimeCode(digits) } else { SecondFactor::RecoveryCode(typed) })
}

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUpPage {
    page: Shell,
    name: String,
    email: String,
    second_factor: SecondFactorSecret,
    qr: Qr,
    wrong_password: Option<Text>,
    wrong_code: Option<Text>,
}

/// A QR code as the path of an SVG picture.
pub(super) struct Qr {
    pub(super) side: i32,
    pub(super) path: String,
}

impl Qr {
    pub(super) fn of(content: &str) -> jobs::Result<Self> {
        let code = QrCode::encode_text(content, QrCodeEcc::Medium).map_err(Error::internal)?;
        let squares = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let dark = squares.filter(|(x, y)| code.get_module(*x, *y));
        let path = dark.map(|(x, y)| format!("M{},{}h1v1h-1z", x + QUIET, y + QUIET)).collect();
        Ok(Self { side: code.size() + 2 * QUIET, path })
    }
}

impl SetUpPage {
    async fn of(request: &HttpRequest, state: &State, secret: &str) -> jobs::Result<Self> {
        let (account, second_factor) = accounts::to_set_up(&state.store, &state.keys, secret).await?;
        Ok(Self {
            page: Shell::of(request, state, None),
            name: account.name,
            email: account.email,
            qr: Qr::of(&second_factor.address)?,
            second_factor,
            wrong_password: None,
            wrong_code: None,
        })
    }
}

/// Shows what a set-up link is for; nothing is used up.
#[get("/set-up/{secret}")]
pub(crate) async fn show_set_up(request: HttpRequest, state: Data<State>, secret: Path<String>) -> Outcome<HttpResponse> {
    give(&SetUpPage::of(&request, &state, &secret).await?)
}

/// What is chosen there.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
pub(super) struct RecoveryCodesPage {
    pub(super) page: Shell,
    pub(super) codes: Vec<String>,
    /// Where she goes on to.
    pub(super) way: String,
}

/// Sets the account up, signs in, and shows the recovery codes, once.
#[post("/set-up/{secret}")]
pub(crate) async fn set_up(
    request: HttpRequest,
    state: Data<State>,
    secret: Path<String>,
    form: Form<Chosen>,
) -> Outcome<HttpResponse> {
    let Chosen { password, code } = form.into_inner();
    let done = accounts::set_up(&state.store, &state.keys, &state.hashing, (&secret, password, &code), &agent(&request)).await;
    let (_, cookie, codes) = match done {
        Err(Error::Invalid(problems)) => {
            let mut page = SetUpPage::of(&request, &state, &secret).await?;
            let language = page.page.language;
            let wrong = |pointer: &str| problems.iter().any(|problem| problem.pointer == pointer);
            page.wrong_password = wrong("/password").then(|| text(language, "wrong-password"));
            page.wrong_code = wrong("/code").then(|| text(language, "wrong-app-code"));
            return give_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
        done => done?,
    };
    end_former(&state, &request).await?;
    let caller = sessions::recognise(&state.store, &state.keys, &state.noting, &cookie).await?;
    let page = Shell::of(&request, &state, Some(&caller));
    let mut answer = give(&RecoveryCodesPage { page, codes, way: shell::after_sign_in(&request) })?;
    answer.add_cookie(&cookies::begin(&state, cookie)).map_err(Error::internal)?;
    Ok(answer)
}

#[derive(Template)]
#[template(path = "step_up.html")]
struct StepUpPage {
    page: Shell,
    /// Whether the code comes by mail.
    by_mail: bool,
    /// Whether it is on its way.
    is_sent: bool,
    wrong: Option<Text>,
}

/// Whether the mail was just asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct Sent {
    done: Option<String>,
}

impl StepUpPage {
    fn of(request: &HttpRequest, state: &State, person: &Person) -> Self {
        let by_mail = matches!(person.session.subject, Subject::Member(_));
        Self { page: Shell::of(request, state, Some(&person.caller)), by_mail, is_sent: !by_mail, wrong: None }
    }
}

/// Asks for the second factor once more.
#[get("/step-up")]
pub(crate) async fn show_step_up(
    person: Person,
    request: HttpRequest,
    state: Data<State>,
    sent: Query<Sent>,
) -> Outcome<HttpResponse> {
    let mut page = StepUpPage::of(&request, &state, &person);
    page.is_sent |= sent.done.is_some();
    give(&page)
}

/// Mails a code to the member.
#[post("/step-up/code")]
pub(crate) async fn send_code(person: Person, state: Data<State>) -> Outcome<HttpResponse> {
    if let Subject::Member(member) = person.session.subject {
        sign_in::ask_to_step_up(&state.store, &state.keys, &state.outbox, member, person.session.id).await?;
    }
    Ok(see_other("/step-up?done=sent"))
}

/// A second factor.
#[derive(Deserialize)]
pub(crate) struct Again {
    #[serde(default)]
    code: String,
}

/// Takes the second factor, and sends her where she wanted to go.
#[post("/step-up")]
pub(crate) async fn step_up(
    person: Person,
    request: HttpRequest,
    state: Data<State>,
    form: Form<Again>,
) -> Outcome<HttpResponse> {
    let renewed = match (person.session.subject, second_factor(&form.code)) {
        (Subject::Account(id), Some(second)) => {
            accounts::step_up(&state.store, &state.keys, id, person.session.id, &second).await
        }
        (Subject::Member(_), Some(SecondFactor::OneTimeCode(code))) => {
            sign_in::step_up(&state.store, &state.keys, person.session.id, &code).await
        }
        _ => Err(Error::Refused(Refusal::Code)),
    };
    match renewed {
        Ok(cookie) => {
            let mut answer = see_other(&shell::after_sign_in(&request));
            for cookie in [shell::no_way_back(&state), cookies::begin(&state, cookie)] {
                answer.add_cookie(&cookie).map_err(Error::internal)?;
            }
            Ok(answer)
        }
        Err(Error::Refused(refusal)) => {
            let mut page = StepUpPage::of(&request, &state, &person);
            page.is_sent = true;
            page.wrong = Some(refused(page.page.language, refusal));
            give_with(StatusCode::FORBIDDEN, &page)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_the_apps_and_anything_else_is_a_recovery_code() {
        assert_eq!(second_factor(" 048 213 "), Some(SecondFactor::OneTimeCode("048213".into())));
        assert_eq!(second_factor("k3vd-2m7q-x4ta-p6ze"), Some(SecondFactor::RecoveryCode("k3vd-2m7q-x4ta-p6ze".into())));
        assert_eq!(second_factor("  "), None);
    }

    #[test]
    fn a_qr_code_has_its_three_corners_and_a_white_edge() {
        let qr = Qr::of("otpauth://totp/Matrikel:a%40example.org?secret=MZXW6YTBOI&issuer=Matrikel").unwrap();
        let last = qr.side - QUIET - 1;
        for (x, y) in [(QUIET, QUIET), (last, QUIET), (QUIET, last)] {
            assert!(qr.path.contains(&format!("M{x},{y}h1v1h-1z")), "{x},{y}");
        }
        assert!(!qr.path.contains(&format!("M{},", QUIET - 1)) && !qr.path.contains(&format!("M{},", last + 1)));
    }
}
