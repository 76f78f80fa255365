//! The follow-up list: whom a representative contacts, how to reach them, and what came of it, in two presses. Staff and
//! the privacy officer see the same page of everybody whom they may see.

use std::collections::{BTreeSet, HashMap, HashSet};

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use chrono::NaiveDate;
use entity::follow_up::{self, FollowUpStatus, FollowUpSubject, Office, Outcome as Came};
use entity::member;
use entity::read_audit::Access;
use jobs::dates::Month;
use jobs::lifecycle::follow_ups::{self, Change, Filter};
use jobs::texts::Language;
use jobs::{Error, Result};
use sea_orm::ActiveEnum;
use serde::Deserialize;
use uuid::Uuid;

use super::card::{Done, appointed};
use super::shell::Shell;
use super::texts::{Text, text};
use super::{give_members, see_other, words};
use crate::access::caller::Caller;
use crate::members::appointments;
use crate::members::list::Page;
use crate::state::State;
use crate::web::api::follow_ups::note;
use crate::web::extract::{Allowed, Id, limit, scope};
use crate::web::problem::Result as Outcome;

/// The most of each part of the list.
const MOST: u64 = 200;

/// Which follow-ups, as the links in mails ask for them.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Which {
    /// Due in this month: `2027-01`.
    #[serde(default)]
    period: String,
    /// `open` leaves out what is done; `told` keeps what was told of appointments that end.
    #[serde(default)]
    status: String,
    /// `office` keeps those that an office has.
    #[serde(default)]
    office: String,
    #[serde(flatten)]
    done: Done,
}

impl Which {
    fn month(&self) -> Option<Month> {
        self.period.parse().ok()
    }

    /// As the page's address.
    fn address(&self) -> String {
        let month = self.month().map(|month| format!("period={month}"));
        let status = ["open", "told"].into_iter().find(|status| self.status == *status);
        let office = self.only_office().then(|| "office=office".to_owned());
        let parts = [month, status.map(|status| format!("status={status}")), office];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "/follow-ups".to_owned() } else { format!("/follow-ups?{}", parts.join("&")) }
    }

    fn only_office(&self) -> bool {
        self.office == "office"
    }

    fn only_told(&self) -> bool {
        self.status == "told"
    }
}

/// A follow-up, ready to be shown.
struct Entry {
    id: Uuid,
    version: i64,
    member: Uuid,
    name: String,
    phone: Option<String>,
    call: Option<String>,
    email: Option<String>,
    since: Text,
    /// Of what somebody has to do.
    due: Option<Text>,
    tags: Vec<Text>,
    responsible: Option<Text>,
    outcome: Option<Text>,
    note: String,
    contacted: Option<Text>,
    may_record: bool,
    /// What is wrong with what was just sent.
    wrong: Option<Text>,
}

struct Part {
    id: &'static str,
    title: Text,
    is_late: bool,
    entries: Vec<Entry>,
    more: bool,
}

/// What was sent and has to be looked at again.
struct Again {
    id: Uuid,
    note: String,
    wrong: Text,
}

#[derive(Template)]
#[template(path = "follow_ups.html")]
struct FollowUpsPage {
    page: Shell,
    title: Text,
    parts: Vec<Part>,
    appointments: Vec<String>,
    /// Address and name of the months around.
    months: Vec<(String, String)>,
    is_staff: bool,
    which: Which,
    outcomes: Vec<(String, Text)>,
}

/// Every outcome, the usual ones first.
const OUTCOMES: [Came; 7] =
    [Came::Reached, Came::NoAnswer, Came::Stays, Came::StillStudying, Came::Leaves, Came::MovedAbroad, Came::WrongDetails];

/// Shows the list.
#[get("/follow-ups")]
pub(crate) async fn list_follow_ups(
    caller: Allowed<scope::FollowUps>,
    request: HttpRequest,
    state: Data<State>,
    which: Query<Which>,
) -> Outcome<HttpResponse> {
    show(&caller, &request, &state, which.into_inner(), None).await
}

