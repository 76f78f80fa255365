//! `/` leads each to her place; and the choice of a language.

use actix_web::http::header;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse, get, post};
use jobs::texts::Language;
use serde::Deserialize;

use super::shell::{self, Shell};
use super::sign_in::SignInPage;
use super::{give, see_other};
use crate::state::State;
use crate::web::problem::Result as Outcome;
use crate::web::recognise;

/// Leads each to her place, and whoever is not signed in to the sign-in.
#[get("/")]
pub(crate) async fn start(request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    match recognise::caller(&request) {
        Ok(caller) => Ok(see_other(shell::home(&caller))),
        Err(_) => give(&SignInPage::of(Shell::of(&request, &state, None), false)),
    }
}

/// A chosen language.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    language: String,
    #[serde(default)]
    back: String,
}

/// Keeps the choice of a language, and comes back.
#[post("/language")]
pub(crate) async fn choose_language(state: Data<State>, form: Form<Choice>) -> Outcome<HttpResponse> {
    let language = Language::of(Some(&form.language), state.config.default_language);
    let back = if shell::is_ours(&form.back) { form.back.as_str() } else { "/" };
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, back)).cookie(shell::language_cookie(&state, language)).finish())
}
