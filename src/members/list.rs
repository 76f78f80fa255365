//! The list of members: filters and pages.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::NaiveDate;
use entity::membership_period::{self, MembershipType};
use entity::visibility::{Viewer, VisibleTo};
use entity::{member, member_workplace};
use jobs::{Error, Result};
use sea_orm::sea_query::{Condition, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::card::Membership;
use super::member::Member;

/// The most that one page holds.
pub const MOST: u64 = 200;

/// Which members.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Members of this type today.
    pub membership_type: Option<MembershipType>,
    /// At this workplace.
    pub workplace_id: Option<Uuid>,
    /// In this local branch.
    pub local_branch_id: Option<Uuid>,
    /// At this school.
    pub school_id: Option<Uuid>,
    /// Graduation date from and to, both included.
    pub graduated: (Option<NaiveDate>, Option<NaiveDate>),
    /// Joined between these days; a change of type is no joining.
    pub joined: (Option<NaiveDate>, Option<NaiveDate>),
    /// Left between these days; a change of type is no leaving.
    pub left: (Option<NaiveDate>, Option<NaiveDate>),
}

/// A member in a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Listed {
    /// The member's id.
    pub id: Uuid,
    /// Her number.
    #[schema(example = "104711")]
    pub member_number: String,
    /// All given names.
    pub given_names: String,
    /// The surname.
    pub surname: String,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
    /// Postal town.
    pub city: Option<String>,
    /// Where she works, by name.
    pub workplaces: Vec<String>,
    /// Graduation date.
    pub graduation_date: Option<NaiveDate>,
    /// The membership that runs today, else the last one, else the next.
    pub membership: Option<Membership>,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Page<T> {
    /// What is on the page.
    pub items: Vec<T>,
    /// To be sent as `after` for the next page; null on the last one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of at most `limit` from `items`, of which one more than that was asked for to see whether more follow.
    pub fn cut(mut items: Vec<T>, limit: u64, cursor: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }

    /// The same page with what `make` makes of each item.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(make).collect(), next: self.next }
    }
}

/// The members that `viewer` may see and `filter` asks for, in the order in which they were registered.
pub async fn list(
    database: &impl ConnectionTrait,
    viewer: &Viewer,
    filter: &Filter,
    today: NaiveDate,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Page<Listed>> {
    let rows = member::Entity::find()
        .visible_to(viewer)
        .filter(filter.condition(today))
        .filter(after.map_or(Condition::all(), |id| Condition::all().add(member::Column::Id.gt(id))))
        .order_by_asc(member::Column::Id)
        .limit(limit + 1)
        .all(database)
        .await?;
    let page = Page::cut(rows, limit, |row| write_cursor(row.id));
    let members = Member::complete(database, page.items).await?;
    Ok(Page { items: members.into_iter().map(|member| Listed::of(member, today)).collect(), next: page.next })
}

impl Listed {
    fn of(member: Member, today: NaiveDate) -> Self {
        let membership = Membership::of(&member, today);
        Self {
            id: member.row.id,
            member_number: member.row.member_number,
            given_names: member.row.given_names,
            surname: member.row.surname,
            birth_date: member.row.birth_date,
            city: member.row.city,
            workplaces: member.workplaces.into_iter().map(|place| place.name).collect(),
            graduation_date: member.row.graduation_date,
            membership,
        }
    }
}

impl Filter {
    /// As a condition on `member`.
    pub fn condition(&self, today: NaiveDate) -> Condition {
        let mut condition = Condition::all()
            .add_option(self.local_branch_id.map(|id| member::Column::LocalBranchId.eq(id)))
            .add_option(self.school_id.map(|id| member::Column::SchoolId.eq(id)))
            .add(between(member::Column::GraduationDate, self.graduated));
        if let Some(id) = self.workplace_id {
            let there = Query::select()
                .column(member_workplace::Column::MemberId)
                .from(member_workplace::Entity)
                .and_where(member_workplace::Column::WorkplaceId.eq(id))
                .to_owned();
            condition = condition.add(member::Column::Id.in_subquery(there));
        }
        if let Some(membership_type) = self.membership_type {
            condition = condition.add(
                member::Column::Id.in_subquery(with_period(
                    Condition::all()
                        .add(membership_period::Column::MembershipType.eq(membership_type))
                        .add(membership_period::Column::ValidFrom.is_null().or(membership_period::Column::ValidFrom.lte(today)))
                        .add(
                            membership_period::Column::ValidUntil.is_null().or(membership_period::Column::ValidUntil.gte(today)),
                        ),
                )),
            );
        }
        if self.joined != (None, None) {
            condition = condition.add(
                member::Column::Id.in_subquery(with_period(
                    between(membership_period::Column::ValidFrom, self.joined)
                        .add(membership_period::Column::ContinuesPrevious.eq(false)),
                )),
            );
        }
        if self.left != (None, None) {
            condition = condition.add(
                member::Column::Id.in_subquery(with_period(
                    between(membership_period::Column::ValidUntil, self.left)
                        .add(membership_period::Column::LeaveReason.is_not_null()),
                )),
            );
        }
        condition
    }
}

fn with_period(condition: Condition) -> SelectStatement {
    Query::select().column(membership_period::Column::MemberId).from(membership_period::Entity).cond_where(condition).to_owned()
}

fn between(column: impl ColumnTrait, (from, until): (Option<NaiveDate>, Option<NaiveDate>)) -> Condition {
    Condition::all().add_option(from.map(|day| column.gte(day))).add_option(until.map(|day| column.lte(day)))
}

/// A cursor says where the next page begins and nothing else.
pub fn write_cursor(id: Uuid) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(id.as_bytes())
}

/// What [`write_cursor`] wrote.
///
/// # Errors
/// [`Error::Invalid`] for anything else.
pub fn read_cursor(cursor: &str) -> Result<Uuid> {
    BASE64_URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| Uuid::from_slice(&bytes).ok())
        .ok_or_else(|| Error::invalid("/after", "is no cursor; send the value of `next` from the page before, unchanged"))
}
