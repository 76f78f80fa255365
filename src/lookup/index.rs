//! Index: the members as lookup holds them, and who can be found by what.
//!
//! Names are kept once in the [`Vocabulary`] and rows refer to them; a row's other texts share one allocation.
//! The index knows nothing of where members come from: whoever feeds it inserts, replaces and removes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use entity::membership_period::MembershipType;
use uuid::Uuid;

use super::edits::EditCosts;
use super::explain::Part;
use super::fold;
use super::numbers::{self, FirstBytes, Reading};
use super::query::Filter;
use super::vocabulary::{Bearing, RowId, SpellingId, Vocabulary, place};

/// A time of membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Which kind of member in this time.
    pub membership_type: MembershipType,
    /// The first day; `None` when nobody knows.
    pub from: Option<NaiveDate>,
    /// The last day, included; `None` while it lasts.
    pub until: Option<NaiveDate>,
}

impl Span {
    /// Whether the day lies in it.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// A member as given to the index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// The member's id: inserting it again replaces the member.
    pub id: Uuid,
    /// The number on the membership card.
    pub member_number: String,
    /// All given names, the first first.
    pub given_names: String,
    /// The surname, with particles.
    pub surname: String,
    /// Surnames the member has left.
    pub former_surnames: Vec<String>,
    /// The day of birth, if known.
    pub birth_date: Option<NaiveDate>,
    /// The phone number in any notation; numbers without + are taken as national.
    pub phone: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The city of the address.
    pub city: Option<String>,
    /// Every workplace the member belongs to.
    pub workplaces: Vec<Uuid>,
    /// The local branch.
    pub local_branch: Option<Uuid>,
    /// The school.
    pub school: Option<Uuid>,
    /// Times of membership, in any order.
    pub memberships: Vec<Span>,
    /// Protected identity, for the searcher's rights to judge.
    pub protected: bool,
    /// Hidden membership, for the searcher's rights to judge.
    pub hidden: bool,
}

/// A member as the index holds it: what a searcher's rights are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// The member's id.
    pub id: Uuid,
    /// The day of birth, if known.
    pub birth_date: Option<NaiveDate>,
    /// Every workplace the member belongs to.
    pub workplaces: &'a [Uuid],
    /// The local branch.
    pub local_branch: Option<Uuid>,
    /// The school.
    pub school: Option<Uuid>,
    /// Times of membership, in any order.
    pub memberships: &'a [Span],
    /// Protected identity.
    pub protected: bool,
    /// Hidden membership.
    pub hidden: bool,
}

impl Member<'_> {
    /// Whether the person is a member on the day.
    pub fn is_current(&self, day: NaiveDate) -> bool {
        self.memberships.iter().any(|span| span.covers(day))
    }
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: Uuid,
    /// Member number, phone and e-mail, each but the last followed by NUL, which no database text holds.
    texts: Box<str>,
    pub(super) given: Box<[SpellingId]>,
    pub(super) surname: SpellingId,
    pub(super) former: Box<[SpellingId]>,
    pub(super) birth_date: Option<NaiveDate>,
    city: Option<u32>,
    workplaces: Box<[Uuid]>,
    local_branch: Option<Uuid>,
    school: Option<Uuid>,
    memberships: Box<[Span]>,
    protected: bool,
    hidden: bool,
}

impl Row {
    pub(super) fn member(&self) -> Member<'_> {
        Member {
            id: self.id,
            birth_date: self.birth_date,
            workplaces: &self.workplaces,
            local_branch: self.local_branch,
            school: self.school,
            memberships: &self.memberships,
            protected: self.protected,
            hidden: self.hidden,
        }
    }

    fn text(&self, place: usize) -> &str {
        self.texts.split('\0').nth(place).unwrap_or("")
    }

    pub(super) fn member_number(&self) -> &str {
        self.text(0)
    }

    pub(super) fn phone(&self) -> &str {
        self.text(1)
    }

    pub(super) fn email(&self) -> &str {
        self.text(2)
    }
}

/// The names of all members, ready to be searched. Derived data: it can be rebuilt from the register at any time.
#[derive(Debug, Default)]
pub struct Index {
    pub(super) vocabulary: Vocabulary,
    rows: Vec<Option<Row>>,
    free: Vec<RowId>,
    row_of: HashMap<Uuid, RowId>,
    /// Cities by name; their number is small and they tell nothing of anybody, so they stay.
    cities: HashMap<Arc<str>, u32>,
    by_number: FirstBytes,
    by_phone: FirstBytes,
    by_email: FirstBytes,
    by_birth_date: BTreeSet<(NaiveDate, RowId)>,
}

impl Index {
    /// An index of nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Compares names by other edit costs than the built-in ones: for those who learn their own.
    pub fn compare_by(&mut self, costs: EditCosts) {
        self.vocabulary.compare_by(costs);
    }

    /// How many members it holds.
    pub fn len(&self) -> usize {
        self.row_of.len()
    }

    /// Whether it holds nobody.
    pub fn is_empty(&self) -> bool {
        self.row_of.is_empty()
    }

