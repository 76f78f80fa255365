//! Index: the members as lookup holds them, and who can be found by what.
//!
//! Names are kept once in the [`Vocabulary`], members in [`Rows`] that refer to them, and a [`Directory`] for each thing but a name
//! by which members are looked up.
//! The index knows nothing of where members come from: whoever feeds it inserts, replaces and removes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use entity::membership_period::MembershipType;
use uuid::Uuid;

use super::directory::Directory;
use super::edits::EditCosts;
use super::explain::Part;
use super::fold;
use super::found_out::FoundOut;
use super::numbers::{self, Reading};
use super::query::Filter;
use super::rows::{Current, NewRow, Row, Rows};
use super::sight::new_state;
use super::vocabulary::{RowId, SpellingId, Vocabulary};

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

/// What a searcher's rights are judged by. Many members share the same, and rights are asked once for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Circumstances {
    /// Every workplace the member belongs to.
    pub workplaces: Box<[Uuid]>,
    /// The local branch.
    pub local_branch: Option<Uuid>,
    /// The school.
    pub school: Option<Uuid>,
    /// Protected identity.
    pub protected: bool,
    /// Hidden membership.
    pub hidden: bool,
}

/// The names of all members, ready to be searched. Derived data: it can be rebuilt from the register at any time.
#[derive(Debug, Default)]
pub struct Index {
    pub(super) vocabulary: Vocabulary,
    pub(super) rows: Rows,
    /// Cities by name; their number is small and they tell nothing of anybody, so they stay.
    cities: HashMap<Arc<str>, u32>,
    by_id: Directory,
    by_number: Directory,
    by_phone: Directory,
    by_email: Directory,
    by_birth_date: Directory,
    pub(super) found_out: FoundOut,
    /// Another number whenever it changes, which no other index has.
    pub(super) state: u64,
}

/// An index that is being filled: many members at once take a third of the time of as many one by one.
#[derive(Debug, Default)]
pub struct Builder(Index);

impl Builder {
    /// Enters a member. Of several entries with one id the last counts.
    pub fn enter(&mut self, entry: Entry) {
        self.0.enter(entry);
    }

