//! Protected identities, hidden memberships and personal identity numbers: what the privacy officer alone sees or sets.

use entity::history::Change;
use entity::member::Protection;
use jobs::{Error, Result, Write};

use super::details::{self, Details, Edit, IDENTITY_NUMBER};
use super::member::Member;
use crate::access::keys::Keys;

/// Sets or lifts the protected identity and the hidden membership of a member.
///
/// # Errors
/// [`Error::Stale`] when she was changed since.
pub async fn protect(write: &Write, keys: &Keys, member: &Member, protection: Option<Protection>, hidden: bool) -> Result<()> {
    let edit = Edit { details: Details { protection, hidden, ..Details::of(member) }, ..Edit::of(member) };
    details::update(write, keys, member, &edit, kind_of(member, &edit, Change::Updated), None).await
}

/// What the feed is told of `edit`: whoever follows must forget a member who becomes protected, whatever else changes.
pub fn kind_of(member: &Member, edit: &Edit, otherwise: Change) -> Change {
    let withdrawn = member.row.protection.is_none() && edit.details.protection.is_some();
    if withdrawn { Change::Withdrawn } else { otherwise }
}

/// The personal identity number, behind its country: `SE:198402011234`.
///
/// # Errors
/// [`Error::Internal`] when it does not open with this key.
pub fn identity_number(keys: &Keys, member: &Member) -> Result<Option<String>> {
    let Some(sealed) = &member.row.identity_number else { return Ok(None) };
    let plain = keys.open_sealed(IDENTITY_NUMBER, member.row.id, sealed)?;
    String::from_utf8(plain).map(Some).map_err(Error::internal)
}
