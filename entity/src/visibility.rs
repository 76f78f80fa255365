//! Which members a caller may see. The only place where this rule stands.
//!
//! It is given twice, side by side, because it is asked in two places: [`Viewer::members`] as a condition of a query and
//! [`Viewer::sees`] for members held in memory (the name index). Every search, list, export, mail and duplicate check
//! goes through one of them; a test in `tests/it/visibility.rs` holds the two together on random registers.
//!
//! This is not about *which operations* a caller may use (scopes: `access::caller`) nor *which fields* of a member she
//! sees (identity numbers: `members::card`).

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use crate::{member, member_workplace};

/// How far a caller's sight reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// All members, those with a protected identity included: the privacy officer.
    Everyone,
    /// All but protected identities: staff, registrars and the change feed.
    Unprotected,
    /// The members in a representative's reach.
    Representative(Reach),
    /// The member herself.
    Oneself(Uuid),
    /// Nobody: administrators.
    Nobody,
}

/// What a representative's appointments in term cover; the units below are written out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Workplaces, with all workplaces below them.
    pub workplaces: Vec<Uuid>,
    /// Local branches, with all branches below them.
    pub local_branches: Vec<Uuid>,
    /// Schools.
    pub schools: Vec<Uuid>,
    /// Where the representative herself works: hidden memberships of these stay hidden from her.
    pub own_workplaces: Vec<Uuid>,
}

/// What the rule asks of a member.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The member's id.
    pub id: Uuid,
    /// Has a protected identity.
    pub protected: bool,
    /// Hidden membership.
    pub hidden: bool,
    /// Where she works.
    pub workplaces: &'a [Uuid],
    /// Her local branch.
    pub local_branch: Option<Uuid>,
    /// Her school.
    pub school: Option<Uuid>,
}

impl Viewer {
    /// The condition on `member` that keeps the rows this caller may see.
    pub fn members(&self) -> Condition {
        let unprotected = member::Column::Protection.is_null();
        match self {
            Viewer::Everyone => Condition::all(),
            Viewer::Unprotected => Condition::all().add(unprotected),
            Viewer::Oneself(id) => Condition::all().add(member::Column::Id.eq(*id)),
            Viewer::Nobody => Condition::all().add(Expr::value(1).eq(0)),
            Viewer::Representative(reach) => Condition::all()
                .add(unprotected)
                .add(
                    Condition::any()
                        .add(works_at(&reach.workplaces))
                        .add(member::Column::LocalBranchId.is_in(reach.local_branches.iter().copied()))
                        .add(member::Column::SchoolId.is_in(reach.schools.iter().copied())),
                )
                .add(
                    Condition::any()
                        .add(member::Column::Hidden.eq(false))
                        .add(Condition::any().add(works_at(&reach.colleagues_at())).not()),
                ),
        }
    }

    /// The ids of the members this caller may see, as a subquery: for tables that refer to members.
    pub fn member_ids(&self) -> SelectStatement {
        Query::select().column(member::Column::Id).from(member::Entity).cond_where(self.members()).to_owned()
    }

    /// The same rule for a member held in memory.
    pub fn sees(&self, member: &Facts<'_>) -> bool {
        match self {
            Viewer::Everyone => true,
            Viewer::Unprotected => !member.protected,
            Viewer::Oneself(id) => member.id == *id,
            Viewer::Nobody => false,
            Viewer::Representative(reach) => {
                let works_at = |places: &[Uuid]| member.workplaces.iter().any(|place| places.contains(place));
                let within = works_at(&reach.workplaces)
                    || member.local_branch.is_some_and(|branch| reach.local_branches.contains(&branch))
                    || member.school.is_some_and(|school| reach.schools.contains(&school));
                !member.protected && within && !(member.hidden && works_at(&reach.colleagues_at()))
            }
        }
    }
}

impl Reach {
    /// The workplaces whose hidden members this representative must not see: those she represents and her own.
    fn colleagues_at(&self) -> Vec<Uuid> {
        self.workplaces.iter().chain(&self.own_workplaces).copied().collect()
    }
}

fn works_at(workplaces: &[Uuid]) -> Expr {
    let members = Query::select()
        .column(member_workplace::Column::MemberId)
        .from(member_workplace::Entity)
        .and_where(member_workplace::Column::WorkplaceId.is_in(workplaces.iter().copied()))
        .to_owned();
    member::Column::Id.in_subquery(members)
}

/// A query over members, narrowed to those a caller may see.
pub trait VisibleTo: QueryFilter {
    /// Keeps the members that `viewer` may see.
    fn visible_to(self, viewer: &Viewer) -> Self {
        self.filter(viewer.members())
    }
}

impl VisibleTo for sea_orm::Select<member::Entity> {}
