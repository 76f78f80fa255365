//! A member's card at the desk: what is registered, what was checked and when, and one key to say that it is right.

use std::collections::BTreeSet;

use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use entity::follow_up::FollowUpStatus;
use entity::read_audit::Access;
use entity::verification::{Channel, Detail};
use jobs::Error;
use jobs::lifecycle::follow_ups;
use jobs::texts::Language;
use sea_orm::ActiveEnum;
use serde::Deserialize;
use uuid::Uuid;

use super::shell::Shell;
use super::texts::{Text, text};
use super::{give_members, see_other, words};
use crate::access::caller::{Caller, Scope};
use crate::members::appointments::{self, Appointment};
use crate::members::card::{Card, Verified, WorkplaceName, etag};
use crate::members::changes::{self, MemberHistory};
use crate::members::duplicates::{self, LikelyDuplicate};
use crate::members::member::Member;
use crate::members::representatives::{self, Contact};
use crate::members::verify;
use crate::state::State;
use crate::web::extract::{Allowed, Id, IfMatch, scope};
use crate::web::problem::Result as Outcome;

/// How many changes of the history are shown.
const CHANGES: u64 = 12;

/// A detail with its label and when it was checked.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) label: Text,
    pub(super) value: String,
    /// What a press on it does: call, write.
    address: Option<String>,
    pub(super) checked: Option<String>,
    /// What is confirmed, when it can be.
    confirm: Option<String>,
    key: &'static str,
}

/// A representative, ready to be shown.
#[derive(Clone, Debug)]
pub(super) struct Representative {
    pub(super) name: String,
    pub(super) role: Text,
    pub(super) phone: Option<String>,
    pub(super) email: Option<String>,
}

struct Period {
    membership_type: Text,
    from: String,
    until: String,
    reason: String,
}

struct Changed {
    what: Text,
    at: String,
    by: Text,
    fields: Vec<String>,
}

#[derive(Template)]
#[template(path = "card.html")]
struct CardPage {
    page: Shell,
    facts: Vec<String>,
    protection: Option<Text>,
    rows: Vec<Row>,
    may_edit: bool,
    etag: String,
    periods: Vec<Period>,
    history: Vec<Changed>,
    representatives: Vec<Representative>,
    appointments: Vec<String>,
    follow_ups: Vec<Text>,
    duplicates: Vec<Duplicate>,
    card: Card,
}

/// Somebody who is likely the same person.
struct Duplicate {
    id: Uuid,
    name: String,
    facts: String,
}

/// What was just done, as a word in the address.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
}

impl Done {
    pub(super) fn of(done: Option<String>) -> Self {
        Self { done }
    }

    pub(super) fn text(&self, language: Language) -> Option<Text> {
        match self.done.as_deref()? {
            "saved" => Some(text(language, "saved")),
            "password" => Some(text(language, "password-changed")),
            "second-factor" => Some(text(language, "second-factor-changed")),
            "confirmed" => Some(text(language, "confirmed")),
            "answered" => Some(text(language, "answered")),
            "asked" => Some(text(language, "email-asked")),
            "recorded" => Some(text(language, "recorded")),
            "ran" => Some(text(language, "ran")),
            "ran-before" => Some(text(language, "ran-before")),
            "registered" => Some(text(language, "registered")),
            "undone" => Some(text(language, "undone")),
            "nothing" => Some(text(language, "nothing-changed")),
            _ => None,
        }
    }
}

