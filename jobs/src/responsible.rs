//! Who is responsible for a member on a day: the chain of representatives.
//!
//! Her workplaces, then her school, then her local branch; each from the unit itself up its tree; in each unit role by
//! role. Only appointments in term count, whose holder is a current member; while she is absent her deputy stands in.
//! Nobody is responsible for herself. When nobody is found, the office is.
//!
//! Two kinds of members go other ways. A protected identity goes to the privacy officer alone. A hidden membership never
//! goes to the member's own workplace: neither to whoever represents it nor to whoever works there.
//!
//! [`Organisation`] is what the register holds of all this on one day, read once for many members; finding is pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::appointment::{self, AppointmentRole};
use entity::follow_up::Office;
use entity::membership_period::MembershipType;
use entity::visibility::{Facts, Reach, Viewer};
use entity::{local_branch, member, member_workplace, membership_period, workplace};
use sea_orm::sea_query::{Condition, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::Result;

/// Where representatives are appointed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A workplace and those below it.
    Workplace(Uuid),
    /// A school.
    School(Uuid),
    /// A local branch and those below it.
    LocalBranch(Uuid),
}

/// An appointment in term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InTerm {
    /// Its id.
    pub id: Uuid,
    /// Who holds it.
    pub holder: Uuid,
    /// As what.
    pub role: AppointmentRole,
    /// For what.
    pub place: Place,
    /// Whether she is absent that day.
    pub absent: bool,
    /// Who stands in for her then.
    pub deputy: Option<Uuid>,
}

/// What the register holds of representatives on one day.
#[derive(Clone, Debug, Default)]
pub struct Organisation {
    /// Appointments by place; in each the roles in order, then the longest in office first.
    pub appointments: BTreeMap<Place, Vec<InTerm>>,
    /// The unit above, for workplaces and local branches.
    pub above: HashMap<Place, Place>,
    /// Of holders and deputies, those who are current members.
    pub current: BTreeSet<Uuid>,
    /// Where holders and deputies work themselves.
    pub works_at: HashMap<Uuid, Vec<Uuid>>,
}

/// What the chain asks of the member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Her id.
    pub id: Uuid,
    /// Has a protected identity.
    pub protected: bool,
    /// Hidden membership.
    pub hidden: bool,
    /// Where she works.
    pub workplaces: Vec<Uuid>,
    /// Her school.
    pub school: Option<Uuid>,
    /// Her local branch.
    pub local_branch: Option<Uuid>,
}

/// Who is responsible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Responsible {
    /// This member, through this appointment.
    Representative {
        /// The holder, or her deputy.
        member: Uuid,
        /// The appointment.
        appointment: Uuid,
    },
    /// An office.
    Office(Office),
}

/// Why somebody earlier in the chain was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reroute {
    /// The holder is absent and her deputy stands in.
    DeputyStandsIn,
    /// The holder is absent and has no deputy who could stand in.
    Absent,
    /// She would have been responsible for herself.
    Herself,
    /// The holder, or the deputy of an absent holder, is no current member.
    LeftTheUnion,
    /// The appointment through which somebody was responsible has ended.
    TermEnded,
    /// The member's membership is hidden from her workplace.
    HiddenMembership,
    /// The member has a protected identity.
    ProtectedIdentity,
    /// Nobody was found.
    NobodyFound,
}

impl Reroute {
    /// As stored and told by the API.
    pub const fn word(self) -> &'static str {
        match self {
            Reroute::DeputyStandsIn => "deputy_stands_in",
            Reroute::Absent => "absent",
            Reroute::Herself => "herself",
            Reroute::LeftTheUnion => "left_the_union",
            Reroute::TermEnded => "term_ended",
            Reroute::HiddenMembership => "hidden_membership",
            Reroute::ProtectedIdentity => "protected_identity",
            Reroute::NobodyFound => "nobody_found",
        }
    }
}

/// Who is responsible, and who was passed over on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Who is responsible.
    pub to: Responsible,
    /// Why not somebody earlier in the chain, each reason once; empty for the first.
    pub rerouted: BTreeSet<Reroute>,
}

