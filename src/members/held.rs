//! Entries that clash with a protected member. A refusal would tell whoever entered them that the member exists, so the
//! entry is answered as accepted, and held for the privacy officer, who resolves it.
//!
//! Somebody new is not entered at all; only whoever sent her can read her card back, as it would have been. A personal
//! identity number that is entered on another member's card stands there, sealed, but is not found by until it is resolved.

use chrono::{DateTime, NaiveDate, Utc};
use entity::held_entry::{self, Resolution};
use entity::history::Change;
use entity::member;
use entity::membership_period::{LeaveReason, MembershipType};
use entity::visibility::Viewer;
use jobs::history::Actor;
use jobs::{Error, Result, Write};
use sea_orm::sea_query::Condition;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::card::Card;
use super::details::{self, Details, Edit, IdentityNumberChange, Newcomer};
use super::identity_number::IdentityNumber;
use super::list::{Page, write_cursor};
use super::member::Member;
use super::rules;
use crate::access::keys::Keys;

/// What a held entry is sealed for, and hashed for.
const PURPOSE: &str = "held entry";

/// A protected member with whom something clashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clash {
    /// Who.
    pub member_id: Uuid,
    /// In which field.
    pub pointer: &'static str,
}

/// What was entered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sent {
    /// Member number, when one was named.
    pub member_number: Option<String>,
    /// Behind the country that gave it.
    #[schema(example = "SE:198402011234")]
    pub personal_identity_number: Option<String>,
    /// As what she was to join.
    pub membership_type: Option<MembershipType>,
    /// From when.
    pub joined_on: Option<NaiveDate>,
    /// Until when.
    pub left_on: Option<NaiveDate>,
    /// Why she left.
    pub leave_reason: Option<LeaveReason>,
    /// The other fields of a card, by name.
    #[schema(value_type = Object)]
    pub details: Details,
}

/// As it is sealed.
#[derive(Serialize, Deserialize)]
struct Content {
    sent: Sent,
    card: Option<String>,
}

/// An entry that is held, or was.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HeldEntry {
    /// Its id.
    pub id: Uuid,
    /// When it was entered.
    pub received_at: DateTime<Utc>,
    /// By what kind of caller.
    #[schema(example = "registrar")]
    pub by: String,
    /// By which token or account.
    pub by_id: Option<Uuid>,
    /// With which import.
    pub import_id: Option<Uuid>,
    /// In which field it clashes.
    #[schema(example = "/personal_identity_number")]
    pub pointer: String,
    /// The protected member with whom it clashes.
    pub member: Named,
    /// The member on whose card the number was entered; null when somebody new was entered.
    pub claimant: Option<Named>,
    /// What was entered; null once it is resolved.
    pub sent: Option<Sent>,
    /// When it was resolved.
    pub resolved_at: Option<DateTime<Utc>>,
    /// How.
    pub resolution: Option<Resolution>,
}

/// A member by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named {
    /// Her id.
    pub id: Uuid,
    /// Her number.
    pub member_number: String,
    /// All given names.
    pub given_names: String,
    /// The surname.
    pub surname: String,
}

impl Sent {
    /// Of somebody new.
    pub fn of(newcomer: &Newcomer) -> Self {
        Self {
            member_number: newcomer.member_number.clone(),
            personal_identity_number: newcomer.identity_number.as_ref().map(IdentityNumber::with_country),
            membership_type: Some(newcomer.membership_type),
            joined_on: Some(newcomer.joined_on),
            details: newcomer.details.clone(),
            ..Self::default()
        }
    }

    /// The keyed hash by which the same entry is recognised.
    pub fn hash(&self, keys: &Keys, clash: &Clash) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(&(self, clash.member_id, clash.pointer)).map_err(Error::internal)?;
        Ok(keys.keyed_hash(PURPOSE, &[&plain]))
    }
}