/// Shows a member's card.
#[get("/desk/members/{id}")]
pub(crate) async fn show_card(
    caller: Allowed<scope::Read>,
    request: HttpRequest,
    state: Data<State>,
    id: Id,
    done: Query<Done>,
) -> Outcome<HttpResponse> {
    let (database, today, zone) = (state.store.database(), state.store.clock().today(), state.config.time_zone);
    let member = Member::load(database, &caller.viewer(), id.0).await?;
    let contacts = representatives::of(database, &member, today).await?;
    let card = Card::of(database, member.clone(), today).await?;
    let changes = changes::of_member(database, id.0, None, CHANGES).await?;
    let filter = appointments::Filter { member_id: Some(id.0), ..Default::default() };
    let held = appointments::list(database, &caller.viewer(), &filter, None, CHANGES).await?;
    let page = Shell::of(&request, &state, Some(&caller)).with_keys();
    let language = page.language;
    let duplicates = match duplicates::of_member(&state.store, &state.names, &caller.viewer(), id.0).await {
        // The index is being built; the card is shown all the same.
        Err(Error::Busy(_)) => Vec::new(),
        found => found?,
    };
    let follow_ups =
        if caller.may(Scope::FollowUps) { open_follow_ups(&state, &caller, language, id.0).await? } else { Vec::new() };
    let page = page.saying(done.text(language));
    let scope = if card.protection.is_some() { Scope::MembersProtect } else { Scope::MembersWrite };
    let others = contacts.iter().map(|contact| contact.id).chain(duplicates.iter().map(|member| member.id));
    let shown: BTreeSet<Uuid> = std::iter::once(id.0).chain(others).collect();
    let periods = member.periods.iter().map(|period| Period {
        membership_type: words::membership_type(language, period.membership_type),
        from: period.valid_from.map_or_else(|| page.text("before-register").to_string(), |day| words::date(language, day)),
        until: period.valid_until.map_or_else(|| page.text("goes-on").to_string(), |day| words::date(language, day)),
        reason: period.leave_reason.map(|reason| words::leave_reason(language, reason).to_string()).unwrap_or_default(),
    });
    let body = CardPage {
        facts: facts(language, &card),
        protection: card.protection.map(|_| page.text("protected")),
        rows: rows(language, zone, &card),
        may_edit: caller.may(scope),
        etag: etag(&card)?,
        periods: periods.collect(),
        history: changes.items.iter().map(|change| changed(language, zone, change)).collect(),
        representatives: contacts.iter().map(|contact| Representative::of(language, contact)).collect(),
        appointments: held.items.iter().map(|appointment| appointed(language, appointment)).collect(),
        follow_ups,
        duplicates: duplicates.iter().map(|member| Duplicate::of(language, member)).collect(),
        page,
        card,
    };
    give_members(&state, &caller, "desk_card", Access::Opened, shown.into_iter().collect(), &body).await
}

impl Duplicate {
    fn of(language: Language, member: &LikelyDuplicate) -> Self {
        let born = member.birth_date.map(|day| text(language, "born-on").with("date", words::date(language, day)).to_string());
        let number = text(language, "number").with("number", member.member_number.clone()).to_string();
        Self {
            id: member.id,
            name: format!("{} {}", member.given_names, member.surname),
            facts: [Some(number), born].into_iter().flatten().collect::<Vec<_>>().join(" · "),
        }
    }
}

/// What is to be followed up with her, in a line each.
async fn open_follow_ups(state: &State, caller: &Caller, language: Language, member: Uuid) -> jobs::Result<Vec<Text>> {
    let mut lines = Vec::new();
    for status in [FollowUpStatus::Open, FollowUpStatus::Contacted] {
        let filter = follow_ups::Filter { member: Some(member), status: Some(status), ..Default::default() };
        let rows = follow_ups::list(state.store.database(), &caller.viewer(), &filter, None, CHANGES).await?;
        lines.extend(rows.iter().map(|row| text(language, "due-on").with("date", words::date(language, row.due_on))));
    }
    Ok(lines)
}

/// What was checked with the caller.
#[derive(Debug, Deserialize)]
pub(crate) struct Confirmation {
    detail: String,
    version: String,
}

/// Notes that a detail was checked with the caller on the telephone and is right.
#[post("/desk/members/{id}/confirm")]
pub(crate) async fn confirm(
    caller: Allowed<scope::Contact>,
    state: Data<State>,
    id: Id,
    form: Form<Confirmation>,
) -> Outcome<HttpResponse> {
    let Ok(detail) = Detail::try_from_value(&form.detail) else { return Err(Error::invalid("/detail", "is no detail").into()) };
    let version = IfMatch::of(&form.version);
    let done = state
        .store
        .write(caller.actor(), async |write| {
            let member = Member::load(write.database(), &caller.viewer(), id.0).await?;
            if member.row.protection.is_some() {
                caller.needs(Scope::MembersProtect)?;
            }
            let card = Card::of(write.database(), member.clone(), write.clock().today()).await?;
            // A second press finds it confirmed: nothing is wrong, and nothing is to be done.
            let checked = card.verified.iter().any(|it| it.detail == detail && it.at.date_naive() == write.now().date_naive());
            if checked && version.check(&etag(&card)?).is_err() {
                return Ok(());
            }
            version.check(&etag(&card)?)?;
            verify::verify(write, &member, &[detail], Channel::Phone).await
        })
        .await;
    done?;
    Ok(see_other(&format!("/desk/members/{}?done=confirmed", id.0)))
}

impl Representative {
    pub(super) fn of(language: Language, contact: &Contact) -> Self {
        Self {
            name: contact.name.clone(),
            role: words::appointment_role(language, contact.role),
            phone: contact.phone.clone(),
            email: contact.email.clone(),
        }
    }
}

/// What says in one line who she is.
fn facts(language: Language, card: &Card) -> Vec<String> {
    let mut facts = vec![text(language, "number").with("number", card.member_number.clone()).to_string()];
    if let Some(day) = card.birth_date {
        facts.push(text(language, "born-on").with("date", words::date(language, day)).to_string());
    }
    match &card.membership {
        Some(membership) => {
            let kind = words::membership_type(language, membership.membership_type).to_string();
            facts.push(if membership.current { kind } else { text(language, "was-member").with("type", kind).to_string() });
        }
        None => facts.push(text(language, "periods-none").to_string()),
    }
    if !card.former_surnames.is_empty() {
        facts.push(text(language, "formerly").with("names", card.former_surnames.join(", ")).to_string());
    }
    facts
}

