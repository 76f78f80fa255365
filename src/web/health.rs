//! Whether the service lives, whether it can answer, and its metrics. For everybody: none of it holds member data.

use std::sync::OnceLock;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use entity::mailing::MailSwitch;
use entity::outbox::MailState;
use jobs::lifecycle::proof::alarms;
use jobs::outbox::report::Report;
use jobs::outbox::switch;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use sea_orm::DatabaseConnection;
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::State;

/// Upper bounds of the buckets for request times, in seconds.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Whether the service can answer, and from what it can be seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// Whether to send requests here.
    ready: bool,
    /// `up` or `down`.
    database: &'static str,
    /// `up` or `down`: without it no member data is given.
    read_audit: &'static str,
    /// `ready` or `building`: while it is built, searches are answered with 503.
    lookup: &'static str,
    /// How outgoing mail stands; null while the database is down.
    mail: Option<MailHealth>,
    /// Runs of lifecycle rules that are missing, late or did not find whom they should: rule, notice and slot of each.
    alarms: Vec<String>,
}

/// How outgoing mail stands. It says nothing about whether to send requests here.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailHealth {
    /// `running` or `paused`.
    switch: MailSwitch,
    /// Mails that are not done with.
    waiting: u64,
    /// Mails that cannot be delivered.
    failed: u64,
    /// Mails of which nobody knows whether they were accepted.
    uncertain: u64,
    /// How long the oldest of those that wait does so.
    oldest_seconds: Option<i64>,
}

/// Alive: the process answers.
#[utoipa::path(tag = "service", responses((status = 200, description = "The process answers", content_type = "text/plain")))]
#[get("/healthz")]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Ready: register and read audit can be used. On SIGTERM the service takes no more connections, and finishes what runs.
#[utoipa::path(tag = "service", responses(
    (status = 200, description = "Send requests here", body = Readiness),
    (status = 503, description = "Do not send requests here", body = Readiness),
))]
#[get("/readyz")]
pub(crate) async fn readyz(state: Data<State>) -> HttpResponse {
    let database = is_up(state.store.database()).await;
    let read_audit = is_up(&state.audit_database).await;
    let ready = database && read_audit;
    let word = |up: bool| if up { "up" } else { "down" };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    HttpResponse::build(status).json(Readiness {
        ready,
        database: word(database),
        read_audit: word(read_audit),
        lookup: if state.names.is_ready() { "ready" } else { "building" },
        mail: mail_health(&state).await.ok(),
        // Not ready says enough; and a service with an alarm answers as well as one without.
        alarms: alarms(&state.store).await.unwrap_or_default().into_iter().map(|alarm| alarm.slot).collect(),
    })
}

/// Metrics in Prometheus' text format; labels are route patterns, never ids or names.
#[utoipa::path(tag = "service", responses((status = 200, description = "Metrics", content_type = "text/plain")))]
#[get("/metrics")]
pub(crate) async fn metrics(state: Data<State>) -> HttpResponse {
    if let Ok(mail) = Report::make(&state.store).await {
        for (word, mails) in &mail.states {
            ::metrics::gauge!("matrikel_mails", "state" => word.clone()).set(*mails as f64);
        }
        let age = mail.oldest.map_or(0, |oldest| (state.store.clock().now() - oldest).num_seconds());
        ::metrics::gauge!("matrikel_mail_oldest_seconds").set(age as f64);
    }
    let text = METRICS.get().map(PrometheusHandle::render).unwrap_or_default();
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text)
}

/// Starts gathering metrics; once in a process.
pub fn gather_metrics() {
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS);
    if let Ok(builder) = builder
        && let Ok(handle) = builder.install_recorder()
    {
        METRICS.get_or_init(|| handle);
    }
}

async fn mail_health(state: &State) -> jobs::Result<MailHealth> {
    let report = Report::make(&state.store).await?;
    let position = switch::position(state.store.database(), state.config.smtp_url.is_some()).await?;
    let now = state.store.clock().now();
    Ok(MailHealth {
        switch: position.switch,
        waiting: report.waiting(),
        failed: report.count(MailState::Failed),
        uncertain: report.count(MailState::Uncertain),
        oldest_seconds: report.oldest.map(|oldest| (now - oldest).num_seconds()),
    })
}

async fn is_up(database: &DatabaseConnection) -> bool {
    database.ping().await.is_ok()
}
