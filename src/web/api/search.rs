//! Finding members and spellings. POST, because names may not stand in addresses. What is typed may hold any character:
//! here it is looked for, not stored, which the patterns say.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use entity::membership_period::MembershipType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::lookup::{Filter, Part};
use crate::members::duplicates::{self, LikelyDuplicate};
use crate::members::list::MOST;
use crate::members::rules::Problems;
use crate::members::search::{self, Found, Search, Spelling};
use crate::state::State;
use crate::web::answer::{give_list, give_plain};
use crate::web::extract::{Allowed, Body, Field, Id, Unknown, scope};
use crate::web::problem::Result as Outcome;

/// How many hits are given when nobody says how many.
const HITS: u64 = 20;

/// What is looked for.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SearchRequest {
    /// What was heard or typed so far: names in any order, whole or in part, a number, an e-mail address, a birth date.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, pattern = r"^[\s\S]*$", example = "marit carlson")]
    q: Field<String>,
    /// At most so many.
    #[serde(default)]
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 200, default = 20)]
    limit: Field<u64>,
    /// What narrows the members before they are ranked.
    #[serde(default)]
    #[schema(value_type = Option<SearchFilter>)]
    filter: Field<SearchFilter>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// What narrows the members; what is left out is not asked.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct SearchFilter {
    /// Born in this year.
    #[serde(default)]
    #[schema(value_type = Option<i32>, example = 1984)]
    birth_year: Field<i32>,
    /// Living in this town.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = r"^[\s\S]*$", example = "Umeå")]
    city: Field<String>,
    /// At this workplace.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    workplace_id: Field<Uuid>,
    /// Members of this type.
    #[serde(default)]
    #[schema(value_type = Option<MembershipType>)]
    membership_type: Field<MembershipType>,
    /// Former members too.
    #[serde(default)]
    #[schema(value_type = Option<bool>, default = false)]
    include_former_members: Field<bool>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Finds members however the name is spelled, the best first, each with the reason.
#[utoipa::path(tag = "search", request_body = SearchRequest, security(("token" = ["members:search"])),
    responses((status = 200, description = "Who was found", body = Found)))]
#[post("/members/search")]
pub(crate) async fn search_members(
    caller: Allowed<scope::Search>,
    state: Data<State>,
    body: Body<SearchRequest>,
) -> Outcome<HttpResponse> {
    let SearchRequest { q, limit, filter, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let text = q.required("/q", &mut problems, Ok);
    let limit = limit.optional("/limit", &mut problems, check_limit).unwrap_or(HITS);
    let filter = filter.optional("/filter", &mut problems, Ok).unwrap_or_default().checked(&mut problems);
    let search = Search { text: problems.finish(text)?, filter, limit: limit as usize };
    let found = search::search(&state.store, &state.names, &caller.viewer(), search).await?;
    let shown = found.items.iter().map(|member| member.id).collect();
    give_list(&state, &caller, "search_members", shown, &found).await
}

impl SearchFilter {
    fn checked(self, problems: &mut Problems) -> Filter {
        let mut unknown = Problems::default();
        self.unknown.refuse(&mut unknown);
        problems.add_below("/filter", unknown);
        Filter {
            birth_year: self.birth_year.optional("/filter/birth_year", problems, Ok),
            city: self.city.optional("/filter/city", problems, Ok),
            workplace_id: self.workplace_id.optional("/filter/workplace_id", problems, Ok),
            membership_type: self.membership_type.optional("/filter/membership_type", problems, Ok),
            include_former_members: self
                .include_former_members
                .optional("/filter/include_former_members", problems, Ok)
                .unwrap_or_default(),
        }
    }
}

/// A name whose spellings are looked for.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SimilarRequest {
    /// The whole name.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, pattern = r"^[\s\S]*$", example = "Carlsson")]
    name: Field<String>,
    /// Which part of a person's name it is.
    #[serde(default)]
    #[schema(value_type = NamePart, example = "surname")]
    part: Field<Part>,
    /// At most so many.
    #[serde(default)]
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 200, default = 20)]
    limit: Field<u64>,
    /// Counting former members too.
    #[serde(default)]
    #[schema(value_type = Option<bool>, default = false)]
    include_former_members: Field<bool>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Given name or surname: documents `lookup::Part`, which knows nothing of the API.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum NamePart {
    /// A given name.
    Given,
    /// A surname.
    Surname,
}

/// Spellings in the register.
#[derive(Debug, Serialize, ToSchema)]
pub struct Similar {
    /// The best first; the asked spelling is among them when the register holds it.
    spellings: Vec<Spelling>,
}

/// Lists the spellings of the register that are like a name, with how many members bear each.
#[utoipa::path(tag = "search", request_body = SimilarRequest, security(("token" = ["members:search"])),
    responses((status = 200, description = "The spellings", body = Similar)))]
#[post("/names/similar")]
pub(crate) async fn similar_names(
    caller: Allowed<scope::Search>,
    state: Data<State>,
    body: Body<SimilarRequest>,
) -> Outcome<HttpResponse> {
    let SimilarRequest { name, part, limit, include_former_members, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let name = name.required("/name", &mut problems, Ok);
    let part = part.required("/part", &mut problems, Ok);
    let limit = limit.optional("/limit", &mut problems, check_limit).unwrap_or(HITS);
    let include_former = include_former_members.optional("/include_former_members", &mut problems, Ok).unwrap_or_default();
    let (name, part) = problems.finish(name.zip(part))?;
    let viewer = caller.viewer();
    let spellings = search::similar(&state.store, &state.names, &viewer, name, part, limit as usize, include_former).await?;
    // Spellings with counts name nobody: no member is shown.
    give_plain(&Similar { spellings })
}

/// Members who are likely the same person.
#[derive(Debug, Serialize, ToSchema)]
pub struct LikelyDuplicates {
    /// The likeliest first, at most 20.
    items: Vec<LikelyDuplicate>,
}

/// Lists the members who are likely the same person as this one, with the evidence: names, date of birth, address, and more.
/// Nothing is merged.
#[utoipa::path(tag = "members", params(Id), security(("token" = ["members:read"])),
    responses((status = 200, description = "Who is likely the same person; often nobody", body = LikelyDuplicates)))]
#[get("/members/{id}/likely-duplicates")]
pub(crate) async fn likely_duplicates(caller: Allowed<scope::Read>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let items = duplicates::of_member(&state.store, &state.names, &caller.viewer(), id.0).await?;
    let shown = items.iter().map(|member| member.id).collect();
    give_list(&state, &caller, "likely_duplicates", shown, &LikelyDuplicates { items }).await
}

fn check_limit(limit: u64) -> Result<u64, String> {
    if (1..=MOST).contains(&limit) { Ok(limit) } else { Err(format!("is not between 1 and {MOST}")) }
}
