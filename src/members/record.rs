//! Rows that stand for themselves – units of the organisation, appointments: the one way to insert, replace and delete
//! them, each time with the version checked and the history written.
//!
//! Not for members: a card is many rows, and has a way of its own ([`details`](super::details)).

use entity::history::{Change, Subject};
use entity::{appointment, employer, local_branch, school, workplace};
use jobs::history::{Changes, Entry};
use jobs::{Error, Result, Write};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PrimaryKeyTrait,
    QueryFilter,
};
use serde::Serialize;
use serde_json::Map;
use uuid::Uuid;

/// A row with an id and a version. Serialised, its fields have the names of API and history.
pub trait Record: Clone + Serialize + IntoActiveModel<Self::Active> {
    /// Its table.
    type Table: EntityTrait<
            Model = Self,
            ActiveModel = Self::Active,
            Column = Self::Column,
            PrimaryKey: PrimaryKeyTrait<ValueType = Uuid>,
        >;
    /// The row as it is written.
    type Active: ActiveModelTrait<Entity = Self::Table> + ActiveModelBehavior + Send;
    /// The table's columns.
    type Column: ColumnTrait;

    /// What the history calls it.
    const SUBJECT: Subject;
    /// The column of its id.
    const ID: Self::Column;
    /// The column of its version.
    const VERSION: Self::Column;

    /// Its id.
    fn id(&self) -> Uuid;
    /// How often it was changed, and once for its making.
    fn version(&self) -> i64;
    /// The same row at another version.
    fn at_version(self, version: i64) -> Self;
    /// The member whom it concerns.
    fn member_id(&self) -> Option<Uuid>;
}

macro_rules! records {
    ($($table:ident is $subject:ident, concerns $member:expr;)+) => {$(
        impl Record for $table::Model {
            type Table = $table::Entity;
            type Active = $table::ActiveModel;
            type Column = $table::Column;

            const SUBJECT: Subject = Subject::$subject;
            const ID: Self::Column = $table::Column::Id;
            const VERSION: Self::Column = $table::Column::Version;

            fn id(&self) -> Uuid {
                self.id
            }

            fn version(&self) -> i64 {
                self.version
            }

            fn at_version(self, version: i64) -> Self {
                Self { version, ..self }
            }

            fn member_id(&self) -> Option<Uuid> {
                let member: fn(&Self) -> Option<Uuid> = $member;
                member(self)
            }
        }
    )+};
}

records! {
    employer is Employer, concerns |_| None;
    workplace is Workplace, concerns |_| None;
    local_branch is LocalBranch, concerns |_| None;
    school is School, concerns |_| None;
    appointment is Appointment, concerns |row| Some(row.member_id);
}

/// The row `id`.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn load<R: Record>(database: &impl ConnectionTrait, id: Uuid) -> Result<R> {
    R::Table::find_by_id(id).one(database).await?.ok_or(Error::NotFound)
}

/// Whether there is a row `id`.
pub async fn exists<R: Record>(database: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    Ok(R::Table::find_by_id(id).one(database).await?.is_some())
}

/// Inserts a new row.
///
/// # Errors
/// [`Error::Conflict`] when it clashes with another one.
pub async fn insert<R: Record>(write: &Write, row: R) -> Result<R> {
    R::Table::insert(row.clone().into_active_model()).exec_without_returning(write.database()).await?;
    note(write, &row, Change::Created, changes(None, Some(&row))?);
    Ok(row)
}

/// Writes `after` over `before`, one version on. Nothing is written when nothing differs.
///
/// # Errors
/// [`Error::Stale`] when the row was changed since `before` was read; [`Error::Conflict`] when it clashes with another one.
pub async fn replace<R: Record>(write: &Write, before: &R, after: R) -> Result<R> {
    let changes = changes(Some(before), Some(&after))?;
    if changes.is_empty() {
        return Ok(after);
    }
    let after = after.at_version(before.version() + 1);
    let replaced = R::Table::update_many()
        .set(after.clone().into_active_model().reset_all())
        .filter(R::ID.eq(before.id()))
        .filter(R::VERSION.eq(before.version()))
        .exec(write.database())
        .await?;
    if replaced.rows_affected != 1 {
        return Err(Error::Stale);
    }
    note(write, &after, Change::Updated, changes);
    Ok(after)
}

/// Deletes a row; what it held stays in the history.
///
/// # Errors
/// [`Error::Stale`] when the row was changed since it was read; [`Error::Conflict`] when something refers to it.
pub async fn delete<R: Record>(write: &Write, row: &R) -> Result<()> {
    let deleted =
        R::Table::delete_many().filter(R::ID.eq(row.id())).filter(R::VERSION.eq(row.version())).exec(write.database()).await?;
    if deleted.rows_affected != 1 {
        return Err(Error::Stale);
    }
    note(write, row, Change::Removed, changes(Some(row), None)?);
    Ok(())
}

fn note<R: Record>(write: &Write, row: &R, change: Change, changes: Changes) {
    let changes = Some(changes.into_json());
    write.note(Entry { subject: R::SUBJECT, subject_id: row.id(), member_id: row.member_id(), change, changes });
}

/// The fields in which two states of a row differ; what is not there has null in all of them.
fn changes<R: Record>(before: Option<&R>, after: Option<&R>) -> Result<Changes> {
    let before = serde_json::to_value(before).map_err(Error::internal)?;
    let after = serde_json::to_value(after).map_err(Error::internal)?;
    let mut changes = Changes::default();
    for field in before.as_object().or(after.as_object()).into_iter().flat_map(Map::keys) {
        // They say which row and which state of it, which the history knows by itself.
        if !matches!(field.as_str(), "id" | "version") {
            changes.note(field, &before[field], &after[field]);
        }
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_history_of_a_row_holds_what_differs() {
        let before = workplace::Model {
            id: Uuid::from_u128(1),
            employer_id: None,
            parent_id: None,
            name: "Avdelning 3".into(),
            version: 1,
        };
        let after = workplace::Model { name: "Avdelning 4".into(), version: 2, ..before.clone() };
        let differ = |before, after| changes(before, after).unwrap().into_json();
        assert_eq!(differ(Some(&before), Some(&after)), json!({"name": {"old": "Avdelning 3", "new": "Avdelning 4"}}));
        assert_eq!(differ(None, Some(&before)), json!({"name": {"old": null, "new": "Avdelning 3"}}));
        assert_eq!(differ(Some(&before), None), json!({"name": {"old": "Avdelning 3", "new": null}}));
        assert_eq!(differ(Some(&before), Some(&before)), json!({}));
    }
}
