//! What goes wrong, as a page in the reader's language with a way on. Whoever asks for a page gets one; the API and whoever
//! does not say that she reads HTML get problem+json.
//!
//! A form that came too late, because its session had ended, is given back with everything that was typed: nothing is lost.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::body::{self, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data, Query};
use askama::Template;
use futures_util::stream;
use jobs::texts::Language;
use serde_json::Value;

use super::shell::{self, Shell};
use super::sign_in::SignInPage;
use super::texts::{Text, text};
use super::words;
use crate::access::sessions;
use crate::state::State;
use crate::web::{cookies, extract, observe, recognise};

/// Forms larger than this are not given back.
const LARGEST_FORM: usize = 64 << 10;
/// What nobody wants to see again.
const SECRET: [&str; 4] = ["csrf", "password", "code", "token"];

/// What was typed into a field.
#[derive(Clone, Debug)]
struct Typed {
    name: String,
    value: String,
    /// What it is called; none for what the form itself remembers.
    label: Option<Text>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Shell,
    title: Text,
    lead: Text,
    typed: Vec<Typed>,
    typed_lead: Text,
    /// Where she does, in another window, what was missing.
    window: &'static str,
    window_name: Text,
    way: &'static str,
    way_name: Text,
    request_id: Option<String>,
}

/// The middleware, outermost: what comes out as problem+json is made a page for whoever reads pages.
pub(crate) async fn as_page(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, actix_web::Error> {
    let state = request.app_data::<Data<State>>().cloned();
    let Some(state) = state.filter(|_| reads_pages(&request)) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let form = match *request.method() {
        Method::POST => keep_form(&mut request).await,
        _ => Vec::new(),
    };
    let response = next.call(request).await?;
    let is_problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == "application/problem+json");
    if !is_problem {
        return Ok(response.map_into_left_body());
    }
    let (request, response) = response.into_parts();
    let (mut response, body) = response.into_parts();
    let bytes = body::to_bytes_limited(body, LARGEST_FORM).await.ok().and_then(Result::ok).unwrap_or_default();
    let problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let html = render(&request, &state, response.status(), &problem, form);
    for (name, value) in [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, observe::PAGE)] {
        response.headers_mut().insert(name, header::HeaderValue::from_static(value));
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        // A browser would ask for a token.
        response.headers_mut().remove(header::WWW_AUTHENTICATE);
    }
    // She comes back to the page when she has done what it needs.
    let missing = ["not-signed-in", "pledge-needed", "step-up-needed"].contains(&kind_of(&problem));
    if missing && request.method() == Method::GET {
        let _ = response.add_cookie(&shell::way_back(&state, &request.uri().to_string()));
    }
    Ok(ServiceResponse::new(request, response.set_body(BoxBody::new(html))).map_into_right_body())
}

/// Whether this is somebody with a browser who wants a page.
fn reads_pages(request: &ServiceRequest) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepts.contains("text/html") && !request.path().starts_with("/api/")
}

/// The fields of a form, which is put back for the handler.
async fn keep_form(request: &mut ServiceRequest) -> Vec<(String, String)> {
    if extract::content_type(request.request()) != "application/x-www-form-urlencoded" {
        return Vec::new();
    }
    let Ok(payload) = request.extract::<actix_web::web::Payload>().await else { return Vec::new() };
    let again: Result<Bytes, PayloadError> = match payload.to_bytes_limited(extract::LARGEST_BODY).await {
        Ok(bytes) => bytes.map_err(|_| PayloadError::Incomplete(None)),
        Err(_) => Err(PayloadError::Overflow),
    };
    let fields = match &again {
        Ok(bytes) if bytes.len() <= LARGEST_FORM => std::str::from_utf8(bytes)
            .ok()
            .and_then(|text| Query::<BTreeMap<String, String>>::from_query(text).ok())
            .map_or_else(Vec::new, |fields| fields.into_inner().into_iter().collect()),
        _ => Vec::new(),
    };
    request.set_payload(Payload::Stream { payload: Box::pin(stream::iter([again])) });
    fields
}

