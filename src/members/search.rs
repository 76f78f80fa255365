//! Finding members and spellings: the index says who and why, the register says the rest, both ask the searcher's rights.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::member;
use entity::membership_period::MembershipType;
use entity::visibility::{Facts, Viewer, VisibleTo};
use jobs::{Error, Result, Store};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::card::Membership;
use super::member::Member;
use super::name_index::NameIndex;
use crate::lookup::{self, Class, Filter, Part, Query, QueryError, SpellingQuery};

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// As typed.
    pub text: String,
    /// What narrows the members before they are ranked.
    pub filter: Filter,
    /// How many hits are wanted.
    pub limit: usize,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Found {
    /// The members, the best first.
    pub items: Vec<FoundMember>,
    /// For each word that is a name, how else the register spells it.
    pub spellings: Vec<Alternatives>,
    /// Whether more members match.
    pub more: bool,
}

/// A member who was found.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FoundMember {
    /// The member's id.
    pub id: Uuid,
    /// Her number.
    #[schema(example = "104711")]
    pub member_number: String,
    /// All given names.
    #[schema(example = "Maarit Helena")]
    pub given_names: String,
    /// The surname.
    #[schema(example = "Karlsson")]
    pub surname: String,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
    /// Postal town.
    #[schema(example = "Umeå")]
    pub city: Option<String>,
    /// Where she works, the first by name.
    pub workplace: Option<String>,
    /// As what she is or was a member.
    pub membership_type: Option<MembershipType>,
    /// Why she was found.
    pub r#match: Match,
}

/// Why a member was found.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Match {
    /// The class of the weakest word.
    #[schema(value_type = String, example = "sounds_like")]
    pub class: Class,
    /// From 0 to 1.
    #[schema(example = 0.93)]
    pub score: f64,
    /// For each word, what it was taken for.
    pub why: Vec<Why>,
}

/// What a word was taken for.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Why {
    /// As typed.
    #[schema(example = "carlson")]
    pub asked: String,
    /// As registered.
    #[schema(example = "Karlsson")]
    pub found: String,
    /// How the two are related.
    #[schema(value_type = String, example = "sounds_like")]
    pub class: Class,
}

/// How else the register spells a word.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Alternatives {
    /// As typed.
    #[schema(example = "carlson")]
    pub asked: String,
    /// `given` or `surname`.
    #[schema(value_type = String, example = "surname")]
    pub part: Part,
    /// The spellings, the best first.
    pub alternatives: Vec<Spelling>,
}

/// A spelling in the register.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Spelling {
    /// As registered.
    #[schema(example = "Carlsson")]
    pub spelling: String,
    /// How many members bear it.
    #[schema(example = 32119)]
    pub members: u32,
    /// How it is related to what was asked.
    #[schema(value_type = String, example = "sounds_like")]
    pub class: Class,
    /// From 0 to 1.
    #[schema(example = 0.95)]
    pub score: f64,
}

/// Finds the members whom `viewer` may see.
///
/// # Errors
/// [`Error::Malformed`] for a text that is too long; [`Error::Busy`] while the index is being built.
pub async fn search(store: &Store, names: &NameIndex, viewer: &Viewer, search: Search) -> Result<Found> {
    names.see_own_changes(store).await?;
    let today = store.clock().today();
    let answer = {
        let (names, viewer) = (names.clone(), viewer.clone());
        in_background(move || {
            let may_see = |member: &lookup::Member<'_>| sees(&viewer, member);
            names.read().search(&Query {
                text: &search.text,
                filter: &search.filter,
                limit: search.limit,
                today,
                may_see: &may_see,
            })
        })
        .await?
    };
    let ids = answer.hits.iter().map(|hit| hit.id);
    let rows = member::Entity::find().filter(member::Column::Id.is_in(ids)).visible_to(viewer).all(store.database()).await?;
    let members = Member::complete(store.database(), rows).await?;
    let mut members: HashMap<Uuid, Member> = members.into_iter().map(|member| (member.row.id, member)).collect();
    // Who was erased or hidden since the index was asked is left out.
    let items = answer.hits.into_iter().filter_map(|hit| Some(FoundMember::of(members.remove(&hit.id)?, hit, today)));
    Ok(Found {
        items: items.collect(),
        spellings: answer
            .spellings
            .into_iter()
            .map(|word| Alternatives {
                asked: word.asked,
                part: word.part,
                alternatives: word.alternatives.into_iter().map(Spelling::from).collect(),
            })
            .collect(),
        more: answer.more,
    })
}

/// The spellings like `name`, counting the members whom `viewer` may see.
///
/// # Errors
/// As [`search`].
pub async fn similar(
    store: &Store,
    names: &NameIndex,
    viewer: &Viewer,
    name: String,
    part: Part,
    limit: usize,
    include_former_members: bool,
) -> Result<Vec<Spelling>> {
    names.see_own_changes(store).await?;
    let today = store.clock().today();
    let (names, viewer) = (names.clone(), viewer.clone());
    let spellings = in_background(move || {
        let may_see = |member: &lookup::Member<'_>| sees(&viewer, member);
        let query = SpellingQuery { name: &name, part, limit, include_former_members, today, may_see: &may_see };
        names.read().similar(&query)
    })
    .await?;
    Ok(spellings.into_iter().map(Spelling::from).collect())
}

/// On a thread where computing stops no other request.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> Result<T, QueryError> + Send + 'static) -> Result<T> {
    let answer = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    answer.map_err(|error| Error::Malformed(error.to_string()))
}

fn sees(viewer: &Viewer, member: &lookup::Member<'_>) -> bool {
    viewer.sees(&Facts {
        id: member.id,
        protected: member.protected,
        hidden: member.hidden,
        workplaces: member.workplaces,
        local_branch: member.local_branch,
        school: member.school,
    })
}

impl FoundMember {
    fn of(member: Member, hit: lookup::Hit, today: NaiveDate) -> Self {
        let membership = Membership::of(&member, today);
        let why = hit.why.into_iter().map(|why| Why { asked: why.asked, found: why.found, class: why.class });
        Self {
            id: member.row.id,
            member_number: member.row.member_number,
            given_names: member.row.given_names,
            surname: member.row.surname,
            birth_date: member.row.birth_date,
            city: member.row.city,
            workplace: member.workplaces.into_iter().next().map(|place| place.name),
            membership_type: membership.map(|membership| membership.membership_type),
            r#match: Match { class: hit.class, score: rounded(hit.score), why: why.collect() },
        }
    }
}

impl From<lookup::Spelling> for Spelling {
    fn from(spelling: lookup::Spelling) -> Self {
        Self { spelling: spelling.spelling, members: spelling.members, class: spelling.class, score: rounded(spelling.score) }
    }
}

/// Three digits say all that a score says.
fn rounded(score: f32) -> f64 {
    (f64::from(score) * 1000.0).round() / 1000.0
}
