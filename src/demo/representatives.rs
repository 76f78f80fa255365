//! Who represents the members of a demo register: shop stewards and safety representatives at workplaces, student
//! representatives at schools, chief shop stewards in local branches.
//!
//! Not every place has somebody, some terms end within sixty days, and one appointment is of a member who has left: what an
//! import must accept and a register must show.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use serde::Serialize;

use super::{Members, Row};

/// An appointment as a line of the representatives' file; the fields are its columns, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each is the column of its name")]
pub struct Appointment {
    pub member_number: u64,
    pub role: &'static str,
    pub workplace: String,
    pub school: &'static str,
    pub local_branch: &'static str,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
}

/// Members of one place: how many there are now, and the first few who could stand.
#[derive(Debug, Default)]
struct Place {
    members: usize,
    candidates: Vec<u64>,
}

impl Place {
    fn add(&mut self, row: &Row, could_stand: bool) {
        self.members += 1;
        if could_stand && self.candidates.len() < 2 {
            self.candidates.push(row.member_number);
        }
    }
}

/// The representatives of the register that [`super::members`] makes from the same arguments.
///
/// Goes through all members once; what is kept are two numbers for each workplace, school and branch.
pub fn representatives(members: usize, seed: u64, today: NaiveDate) -> Vec<Appointment> {
    let terms = Terms::at(today);
    let mut workplaces: BTreeMap<String, Place> = BTreeMap::new();
    let mut schools: BTreeMap<&'static str, Place> = BTreeMap::new();
    let mut branches: BTreeMap<&'static str, Place> = BTreeMap::new();
    let mut gone = None;
    for row in Members::new(members, seed, today) {
        let workplace = row.workplace.split("; ").next().unwrap_or_default();
        let joined_in_time = row.joined_on <= terms.began;
        if let Some(left) = row.left_on {
            // As happens when the membership ends and nobody thinks of the appointment: its term runs on.
            if gone.is_none() && row.membership_type == "professional" {
                let from = row.joined_on.max(left.with_ordinal(1).unwrap_or(left));
                gone = Some((row.member_number, workplace.to_owned(), (from, terms.usual.1)));
            }
            continue;
        }
        // Nobody stands whose address or membership is not to be known.
        let open = joined_in_time && row.protected.is_empty() && row.hidden.is_empty();
        if !workplace.is_empty() {
            // A manager represents the employer.
            let worker = open && row.membership_type == "professional";
            match workplaces.get_mut(workplace) {
                Some(place) => place.add(&row, worker),
                None => workplaces.entry(workplace.to_owned()).or_default().add(&row, worker),
            }
            branches.entry(row.local_branch).or_default().add(&row, worker);
        }
        if row.membership_type == "student" {
            let stays = row.graduation_date.is_some_and(|graduation| graduation > today);
            schools.entry(row.school).or_default().add(&row, open && stays);
        }
    }

    let mut found = Vec::new();
    let appointment = |member_number, role, (valid_from, valid_until)| {
        let (workplace, school, local_branch) = (String::new(), "", "");
        Appointment { member_number, role, workplace, school, local_branch, valid_from, valid_until }
    };
    for (turn, (name, place)) in workplaces.into_iter().enumerate() {
        // A place with one member, and one in eight others, has nobody.
        if place.members < 2 || turn % 8 == 3 {
            continue;
        }
        if let Some(&steward) = place.candidates.first() {
            let term = if turn % 9 == 1 { terms.ending(turn) } else { terms.usual };
            found.push(Appointment { workplace: name.clone(), ..appointment(steward, "shop_steward", term) });
        }
        if let Some(&second) = place.candidates.get(1).filter(|_| place.members > 3) {
            found.push(Appointment { workplace: name, ..appointment(second, "safety_representative", terms.open) });
        }
    }
    for (turn, (school, place)) in schools.into_iter().enumerate() {
        if let Some(&first) = place.candidates.first().filter(|_| turn % 7 != 6) {
            found.push(Appointment { school, ..appointment(first, "student_representative", terms.usual) });
        }
    }
    for (turn, (local_branch, place)) in branches.into_iter().enumerate() {
        if let Some(&last) = place.candidates.last() {
            let term = if turn % 9 == 4 { terms.ending(turn) } else { terms.usual };
            found.push(Appointment { local_branch, ..appointment(last, "chief_shop_steward", term) });
        }
    }
    if let Some((member_number, workplace, term)) = gone {
        found.push(Appointment { workplace, ..appointment(member_number, "shop_steward", term) });
    }
    found
}

type Term = (NaiveDate, Option<NaiveDate>);

/// The terms that run on a day.
struct Terms {
    today: NaiveDate,
    /// When the terms began: the first of January of this year.
    began: NaiveDate,
    usual: Term,
    open: Term,
}

impl Terms {
    fn at(today: NaiveDate) -> Self {
        let began = NaiveDate::from_ymd_opt(today.year(), 1, 1).unwrap_or(today);
        let ends = NaiveDate::from_ymd_opt(today.year() + 1, 12, 31);
        Self { today, began, usual: (began, ends), open: (began, None) }
    }

    /// A term that ends within sixty days.
    fn ending(&self, turn: usize) -> Term {
        (self.began, self.today.checked_add_days(Days::new(5 + turn as u64 * 7 % 50)))
    }
}
