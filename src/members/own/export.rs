//! All that the register holds of a member, for her to take along (GDPR, article 20): complete and readable by machines. The
//! personal identity number is not in it; she has it herself, and mailboxes are read by others.

use entity::member::Protection;
use jobs::{Clock, Result};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde::Serialize;
use utoipa::ToSchema;

use super::consents::{self, Consents};
use super::follow_ups::{self, OwnFollowUp};
use crate::members::card::Card;
use crate::members::changes::{self, MemberHistory};
use crate::members::email_change::{self, EmailChange};
use crate::members::import::units::UnitNames;
use crate::members::json_file::JsonMember;
use crate::members::member::Member;
use crate::members::proposals::{self, OwnProposal};
use crate::members::reads::{self, Reads, Told};

/// More changes than a member can have.
const ALL: u64 = 100_000;

/// All that the register holds of a member.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnExport {
    /// Her card.
    pub card: Card,
    /// The same with all membership periods, as a file of members has it.
    #[schema(value_type = Object)]
    pub member: JsonMember,
    /// Kind of protected identity.
    pub protection: Option<Protection>,
    /// What she has agreed to.
    pub consents: Consents,
    /// What she has proposed.
    pub proposals: Vec<OwnProposal>,
    /// A change of her e-mail address that waits, or was stopped.
    pub email_change: Option<EmailChange>,
    /// What she is asked.
    pub follow_ups: Vec<OwnFollowUp>,
    /// What was changed, the newest first; appointments are told in it, too.
    pub history: Vec<MemberHistory>,
    /// Who has read her record.
    pub reads: Reads,
}

/// All that the register holds of `member`.
pub async fn of(database: &impl ConnectionTrait, audit: &DatabaseConnection, clock: &Clock, member: Member) -> Result<OwnExport> {
    let (id, since) = (member.row.id, member.row.created_at);
    let names = UnitNames::load(database).await?;
    Ok(OwnExport {
        card: Card::of(database, member.clone(), clock.today()).await?,
        protection: member.row.protection,
        member: JsonMember::of(member, &names, None),
        consents: consents::of(database, id).await?,
        proposals: proposals::of_member(database, id).await?,
        email_change: email_change::waiting(database, id, clock.now()).await?,
        follow_ups: follow_ups::of(database, id).await?,
        history: changes::of_member(database, id, None, ALL).await?.items,
        reads: reads::of(database, audit, clock, id, since, Told::Roles).await?,
    })
}
