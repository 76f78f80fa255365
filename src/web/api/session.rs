//! The session by which somebody is signed in, her other sessions, and the confidentiality pledge.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, get, post};
use chrono::{DateTime, Utc};
use entity::session::{self, Assurance, Method};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::caller::{Caller, Role};
use crate::access::{pledge, sessions};
use crate::members::list::Page;
use crate::members::rules::Problems;
use crate::state::State;
use crate::web::answer::give_plain;
use crate::web::cookies;
use crate::web::extract::{Body, Field, Id, Person, Unknown};
use crate::web::problem::Result as Outcome;

/// By what somebody is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionState {
    /// The session's id.
    id: Uuid,
    /// What she is to the register.
    #[schema(example = json!(["member", "representative"]))]
    roles: Vec<String>,
    /// How she signed in.
    method: Method,
    /// How sure that is.
    assurance: Assurance,
    /// When.
    created_at: DateTime<Utc>,
    /// When it ends at the latest.
    ends_at: DateTime<Utc>,
    /// Whether a second factor (of a member: a code mailed at that moment) was shown in the last ten minutes.
    fresh: bool,
    /// Whether the confidentiality pledge is to be accepted before others' data is shown.
    pledge_needed: bool,
    /// To be sent as X-CSRF-Token, or in a form as `csrf`, with whatever changes something.
    csrf_token: String,
}

impl SessionState {
    /// Of who has signed in; none for others.
    pub(crate) fn of(caller: &Caller) -> Option<Self> {
        let session = caller.session()?;
        Some(Self {
            id: session.id,
            roles: caller.roles().iter().map(|role| role.word()).collect(),
            method: session.method,
            assurance: session.assurance,
            created_at: session.created_at,
            ends_at: session.ends_at,
            fresh: session.fresh,
            pledge_needed: !session.pledged && caller.roles().iter().any(|role: &Role| role.needs_pledge()),
            csrf_token: session.csrf_token.clone(),
        })
    }
}

/// One of her sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedSession {
    /// Its id.
    id: Uuid,
    /// How she signed in.
    method: Method,
    /// Browser and system in a few words.
    #[schema(example = "Firefox on Linux")]
    browser: String,
    /// When she signed in.
    created_at: DateTime<Utc>,
    /// When she was last there, to the minute.
    last_seen_at: DateTime<Utc>,
    /// Whether it is the one by which this is asked.
    current: bool,
}

/// Shows by what you are signed in.
#[utoipa::path(tag = "session", security(("session" = [])),
    responses((status = 200, description = "The session", body = SessionState)))]
#[get("/session")]
pub(crate) async fn read_session(person: Person) -> Outcome<HttpResponse> {
    give_plain(&SessionState::of(&person.caller))
}

/// Signs out: the session is over, here and on every instance.
#[utoipa::path(tag = "session", security(("session" = [])), responses((status = 204, description = "Signed out")))]
#[delete("/session")]
pub(crate) async fn sign_out(person: Person, state: Data<State>) -> Outcome<HttpResponse> {
    let Person { caller, session } = person;
    state.store.write(caller.actor(), async |write| sessions::end(write, session.subject, session.id).await).await?;
    Ok(HttpResponse::NoContent().cookie(cookies::end(&state)).finish())
}

/// Lists your sessions, the newest first.
#[utoipa::path(tag = "session", security(("session" = [])),
    responses((status = 200, description = "Your sessions", body = Page<ListedSession>)))]
#[get("/sessions")]
pub(crate) async fn list_sessions(person: Person, state: Data<State>) -> Outcome<HttpResponse> {
    let rows = sessions::list(state.store.database(), &person.caller, state.store.clock().now()).await?;
    let items = rows.into_iter().map(|row: session::Model| ListedSession {
        current: row.id == person.session.id,
        id: row.id,
        method: row.method,
        browser: row.browser,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
    });
    give_plain(&Page { items: items.collect(), next: None })
}

/// Ends one of your sessions.
#[utoipa::path(tag = "session", params(Id), security(("session" = [])),
    responses((status = 204, description = "It is over")))]
#[delete("/sessions/{id}")]
pub(crate) async fn end_session(person: Person, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let Person { caller, session } = person;
    state.store.write(caller.actor(), async |write| sessions::end(write, session.subject, id.0).await).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The confidentiality pledge.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pledge {
    /// Which text: to be sent back to accept it.
    #[schema(example = "2026-11")]
    version: &'static str,
    /// The text in Swedish, Finnish and English.
    text: PledgeText,
    /// Whether you have accepted it.
    accepted: bool,
}

/// The pledge in each language.
#[derive(Debug, Serialize, ToSchema)]
pub struct PledgeText {
    /// Swedish.
    sv: &'static str,
    /// Finnish.
    fi: &'static str,
    /// English.
    en: &'static str,
}

/// The acceptance of the pledge.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AcceptedPledge {
    /// `version` of the text that you have read.
    #[serde(default)]
    #[schema(value_type = String, example = "2026-11")]
    version: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Shows the confidentiality pledge, which staff and representatives accept before others' data is shown to them.
#[utoipa::path(tag = "session", security(("session" = [])),
    responses((status = 200, description = "The pledge", body = Pledge)))]
#[get("/pledge")]
pub(crate) async fn read_pledge(person: Person) -> Outcome<HttpResponse> {
    let text = PledgeText { sv: pledge::text("sv"), fi: pledge::text("fi"), en: pledge::text("en") };
    give_plain(&Pledge { version: pledge::VERSION, text, accepted: person.session.pledged })
}

/// Accepts the confidentiality pledge.
#[utoipa::path(tag = "session", request_body = AcceptedPledge, security(("session" = [])),
    responses((status = 204, description = "It is written down")))]
#[post("/pledge")]
pub(crate) async fn accept_pledge(person: Person, state: Data<State>, body: Body<AcceptedPledge>) -> Outcome<HttpResponse> {
    let AcceptedPledge { version, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let version = version.required("/version", &mut problems, |version| {
        if version == pledge::VERSION { Ok(version) } else { Err("is not the text in force; read it again".into()) }
    });
    problems.finish(version)?;
    let Person { caller, session } = person;
    state.store.write(caller.actor(), async |write| pledge::give(write, session.subject).await).await?;
    Ok(HttpResponse::NoContent().finish())
}
