//! The new rows of a file, compared with the register and with each other.
//!
//! 1. While the rows are read, each new one leaves a few keys: hashes of what two records of one person mostly have in common.
//! 2. At the end the keys are sorted; rows that share one are pairs to be looked at. The register is read once, a page at
//!    a time, and its members' keys are looked up among those of the file.
//! 3. The rows of such pairs are read once more, and compared.
//!
//! A million rows leave some four million keys of eight bytes. What is looked at is bounded ([`MOST_PAIRS`]), so that a file
//! in which everybody shares a key costs no more than another.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::NaiveDate;
use entity::member;
use entity::visibility::{Viewer, VisibleTo};
use jobs::Result;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Evidence, Known, LikelyDuplicate, Person, letters};

/// How many are listed; the rest is counted.
const LISTED: usize = 200;
/// The most pairs that are looked at.
const MOST_PAIRS: usize = 20_000;
/// Of so many rows that share a key each is paired with each; of more, each with the next one.
const EACH_WITH_EACH: usize = 12;
/// How many members are read at a time.
const PAGE: u64 = 10_000;
/// Of so many new rows the register is asked for those who may be meant; of more, all of it is read.
const ASKED_FOR: usize = 500;

/// A new row of a file that is likely somebody whom the register has, or another row of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LikelyDuplicateRow {
    /// Line of the file or row of the sheet.
    #[schema(example = 17)]
    pub line: usize,
    /// The member who is likely the same person; null when it is another row.
    pub member: Option<LikelyDuplicate>,
    /// The line of the file on which the same person likely stands first; null when it is a member.
    #[schema(example = 12)]
    pub other_line: Option<usize>,
    /// From 0 to 1: how likely.
    #[schema(example = 0.9)]
    pub score: f64,
    /// The evidence, with what the other one has.
    pub why: Vec<Evidence>,
}

/// The keys of a file's new rows, gathered while they are read.
#[derive(Debug, Default)]
pub struct Rows {
    /// A hash of the key in the upper half, the row in the lower.
    keys: Vec<u64>,
    dates: Vec<NaiveDate>,
    asked: Vec<Asked>,
    count: usize,
}

/// By what a member of the register may be meant, kept for a few rows only.
#[derive(Debug, Default)]
struct Asked {
    postal_code: Option<String>,
    phone: Option<String>,
    email: Option<String>,
}

/// Pairs that share a key: of two rows, or of a row and a member.
#[derive(Debug, Default)]
pub struct Pairs {
    rows: Vec<(u32, u32)>,
    members: Vec<(u32, Uuid)>,
}

impl Rows {
    /// Enters the row at this place of the file.
    pub fn add(&mut self, at: usize, person: &Person) {
        let Ok(row) = u32::try_from(at) else { return };
        self.keys.extend(keys(person).into_iter().map(|key| u64::from(key) << 32 | u64::from(row)));
        self.count += 1;
        if self.count <= ASKED_FOR {
            self.dates.extend(person.birth_date);
            let Person { postal_code, phone, email, .. } = person.clone();
            self.asked.push(Asked { postal_code, phone, email });
        }
    }

    /// Who is to be looked at: rows among each other and, unless the register is empty, with the members whom `viewer` may see.
    ///
    /// # Errors
    /// When the register cannot be read.
    pub async fn pairs(mut self, database: &DatabaseConnection, viewer: &Viewer, register_is_empty: bool) -> Result<Pairs> {
        self.keys.sort_unstable();
        let mut pairs = Pairs::default();
        for block in self.keys.chunk_by(|one, other| one >> 32 == other >> 32) {
            let rows: Vec<u32> = block.iter().map(|key| *key as u32).collect();
            for (place, one) in rows.iter().enumerate() {
                let reach = if rows.len() <= EACH_WITH_EACH { rows.len() } else { 2 };
                pairs.rows.extend(rows.iter().skip(place + 1).take(reach - 1).map(|other| (*one, *other)));
            }
            // More than can be looked at, with room for those that share several keys.
            if pairs.rows.len() >= 4 * MOST_PAIRS {
                break;
            }
        }
        pairs.rows.sort_unstable();
        pairs.rows.dedup();
        pairs.rows.truncate(MOST_PAIRS);
        if !register_is_empty && !self.keys.is_empty() {
            self.pair_with_members(database, viewer, &mut pairs).await?;
        }
        Ok(pairs)
    }

