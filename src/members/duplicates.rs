//! Likely duplicates: people who stand in the register twice, or are about to.
//!
//! Two people are compared by name, date of birth and address; a telephone number, an e-mail address or two personal
//! identity numbers that differ are further evidence. Each piece of it has a weight and is told with the result; nothing
//! is ever merged by this. A given name must agree, or twins and couples would be each other's duplicates.
//!
//! | for | who is compared |
//! | --- | --- |
//! | one member | everybody born the same day, and who is found by her name, telephone number or e-mail address: asked of the name index |
//! | the new rows of a file ([`in_file`]) | those who agree in one of a few keys, such as *same day, names that sound alike* |
//!
//! Keys bound the work: a file of a million rows is sorted by key instead of comparing every row with every other.

use std::collections::HashSet;
use std::fmt;

use chrono::{Datelike, NaiveDate};
use entity::visibility::{Viewer, VisibleTo};
use entity::{former_name, member};
use jobs::{Error, Result, Store};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::name_index::NameIndex;
use super::search::in_background;
use crate::lookup::{self, Class, Filter, Query};

pub mod in_file;

/// From this score on, two people are likely the same.
const LEAST: f64 = 0.65;
/// The most that are listed for one member.
const LISTED: usize = 20;
/// The most that are born on one day and compared: in a million, 40 are.
const BORN_THE_SAME_DAY: usize = 1_000;
/// The most that are compared because of a name, a number or an address.
const FOUND_OTHERWISE: usize = 50;
/// The most words of a name that are asked for.
const WORDS: usize = 6;

/// What is known of a person and compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    /// All given names.
    pub given_names: String,
    /// The surname.
    pub surname: String,
    /// Surnames she has left.
    pub former_surnames: Vec<String>,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
    /// Street and number.
    pub street: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Telephone number, in E.164 where understood.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// The keyed hash of the personal identity number.
    pub identity_number_hash: Option<Vec<u8>>,
}

/// Why two people are likely the same: one thing that they have in common, or do not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// In what.
    pub field: Field,
    /// How the two are related.
    pub relation: Relation,
    /// What the other one has; null where it is not shown.
    #[schema(example = "Carlsson")]
    pub found: Option<String>,
}

/// In what two people are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Any given name.
    GivenNames,
    /// The surname, or a former one.
    Surname,
    /// Date of birth.
    BirthDate,
    /// Street and postal code.
    Address,
    /// Telephone number.
    Phone,
    /// E-mail address.
    Email,
    /// Personal identity number.
    PersonalIdentityNumber,
}

/// How what two people have is related.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The same, but for accents and case.
    Same,
    /// Names that sound alike.
    SoundsLike,
    /// Names of near letters; dates that differ in one digit or in the order of day and month.
    Similar,
    /// One is a nickname of the other.
    Nickname,
    /// A name that one of them has left.
    FormerName,
    /// Different, which speaks against it.
    Different,
}

/// For people who read the command line: "surname sounds like Carlsson".
impl fmt::Display for Evidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = match self.field {
            Field::GivenNames => "given name",
            Field::Surname => "surname",
            Field::BirthDate => "date of birth",
            Field::Address => "address",
            Field::Phone => "telephone number",
            Field::Email => "e-mail address",
            Field::PersonalIdentityNumber => "personal identity number",
        };
        let relation = match self.relation {
            Relation::Same => "is the same",
            Relation::SoundsLike => "sounds like",
            Relation::Similar => "is similar to",
            Relation::Nickname => "is a nickname beside",
            Relation::FormerName => "was once",
            Relation::Different => "is another",
        };
        write!(formatter, "{field} {relation}")?;
        match &self.found {
            Some(found) if !matches!(self.relation, Relation::Same | Relation::Different) => write!(formatter, " {found}"),
            _ => Ok(()),
        }
    }
}

/// A member who is likely the same person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LikelyDuplicate {
    /// The member's id.
    pub id: Uuid,
    /// Her number.
    #[schema(example = "104711")]
    pub member_number: String,
    /// All given names.
    #[schema(example = "Maarit Helena")]
    pub given_names: String,
    /// The surname.
    #[schema(example = "Carlsson")]
    pub surname: String,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
    /// Postal town.
    #[schema(example = "Umeå")]
    pub city: Option<String>,
    /// From 0 to 1: how likely.
    #[schema(example = 0.9)]
    pub score: f64,
    /// The evidence.
    pub why: Vec<Evidence>,
}

