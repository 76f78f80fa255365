//! Feeds name lookup from the register: builds the index, follows every change, forgets who is erased.
//!
//! The index is derived data. It follows the numbered history: what this process commits is applied before the next search,
//! what another instance or a command commits within `POLL`. Change numbers become visible in their own order
//! (`jobs::transaction`), so asking for what is greater than the last one seen misses nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use entity::{former_name, history, member, member_workplace, membership_period, register};
use jobs::{Error, Result, Store};
use sea_orm::sea_query::{Condition, IntoCondition};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::Mutex;
use tokio::time::timeout;
use uuid::Uuid;

use crate::lookup::{Entry, Index, Span};

/// How often other instances' changes are looked for.
const POLL: Duration = Duration::from_millis(500);
/// How many members are read at a time.
const PAGE: u64 = 5_000;
/// From so many changes on, building anew is faster than following.
const FAR_BEHIND: i64 = 50_000;

/// The index of one process. Cloning it is cheap.
#[derive(Clone, Debug, Default)]
pub struct NameIndex(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    index: RwLock<Index>,
    // The number of the last change that the index holds.
    applied: AtomicI64,
    ready: AtomicBool,
    following: Mutex<()>,
}

impl NameIndex {
    /// Builds the index and follows the register for as long as the process lives.
    pub fn start(store: Store) -> Self {
        let names = Self::default();
        let following = names.clone();
        tokio::spawn(async move {
            let mut last_change = store.last_change();
            loop {
                if let Err(error) = following.catch_up(&store).await {
                    tracing::warn!(%error, source = ?std::error::Error::source(&error), "The name index could not follow the register");
                }
                // A change of this process, or the time to look for those of others.
                let _ = timeout(POLL, last_change.changed()).await;
            }
        });
        names
    }

    /// Whether the index has been built.
    pub fn is_ready(&self) -> bool {
        self.0.ready.load(Ordering::Acquire)
    }

    /// The index as it is now.
    pub fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.0.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies what the register holds and the index does not, before a search of this process asks for it.
    ///
    /// # Errors
    /// [`Error::Busy`] while the index is being built for the first time.
    pub async fn see_own_changes(&self, store: &Store) -> Result<()> {
        if !self.is_ready() {
            return Err(Error::Busy(None));
        }
        let last = *store.last_change().borrow();
        if last > self.0.applied.load(Ordering::Acquire) { self.catch_up(store).await } else { Ok(()) }
    }

    /// Applies all changes that the register holds and the index does not; builds it when it is empty or far behind.
    pub async fn catch_up(&self, store: &Store) -> Result<()> {
        let _one_at_a_time = self.0.following.lock().await;
        let database = store.database();
        let row = register::Entity::find_by_id(register::ID).one(database).await?;
        let newest = row.ok_or_else(|| Error::internal("the register's own row is missing"))?.change_number;
        let applied = self.0.applied.load(Ordering::Acquire);
        if !self.is_ready() || newest - applied > FAR_BEHIND {
            return self.build(database, newest).await;
        }
        let mut applied = applied;
        while applied < newest {
            // A number without a row is a change that concerns no member's name.
            applied = self.apply_some(database, applied).await?.unwrap_or(newest);
            self.0.applied.store(applied, Ordering::Release);
        }
        Ok(())
    }

    /// Applies the changes after number `applied`, a page of them, and gives the number of the last one.
    async fn apply_some(&self, database: &impl ConnectionTrait, applied: i64) -> Result<Option<i64>> {
        let changes: Vec<(i64, Option<Uuid>)> = history::Entity::find()
            .select_only()
            .column(history::Column::Number)
            .column(history::Column::MemberId)
            .filter(history::Column::Number.gt(applied))
            .order_by_asc(history::Column::Number)
            .limit(PAGE)
            .into_tuple()
            .all(database)
            .await?;
        let Some((last, _)) = changes.last().copied() else { return Ok(None) };
        let mut ids: Vec<Uuid> = changes.into_iter().filter_map(|(_, member)| member).collect();
        ids.sort();
        ids.dedup();
        let entries = if ids.is_empty() { Vec::new() } else { entries(database, Members::These(&ids)).await? };
        let mut index = self.0.index.write().unwrap_or_else(PoisonError::into_inner);
        for id in ids.iter().filter(|id| !entries.iter().any(|entry| entry.id == **id)) {
            index.remove(*id);
        }
        for entry in entries {
            index.insert(entry);
        }
        Ok(Some(last))
    }

    async fn build(&self, database: &impl ConnectionTrait, newest: i64) -> Result<()> {
        let mut index = Index::new();
        let mut after = Uuid::nil();
        loop {
            let page: Vec<Uuid> = member::Entity::find()
                .select_only()
                .column(member::Column::Id)
                .filter(member::Column::Id.gt(after))
                .order_by_asc(member::Column::Id)
                .limit(PAGE)
                .into_tuple()
                .all(database)
                .await?;
            let (Some(first), Some(last)) = (page.first(), page.last()) else { break };
            for entry in entries(database, Members::Between(*first, *last)).await? {
                index.insert(entry);
            }
            after = *last;
        }
        let members = index.len();
        *self.0.index.write().unwrap_or_else(PoisonError::into_inner) = index;
        self.0.applied.store(newest, Ordering::Release);
        self.0.ready.store(true, Ordering::Release);
        tracing::info!(members, "The name index is built");
        Ok(())
    }
}

/// Which members to read.
#[derive(Clone, Copy)]
enum Members<'a> {
    These(&'a [Uuid]),
    Between(Uuid, Uuid),
}

impl Members<'_> {
    fn are(self, column: impl ColumnTrait) -> Condition {
        match self {
            Members::These(ids) => column.is_in(ids.iter().copied()).into_condition(),
            Members::Between(first, last) => column.between(first, last).into_condition(),
        }
    }
}

/// What the index holds of these members, protected ones included: the searcher's rights are asked at each search.
async fn entries(database: &impl ConnectionTrait, members: Members<'_>) -> Result<Vec<Entry>> {
    let rows = member::Entity::find().filter(members.are(member::Column::Id)).all(database).await?;
    let mut former: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in former_name::Entity::find().filter(members.are(former_name::Column::MemberId)).all(database).await? {
        former.entry(row.member_id).or_default().push(row.surname);
    }
    let mut workplaces: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for row in member_workplace::Entity::find().filter(members.are(member_workplace::Column::MemberId)).all(database).await? {
        workplaces.entry(row.member_id).or_default().push(row.workplace_id);
    }
    let mut memberships: HashMap<Uuid, Vec<Span>> = HashMap::new();
    for row in membership_period::Entity::find().filter(members.are(membership_period::Column::MemberId)).all(database).await? {
        let span = Span { membership_type: row.membership_type, from: row.valid_from, until: row.valid_until };
        memberships.entry(row.member_id).or_default().push(span);
    }
    Ok(rows
        .into_iter()
        .map(|row| Entry {
            former_surnames: former.remove(&row.id).unwrap_or_default(),
            workplaces: workplaces.remove(&row.id).unwrap_or_default(),
            memberships: memberships.remove(&row.id).unwrap_or_default(),
            id: row.id,
            member_number: row.member_number,
            given_names: row.given_names,
            surname: row.surname,
            birth_date: row.birth_date,
            phone: row.phone,
            email: row.email,
            city: row.city,
            local_branch: row.local_branch_id,
            school: row.school_id,
            protected: row.protection.is_some(),
            hidden: row.hidden,
        })
        .collect())
}