    async fn pair_with_members(&self, database: &DatabaseConnection, viewer: &Viewer, pairs: &mut Pairs) -> Result<()> {
        use member::Column as C;
        let columns = [C::Id, C::GivenNames, C::Surname, C::BirthDate, C::Street, C::PostalCode, C::Phone, C::Email];
        let members = member::Entity::find().select_only().columns(columns).visible_to(viewer).filter(self.meant());
        let mut after = Uuid::nil();
        loop {
            let page: Vec<Light> =
                members.clone().filter(C::Id.gt(after)).order_by_asc(C::Id).limit(PAGE).into_tuple().all(database).await?;
            let Some(last) = page.last().map(|row| row.0) else { break };
            after = last;
            for row in page {
                let (id, person) = light(row);
                for key in keys(&person) {
                    let first = self.keys.partition_point(|entry| (entry >> 32) < u64::from(key));
                    let rows = self.keys[first..].iter().take_while(|entry| *entry >> 32 == u64::from(key));
                    pairs.members.extend(rows.take(EACH_WITH_EACH).map(|entry| (*entry as u32, id)));
                }
            }
            if pairs.members.len() >= 4 * MOST_PAIRS {
                break;
            }
        }
        pairs.members.sort_unstable();
        pairs.members.dedup();
        pairs.members.truncate(MOST_PAIRS);
        Ok(())
    }

    /// Which members may share a key: of a few rows it is asked, of many all may.
    fn meant(&self) -> Condition {
        use member::Column as C;
        if self.count > ASKED_FOR {
            return Condition::all();
        }
        let of = |value: fn(&Asked) -> &Option<String>| self.asked.iter().filter_map(move |row| value(row).clone());
        Condition::any()
            .add(C::BirthDate.is_in(self.dates.iter().copied()))
            .add(C::PostalCode.is_in(of(|row| &row.postal_code)))
            .add(C::Phone.is_in(of(|row| &row.phone)))
            .add(C::Email.is_in(of(|row| &row.email)))
    }
}

impl Pairs {
    /// The places of the rows that are in any pair.
    pub fn wanted(&self) -> HashSet<usize> {
        let rows = self.rows.iter().flat_map(|(one, other)| [*one, *other]);
        rows.chain(self.members.iter().map(|(row, _)| *row)).map(|row| row as usize).collect()
    }

    /// Compares the pairs: the likeliest of each row, in the order of the file, and of how many rows there is one.
    /// `people` are the rows that were [wanted](Self::wanted), by their place, with their line.
    ///
    /// # Errors
    /// When the register cannot be read.
    pub async fn compare(
        self,
        database: &DatabaseConnection,
        viewer: &Viewer,
        people: &HashMap<usize, (usize, Person)>,
    ) -> Result<(Vec<LikelyDuplicateRow>, usize)> {
        let mut likely: BTreeMap<u32, LikelyDuplicateRow> = BTreeMap::new();
        let mut keep = |row: u32, found: LikelyDuplicateRow| {
            let better = likely.get(&row).is_none_or(|best| best.score < found.score);
            if better {
                likely.insert(row, found);
            }
        };
        for (one, other) in self.rows {
            // The later row is told to be the earlier one's duplicate.
            if let (Some((first_line, first)), Some((line, later))) = (people.get(&(one as usize)), people.get(&(other as usize)))
                && let Some((score, why)) = later.likely(first)
            {
                keep(other, LikelyDuplicateRow { line: *line, member: None, other_line: Some(*first_line), score, why });
            }
        }
        for pairs in self.members.chunks(1_000) {
            let ids: Vec<Uuid> = pairs.iter().map(|(_, id)| *id).collect();
            let known: HashMap<Uuid, Known> =
                Known::find(database, viewer, &ids).await?.into_iter().map(|known| (known.id, known)).collect();
            for (row, id) in pairs {
                if let (Some((line, person)), Some(known)) = (people.get(&(*row as usize)), known.get(id))
                    && let Some(mut member) = known.clone().likely(person)
                {
                    let (score, why) = (member.score, std::mem::take(&mut member.why));
                    keep(*row, LikelyDuplicateRow { line: *line, member: Some(member), other_line: None, score, why });
                }
            }
        }
        let count = likely.len();
        Ok((likely.into_values().take(LISTED).collect(), count))
    }
}

type Light = (Uuid, String, String, Option<NaiveDate>, Option<String>, Option<String>, Option<String>, Option<String>);

fn light((id, given_names, surname, birth_date, street, postal_code, phone, email): Light) -> (Uuid, Person) {
    (id, Person { given_names, surname, birth_date, street, postal_code, phone, email, ..Person::default() })
}

