//! What the lifecycle rules have done, as an administrator sees it: the proof of each run, and what is not as it should be.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;
use entity::lifecycle_rule::Notice;
use entity::lifecycle_run;
use jobs::lifecycle::proof::alarms;
use jobs::mails::alarm::Wrong;
use jobs::texts::Language;
use serde::Deserialize;

use super::card::Done;
use super::shell::Shell;
use super::texts::{Text, text};
use super::{give, words};
use crate::members::list::read_cursor;
use crate::state::State;
use crate::web::api::runs;
use crate::web::extract::{Allowed, scope};
use crate::web::problem::Result as Outcome;

/// How many stand on a page.
const ON_A_PAGE: u64 = 50;

struct Alarm {
    slot: String,
    wrong: Text,
    detail: String,
}

struct Row {
    slot: String,
    rule: String,
    notice: Text,
    at: String,
    how: Text,
    is_well: bool,
    due: i64,
    listed: i64,
    mailed: i64,
    expected: i64,
    rerouted: i64,
    left_out: Vec<Text>,
    failed: i64,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "runs.html")]
struct RunsPage {
    page: Shell,
    alarms: Vec<Alarm>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// From where on, and what was just done.
#[derive(Debug, Deserialize)]
pub(crate) struct From {
    after: Option<String>,
    done: Option<String>,
}

/// Lists the runs, the newest first, below what is not as it should be.
#[get("/runs")]
pub(crate) async fn list_runs(
    caller: Allowed<scope::Runs>,
    request: HttpRequest,
    state: Data<State>,
    from: Query<From>,
) -> Outcome<HttpResponse> {
    let after = from.after.as_deref().map(read_cursor).transpose()?;
    let runs = runs::list(state.store.database(), None, after, ON_A_PAGE).await?;
    let page = Shell::of(&request, &state, Some(&caller));
    let language = page.language;
    let alarms = alarms(&state.store).await?.into_iter().map(|alarm| Alarm {
        wrong: match alarm.wrong {
            Wrong::Missing => text(language, "alarm-missing"),
            Wrong::Unfinished => text(language, "alarm-unfinished"),
            Wrong::Doubtful => text(language, "alarm-doubtful"),
        },
        slot: alarm.slot,
        detail: alarm.detail,
    });
    let done = Done::of(from.done.clone()).text(language);
    let rows = runs.items.into_iter().map(|run| Row::of(language, state.config.time_zone, run)).collect();
    give(&RunsPage { alarms: alarms.collect(), rows, next: runs.next, page: page.saying(done) })
}

impl Row {
    fn of(language: Language, zone: chrono_tz::Tz, run: lifecycle_run::Model) -> Self {
        let reasons = run.left_out.as_object().into_iter().flatten();
        let left_out = reasons.map(|(reason, count)| left_out(language, reason, count.as_i64().unwrap_or_default()));
        Self {
            how: match (run.finished_at, run.by_hand, run.caught_up) {
                (None, ..) => text(language, "run-unfinished"),
                (Some(_), true, _) => text(language, "run-by-hand"),
                (Some(_), _, true) => text(language, "run-caught-up"),
                (Some(_), ..) => text(language, "run-in-time"),
            },
            is_well: run.finished_at.is_some() && run.error.is_none() && run.mailed == run.expected_mails,
            at: words::moment(language, zone, run.started_at),
            notice: notice(language, run.notice),
            left_out: left_out.collect(),
            slot: run.slot,
            rule: run.rule_key,
            due: run.due,
            listed: run.listed,
            mailed: run.mailed,
            expected: run.expected_mails,
            rerouted: run.rerouted,
            failed: run.failed,
            error: run.error,
        }
    }
}

/// A notice of a rule.
pub(super) fn notice(language: Language, notice: Notice) -> Text {
    match notice {
        Notice::MonthAhead => text(language, "notice-month-ahead"),
        Notice::OnTheDay => text(language, "notice-on-the-day"),
        Notice::StillOpen => text(language, "notice-still-open"),
    }
}

/// How many were left out, and why.
pub(super) fn left_out(language: Language, reason: &str, count: i64) -> Text {
    let text = match reason {
        "left" => text(language, "left-out-left"),
        "deceased" => text(language, "left-out-deceased"),
        "contacted" => text(language, "left-out-contacted"),
        _ => text(language, "left-out-listed"),
    };
    text.with_shown("count", count)
}
