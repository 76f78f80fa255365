//! The confidentiality pledge: whoever is shown other people's membership promises once to keep it to herself.

use entity::pledge;
use jobs::{Result, Write};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::sessions::Subject;

/// The text in force. Another version is another promise: it is asked for anew.
pub const VERSION: &str = "2026-11";

/// The text in `language`; Swedish for Norwegian and Danish readers, English for all others.
pub fn text(language: &str) -> &'static str {
    match language {
        "sv" | "nb" | "nn" | "no" | "da" => include_str!("pledge/sv.txt"),
        "fi" => include_str!("pledge/fi.txt"),
        _ => include_str!("pledge/en.txt"),
    }
    .trim_ascii_end()
}

/// Whether `subject` has accepted the text in force.
pub async fn is_given(database: &impl ConnectionTrait, subject: Subject) -> Result<bool> {
    let by = match subject {
        Subject::Account(id) => pledge::Column::AccountId.eq(id),
        Subject::Member(id) => pledge::Column::MemberId.eq(id),
    };
    let given = pledge::Entity::find().filter(by).filter(pledge::Column::Version.eq(VERSION));
    Ok(given.one(database).await?.is_some())
}

/// Writes down that `subject` accepts the text in force. The first time counts.
pub async fn give(write: &Write, subject: Subject) -> Result<()> {
    let (account_id, member_id) = match subject {
        Subject::Account(id) => (Some(id), None),
        Subject::Member(id) => (None, Some(id)),
    };
    let row = pledge::Model { id: write.new_id(), account_id, member_id, version: VERSION.to_owned(), accepted_at: write.now() };
    pledge::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(write.database())
        .await?;
    Ok(())
}
