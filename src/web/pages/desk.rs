//! The caller's desk: one search box, and the hits.
//!
//! With script each keystroke asks [`show_hits`] for the list alone. Without, the form is sent to [`keep_search`], which
//! keeps what was asked under an address that says nothing, and [`show_search`] shows it: back and reload work, and no name
//! stands in an address.

use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use entity::membership_period::MembershipType;
use entity::read_audit::Access;
use jobs::{Error, Result};
use sea_orm::ActiveEnum;
use serde::{Deserialize, Serialize};

use super::hits::Hits;
use super::shell::Shell;
use super::{give, give_members, see_other, words};
use crate::access::caller::{Caller, Scope};
use crate::lookup::Filter;
use crate::members::search::{self, Found, Search};
use crate::members::{kept_search, organisation};
use crate::state::State;
use crate::web::extract::{Allowed, Id, scope};
use crate::web::problem::Result as Outcome;

/// How many hits are shown.
const HITS: usize = 20;

/// What was asked, field by field as it was typed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    birth_year: String,
    city: String,
    workplace: String,
    membership_type: String,
    former: String,
    /// The search with another spelling in it, when one was pressed.
    #[serde(skip_serializing)]
    respell: Option<String>,
}

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    page: Shell,
    asked: Asked,
    types: Vec<(String, String)>,
    hits: Option<String>,
}

impl DeskPage {
    fn of(page: Shell, asked: Asked, hits: Option<String>) -> Self {
        let types = words::TYPES.map(|value| (value.to_value(), words::membership_type(page.language, value).to_string()));
        Self { page, asked, types: types.into(), hits }
    }
}

impl Asked {
    fn is_filtered(&self) -> bool {
        [&self.birth_year, &self.city, &self.workplace, &self.membership_type, &self.former].iter().any(|field| !field.is_empty())
    }

    /// What it means. A filter that cannot be read, or a workplace that is none, finds nobody.
    async fn find(&self, state: &State, caller: &Caller) -> Result<Found> {
        let nobody = Found { items: Vec::new(), spellings: Vec::new(), more: false };
        if self.q.trim().is_empty() {
            return Ok(nobody);
        }
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let birth_year = match given(&self.birth_year).map(|year| year.parse()) {
            None => None,
            Some(Ok(year)) => Some(year),
            Some(Err(_)) => return Ok(nobody),
        };
        let workplace_id = match given(&self.workplace) {
            None => None,
            Some(name) => match organisation::find_workplace(state.store.database(), &name).await? {
                None => return Ok(nobody),
                found => found,
            },
        };
        let filter = Filter {
            birth_year,
            city: given(&self.city),
            workplace_id,
            membership_type: MembershipType::try_from_value(&self.membership_type).ok(),
            include_former_members: !self.former.is_empty(),
        };
        let search = Search { text: self.q.clone(), filter, limit: HITS };
        match search::search(&state.store, &state.names, &caller.viewer(), search).await {
            // More words or letters than a name has.
            Err(Error::Malformed(_)) => Ok(nobody),
            found => found,
        }
    }
}

/// The desk, ready to be typed at.
#[get("/desk")]
pub(crate) async fn desk(caller: Allowed<scope::Search>, request: HttpRequest, state: Data<State>) -> Outcome<HttpResponse> {
    give(&DeskPage::of(Shell::of(&request, &state, Some(&caller)).with_keys(), Asked::default(), None))
}

/// Keeps what was asked, and leads to where it is shown.
#[post("/desk/search")]
pub(crate) async fn keep_search(caller: Allowed<scope::Search>, state: Data<State>, form: Form<Asked>) -> Outcome<HttpResponse> {
    let mut asked = form.into_inner();
    if let Some(query) = asked.respell.take() {
        asked.q = query;
    }
    let text = serde_json::to_vec(&asked).map_err(Error::internal)?;
    let id = state.store.write(caller.actor(), async |write| kept_search::keep(write, &state.keys, &text).await).await?;
    Ok(see_other(&format!("/desk/searches/{id}")))
}

/// Shows what was asked, anew: who has come since is found too.
#[get("/desk/searches/{id}")]
pub(crate) async fn show_search(
    caller: Allowed<scope::Search>,
    request: HttpRequest,
    state: Data<State>,
    id: Id,
) -> Outcome<HttpResponse> {
    let text = kept_search::read(state.store.database(), &state.keys, caller.actor(), id.0).await?;
    let asked: Asked = serde_json::from_slice(&text).map_err(Error::internal)?;
    let page = Shell::of(&request, &state, Some(&caller)).with_keys();
    let found = asked.find(&state, &caller).await?;
    let shown = found.items.iter().map(|member| member.id).collect();
    let hits = Hits::of(&page, &asked.q, &found, caller.may(Scope::MembersWrite)).render().map_err(Error::internal)?;
    give_members(&state, &caller, "desk_search", Access::Listed, shown, &DeskPage::of(page, asked, Some(hits))).await
}

/// The hits alone, for the script. How many there are stands in a header, to be said aloud.
#[post("/desk/hits")]
pub(crate) async fn show_hits(
    caller: Allowed<scope::Search>,
    request: HttpRequest,
    state: Data<State>,
    form: Form<Asked>,
) -> Outcome<HttpResponse> {
    let page = Shell::of(&request, &state, Some(&caller));
    let found = form.find(&state, &caller).await?;
    let shown = found.items.iter().map(|member| member.id).collect();
    let hits = Hits::of(&page, &form.q, &found, caller.may(Scope::MembersWrite));
    let mut answer = give_members(&state, &caller, "desk_search", Access::Listed, shown, &hits).await?;
    let said: String = percent_encoding::utf8_percent_encode(&hits.said, percent_encoding::NON_ALPHANUMERIC).collect();
    if let Ok(said) = said.parse() {
        answer.headers_mut().insert(actix_web::http::header::HeaderName::from_static("x-announce"), said);
    }
    Ok(answer)
}
