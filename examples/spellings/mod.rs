//! What the tools that learn and judge name lookup share: labelled pairs of names, a register to find them in, and the metric.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::error::Error;
use std::fs;

use chrono::NaiveDate;
use matrikel::lookup::{Entry, Index, Part, Sight, Span, SpellingQuery};
use uuid::Uuid;

/// Two names and what is known of them.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) names: [String; 2],
    pub(crate) part: Part,
    pub(crate) tier: String,
}

/// Reads tab-separated pairs: a heading with at least `name_a`, `name_b`, `part` (`given`, `surname`) and `tier`.
pub(crate) fn read_pairs(path: &str) -> Result<Vec<Pair>, Box<dyn Error>> {
    read(path, ["name_a", "name_b", "part", "tier"])
}

/// Reads the two names, the part and the tier from columns of these names.
pub(crate) fn read(path: &str, columns: [&str; 4]) -> Result<Vec<Pair>, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let mut lines = text.lines();
    let heading: Vec<&str> = lines.next().unwrap_or("").split('\t').collect();
    let column = |name: &str| heading.iter().position(|column| *column == name).ok_or(format!("{path} has no column {name}"));
    let [one, other, part, tier] = columns.map(column);
    let (one, other, part, tier) = (one?, other?, part?, tier?);
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let field = |place: usize| fields.get(place).copied().ok_or(format!("{path}: a short line: {line}"));
            Ok(Pair {
                names: [field(one)?.to_owned(), field(other)?.to_owned()],
                part: if field(part)? == "surname" { Part::Surname } else { Part::Given },
                tier: field(tier)?.to_owned(),
            })
        })
        .collect()
}

/// A member of the register to search in, as far as the tools ask.
pub(crate) struct Person {
    pub(crate) entry: Entry,
    pub(crate) current: bool,
}

/// Reads a member file as `matrikel import members` takes it.
pub(crate) fn read_register(path: &str, today: NaiveDate) -> Result<Vec<Person>, Box<dyn Error>> {
    let mut reader = csv::Reader::from_path(path).map_err(|error| format!("{path}: {error}"))?;
    let headings = reader.headers()?.clone();
    let column = |name: &str| headings.iter().position(|column| column == name);
    let names = ["member_number", "given_names", "surname", "former_surname", "birth_date", "email", "phone", "city"];
    let columns = names.map(column);
    let units =
        ["workplace", "local_branch", "school", "protected", "hidden", "joined_on", "left_on", "membership_type"].map(column);
    let mut ids: HashMap<String, Uuid> = HashMap::new();
    let mut people = Vec::new();
    for (number, record) in (1u128..).zip(reader.records()) {
        let record = record?;
        let [member_number, given_names, surname, former, birth_date, email, phone, city] =
            columns.map(|column| column.and_then(|column| record.get(column)).unwrap_or(""));
        let [workplace, branch, school, protected, hidden, joined, left, membership_type] =
            units.map(|column| column.and_then(|column| record.get(column)).unwrap_or(""));
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut unit = |name: &str| {
            let next = Uuid::from_u128(u128::MAX - ids.len() as u128);
            text(name).map(|name| *ids.entry(name).or_insert(next))
        };
        let until: Option<NaiveDate> = left.parse().ok();
        let span = Span { membership_type: serde_json::from_value(membership_type.into())?, from: joined.parse().ok(), until };
        people.push(Person {
            current: protected.is_empty() && span.covers(today),
            entry: Entry {
                id: Uuid::from_u128(number),
                member_number: member_number.to_owned(),
                given_names: given_names.to_owned(),
                surname: surname.to_owned(),
                former_surnames: text(former).into_iter().collect(),
                birth_date: birth_date.parse().ok(),
                phone: text(phone),
                email: text(email),
                city: text(city),
                workplaces: unit(workplace).into_iter().collect(),
                local_branch: unit(branch),
                school: unit(school),
                memberships: vec![span],
                protected: !protected.is_empty(),
                hidden: !hidden.is_empty(),
            },
        });
    }
    Ok(people)
}

/// The spellings that current members bear, unprotected ones, as surname or first given name.
pub(crate) fn spellings_in(people: &[Person]) -> HashSet<(Part, String)> {
    people
        .iter()
        .filter(|person| person.current)
        .flat_map(|person| {
            let given = person.entry.given_names.split(' ').next().unwrap_or("").to_owned();
            [(Part::Given, given), (Part::Surname, person.entry.surname.clone())]
        })
        .collect()
}

/// A name that is asked for, the variants that the register holds with their tiers, and the names that are others.
pub(crate) struct Asked {
    pub(crate) part: Part,
    pub(crate) name: String,
    pub(crate) variants: BTreeMap<String, String>,
    pub(crate) different: BTreeSet<String>,
}

