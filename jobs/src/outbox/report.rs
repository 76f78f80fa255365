//! How the outbox stands: what is asked by administrators, by `/readyz` and by `/metrics`. Numbers only.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::Vocabulary;
use entity::outbox::{Column, Entity, MailState};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, Iterable, QueryFilter, QuerySelect};

use crate::{Result, Store};

/// How the outbox stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many mails are in each state but `accepted` and `withdrawn`, by the state's word.
    pub states: BTreeMap<String, u64>,
    /// When the oldest mail that is not done with was written.
    pub oldest: Option<DateTime<Utc>>,
}

impl Report {
    /// Asks the database.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn make(store: &Store) -> Result<Self> {
        // In the words of the index `outbox_open`: with parameters SQLite would not know that it fits.
        let open = Expr::cust("state NOT IN ('accepted', 'withdrawn')");
        let counts: Vec<(MailState, i64)> = Entity::find()
            .select_only()
            .column(Column::State)
            .column_as(Column::Id.count(), "mails")
            .filter(open.clone())
            .group_by(Column::State)
            .into_tuple()
            .all(store.database())
            .await?;
        let oldest: Option<Option<DateTime<Utc>>> = Entity::find()
            .select_only()
            .column_as(Column::CreatedAt.min(), "oldest")
            .filter(open)
            .filter(Expr::col(Column::FinishedAt).is_null())
            .into_tuple()
            .one(store.database())
            .await?;
        let done = [MailState::Accepted, MailState::Withdrawn];
        let mut states: BTreeMap<String, u64> =
            MailState::iter().filter(|state| !done.contains(state)).map(|state| (state.word(), 0)).collect();
        states.extend(counts.into_iter().map(|(state, count)| (state.word(), u64::try_from(count).unwrap_or(0))));
        Ok(Self { states, oldest: oldest.flatten() })
    }

    /// How many mails are in `state`; 0 for those that are not counted.
    pub fn count(&self, state: MailState) -> u64 {
        self.states.get(&state.word()).copied().unwrap_or(0)
    }

    /// How many mails are not done with.
    pub fn waiting(&self) -> u64 {
        let open = [MailState::Queued, MailState::Claimed, MailState::DataStarted, MailState::DotSent, MailState::Retry];
        open.into_iter().map(|state| self.count(state)).sum()
    }
}
