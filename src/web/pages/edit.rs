//! Changing contact details at the desk, and registering somebody who is no member yet.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use entity::history::Change;
use entity::membership_period::MembershipType;
use entity::read_audit::Access;
use jobs::texts::Language;
use jobs::{Error, Result, Write};
use serde_json::{Map, Value, json};

use super::form::{EditForm, Typed};
use super::shell::Shell;
use super::{give, give_members, give_with, see_other};
use crate::access::caller::Caller;
use crate::members::card::{Card, etag};
use crate::members::details::{self, Details, Edit, Newcomer};
use crate::members::member::Member;
use crate::members::organisation;
use crate::members::rules::Problems;
use crate::state::State;
use crate::web::answer::{Answer, Once};
use crate::web::api::members::MemberFields;
use crate::web::extract::{Allowed, Id, scope};
use crate::web::problem::Result as Outcome;

/// What is changed at the desk, in the order in which it is asked.
const DESK: [&str; 9] = ["email", "phone", "occupation", "workplace", "street", "postal_code", "city", "country", "language"];
/// What is asked of a prospect.
const PROSPECT: [&str; 7] = ["given_names", "surname", "birth_date", "phone", "email", "city", "language"];

#[derive(Template)]
#[template(path = "edit.html")]
pub(super) struct EditPage {
    pub(super) page: Shell,
    pub(super) title: String,
    pub(super) button: String,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) form: EditForm,
}

impl EditPage {
    fn at_desk(page: Shell, card: &Card, form: EditForm) -> Self {
        let back = format!("/desk/members/{}", card.id);
        Self {
            title: format!("{} {}", card.given_names, card.surname),
            button: page.text("save").to_string(),
            action: format!("{back}/edit"),
            back,
            form,
            page,
        }
    }

    fn of_prospect(page: Shell, form: EditForm) -> Self {
        Self {
            title: page.text("register-prospect").to_string(),
            button: page.text("register").to_string(),
            action: "/desk/prospects/new".to_owned(),
            back: "/desk".to_owned(),
            form,
            page,
        }
    }
}

/// Shows the form with what the register holds.
#[get("/desk/members/{id}/edit")]
pub(crate) async fn edit_card(
    caller: Allowed<scope::Edit>,
    request: HttpRequest,
    state: Data<State>,
    id: Id,
) -> Outcome<HttpResponse> {
    let member = Member::load(state.store.database(), &caller.viewer(), id.0).await?;
    let card = Card::of(state.store.database(), member, state.store.clock().today()).await?;
    let page = Shell::of(&request, &state, Some(&caller));
    let form = EditForm::of(page.language, &DESK, &card, &etag(&card)?);
    give_members(&state, &caller, "desk_edit", Access::Opened, vec![id.0], &EditPage::at_desk(page, &card, form)).await
}

/// Stores what was changed.
#[post("/desk/members/{id}/edit")]
pub(crate) async fn save_card(
    caller: Allowed<scope::Edit>,
    request: HttpRequest,
    state: Data<State>,
    id: Id,
    typed: Form<Typed>,
) -> Outcome<HttpResponse> {
    let page = Shell::of(&request, &state, Some(&caller));
    let saved = state
        .store
        .write(caller.actor(), async |write| {
            let before = Member::load(write.database(), &caller.viewer(), id.0).await?;
            save(write, &state, page.language, &DESK, &before, &typed, Some(&caller)).await
        })
        .await?;
    match saved {
        Saved::Again(card, form) => {
            let status = status_of(&form);
            let body = EditPage::at_desk(page, &card, form);
            let mut answer = give_members(&state, &caller, "desk_edit", Access::Opened, vec![id.0], &body).await?;
            *answer.status_mut() = status;
            Ok(answer)
        }
        Saved::Changed => Ok(see_other(&format!("/desk/members/{}?done=saved", id.0))),
        Saved::Nothing => Ok(see_other(&format!("/desk/members/{}?done=nothing", id.0))),
    }
}

/// What came of saving a form.
pub(super) enum Saved {
    /// It is stored.
    Changed,
    /// Nothing was changed.
    Nothing,
    /// The reader has to look at it again.
    Again(Box<Card>, EditForm),
}

