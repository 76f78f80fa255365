//! Finding members and spellings: the index says who and why, the register says the rest, both ask the searcher's rights.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::membership_period::MembershipType;
use entity::visibility::{Viewer, VisibleTo};
use entity::{member, member_workplace, membership_period, workplace};
use jobs::{Error, Result, Store};
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect, RelationDef, RelationTrait,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::card::period_to_show;
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
        let (names, sight) = (names.clone(), names.sight(viewer));
        in_background(move || {
            names.read().search(&Query { text: &search.text, filter: &search.filter, limit: search.limit, today, sight: &sight })
        })
        .await?
    };
    let ids: Vec<Uuid> = answer.hits.iter().map(|hit| hit.id).collect();
    let mut members = Shown::find(store.database(), viewer, &ids).await?;
    // Who was erased or hidden since the index was asked is left out.
    let items = answer.hits.into_iter().filter_map(|hit| FoundMember::of(members.remove(&hit.id)?, hit, today));
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
    let (names, sight) = (names.clone(), names.sight(viewer));
    let spellings = in_background(move || {
        let query = SpellingQuery { name: &name, part, limit, include_former_members, today, sight: &sight };
        names.read().similar(&query)
    })
    .await?;
    Ok(spellings.into_iter().map(Spelling::from).collect())
}

/// On a thread where computing stops no other request.
pub(super) async fn in_background<T: Send + 'static>(work: impl FnOnce() -> Result<T, QueryError> + Send + 'static) -> Result<T> {
    let answer = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    answer.map_err(|error| Error::Malformed(error.to_string()))
}

/// What a hit is shown with: one row for each pairing of a member's periods and workplaces, of which she has few.
#[derive(Debug, FromQueryResult)]
struct Shown {
    id: Uuid,
    member_number: String,
    given_names: String,
    surname: String,
    birth_date: Option<NaiveDate>,
    city: Option<String>,
    workplace: Option<String>,
    membership_type: Option<MembershipType>,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
}

impl Shown {
    /// The rows of those of the members whom `viewer` may see. One query: it is asked at every keystroke.
    async fn find(database: &DatabaseConnection, viewer: &Viewer, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Self>>> {
        let mut members: HashMap<Uuid, Vec<Self>> = HashMap::with_capacity(ids.len());
        if ids.is_empty() {
            return Ok(members);
        }
        use member::Column as C;
        use membership_period::Column as P;
        let periods: RelationDef = membership_period::Entity::belongs_to(member::Entity).from(P::MemberId).to(C::Id).into();
        let workplaces: RelationDef =
            member_workplace::Entity::belongs_to(member::Entity).from(member_workplace::Column::MemberId).to(C::Id).into();
        let rows = member::Entity::find()
            .select_only()
            .columns([C::Id, C::MemberNumber, C::GivenNames, C::Surname, C::BirthDate, C::City])
            .column_as(workplace::Column::Name, "workplace")
            .columns([P::MembershipType, P::ValidFrom, P::ValidUntil])
            .join(JoinType::LeftJoin, periods.rev())
            .join(JoinType::LeftJoin, workplaces.rev())
            .join(JoinType::LeftJoin, member_workplace::Relation::Workplace.def())
            .filter(C::Id.is_in(ids.iter().copied()))
            .visible_to(viewer)
            .into_model::<Self>()
            .all(database)
            .await?;
        for row in rows {
            members.entry(row.id).or_default().push(row);
        }
        Ok(members)
    }
}

impl FoundMember {
    fn of(mut rows: Vec<Shown>, hit: lookup::Hit, today: NaiveDate) -> Option<Self> {
        let why = hit.why.into_iter().map(|why| Why { asked: why.asked, found: why.found, class: why.class });
        let workplace = rows.iter().filter_map(|row| row.workplace.clone()).min();
        // Here and not in the query: the engines disagree on where null stands. `None` is before every date.
        rows.sort_by_key(|row| row.valid_from);
        let at = period_to_show(&rows, |row| (row.valid_from, row.valid_until), today)?;
        let member = rows.swap_remove(at);
        Some(Self {
            id: member.id,
            member_number: member.member_number,
            given_names: member.given_names,
            surname: member.surname,
            birth_date: member.birth_date,
            city: member.city,
            workplace,
            membership_type: member.membership_type,
            r#match: Match { class: hit.class, score: rounded(hit.score), why: why.collect() },
        })
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
