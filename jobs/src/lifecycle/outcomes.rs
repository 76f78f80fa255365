//! What follows from the outcome of a follow-up. Who stays as a professional is proposed to the registrar as one; whose
//! contact details are wrong is asked to put them right.

use chrono::NaiveDate;
use entity::follow_up::{self, Office, Outcome};
use entity::membership_period::{self, MembershipType};
use entity::outbox::MailPriority;
use entity::proposal::{Kind, Proposed};
use entity::verification::{self, Detail};
use entity::{member, undeliverable_address};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use crate::mails::ConfirmDetails;
use crate::outbox::{Needs, NewMail, Outbox, Recipient, is_usable};
use crate::responsible::is_current;
use crate::{Result, Write, proposals};

/// Does what follows from `outcome`, which is not that of `before`. Gives the office to which it goes besides.
///
/// # Errors
/// When the register cannot be written.
pub(super) async fn follow(
    write: &Write,
    outbox: &Outbox,
    before: &follow_up::Model,
    outcome: Option<Outcome>,
) -> Result<Option<Office>> {
    if before.outcome == Some(Outcome::Stays) {
        proposals::withdraw(write, before.member_id, Kind::MembershipType, before.id).await?;
    }
    match outcome {
        Some(Outcome::Stays) => {
            let today = write.clock().today();
            if is_student(write.database(), before.member_id, today).await? {
                let proposed = Proposed {
                    membership_type: Some(MembershipType::Professional),
                    from: Some(today),
                    follow_up_id: Some(before.id),
                    ..Proposed::default()
                };
                proposals::propose(write, before.member_id, Kind::MembershipType, proposed).await?;
            }
            Ok(None)
        }
        Some(Outcome::WrongDetails) => ask_to_confirm(write, outbox, before).await,
        _ => Ok(None),
    }
}

async fn is_student(database: &impl ConnectionTrait, member: Uuid, today: NaiveDate) -> Result<bool> {
    let student = membership_period::Entity::find()
        .filter(is_current(today))
        .filter(membership_period::Column::MemberId.eq(member))
        .filter(membership_period::Column::MembershipType.eq(MembershipType::Student));
    Ok(student.count(database).await? > 0)
}

/// What was checked of her details holds no more, and she is asked by mail, once for each follow-up. Whom no mail reaches
/// goes to the office.
async fn ask_to_confirm(write: &Write, outbox: &Outbox, follow_up: &follow_up::Model) -> Result<Option<Office>> {
    let database = write.database();
    verification::Entity::delete_many()
        .filter(verification::Column::MemberId.eq(follow_up.member_id))
        .filter(verification::Column::Detail.is_in([Detail::Email, Detail::Phone]))
        .exec(database)
        .await?;
    let Some(member) = member::Entity::find_by_id(follow_up.member_id).one(database).await? else { return Ok(None) };
    let office = if member.protection.is_some() { Office::PrivacyOfficer } else { Office::Office };
    let Some(address) = member.email.filter(|address| is_usable(address)) else { return Ok(Some(office)) };
    let undeliverable = undeliverable_address::Entity::find()
        .filter(undeliverable_address::Column::Address.eq(address.to_lowercase()))
        .filter(undeliverable_address::Column::ResolvedAt.is_null());
    if undeliverable.count(database).await? > 0 {
        return Ok(Some(office));
    }
    let language = outbox.language(member.language.as_deref());
    let mail = NewMail {
        dedupe_key: format!("{}/{}", ConfirmDetails::KIND, follow_up.id),
        priority: MailPriority::Notice,
        kind: ConfirmDetails::KIND,
        slot: None,
        to: Recipient { member_id: Some(member.id), name: Some(format!("{} {}", member.given_names, member.surname)), address },
        language,
        content: ConfirmDetails.render(&outbox.letterhead(language))?,
        needs: Needs { membership: true, ..Needs::default() },
    };
    outbox.enqueue(write, mail).await?;
    Ok(None)
}