/// The member whom `viewer` must not know of and who has this member number or this personal identity number. None when
/// somebody has it whom `viewer` sees: that is an ordinary conflict.
pub async fn clash(
    database: &impl ConnectionTrait,
    keys: &Keys,
    viewer: &Viewer,
    member_number: Option<&str>,
    identity_number: Option<&IdentityNumber>,
) -> Result<Option<Clash>> {
    if *viewer == Viewer::Everyone || (member_number.is_none() && identity_number.is_none()) {
        return Ok(None);
    }
    let hash = identity_number.map(|number| keys.identity_number_hash(&number.with_country()));
    let rows = member::Entity::find()
        .filter(
            Condition::any()
                .add_option(member_number.map(|number| member::Column::MemberNumber.eq(number)))
                .add_option(hash.map(|hash| member::Column::IdentityNumberHash.eq(hash))),
        )
        .all(database)
        .await?;
    let members = Member::complete(database, rows).await?;
    if members.iter().any(|member| member.is_seen_by(viewer)) {
        return Ok(None);
    }
    Ok(members.first().map(|member| {
        let by_number = member_number == Some(member.row.member_number.as_str());
        Clash { member_id: member.row.id, pointer: if by_number { "/member_number" } else { "/personal_identity_number" } }
    }))
}

/// Holds somebody new, and gives the card that she would have.
///
/// # Errors
/// [`Error::Conflict`] when such an entry is held already: had it been accepted, the next one would clash with it.
/// [`Error::Invalid`] as for any newcomer.
pub async fn hold_newcomer(write: &Write, keys: &Keys, newcomer: &Newcomer, clash: &Clash) -> Result<Card> {
    let held = held_entry::Entity::find()
        .filter(held_entry::Column::MemberId.eq(clash.member_id))
        .filter(held_entry::Column::Pointer.eq(clash.pointer))
        .filter(held_entry::Column::ClaimantId.is_null())
        .filter(held_entry::Column::ResolvedAt.is_null());
    if held.one(write.database()).await?.is_some() {
        return Err(Error::Conflict(jobs::error::taken_at(clash.pointer)));
    }
    // Entered and taken out again, so that what is answered is what would have been answered.
    let id = write.new_id();
    let stand_in = Newcomer { member_number: Some(id.to_string()), identity_number: None, ..newcomer.clone() };
    details::enter(write, keys, &stand_in, id).await?;
    let member = Member::load(write.database(), &Viewer::Oneself(id), id).await?;
    let mut card = Card::of(write.database(), member, write.clock().today()).await?;
    member::Entity::delete_by_id(id).exec(write.database()).await?;
    card.member_number = details::member_number(write, newcomer.member_number.as_deref()).await?;
    card.has_personal_identity_number = newcomer.identity_number.is_some();
    let text = serde_json::to_string(&card).map_err(Error::internal)?;
    hold(write, keys, id, clash, None, None, Sent::of(newcomer), Some(text)).await?;
    Ok(card)
}

/// Holds the personal identity number that was entered on the card of `claimant`.
pub async fn hold_claim(
    write: &Write,
    keys: &Keys,
    clash: &Clash,
    claimant: Uuid,
    number: &IdentityNumber,
    import: Option<Uuid>,
) -> Result<()> {
    let sent = Sent { personal_identity_number: Some(number.with_country()), ..Sent::default() };
    hold(write, keys, write.new_id(), clash, Some(claimant), import, sent, None).await
}

/// Holds a row of an import.
pub async fn hold_row(write: &Write, keys: &Keys, clash: &Clash, sent: Sent, import: Uuid) -> Result<()> {
    hold(write, keys, write.new_id(), clash, None, Some(import), sent, None).await
}

