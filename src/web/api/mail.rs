//! Mail: the switch, the outbox without contents and addresses, a test mail; and for staff the addresses that are wrong.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, delete, get, post};
use chrono::{DateTime, Utc};
use entity::mailing::MailSwitch;
use entity::outbox::{self as row, MailPriority, MailState};
use jobs::mails::TestMail;
use jobs::outbox::report::Report;
use jobs::outbox::{self, Needs, NewMail, Recipient, switch};
use jobs::texts::Language;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::members::list::{Page, read_cursor, write_cursor};
use crate::members::rules::{self, Problems};
use crate::members::undeliverable::{self, Undeliverable};
use crate::state::State;
use crate::web::answer::{Answer, Once, give_list, give_plain};
use crate::web::extract::{Allowed, Body, Field, Id, PageQuery, Unknown, limit, scope};
use crate::web::problem::Result as Outcome;

/// How outgoing mail stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mail {
    /// `running` or `paused`.
    switch: MailSwitch,
    /// When it was last started or paused; null while nobody has.
    changed_at: Option<DateTime<Utc>>,
    /// Whether mails go to a relay; else they are written into files.
    relay: bool,
    /// How many mails there are in each state but `accepted` and `withdrawn`.
    #[schema(example = json!({"queued": 2, "claimed": 0, "data_started": 0, "dot_sent": 0, "retry": 1, "failed": 0, "uncertain": 0}))]
    mails: BTreeMap<String, u64>,
    /// When the oldest mail that is not done with was written.
    oldest: Option<DateTime<Utc>>,
}

/// A mail to come.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnqueuedMail {
    /// Under which it stands in the outbox.
    id: Uuid,
}

/// To whom a test mail goes.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewTestMail {
    /// The address.
    #[serde(default)]
    #[schema(value_type = String, format = Email, example = "anna@example.org")]
    to: Field<String>,
    /// `sv`, `fi` or `en`; left out, the default language.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(sv|fi|en)$", example = "sv")]
    language: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// A mail of the outbox, without its contents and its address.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutboxMail {
    /// Its id; also the left part of its Message-ID.
    id: Uuid,
    /// What it is.
    #[schema(example = "test_mail")]
    kind: String,
    /// `rule/notice/period`, for mails of lifecycle rules.
    slot: Option<String>,
    /// `sign_in`, `notice` or `list`.
    #[schema(example = "notice")]
    priority: &'static str,
    /// The language it is written in.
    language: String,
    /// How far it is.
    state: MailState,
    /// How often sending it was begun.
    attempts: i32,
    /// When it is tried next.
    next_attempt_at: Option<DateTime<Utc>>,
    /// Why the last attempt did not succeed: the step and codes.
    #[schema(example = "RCPT: 450 4.2.0")]
    last_error: Option<String>,
    /// When it was written.
    created_at: DateTime<Utc>,
    /// When it was accepted, failed or withdrawn.
    finished_at: Option<DateTime<Utc>>,
}

impl From<row::Model> for OutboxMail {
    fn from(row: row::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            slot: row.slot,
            priority: match row.priority {
                MailPriority::SignIn => "sign_in",
                MailPriority::Notice => "notice",
                MailPriority::List => "list",
            },
            language: row.language,
            state: row.state,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at,
            last_error: row.last_error,
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

/// Which mails to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OutboxQuery {
    /// In this state.
    state: Option<MailState>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
    /// `next` of the page before.
    after: Option<String>,
}

/// Says how outgoing mail stands.
#[utoipa::path(tag = "mail", security(("token" = ["mail"])),
    responses((status = 200, description = "How it stands", body = Mail)))]
#[get("/mail")]
pub(crate) async fn read_mail(_caller: Allowed<scope::Mail>, state: Data<State>) -> Outcome<HttpResponse> {
    let report = Report::make(&state.store).await?;
    give_plain(&standing(&state, state.store.database(), report).await?)
}

/// Starts outgoing mail. With a relay set, nothing goes out before.
#[utoipa::path(tag = "mail", params(Once), security(("token" = ["mail"])),
    responses((status = 200, description = "How it stands now", body = Mail)))]
#[post("/mail/start")]
pub(crate) async fn start_mail(caller: Allowed<scope::Mail>, state: Data<State>, once: Once) -> Outcome<HttpResponse> {
    set(caller, state, once, MailSwitch::Running, "start_mail").await
}

/// Stops all outgoing mail, sign-in mail too. What is on its way arrives; nothing more is begun, and nothing is lost.
#[utoipa::path(tag = "mail", params(Once), security(("token" = ["mail"])),
    responses((status = 200, description = "How it stands now", body = Mail)))]
#[post("/mail/pause")]
pub(crate) async fn pause_mail(caller: Allowed<scope::Mail>, state: Data<State>, once: Once) -> Outcome<HttpResponse> {
    set(caller, state, once, MailSwitch::Paused, "pause_mail").await
}

async fn set(
    caller: Allowed<scope::Mail>,
    state: Data<State>,
    once: Once,
    position: MailSwitch,
    operation: &'static str,
) -> Outcome<HttpResponse> {
    let report = Report::make(&state.store).await?;
    once.run(&state, &caller, operation, &[], async |write| {
        switch::set(write, position).await?;
        Answer::of(StatusCode::OK, &standing(&state, write.database(), report.clone()).await?)
    })
    .await
}