    /// The index of all who were entered.
    pub fn finish(self) -> Index {
        let mut index = self.0;
        let all = 0..index.rows.places();
        let mut by_id: Vec<RowId> = all.clone().collect();
        by_id.sort_by_cached_key(|&row| (index.rows.id(row), row));
        let replaced: HashSet<RowId> =
            by_id.windows(2).filter_map(|pair| (index.rows.id(pair[0]) == index.rows.id(pair[1])).then_some(pair[0])).collect();
        by_id.retain(|row| !replaced.contains(row));
        for row in replaced {
            index.rows.remove(row);
        }
        let rows = &index.rows;
        index
            .vocabulary
            .bear_all(|| (0..rows.places()).flat_map(|row| rows.row(row).borne().map(move |(id, how)| (id, row, how))));
        index.by_id = Directory::of(&by_id);
        let sorted = |key: &dyn Fn(RowId) -> Option<u64>| {
            let mut keyed: Vec<(u64, RowId)> = by_id.iter().filter_map(|&row| Some((key(row)?, row))).collect();
            keyed.sort_unstable();
            Directory::of(&keyed.into_iter().map(|(_, row)| row).collect::<Vec<_>>())
        };
        let rows = &index.rows;
        index.by_number = sorted(&|row| number_key(rows.row(row)));
        index.by_phone = sorted(&|row| phone_key(rows.row(row)));
        index.by_email = sorted(&|row| email_key(rows.row(row)));
        index.by_birth_date = sorted(&|row| birth_key(rows.row(row)));
        index.state = new_state();
        index.rows.shrink();
        index.vocabulary.shrink();
        index
    }
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
        self.rows.len()
    }

    /// Whether it holds nobody.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it holds the member.
    pub fn holds(&self, id: Uuid) -> bool {
        self.row_of(id).is_some()
    }

    fn row_of(&self, id: Uuid) -> Option<RowId> {
        self.by_id.get(&id, |row| self.rows.id(row))
    }

    /// Enters a member, in place of what was known under the same id.
    pub fn insert(&mut self, entry: Entry) {
        self.remove(entry.id);
        let row = self.enter(entry);
        let rows = &self.rows;
        rows.row(row).borne().for_each(|(spelling, bearing)| self.vocabulary.bear(spelling, row, bearing));
        self.by_id.insert(row, |row| rows.id(row));
        for (directory, key) in [
            (&mut self.by_number, number_key as Key),
            (&mut self.by_phone, phone_key),
            (&mut self.by_email, email_key),
            (&mut self.by_birth_date, birth_key),
        ] {
            if key(rows.row(row)).is_some() {
                directory.insert(row, |row| (key(rows.row(row)), row));
            }
        }
        self.state = new_state();
        self.found_out.forget_what_is_not_true_of(self.vocabulary.state());
    }

    /// Forgets a member, and every name that nobody else bears.
    pub fn remove(&mut self, id: Uuid) {
        let Some(row) = self.row_of(id) else { return };
        let rows = &self.rows;
        self.by_id.remove(row, |row| rows.id(row));
        for (directory, key) in [
            (&mut self.by_number, number_key as Key),
            (&mut self.by_phone, phone_key),
            (&mut self.by_email, email_key),
            (&mut self.by_birth_date, birth_key),
        ] {
            if key(rows.row(row)).is_some() {
                directory.remove(row, |row| (key(rows.row(row)), row));
            }
        }
        self.forget(row);
        self.state = new_state();
        self.found_out.forget_what_is_not_true_of(self.vocabulary.state());
    }

    /// Enters a member into all but the directories and the lists of who bears what.
    fn enter(&mut self, entry: Entry) -> RowId {
        let row = self.rows.place();
        let names = entry.given_names.split_whitespace();
        let given: Vec<SpellingId> = names.map(|name| self.vocabulary.enter(Part::Given, name)).collect();
        let mut surname = |name: &str| self.vocabulary.enter(Part::Surname, &spaced(name));
        let (surname, former): (_, Vec<SpellingId>) =
            (surname(&entry.surname), entry.former_surnames.iter().map(|name| surname(name)).collect());
        let city = entry.city.as_deref().map(|city| self.city(city));
        let new = NewRow {
            id: entry.id,
            surname,
            given: &given,
            former: &former,
            words: [&[surname], &*given, &*former]
                .into_iter()
                .flatten()
                .map(|&name| self.vocabulary.spelling(name).terms.len().max(1))
                .sum(),
            texts: [&entry.member_number, entry.phone.as_deref().unwrap_or(""), entry.email.as_deref().unwrap_or("")],
            birth_date: entry.birth_date,
            city,
            circumstances: Circumstances {
                workplaces: entry.workplaces.into(),
                local_branch: entry.local_branch,
                school: entry.school,
                protected: entry.protected,
                hidden: entry.hidden,
            },
            spans: &entry.memberships,
        };
        self.rows.enter(row, new);
        row
    }

    /// Takes a member out of all but the directories.
    fn forget(&mut self, row: RowId) {
        for spelling in self.rows.names(row).to_vec() {
            self.vocabulary.leave(spelling, row);
        }
        self.rows.remove(row);
    }

    pub(super) fn row(&self, row: RowId) -> Row<'_> {
        self.rows.row(row)
    }

    /// The members who may match the reading, in pieces; `explain::number_reason` verifies each.
    pub(super) fn rows_read_as<'a>(&'a self, reading: &Reading) -> Vec<&'a [RowId]> {
        let between = |directory: &'a Directory, key: Key, [from, to]: [u64; 2]| {
            let [from, to] = [(Some(from), 0), (Some(to), RowId::MAX)];
            directory.between(&from, &to, |row| (key(self.row(row)), row))
        };
        let beginning = |text: &str| [numbers::first_bytes(text, 0), numbers::first_bytes(text, u8::MAX)];
        match reading {
            Reading::Member(number) => between(&self.by_number, number_key, beginning(number)),
            Reading::Phone(digits) => between(&self.by_phone, phone_key, beginning(digits)),
            Reading::Email(email) => between(&self.by_email, email_key, beginning(email)),
            Reading::Born(from, to) => between(&self.by_birth_date, birth_key, [*from, *to].map(day_key)),
        }
    }

    /// The members born in a year, in pieces.
    pub(super) fn rows_born_in(&self, year: i32) -> Vec<&[RowId]> {
        match (NaiveDate::from_ymd_opt(year, 1, 1), NaiveDate::from_ymd_opt(year, 12, 31)) {
            (Some(from), Some(to)) => self.rows_read_as(&Reading::Born(from, to)),
            _ => Vec::new(),
        }
    }

    /// The cities that a filter means, in any case and without accents.
    pub(super) fn cities_called(&self, name: &str) -> Vec<u32> {
        let asked = fold::letters(name);
        self.cities.iter().filter(|(city, _)| fold::same(&asked, &fold::letters(city))).map(|(_, &id)| id).collect()
    }

    /// Whether the filter lets the member through; `cities` are those of [`Index::cities_called`], `current` who is a member today.
    pub(super) fn passes(&self, at: RowId, filter: &Filter, cities: &[u32], current: &Current, today: NaiveDate) -> bool {
        let row = self.row(at);
        let is_member = match (filter.membership_type, filter.include_former_members) {
            (None, true) => true,
            (None, false) => current.holds(at),
            (Some(wanted), former) => {
                self.rows.spans(at).iter().any(|span| span.membership_type == wanted && (former || span.covers(today)))
            }
        };
        is_member
            && filter.birth_year.is_none_or(|year| row.birth_date().is_some_and(|date| date.year() == year))
            && (filter.city.is_none() || row.city().is_some_and(|city| cities.contains(&city)))
            && filter
                .workplace_id
                .is_none_or(|workplace| row.circumstances().is_some_and(|its| its.workplaces.contains(&workplace)))
    }

    fn city(&mut self, name: &str) -> u32 {
        let next = self.cities.len() as u32;
        *self.cities.entry(fold::written(name).into()).or_insert(next)
    }
}

/// What a directory is ordered by.
type Key = fn(Row<'_>) -> Option<u64>;

fn number_key(row: Row<'_>) -> Option<u64> {
    text_key(&numbers::compact(row.member_number()))
}

fn phone_key(row: Row<'_>) -> Option<u64> {
    text_key(&numbers::national_digits(row.phone()))
}

fn email_key(row: Row<'_>) -> Option<u64> {
    text_key(&row.email().to_lowercase())
}

fn birth_key(row: Row<'_>) -> Option<u64> {
    row.birth_date().map(day_key)
}

/// Eight bytes are enough to find the few that a whole number is verified with.
fn text_key(text: &str) -> Option<u64> {
    (!text.is_empty()).then(|| numbers::first_bytes(text, 0))
}

fn day_key(day: NaiveDate) -> u64 {
    // Days may lie before the Common Era; as a number without sign they keep their order.
    u64::from(day.num_days_from_ce().wrapping_sub(i32::MIN) as u32)
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
            format!("{:?} {:?} {:?} {:?} {:?}", index.by_number, index.by_phone, index.by_email, index.by_birth_date, index.by_id)
        };
        assert_ne!(ways(&index), ways(&Index::new()));
        index.remove(id);
        assert_eq!(ways(&index), ways(&Index::new()));
    }
}
