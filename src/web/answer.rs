//! Answers: member data only once it is in the read audit, and a repeated POST answered as the first one was.

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use entity::idempotency;
use entity::read_audit::Access;
use jobs::housekeeping::KEPT;
use jobs::{Error, Result, Write};
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use std::future::{Ready, ready};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterIn};
use uuid::Uuid;

use super::extract::parameter;
use super::observe;
use super::problem::Problem;
use crate::access::audit::{Audited, Reading, Shown};
use crate::access::caller::Caller;
use crate::access::keys::sha256;
use crate::members::card::{etag, etag_of};
use crate::state::State;

/// What a kept answer is sealed for.
const PURPOSE: &str = "idempotency";

/// An answer that is ready but for the read audit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    status: u16,
    body: String,
    etag: Option<String>,
    location: Option<String>,
    shown: Vec<Uuid>,
    #[serde(default = "opened")]
    access: Access,
}

fn opened() -> Access {
    Access::Opened
}

impl Answer {
    /// `value` as JSON.
    pub fn of(status: StatusCode, value: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_string(value).map_err(Error::internal)?;
        Ok(Self { status: status.as_u16(), body, etag: None, location: None, shown: Vec::new(), access: Access::Opened })
    }

    /// JSON that was written before, with its ETag.
    pub fn written(status: StatusCode, body: String) -> Self {
        let etag = Some(etag_of(body.as_bytes()));
        Self { status: status.as_u16(), body, etag, location: None, shown: Vec::new(), access: Access::Opened }
    }

    /// Nothing but success.
    pub fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT.as_u16(),
            body: String::new(),
            etag: None,
            location: None,
            shown: Vec::new(),
            access: Access::Opened,
        }
    }

    /// With the ETag of `value`, which is what the body holds.
    pub fn tagged(mut self, value: &impl Serialize) -> Result<Self> {
        self.etag = Some(etag(value)?);
        Ok(self)
    }

    /// Of something new that stands at `location`.
    pub fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    /// Where what is new stands.
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// Which opens these members.
    pub fn showing(mut self, members: impl IntoIterator<Item = Uuid>) -> Self {
        self.shown.extend(members);
        self
    }

    /// Which lists these members, and opens none.
    pub fn listing(mut self, members: impl IntoIterator<Item = Uuid>) -> Self {
        self.access = Access::Listed;
        self.showing(members)
    }
}

/// Gives an answer, once the audit says whom it shows.
pub async fn give(state: &State, caller: &Caller, operation: &'static str, answer: Answer) -> Result<HttpResponse, Problem> {
    let shown = Shown::Members(answer.shown.clone());
    let answer = state.audit.record(&reading(caller, operation), answer.access, shown, answer).await?;
    Ok(render(answer))
}

/// Gives a list of members, once the audit says whom it shows.
pub async fn give_list<T: Serialize>(
    state: &State,
    caller: &Caller,
    operation: &'static str,
    shown: Vec<Uuid>,
    list: &T,
) -> Result<HttpResponse, Problem> {
    let answer = Answer::of(StatusCode::OK, list)?;
    let answer = state.audit.record(&reading(caller, operation), Access::Listed, Shown::Members(shown), answer).await?;
    Ok(render(answer))
}

/// Gives what holds no member data.
pub fn give_plain(value: &impl Serialize) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(value))
}

fn reading(caller: &Caller, operation: &'static str) -> Reading {
    Reading { actor: caller.actor().clone(), operation, request_id: observe::request_id() }
}

fn render(answer: Audited<Answer>) -> HttpResponse {
    let answer = answer.into_inner();
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK));
    if let Some(etag) = answer.etag {
        response.insert_header((header::ETAG, etag));
    }
    if let Some(location) = answer.location {
        response.insert_header((header::LOCATION, location));
    }
    if answer.body.is_empty() { response.finish() } else { response.content_type("application/json").body(answer.body) }
}

/// A POST, with its `Idempotency-Key` if it has one.
#[derive(Clone, Debug)]
pub struct Once {
    key: Option<String>,
    request: Vec<u8>,
}

impl IntoParams for Once {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "The same key with the same request is answered as the first time, for a day";
        vec![parameter("Idempotency-Key", ParameterIn::Header, Required::False, description).build()]
    }
}