/// What two records of one person mostly have one of in common, hashed. Names count as heard: one wrong letter in them is
/// as good as none if it is a vowel or sounds alike.
fn keys(person: &Person) -> Vec<u32> {
    let given = heard(person.given_names.split_whitespace().next().unwrap_or_default());
    let surname = heard(&person.surname);
    let postal_code = person.postal_code.as_deref().map(letters);
    let mut keys = Vec::with_capacity(6);
    if let Some(day) = person.birth_date {
        keys.push(hashed(&(1, day, given, surname)));
        if let Some(code) = &postal_code {
            keys.push(hashed(&(2, day, given, code)));
            keys.push(hashed(&(3, day, surname, code)));
        }
    }
    keys.extend(person.phone.as_deref().map(|phone| hashed(&(4, given, letters(phone)))));
    keys.extend(person.email.as_deref().map(|email| hashed(&(5, given, letters(email)))));
    if let (Some(street), Some(code)) = (person.street.as_deref(), &postal_code) {
        keys.push(hashed(&(6, given, surname, letters(street), code)));
    }
    keys
}

fn hashed(key: &impl Hash) -> u32 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish() as u32
}

/// The consonants of a name by class, as in Cologne phonetics (Postel 1969) but for its rules about neighbours: cheap, and
/// coarse on purpose. Of a name without Latin consonants, its letters.
fn heard(name: &str) -> u64 {
    let mut code = 0_u64;
    let mut last = 0;
    let mut characters = name.chars().flat_map(char::to_lowercase).peekable();
    while let Some(character) = characters.next() {
        let class = match character {
            'p' if characters.peek() == Some(&'h') => 3,
            'b' | 'p' => 1,
            'd' | 't' | 'ð' | 'þ' => 2,
            'f' | 'v' | 'w' => 3,
            'c' | 'g' | 'k' | 'q' | 'x' => 4,
            'l' | 'ł' => 5,
            'm' | 'n' | 'ñ' => 6,
            'r' => 7,
            's' | 'z' | 'ß' | 'š' | 'ž' => 8,
            _ => 0,
        };
        if class != 0 && class != last {
            code = code << 4 | class;
        }
        // A vowel between two of one class keeps them apart.
        if class != 0 || character.is_alphabetic() {
            last = class;
        }
    }
    if code == 0 { u64::from(hashed(&name.to_lowercase())) } else { code }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_sound_alike_are_heard_alike() {
        for (one, other) in [
            ("Karlsson", "Carlson"),
            ("Christina", "Kristina"),
            ("Filip", "Philip"),
            ("Marit", "Maarit"),
            ("Wikström", "Vickström"),
            ("Öman", "Åman"),
        ] {
            assert_eq!(heard(one), heard(other), "{one} and {other}");
        }
        for (one, other) in [("Anna", "Eva"), ("Lund", "Lind-Berg"), ("王", "李"), ("Eio", "Aia")] {
            assert_ne!(heard(one), heard(other), "{one} and {other}");
        }
    }

    #[test]
    fn whoever_agrees_in_a_key_is_paired_and_nobody_else() {
        let row = |given: &str, surname: &str, born: &str, phone: &str| Person {
            given_names: given.into(),
            surname: surname.into(),
            birth_date: born.parse().ok(),
            phone: (!phone.is_empty()).then(|| phone.into()),
            ..Person::default()
        };
        let people = [
            row("Marit", "Karlsson", "1984-02-01", ""),
            row("Eva", "Ek", "1984-02-01", "+46701740605"),
            row("Maarit", "Carlson", "1984-02-01", ""),
            row("Eva", "Öberg", "1985-12-24", "+46 70-174 06 05"),
            row("Bo", "Ek", "1984-02-01", "+46701740605"),
        ];
        let mut rows = Rows::default();
        people.iter().enumerate().for_each(|(at, person)| rows.add(at, person));
        let database = DatabaseConnection::default();
        let pairs = futures_executor(rows.pairs(&database, &Viewer::Everyone, true)).unwrap();
        assert_eq!(pairs.rows, [(0, 2), (1, 3)]);
    }

    #[test]
    fn a_file_in_which_everybody_is_the_same_costs_no_more_than_is_looked_at() {
        let mut rows = Rows::default();
        let same = Person {
            given_names: "Anna".into(),
            surname: "Ek".into(),
            birth_date: "1984-02-01".parse().ok(),
            ..Person::default()
        };
        (0..200_000).for_each(|at| rows.add(at, &same));
        let database = DatabaseConnection::default();
        let pairs = futures_executor(rows.pairs(&database, &Viewer::Everyone, true)).unwrap();
        assert_eq!(pairs.rows.len(), MOST_PAIRS);
    }

    fn futures_executor<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }
}
