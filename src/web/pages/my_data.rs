//! What a member decides and asks beside her details: consents, answers to follow-ups, who has looked at her data, all of it
//! as a file.

use actix_web::http::header;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use chrono::NaiveDate;
use entity::follow_up::FollowUpStatus;
use entity::read_audit::Access;
use jobs::texts::Language;
use jobs::{Error, Result};
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use uuid::Uuid;

use super::shell::Shell;
use super::texts::{Text, text};
use super::{give_members, see_other, words};
use crate::access::assurance::Shows;
use crate::members::own::consents::{self, Consents};
use crate::members::own::export;
use crate::members::own::follow_ups::{self, Answer};
use crate::members::reads::{self, Told};
use crate::state::State;
use crate::web::answer::give;
use crate::web::api::me::{oneself, own};
use crate::web::extract::{Allowed, Id, scope};
use crate::web::problem::Result as Outcome;

/// What a member is asked about herself, ready to be shown.
pub(super) struct Question {
    pub(super) id: Uuid,
    pub(super) about: Text,
    pub(super) settled: Option<Text>,
    /// The day that stands in the form: her date, or today when that lies ahead.
    pub(super) day: NaiveDate,
}

/// What the member is asked.
pub(super) async fn questions(
    database: &impl ConnectionTrait,
    language: Language,
    member: Uuid,
    today: NaiveDate,
) -> Result<Vec<Question>> {
    let rows = follow_ups::of(database, member).await?;
    let open = |status| matches!(status, FollowUpStatus::Open | FollowUpStatus::Contacted | FollowUpStatus::Told);
    let question = |row: follow_ups::OwnFollowUp| Question {
        id: row.id,
        about: text(language, "question-graduated").with("date", words::date(language, row.anchor_date)),
        settled: (!open(row.status)).then(|| match row.outcome {
            Some(outcome) => words::outcome(language, outcome),
            None => text(language, "question-settled"),
        }),
        day: row.anchor_date.min(today),
    };
    Ok(rows.into_iter().map(question).collect())
}

/// Her answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Answered {
    answer: Answer,
    #[serde(default)]
    graduation_date: String,
}

/// Takes her answer.
#[post("/me/follow-ups/{id}")]
pub(crate) async fn answer_question(
    caller: Allowed<scope::Own>,
    state: Data<State>,
    id: Id,
    form: Form<Answered>,
) -> Outcome<HttpResponse> {
    let member = oneself(&caller)?;
    let today = state.store.clock().today();
    // Who is still studying need not say until when.
    let on = match form.answer {
        Answer::Graduated => {
            let day = form.graduation_date.parse::<NaiveDate>().ok().filter(|day| *day <= today);
            Some(day.ok_or_else(|| Error::invalid("/graduation_date", "is no day until today"))?)
        }
        Answer::StillStudying => None,
    };
    let answered =
        state.store.write(caller.actor(), async |write| follow_ups::answer(write, member, id.0, form.answer, on).await).await;
    match answered {
        // Pressed twice.
        Ok(()) | Err(Error::Conflict(_)) => Ok(see_other("/me?done=answered")),
        Err(error) => Err(error.into()),
    }
}

/// What she agrees to: a box that is not ticked is not sent.
#[derive(Debug, Deserialize)]
pub(crate) struct Chosen {
    newsletter: Option<String>,
    sms: Option<String>,
}

/// Keeps her consents.
#[post("/me/consents")]
pub(crate) async fn choose_consents(
    caller: Allowed<scope::Own>,
    state: Data<State>,
    form: Form<Chosen>,
) -> Outcome<HttpResponse> {
    let member = own(&state, &caller, Shows::Contact).await?.row.id;
    let wanted = Consents { newsletter: form.newsletter.is_some(), sms: form.sms.is_some() };
    state.store.write(caller.actor(), async |write| consents::put(write, member, wanted).await).await?;
    Ok(see_other("/me?done=saved"))
}

struct Opened {
    at: String,
    by: String,
}

struct Listed {
    month: String,
    times: Text,
}

#[derive(Template)]
#[template(path = "reads.html")]
struct ReadsPage {
    page: Shell,
    opened: Vec<Opened>,
    listed: Vec<Listed>,
}

/// Shows who has looked at her data.
#[get("/me/reads")]
pub(crate) async fn show_reads(caller: Allowed<scope::Own>, request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    let row = own(&state, &caller, Shows::Full).await?.row;
    let (store, audit) = (&state.store, &state.audit_database);
    let reads = reads::of(store.database(), audit, store.clock(), row.id, row.created_at, Told::Roles).await?;
    let page = Shell::of(&request, &state, Some(&caller));
    let language = page.language;
    let opened = reads.opened.into_iter().map(|it| Opened {
        at: words::moment(language, state.config.time_zone, it.at),
        by: match (it.oneself, it.unit) {
            (true, _) => page.text("reads-yourself").to_string(),
            (false, Some(unit)) => format!("{}, {unit}", words::actor(language, &it.by)),
            (false, None) => words::actor(language, &it.by).to_string(),
        },
    });
    let listed = reads.listed.into_iter().map(|it| Listed {
        times: text(language, "reads-times").with("count", u32::try_from(it.times).unwrap_or(u32::MAX)),
        month: it.month.parse::<jobs::dates::Month>().map_or(it.month, |month| words::month(language, month.first())),
    });
    let body = ReadsPage { opened: opened.collect(), listed: listed.collect(), page };
    give_members(&state, &caller, "own_reads", Access::Opened, vec![row.id], &body).await
}

/// Gives everything that the register holds of her, as a file.
#[get("/me/download")]
pub(crate) async fn download(caller: Allowed<scope::Own>, state: Data<State>) -> Outcome<HttpResponse> {
    let member = own(&state, &caller, Shows::Full).await?;
    let id = member.row.id;
    let export = export::of(state.store.database(), &state.audit_database, state.store.clock(), member).await?;
    let answer = crate::web::answer::Answer::of(actix_web::http::StatusCode::OK, &export)?.showing([id]);
    let mut answer = give(&state, &caller, "own_download", answer).await?;
    let name = header::HeaderValue::from_static("attachment; filename=\"matrikel.json\"");
    answer.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(answer)
}