/// The members who are likely the same person as the member `id`, the likeliest first. The rights of `viewer` are part of
/// the question: whoever may not be seen is as good as absent.
///
/// # Errors
/// [`Error::NotFound`] for a member who does not exist or may not be seen; [`Error::Busy`] while the index is being built.
pub async fn of_member(store: &Store, names: &NameIndex, viewer: &Viewer, id: Uuid) -> Result<Vec<LikelyDuplicate>> {
    let database = store.database();
    let person = Known::find(database, viewer, &[id]).await?.pop().ok_or(Error::NotFound)?.person;
    names.see_own_changes(store).await?;
    let today = store.clock().today();
    let candidates = {
        let (names, sight, person) = (names.clone(), names.sight(viewer), person.clone());
        in_background(move || {
            let filter = Filter { include_former_members: true, ..Filter::default() };
            let index = names.read();
            let mut found: HashSet<Uuid> = HashSet::new();
            for (text, others) in person.questions() {
                // She is found herself, too.
                let limit = others + 1;
                let answer = index.search(&Query { text: &text, filter: &filter, limit, today, sight: &sight });
                // A text that is too long to be asked for finds nobody.
                found.extend(answer.into_iter().flat_map(|answer| answer.hits).map(|hit| hit.id));
            }
            found.remove(&id);
            Ok(found)
        })
        .await?
    };
    let candidates: Vec<Uuid> = candidates.into_iter().collect();
    let mut likely: Vec<LikelyDuplicate> =
        Known::find(database, viewer, &candidates).await?.into_iter().filter_map(|known| known.likely(&person)).collect();
    likely.sort_by(|one, other| other.score.total_cmp(&one.score).then_with(|| one.member_number.cmp(&other.member_number)));
    likely.truncate(LISTED);
    Ok(likely)
}

impl Person {
    /// What the index is asked to find whoever may be the same, and how many at the most.
    fn questions(&self) -> Vec<(String, usize)> {
        let name = self.given_names.split_whitespace().take(1).chain(self.surname.split_whitespace()).take(WORDS);
        let name = name.collect::<Vec<_>>().join(" ");
        let born = self.birth_date.map(|day| (day.to_string(), BORN_THE_SAME_DAY));
        let others =
            [Some(name), self.phone.clone(), self.email.clone()].into_iter().flatten().map(|text| (text, FOUND_OTHERWISE));
        born.into_iter().chain(others).collect()
    }

    /// How likely `other` is the same person, from 0 to 1, and why; `None` when it is not likely.
    pub fn likely(&self, other: &Self) -> Option<(f64, Vec<Evidence>)> {
        let mut why = Vec::new();
        let mut score = 0.0;
        let mut tell = |weight: f64, field, relation, found: Option<String>| {
            score += weight;
            why.push(Evidence { field, relation, found });
        };
        let (relation, found) = self.given_name(other)?;
        tell(weight_of_name(relation), Field::GivenNames, relation, Some(found));
        if let Some((relation, found)) = self.any_surname(other) {
            tell(weight_of_name(relation), Field::Surname, relation, Some(found));
        }
        if let (Some(one), Some(day)) = (self.birth_date, other.birth_date) {
            let (weight, relation) = match () {
                () if one == day => (0.3, Relation::Same),
                () if is_near(one, day) => (0.15, Relation::Similar),
                () => (-0.3, Relation::Different),
            };
            tell(weight, Field::BirthDate, relation, Some(day.to_string()));
        }
        let address = |person: &Self| Some((letters(person.street.as_deref()?), letters(person.postal_code.as_deref()?)));
        if let (Some(one), Some(its)) = (address(self), address(other))
            && one == its
        {
            tell(0.2, Field::Address, Relation::Same, other.street.clone());
        }
        for (field, one, its) in [(Field::Phone, &self.phone, &other.phone), (Field::Email, &self.email, &other.email)] {
            if let (Some(one), Some(its)) = (one, its)
                && letters(one) == letters(its)
            {
                tell(0.2, field, Relation::Same, Some(its.clone()));
            }
        }
        if let (Some(one), Some(its)) = (&self.identity_number_hash, &other.identity_number_hash)
            && one != its
        {
            tell(-0.4, Field::PersonalIdentityNumber, Relation::Different, None);
        }
        let score = (score.min(1.0) * 100.0).round() / 100.0;
        (score >= LEAST).then_some((score, why))
    }

