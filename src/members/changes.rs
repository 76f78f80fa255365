//! What changed: of one member with values, and of the whole register without (the feed for systems that join on).

use chrono::{DateTime, Utc};
use entity::history::{self, Change, Subject};
use entity::visibility::Viewer;
use entity::{erasure, member};
use jobs::Result;
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::list::Page;

/// One change to a member.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MemberHistory {
    /// The change's number.
    pub number: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: a role, or `system`.
    #[schema(example = "registrar")]
    pub by: String,
    /// Which token or account; null for the system.
    pub by_id: Option<Uuid>,
    /// What happened.
    pub kind: Change,
    /// What was changed: the member herself or an appointment of hers.
    pub subject_type: Subject,
    /// Fields with old and new value; null where there is nothing to compare.
    #[schema(value_type = Option<Object>, example = json!({"email": {"old": null, "new": "maarit@example.org"}}))]
    pub changes: Option<Value>,
}

/// One change in the feed: ids and kinds, no values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FeedItem {
    /// The change's number: send the last one that you have seen as `after`.
    #[schema(example = 1042)]
    pub number: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What happened. `withdrawn` and `erased`: forget what you hold of this member.
    pub kind: Change,
    /// What was changed.
    pub subject_type: Subject,
    /// Which one.
    pub subject_id: Uuid,
    /// The member whom it concerns.
    pub member_id: Option<Uuid>,
}

/// The history of a member whom the caller may see, the newest first.
pub async fn of_member(
    database: &impl ConnectionTrait,
    member: Uuid,
    before: Option<i64>,
    limit: u64,
) -> Result<Page<MemberHistory>> {
    let rows = history::Entity::find()
        .filter(history::Column::MemberId.eq(member))
        .filter(Condition::all().add_option(before.map(|number| history::Column::Number.lt(number))))
        .order_by_desc(history::Column::Number)
        .limit(limit + 1)
        .all(database)
        .await?;
    Ok(page(rows, limit).map(|row| MemberHistory {
        number: row.number,
        at: row.at,
        by: row.actor_kind,
        by_id: row.actor_id,
        kind: row.kind,
        subject_type: row.subject_type,
        changes: row.changes,
    }))
}

/// The changes after number `after`, in commit order. Of members whom `viewer` may not see only the withdrawal is told, of
/// those who were erased only that.
pub async fn feed(database: &impl ConnectionTrait, viewer: &Viewer, after: i64, limit: u64) -> Result<Page<FeedItem>> {
    let unseen = Query::select().column(member::Column::Id).from(member::Entity).cond_where(viewer.members().not()).to_owned();
    let erased = Query::select().column(erasure::Column::MemberId).from(erasure::Entity).to_owned();
    let rows = history::Entity::find()
        .filter(history::Column::Number.gt(after))
        .filter(history::Column::SubjectType.is_not_in([Subject::Account, Subject::LifecycleRule]))
        .filter(
            Condition::any()
                .add(history::Column::MemberId.is_null())
                .add(history::Column::Kind.is_in([Change::Withdrawn, Change::Erased]))
                .add(
                    Condition::all()
                        .add(history::Column::MemberId.not_in_subquery(unseen))
                        .add(history::Column::MemberId.not_in_subquery(erased)),
                ),
        )
        .order_by_asc(history::Column::Number)
        .limit(limit + 1)
        .all(database)
        .await?;
    Ok(page(rows, limit).map(|row| FeedItem {
        number: row.number,
        at: row.at,
        kind: row.kind,
        subject_type: row.subject_type,
        subject_id: row.subject_id,
        member_id: row.member_id,
    }))
}

fn page(rows: Vec<history::Model>, limit: u64) -> Page<history::Model> {
    Page::cut(rows, limit, |row| row.number.to_string())
}
