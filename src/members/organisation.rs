//! The organisation: employers, workplaces, local branches, schools.
//!
//! What is the same for all four stands once, in the functions below; [`Unit`] says in what they differ. A unit that is
//! still referred to is not removed, and nothing here changes a member.

use entity::visibility::Viewer;
use entity::{appointment, employer, local_branch, member, member_workplace, register, school, workplace};
use jobs::{Error, Result, Write};
use sea_orm::sea_query::{
    CommonTableExpression, Condition, Expr, ExprTrait, IntoCondition, Query, SelectStatement, UnionType, WithClause,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::list::{Page, write_cursor};
use super::record::{self, Record};
use super::rules::Problems;

/// A kind of unit.
pub trait Unit: Record {
    /// The column of the unit above, where units form a tree.
    const PARENT: Option<Self::Column> = None;
    /// The column of the employer, where units have one.
    const EMPLOYER: Option<Self::Column> = None;

    /// Its name, to be changed.
    fn name_mut(&mut self) -> &mut String;

    /// The unit above.
    fn parent_id(&self) -> Option<Uuid> {
        None
    }

    /// The employer.
    fn employer_id(&self) -> Option<Uuid> {
        None
    }

    /// The same unit at another employer, where units have one.
    fn at_employer(self, _: Option<Uuid>) -> Self {
        self
    }

    /// What can refer to the unit `id`, as far as `viewer` may see it.
    fn referrers(id: Uuid, viewer: &Viewer) -> Vec<Referrers>;
}

impl Unit for employer::Model {
    fn name_mut(&mut self) -> &mut String {
        &mut self.name
    }

    fn referrers(id: Uuid, _: &Viewer) -> Vec<Referrers> {
        vec![Referrers::units(WORKPLACES, workplace::Entity, workplace::Column::EmployerId.eq(id))]
    }
}

impl Unit for workplace::Model {
    const PARENT: Option<Self::Column> = Some(workplace::Column::ParentId);
    const EMPLOYER: Option<Self::Column> = Some(workplace::Column::EmployerId);

    fn name_mut(&mut self) -> &mut String {
        &mut self.name
    }

    fn parent_id(&self) -> Option<Uuid> {
        self.parent_id
    }

    fn employer_id(&self) -> Option<Uuid> {
        self.employer_id
    }

    fn at_employer(self, employer_id: Option<Uuid>) -> Self {
        Self { employer_id, ..self }
    }

    fn referrers(id: Uuid, viewer: &Viewer) -> Vec<Referrers> {
        let work_here = Query::select()
            .column(member_workplace::Column::MemberId)
            .from(member_workplace::Entity)
            .and_where(member_workplace::Column::WorkplaceId.eq(id))
            .to_owned();
        vec![
            Referrers::units(WORKPLACES, workplace::Entity, workplace::Column::ParentId.eq(id)),
            Referrers::members(viewer, member::Column::Id.in_subquery(work_here)),
            Referrers::appointments(viewer, appointment::Column::WorkplaceId.eq(id)),
        ]
    }
}

impl Unit for local_branch::Model {
    const PARENT: Option<Self::Column> = Some(local_branch::Column::ParentId);

    fn name_mut(&mut self) -> &mut String {
        &mut self.name
    }

    fn parent_id(&self) -> Option<Uuid> {
        self.parent_id
    }

    fn referrers(id: Uuid, viewer: &Viewer) -> Vec<Referrers> {
        vec![
            Referrers::units(["local branch", "local branches"], local_branch::Entity, local_branch::Column::ParentId.eq(id)),
            Referrers::members(viewer, member::Column::LocalBranchId.eq(id)),
            Referrers::appointments(viewer, appointment::Column::LocalBranchId.eq(id)),
        ]
    }
}

impl Unit for school::Model {
    fn name_mut(&mut self) -> &mut String {
        &mut self.name
    }

    fn referrers(id: Uuid, viewer: &Viewer) -> Vec<Referrers> {
        vec![
            Referrers::members(viewer, member::Column::SchoolId.eq(id)),
            Referrers::appointments(viewer, appointment::Column::SchoolId.eq(id)),
        ]
    }
}

const WORKPLACES: [&str; 2] = ["workplace", "workplaces"];

/// Rows of one table that refer to a unit.
#[derive(Clone, Debug)]
pub struct Referrers {
    /// What one and many of them are called.
    nouns: [&'static str; 2],
    /// Counts them.
    count: SelectStatement,
}

impl Referrers {
    fn units(nouns: [&'static str; 2], table: impl EntityTrait, condition: impl IntoCondition) -> Self {
        let count = Query::select().expr(Expr::cust("COUNT(*)")).from(table).cond_where(condition).to_owned();
        Self { nouns, count }
    }

    fn members(viewer: &Viewer, condition: Expr) -> Self {
        Self::units(["member", "members"], member::Entity, viewer.members().add(condition))
    }

    fn appointments(viewer: &Viewer, condition: Expr) -> Self {
        let visible = appointment::Column::MemberId.in_subquery(viewer.member_ids());
        Self::units(["appointment", "appointments"], appointment::Entity, Condition::all().add(condition).add(visible))
    }

    /// How many they are, in words; none when there are none.
    async fn in_words(&self, database: &impl ConnectionTrait) -> Result<Option<String>> {
        let row = database.query_one(&self.count).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        let noun = self.nouns[usize::from(count != 1)];
        Ok((count > 0).then(|| format!("{count} {noun}")))
    }
}

/// Which units.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this employer.
    pub employer_id: Option<Uuid>,
    /// Directly below this unit.
    pub parent_id: Option<Uuid>,
}

/// The units that `filter` asks for, in the order in which they were made.
pub async fn list<U: Unit>(database: &impl ConnectionTrait, filter: Filter, after: Option<Uuid>, limit: u64) -> Result<Page<U>> {
    let is = |column: Option<U::Column>, id: Option<Uuid>| column.zip(id).map(|(column, id)| column.eq(id));
    let condition = Condition::all()
        .add_option(is(U::EMPLOYER, filter.employer_id))
        .add_option(is(U::PARENT, filter.parent_id))
        .add_option(after.map(|id| U::ID.gt(id)));
    let rows = U::Table::find().filter(condition).order_by_asc(U::ID).limit(limit + 1).all(database).await?;
    Ok(Page::cut(rows, limit, |row| write_cursor(U::id(row))))
}

/// The workplace of this name or, when there is none, the first in alphabetical order whose name begins with it; case does
/// not count.
pub async fn find_workplace(database: &impl ConnectionTrait, name: &str) -> Result<Option<Uuid>> {
    let name = name.trim().to_lowercase();
    let rows: Vec<(Uuid, String)> = workplace::Entity::find()
        .select_only()
        .columns([workplace::Column::Id, workplace::Column::Name])
        .into_tuple()
        .all(database)
        .await?;
    // Here and not in the query: SQLite folds the case of A to Z only.
    let rows = rows.into_iter().map(|(id, name)| (name.to_lowercase(), id)).filter(|(known, _)| known.starts_with(&name));
    Ok(rows.min().map(|(_, id)| id))
}

/// Makes a new unit.
///
/// # Errors
/// [`Error::Invalid`] when it refers to a unit that is not there or does not fit; [`Error::Conflict`] when its name is taken.
pub async fn create<U: Unit>(write: &Write, unit: U) -> Result<U> {
    check_place(write, None, &unit).await?;
    record::insert(write, unit).await
}

/// Stores `after` in place of `before`. A workplace that goes to another employer takes those below it along.
///
/// # Errors
/// [`Error::Stale`] when it was changed since `before` was read; [`Error::Invalid`] when it refers to a unit that is not
/// there or does not fit; [`Error::Conflict`] when its name is taken.
pub async fn change<U: Unit>(write: &Write, before: &U, after: U) -> Result<U> {
    check_place(write, Some(before), &after).await?;
    let after = record::replace(write, before, after).await?;
    let employer = after.employer_id();
    if before.employer_id() != employer {
        for unit in below(write.database(), &after).await? {
            record::replace(write, &unit, unit.clone().at_employer(employer)).await.map_err(|error| match error {
                Error::Conflict(_) => Error::conflict(
                    "/employer_id",
                    "the employer already has a workplace with the name of one below this; rename one of the two first",
                ),
                other => other,
            })?;
        }
    }
    Ok(after)
}

/// Removes a unit to which nothing refers any more.
///
/// # Errors
/// [`Error::Conflict`] when something does; it says what, as far as `viewer` may know.
pub async fn remove<U: Unit>(write: &Write, viewer: &Viewer, unit: &U) -> Result<()> {
    let mut referrers = Vec::new();
    for kind in U::referrers(unit.id(), viewer) {
        referrers.extend(kind.in_words(write.database()).await?);
    }
    if !referrers.is_empty() {
        let detail = format!("this is still referred to by {}; move or remove them first", referrers.join(", "));
        return Err(Error::conflict("", detail));
    }
    record::delete(write, unit).await.map_err(|error| match error {
        // The foreign keys see what the viewer does not, and what came this very moment.
        Error::Conflict(_) => Error::conflict(
            "",
            "something that was added just now, or that is not for you to see, still refers to this; \
             try again, or turn to the privacy officer",
        ),
        other => other,
    })
}

/// Sees to it that employer and unit above are there, belong together and make no circle. Only what is new is looked at.
async fn check_place<U: Unit>(write: &Write, before: Option<&U>, after: &U) -> Result<()> {
    let place = |unit: &U| (unit.employer_id(), unit.parent_id());
    if before.map_or((None, None), place) == place(after) {
        return Ok(());
    }
    hold_trees(write).await?;
    let database = write.database();
    let mut problems = Problems::default();
    if let Some(id) = after.employer_id()
        && !record::exists::<employer::Model>(database, id).await?
    {
        problems.add("/employer_id", "is no employer in the register; see GET /api/v1/employers");
    }
    if let Some(id) = after.parent_id() {
        match U::Table::find_by_id(id).one(database).await? {
            None => problems.add("/parent_id", "is not in the register; list those that are and choose one of them"),
            Some(parent) if parent.employer_id() != after.employer_id() => problems
                .add("/parent_id", "belongs to another employer; choose one of the same employer, or send null to have none"),
            Some(parent) if is_at_or_below(database, &parent, after.id()).await? => {
                problems.add("/parent_id", "is this one itself or lies below it; choose one elsewhere, or send null to have none")
            }
            Some(_) => {}
        }
    }
    problems.into_result()
}

/// Trees change one at a time: on PostgreSQL, two moves side by side could otherwise put each below the other. The row
/// is the one that every write locks at its end, so no second kind of lock comes into play.
async fn hold_trees(write: &Write) -> Result<()> {
    register::Entity::find_by_id(register::ID).lock_exclusive().one(write.database()).await?;
    Ok(())
}

/// Whether `unit` is `other` or lies below it.
async fn is_at_or_below<U: Unit>(database: &impl ConnectionTrait, unit: &U, other: Uuid) -> Result<bool> {
    let Some(parent) = U::PARENT else { return Ok(false) };
    let start = U::ID.eq(unit.id());
    let upwards = line::<U>(parent, start, Expr::col((U::Table::default(), U::ID)).equals((LINE, PARENT)));
    let query = Query::select().column(ID).from(LINE).and_where(Expr::col(ID).eq(other)).to_owned().with(upwards);
    Ok(database.query_one(&query).await?.is_some())
}

/// All units below `unit`.
async fn below<U: Unit>(database: &impl ConnectionTrait, unit: &U) -> Result<Vec<U>> {
    let Some(parent) = U::PARENT else { return Ok(Vec::new()) };
    let start = parent.eq(unit.id());
    let downwards = line::<U>(parent, start, Expr::col((U::Table::default(), parent)).equals((LINE, ID)));
    let mut select = U::Table::find();
    QueryTrait::query(&mut select)
        .with_cte(downwards)
        .and_where(U::ID.in_subquery(Query::select().column(ID).from(LINE).to_owned()))
        .and_where(U::ID.ne(unit.id()));
    Ok(select.all(database).await?)
}

const LINE: &str = "line";
const ID: &str = "id";
const PARENT: &str = "parent_id";

/// A walk along a tree in one query, as the table `line`: from where `start` holds, along `step`. Rows that were met
/// before are dropped (`UNION`, not `UNION ALL`), so it ends after each unit once at the latest, whatever the data says.
fn line<U: Unit>(parent: U::Column, start: Expr, step: Expr) -> WithClause {
    let table = U::Table::default();
    let ids = || Query::select().column((table, U::ID)).column((table, parent)).from(table).to_owned();
    let query = ids().and_where(start).union(UnionType::Distinct, ids().inner_join(LINE, step).to_owned()).to_owned();
    let line = CommonTableExpression::new().table_name(LINE).columns([ID, PARENT]).query(query).to_owned();
    WithClause::new().recursive(true).cte(line).to_owned()
}
