//! The lifecycle rules, as an administrator sees them: what each tells whom, a preview, switched on or resting, run by hand.
//! How they are made and changed stands in [`super::rule_form`].

use std::collections::BTreeMap;

use actix_web::web::{Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use entity::lifecycle_rule::{self, Anchor, Recipient};
use entity::read_audit::Access;
use jobs::dates::{Month, Offset};
use jobs::texts::Language;
use jobs::{Error, Result};
use serde::Deserialize;

use super::card::Done;
use super::runs::{left_out, notice};
use super::shell::Shell;
use super::texts::{Text, text};
use super::{give, give_members, see_other, words};
use crate::access::caller::Scope;
use crate::state::State;
use crate::web::api::lifecycle_rules::{self, Preview};
use crate::web::extract::{Allowed, scope};
use crate::web::problem::Result as Outcome;

struct Row {
    key: String,
    title: String,
    version: i64,
    is_paused: bool,
    since: Option<Text>,
    due: String,
    recipients: Vec<Text>,
    notices: Vec<Text>,
}

#[derive(Template)]
#[template(path = "rules.html")]
struct RulesPage {
    page: Shell,
    rows: Vec<Row>,
    next_month: String,
}

/// Lists the rules.
#[get("/rules")]
pub(crate) async fn list_rules(
    caller: Allowed<scope::Rules>,
    request: HttpRequest,
    state: Data<State>,
    done: Query<Done>,
) -> Outcome<HttpResponse> {
    let page = Shell::of(&request, &state, Some(&caller));
    let language = page.language;
    let rules = lifecycle_rules::list(state.store.database()).await?;
    let rows = rules.into_iter().map(|rule| Row::of(language, state.config.time_zone, rule)).collect();
    let next_month = Month::of(state.store.clock().today()).next().to_string();
    give(&RulesPage { rows, next_month, page: page.saying(done.text(language)) })
}

impl Row {
    fn of(language: Language, zone: chrono_tz::Tz, rule: lifecycle_rule::Model) -> Self {
        let since = rule.active_from.filter(|_| !rule.paused);
        let since = since.map(|at| text(language, "rule-since").with("date", words::moment(language, zone, at)));
        Self {
            since,
            due: due(language, &rule),
            is_paused: rule.paused,
            recipients: rule.recipients.0.iter().map(|to| recipient(language, *to)).collect(),
            notices: rule.notices.0.iter().map(|it| notice(language, *it)).collect(),
            title: title(language, &rule),
            key: rule.key,
            version: rule.version,
        }
    }
}

/// What a rule is for: of those that come with the program in the reader's language, else in the union's own words.
pub(super) fn title(language: Language, rule: &lifecycle_rule::Model) -> String {
    match rule.key.as_str() {
        "graduate-follow-up" if rule.built_in => text(language, "rule-graduates").to_string(),
        "appointment-ending" if rule.built_in => text(language, "rule-appointments").to_string(),
        "student-still-studying" if rule.built_in => text(language, "rule-students").to_string(),
        _ => rule.title.clone(),
    }
}

pub(super) fn recipient(language: Language, recipient: Recipient) -> Text {
    match recipient {
        Recipient::Responsible => text(language, "recipient-responsible"),
        Recipient::Member => text(language, "recipient-member"),
        Recipient::ChiefShopSteward => text(language, "recipient-chief"),
        Recipient::Office => text(language, "recipient-office"),
    }
}

/// When somebody is due: "6 months after the graduation date".
fn due(language: Language, rule: &lifecycle_rule::Model) -> String {
    let Ok(offset) = rule.offset.parse::<Offset>() else { return rule.offset.clone() };
    let (months, days, is_before) = offset.parts();
    let mut parts = Vec::new();
    if months > 0 {
        parts.push(text(language, "span-of-months").with("count", months).to_string());
    }
    if days > 0 {
        parts.push(text(language, "span-of-days").with("count", days).to_string());
    }
    let text = match (rule.anchor, is_before) {
        (Anchor::GraduationDate, _) if parts.is_empty() => return text(language, "due-at-graduation").to_string(),
        (Anchor::AppointmentEnd, _) if parts.is_empty() => return text(language, "due-at-ending").to_string(),
        (Anchor::GraduationDate, true) => text(language, "due-before-graduation"),
        (Anchor::GraduationDate, false) => text(language, "due-after-graduation"),
        (Anchor::AppointmentEnd, true) => text(language, "due-before-ending"),
        (Anchor::AppointmentEnd, false) => text(language, "due-after-ending"),
    };
    text.with("span", parts.join(" ")).to_string()
}

/// Switched on, or resting.
#[derive(Debug, Deserialize)]
pub(crate) struct Switch {
    version: i64,
    paused: bool,
}

/// Switches a rule on, or lets it rest.
#[post("/rules/{rule}/switch")]
pub(crate) async fn switch_rule(
    caller: Allowed<scope::Rules>,
    state: Data<State>,
    key: Path<String>,
    form: Form<Switch>,
) -> Outcome<HttpResponse> {
    state
        .store
        .write(caller.actor(), async |write| {
            let before = lifecycle_rules::load(write.database(), &key).await?;
            // A second press finds it done.
            if before.paused == form.paused {
                return Ok(());
            }
            if before.version != form.version {
                return Err(Error::Stale);
            }
            let after = lifecycle_rule::Model { paused: form.paused, ..before.clone() };
            lifecycle_rules::store(write, &before, after).await.map(|_| ())
        })
        .await?;
    Ok(see_other("/rules?done=saved"))
}

/// Runs by hand what is due for a rule today. What has run is not run again.
#[post("/rules/{rule}/run")]
pub(crate) async fn run_rule(caller: Allowed<scope::Rules>, state: Data<State>, key: Path<String>) -> Outcome<HttpResponse> {
    caller.needs(Scope::Runs)?;
    let done = state.automation().run_by_hand(&key, state.store.clock().today(), false).await?;
    let ran = done.iter().any(|done| done.now);
    Ok(see_other(if ran { "/runs?done=ran" } else { "/runs?done=ran-before" }))
}

#[derive(Template)]
#[template(path = "rule_preview.html")]
struct PreviewPage {
    page: Shell,
    key: String,
    preview: Preview,
    left_out: Vec<Text>,
    rows: Vec<PreviewRow>,
    /// Whether this reader may see names.
    names: bool,
    months: Vec<(String, String)>,
    title: Text,
    rule: Row,
    /// Whether this reader keeps the rules.
    may_change: bool,
}

struct PreviewRow {
    id: uuid::Uuid,
    name: String,
    due: String,
    to: String,
}

/// Which month.
#[derive(Debug, Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    period: String,
    #[serde(flatten)]
    done: Done,
}