impl Organisation {
    /// Reads what the register holds on the day `on`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn load(database: &impl ConnectionTrait, on: NaiveDate) -> Result<Self> {
        use appointment::Column::{DeputyMemberId, MemberId, ValidFrom, ValidUntil};
        let in_term =
            Condition::all().add(ValidFrom.is_null().or(ValidFrom.lte(on))).add(ValidUntil.is_null().or(ValidUntil.gte(on)));
        let rows =
            appointment::Entity::find().filter(in_term.clone()).order_by_asc(appointment::Column::Id).all(database).await?;
        let people = |column: appointment::Column| -> SelectStatement {
            Query::select()
                .column(column)
                .from(appointment::Entity)
                .cond_where(in_term.clone().add(column.is_not_null()))
                .to_owned()
        };
        let holder_or_deputy = |column: sea_orm::sea_query::Expr| {
            column.clone().in_subquery(people(MemberId)).or(column.in_subquery(people(DeputyMemberId)))
        };
        let current: Vec<Uuid> = membership_period::Entity::find()
            .select_only()
            .column(membership_period::Column::MemberId)
            .filter(is_current(on))
            .filter(holder_or_deputy(sea_orm::sea_query::Expr::col(membership_period::Column::MemberId)))
            .into_tuple()
            .all(database)
            .await?;
        let places: Vec<(Uuid, Uuid)> = member_workplace::Entity::find()
            .select_only()
            .columns([member_workplace::Column::MemberId, member_workplace::Column::WorkplaceId])
            .filter(holder_or_deputy(sea_orm::sea_query::Expr::col(member_workplace::Column::MemberId)))
            .into_tuple()
            .all(database)
            .await?;
        let mut organisation = Self { current: current.into_iter().collect(), ..Self::default() };
        for (member, place) in places {
            organisation.works_at.entry(member).or_default().push(place);
        }
        let trees: Vec<(Uuid, Uuid)> = workplace::Entity::find()
            .select_only()
            .columns([workplace::Column::Id, workplace::Column::ParentId])
            .filter(workplace::Column::ParentId.is_not_null())
            .into_tuple()
            .all(database)
            .await?;
        organisation.above.extend(trees.into_iter().map(|(id, parent)| (Place::Workplace(id), Place::Workplace(parent))));
        let trees: Vec<(Uuid, Uuid)> = local_branch::Entity::find()
            .select_only()
            .columns([local_branch::Column::Id, local_branch::Column::ParentId])
            .filter(local_branch::Column::ParentId.is_not_null())
            .into_tuple()
            .all(database)
            .await?;
        organisation.above.extend(trees.into_iter().map(|(id, parent)| (Place::LocalBranch(id), Place::LocalBranch(parent))));
        organisation.appoint(rows, on);
        Ok(organisation)
    }

    /// Takes in those of `rows` that are in term on the day `on`.
    pub fn appoint(&mut self, mut rows: Vec<appointment::Model>, on: NaiveDate) {
        let role = |role: AppointmentRole| AppointmentRole::iter().position(|other| other == role);
        rows.retain(|row| covers(row.valid_from, row.valid_until, on));
        rows.sort_by_key(|row| (role(row.role), row.valid_from, row.id));
        for row in rows {
            let place = match (row.workplace_id, row.school_id, row.local_branch_id) {
                (Some(id), ..) => Place::Workplace(id),
                (_, Some(id), _) => Place::School(id),
                (.., Some(id)) => Place::LocalBranch(id),
                _ => continue,
            };
            let absent = row.absent_from.is_some_and(|from| covers(Some(from), row.absent_until, on));
            let deputy = row.deputy_member_id;
            self.appointments.entry(place).or_default().push(InTerm {
                id: row.id,
                holder: row.member_id,
                role: row.role,
                place,
                absent,
                deputy,
            });
        }
    }

    /// Who is responsible for `person`.
    pub fn responsible(&self, person: &Person) -> Assignment {
        self.first(person, |_| true)
    }

    /// Whom `person` turns to: everybody who stands for her, the first of the chain first, each once and as what. Nobody
    /// for a protected identity, whom the privacy officer alone knows.
    pub fn representatives(&self, person: &Person) -> Vec<(Uuid, AppointmentRole)> {
        let mut found: Vec<(Uuid, AppointmentRole)> = Vec::new();
        if person.protected {
            return found;
        }
        for place in self.chain(person) {
            for appointment in self.appointments.get(&place).into_iter().flatten() {
                if let Ok(member) = self.stands(appointment, person)
                    && !found.iter().any(|(known, _)| *known == member)
                {
                    found.push((member, appointment.role));
                }
            }
        }
        found
    }

    /// The chief shop steward of `person`, or else the office.
    pub fn chief_shop_steward(&self, person: &Person) -> Assignment {
        self.first(person, |role| role == AppointmentRole::ChiefShopSteward)
    }

    fn first(&self, person: &Person, wanted: impl Fn(AppointmentRole) -> bool) -> Assignment {
        let mut rerouted = BTreeSet::new();
        if person.protected {
            rerouted.insert(Reroute::ProtectedIdentity);
            return Assignment { to: Responsible::Office(Office::PrivacyOfficer), rerouted };
        }
        for place in self.chain(person) {
            for appointment in self.appointments.get(&place).into_iter().flatten().filter(|it| wanted(it.role)) {
                match self.stands(appointment, person) {
                    Ok(member) => {
                        if member != appointment.holder {
                            rerouted.insert(Reroute::DeputyStandsIn);
                        }
                        let to = Responsible::Representative { member, appointment: appointment.id };
                        return Assignment { to, rerouted };
                    }
                    Err(reason) => {
                        rerouted.insert(reason);
                    }
                }
            }
        }
        rerouted.insert(Reroute::NobodyFound);
        Assignment { to: Responsible::Office(Office::Office), rerouted }
    }

    /// Why whoever was given `person` before is not responsible any more; none when she still is. A nearer one appointed
    /// since takes nothing over: who has begun goes on.
    pub fn lapsed(&self, person: &Person, before: Responsible) -> Option<Reroute> {
        match before {
            Responsible::Office(Office::PrivacyOfficer) => (!person.protected).then_some(Reroute::NobodyFound),
            _ if person.protected => Some(Reroute::ProtectedIdentity),
            Responsible::Office(Office::Office) => None,
            Responsible::Representative { member, appointment } => {
                match self.appointments.values().flatten().find(|it| it.id == appointment) {
                    None => Some(Reroute::TermEnded),
                    Some(appointment) => match self.stands(appointment, person) {
                        Ok(stands) if stands == member => None,
                        Ok(stands) if stands != appointment.holder => Some(Reroute::DeputyStandsIn),
                        // The holder is back from her absence.
                        Ok(_) => Some(Reroute::TermEnded),
                        Err(reason) => Some(reason),
                    },
                }
            }
        }
    }

    /// What `member` sees as a representative: the places of her appointments, and of those where she stands in, with all
    /// below them; see [`Reach`].
    pub fn reach(&self, member: Uuid) -> Reach {
        let mut reach = Reach { own_workplaces: self.works_at.get(&member).cloned().unwrap_or_default(), ..Reach::default() };
        if !self.current.contains(&member) {
            return reach;
        }
        let hers: BTreeSet<Place> = self
            .appointments
            .values()
            .flatten()
            .filter(|it| it.holder == member || (it.absent && it.deputy == Some(member)))
            .map(|it| it.place)
            .collect();
        let below = self.above.keys().filter(|place| self.up(**place).any(|above| hers.contains(&above)));
        for place in hers.iter().chain(below).collect::<BTreeSet<_>>() {
            match place {
                Place::Workplace(id) => reach.workplaces.push(*id),
                Place::School(id) => reach.schools.push(*id),
                Place::LocalBranch(id) => reach.local_branches.push(*id),
            }
        }
        reach
    }

    /// The places through which somebody may be responsible, the nearest first.
    fn chain(&self, person: &Person) -> Vec<Place> {
        let workplaces = person.workplaces.iter().map(|id| Place::Workplace(*id));
        let begins = workplaces.chain(person.school.map(Place::School)).chain(person.local_branch.map(Place::LocalBranch));
        let mut chain = Vec::new();
        for place in begins.flat_map(|begin| self.up(begin)) {
            if !chain.contains(&place) {
                chain.push(place);
            }
        }
        chain
    }

    /// `place` and what stands above it. A tree is no taller than it has units, so that a ring ends.
    fn up(&self, place: Place) -> impl Iterator<Item = Place> {
        std::iter::successors(Some(place), |place| self.above.get(place).copied()).take(self.above.len() + 1)
    }

    /// Who stands for `appointment` towards `person`: the holder or her deputy.
    fn stands(&self, appointment: &InTerm, person: &Person) -> Result<Uuid, Reroute> {
        let member = match (appointment.absent, appointment.deputy) {
            (false, _) => appointment.holder,
            (true, Some(deputy)) if deputy != appointment.holder => deputy,
            (true, _) => return Err(Reroute::Absent),
        };
        if member == person.id {
            return Err(Reroute::Herself);
        }
        if !self.current.contains(&member) {
            return Err(Reroute::LeftTheUnion);
        }
        // What is not hers to see cannot be hers to do: a hidden colleague. One rule says so, and stands elsewhere.
        let sees = !person.hidden
            || Viewer::Representative(self.reach(member)).sees(&Facts {
                id: person.id,
                protected: person.protected,
                hidden: person.hidden,
                workplaces: &person.workplaces,
                local_branch: person.local_branch,
                school: person.school,
            });
        if sees { Ok(member) } else { Err(Reroute::HiddenMembership) }
    }
}

/// The condition on `membership_period` that it makes its owner a member on the day `on`: a prospect is none yet.
pub fn is_current(on: NaiveDate) -> Condition {
    use membership_period::Column::{MembershipType as Type, ValidFrom, ValidUntil};
    Condition::all()
        .add(Type.ne(MembershipType::Prospect))
        .add(ValidFrom.is_null().or(ValidFrom.lte(on)))
        .add(ValidUntil.is_null().or(ValidUntil.gte(on)))
}

/// Whether `day` lies in a span that includes both its days.
pub fn covers(from: Option<NaiveDate>, until: Option<NaiveDate>, day: NaiveDate) -> bool {
    from.is_none_or(|from| from <= day) && until.is_none_or(|until| day <= until)
}

impl Person {
    /// What the chain asks of a member, who works at `workplaces`.
    pub fn of(row: &member::Model, mut workplaces: Vec<Uuid>) -> Self {
        workplaces.sort_unstable();
        Self {
            id: row.id,
            protected: row.protection.is_some(),
            hidden: row.hidden,
            workplaces,
            school: row.school_id,
            local_branch: row.local_branch_id,
        }
    }
}

#[cfg(test)]
mod tests;
