//! Employers, workplaces, local branches and schools: listed, created, read, changed, removed.
//!
//! What is the same for all four is here; each kind has its wire types and handlers in a file of its own. None of it is
//! member data.

pub mod employers;
pub mod local_branches;
pub mod schools;
pub mod workplaces;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use jobs::Result;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::caller::Caller;
use crate::members::card::etag;
use crate::members::list::{Page, read_cursor};
use crate::members::organisation::{self, Filter, Unit};
use crate::members::record;
use crate::members::rules::{self, Problems};
use crate::state::State;
use crate::web::answer::{Answer, Once, give, give_plain};
use crate::web::extract::{Body, Field, Id, IfMatch, Unknown, limit};
use crate::web::problem::Result as Outcome;

/// How a kind of unit is sent.
pub trait Sent: Unit {
    /// As it is given out.
    type Wire: From<Self> + Serialize;
    /// What is taken in beside the name.
    type Place: Clone;
    /// Where its kind stands.
    const PATH: &'static str;

    /// A unit that stands nowhere yet.
    fn new(id: Uuid, name: String) -> Self;

    /// Puts it where `place` says.
    fn put(&mut self, place: Self::Place, problems: &mut Problems);
}

/// A new unit.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewUnit<P> {
    /// Its name.
    #[serde(default)]
    #[schema(value_type = String, required = true, max_length = 200, example = "Norrlands universitetssjukhus")]
    name: Field<String>,
    #[serde(flatten)]
    #[schema(inline)]
    place: P,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// A change to a unit. A field not sent changes nothing, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct UnitChange<P> {
    /// Its name.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "Norrlands universitetssjukhus")]
    name: Field<String>,
    #[serde(flatten)]
    #[schema(inline)]
    place: P,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// For units that have a name and nothing else.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct Nowhere {}

async fn list<U: Sent>(state: &State, filter: Filter, after: Option<&str>, asked: Option<u64>) -> Outcome<HttpResponse> {
    let after = after.map(read_cursor).transpose()?;
    let page = organisation::list::<U>(state.store.database(), filter, after, limit(asked)?).await?;
    give_plain(&Page { items: page.items.into_iter().map(U::Wire::from).collect(), next: page.next })
}

async fn create<U: Sent>(
    state: &Data<State>,
    caller: &Caller,
    operation: &'static str,
    once: Once,
    body: Body<NewUnit<U::Place>>,
) -> Outcome<HttpResponse> {
    let NewUnit { name, place, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let name = name.required("/name", &mut problems, |name| rules::name(&name)).unwrap_or_default();
    let mut unit = U::new(state.store.clock().new_id(), name);
    unit.put(place, &mut problems);
    problems.into_result()?;
    once.run(state, caller, operation, &body.bytes, async |write| {
        let unit = organisation::create(write, unit.clone()).await?;
        let location = format!("/api/v1/{}/{}", U::PATH, unit.id());
        Ok(answer(StatusCode::CREATED, unit)?.at(location))
    })
    .await
}

async fn read<U: Sent>(state: &State, caller: &Caller, operation: &'static str, id: Id) -> Outcome<HttpResponse> {
    let unit: U = record::load(state.store.database(), id.0).await?;
    give(state, caller, operation, answer(StatusCode::OK, unit)?).await
}

async fn change<U: Sent>(
    state: &State,
    caller: &Caller,
    operation: &'static str,
    id: Id,
    if_match: IfMatch,
    change: UnitChange<U::Place>,
) -> Outcome<HttpResponse> {
    let answer = state
        .store
        .write(caller.actor(), async |write| {
            let before: U = record::load(write.database(), id.0).await?;
            if_match.check(&etag(&U::Wire::from(before.clone()))?)?;
            let UnitChange { name, place, unknown } = change.clone();
            let mut problems = Problems::default();
            unknown.refuse(&mut problems);
            let mut after = before.clone();
            name.replace("/name", &mut problems, after.name_mut(), |name| rules::name(&name));
            after.put(place, &mut problems);
            problems.into_result()?;
            answer(StatusCode::OK, organisation::change(write, &before, after).await?)
        })
        .await?;
    give(state, caller, operation, answer).await
}

async fn remove<U: Sent>(
    state: &State,
    caller: &Caller,
    operation: &'static str,
    id: Id,
    if_match: IfMatch,
) -> Outcome<HttpResponse> {
    state
        .store
        .write(caller.actor(), async |write| {
            let unit: U = record::load(write.database(), id.0).await?;
            if_match.check(&etag(&U::Wire::from(unit.clone()))?)?;
            organisation::remove(write, &caller.viewer(), &unit).await
        })
        .await?;
    give(state, caller, operation, Answer::nothing()).await
}

fn answer<U: Sent>(status: StatusCode, unit: U) -> Result<Answer> {
    let wire = U::Wire::from(unit);
    Answer::of(status, &wire)?.tagged(&wire)
}