impl FromRequest for Once {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = |name: &str| request.headers().get(name).map(|value| value.as_bytes().to_vec());
        let key = match header("idempotency-key").map(String::from_utf8) {
            None => None,
            Some(Ok(key)) if (1..=200).contains(&key.len()) => Some(key),
            Some(_) => return ready(Err(Error::invalid("", "Idempotency-Key: 1 to 200 characters are accepted").into())),
        };
        let if_match = header("if-match").unwrap_or_default();
        ready(Ok(Self {
            key,
            request: sha256(&[
                request.method().as_str().as_bytes(),
                request.path().as_bytes(),
                request.query_string().as_bytes(),
                &if_match,
            ]),
        }))
    }
}

impl Once {
    /// A form that does something once, however often it is sent: each copy of it that is shown has a key of its own.
    pub fn of_form(purpose: &'static str, key: &str) -> Self {
        let key = Some(key.to_owned()).filter(|key| (1..=200).contains(&key.len()));
        Self { key, request: sha256(&[purpose.as_bytes()]) }
    }

    /// Does `work` in a transaction and gives its answer; for a key that was used before, the answer that was given then.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the key was used for another request; else what `work` gives.
    pub async fn run(
        self,
        state: &Data<State>,
        caller: &Caller,
        operation: &'static str,
        body: &[u8],
        work: impl AsyncFn(&Write) -> Result<Answer>,
    ) -> Result<HttpResponse, Problem> {
        let answer = self.settle(state, caller, body, work).await?;
        give(state, caller, operation, answer).await
    }

    /// The same, for what is not given as it is.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn settle(
        self,
        state: &State,
        caller: &Caller,
        body: &[u8],
        work: impl AsyncFn(&Write) -> Result<Answer>,
    ) -> Result<Answer> {
        let Some(key) = self.key else { return state.store.write(caller.actor(), work).await };
        let kept = Kept {
            state,
            actor: caller.actor().id.unwrap_or_default(),
            key: sha256(&[key.as_bytes()]),
            request: sha256(&[&self.request, body]),
        };
        let outcome = state
            .store
            .write(caller.actor(), async |write| {
                if let Some(answer) = kept.find(write.database()).await? {
                    return Ok(answer);
                }
                let answer = work(write).await?;
                kept.keep(write, &answer).await?;
                Ok(answer)
            })
            .await;
        match outcome {
            // On PostgreSQL two requests with one key can run side by side; the later one fails on the key of the table.
            Err(Error::Conflict(conflict)) => kept.find(state.store.database()).await?.ok_or(Error::Conflict(conflict)),
            outcome => outcome,
        }
    }
}

/// Where an answer is kept.
struct Kept<'a> {
    state: &'a State,
    actor: Uuid,
    key: Vec<u8>,
    request: Vec<u8>,
}

impl Kept<'_> {
    async fn find(&self, database: &impl ConnectionTrait) -> Result<Option<Answer>> {
        let row = idempotency::Entity::find_by_id((self.actor, self.key.clone())).one(database).await?;
        let Some(row) = row.filter(|row| self.state.store.clock().now() - row.created_at < KEPT) else { return Ok(None) };
        if row.request_hash != self.request {
            return Err(Error::invalid("", "Idempotency-Key: was used for another request; use a new key for each"));
        }
        let answer = self.state.keys.open_sealed(PURPOSE, self.actor, &row.answer)?;
        Ok(Some(serde_json::from_slice(&answer).map_err(Error::internal)?))
    }

    async fn keep(&self, write: &Write, answer: &Answer) -> Result<()> {
        // A row of the same key that is older than a day is over, though it may not be swept yet.
        idempotency::Entity::delete_by_id((self.actor, self.key.clone())).exec(write.database()).await?;
        let plain = serde_json::to_vec(answer).map_err(Error::internal)?;
        let row = idempotency::Model {
            actor_id: self.actor,
            key_hash: self.key.clone(),
            request_hash: self.request.clone(),
            answer: self.state.keys.seal(PURPOSE, self.actor, &plain)?,
            created_at: write.now(),
        };
        idempotency::Entity::insert(row.into_active_model()).exec_without_returning(write.database()).await?;
        Ok(())
    }
}