    /// The closest of one's given names to one of the other's.
    fn given_name(&self, other: &Self) -> Option<(Relation, String)> {
        let pairs =
            self.given_names.split_whitespace().flat_map(|one| other.given_names.split_whitespace().map(move |its| (one, its)));
        closest(pairs.filter_map(|(one, its)| Some((relation(lookup::related(one, its)?), its.to_owned()))))
    }

    /// How the surnames are related or, where they are not, a surname that one of them has left.
    fn any_surname(&self, other: &Self) -> Option<(Relation, String)> {
        if let Some(class) = lookup::related(&self.surname, &other.surname) {
            return Some((relation(class), other.surname.clone()));
        }
        let left_by_other = other.former_surnames.iter().map(|its| (&self.surname, its));
        let left_by_one = self.former_surnames.iter().map(|one| (one, &other.surname));
        let left_by_both = self.former_surnames.iter().flat_map(|one| other.former_surnames.iter().map(move |its| (one, its)));
        let mut pairs = left_by_other.chain(left_by_one).chain(left_by_both);
        pairs
            .find(|(one, its)| {
                matches!(lookup::related(one, its), Some(Class::Exact | Class::SameWhenFolded | Class::SoundsLike))
            })
            .map(|(_, its)| (Relation::FormerName, its.clone()))
    }
}

/// The strongest relation; of equally strong ones the first.
fn closest(relations: impl Iterator<Item = (Relation, String)>) -> Option<(Relation, String)> {
    relations.reduce(|best, next| if weight_of_name(next.0) > weight_of_name(best.0) { next } else { best })
}

fn relation(class: Class) -> Relation {
    match class {
        Class::Exact | Class::SameWhenFolded | Class::Number => Relation::Same,
        Class::SoundsLike => Relation::SoundsLike,
        Class::Prefix | Class::Similar => Relation::Similar,
        Class::Nickname => Relation::Nickname,
        Class::FormerName => Relation::FormerName,
    }
}

/// Both names and the day of birth alike are enough; so is one name with the day and the address.
fn weight_of_name(relation: Relation) -> f64 {
    match relation {
        Relation::Same => 0.25,
        Relation::SoundsLike | Relation::FormerName => 0.2,
        Relation::Nickname => 0.18,
        Relation::Similar => 0.12,
        Relation::Different => 0.0,
    }
}

/// Whether one date may be the other, written down wrongly: another digit, or day and month exchanged.
fn is_near(one: NaiveDate, other: NaiveDate) -> bool {
    let digits = |day: NaiveDate| format!("{:04}{:02}{:02}", day.year(), day.month(), day.day());
    let differing = digits(one).bytes().zip(digits(other).bytes()).filter(|(one, other)| one != other).count();
    let exchanged = one.year() == other.year() && (one.month(), one.day()) == (other.day(), other.month());
    differing == 1 || exchanged
}

/// What counts of an address or a number: letters and digits.
fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A member of the register, to be compared and shown.
#[derive(Clone, Debug)]
struct Known {
    id: Uuid,
    member_number: String,
    city: Option<String>,
    person: Person,
}

type Columns = (
    Uuid,
    String,
    String,
    String,
    Option<NaiveDate>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<Vec<u8>>,
);

impl Known {
    /// Those of the members whom `viewer` may see.
    async fn find(database: &DatabaseConnection, viewer: &Viewer, ids: &[Uuid]) -> Result<Vec<Self>> {
        use member::Column as C;
        let columns = [
            C::Id,
            C::MemberNumber,
            C::GivenNames,
            C::Surname,
            C::BirthDate,
            C::Street,
            C::PostalCode,
            C::City,
            C::Phone,
            C::Email,
            C::IdentityNumberHash,
        ];
        let rows = member::Entity::find()
            .select_only()
            .columns(columns)
            .filter(C::Id.is_in(ids.iter().copied()))
            .visible_to(viewer)
            .into_tuple::<Columns>()
            .all(database)
            .await?;
        let former = former_name::Entity::find()
            .filter(former_name::Column::MemberId.is_in(rows.iter().map(|row| row.0)))
            .all(database)
            .await?;
        let mut found: Vec<Self> = rows.into_iter().map(Self::of).collect();
        for name in former {
            if let Some(known) = found.iter_mut().find(|known| known.id == name.member_id) {
                known.person.former_surnames.push(name.surname);
            }
        }
        Ok(found)
    }

    fn of(row: Columns) -> Self {
        let (id, member_number, given_names, surname, birth_date, street, postal_code, city, phone, email, hash) = row;
        let person = Person {
            given_names,
            surname,
            former_surnames: Vec::new(),
            birth_date,
            street,
            postal_code,
            phone,
            email,
            identity_number_hash: hash,
        };
        Self { id, member_number, city, person }
    }