    /// The member with this id.
    pub fn get(&self, id: Uuid) -> Option<Member<'_>> {
        self.row_of.get(&id).and_then(|&row| self.row(row)).map(Row::member)
    }

    /// Enters a member, in place of what was known under the same id.
    pub fn insert(&mut self, entry: Entry) {
        self.remove(entry.id);
        let row = place(&mut self.free, &mut self.rows);
        let mut given: Vec<SpellingId> = Vec::new();
        for name in entry.given_names.split_whitespace() {
            let bearing = if given.is_empty() { Bearing::First } else { Bearing::Otherwise };
            given.push(self.vocabulary.bear(Part::Given, name, row, bearing));
        }
        let surname = self.vocabulary.bear(Part::Surname, &spaced(&entry.surname), row, Bearing::First);
        let former = entry
            .former_surnames
            .iter()
            .map(|name| self.vocabulary.bear(Part::Surname, &spaced(name), row, Bearing::Otherwise))
            .collect();
        let text = |text: &str| text.replace('\0', "");
        let texts =
            [text(&entry.member_number), text(entry.phone.as_deref().unwrap_or("")), text(entry.email.as_deref().unwrap_or(""))]
                .join("\0");
        let city = entry.city.as_deref().map(|city| self.city(city));
        let row_data = Row {
            id: entry.id,
            texts: texts.into(),
            given: given.into(),
            surname,
            former,
            birth_date: entry.birth_date,
            city,
            workplaces: entry.workplaces.into(),
            local_branch: entry.local_branch,
            school: entry.school,
            memberships: entry.memberships.into(),
            protected: entry.protected,
            hidden: entry.hidden,
        };
        self.by_number.insert(&numbers::compact(row_data.member_number()), row);
        self.by_phone.insert(&numbers::national_digits(row_data.phone()), row);
        self.by_email.insert(&row_data.email().to_lowercase(), row);
        self.by_birth_date.extend(row_data.birth_date.map(|date| (date, row)));
        self.rows[row as usize] = Some(row_data);
        self.row_of.insert(entry.id, row);
    }

    /// Forgets a member, and every name that nobody else bears.
    pub fn remove(&mut self, id: Uuid) {
        let Some(row) = self.row_of.remove(&id) else { return };
        let Some(data) = self.rows[row as usize].take() else { return };
        for &spelling in data.given.iter().chain([&data.surname]).chain(&data.former) {
            self.vocabulary.leave(spelling, row);
        }
        self.by_number.remove(&numbers::compact(data.member_number()), row);
        self.by_phone.remove(&numbers::national_digits(data.phone()), row);
        self.by_email.remove(&data.email().to_lowercase(), row);
        if let Some(date) = data.birth_date {
            self.by_birth_date.remove(&(date, row));
        }
        self.free.push(row);
    }

    /// How many places a table by row needs.
    pub(super) fn places(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn row(&self, row: RowId) -> Option<&Row> {
        self.rows.get(row as usize)?.as_ref()
    }

    /// The members who may match the reading; `explain::number_reason` verifies each.
    pub(super) fn rows_read_as<'a>(&'a self, reading: &'a Reading) -> Box<dyn Iterator<Item = RowId> + 'a> {
        match reading {
            Reading::Member(number) => Box::new(self.by_number.beginning_with(number)),
            Reading::Phone(digits) => Box::new(self.by_phone.beginning_with(digits)),
            Reading::Email(email) => Box::new(self.by_email.beginning_with(email)),
            Reading::Born(from, to) => Box::new(self.by_birth_date.range((*from, 0)..=(*to, RowId::MAX)).map(|&(_, row)| row)),
        }
    }

    /// The cities that a filter means, in any case and without accents.
    pub(super) fn cities_called(&self, name: &str) -> Vec<u32> {
        let asked = fold::letters(name);
        self.cities.iter().filter(|(city, _)| fold::same(&asked, &fold::letters(city))).map(|(_, &id)| id).collect()
    }

    /// Whether the filter lets the member through; `cities` are those of [`Index::cities_called`].
    pub(super) fn passes(&self, row: &Row, filter: &Filter, cities: &[u32], today: NaiveDate) -> bool {
        filter.birth_year.is_none_or(|year| row.birth_date.is_some_and(|date| date.year() == year))
            && (filter.city.is_none() || row.city.is_some_and(|city| cities.contains(&city)))
            && filter.workplace_id.is_none_or(|workplace| row.workplaces.contains(&workplace))
            && counts(&row.memberships, filter.membership_type, filter.include_former_members, today)
    }

    fn city(&mut self, name: &str) -> u32 {
        let next = self.cities.len() as u32;
        *self.cities.entry(fold::written(name).into()).or_insert(next)
    }
}

/// Whether some membership is of the type wanted and runs today, or ever ran if former members are wanted too.
pub(super) fn counts(
    memberships: &[Span],
    membership_type: Option<MembershipType>,
    include_former_members: bool,
    today: NaiveDate,
) -> bool {
    if membership_type.is_none() && include_former_members {
        return true;
    }
    memberships.iter().any(|span| {
        membership_type.is_none_or(|wanted| wanted == span.membership_type) && (include_former_members || span.covers(today))
    })
}

fn spaced(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_to_a_member_is_left_when_the_member_is_removed() {
        let id = Uuid::from_u128(1);
        let mut index = Index::new();
        index.insert(Entry {
            id,
            member_number: "A-1".into(),
            given_names: "Anna Maria".into(),
            surname: "Ek".into(),
            birth_date: NaiveDate::from_ymd_opt(1984, 2, 1),
            phone: Some("070-1234567".into()),
            email: Some("Anna@Example.org".into()),
            ..Entry::default()
        });
        let ways = |index: &Index| {
            format!(
                "{:?} {:?} {:?} {:?} {:?}",
                index.by_number, index.by_phone, index.by_email, index.by_birth_date, index.row_of
            )
        };
        assert_ne!(ways(&index), ways(&Index::new()));
        index.remove(id);
        assert_eq!(ways(&index), ways(&Index::new()));
    }
}
