//! Protected identities, hidden memberships and personal identity numbers: what the privacy officer alone sees or sets.
//!
//! Every kind of protected identity hides the member (`entity::visibility`). `marked` does no more. The other kinds say that
//! nobody may find out where she lives: after [`UNDO`], in which a mistake can be taken back, everything that
//! [locates](Details::without_place) her is purged, with its history. What is kept, sealed, is one forwarding address
//! and one e-mail address, for the privacy officer. Nothing lifts a protection but the privacy officer: the date on which
//! she means to look at it again is a note.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::follow_up::Office;
use entity::history::{self, Change, Subject};
use entity::member::Protection;
use entity::visibility::Viewer;
use entity::{
    appointment, email_change, follow_up, member, member_workplace, outbox, proposal, protection, undeliverable_address,
    verification,
};
use jobs::history::{Actor, Changes, Entry};
use jobs::{Error, Result, Store, Write};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::details::{self, Details, Edit, IDENTITY_NUMBER, replace_row};
use super::member::Member;
use crate::access::keys::Keys;
use crate::access::sessions;

/// How long a protection of a kind that purges can be taken back as if it had not been.
pub const UNDO: Duration = Duration::days(7);
/// The fields of a card that locate her, by their names in API and history.
pub const LOCATING: [&str; 10] =
    ["email", "phone", "street", "postal_code", "city", "country", "occupation", "workplace_ids", "local_branch_id", "school_id"];
/// The fields of an appointment that do.
const LOCATING_APPOINTMENTS: [&str; 3] = ["workplace_id", "school_id", "local_branch_id"];
/// What is kept is sealed for these.
const FORWARDING_ADDRESS: &str = "forwarding address";
const KEPT_EMAIL: &str = "kept e-mail";

/// How a member is to be protected.
#[derive(Clone, Debug, Default)]
pub struct Protecting {
    /// Kind of protected identity; none lifts it.
    pub protection: Option<Protection>,
    /// Hidden membership.
    pub hidden: bool,
    /// When to look at it again; none keeps what is noted, an inner none clears it.
    pub review_on: Option<Option<NaiveDate>>,
    /// Where letters reach her; as above.
    pub forwarding_address: Option<Option<String>>,
    /// The e-mail address that is kept; as above.
    pub email: Option<Option<String>>,
}

/// How a member is protected.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Protected {
    /// Kind of protected identity; null for none.
    pub protection: Option<Protection>,
    /// Hidden membership.
    pub hidden: bool,
    /// Since when she is protected.
    pub since: Option<DateTime<Utc>>,
    /// When to look at it again. Nothing happens by itself on that day.
    pub review_on: Option<NaiveDate>,
    /// When what locates her is purged; until then the protection can be taken back without loss.
    pub purge_at: Option<DateTime<Utc>>,
    /// When that was done.
    pub purged_at: Option<DateTime<Utc>>,
    /// The one address by which a letter reaches her.
    #[schema(example = "Skatteverket, förmedlingsuppdrag, Box 2820, 403 20 Göteborg")]
    pub forwarding_address: Option<String>,
    /// The one e-mail address that is kept.
    pub email: Option<String>,
}

/// Sets or lifts the protected identity and the hidden membership of a member.
///
/// # Errors
/// [`Error::Stale`] when she was changed since.
pub async fn protect(write: &Write, keys: &Keys, member: &Member, wanted: &Protecting) -> Result<()> {
    let &Protecting { protection, hidden, .. } = wanted;
    let edit = Edit { details: Details { protection, hidden, ..Details::of(member) }, ..Edit::of(member) };
    details::update(write, keys, member, &edit, kind_of(member, &edit, Change::Updated), None).await?;
    let id = member.row.id;
    let Some(mut row) = keep_record(write, id, protection).await? else { return Ok(()) };
    if let Some(day) = wanted.review_on {
        row.review_on = day;
    }
    let seal =
        |purpose: &str, text: &Option<String>| text.as_ref().map(|text| keys.seal(purpose, id, text.as_bytes())).transpose();
    if let Some(address) = &wanted.forwarding_address {
        row.forwarding_address = seal(FORWARDING_ADDRESS, address)?;
    }
    if let Some(email) = &wanted.email {
        row.email = seal(KEPT_EMAIL, email)?;
    }
    row.into_active_model().reset_all().update(write.database()).await?;
    Ok(())
}