async fn standing(state: &State, database: &impl ConnectionTrait, report: Report) -> jobs::Result<Mail> {
    let relay = state.config.smtp_url.is_some();
    let position = switch::position(database, relay).await?;
    Ok(Mail { switch: position.switch, changed_at: position.changed_at, relay, mails: report.states, oldest: report.oldest })
}

/// Writes a test mail. It goes the way of every mail, so a paused switch holds it too.
#[utoipa::path(tag = "mail", params(Once), request_body = NewTestMail, security(("token" = ["mail"])),
    responses((status = 202, description = "It is in the outbox", body = EnqueuedMail)))]
#[post("/mail/test")]
pub(crate) async fn send_test_mail(
    caller: Allowed<scope::Mail>,
    state: Data<State>,
    once: Once,
    body: Body<NewTestMail>,
) -> Outcome<HttpResponse> {
    let NewTestMail { to, language, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let to = to.required("/to", &mut problems, |address| {
        let address = rules::email(&address)?;
        if outbox::is_usable(&address) { Ok(address) } else { Err("is no address to which mail can be sent".into()) }
    });
    let language = language.optional("/language", &mut problems, |code| {
        Language::ALL.into_iter().find(|language| language.code() == code).ok_or_else(|| "write sv, fi or en".into())
    });
    let address = problems.finish(to)?;
    let language = language.unwrap_or_else(|| state.outbox.language(None));
    let content = TestMail { asked_on: state.store.clock().today() }.render(&state.outbox.letterhead(language))?;
    once.run(&state, &caller, "send_test_mail", &body.bytes, async |write| {
        let mail = NewMail {
            dedupe_key: format!("test_mail/{}", write.new_id()),
            priority: MailPriority::Notice,
            kind: TestMail::KIND,
            slot: None,
            to: Recipient { member_id: None, name: None, address: address.clone() },
            language,
            content: content.clone(),
            needs: Needs::default(),
        };
        let id = state.outbox.enqueue(write, mail).await?.id();
        Answer::of(StatusCode::ACCEPTED, &EnqueuedMail { id })
    })
    .await
}

/// Lists the mails of the outbox in the order in which they were written.
#[utoipa::path(tag = "mail", params(OutboxQuery), security(("token" = ["mail"])),
    responses((status = 200, description = "A page of mails", body = Page<OutboxMail>)))]
#[get("/outbox")]
pub(crate) async fn list_outbox(
    _caller: Allowed<scope::Mail>,
    state: Data<State>,
    query: Query<OutboxQuery>,
) -> Outcome<HttpResponse> {
    let most = limit(query.limit)?;
    let after = query.after.as_deref().map(read_cursor).transpose()?;
    let rows = outbox::list(&state.store, query.state, after, most + 1).await?;
    give_plain(&Page::cut(rows, most, |row| write_cursor(row.id)).map(OutboxMail::from))
}

/// Sends a failed mail once more, with the same Message-ID. Its message is kept for 30 days.
#[utoipa::path(tag = "mail", params(Id, Once), security(("token" = ["mail"])),
    responses((status = 200, description = "It waits again", body = OutboxMail)))]
#[post("/outbox/{id}/retry")]
pub(crate) async fn retry_mail(caller: Allowed<scope::Mail>, state: Data<State>, id: Id, once: Once) -> Outcome<HttpResponse> {
    once.run(&state, &caller, "retry_mail", &[], async |write| {
        Answer::of(StatusCode::OK, &OutboxMail::from(outbox::retry(write, id.0).await?))
    })
    .await
}

/// Lists the members to whom mail cannot be delivered, the longest first: ask them for an address.
#[utoipa::path(tag = "mail", params(PageQuery), security(("token" = ["members:write"])),
    responses((status = 200, description = "A page of addresses", body = Page<Undeliverable>)))]
#[get("/undeliverable-addresses")]
pub(crate) async fn list_undeliverable_addresses(
    caller: Allowed<scope::Contact>,
    state: Data<State>,
    query: Query<PageQuery>,
) -> Outcome<HttpResponse> {
    let after = query.after.as_deref().map(read_cursor).transpose()?;
    let page = undeliverable::list(state.store.database(), &caller.viewer(), after, limit(query.limit)?).await?;
    let shown = page.items.iter().map(|item| item.member_id).collect();
    give_list(&state, &caller, "list_undeliverable_addresses", shown, &page).await
}

/// Says that an address is right after all: mail is sent to it again.
#[utoipa::path(tag = "mail", params(Id), security(("token" = ["members:write"])),
    responses((status = 204, description = "It is used again")))]
#[delete("/undeliverable-addresses/{id}")]
pub(crate) async fn resolve_undeliverable_address(
    caller: Allowed<scope::Contact>,
    state: Data<State>,
    id: Id,
) -> Outcome<HttpResponse> {
    let viewer = caller.viewer();
    state.store.write(caller.actor(), async |write| undeliverable::resolve(write, &viewer, id.0).await).await?;
    Ok(HttpResponse::NoContent().finish())
}
