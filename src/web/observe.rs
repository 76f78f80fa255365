//! Around every request: an id, a log line with ids only, metrics by route pattern, a limit on how many run at once and how
//! long each may take, and headers that every answer has.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use tracing::Instrument as _;
use uuid::Uuid;

use super::problem::Problem;
use crate::state::State;

/// How long a request may take; an import, which has a limit of its own, is told apart by its route.
const TIME_LIMIT: Duration = Duration::from_secs(30);
const IMPORT_TIME_LIMIT: Duration = Duration::from_secs(15 * 60);
/// What watches the service: not logged, and answered also when it is full.
const WATCHING: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
/// The header that names the request, so that a caller can ask about it.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a page may load and do: what stands in files of our own, and forms that come back here.
pub(super) const PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Swagger UI writes styles of its own.
const DOCUMENTATION: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
/// Everything else is no page.
const NO_PAGE: &str = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

tokio::task_local! {
    static CURRENT: Cell<Option<Uuid>>;
}

/// The id of the request that this task answers; none outside a request.
pub fn request_id() -> Option<Uuid> {
    CURRENT.try_with(Cell::get).ok().flatten()
}

/// How many requests are being answered.
#[derive(Clone, Debug, Default)]
pub struct InFlight(Arc<AtomicUsize>);

struct Place(InFlight);

impl InFlight {
    fn enter(&self, most: usize) -> Option<Place> {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        let place = Place(self.clone());
        (before < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The middleware.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = request.app_data::<Data<State>>().map(|state| state.store.clock().new_id());
    let span = tracing::info_span!("request", id = id.map(tracing::field::display));
    CURRENT.scope(Cell::new(id), answer(request, next)).instrument(span).await
}

async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let began = Instant::now();
    let method = request.method().clone();
    // The pattern, never the path: metrics and logs hold no ids of members.
    let route = request.match_pattern().unwrap_or_else(|| "unknown".to_owned());
    let (in_flight, most) = match (request.app_data::<Data<InFlight>>(), request.app_data::<Data<State>>()) {
        // Whether the service lives is answered also when it is full.
        (Some(in_flight), Some(state)) if !WATCHING.contains(&route.as_str()) => {
            (in_flight.get_ref().clone(), state.config.max_requests)
        }
        _ => (InFlight::default(), usize::MAX),
    };
    let limit = if route.starts_with("/api/v1/imports") { IMPORT_TIME_LIMIT } else { TIME_LIMIT };
    let outcome = match in_flight.enter(most) {
        None => Ok(request.into_response(busy().into_answer()).map_into_right_body()),
        Some(_place) => match tokio::time::timeout(limit, next.call(request)).await {
            Ok(outcome) => outcome.map(as_problem),
            Err(_) => Err(busy().into()),
        },
    };
    let status = match &outcome {
        Ok(response) => response.status().as_u16(),
        Err(error) => error.as_response_error().status_code().as_u16(),
    };
    let seconds = began.elapsed().as_secs_f64();
    let labels = [("method", method.to_string()), ("route", route.clone()), ("status", status.to_string())];
    metrics::counter!("matrikel_requests_total", &labels).increment(1);
    metrics::histogram!("matrikel_request_seconds", &labels[..2]).record(seconds);
    if !WATCHING.contains(&route.as_str()) {
        tracing::info!(%method, route, status, milliseconds = (seconds * 1e4).round() / 10.0, "A request was answered");
    }
    outcome.map(|mut response| {
        add_headers(&mut response);
        response
    })
}

fn busy() -> Problem {
    jobs::Error::Busy(None).into()
}

/// What fails outside our handlers (a query that cannot be read, a body cut short) is made a problem too.
fn as_problem<B>(response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B>> {
    let foreign = response.response().error().filter(|error| error.as_error::<Problem>().is_none());
    let Some(error) = foreign else { return response.map_into_left_body() };
    let status = error.as_response_error().status_code();
    let problem = if status.is_server_error() {
        tracing::error!(%error, "A request failed outside its handler");
        Problem::http(status, "it was logged under the request id")
    } else {
        Problem::http(status, error.to_string())
    };
    response.into_response(problem.into_answer()).map_into_right_body()
}

fn add_headers<B>(response: &mut ServiceResponse<B>) {
    let request = response.request();
    let documentation = request.path().starts_with("/api/docs");
    let secure = request.app_data::<Data<State>>().is_some_and(|state| state.config.is_secure());
    let headers = response.headers_mut();
    // Only what says of itself that it may be: the files of the pages.
    let kept = headers.contains_key(header::CACHE_CONTROL);
    let page = headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_FRAME_OPTIONS, "DENY");
    if !kept {
        set(header::CACHE_CONTROL, "no-store");
    }
    set(header::PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=()");
    set(header::CROSS_ORIGIN_OPENER_POLICY, "same-origin");
    set(header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
    if secure {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    set(
        header::CONTENT_SECURITY_POLICY,
        if documentation {
            DOCUMENTATION
        } else if page {
            PAGE
        } else {
            NO_PAGE
        },
    );
    if let Some(id) = request_id().and_then(|id| HeaderValue::from_str(&id.to_string()).ok()) {
        headers.insert(REQUEST_ID, id);
    }
}
