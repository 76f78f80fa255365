//! Tokens of the API: made, listed, revoked.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post};
use chrono::{DateTime, Utc};
use entity::api_token::{self, TokenRole};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::tokens;
use crate::members::list::Page;
use crate::members::rules::{self, Problems};
use crate::state::State;
use crate::web::answer::{Answer, Once, give_plain};
use crate::web::extract::{Allowed, Body, Field, Id, Unknown, scope};
use crate::web::problem::Result as Outcome;

/// A token, without its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    /// Its id: what history and audit say of its bearer.
    id: Uuid,
    /// What it is for.
    label: String,
    /// What it may do.
    role: TokenRole,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// From when it is no longer accepted.
    expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    last_used_at: Option<DateTime<Utc>>,
}

impl From<api_token::Model> for Token {
    fn from(row: api_token::Model) -> Self {
        Self {
            id: row.id,
            label: row.label,
            role: row.role,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewToken {
    /// What it may do.
    #[serde(default)]
    #[schema(value_type = TokenRole)]
    role: Field<TokenRole>,
    /// What it is for.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "case handling")]
    label: Field<String>,
    /// From when it is no longer accepted; left out, it does not expire.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: Field<DateTime<Utc>>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// A token just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeToken {
    #[serde(flatten)]
    token: Token,
    /// Its text, which is told only now.
    #[schema(example = "matrikel_…")]
    secret: String,
}

/// Lists all tokens, the newest first; their texts are not known.
#[utoipa::path(tag = "tokens", security(("token" = ["accounts"])),
    responses((status = 200, description = "All tokens", body = Page<Token>)))]
#[get("/tokens")]
pub(crate) async fn list_tokens(_caller: Allowed<scope::Accounts>, state: Data<State>) -> Outcome<HttpResponse> {
    let items = tokens::list(&state.store).await?.into_iter().map(Token::from).collect();
    give_plain(&Page { items, next: None })
}

/// Makes a token and tells its text, once.
#[utoipa::path(tag = "tokens", params(Once), request_body = NewToken, security(("token" = ["accounts"])),
    responses((status = 201, description = "The new token", body = MadeToken)))]
#[post("/tokens")]
pub(crate) async fn create_token(
    caller: Allowed<scope::Credentials>,
    state: Data<State>,
    once: Once,
    body: Body<NewToken>,
) -> Outcome<HttpResponse> {
    let NewToken { role, label, expires_at, unknown } = body.value;
    let now = state.store.clock().now();
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let role = role.required("/role", &mut problems, Ok);
    let label = label.required("/label", &mut problems, |label| rules::name(&label));
    let expires_at = expires_at.optional("/expires_at", &mut problems, |end| {
        rules::date(end.date_naive())?;
        if end > now { Ok(end) } else { Err("lies in the past".into()) }
    });
    let (role, label) = problems.finish(role.zip(label))?;
    once.run(&state, &caller, "create_token", &body.bytes, async |write| {
        let (row, secret) = tokens::create(write, role, &label, expires_at).await?;
        Answer::of(StatusCode::CREATED, &MadeToken { token: row.into(), secret })
    })
    .await
}

/// Revokes a token: from now on it is not accepted.
#[utoipa::path(tag = "tokens", params(Id), security(("token" = ["accounts"])),
    responses((status = 204, description = "It is revoked")))]
#[delete("/tokens/{id}")]
pub(crate) async fn revoke_token(caller: Allowed<scope::Credentials>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    tokens::revoke(&state.store, caller.actor(), id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