/// What is kept about the protection of `member`.
pub async fn protected(database: &impl ConnectionTrait, keys: &Keys, member: &Member) -> Result<Protected> {
    let row = protection::Entity::find_by_id(member.row.id).one(database).await?;
    let open = |purpose: &str, sealed: &Option<Vec<u8>>| -> Result<Option<String>> {
        let Some(sealed) = sealed else { return Ok(None) };
        let plain = keys.open_sealed(purpose, member.row.id, sealed)?;
        String::from_utf8(plain).map(Some).map_err(Error::internal)
    };
    let (address, email) = match &row {
        Some(row) => (open(FORWARDING_ADDRESS, &row.forwarding_address)?, open(KEPT_EMAIL, &row.email)?),
        None => (None, None),
    };
    let row = row.as_ref();
    Ok(Protected {
        protection: member.row.protection,
        hidden: member.row.hidden,
        since: row.map(|row| row.since),
        review_on: row.and_then(|row| row.review_on),
        purge_at: row.and_then(|row| row.purge_at),
        purged_at: row.and_then(|row| row.purged_at),
        forwarding_address: address,
        email,
    })
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

/// Purges what locates protected members and is due, and gives how many it was.
///
/// # Errors
/// When the register cannot be written now; who is left is purged the next time.
pub async fn purge_due(store: &Store, keys: &Keys) -> Result<usize> {
    keep_records(store).await?;
    let now = store.clock().now();
    let due = protection::Entity::find()
        .filter(protection::Column::PurgeAt.lte(now))
        .filter(
            Condition::any()
                .add(protection::Column::PurgedAt.is_null())
                .add(Expr::col(protection::Column::PurgedAt).lt(Expr::col(protection::Column::PurgeAt))),
        )
        .all(store.database())
        .await?;
    for row in &due {
        store.write(&Actor::system(), async |write| purge(write, keys, row.clone()).await).await?;
    }
    Ok(due.len())
}

/// Members come to be protected by import too: each gets her record here, at the latest.
async fn keep_records(store: &Store) -> Result<()> {
    let known = protection::Entity::find().all(store.database()).await?;
    let protected = member::Entity::find().filter(member::Column::Protection.is_not_null()).all(store.database()).await?;
    let fits = |row: &protection::Model| {
        let kind = protected.iter().find(|member| member.id == row.member_id).and_then(|member| member.protection);
        kind.is_some_and(|kind| kind.purges() == row.purge_at.is_some())
    };
    let wrong = known.iter().filter(|row| !fits(row)).map(|row| row.member_id);
    let missing = protected.iter().map(|member| member.id).filter(|id| !known.iter().any(|row| row.member_id == *id));
    let ids: Vec<Uuid> = wrong.chain(missing).collect();
    for id in ids {
        store
            .write(&Actor::system(), async |write| {
                let member = member::Entity::find_by_id(id).one(write.database()).await?;
                if let Some(member) = member {
                    keep_record(write, id, member.protection).await?;
                }
                Ok(())
            })
            .await?;
    }
    Ok(())
}

/// Makes the record of a protection fit its kind, or removes it when there is none.
async fn keep_record(write: &Write, id: Uuid, kind: Option<Protection>) -> Result<Option<protection::Model>> {
    let known = protection::Entity::find_by_id(id).one(write.database()).await?;
    let Some(kind) = kind else {
        protection::Entity::delete_by_id(id).exec(write.database()).await?;
        return Ok(None);
    };
    let blank = protection::Model {
        member_id: id,
        since: write.now(),
        review_on: None,
        purge_at: None,
        purged_at: None,
        forwarding_address: None,
        email: None,
    };
    let mut row = known.clone().unwrap_or(blank);
    row.purge_at = kind.purges().then(|| row.purge_at.unwrap_or(write.now() + UNDO));
    match known {
        None => {
            protection::Entity::insert(row.clone().into_active_model()).exec_without_returning(write.database()).await?;
        }
        Some(known) if known != row => {
            row.clone().into_active_model().reset_all().update(write.database()).await?;
        }
        Some(_) => {}
    }
    Ok(Some(row))
}

async fn purge(write: &Write, keys: &Keys, mut row: protection::Model) -> Result<()> {
    let database = write.database();
    let member = Member::load(database, &Viewer::Everyone, row.member_id).await?;
    let (id, before) = (member.row.id, Details::of(&member));
    if let (None, Some(email)) = (&row.email, &before.email) {
        row.email = Some(keys.seal(KEPT_EMAIL, id, email.as_bytes())?);
    }
    let after = before.without_place();
    replace_row(write, &member, after.write_to(member.row.clone())).await?;
    member_workplace::Entity::delete_many().filter(member_workplace::Column::MemberId.eq(id)).exec(database).await?;
    verification::Entity::delete_many().filter(verification::Column::MemberId.eq(id)).exec(database).await?;
    outbox::Entity::delete_many().filter(outbox::Column::MemberId.eq(id)).exec(database).await?;
    jobs::outbox::forget_named(write, id).await?;
    undeliverable_address::Entity::delete_many().filter(undeliverable_address::Column::MemberId.eq(id)).exec(database).await?;
    // What she proposed names her workplace or an address, and by her address nobody signs in any more.
    proposal::Entity::delete_many()
        .filter(proposal::Column::MemberId.eq(id))
        .filter(proposal::Column::Kind.ne(proposal::Kind::Erasure))
        .exec(database)
        .await?;
    email_change::Entity::delete_many().filter(email_change::Column::MemberId.eq(id)).exec(database).await?;
    sessions::end_resting_on_mail(write, id).await?;
    remove_appointments(write, id).await?;
    follow_up::Entity::update_many()
        .col_expr(follow_up::Column::Note, Expr::value(None::<String>))
        .col_expr(follow_up::Column::ResponsibleMemberId, Expr::value(None::<Uuid>))
        .col_expr(follow_up::Column::AppointmentId, Expr::value(None::<Uuid>))
        .col_expr(follow_up::Column::Office, Expr::value(Office::PrivacyOfficer))
        .filter(follow_up::Column::MemberId.eq(id))
        .exec(database)
        .await?;
    redact_history(write, id).await?;
    let mut purged = Changes::default();
    before.changes_to(&after).fields().for_each(|field| purged.note_unsaid(field));
    write.note(Entry::member(id, Change::Updated, Some(purged.into_json())));
    row.purged_at = Some(write.now());
    row.into_active_model().reset_all().update(database).await?;
    Ok(())
}

/// Whom she represents, and for whom she stands in, says where she works.
async fn remove_appointments(write: &Write, id: Uuid) -> Result<()> {
    let database = write.database();
    for row in appointment::Entity::find().filter(appointment::Column::MemberId.eq(id)).all(database).await? {
        appointment::Entity::delete_by_id(row.id).exec(database).await?;
        write.note(Entry {
            subject: Subject::Appointment,
            subject_id: row.id,
            member_id: Some(id),
            change: Change::Removed,
            changes: None,
        });
    }
    forget_deputy(write, id).await
}

/// Takes her out of the appointments in which she stands in for somebody.
pub(super) async fn forget_deputy(write: &Write, id: Uuid) -> Result<()> {
    for row in appointment::Entity::find().filter(appointment::Column::DeputyMemberId.eq(id)).all(write.database()).await? {
        let mut changes = Changes::default();
        changes.note_unsaid("deputy_member_id");
        let (subject_id, member_id) = (row.id, Some(row.member_id));
        let after = appointment::Model { deputy_member_id: None, version: row.version + 1, ..row };
        after.into_active_model().reset_all().update(write.database()).await?;
        let changes = Some(changes.into_json());
        write.note(Entry { subject: Subject::Appointment, subject_id, member_id, change: Change::Updated, changes });
    }
    Ok(())
}

/// Takes the values of what locates her out of her history, and her out of that of others' appointments.
async fn redact_history(write: &Write, id: Uuid) -> Result<()> {
    let named = Query::select()
        .column(history::Column::Number)
        .from(history::Entity)
        .and_where(history::Column::SubjectType.eq(Subject::Appointment))
        .and_where(Expr::col(history::Column::Changes).cast_as("text").like(format!("%{id}%")))
        .to_owned();
    let rows = history::Entity::find()
        .filter(Condition::any().add(history::Column::MemberId.eq(id)).add(history::Column::Number.in_subquery(named)))
        .filter(history::Column::Changes.is_not_null())
        .all(write.database())
        .await?;
    for row in rows {
        let Some(mut changes) = row.changes.clone() else { continue };
        let hers = row.member_id == Some(id);
        redact(&mut changes, |field, change| {
            (hers && (LOCATING.contains(&field) || LOCATING_APPOINTMENTS.contains(&field)))
                || (!hers && change.to_string().contains(&id.to_string()))
        });
        if Some(&changes) != row.changes.as_ref() {
            history::Entity::update_many()
                .col_expr(history::Column::Changes, Expr::value(changes))
                .filter(history::Column::Number.eq(row.number))
                .exec(write.database())
                .await?;
        }
    }
    Ok(())
}

/// Leaves of the fields that `locates` names nothing but that they changed.
fn redact(changes: &mut Value, locates: impl Fn(&str, &Value) -> bool) {
    for (field, change) in changes.as_object_mut().into_iter().flatten() {
        if locates(field, change) {
            *change = json!({"old": null, "new": null});
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_locates_is_what_the_purge_blanks() {
        let id = Uuid::from_u128(1);
        let text = || Some("x".to_owned());
        let full = Details {
            email: text(),
            phone: text(),
            street: text(),
            postal_code: text(),
            city: text(),
            country: text(),
            occupation: text(),
            workplace_ids: vec![id],
            local_branch_id: Some(id),
            school_id: Some(id),
            given_names: "Anna".into(),
            surname: "Ek".into(),
            ..Details::default()
        };
        let changes = full.changes_to(&full.without_place());
        let mut expected = LOCATING.to_vec();
        expected.sort_unstable();
        assert_eq!(changes.fields().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn redacted_is_the_value_and_not_that_it_changed() {
        let mut changes = json!({"city": {"old": "Umeå", "new": "Lund"}, "surname": {"old": "Ek", "new": "Al"}, "import": "…"});
        redact(&mut changes, |field, _| LOCATING.contains(&field));
        assert_eq!(changes, json!({"city": {"old": null, "new": null}, "surname": {"old": "Ek", "new": "Al"}, "import": "…"}));
    }
}