#[expect(clippy::too_many_arguments, reason = "one row's columns, from three callers in this file")]
async fn hold(
    write: &Write,
    keys: &Keys,
    id: Uuid,
    clash: &Clash,
    claimant: Option<Uuid>,
    import: Option<Uuid>,
    sent: Sent,
    card: Option<String>,
) -> Result<()> {
    let content_hash = sent.hash(keys, clash)?;
    let content = serde_json::to_vec(&Content { sent, card }).map_err(Error::internal)?;
    let row = held_entry::Model {
        id,
        member_id: clash.member_id,
        claimant_id: claimant,
        pointer: clash.pointer.to_owned(),
        content: Some(keys.seal(PURPOSE, id, &content)?),
        content_hash,
        actor_kind: write.actor().kind.clone(),
        actor_id: write.actor().id,
        import_id: import,
        received_at: write.now(),
        resolved_at: None,
        resolution: None,
    };
    held_entry::Entity::insert(row.into_active_model()).exec_without_returning(write.database()).await?;
    Ok(())
}

/// Which of these hashes of what was [sent](Sent::hash) were entered before.
pub async fn known(database: &impl ConnectionTrait, hashes: impl IntoIterator<Item = Vec<u8>>) -> Result<Vec<Vec<u8>>> {
    Ok(held_entry::Entity::find()
        .select_only()
        .column(held_entry::Column::ContentHash)
        .filter(held_entry::Column::ContentHash.is_in(hashes))
        .into_tuple()
        .all(database)
        .await?)
}

/// The card that `actor` was given for somebody new who is held.
pub async fn card(database: &impl ConnectionTrait, keys: &Keys, actor: &Actor, id: Uuid) -> Result<Option<String>> {
    let entry = held_entry::Entity::find_by_id(id)
        .filter(held_entry::Column::ActorKind.eq(actor.kind.as_str()))
        .filter(held_entry::Column::ActorId.eq(actor.id))
        .one(database)
        .await?;
    Ok(entry.map(|entry| content(keys, &entry)).transpose()?.flatten().and_then(|content| content.card))
}

fn content(keys: &Keys, entry: &held_entry::Model) -> Result<Option<Content>> {
    let Some(sealed) = &entry.content else { return Ok(None) };
    let plain = keys.open_sealed(PURPOSE, entry.id, sealed)?;
    serde_json::from_slice(&plain).map(Some).map_err(Error::internal)
}

/// The entries that are held, the oldest first; with `resolved` those that were, too.
pub async fn list(
    database: &impl ConnectionTrait,
    keys: &Keys,
    resolved: bool,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Page<HeldEntry>> {
    let rows = held_entry::Entity::find()
        .filter(
            Condition::all()
                .add_option((!resolved).then(|| held_entry::Column::ResolvedAt.is_null()))
                .add_option(after.map(|id| held_entry::Column::Id.gt(id))),
        )
        .order_by_asc(held_entry::Column::Id)
        .limit(limit + 1)
        .all(database)
        .await?;
    let page = Page::cut(rows, limit, |row| write_cursor(row.id));
    Ok(Page { items: shown(database, keys, page.items).await?, next: page.next })
}

/// One entry.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(database: &impl ConnectionTrait, keys: &Keys, id: Uuid) -> Result<HeldEntry> {
    let row = held_entry::Entity::find_by_id(id).one(database).await?.ok_or(Error::NotFound)?;
    shown(database, keys, vec![row]).await?.pop().ok_or(Error::NotFound)
}

async fn shown(database: &impl ConnectionTrait, keys: &Keys, rows: Vec<held_entry::Model>) -> Result<Vec<HeldEntry>> {
    let ids = rows.iter().flat_map(|row| [Some(row.member_id), row.claimant_id]).flatten();
    let members = member::Entity::find().filter(member::Column::Id.is_in(ids)).all(database).await?;
    let named = |id: Uuid| {
        members.iter().find(|row| row.id == id).map(|row| Named {
            id,
            member_number: row.member_number.clone(),
            given_names: row.given_names.clone(),
            surname: row.surname.clone(),
        })
    };
    rows.into_iter()
        .map(|row| {
            Ok(HeldEntry {
                member: named(row.member_id).ok_or_else(|| Error::internal("a held entry of no member"))?,
                claimant: row.claimant_id.and_then(named),
                sent: content(keys, &row)?.map(|content| content.sent),
                id: row.id,
                received_at: row.received_at,
                by: row.actor_kind,
                by_id: row.actor_id,
                import_id: row.import_id,
                pointer: row.pointer,
                resolved_at: row.resolved_at,
                resolution: row.resolution,
            })
        })
        .collect()
}

