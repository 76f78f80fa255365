//! Signing in by a mailed link or code. Whether there is anybody of that name nobody learns here: the pages are the same.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use jobs::Error;
use jobs::error::Refusal;
use jobs::texts::Language;
use serde::Deserialize;

use super::shell::{self, Shell};
use super::texts::{Text, text};
use super::{demo, give, give_with, see_other, words};
use crate::access::sign_in::{self, TypedCode};
use crate::members::rules;
use crate::state::State;
use crate::web::api::sign_in::{agent, end_former, sender};
use crate::web::problem::{Problem, Result as Outcome};
use crate::web::{cookies, recognise};

/// The longest identifier and code that are taken.
const IDENTIFIER: usize = 254;
const CODE: usize = 20;

/// Where somebody begins who is not signed in.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub(super) struct SignInPage {
    page: Shell,
    /// Whether she wanted a page that is for those who are signed in.
    ended: bool,
    wrong: Option<Text>,
    identifier: String,
    roles: Vec<(String, String)>,
}

impl SignInPage {
    pub(super) fn of(page: Shell, ended: bool) -> Self {
        let roles = if page.demo { demo::ROLES.as_slice() } else { &[] };
        let roles = roles.iter().map(|role| (role.word(), words::actor(page.language, &role.word()).to_string())).collect();
        Self { page, ended, wrong: None, identifier: String::new(), roles }
    }
}

/// Asks by what she wants to sign in.
#[get("/sign-in")]
pub(crate) async fn show_sign_in(request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    match recognise::caller(&request) {
        Ok(_) => Ok(see_other(&shell::after_sign_in(&request))),
        Err(_) => give(&SignInPage::of(Shell::of(&request, &state, None), false)),
    }
}

/// By what somebody wants to sign in.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    identifier: String,
}

/// Asks for a mail.
#[post("/sign-in")]
pub(crate) async fn ask(request: HttpRequest, state: Data<State>, form: Form<Asked>) -> Outcome<HttpResponse> {
    let Ok(identifier) = rules::line(&form.identifier, IDENTIFIER) else {
        let page = SignInPage::of(Shell::of(&request, &state, None), false);
        let wrong = Some(page.page.text("sign-in-needed"));
        let again = SignInPage { wrong, identifier: form.into_inner().identifier, ..page };
        return give_with(StatusCode::UNPROCESSABLE_ENTITY, &again);
    };
    let (browser, cookie) = cookies::browser(&state, &request)?;
    sign_in::ask(&state.store, &state.keys, &identifier, &browser, &sender(&state, &request)).await?;
    let mut answer = see_other("/sign-in/code");
    if let Some(cookie) = cookie {
        answer.add_cookie(&cookie).map_err(Error::internal)?;
    }
    Ok(answer)
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage {
    page: Shell,
    wrong: Option<Text>,
    /// Whether a code alone does not say whose it is.
    asks_who: bool,
    identifier: String,
}

impl CodePage {
    fn of(request: &HttpRequest, state: &State) -> Self {
        let asks_who = cookies::known_browser(state, request).is_none();
        Self { page: Shell::of(request, state, None), wrong: None, asks_who, identifier: String::new() }
    }
}

/// Asks for the code of the mail.
#[get("/sign-in/code")]
pub(crate) async fn show_code(request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    give(&CodePage::of(&request, &state))
}

/// A mailed code.
#[derive(Debug, Deserialize)]
pub(crate) struct Code {
    #[serde(default)]
    code: String,
    #[serde(default)]
    identifier: String,
}

/// Signs in by the code of the mail.
#[post("/sign-in/code")]
pub(crate) async fn by_code(request: HttpRequest, state: Data<State>, form: Form<Code>) -> Outcome<HttpResponse> {
    let (browser, network) = (cookies::known_browser(&state, &request), sender(&state, &request));
    let begun = match rules::line(&form.code, CODE) {
        Ok(code) => {
            let identifier = rules::line(&form.identifier, IDENTIFIER).ok();
            let typed =
                TypedCode { code: &code, identifier: identifier.as_deref(), browser: browser.as_deref(), network: &network };
            sign_in::by_code(&state.store, &state.keys, typed, &agent(&request)).await
        }
        Err(_) => Err(Error::Refused(Refusal::Code)),
    };
    match begun {
        Ok((_, cookie)) => signed_in(&state, &request, cookie).await,
        Err(Error::Refused(refusal)) => {
            let page = CodePage::of(&request, &state);
            let wrong = Some(refused(page.page.language, refusal));
            let page = CodePage { wrong, identifier: form.into_inner().identifier, ..page };
            give_with(StatusCode::FORBIDDEN, &page)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "sign_in_link.html")]
struct LinkPage {
    page: Shell,
    wrong: Option<Text>,
}

/// The page of a mailed link: a button. Mail scanners open links, so that reading it spends nothing.
#[get("/sign-in/link/{secret}")]
pub(crate) async fn show_link(request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    give(&LinkPage { page: Shell::of(&request, &state, None), wrong: None })
}

/// Signs in by a mailed link, in the browser that asked for it.
#[post("/sign-in/link/{secret}")]
pub(crate) async fn by_link(request: HttpRequest, state: Data<State>, secret: Path<String>) -> Outcome<HttpResponse> {
    let browser = cookies::known_browser(&state, &request);
    match sign_in::by_link(&state.store, &secret, browser.as_deref(), &agent(&request)).await {
        Ok((_, cookie)) => signed_in(&state, &request, cookie).await,
        // Pressed twice: the first press has signed her in.
        Err(Error::Refused(Refusal::LinkSpent)) if is_signed_in(&request) => Ok(see_other(&shell::after_sign_in(&request))),
        Err(Error::Refused(refusal)) => {
            let page = Shell::of(&request, &state, None);
            let wrong = Some(refused(page.language, refusal));
            give_with(StatusCode::FORBIDDEN, &LinkPage { page, wrong })
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether somebody is signed in in this browser; the form of a page that she opened before does not know it.
fn is_signed_in(request: &HttpRequest) -> bool {
    matches!(recognise::caller(request), Ok(_) | Err(Problem::Forged))
}

/// Why what was shown to sign in is not accepted, and what to do.
pub(super) fn refused(language: Language, refusal: Refusal) -> Text {
    match refusal {
        Refusal::LinkUnknown => text(language, "refused-link-unknown"),
        Refusal::LinkExpired => text(language, "refused-link-expired"),
        Refusal::LinkSpent => text(language, "refused-link-spent"),
        Refusal::LinkElsewhere => text(language, "refused-link-elsewhere"),
        Refusal::Code => text(language, "refused-code"),
        Refusal::EmailChange => text(language, "refused-email-change"),
        Refusal::Password => text(language, "refused-password"),
        Refusal::SetUp => text(language, "refused-set-up"),
    }
}

/// Begins the session of the cookie `text` in the browser, and sends her where she wanted to go.
pub(super) async fn signed_in(state: &State, request: &HttpRequest, text: String) -> Outcome<HttpResponse> {
    end_former(state, request).await?;
    let mut answer = see_other(&shell::after_sign_in(request));
    for cookie in [shell::no_way_back(state), cookies::begin(state, text)] {
        answer.add_cookie(&cookie).map_err(Error::internal)?;
    }
    Ok(answer)
}