/// What is asked: each side of each pair whose other side the register holds.
pub(crate) fn questions(variants: &[Pair], different: &[Pair], register: &HashSet<(Part, String)>) -> Vec<Asked> {
    let mut asked: BTreeMap<(Part, String), Asked> = BTreeMap::new();
    let held = |pair: &Pair, name: &str| register.contains(&(pair.part, name.to_owned()));
    for pair in variants {
        for (name, other) in both_ways(pair) {
            if held(pair, other) {
                let question = asked.entry((pair.part, name.clone())).or_insert_with(|| Asked {
                    part: pair.part,
                    name: name.clone(),
                    variants: BTreeMap::new(),
                    different: BTreeSet::new(),
                });
                question.variants.entry(other.clone()).or_insert(pair.tier.clone());
            }
        }
    }
    for pair in different {
        for (name, other) in both_ways(pair) {
            if let Some(question) = asked.get_mut(&(pair.part, name.clone())).filter(|_| held(pair, other)) {
                question.different.insert(other.clone());
            }
        }
    }
    let mut questions: Vec<Asked> = asked.into_values().collect();
    for question in &mut questions {
        question.different.retain(|name| !question.variants.contains_key(name));
    }
    questions
}

/// Each of the two names with the other.
pub(crate) fn both_ways(pair: &Pair) -> [(&String, &String); 2] {
    let [one, other] = &pair.names;
    [(one, other), (other, one)]
}

/// One who sees all but protected members.
pub(crate) fn searcher() -> Sight {
    Sight::of(|member| !member.protected)
}

/// The first twenty other spellings that the index offers.
pub(crate) fn offered(index: &Index, part: Part, name: &str, today: NaiveDate, sight: &Sight) -> Vec<String> {
    let query = SpellingQuery { name, part, limit: 21, include_former_members: false, today, sight };
    let spellings = index.similar(&query).unwrap_or_default();
    spellings.into_iter().map(|found| found.spelling).filter(|spelling| spelling != name).take(20).collect()
}

/// Shares of what was asked; `None` where nothing was.
pub(crate) struct Figures {
    pub(crate) five: Option<f64>,
    pub(crate) ten: Option<f64>,
    pub(crate) twenty: Option<f64>,
    /// Of the variants of each tier, among the first ten.
    pub(crate) by_tier: BTreeMap<String, f64>,
    /// Variants above different names.
    pub(crate) order: Option<f64>,
}

/// The metric: how many labelled variants are among the first spellings offered, and above labelled different names.
#[derive(Debug, Default)]
pub(crate) struct Score {
    directions: f64,
    within: [f64; 3],
    ordered: f64,
    combinations: f64,
    by_tier: BTreeMap<String, [f64; 2]>,
    pub(crate) wrong: Vec<String>,
}

impl Score {
    /// Counts what was offered to one question.
    pub(crate) fn add(&mut self, asked: &Asked, offered: &[String]) {
        let rank = |name: &str| offered.iter().position(|spelling| spelling == name);
        for (variant, tier) in &asked.variants {
            self.directions += 1.0;
            let place = rank(variant);
            let within = |first: usize| f64::from(u8::from(place.is_some_and(|place| place < first)));
            for (sum, first) in self.within.iter_mut().zip([5, 10, 20]) {
                *sum += within(first);
            }
            let tier = self.by_tier.entry(tier.clone()).or_default();
            *tier = [tier[0] + within(10), tier[1] + 1.0];
            for different in &asked.different {
                self.combinations += 1.0;
                let above = place.is_some_and(|place| rank(different).is_none_or(|other| place < other));
                self.ordered += f64::from(u8::from(above));
            }
            if within(10) == 0.0 {
                let first: Vec<&str> = offered.iter().take(4).map(String::as_str).collect();
                let place = place.map_or("not among the first 20".to_owned(), |place| format!("at place {}", place + 1));
                self.wrong.push(format!("{} → {variant}: {place}, first {}", asked.name, first.join(" ")));
            }
        }
    }

    /// The figures so far.
    pub(crate) fn figures(&self) -> Figures {
        let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        let [five, ten, twenty] = self.within.map(|within| share(within, self.directions));
        let by_tier = self.by_tier.iter().map(|(tier, [hit, all])| (tier.clone(), hit / all)).collect();
        Figures { five, ten, twenty, by_tier, order: share(self.ordered, self.combinations) }
    }

    /// One line of figures.
    pub(crate) fn line(&self) -> String {
        let Figures { five, ten, twenty, by_tier, order } = self.figures();
        let [five, ten, twenty, order] = [five, ten, twenty, order].map(Option::unwrap_or_default);
        let tiers: Vec<String> = by_tier.iter().map(|(tier, share)| format!("{tier} {share:.4}")).collect();
        format!(
            "{} directions: recall@5 {five:.4} @10 {ten:.4} @20 {twenty:.4}, @10 by tier {}, order {order:.4} of {}",
            self.directions,
            tiers.join(" "),
            self.combinations
        )
    }
}
