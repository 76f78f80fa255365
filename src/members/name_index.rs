//! Feeds name lookup from the register: builds the index, follows every change, forgets who is erased.
//!
//! The index is derived data. It follows the numbered history: what this process commits is applied before the next search,
//! what another instance or a command commits within `POLL`. Change numbers become visible in their own order
//! (`jobs::transaction`), so asking for what is greater than the last one seen misses nothing.
//!
//! Searches are never kept waiting for long: changes are entered a few hundred members at a time; behind an import searches go
//! on with what is entered so far; and an index that is built anew is built beside the old one, which answers until the
//! two are exchanged.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use entity::membership_period::MembershipType;
use entity::{former_name, history, member, member_workplace, membership_period, register};
use jobs::{Error, Result, Store};
use sea_orm::sea_query::{Condition, ExprTrait, IntoCondition};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::{Mutex, mpsc};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use uuid::Uuid;

use crate::lookup::{Entry, Index, Span};

/// How often other instances' changes are looked for.
const POLL: Duration = Duration::from_millis(500);
/// How many members or changes are read at a time.
const PAGE: u64 = 5_000;
/// How many members are entered before searches have their turn again.
const AT_ONCE: usize = 250;
/// A search waits for changes of its own process unless there are more than these: then they are an import's.
const AWAITED: i64 = 1_000;
/// From so many changes on, and from more than the index has members, building anew is faster than following.
const FAR_BEHIND: i64 = 5_000;

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

    fn write(&self) -> RwLockWriteGuard<'_, Index> {
        self.0.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn applied(&self) -> i64 {
        self.0.applied.load(Ordering::Acquire)
    }

    /// Applies what this process has committed and the index does not hold, before a search asks for it. It does not wait
    /// for an import to be followed.
    ///
    /// # Errors
    /// [`Error::Busy`] while the index is being built for the first time.
    pub async fn see_own_changes(&self, store: &Store) -> Result<()> {
        if !self.is_ready() {
            return Err(Error::Busy(None));
        }
        let behind = *store.last_change().borrow() - self.applied();
        if (1..=AWAITED).contains(&behind) { self.catch_up(store).await } else { Ok(()) }
    }

    /// Applies all changes that the register holds and the index does not; builds it when it is empty or far behind.
    ///
    /// # Errors
    /// When the register cannot be read; the index then is as it was, or has applied some of the changes.
    pub async fn catch_up(&self, store: &Store) -> Result<()> {
        let _one_at_a_time = self.0.following.lock().await;
        let database = store.database();
        let mut newest = newest_change(database).await?;
        let held = i64::try_from(self.read().len()).map_err(Error::internal)?;
        if !self.is_ready() || newest - self.applied() > Ord::max(FAR_BEHIND, held) {
            self.build(database, newest).await?;
            newest = newest_change(database).await?;
        }
        while self.applied() < newest {
            // A number without a row is a change that concerns no member's name.
            let applied = self.apply_some(database).await?.unwrap_or(newest);
            self.0.applied.store(applied, Ordering::Release);
        }
        Ok(())
    }

    /// Applies the next changes, a page of them, and gives the number of the last one.
    async fn apply_some(&self, database: &DatabaseConnection) -> Result<Option<i64>> {
        let changes: Vec<(i64, Option<Uuid>)> = history::Entity::find()
            .select_only()
            .column(history::Column::Number)
            .column(history::Column::MemberId)
            .filter(history::Column::Number.gt(self.applied()))
            .order_by_asc(history::Column::Number)
            .limit(PAGE)
            .into_tuple()
            .all(database)
            .await?;
        let Some((last, _)) = changes.last().copied() else { return Ok(None) };
        let mut gone: HashSet<Uuid> = changes.into_iter().filter_map(|(_, member)| member).collect();
        let ids: Vec<Uuid> = gone.iter().copied().collect();
        for ids in ids.chunks(AT_ONCE) {
            let these = Members::These(ids);
            let entries = these.complete(database, these.rows(database).await?).await?;
            let mut index = self.write();
            for entry in entries {
                gone.remove(&entry.id);
                index.insert(entry);
            }
        }
        let mut index = self.write();
        gone.into_iter().for_each(|id| index.remove(id));
        Ok(Some(last))
    }

    /// Builds the index anew beside the one that answers: one task reads members, one what hangs on them, and a thread enters them.
    async fn build(&self, database: &DatabaseConnection, newest: i64) -> Result<()> {
        let began = Instant::now();
        let (to_complete, mut rows) = mpsc::channel(1);
        let (to_enter, mut entries) = mpsc::channel::<Vec<Entry>>(1);
        let entering = spawn_blocking(move || {
            let mut index = Index::new();
            while let Some(page) = entries.blocking_recv() {
                page.into_iter().for_each(|entry| index.insert(entry));
            }
            index
        });
        let read = async move {
            let mut after = Uuid::nil();
            loop {
                let page = Members::After(after).rows(database).await?;
                let Some(last) = page.last().map(|row| row.0) else { return Ok(()) };
                // The receiver is gone when it has failed: its error is given.
                if to_complete.send((Members::Between(after, last), page)).await.is_err() {
                    return Ok(());
                }
                after = last;
            }
        };
        let complete = async move {
            while let Some((members, page)) = rows.recv().await {
                to_enter.send(members.complete(database, page).await?).await.map_err(Error::internal)?;
            }
            Ok::<(), Error>(())
        };
        tokio::try_join!(read, complete)?;
        let index = entering.await.map_err(Error::internal)?;
        let members = index.len();
        let old = std::mem::replace(&mut *self.write(), index);
        self.0.applied.store(newest, Ordering::Release);
        self.0.ready.store(true, Ordering::Release);
        // Giving back the memory of a million members takes a while.
        spawn_blocking(move || drop(old));
        tracing::info!(members, seconds = began.elapsed().as_secs_f32(), "The name index is built");
        Ok(())
    }
}

