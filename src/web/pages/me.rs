//! A member's own page: what the register holds of her, to be put right or found right; whom she turns to; her membership.

use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use entity::read_audit::Access;
use entity::verification::{Channel, Detail};
use entity::visibility::Viewer;
use jobs::Error;
use jobs::texts::Language;
use serde::Deserialize;

use super::card::{Done, Representative, Row, rows};
use super::edit::{EditPage, Saved, save, status_of};
use super::form::{EditForm, Typed};
use super::my_data::{self, Question};
use super::shell::{self, Shell};
use super::texts::{Text, text};
use super::{give_members, see_other, words};
use crate::access::assurance::Shows;
use crate::access::caller::Caller;
use crate::members::card::{Card, etag};
use crate::members::member::Member;
use crate::members::own::consents::{self, Consents};
use crate::members::own::undo::{self, Undo};
use crate::members::{representatives, verify};
use crate::state::State;
use crate::web::api::me::{oneself, shows};
use crate::web::extract::{Allowed, IfMatch, scope};
use crate::web::problem::Result as Outcome;

/// What a member changes herself.
const OWN: [&str; 7] = ["phone", "occupation", "street", "postal_code", "city", "country", "language"];

#[derive(Template)]
#[template(path = "me.html")]
struct MePage {
    page: Shell,
    hello: String,
    rows: Vec<Row>,
    masked: bool,
    etag: String,
    undo: Option<ShownUndo>,
    representatives: Vec<Representative>,
    membership: Vec<Fact>,
    questions: Vec<Question>,
    consents: Consents,
    /// Whether the session shows all of it, or a code is needed first.
    full: bool,
}

struct ShownUndo {
    number: i64,
    fields: String,
}

struct Fact {
    label: Text,
    value: String,
}

/// Whether her session shows her details in clear.
fn is_masked(state: &State, caller: &Caller, card: &Card) -> bool {
    let session = caller.session();
    session.is_none_or(|it| it.shows(state.config.link_shows, card.protection.is_some()) == Shows::Masked)
}

/// Shows what is registered of her.
#[get("/me")]
pub(crate) async fn show_me(
    caller: Allowed<scope::Own>,
    request: HttpRequest,
    state: Data<State>,
    done: Query<Done>,
) -> Outcome<HttpResponse> {
    let id = oneself(&caller)?;
    let (database, today) = (state.store.database(), state.store.clock().today());
    let member = Member::load(database, &Viewer::Oneself(id), id).await?;
    let full = shows(&state, &caller, &member) == Shows::Full;
    let contacts = representatives::of(database, &member, today).await?;
    let undo = undo::last(database, id, state.store.clock().now()).await?;
    let card = Card::of(database, member, today).await?;
    let page = Shell::of(&request, &state, Some(&caller));
    let language = page.language;
    let said = done.text(language).filter(|_| undo.is_none());
    let masked = is_masked(&state, &caller, &card);
    let mut rows = rows(language, state.config.time_zone, &card);
    if masked {
        for row in rows.iter_mut().filter(|row| !row.value.is_empty()) {
            row.value = page.text("masked").to_string();
        }
    }
    let shown = std::iter::once(id).chain(contacts.iter().map(|contact| contact.id)).collect();
    let body = MePage {
        hello: card.given_names.split(' ').next().unwrap_or_default().to_owned(),
        rows,
        masked,
        etag: etag(&card)?,
        undo: undo.filter(|_| !masked).map(|undo| ShownUndo::of(language, &undo)),
        representatives: contacts.iter().map(|contact| Representative::of(language, contact)).collect(),
        membership: if full { membership(language, &card) } else { Vec::new() },
        questions: if masked { Vec::new() } else { my_data::questions(database, language, id, today).await? },
        consents: consents::of(database, id).await?,
        full,
        page: page.saying(said),
    };
    give_members(&state, &caller, "own_page", Access::Opened, shown, &body).await
}

fn membership(language: Language, card: &Card) -> Vec<Fact> {
    let mut facts = vec![Fact { label: text(language, "member-number"), value: card.member_number.clone() }];
    let Some(membership) = &card.membership else { return facts };
    let kind = words::membership_type(language, membership.membership_type).to_string();
    facts.push(Fact { label: text(language, "membership-type"), value: kind });
    if let Some(day) = membership.joined_on {
        facts.push(Fact { label: text(language, "joined-on"), value: words::date(language, day) });
    }
    if let Some(day) = membership.left_on {
        facts.push(Fact { label: text(language, "left-on"), value: words::date(language, day) });
    }
    facts
}

impl ShownUndo {
    fn of(language: Language, undo: &Undo) -> Self {
        let fields = undo.fields.iter().filter_map(|field| words::field(language, field)).map(String::from);
        Self { number: undo.number, fields: fields.collect::<Vec<_>>().join(", ") }
    }
}