/// Resolves a held entry.
///
/// # Errors
/// [`Error::Conflict`] when it was resolved already, or the protected member still has the number that is to go to
/// somebody else.
pub async fn resolve(write: &Write, keys: &Keys, id: Uuid, resolution: Resolution) -> Result<()> {
    let database = write.database();
    let entry = held_entry::Entity::find_by_id(id).one(database).await?.ok_or(Error::NotFound)?;
    let Some(Content { sent, .. }) = content(keys, &entry)? else {
        return Err(Error::conflict("", "it was resolved already"));
    };
    match (resolution, entry.claimant_id) {
        (Resolution::Discarded, None) => {}
        (Resolution::SameMember, None) => {
            let member = Member::load(database, &Viewer::Everyone, entry.member_id).await?;
            let mut edit = Edit::of(&member);
            edit.details = sent.over(&edit.details)?;
            details::update(write, keys, &member, &edit, Change::Updated, None).await?;
        }
        (Resolution::OtherMember, None) => {
            details::register(write, keys, &sent.newcomer(write, &entry.pointer)?).await?;
        }
        (Resolution::Discarded | Resolution::SameMember, Some(claimant)) => {
            change_number(write, keys, claimant, IdentityNumberChange::Clear).await?;
        }
        (Resolution::OtherMember, Some(claimant)) => {
            let number = sent.number(write)?.map_or(IdentityNumberChange::Keep, IdentityNumberChange::Set);
            change_number(write, keys, claimant, number).await?;
        }
    }
    let mut entry = entry.into_active_model();
    entry.content = Set(None);
    entry.resolved_at = Set(Some(write.now()));
    entry.resolution = Set(Some(resolution));
    entry.update(database).await?;
    Ok(())
}

async fn change_number(write: &Write, keys: &Keys, member: Uuid, number: IdentityNumberChange) -> Result<()> {
    let member = Member::load(write.database(), &Viewer::Everyone, member).await?;
    let edit = Edit { identity_number: number, ..Edit::of(&member) };
    details::update(write, keys, &member, &edit, Change::Updated, None).await
}

impl Sent {
    /// What was entered, over what stands on a card; a blank wipes nothing, and what is not kept there is left out.
    fn over(&self, details: &Details) -> Result<Details> {
        let mut over = serde_json::to_value(details).map_err(Error::internal)?;
        let sent = serde_json::to_value(&self.details).map_err(Error::internal)?;
        for (field, value) in sent.as_object().into_iter().flatten() {
            let blank = value.is_null() || value == "" || *value == Value::Array(Vec::new());
            if !blank && !matches!(field.as_str(), "protection" | "hidden") {
                over[field] = value.clone();
            }
        }
        let over: Details = serde_json::from_value(over).map_err(Error::internal)?;
        let over = if details.protection.is_some_and(|kind| kind.purges()) { over.with_place_of(details) } else { over };
        Ok(understood(over))
    }

    /// Somebody new, without what clashed.
    fn newcomer(&self, write: &Write, pointer: &str) -> Result<Newcomer> {
        let by_number = pointer == "/member_number";
        Ok(Newcomer {
            member_number: self.member_number.clone().filter(|_| !by_number),
            details: understood(self.details.clone()),
            identity_number: if by_number { self.number(write)? } else { None },
            membership_type: self.membership_type.unwrap_or(super::import::merge::DEFAULT_TYPE),
            joined_on: self.joined_on.unwrap_or(write.clock().today()),
        })
    }

    fn number(&self, write: &Write) -> Result<Option<IdentityNumber>> {
        let number = self.personal_identity_number.as_deref();
        number.map(|text| rules::identity_number(text, "", write.clock().today()).map_err(Error::internal)).transpose()
    }
}

/// A stored number is international or as it was given: no country helps to read it anew.
fn understood(mut details: Details) -> Details {
    details.read_phone("");
    details
}
