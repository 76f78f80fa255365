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
use entity::visibility::{Facts, Viewer};
use entity::{history, register};
use jobs::{Error, Result, Store};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
};
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, mpsc};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use uuid::Uuid;

use crate::lookup::{Builder, Circumstances, Entry, Index, Sight, Span};

/// How often other instances' changes are looked for.
const POLL: Duration = Duration::from_millis(500);
/// How many members or changes are read at a time.
const PAGE: u64 = 5_000;
/// How many members are entered before searches have their turn again.
const AT_ONCE: usize = 250;
/// A search waits for changes of its own process unless there are more than these: then they are an import's.
const AWAITED: i64 = 1_000;
/// So many viewers' sights are kept: most callers share one of a few.
const SIGHTS: usize = 32;
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
    // Those asked for last stand last.
    sights: std::sync::Mutex<Vec<(Viewer, Arc<Sight>)>>,
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

    /// What the index shows to the viewer. Who may see nobody but herself sees nobody.
    pub fn sight(&self, viewer: &Viewer) -> Arc<Sight> {
        let mut sights = self.0.sights.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sights.iter().position(|(known, _)| known == viewer).map(|place| sights.remove(place));
        let (viewer, sight) = known.unwrap_or_else(|| {
            let own = viewer.clone();
            (viewer.clone(), Arc::new(Sight::of(move |circumstances| sees(&own, circumstances))))
        });
        if sights.len() >= SIGHTS {
            sights.remove(0);
        }
        sights.push((viewer, sight.clone()));
        sight
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
        if !self.is_ready() || newest - self.applied() > FAR_BEHIND.max(held) {
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
            let entries = these.page(database, these.rows(database).await?.0).await?.entries()?;
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

    /// Builds the index anew beside the one that answers: while a thread enters a page of members the next one is read.
    async fn build(&self, database: &DatabaseConnection, newest: i64) -> Result<()> {
        let began = Instant::now();
        let (to_enter, mut pages) = mpsc::channel::<Page>(2);
        let entering = spawn_blocking(move || {
            let mut index = Builder::default();
            while let Some(page) = pages.blocking_recv() {
                page.entries()?.into_iter().for_each(|entry| index.enter(entry));
            }
            Ok::<Index, Error>(index.finish())
        });
        let mut after = Uuid::nil();
        let (mut rows, mut last) = Members::After(after).rows(database).await?;
        while let Some(id) = last {
            let (page, next) =
                tokio::try_join!(Members::Between(after, id).page(database, rows), Members::After(id).rows(database))?;
            // Nobody takes a page when one could not be entered: that error is given below.
            if to_enter.send(page).await.is_err() {
                break;
            }
            (after, (rows, last)) = (id, next);
        }
        drop(to_enter);
        let index = entering.await.map_err(Error::internal)??;
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

fn sees(viewer: &Viewer, circumstances: &Circumstances) -> bool {
    viewer.sees(&Facts {
        id: Uuid::nil(),
        protected: circumstances.protected,
        hidden: circumstances.hidden,
        workplaces: &circumstances.workplaces,
        local_branch: circumstances.local_branch,
        school: circumstances.school,
    })
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

/// Which members to read.
#[derive(Clone, Copy)]
enum Members<'a> {
    These(&'a [Uuid]),
    /// The next page of them all.
    After(Uuid),
    /// After the first, up to and with the second.
    Between(Uuid, Uuid),
}

/// What a table holds of some members: one JSON document, an array for each row.
///
/// A value taken from a row by itself costs an allocation or two, and of a million members there are some twenty million
/// in four tables. The database makes one text of a page many times as fast.
#[derive(Debug)]
struct Document(Option<String>);

impl Document {
    fn rows<T: DeserializeOwned>(self) -> Result<Vec<T>> {
        self.0.map_or(Ok(Vec::new()), |text| serde_json::from_str(&text).map_err(Error::internal))
    }
}

/// A member's own row: id, member number, given names, surname, birth date, telephone, e-mail, city, local branch, school,
/// and (0 or 1) whether she is protected and hidden.
type Row = (
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
    u8,
    u8,
);

/// A member's row in `membership_period`: whose, type, first and last day.
type PeriodRow = (Uuid, MembershipType, Option<NaiveDate>, Option<NaiveDate>);

/// A page of members as the database gave it.
#[derive(Debug)]
struct Page {
    members: Document,
    former: Document,
    workplaces: Document,
    periods: Document,
}

impl Members<'_> {
    /// Their own rows by id, protected ones included (the searcher's rights are asked at each search), and the last id.
    async fn rows(self, database: &DatabaseConnection) -> Result<(Document, Option<Uuid>)> {
        let columns = "id, member_number, given_names, surname, birth_date, phone, email, city, local_branch_id, school_id, \
                       CASE WHEN protection IS NULL THEN 0 ELSE 1 END, CASE WHEN hidden THEN 1 ELSE 0 END";
        self.read(database, columns, "member", "id").await
    }

    /// The page of `members`, with what hangs on them.
    async fn page(self, database: &DatabaseConnection, members: Document) -> Result<Page> {
        let (former, workplaces, periods) = tokio::try_join!(
            self.read(database, "member_id, surname", "former_name", "member_id"),
            self.read(database, "member_id, workplace_id", "member_workplace", "member_id"),
            self.read(database, "member_id, membership_type, valid_from, valid_until", "membership_period", "member_id"),
        )?;
        Ok(Page { members, former: former.0, workplaces: workplaces.0, periods: periods.0 })
    }

    /// `columns` of `table`, of which those that end with `id` are ids; and the greatest member's id.
    async fn read(self, database: &DatabaseConnection, columns: &str, table: &str, id: &str) -> Result<(Document, Option<Uuid>)> {
        let backend = database.get_database_backend();
        let is_postgres = backend == DbBackend::Postgres;
        let (array, list) = if is_postgres { ("json_build_array", "json_agg") } else { ("json_array", "json_group_array") };
        // SQLite keeps ids as sixteen bytes, which JSON has no word for.
        let shown = |column: &str| match (is_postgres, column.ends_with("id")) {
            (false, true) => format!("NULLIF(hex({column}), '')"),
            _ => column.to_owned(),
        };
        let columns: Vec<String> = columns.split(", ").map(shown).collect();
        let place = |number: usize| if is_postgres { format!("${number}") } else { "?".to_owned() };
        let (which, values): (String, Vec<sea_orm::Value>) = match self {
            Members::These(ids) => {
                let places: Vec<String> = (1..=ids.len()).map(place).collect();
                (format!("{id} IN ({})", places.join(", ")), ids.iter().map(|id| (*id).into()).collect())
            }
            Members::After(after) => (format!("{id} > {} ORDER BY {id} LIMIT {PAGE}", place(1)), vec![after.into()]),
            Members::Between(after, last) => {
                (format!("{id} > {} AND {id} <= {}", place(1), place(2)), vec![after.into(), last.into()])
            }
        };
        let greatest = if is_postgres { format!("max({id}::text)") } else { format!("hex(max({id}))") };
        let sql = format!(
            "SELECT CAST({list}({array}({})) AS text), {greatest} FROM (SELECT * FROM {table} WHERE {which}) AS page",
            columns.join(", ")
        );
        let row = database.query_one_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        let row = row.ok_or_else(|| Error::internal("an aggregate gives one row"))?;
        let last: Option<String> = row.try_get_by_index(1)?;
        let last = last.filter(|id| !id.is_empty()).map(|id| Uuid::try_parse(&id)).transpose().map_err(Error::internal)?;
        Ok((Document(row.try_get_by_index(0)?), last))
    }
}

impl Page {
    /// What the index is to hold of its members.
    fn entries(self) -> Result<Vec<Entry>> {
        let mut former = grouped(self.former.rows::<(Uuid, String)>()?);
        let mut workplaces = grouped(self.workplaces.rows::<(Uuid, Uuid)>()?);
        let periods = self.periods.rows::<PeriodRow>()?.into_iter();
        let mut memberships =
            grouped(periods.map(|(member, membership_type, from, until)| (member, Span { membership_type, from, until })));
        let entry = |row: Row| {
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
                protected: kind == 1,
                hidden: hidden == 1,
            }
        };
        Ok(self.members.rows::<Row>()?.into_iter().map(entry).collect())
    }
}

fn grouped<T>(rows: impl IntoIterator<Item = (Uuid, T)>) -> HashMap<Uuid, Vec<T>> {
    let mut groups: HashMap<Uuid, Vec<T>> = HashMap::new();
    for (member, value) in rows {
        groups.entry(member).or_default().push(value);
    }
    groups
}