/// The last word of the problem's type.
fn kind_of(problem: &Value) -> &str {
    problem["type"].as_str().and_then(|kind| kind.rsplit(':').next()).unwrap_or_default()
}

fn render(
    request: &HttpRequest,
    state: &Data<State>,
    status: StatusCode,
    problem: &Value,
    form: Vec<(String, String)>,
) -> String {
    let caller = recognise::caller(request).ok();
    let mut page = Shell::of(request, state, caller.as_ref());
    let kind = kind_of(problem);
    let ended = kind == "not-signed-in";
    if ended && form.is_empty() {
        return SignInPage::of(page, true).render().unwrap_or_default();
    }
    let language = page.language;
    let mut typed = Vec::new();
    let steps_up = kind == "step-up-needed";
    if ended || steps_up || kind == "forged" {
        // The token of whoever has signed in meanwhile, in another window, so that the form can be sent again.
        if let Some(cookie) = cookies::session(state, request) {
            page.csrf = sessions::csrf_token(&state.keys, &cookie);
        }
        typed = typed_again(language, form);
    } else if request.method() != Method::GET {
        page.address = "/".to_owned();
    }
    let (title, lead) = words_of(language, status, kind);
    let (way, way_name) = match kind {
        "pledge-needed" => ("/pledge", text(language, "pledge-read")),
        "step-up-needed" => ("/step-up", text(language, "step-up")),
        _ => ("/", text(language, "to-start")),
    };
    let request_id = problem["request_id"].as_str().map(str::to_owned);
    let (window, window_name, typed_lead) = match steps_up {
        true => ("/step-up", text(language, "typed-step-up"), text(language, "typed-lead-step-up")),
        false => ("/", text(language, "typed-sign-in"), text(language, "typed-lead")),
    };
    let error = ErrorPage { page, title, lead, typed, typed_lead, window, window_name, way, way_name, request_id };
    error.render().unwrap_or_default()
}

fn typed_again(language: Language, form: Vec<(String, String)>) -> Vec<Typed> {
    let fields = form.into_iter().filter(|(name, _)| !SECRET.contains(&name.as_str()));
    let label = |name: &str| match name {
        "note" => Some(text(language, "note")),
        "title" => Some(text(language, "rule-title")),
        name => words::field(language, name),
    };
    fields.map(|(name, value)| Typed { label: label(&name).filter(|_| !value.is_empty()), name, value }).collect()
}

fn words_of(language: Language, status: StatusCode, kind: &str) -> (Text, Text) {
    match (status.as_u16(), kind) {
        (401, _) => (text(language, "ended-title"), text(language, "ended-lead")),
        (_, "pledge-needed") => (text(language, "error-pledge-title"), text(language, "error-pledge-lead")),
        (_, "step-up-needed") => (text(language, "error-step-up-title"), text(language, "error-step-up-lead")),
        (_, "set-up-link-wrong") => (text(language, "error-set-up-title"), text(language, "refused-set-up")),
        (_, "forged") => (text(language, "error-forged-title"), text(language, "error-forged-lead")),
        (403, _) => (text(language, "error-403-title"), text(language, "error-403-lead")),
        (404 | 405, _) => (text(language, "error-404-title"), text(language, "error-404-lead")),
        (409, _) => (text(language, "error-409-title"), text(language, "error-409-lead")),
        (412 | 428, _) => (text(language, "error-412-title"), text(language, "error-412-lead")),
        (429, _) => (text(language, "error-429-title"), text(language, "error-429-lead")),
        (503, _) => (text(language, "error-503-title"), text(language, "error-503-lead")),
        (400..=499, _) => (text(language, "error-400-title"), text(language, "error-400-lead")),
        _ => (text(language, "error-500-title"), text(language, "error-500-lead")),
    }
}