    /// The member as a duplicate of `person`, if that is likely.
    fn likely(self, person: &Person) -> Option<LikelyDuplicate> {
        let (score, why) = person.likely(&self.person)?;
        let Person { given_names, surname, birth_date, .. } = self.person;
        Some(LikelyDuplicate {
            id: self.id,
            member_number: self.member_number,
            given_names,
            surname,
            birth_date,
            city: self.city,
            score,
            why,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(given_names: &str, surname: &str, born: &str) -> Person {
        Person { given_names: given_names.into(), surname: surname.into(), birth_date: born.parse().ok(), ..Person::default() }
    }

    fn at_home(person: Person) -> Person {
        Person { street: Some("Storgatan 1 B".into()), postal_code: Some("903 26".into()), ..person }
    }

    fn told(one: &Person, other: &Person) -> Option<Vec<(Field, Relation)>> {
        let either = (one.likely(other), other.likely(one));
        let (score, back) = (either.0.as_ref().map(|found| found.0), either.1.map(|found| found.0));
        assert_eq!(score, back, "it is the same from either side");
        either.0.map(|(_, why)| why.into_iter().map(|evidence| (evidence.field, evidence.relation)).collect())
    }

    #[test]
    fn names_that_sound_alike_on_the_same_day_of_birth_are_likely_one_person() {
        let why = told(&person("Marit", "Carlson", "1984-02-01"), &person("Maarit Helena", "Karlsson", "1984-02-01"));
        assert_eq!(
            why.unwrap(),
            [
                (Field::GivenNames, Relation::SoundsLike),
                (Field::Surname, Relation::SoundsLike),
                (Field::BirthDate, Relation::Same)
            ]
        );
        assert!(told(&person("Kalle", "Ek", "1984-02-01"), &person("Karl", "Ek", "1984-02-01")).is_some());
        assert_eq!(told(&person("Marit", "Ek", ""), &person("Marit", "Ek", "")), None, "a name alone is not enough");
        assert_eq!(told(&person("Marit", "Ek", "1984-02-01"), &person("Marit", "Öberg", "1984-02-01")), None);
    }

    #[test]
    fn whoever_took_another_surname_is_known_by_the_address_or_the_name_that_was_left() {
        let (before, after) = (person("Anna", "Ek", "1984-02-01"), person("Anna", "Öberg", "1984-02-01"));
        assert!(told(&at_home(before.clone()), &at_home(after.clone())).is_some());
        let married = Person { former_surnames: vec!["Ek".into()], ..after };
        assert!(told(&before, &married).unwrap().contains(&(Field::Surname, Relation::FormerName)));
    }

    #[test]
    fn twins_couples_and_a_father_with_his_sons_name_are_not_each_other() {
        let twins = [person("Anna", "Ek", "1984-02-01"), person("Eva", "Ek", "1984-02-01")].map(at_home);
        assert_eq!(told(&twins[0], &twins[1]), None);
        let family = |person: Person| Person {
            phone: Some("+46701740605".into()),
            email: Some("ek@example.org".into()),
            ..at_home(person)
        };
        let couple = [person("Anna", "Ek", "1984-02-01"), person("Bo", "Ek", "1981-05-07")].map(family);
        assert_eq!(told(&couple[0], &couple[1]), None);
        let generations = [person("Karl", "Ek", "1950-02-01"), person("Karl", "Ek", "1984-12-24")].map(at_home);
        assert_eq!(told(&generations[0], &generations[1]), None);
    }

    #[test]
    fn a_date_may_be_written_down_wrongly_and_different_identity_numbers_speak_against_it() {
        for (one, other, near) in [
            ("1984-02-01", "1984-01-02", true),
            ("1984-02-01", "1985-02-01", true),
            ("1984-02-01", "1984-02-11", true),
            ("1984-02-01", "1985-02-11", false),
        ] {
            let found = told(&person("Anna", "Ek", one), &person("Anna", "Ek", other));
            assert_eq!(found.is_some(), near, "{one} and {other}");
        }
        let numbered = |hash: u8| Person { identity_number_hash: Some(vec![hash]), ..person("Anna", "Ek", "1984-02-01") };
        assert_eq!(told(&numbered(1), &numbered(2)), None);
        assert!(told(&numbered(1), &person("Anna", "Ek", "1984-02-01")).is_some());
    }
}