/// The address in one line.
pub(super) fn address(card: &Card) -> String {
    let place = [card.postal_code.as_deref(), card.city.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let parts = [card.street.clone(), Some(place), card.country.clone()];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn workplace(place: &WorkplaceName) -> String {
    match &place.employer {
        Some(employer) => format!("{}, {employer}", place.name),
        None => place.name.clone(),
    }
}

/// The details of a card, those that are checked at every meeting first.
pub(super) fn rows(language: Language, zone: chrono_tz::Tz, card: &Card) -> Vec<Row> {
    let checked = |detail: Detail| {
        let Some(Verified { at, by, channel, .. }) = card.verified.iter().find(|it| it.detail == detail) else {
            return text(language, "never-checked").to_string();
        };
        text(language, "checked")
            .with("date", words::date(language, at.with_timezone(&zone).date_naive()))
            .with_shown("by", words::actor(language, by))
            .with_shown("how", words::channel(language, *channel))
            .to_string()
    };
    let plain = |label: Text, value: Option<String>| Row {
        label,
        value: value.unwrap_or_default(),
        address: None,
        checked: None,
        confirm: None,
        key: "",
    };
    let confirmed = |detail: Detail, value: Option<String>, address: Option<String>, key: &'static str| Row {
        label: words::detail(language, detail),
        address,
        checked: value.is_some().then(|| checked(detail)),
        value: value.unwrap_or_default(),
        confirm: Some(detail.to_value()),
        key,
    };
    let write = card.email.as_ref().map(|email| format!("mailto:{email}"));
    let call = card.phone.as_ref().filter(|_| card.phone_understood).map(|phone| format!("tel:{phone}"));
    let places = card.workplaces.iter().map(workplace).collect::<Vec<_>>().join("; ");
    let mut rows = vec![
        confirmed(Detail::Email, card.email.clone(), write, "1"),
        confirmed(Detail::Phone, card.phone.clone(), call, "2"),
        confirmed(Detail::Occupation, card.occupation.clone(), None, "3"),
        confirmed(Detail::Workplace, Some(places).filter(|places| !places.is_empty()), None, "4"),
        plain(text(language, "address"), Some(address(card))),
        plain(text(language, "field-language"), card.language.as_deref().map(words::language_name)),
    ];
    if let Some(branch) = &card.local_branch {
        rows.push(plain(text(language, "local-branch"), Some(branch.name.clone())));
    }
    if let Some(school) = &card.school {
        rows.push(plain(text(language, "school"), Some(school.name.clone())));
    }
    if let Some(day) = card.graduation_date {
        let day = words::date(language, day);
        let shown = match card.graduation_confirmed_on {
            Some(_) => day,
            None => text(language, "graduation-expected").with("date", day).to_string(),
        };
        rows.push(plain(text(language, "graduation-date"), Some(shown)));
    }
    rows
}

/// What the history says of one change: old and new value where they are words a reader knows.
fn changed(language: Language, zone: chrono_tz::Tz, change: &MemberHistory) -> Changed {
    let fields = change.changes.as_ref().and_then(serde_json::Value::as_object).into_iter().flatten();
    let fields = fields.filter_map(|(name, values)| {
        let label = words::field(language, name)?;
        let shown = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) if !name.ends_with("_ids") && !name.ends_with("_id") => Some(text.clone()),
            serde_json::Value::Null => Some(text(language, "nothing").to_string()),
            _ => None,
        };
        let typed = !matches!(name.as_str(), "membership_type" | "leave_reason" | "personal_identity_number");
        match (shown(&values["old"]), shown(&values["new"])) {
            (Some(old), Some(new)) if typed && old != new => Some(format!("{label}: {old} → {new}")),
            _ => Some(label.to_string()),
        }
    });
    Changed {
        what: words::change(language, change.subject_type, change.kind),
        at: words::moment(language, zone, change.at),
        by: words::actor(language, &change.by),
        fields: fields.collect(),
    }
}

/// An appointment in one line.
pub(super) fn appointed(language: Language, appointment: &Appointment) -> String {
    let place = appointment.workplace.as_ref().map(workplace);
    let unit = appointment.school.as_ref().or(appointment.local_branch.as_ref()).map(|unit| unit.name.clone());
    let role = words::appointment_role(language, appointment.role);
    let line = format!("{role}, {}", place.or(unit).unwrap_or_default());
    match appointment.valid_until {
        Some(day) => format!("{line}, {}", text(language, "until-day").with("date", words::date(language, day))),
        None => line,
    }
}
