//! Who sends a request, by token or by the session's cookie; and that what changes something comes from a page of our own.
//!
//! This runs before a handler's parameters are read. These are read side by side, and the first to fail answers: were the
//! caller looked up among them, anybody would be told what is wrong with the rest of a request.

use std::collections::BTreeMap;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderName};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpMessage as _, HttpRequest};
use futures_util::stream;
use jobs::Error;

use super::problem::Problem;
use super::{cookies, extract};
use crate::access::caller::Caller;
use crate::access::keys::sha256;
use crate::access::{sessions, tokens};
use crate::state::State;

/// Where the token against forged requests stands.
const CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
/// The same in a form.
const CSRF_FIELD: &str = "csrf";
/// What browsers say of who makes them send a request.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whom [`recognise`] recognised.
struct SignedIn(Result<Caller, Problem>);

/// The caller; [`Error::NotSignedIn`] when there is none.
pub fn caller(request: &HttpRequest) -> Result<Caller, Problem> {
    let signed_in = request.extensions_mut().remove::<SignedIn>();
    let caller = signed_in.map_or_else(|| Err(Error::NotSignedIn.into()), |signed_in| signed_in.0)?;
    // It may be asked again: by the page that tells what went wrong.
    request.extensions_mut().insert(SignedIn(Ok(caller.clone())));
    Ok(caller)
}

/// The middleware.
///
/// # Errors
/// None of its own.
pub async fn recognise(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    if let Some(state) = request.app_data::<Data<State>>().cloned() {
        if let Some(token) = bearer(request.request()) {
            let caller = tokens::recognise(&state.store, &state.noting, &token).await;
            request.extensions_mut().insert(SignedIn(caller.map_err(Problem::from)));
        } else if !request.method().is_safe() && comes_from_elsewhere(&state, request.request()) {
            return Ok(request.into_response(Problem::Forged.into_answer()).map_into_right_body());
        } else if let Some(cookie) = cookies::session(&state, request.request()) {
            let caller = signed_in(&state, &mut request, &cookie).await;
            request.extensions_mut().insert(SignedIn(caller));
        }
    }
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}

/// Whose the cookie is. What changes something must show the session's token besides, which other sites cannot read.
async fn signed_in(state: &State, request: &mut ServiceRequest, cookie: &str) -> Result<Caller, Problem> {
    let caller = sessions::recognise(&state.store, &state.keys, &state.noting, cookie).await?;
    if !request.method().is_safe() {
        let shown = csrf_token(request).await?.unwrap_or_default();
        let right = caller.session().map(|session| session.csrf_token.as_str()).unwrap_or_default();
        // Compared by hash, so that the time it takes says nothing of the token.
        if shown.is_empty() || sha256(&[shown.as_bytes()]) != sha256(&[right.as_bytes()]) {
            return Err(Problem::Forged);
        }
    }
    Ok(caller)
}

/// The token that came with a request: in its header, or in the form that is its body, which is read and put back.
async fn csrf_token(request: &mut ServiceRequest) -> Result<Option<String>, Problem> {
    if let Some(value) = request.headers().get(CSRF_TOKEN) {
        return Ok(value.to_str().ok().map(str::to_owned));
    }
    if extract::content_type(request.request()) != "application/x-www-form-urlencoded" {
        return Ok(None);
    }
    let payload = request.extract::<actix_web::web::Payload>().await.map_err(|error| Error::Malformed(error.to_string()))?;
    let body = extract::read_payload(request.request(), payload, extract::LARGEST_BODY).await?;
    let form = std::str::from_utf8(&body).ok().and_then(|text| Query::<BTreeMap<String, String>>::from_query(text).ok());
    let again: Result<Bytes, PayloadError> = Ok(body);
    request.set_payload(Payload::Stream { payload: Box::pin(stream::iter([again])) });
    Ok(form.and_then(|mut form| form.remove(CSRF_FIELD)))
}

/// Whether a browser says that another site makes it send this. Programs say nothing.
fn comes_from_elsewhere(state: &State, request: &HttpRequest) -> bool {
    let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = header(SEC_FETCH_SITE) {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = header(header::ORIGIN) else { return false };
    let here = header(header::HOST).is_some_and(|host| origin.split_once("://").is_some_and(|(_, from)| from == host));
    let public_url = state.config.public_url();
    let ours = public_url.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    !here && !ours
}

fn bearer(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}