/// Shows the form with what is registered.
#[get("/me/edit")]
pub(crate) async fn edit_me(caller: Allowed<scope::Own>, request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    let id = oneself(&caller)?;
    let member = Member::load(state.store.database(), &Viewer::Oneself(id), id).await?;
    let card = Card::of(state.store.database(), member, state.store.clock().today()).await?;
    if is_masked(&state, &caller, &card) {
        return Err(Error::StepUpNeeded.into());
    }
    let page = Shell::of(&request, &state, Some(&caller));
    let form = EditForm::of(page.language, &OWN, &card, &etag(&card)?);
    give_members(&state, &caller, "own_page", Access::Opened, vec![id], &edit_page(page, form)).await
}

fn edit_page(page: Shell, form: EditForm) -> EditPage {
    EditPage {
        title: page.text("change-details").to_string(),
        button: page.text("save").to_string(),
        action: "/me/edit".to_owned(),
        back: "/me".to_owned(),
        form,
        page,
    }
}

/// Stores what she changed.
#[post("/me/edit")]
pub(crate) async fn save_me(
    caller: Allowed<scope::Own>,
    request: HttpRequest,
    state: Data<State>,
    typed: Form<Typed>,
) -> Outcome<HttpResponse> {
    let id = oneself(&caller)?;
    let page = Shell::of(&request, &state, Some(&caller));
    let saved = state
        .store
        .write(caller.actor(), async |write| {
            let before = Member::load(write.database(), &Viewer::Oneself(id), id).await?;
            let card = Card::of(write.database(), before.clone(), write.clock().today()).await?;
            if is_masked(&state, &caller, &card) {
                return Err(Error::StepUpNeeded);
            }
            save(write, &state, page.language, &OWN, &before, &typed, None).await
        })
        .await?;
    match saved {
        Saved::Again(_, form) => {
            let status = status_of(&form);
            let mut answer = give_members(&state, &caller, "own_page", Access::Opened, vec![id], &edit_page(page, form)).await?;
            *answer.status_mut() = status;
            Ok(answer)
        }
        Saved::Nothing => Ok(see_other("/me?done=nothing")),
        Saved::Changed => {
            let mut answer = see_other("/me?done=saved");
            // Her own language is the one she wants to read, too.
            if let Some(code) = typed.get("language").filter(|code| !code.is_empty()) {
                let language = Language::of(Some(code), page.language);
                answer.add_cookie(&shell::language_cookie(&state, language)).map_err(Error::internal)?;
            }
            Ok(answer)
        }
    }
}

/// The copy that she looked at.
#[derive(Debug, Deserialize)]
pub(crate) struct Looked {
    version: String,
}

/// Notes that all that she was shown is right.
#[post("/me/confirm")]
pub(crate) async fn confirm_me(caller: Allowed<scope::Own>, state: Data<State>, form: Form<Looked>) -> Outcome<HttpResponse> {
    let id = oneself(&caller)?;
    let version = IfMatch::of(&form.version);
    state
        .store
        .write(caller.actor(), async |write| {
            let member = Member::load(write.database(), &Viewer::Oneself(id), id).await?;
            let card = Card::of(write.database(), member.clone(), write.clock().today()).await?;
            if is_masked(&state, &caller, &card) {
                return Err(Error::StepUpNeeded);
            }
            version.check(&etag(&card)?)?;
            let there = [
                (Detail::Email, card.email.is_some()),
                (Detail::Phone, card.phone.is_some()),
                (Detail::Occupation, card.occupation.is_some()),
                (Detail::Workplace, !card.workplaces.is_empty()),
            ];
            let details: Vec<Detail> = there.into_iter().filter(|(_, there)| *there).map(|(detail, _)| detail).collect();
            if details.is_empty() {
                return Ok(());
            }
            verify::verify(write, &member, &details, Channel::SelfService).await
        })
        .await?;
    Ok(see_other("/me?done=confirmed"))
}

/// The change that is taken back.
#[derive(Debug, Deserialize)]
pub(crate) struct Undone {
    number: i64,
}

/// Takes back what she saved last.
#[post("/me/undo")]
pub(crate) async fn undo_me(caller: Allowed<scope::Own>, state: Data<State>, form: Form<Undone>) -> Outcome<HttpResponse> {
    let id = oneself(&caller)?;
    state
        .store
        .write(caller.actor(), async |write| {
            let member = Member::load(write.database(), &Viewer::Oneself(id), id).await?;
            // What the page offers, and nothing older.
            let offered = undo::last(write.database(), id, write.now()).await?;
            offered.filter(|it| it.number == form.number).ok_or(Error::Stale)?;
            undo::undo(write, &state.keys, &member, form.number).await
        })
        .await?;
    Ok(see_other("/me?done=undone"))
}