/// The status of a form that is shown again.
pub(super) fn status_of(form: &EditForm) -> StatusCode {
    if form.is_stale { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// Stores what was typed over `before`; with `caller`, when her scopes cover it. A member needs none for her own record.
pub(super) async fn save(
    write: &Write,
    state: &State,
    language: Language,
    names: &[&'static str],
    before: &Member,
    typed: &Typed,
    caller: Option<&Caller>,
) -> Result<Saved> {
    let today = write.clock().today();
    let card = Card::of(write.database(), before.clone(), today).await?;
    let mut form = EditForm::of(language, names, &card, &etag(&card)?);
    let mut changes = form.take(language, typed);
    if form.asks() {
        return Ok(Saved::Again(Box::new(card), form));
    }
    if changes.is_empty() {
        return Ok(Saved::Nothing);
    }
    let mut problems = Problems::default();
    replace_workplace(write, &mut changes, &mut problems).await?;
    let fields: MemberFields = serde_json::from_value(changes.into()).map_err(Error::internal)?;
    if let Some(caller) = caller {
        fields.check_scopes(caller, before)?;
    }
    let mut edit = Edit::of(before);
    edit.identity_number = fields.apply(&mut edit.details, &mut problems, today, &state.config.default_country);
    if let Err(error) = problems.into_result() {
        let Error::Invalid(list) = error else { return Err(error) };
        form.mark(language, &list);
        return Ok(Saved::Again(Box::new(card), form));
    }
    details::update(write, &state.keys, before, &edit, Change::Updated, None).await?;
    Ok(Saved::Changed)
}

/// The workplace is typed by name and stored by id.
async fn replace_workplace(write: &Write, changes: &mut Map<String, Value>, problems: &mut Problems) -> Result<()> {
    match changes.remove("workplace") {
        None => {}
        Some(Value::String(name)) => match organisation::find_workplace(write.database(), &name).await? {
            Some(id) => {
                changes.insert("workplace_ids".into(), json!([id]));
            }
            None => problems.add("/workplace_ids", "is no workplace in the register"),
        },
        Some(_) => {
            changes.insert("workplace_ids".into(), Value::Null);
        }
    }
    Ok(())
}

/// Shows the form for somebody new.
#[get("/desk/prospects/new")]
pub(crate) async fn new_prospect(
    caller: Allowed<scope::Contact>,
    request: HttpRequest,
    state: Data<State>,
) -> Outcome<HttpResponse> {
    let page = Shell::of(&request, &state, Some(&caller));
    let mut form = EditForm::blank(page.language, &PROSPECT);
    // One form registers one person, however often it is sent.
    form.version = state.store.clock().new_id().to_string();
    give(&EditPage::of_prospect(page, form))
}

/// Registers somebody who is no member yet.
#[post("/desk/prospects/new")]
pub(crate) async fn register_prospect(
    caller: Allowed<scope::Contact>,
    request: HttpRequest,
    state: Data<State>,
    typed: Form<Typed>,
) -> Outcome<HttpResponse> {
    let page = Shell::of(&request, &state, Some(&caller));
    let today = state.store.clock().today();
    let mut form = EditForm::blank(page.language, &PROSPECT);
    form.version = typed.get("version").cloned().unwrap_or_default();
    let changes = form.take(page.language, &typed);
    let mut problems = Problems::default();
    for name in ["given_names", "surname"] {
        if !changes.contains_key(name) {
            problems.add(&format!("/{name}"), "is needed");
        }
    }
    let fields: MemberFields = serde_json::from_value(changes.into()).map_err(Error::internal)?;
    let mut details = Details::default();
    fields.apply(&mut details, &mut problems, today, &state.config.default_country);
    if let Err(error) = problems.into_result() {
        let Error::Invalid(list) = error else { return Err(error.into()) };
        form.mark(page.language, &list);
        return give_with(StatusCode::UNPROCESSABLE_ENTITY, &EditPage::of_prospect(page, form));
    }
    let newcomer = Newcomer {
        member_number: None,
        details,
        identity_number: None,
        membership_type: MembershipType::Prospect,
        joined_on: today,
    };
    let once = Once::of_form("prospect", &form.version);
    let registered = once.settle(&state, &caller, &[], async |write| {
        let id = details::register(write, &state.keys, &newcomer).await?;
        Ok(Answer::nothing().at(format!("/desk/members/{id}?done=registered")))
    });
    let registered = registered.await?;
    Ok(see_other(registered.location().unwrap_or("/desk")))
}
