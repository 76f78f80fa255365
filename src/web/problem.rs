//! Errors as problem+json (RFC 9457): the one place where an [`Error`] becomes an HTTP answer.

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use jobs::Error;
use jobs::error::FieldProblem;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::observe;

/// What a handler gives.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// How soon to come back when the register is busy, in seconds.
const RETRY_AFTER: &str = "2";

/// An error on its way to the caller.
#[derive(Debug)]
pub enum Problem {
    /// From the register's rules.
    Register(Error),
    /// Of HTTP itself: unknown route, wrong method, wrong content type, …
    Http(StatusCode, String),
    /// The path is known, the method is not among these.
    Method(Vec<String>),
    /// It does not come from a page of our own: the token is missing or another's, or another site sent it.
    Forged,
}

/// problem+json, RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDetails {
    /// What kind of problem it is; does not change with the wording.
    #[schema(example = "urn:matrikel:problem:invalid")]
    r#type: String,
    /// The status, again.
    #[schema(example = 422)]
    status: u16,
    /// What kind of problem it is, in words.
    #[schema(example = "Some fields are not right")]
    title: String,
    /// What is wrong and what to do.
    detail: String,
    /// The id under which the log knows the request.
    request_id: Option<Uuid>,
    /// The fields that are not right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// One field that is not right.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901).
    #[schema(example = "/email")]
    pointer: String,
    /// What is wrong and what to do.
    detail: String,
}

impl<E: Into<Error>> From<E> for Problem {
    fn from(error: E) -> Self {
        Problem::Register(error.into())
    }
}

impl Problem {
    /// Of HTTP itself.
    pub fn http(status: StatusCode, detail: impl Into<String>) -> Self {
        Problem::Http(status, detail.into())
    }

    /// As an answer.
    pub fn into_answer(self) -> HttpResponse {
        self.error_response()
    }

    fn details(&self) -> ProblemDetails {
        let status = self.status_code();
        let (kind, title) = match self {
            Problem::Register(error) => match error {
                Error::NotFound => ("not-found", "There is no such thing here"),
                Error::NotSignedIn => ("not-signed-in", "Not signed in"),
                Error::NotAllowed { .. } => ("not-allowed", "Not for your role"),
                Error::StepUpNeeded => ("step-up-needed", "Show your second factor once more"),
                Error::PledgeNeeded => ("pledge-needed", "Accept the confidentiality pledge first"),
                Error::Refused(refusal) => (refusal.word(), "Not accepted"),
                Error::TooMany { .. } => ("too-many", "Too many attempts"),
                Error::Malformed(_) => ("malformed", "The request cannot be read"),
                Error::Invalid(_) => ("invalid", "Some fields are not right"),
                Error::Conflict(_) => ("conflict", "It clashes with what the register holds"),
                Error::Stale => ("stale", "Changed by someone else meanwhile"),
                Error::VersionMissing => ("version-missing", "Say which version you change"),
                Error::TooLarge(_) => ("too-large", "Too large"),
                Error::Busy(_) => ("busy", "The register is busy"),
                Error::Internal(_) => ("internal", "Something went wrong here"),
            },
            Problem::Forged => ("forged", "Not sent from here"),
            Problem::Http(..) | Problem::Method(_) => ("http", status.canonical_reason().unwrap_or("Not possible")),
        };
        let detail = match self {
            Problem::Register(error) => detail(error),
            Problem::Http(_, detail) => detail.clone(),
            Problem::Forged => {
                "send `csrf_token` of GET /api/v1/session as X-CSRF-Token; in a form, as the field `csrf`".to_owned()
            }
            Problem::Method(allowed) => format!("this address takes {}", allowed.join(", ")),
        };
        let errors = match self {
            Problem::Register(Error::Invalid(problems)) => problems.iter().map(FieldError::from).collect(),
            Problem::Register(Error::Conflict(problem)) if !problem.pointer.is_empty() => vec![problem.into()],
            _ => Vec::new(),
        };
        ProblemDetails {
            r#type: format!("urn:matrikel:problem:{kind}"),
            status: status.as_u16(),
            title: title.to_owned(),
            detail,
            request_id: observe::request_id(),
            errors,
        }
    }
}

fn detail(error: &Error) -> String {
    match error {
        Error::NotSignedIn => "sign in again, or send a valid token: Authorization: Bearer …; one that has expired or was revoked is made anew with `matrikel token create`".into(),
        Error::StepUpNeeded => "show a one-time code (as a member: a code that was mailed just now) to POST /api/v1/session/step-up, then send this again".into(),
        Error::PledgeNeeded => "read GET /api/v1/pledge and accept it with POST /api/v1/pledge, then send this again".into(),
        Error::TooMany { retry_after } => format!("try again in {retry_after} seconds"),
        Error::NotAllowed { scope } => format!("this needs the scope {scope}"),
        Error::Invalid(_) => "see `errors` for each field".into(),
        Error::Stale => "read it again, look at what changed, and send the change with the new ETag in If-Match".into(),
        Error::VersionMissing => "send the ETag of the copy that you change in If-Match".into(),
        Error::Busy(_) => "try again in a moment; with the same Idempotency-Key nothing is done twice".into(),
        Error::Internal(_) => "it was logged under the request id; nothing was changed".into(),
        other => other.to_string(),
    }
}

impl From<&FieldProblem> for FieldError {
    fn from(problem: &FieldProblem) -> Self {
        Self { pointer: problem.pointer.clone(), detail: problem.detail.clone() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.details().detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Problem::Register(error) => match error {
                Error::NotFound => StatusCode::NOT_FOUND,
                Error::NotSignedIn => StatusCode::UNAUTHORIZED,
                Error::NotAllowed { .. } | Error::StepUpNeeded | Error::PledgeNeeded | Error::Refused(_) => StatusCode::FORBIDDEN,
                Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
                Error::Malformed(_) => StatusCode::BAD_REQUEST,
                Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                Error::Conflict(_) => StatusCode::CONFLICT,
                Error::Stale => StatusCode::PRECONDITION_FAILED,
                Error::VersionMissing => StatusCode::PRECONDITION_REQUIRED,
                Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
                Error::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
                Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Problem::Http(status, _) => *status,
            Problem::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Problem::Forged => StatusCode::FORBIDDEN,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Problem::Register(Error::Internal(source)) = self {
            tracing::error!(error = %chain(source.as_ref()), "A request failed");
        }
        if let Problem::Register(Error::Busy(Some(source))) = self {
            tracing::warn!(error = %chain(source), "A request was turned away: the register is busy");
        }
        let mut answer = HttpResponse::build(self.status_code());
        match self.status_code() {
            StatusCode::UNAUTHORIZED => answer.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"matrikel\"")),
            StatusCode::SERVICE_UNAVAILABLE => answer.insert_header((header::RETRY_AFTER, RETRY_AFTER)),
            _ => &mut answer,
        };
        if let Problem::Register(Error::TooMany { retry_after }) = self {
            answer.insert_header((header::RETRY_AFTER, *retry_after));
        }
        if let Problem::Method(allowed) = self {
            answer.insert_header((header::ALLOW, allowed.join(", ")));
        }
        answer.content_type("application/problem+json").json(self.details())
    }
}

/// An error and what caused it. Database messages may hold values, so only their codes and constraint names are kept.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    if let Some(error) = error.downcast_ref::<sea_orm::DbErr>() {
        return without_values(&error.to_string());
    }
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

/// Cuts off what PostgreSQL quotes from the statement's values: `invalid input syntax for type date: "…"`.
fn without_values(message: &str) -> String {
    message.split('"').step_by(2).collect::<Vec<_>>().join("…")
}