async fn show(
    caller: &Caller,
    request: &HttpRequest,
    state: &State,
    which: Which,
    again: Option<Again>,
) -> Outcome<HttpResponse> {
    let page = Shell::of(request, state, Some(caller));
    let language = page.language;
    let (database, viewer, today) = (state.store.database(), caller.viewer(), state.store.clock().today());
    let rows = Rows::read(caller, state, &which).await?;
    let people: BTreeSet<Uuid> = rows.all().flat_map(|row| [Some(row.member_id), row.responsible_member_id]).flatten().collect();
    let names = follow_ups::members(database, &viewer, people).await?;
    let professionals = follow_ups::professionals(database, rows.all().map(|row| row.member_id), today).await?;
    let oneself = caller.oneself();
    let appointments = match oneself {
        Some(id) => {
            let filter = appointments::Filter { member_id: Some(id), on: Some(today), ..Default::default() };
            appointments::list(database, &entity::visibility::Viewer::Oneself(id), &filter, None, MOST).await?.items
        }
        None => Vec::new(),
    };
    let maker =
        Maker { language, zone: state.config.time_zone, names: &names, professionals: &professionals, oneself, again: &again };
    let parts: Vec<Part> = rows.into_parts(&maker, &which);
    let entries = || parts.iter().flat_map(|part| &part.entries);
    let shown: BTreeSet<Uuid> = entries().map(|entry| entry.member).chain(names.keys().copied()).chain(oneself).collect();
    let month = which.month().unwrap_or(Month::of(today));
    let months = [Month::of(month.first().pred_opt().unwrap_or(today)), month, month.next()].map(|month| {
        let mut at = Which { period: month.to_string(), done: Done::default(), ..which.clone() };
        if which.only_told() {
            at.status.clear();
        }
        (at.address(), words::month(language, month.first()))
    });
    let body = FollowUpsPage {
        title: match which.month() {
            _ if which.only_told() => page.text("follow-ups-ending"),
            Some(month) => page.text("follow-ups-of").with("month", words::month(language, month.first())),
            None => page.text("follow-ups"),
        },
        parts,
        appointments: appointments.iter().map(|appointment| appointed(language, appointment)).collect(),
        months: months.into(),
        is_staff: oneself.is_none(),
        outcomes: OUTCOMES.map(|outcome| (outcome.to_value(), words::outcome(language, outcome))).into(),
        page: page.saying(which.done.text(language)),
        which,
    };
    let mut answer = give_members(state, caller, "follow_ups_page", Access::Opened, shown.into_iter().collect(), &body).await?;
    if again.is_some() {
        *answer.status_mut() = StatusCode::CONFLICT;
    }
    Ok(answer)
}

/// The rows of the page, by part.
struct Rows {
    overdue: Page<follow_up::Model>,
    coming: Page<follow_up::Model>,
    done: Page<follow_up::Model>,
    /// Appointments that end, of which somebody was told.
    ending: Page<follow_up::Model>,
}

impl Rows {
    async fn read(caller: &Caller, state: &State, which: &Which) -> Result<Self> {
        let (viewer, today) = (caller.viewer(), state.store.clock().today());
        let of = Filter {
            // A representative's list is what she is responsible for.
            responsible: caller.oneself(),
            office: (caller.oneself().is_none() && which.only_office()).then_some(Office::Office),
            ..Filter::default()
        };
        let month = which.month();
        let list = async |status, from: Option<NaiveDate>, until: Option<NaiveDate>| -> Result<Vec<follow_up::Model>> {
            let filter = Filter { status: Some(status), from, until, ..of.clone() };
            follow_ups::list(state.store.database(), &viewer, &filter, None, limit(Some(MOST))? + 1).await
        };
        let to_do = async |from, until| -> Result<Page<follow_up::Model>> {
            let mut rows = list(FollowUpStatus::Open, from, until).await?;
            rows.extend(list(FollowUpStatus::Contacted, from, until).await?);
            rows.sort_by_key(|row| (row.due_on, row.id));
            Ok(Page::cut(rows, MOST, |row| row.id.to_string()))
        };
        let (from, until) = (month.map(Month::first), month.map(Month::last));
        let none = || Page { items: Vec::new(), next: None };
        let ending = match month {
            None if !which.only_office() => {
                let rows = follow_ups::ending(state.store.database(), &viewer, today, MOST + 1).await?;
                Page::cut(rows, MOST, |row| row.id.to_string())
            }
            _ => none(),
        };
        if which.only_told() {
            return Ok(Self { overdue: none(), coming: none(), done: none(), ending });
        }
        let yesterday = today.pred_opt();
        let overdue = to_do(None, yesterday).await?;
        let coming = to_do(Some(from.map_or(today, |from| from.max(today))), until).await?;
        let done = match which.status.as_str() {
            "open" => none(),
            _ => {
                let rows = list(FollowUpStatus::Outcome, from, until).await?;
                Page::cut(rows, MOST, |row| row.id.to_string())
            }
        };
        Ok(Self { overdue, coming, done, ending })
    }

    fn all(&self) -> impl Iterator<Item = &follow_up::Model> {
        self.overdue.items.iter().chain(&self.coming.items).chain(&self.done.items).chain(&self.ending.items)
    }

    fn into_parts(self, maker: &Maker<'_>, which: &Which) -> Vec<Part> {
        let language = maker.language;
        let part = |id, title, is_late, page: Page<follow_up::Model>| Part {
            id,
            title,
            is_late,
            more: page.next.is_some(),
            entries: page.items.iter().filter_map(|row| maker.entry(row)).collect(),
        };
        let mut parts = vec![
            part("coming", text(language, "follow-ups-coming"), false, self.coming),
            part("overdue", text(language, "follow-ups-overdue"), true, self.overdue),
            part("done", text(language, "follow-ups-done"), false, self.done),
            part("ending", text(language, "follow-ups-ending"), false, self.ending),
        ];
        // What is late comes first, unless a month was asked for.
        if which.month().is_none() {
            parts.swap(0, 1);
        }
        let stays = if which.only_told() { "ending" } else { "coming" };
        parts.retain(|part| part.id == stays || !part.entries.is_empty());
        parts
    }
}

