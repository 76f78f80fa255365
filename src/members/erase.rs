//! Erasure: what is left of a member when the register has no reason to know her any more. Almost nothing; [`TABLES`] says
//! what, and why.
//!
//! Leavers are erased by [`erase_due`] when their [retention](super::retention) is over, others when the privacy officer
//! decides so. Who is erased leaves her id behind, in the table `erasure` and in [`ErasureList`], a file that is not
//! part of a backup: a restored backup is made to forget her again ([`ErasureList::bring_together`]).

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use entity::erasure::{self, Reason};
use entity::history::{self, Change};
use entity::membership_period::{self, MembershipType};
use entity::visibility::Viewer;
use entity::{member, outbox};
use jobs::history::{Actor, Entry};
use jobs::{Error, Result, Store, Write};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, Query};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::member::{Member, covers};
use super::protection::forget_deputy;
use super::retention::Retention;

/// What a table keeps of a member who is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// Nothing: her rows go.
    Nothing,
    /// Her id, and nothing that says who she was.
    Id,
    /// It never held anything of her.
    NoMember,
    /// What it holds is sealed and goes within a day by itself.
    ForADay,
}

/// Every table, what it keeps of an erased member, and why. A test holds it against the tables that there are: each
/// must be named here.
pub const TABLES: &[(&str, Keeps, &str)] = &[
    ("account", Keeps::NoMember, "colleagues; whoever is a member too signs in as such by mail"),
    ("api_token", Keeps::NoMember, "tokens of systems and colleagues"),
    ("appointment", Keeps::Nothing, "her terms go; where she stood in for somebody, nobody is named"),
    ("attempt_limit", Keeps::ForADay, "keyed hashes of what was typed to sign in"),
    ("consent", Keeps::Nothing, ""),
    ("credential", Keeps::NoMember, "of accounts"),
    ("email_change", Keeps::Nothing, ""),
    ("employer", Keeps::NoMember, "the organisation"),
    ("employer_domain", Keeps::NoMember, "the organisation"),
    ("erasure", Keeps::Id, "so that a restored backup can be made to forget her again"),
    ("follow_up", Keeps::Nothing, "of those for which she was responsible her name goes, not the follow-up"),
    ("former_name", Keeps::Nothing, ""),
    ("held_entry", Keeps::Nothing, "what was entered about her"),
    (
        "history",
        Keeps::Id,
        "that something was changed, when and by whom: systems that join on count on the numbers; the values go",
    ),
    ("idempotency", Keeps::ForADay, "answers to repeated requests"),
    ("import_batch", Keeps::ForADay, "uploaded files"),
    ("kept_search", Keeps::ForADay, "what was asked at the desk"),
    ("known_browser", Keeps::Nothing, ""),
    ("lifecycle_rule", Keeps::NoMember, "rules"),
    ("lifecycle_run", Keeps::NoMember, "counts"),
    ("local_branch", Keeps::NoMember, "the organisation"),
    ("mailing", Keeps::NoMember, "the switch of outgoing mail"),
    ("member", Keeps::Nothing, "her number is not given again"),
    ("member_workplace", Keeps::Nothing, ""),
    ("membership_period", Keeps::Nothing, ""),
    ("outbox", Keeps::Nothing, "mails to her go, and what was said of her in others"),
    ("pledge", Keeps::Nothing, ""),
    ("proposal", Keeps::Nothing, ""),
    ("protection", Keeps::Nothing, ""),
    ("question", Keeps::Nothing, ""),
    ("read_audit", Keeps::Id, "who has read what must be answerable after she is gone; it never held more than ids"),
    ("recovery_code", Keeps::NoMember, "of accounts"),
    ("register", Keeps::NoMember, "counters"),
    ("school", Keeps::NoMember, "the organisation"),
    ("session", Keeps::Nothing, ""),
    ("sign_in_link", Keeps::Nothing, ""),
    ("sign_in_request", Keeps::ForADay, "what was typed, until the job has looked for it"),
    ("undeliverable_address", Keeps::Nothing, ""),
    ("verification", Keeps::Nothing, ""),
    ("workplace", Keeps::NoMember, "the organisation"),
];

/// How many are looked at, and erased in one transaction, at a time.
const LOOKED_AT: u64 = 500;
const AT_ONCE: usize = 50;

/// Erases a member. What belongs to her goes by foreign key; what must stay is emptied.
///
/// # Errors
/// When the register cannot be written.
pub async fn erase(write: &Write, member: &Member, reason: Reason) -> Result<()> {
    let (database, id) = (write.database(), member.row.id);
    forget_deputy(write, id).await?;
    history::Entity::update_many()
        .col_expr(history::Column::Changes, Expr::value(None::<serde_json::Value>))
        .filter(history::Column::MemberId.eq(id))
        .exec(database)
        .await?;
    outbox::Entity::delete_many().filter(outbox::Column::MemberId.eq(id)).exec(database).await?;
    jobs::outbox::forget_named(write, id).await?;
    member::Entity::delete_by_id(id).exec(database).await?;
    let row = erasure::Model {
        member_id: id,
        at: write.now(),
        reason,
        actor_kind: write.actor().kind.clone(),
        actor_id: write.actor().id,
    };
    erasure::Entity::insert(row.into_active_model()).exec_without_returning(database).await?;
    // Systems that join on never heard of a protected member, or were told to forget her when she became one.
    let change = if member.row.protection.is_some() { Change::Removed } else { Change::Erased };
    write.note(Entry::member(id, change, None));
    Ok(())
}