async fn newest_change(database: &DatabaseConnection) -> Result<i64> {
    let number = register::Entity::find_by_id(register::ID)
        .select_only()
        .column(register::Column::ChangeNumber)
        .into_tuple()
        .one(database)
        .await?;
    number.ok_or_else(|| Error::internal("the register's own row is missing"))
}

/// What the index holds of a member's own row: id, member number, given names, surname, birth date, telephone, e-mail, city,
/// local branch, school, kind of protection, hidden.
type MemberRow = (
    Uuid,
    String,
    String,
    String,
    Option<NaiveDate>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<Uuid>,
    Option<Uuid>,
    Option<String>,
    bool,
);

/// Which members to read.
#[derive(Clone, Copy)]
enum Members<'a> {
    These(&'a [Uuid]),
    /// The next page of them all.
    After(Uuid),
    /// After the first, up to and with the second.
    Between(Uuid, Uuid),
}

impl Members<'_> {
    fn are(self, column: impl ColumnTrait) -> Condition {
        match self {
            Members::These(ids) => column.is_in(ids.iter().copied()).into_condition(),
            Members::After(id) => column.gt(id).into_condition(),
            Members::Between(after, last) => column.gt(after).and(column.lte(last)).into_condition(),
        }
    }

    /// Their own rows by id, protected ones included: the searcher's rights are asked at each search.
    async fn rows(self, database: &DatabaseConnection) -> Result<Vec<MemberRow>> {
        use member::Column as C;
        let columns = [
            C::Id,
            C::MemberNumber,
            C::GivenNames,
            C::Surname,
            C::BirthDate,
            C::Phone,
            C::Email,
            C::City,
            C::LocalBranchId,
            C::SchoolId,
            C::Protection,
            C::Hidden,
        ];
        let members = member::Entity::find().select_only().columns(columns).filter(self.are(C::Id));
        Ok(members.order_by_asc(C::Id).limit(PAGE).into_tuple().all(database).await?)
    }

    /// What the index holds of these members: `rows` and what hangs on them.
    async fn complete(self, database: &DatabaseConnection, rows: Vec<MemberRow>) -> Result<Vec<Entry>> {
        let former = former_name::Entity::find()
            .select_only()
            .columns([former_name::Column::MemberId, former_name::Column::Surname])
            .filter(self.are(former_name::Column::MemberId))
            .into_tuple::<(Uuid, String)>()
            .all(database);
        let workplaces = member_workplace::Entity::find()
            .select_only()
            .columns([member_workplace::Column::MemberId, member_workplace::Column::WorkplaceId])
            .filter(self.are(member_workplace::Column::MemberId))
            .into_tuple::<(Uuid, Uuid)>()
            .all(database);
        let memberships = membership_period::Entity::find()
            .select_only()
            .columns([
                membership_period::Column::MemberId,
                membership_period::Column::MembershipType,
                membership_period::Column::ValidFrom,
                membership_period::Column::ValidUntil,
            ])
            .filter(self.are(membership_period::Column::MemberId))
            .into_tuple::<(Uuid, MembershipType, Option<NaiveDate>, Option<NaiveDate>)>()
            .all(database);
        let (former, workplaces, memberships) = tokio::try_join!(former, workplaces, memberships)?;
        let mut former = grouped(former);
        let mut workplaces = grouped(workplaces);
        let mut memberships = grouped(
            memberships.into_iter().map(|(member, membership_type, from, until)| (member, Span { membership_type, from, until })),
        );
        let entry = |row: MemberRow| {
            let (id, member_number, given_names, surname, birth_date, phone, email, city, local_branch, school, kind, hidden) =
                row;
            Entry {
                former_surnames: former.remove(&id).unwrap_or_default(),
                workplaces: workplaces.remove(&id).unwrap_or_default(),
                memberships: memberships.remove(&id).unwrap_or_default(),
                id,
                member_number,
                given_names,
                surname,
                birth_date,
                phone,
                email,
                city,
                local_branch,
                school,
                protected: kind.is_some(),
                hidden,
            }
        };
        Ok(rows.into_iter().map(entry).collect())
    }
}

fn grouped<T>(rows: impl IntoIterator<Item = (Uuid, T)>) -> HashMap<Uuid, Vec<T>> {
    let mut groups: HashMap<Uuid, Vec<T>> = HashMap::new();
    for (member, value) in rows {
        groups.entry(member).or_default().push(value);
    }
    groups
}
