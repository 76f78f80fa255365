//! Proposals: what a member says about herself, or what follows from a follow-up, and somebody else decides with one press.
//! Where she works, when she graduated and as what she is a member is a registrar's to accept, because lists, rights and
//! fees follow from it; an erasure is the privacy officer's.
//!
//! Of whoever is protected everything is the privacy officer's, as elsewhere.

use chrono::{DateTime, Utc};
use entity::history::Change;
use entity::member;
use entity::membership_period::MembershipType;
use entity::proposal::{self, Decision, Kind};
pub use entity::proposal::{Proposed, ProposedWorkplace};
use jobs::{Error, Result, Write};
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::details::{self, Edit};
use super::email_change;
use super::erase::erase_by_decision;
use super::import::units::Units;
use super::list::{Page, write_cursor};
use super::member::Member;
use super::periods;
use crate::access::caller::{Caller, Scope};
use crate::access::keys::Keys;

/// A proposal, as its member sees it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OwnProposal {
    /// Its id.
    pub id: Uuid,
    /// What it is about.
    pub kind: Kind,
    /// What is proposed.
    pub proposed: Proposed,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// How.
    pub decision: Option<Decision>,
}

/// A proposal, as whoever decides sees it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Proposal {
    /// What is proposed, and when.
    #[serde(flatten)]
    pub proposal: OwnProposal,
    /// The member who proposes it.
    pub member: Proposer,
}

/// The member who proposes something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Proposer {
    /// Her id.
    pub id: Uuid,
    /// Her number.
    pub member_number: String,
    /// All given names.
    pub given_names: String,
    /// The surname.
    pub surname: String,
}

impl OwnProposal {
    fn of(row: proposal::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            proposed: row.content,
            created_at: row.created_at,
            decided_at: row.decided_at,
            decision: row.decision,
        }
    }
}

/// Makes a proposal in place of an older one of its kind.
pub async fn propose(write: &Write, member: Uuid, kind: Kind, proposed: Proposed) -> Result<OwnProposal> {
    Ok(OwnProposal::of(jobs::proposals::propose(write, member, kind, proposed).await?))
}

/// What a member has proposed, the newest first.
pub async fn of_member(database: &impl ConnectionTrait, member: Uuid) -> Result<Vec<OwnProposal>> {
    let rows = proposal::Entity::find().filter(proposal::Column::MemberId.eq(member)).order_by_desc(proposal::Column::Id);
    Ok(rows.all(database).await?.into_iter().map(OwnProposal::of).collect())
}