/// Erases a member because the privacy officer decides so.
///
/// # Errors
/// [`Error::Conflict`] while she is a member.
pub async fn erase_by_decision(write: &Write, member: &Member) -> Result<()> {
    let today = write.clock().today();
    let runs = |period: &membership_period::Model| {
        period.membership_type != MembershipType::Prospect
            && (covers(period, today) || period.valid_from.is_some_and(|from| today < from))
    };
    if member.periods.iter().any(runs) {
        return Err(Error::conflict("", "her membership runs, or is to begin; let her leave first, then erase her"));
    }
    erase(write, member, Reason::Decision).await
}

/// Erases the leavers whose time is over and gives their number.
///
/// # Errors
/// When the register cannot be written now; who is left is erased the next time.
pub async fn erase_due(store: &Store, retention: &Retention) -> Result<usize> {
    let today = store.clock().today();
    let Some(last) = retention.shortest().map(|kept| today - kept) else { return Ok(0) };
    let (mut erased, mut after) = (0, Uuid::nil());
    loop {
        let rows = member::Entity::find()
            .filter(member::Column::Id.gt(after))
            .filter(may_be_due(last))
            .order_by_asc(member::Column::Id)
            .limit(LOOKED_AT)
            .all(store.database())
            .await?;
        let Some(newest) = rows.last() else { return Ok(erased) };
        after = newest.id;
        let is_due = |member: &Member| retention.due_on(member).is_some_and(|day| day <= today);
        let due: Vec<Uuid> = Member::complete(store.database(), rows)
            .await?
            .iter()
            .filter(|member| is_due(member))
            .map(|member| member.row.id)
            .collect();
        for ids in due.chunks(AT_ONCE) {
            erased += store
                .write(&Actor::system(), async |write| {
                    // Read again: she may have come back meanwhile.
                    let rows = member::Entity::find().filter(member::Column::Id.is_in(ids.iter().copied())).all(write.database());
                    let members = Member::complete(write.database(), rows.await?).await?;
                    let due: Vec<&Member> = members.iter().filter(|member| is_due(member)).collect();
                    for member in &due {
                        erase(write, member, Reason::Retention).await?;
                    }
                    Ok(due.len())
                })
                .await?;
        }
    }
}

/// Who has no membership after `last`, and prospects who were registered by then: everybody who can be due, and few others.
fn may_be_due(last: chrono::NaiveDate) -> Condition {
    let until = Expr::col(membership_period::Column::ValidUntil);
    let leavers = Query::select()
        .column(membership_period::Column::MemberId)
        .from(membership_period::Entity)
        .group_by_col(membership_period::Column::MemberId)
        .and_having(Expr::expr(Func::max(until.clone())).lt(last))
        .and_having(Expr::expr(Func::count(until)).eq(Expr::expr(Func::count(Expr::col(membership_period::Column::Id)))))
        .to_owned();
    let prospects = Query::select()
        .column(membership_period::Column::MemberId)
        .from(membership_period::Entity)
        .and_where(membership_period::Column::MembershipType.eq(MembershipType::Prospect))
        .and_where(membership_period::Column::ValidUntil.is_null())
        .and_where(membership_period::Column::ValidFrom.is_null().or(membership_period::Column::ValidFrom.lt(last)))
        .to_owned();
    Condition::any().add(member::Column::Id.in_subquery(leavers)).add(member::Column::Id.in_subquery(prospects))
}

/// The ids of all who were erased, one a line, in a file of the data folder that no backup holds.
#[derive(Clone, Debug)]
pub struct ErasureList(PathBuf);

impl ErasureList {
    /// In this file, which need not be there yet.
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Whether the file is there.
    pub fn exists(&self) -> bool {
        self.0.exists()
    }

    /// Erases again who stands in the file and came back with a backup, and adds to the file who is missing from it. Gives
    /// how many were erased again.
    ///
    /// # Errors
    /// When the file cannot be read or written, or the register cannot be written now.
    pub async fn bring_together(&self, store: &Store) -> Result<usize> {
        let listed = self.read().map_err(Error::internal)?;
        let known: BTreeSet<Uuid> = erasure::Entity::find()
            .select_only()
            .column(erasure::Column::MemberId)
            .into_tuple()
            .all(store.database())
            .await?
            .into_iter()
            .collect();
        let mut again = 0;
        for id in listed.difference(&known) {
            again += store
                .write(&Actor::system(), async |write| match Member::load(write.database(), &Viewer::Everyone, *id).await {
                    Ok(member) => erase(write, &member, Reason::Restored).await.map(|()| 1),
                    Err(Error::NotFound) => Ok(0),
                    Err(error) => Err(error),
                })
                .await?;
        }
        self.append(known.difference(&listed)).map_err(Error::internal)?;
        Ok(again)
    }

    fn read(&self) -> io::Result<BTreeSet<Uuid>> {
        match fs::read_to_string(&self.0) {
            Ok(text) => text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| {
                    let wrong = || io::Error::other(format!("{}: \"{line}\" is no member's id", self.0.display()));
                    Uuid::try_parse(line.trim()).map_err(|_| wrong())
                })
                .collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(error),
        }
    }

    fn append<'a>(&self, ids: impl Iterator<Item = &'a Uuid>) -> io::Result<()> {
        let lines: String = ids.map(|id| format!("{id}\n")).collect();
        if lines.is_empty() {
            return Ok(());
        }
        let mut file: File = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.0)?;
        file.write_all(lines.as_bytes())?;
        file.sync_all()
    }
}