/// What an entry is made with.
struct Maker<'a> {
    language: Language,
    zone: chrono_tz::Tz,
    names: &'a HashMap<Uuid, member::Model>,
    professionals: &'a HashSet<Uuid>,
    oneself: Option<Uuid>,
    again: &'a Option<Again>,
}

impl Maker<'_> {
    /// None for a member who went out of sight since the row was read.
    fn entry(&self, row: &follow_up::Model) -> Option<Entry> {
        let language = self.language;
        let member = self.names.get(&row.member_id)?;
        let name = |member: &member::Model| format!("{} {}", member.given_names, member.surname);
        let day = |key: Text, day: NaiveDate| key.with("date", words::date(language, day));
        let about_graduation = row.subject_type == FollowUpSubject::Member;
        let mut tags = Vec::new();
        if about_graduation && member.graduation_confirmed_on.is_none() {
            tags.push(text(language, "tag-not-confirmed"));
        }
        if about_graduation && self.professionals.contains(&row.member_id) {
            tags.push(text(language, "tag-professional"));
        }
        if row.late {
            tags.push(text(language, "tag-late"));
        }
        if row.escalated_on.is_some() {
            tags.push(text(language, "tag-escalated"));
        }
        let responsible = match (self.oneself, row.responsible_member_id.and_then(|id| self.names.get(&id)), row.office) {
            (Some(_), ..) => None,
            (None, Some(member), _) => Some(text(language, "responsible-is").with("name", name(member))),
            (None, None, Some(Office::PrivacyOfficer)) => Some(text(language, "responsible-privacy")),
            (None, None, _) => Some(text(language, "responsible-office")),
        };
        let again = self.again.as_ref().filter(|again| again.id == row.id);
        let contacted = row.contacted_at.map(|at| at.with_timezone(&self.zone).date_naive());
        Some(Entry {
            id: row.id,
            version: row.version,
            member: row.member_id,
            name: name(member),
            call: member.phone.clone().filter(|_| member.phone_understood),
            phone: member.phone.clone(),
            email: member.email.clone(),
            since: match row.subject_type {
                FollowUpSubject::Member => day(text(language, "since-graduation"), row.anchor_date),
                FollowUpSubject::Appointment => day(text(language, "since-appointment"), row.anchor_date),
            },
            due: (row.status != FollowUpStatus::Told).then(|| day(text(language, "due-on"), row.due_on)),
            tags,
            responsible,
            outcome: row.outcome.map(|outcome| words::outcome(language, outcome)),
            note: again.map(|again| again.note.clone()).or_else(|| row.note.clone()).unwrap_or_default(),
            contacted: contacted.map(|at| day(text(language, "contacted-on"), at)),
            may_record: matches!(row.status, FollowUpStatus::Open | FollowUpStatus::Contacted | FollowUpStatus::Outcome),
            wrong: again.map(|again| again.wrong.clone()),
        })
    }
}

/// What came of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Recorded {
    version: i64,
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    period: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    office: String,
}

/// Records what came of it.
#[post("/follow-ups/{id}")]
pub(crate) async fn record_outcome(
    caller: Allowed<scope::FollowUps>,
    request: HttpRequest,
    state: Data<State>,
    id: Id,
    form: Form<Recorded>,
) -> Outcome<HttpResponse> {
    let form = form.into_inner();
    let which = Which { period: form.period, status: form.status, office: form.office, done: Done::default() };
    let outcome = match form.outcome.as_str() {
        "" => None,
        word => Some(Came::try_from_value(&word.to_owned()).map_err(|_| Error::invalid("/outcome", "is no outcome"))?),
    };
    let typed = form.note.replace("\r\n", "\n");
    let read = if typed.trim().is_empty() { Ok(None) } else { note(&typed).map(Some) };
    let recorded = match read {
        Err(_) => Err(Error::invalid("/note", "is not right")),
        Ok(note) => {
            let change = Change { contacted: outcome.is_some(), outcome: Some(outcome), note: Some(note) };
            state
                .store
                .write(caller.actor(), async |write| {
                    let before = follow_ups::load(write.database(), &caller.viewer(), id.0).await?;
                    let same = before.outcome == outcome && Some(&before.note) == change.note.as_ref();
                    // A second press finds it recorded.
                    if before.version != form.version && !same {
                        return Err(Error::Stale);
                    }
                    follow_ups::record(write, &state.outbox, &before, &change).await.map(|_| ())
                })
                .await
        }
    };
    let language = super::shell::language(&request, &state);
    let wrong = match recorded {
        Ok(()) => {
            let address = which.address();
            let sign = if address.contains('?') { '&' } else { '?' };
            return Ok(see_other(&format!("{address}{sign}done=recorded")));
        }
        Err(Error::Stale) => text(language, "follow-up-stale"),
        Err(Error::Invalid(_)) => text(language, "wrong-note"),
        Err(error) => return Err(error.into()),
    };
    show(&caller, &request, &state, which, Some(Again { id: id.0, note: typed, wrong })).await
}