/// The proposals that wait and that `caller` may decide, the oldest first.
pub async fn waiting(
    database: &impl ConnectionTrait,
    caller: &Caller,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Page<Proposal>> {
    let of = |condition: Condition| {
        let members = Query::select().column(member::Column::Id).from(member::Entity).cond_where(condition).to_owned();
        proposal::Column::MemberId.in_subquery(members)
    };
    let seen = caller.viewer().members();
    let mut decides = Condition::any();
    if caller.may(Scope::MembersRegister) {
        let open = seen.clone().add(member::Column::Protection.is_null());
        decides = decides.add(Condition::all().add(proposal::Column::Kind.ne(Kind::Erasure)).add(of(open)));
    }
    if caller.may(Scope::MembersProtect) {
        let protected = seen.clone().add(member::Column::Protection.is_not_null());
        decides = decides.add(Condition::all().add(proposal::Column::Kind.ne(Kind::Erasure)).add(of(protected)));
    }
    if caller.may(Scope::Erase) {
        decides = decides.add(Condition::all().add(proposal::Column::Kind.eq(Kind::Erasure)).add(of(seen)));
    }
    let rows = proposal::Entity::find()
        .filter(proposal::Column::DecidedAt.is_null())
        .filter(decides)
        .filter(Condition::all().add_option(after.map(|id| proposal::Column::Id.gt(id))))
        .order_by_asc(proposal::Column::Id)
        .limit(limit + 1)
        .all(database)
        .await?;
    let page = Page::cut(rows, limit, |row| write_cursor(row.id));
    Ok(Page { items: with_members(database, page.items).await?, next: page.next })
}

async fn with_members(database: &impl ConnectionTrait, rows: Vec<proposal::Model>) -> Result<Vec<Proposal>> {
    let ids = rows.iter().map(|row| row.member_id);
    let members = member::Entity::find().filter(member::Column::Id.is_in(ids)).all(database).await?;
    let named = |id: Uuid| {
        let row = members.iter().find(|row| row.id == id)?;
        let (member_number, given_names, surname) = (row.member_number.clone(), row.given_names.clone(), row.surname.clone());
        Some(Proposer { id, member_number, given_names, surname })
    };
    rows.into_iter()
        .map(|row| {
            let member = named(row.member_id).ok_or(Error::NotFound)?;
            Ok(Proposal { proposal: OwnProposal::of(row), member })
        })
        .collect()
}

/// Accepts or declines a proposal. What is accepted stands in the register at once. An e-mail address that is declined is taken
/// out of the register should it stand there: nobody signs in by it, and the old one does not come back by itself.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its member is not the caller's to see; [`Error::NotAllowed`] when somebody
/// else decides; [`Error::Conflict`] when it was decided already.
pub async fn decide(write: &Write, keys: &Keys, caller: &Caller, id: Uuid, accept: bool) -> Result<()> {
    let row = proposal::Entity::find_by_id(id).one(write.database()).await?.ok_or(Error::NotFound)?;
    let member = Member::load(write.database(), &caller.viewer(), row.member_id).await?;
    caller.needs(match (row.kind, member.row.protection) {
        (Kind::Erasure, _) => Scope::Erase,
        (_, Some(_)) => Scope::MembersProtect,
        (_, None) => Scope::MembersRegister,
    })?;
    if row.decided_at.is_some() {
        return Err(Error::conflict("", "it was decided already; read the list again"));
    }
    let proposed = &row.content;
    match row.kind {
        Kind::Email => put_email(write, keys, &member, proposed.email.clone(), accept).await?,
        _ if !accept => {}
        Kind::Workplace => put_workplaces(write, keys, &member, proposed, id).await?,
        Kind::Graduation => put_graduation(write, keys, &member, proposed).await?,
        Kind::MembershipType => put_membership_type(write, &member, proposed).await?,
        // The proposal goes with her.
        Kind::Erasure => return erase_by_decision(write, &member).await,
    }
    jobs::proposals::decided(write, row, if accept { Decision::Accepted } else { Decision::Declined }).await
}

async fn put_workplaces(write: &Write, keys: &Keys, member: &Member, proposed: &Proposed, id: Uuid) -> Result<()> {
    let mut units = Units::load(write.database()).await?;
    let places = proposed.workplaces.iter().flatten();
    let mut ids: Vec<Uuid> = places
        .map(|place| match &place.employer {
            None => units.workplace_named(write.clock(), &place.workplace),
            employer => units.workplace(write.clock(), employer.as_deref(), &place.workplace),
        })
        .collect();
    ids.sort();
    ids.dedup();
    units.write_new(write, id).await?;
    let mut edit = Edit::of(member);
    edit.details.workplace_ids = ids;
    details::update(write, keys, member, &edit, Change::Updated, None).await
}

async fn put_email(write: &Write, keys: &Keys, member: &Member, email: Option<String>, accept: bool) -> Result<()> {
    let mut edit = Edit::of(member);
    if accept {
        edit.details.email = email;
    } else if edit.details.email == email {
        edit.details.email = None;
    }
    details::update(write, keys, member, &edit, Change::Updated, None).await?;
    email_change::settle(write, member.row.id).await
}

async fn put_graduation(write: &Write, keys: &Keys, member: &Member, proposed: &Proposed) -> Result<()> {
    let mut edit = Edit::of(member);
    edit.details.graduation_date = proposed.graduation_date;
    edit.details.graduation_confirmed_on = (proposed.graduated == Some(true)).then(|| write.clock().today());
    details::update(write, keys, member, &edit, Change::Updated, None).await
}

/// She goes on as another type; a student only, as she was when it was proposed.
async fn put_membership_type(write: &Write, member: &Member, proposed: &Proposed) -> Result<()> {
    let student = member.open_period().is_some_and(|period| period.membership_type == MembershipType::Student);
    let (Some(membership_type), Some(from), true) = (proposed.membership_type, proposed.from, student) else {
        return Err(Error::conflict("", "she is no student member any more; decline it"));
    };
    periods::change_type(write, member, membership_type, from).await
}