/// Shows what a rule would do for a month. Nothing is written and nobody is mailed.
#[get("/rules/{rule}/preview")]
pub(crate) async fn preview_rule(
    caller: Allowed<scope::Preview>,
    request: HttpRequest,
    state: Data<State>,
    key: Path<String>,
    which: Query<Which>,
) -> Outcome<HttpResponse> {
    let page = Shell::of(&request, &state, Some(&caller));
    let language = page.language;
    let this = Month::of(state.store.clock().today());
    let month = which.period.parse().unwrap_or(this.next());
    let rule = Row::of(language, state.config.time_zone, lifecycle_rules::load(state.store.database(), &key).await?);
    let (preview, shown) = lifecycle_rules::preview(&state, &caller, &key, month).await?;
    let rows = preview.items.iter().map(|item| PreviewRow {
        id: item.member.id,
        name: format!("{} {}", item.member.given_names, item.member.surname),
        due: words::date(language, item.due_on),
        to: match &item.responsible {
            Some(member) => format!("{} {}", member.given_names, member.surname),
            None => text(language, "responsible-office").to_string(),
        },
    });
    let months = [this, this.next(), this.next().next()];
    let months = months.map(|it| (format!("/rules/{key}/preview?period={it}"), words::month(language, it.first())));
    let body = PreviewPage {
        title: text(language, "preview-of").with("month", words::month(language, month.first())),
        left_out: reasons(language, &preview.left_out)?,
        rows: rows.collect(),
        names: caller.may(Scope::FollowUps),
        months: months.into(),
        key: key.into_inner(),
        preview,
        rule,
        may_change: caller.may(Scope::Rules),
        page: page.saying(which.done.text(language)),
    };
    give_members(&state, &caller, "preview_page", Access::Listed, shown, &body).await
}

fn reasons(language: Language, counts: &BTreeMap<&'static str, usize>) -> Result<Vec<Text>> {
    let shown = |(reason, count): (&&'static str, &usize)| {
        Ok(left_out(language, reason, i64::try_from(*count).map_err(Error::internal)?))
    };
    counts.iter().map(shown).collect()
}
