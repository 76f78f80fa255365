//! The page behind the link of a mail that asks a student whether she has graduated. Opening it answers nothing: mail scanners
//! do that. It shows nothing of the register, so whoever gets hold of the link learns nothing.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use chrono::NaiveDate;
use jobs::Error;
use serde::Deserialize;

use super::shell::Shell;
use super::texts::Text;
use super::{give, give_with, see_other};
use crate::members::own::follow_ups::Answer;
use crate::members::{question, rules};
use crate::state::State;
use crate::web::problem::Result as Outcome;

#[derive(Template)]
#[template(path = "question.html")]
struct QuestionPage {
    page: Shell,
    what: What,
    today: NaiveDate,
    wrong: Option<Text>,
    on: String,
}

/// What the page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Asks,
    Thanks,
    IsOver,
}

impl QuestionPage {
    fn of(request: &HttpRequest, state: &State, what: What) -> Self {
        let page = Shell::of(request, state, None);
        Self { page, what, today: state.store.clock().today(), wrong: None, on: String::new() }
    }
}

/// Asks, and says so when the question is open no longer.
#[get("/questions/{secret}")]
pub(crate) async fn show_question(request: HttpRequest, state: Data<State>, secret: Path<String>) -> Outcome<HttpResponse> {
    match question::open(&state.store, &secret).await {
        Ok(_) => give(&QuestionPage::of(&request, &state, What::Asks)),
        Err(Error::NotFound) => is_over(&request, &state),
        Err(error) => Err(error.into()),
    }
}

fn is_over(request: &HttpRequest, state: &State) -> Outcome<HttpResponse> {
    give_with(StatusCode::NOT_FOUND, &QuestionPage::of(request, state, What::IsOver))
}

/// Says thank you.
#[get("/answered")]
pub(crate) async fn answered(request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    give(&QuestionPage::of(&request, &state, What::Thanks))
}

/// What she answers.
#[derive(Debug, Deserialize)]
pub(crate) struct Answered {
    answer: Answer,
    #[serde(default)]
    on: String,
}

/// Takes the answer, which spends the link.
#[post("/questions/{secret}")]
pub(crate) async fn answer_question(
    request: HttpRequest,
    state: Data<State>,
    secret: Path<String>,
    form: Form<Answered>,
) -> Outcome<HttpResponse> {
    let Answered { answer, on } = form.into_inner();
    let mut page = QuestionPage::of(&request, &state, What::Asks);
    let day = on.trim().parse().ok().and_then(|day| rules::date(day).ok());
    page.wrong = match (answer, day) {
        (Answer::Graduated, None) => Some(page.page.text("asked-wrong-date")),
        (Answer::Graduated, Some(day)) if day > page.today => Some(page.page.text("asked-future")),
        (Answer::StillStudying, None) if !on.trim().is_empty() => Some(page.page.text("asked-wrong-date")),
        _ => None,
    };
    if page.wrong.is_some() {
        page.on = on;
        return match question::open(&state.store, &secret).await {
            Ok(_) => give_with(StatusCode::UNPROCESSABLE_ENTITY, &page),
            Err(Error::NotFound) => is_over(&request, &state),
            Err(error) => Err(error.into()),
        };
    }
    match question::answer(&state.store, &secret, answer, day).await {
        Ok(()) => Ok(see_other("/answered")),
        Err(Error::NotFound) => is_over(&request, &state),
        Err(error) => Err(error.into()),
    }
}
