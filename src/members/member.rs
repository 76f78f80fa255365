//! A member as the register's rules see her: the row and what hangs on it.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::visibility::{Facts, Viewer, VisibleTo};
use entity::{employer, former_name, member, member_workplace, membership_period, verification, workplace};
use jobs::{Error, Result};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use uuid::Uuid;

/// A member with everything that her card shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The row itself.
    pub row: member::Model,
    /// Former surnames, sorted as [`former_surnames`](super::rules::former_surnames) sorts them.
    pub former_surnames: Vec<String>,
    /// Where she works, by name.
    pub workplaces: Vec<PlaceOfWork>,
    /// The ledger of her memberships, the earliest first.
    pub periods: Vec<membership_period::Model>,
    /// What was checked with her.
    pub verifications: Vec<verification::Model>,
}

/// A workplace of a member, with its employer's name.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct PlaceOfWork {
    /// Whose.
    pub member_id: Uuid,
    /// The workplace.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its employer's name, when known.
    pub employer: Option<String>,
}

impl PlaceOfWork {
    /// By name, then by employer: the same in every register that holds the same.
    fn order(&self) -> (&str, Option<&str>, Uuid) {
        (&self.name, self.employer.as_deref(), self.id)
    }
}

impl Member {
    /// The member `id`, if `viewer` may see her.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a member who does not exist and for one who is not to be seen alike.
    pub async fn load(database: &impl ConnectionTrait, viewer: &Viewer, id: Uuid) -> Result<Self> {
        let row = member::Entity::find_by_id(id).visible_to(viewer).one(database).await?.ok_or(Error::NotFound)?;
        Self::complete(database, vec![row]).await?.pop().ok_or(Error::NotFound)
    }

    /// What hangs on `rows`, in their order. The caller has seen to it that the rows may be seen.
    pub async fn complete(database: &impl ConnectionTrait, rows: Vec<member::Model>) -> Result<Vec<Self>> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let former =
            former_name::Entity::find().filter(former_name::Column::MemberId.is_in(ids.iter().copied())).all(database).await?;
        let periods = membership_period::Entity::find()
            .filter(membership_period::Column::MemberId.is_in(ids.iter().copied()))
            .all(database)
            .await?;
        let verifications = verification::Entity::find()
            .filter(verification::Column::MemberId.is_in(ids.iter().copied()))
            .order_by_asc(verification::Column::Detail)
            .all(database)
            .await?;
        let mut former = grouped(former, |name| name.member_id);
        let mut workplaces = grouped(places_of_work(database, &ids).await?, |place| place.member_id);
        let mut periods = grouped(periods, |period| period.member_id);
        let mut verifications = grouped(verifications, |verification| verification.member_id);
        Ok(rows
            .into_iter()
            .map(|row| {
                // Here and not in the query: the engines disagree on where null stands and, by locale, on the order of
                // letters. `None` is before every date.
                let mut periods = periods.remove(&row.id).unwrap_or_default();
                periods.sort_by_key(|period| period.valid_from);
                let former = former.remove(&row.id).unwrap_or_default();
                let mut former_surnames: Vec<String> = former.into_iter().map(|name| name.surname).collect();
                former_surnames.sort();
                let mut workplaces = workplaces.remove(&row.id).unwrap_or_default();
                workplaces.sort_by(|one, other| one.order().cmp(&other.order()));
                Self {
                    former_surnames,
                    workplaces,
                    periods,
                    verifications: verifications.remove(&row.id).unwrap_or_default(),
                    row,
                }
            })
            .collect())
    }

    /// Whether `viewer` may see her.
    pub fn is_seen_by(&self, viewer: &Viewer) -> bool {
        let workplaces: Vec<Uuid> = self.workplaces.iter().map(|place| place.id).collect();
        viewer.sees(&Facts {
            id: self.row.id,
            protected: self.row.protection.is_some(),
            hidden: self.row.hidden,
            workplaces: &workplaces,
            local_branch: self.row.local_branch_id,
            school: self.row.school_id,
        })
    }

    /// The period that covers `day`, if any: she is a member on that day.
    pub fn period_on(&self, day: NaiveDate) -> Option<&membership_period::Model> {
        self.periods.iter().find(|period| covers(period, day))
    }

    /// The period that runs without an end.
    pub fn open_period(&self) -> Option<&membership_period::Model> {
        self.periods.iter().find(|period| period.valid_until.is_none())
    }
}

/// Whether `day` lies in the period; both its days belong to it.
pub fn covers(period: &membership_period::Model, day: NaiveDate) -> bool {
    within(period.valid_from, period.valid_until, day)
}

/// Whether `day` lies between the two, both included; a day that is not known is no bound.
pub fn within(from: Option<NaiveDate>, until: Option<NaiveDate>, day: NaiveDate) -> bool {
    from.is_none_or(|from| from <= day) && until.is_none_or(|until| day <= until)
}

async fn places_of_work(database: &impl ConnectionTrait, members: &[Uuid]) -> Result<Vec<PlaceOfWork>> {
    Ok(member_workplace::Entity::find()
        .select_only()
        .column(member_workplace::Column::MemberId)
        .column_as(workplace::Column::Id, "id")
        .column_as(workplace::Column::Name, "name")
        .column_as(employer::Column::Name, "employer")
        .join(JoinType::InnerJoin, member_workplace::Relation::Workplace.def())
        .join(JoinType::LeftJoin, workplace::Relation::Employer.def())
        .filter(member_workplace::Column::MemberId.is_in(members.iter().copied()))
        .into_model()
        .all(database)
        .await?)
}

fn grouped<T>(rows: Vec<T>, member: impl Fn(&T) -> Uuid) -> HashMap<Uuid, Vec<T>> {
    let mut groups: HashMap<Uuid, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(member(&row)).or_default().push(row);
    }
    groups
}
