//! Judges name lookup in process, on a register as large as wanted: how well spellings and callers are found, how fast, and in how much memory.
//!
//! ```text
//! cargo run --release --example evaluate_lookup -- --register MEMBERS.csv [--questions N] [--callers N] [--wrong N] [--different PAIRS.tsv] [--costs TABLE.tsv] PAIRS.tsv…
//! ```
//!
//! MEMBERS is a file as `matrikel import members` takes it. Spellings are those of `learn_edit_costs`. Callers are members whose name is
//! asked for as it was heard or typed: as a variant, with a typing error, without accents, turned round, in part; a hit is that member among the
//! first ten. Rights are on: the searcher is one who sees all but protected members. The same arguments ask the same questions.

mod spellings;

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::time::{Duration, Instant};

use chrono::{Datelike, NaiveDate};
use matrikel::lookup::{Builder, EditCosts, Filter, Part, Query};
use spellings::{Person, Score};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut register, mut costs, mut questions_wanted, mut callers_wanted, mut wrong) = (None, None, 1500, 400, 0);
    let (mut pairs, mut different) = (Vec::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--register" => register = Some(value()?),
            "--costs" => costs = Some(EditCosts::read(&std::fs::read_to_string(value()?)?)?),
            "--questions" => questions_wanted = value()?.parse()?,
            "--callers" => callers_wanted = value()?.parse()?,
            "--wrong" => wrong = value()?.parse()?,
            "--different" => different = spellings::read_pairs(&value()?)?,
            file => pairs.extend(spellings::read_pairs(file)?),
        }
    }
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).ok_or("no such day")?;
    let people = spellings::read_register(&register.ok_or("--register FILE")?, today)?;
    let sight = spellings::searcher();
    let mut random = Random(7);
    let mut questions = spellings::questions(&pairs, &different, &spellings::spellings_in(&people));
    random.shuffle(&mut questions);
    questions.truncate(questions_wanted);
    let callers = callers(&people, &pairs, callers_wanted, &mut random);

    let before = resident();
    let started = Instant::now();
    let mut builder = Builder::default();
    let members = people.len();
    // The register itself stays, so that what memory grows by is the index.
    people.iter().for_each(|person| builder.enter(person.entry.clone()));
    let mut index = builder.finish();
    println!("{members} members inserted in {:.1?}", started.elapsed());
    if let Some(costs) = costs {
        index.compare_by(costs);
    }
    println!("memory taken by the index: {} MB", (resident() - before) / 1_000_000);

    let (mut score, mut times) = (Score::default(), Times::default());
    for question in &questions {
        let offered = times.measure(|| spellings::offered(&index, question, today, &sight));
        score.add(question, &offered);
    }
    println!("spellings, {}; {}", score.line(), times.line());
    score.wrong.iter().take(wrong).for_each(|line| println!("  {line}"));

    let (mut all, mut found_all) = (0, 0);
    let mut times = Times::default();
    let mut slowest = (Duration::ZERO, String::new());
    for (kind, callers) in &callers {
        let mut found = 0;
        for caller in callers {
            let filter = Filter { birth_year: caller.birth_year, ..Filter::default() };
            let query = Query { text: &caller.text, filter: &filter, limit: 10, today, sight: &sight };
            let started = Instant::now();
            let answer = times.measure(|| index.search(&query))?;
            slowest = slowest.max((started.elapsed(), caller.text.clone()));

            found += usize::from(answer.hits.iter().any(|hit| hit.id.as_u128() == caller.member));
        }
        println!(
            "callers, {kind}: {} of {} among the first ten, {:.4}",
            found,
            callers.len(),
            found as f64 / callers.len() as f64
        );
        all += callers.len();
        found_all += found;
    }
    println!("callers, all kinds: {:.4}; {}, slowest {:?}", found_all as f64 / all.max(1) as f64, times.line(), slowest);
    // On every keystroke: the callers' texts letter by letter, without filter.
    let mut times = Times::default();
    for caller in callers.values().flat_map(|callers| callers.iter().take(15)) {
        for (end, _) in caller.text.char_indices().skip(1) {
            let query = Query { text: &caller.text[..end], filter: &Filter::default(), limit: 20, today, sight: &sight };
            times.measure(|| index.search(&query))?;
        }
    }
    println!("as one types, {}", times.line());
    Ok(())
}

struct Caller {
    member: u128,
    text: String,
    birth_year: Option<i32>,
}

fn callers(
    people: &[Person],
    pairs: &[spellings::Pair],
    most: usize,
    random: &mut Random,
) -> BTreeMap<&'static str, Vec<Caller>> {
    let mut variants: HashMap<(Part, &str), Vec<&str>> = HashMap::new();
    for pair in pairs {
        for (name, other) in spellings::both_ways(pair) {
            variants.entry((pair.part, name)).or_default().push(other);
        }
    }
    let mut namesakes: HashMap<(&str, &str), usize> = HashMap::new();
    for person in people {
        *namesakes.entry((first_name(person), &person.entry.surname)).or_default() += 1;
    }
    let mut order: Vec<&Person> = people.iter().filter(|person| person.current).collect();
    random.shuffle(&mut order);
    let mut callers: BTreeMap<&'static str, Vec<Caller>> = BTreeMap::new();
    for person in order {
        let (given, surname) = (first_name(person), person.entry.surname.as_str());
        let few = |surname: &str| namesakes.get(&(given, surname)).copied().unwrap_or(0) <= 3;
        let year = person.entry.birth_date.map(|date| date.year());
        let mut add = |kind: &'static str, text: String, birth_year: Option<i32>| {
            let callers = callers.entry(kind).or_default();
            if callers.len() < most {
                callers.push(Caller { member: person.entry.id.as_u128(), text, birth_year });
            }
        };
        let other_given = variants.get(&(Part::Given, given)).and_then(|names| random.pick(names));
        let other_surname = variants.get(&(Part::Surname, surname)).and_then(|names| random.pick(names));
        if let (Some(given), Some(surname)) = (other_given, other_surname) {
            add("both names as variants, birth year given", format!("{given} {surname}"), year);
        }
        if let Some(surname) = other_surname {
            add("surname as a variant, birth year given", format!("{given} {surname}"), year);
        }
        let letters: Vec<char> = surname.chars().collect();
        if letters.len() > 4 {
            add("one typing error in the surname, birth year given", format!("{given} {}", random.mistype(&letters)), year);
        }
        if few(surname) {
            let plain = plain(&format!("{given} {surname}"));
            if plain != format!("{given} {surname}") {
                add("accents lost", plain.to_lowercase(), None);
            }
            add("surname first", format!("{surname} {given}"), None);
            let (typed_given, half): (String, String) = (
                given.chars().take(given.chars().count().saturating_sub(2)).collect(),
                letters.iter().take(letters.len() / 2 + 1).collect(),
            );
            if given.chars().count() > 5 && letters.len() > 7 {
                add("all but two letters of the given name, half the surname", format!("{typed_given} {half}"), year);
            }
            if let Some(second) = person.entry.given_names.split(' ').nth(1) {
                add("second given name", format!("{second} {surname}"), year);
            }
        }
        if let Some(former) = person.entry.former_surnames.first().filter(|former| few(former)) {
            add("former surname", format!("{given} {former}"), year);
        }
        if letters.len() == 2 {
            add("two-letter surname", format!("{given} {surname}"), year);
        }
    }
    callers
}

fn first_name(person: &Person) -> &str {
    person.entry.given_names.split(' ').next().unwrap_or("")
}

fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            'å' | 'ä' | 'á' | 'à' => 'a',
            'Å' | 'Ä' | 'Á' => 'A',
            'ö' | 'ø' | 'ó' => 'o',
            'Ö' | 'Ø' | 'Ó' => 'O',
            'é' | 'è' | 'ë' => 'e',
            'É' => 'E',
            'ü' | 'ú' => 'u',
            'í' => 'i',
            letter => letter,
        })
        .collect()
}

/// A small generator, so that the same register is asked the same questions everywhere (Knuth's multiplier).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.below(place + 1));
        }
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> Option<&'a str> {
        items.get(self.below(items.len())).copied()
    }

    /// One letter left out, added, replaced, or swapped with the one before; never the first.
    fn mistype(&mut self, letters: &[char]) -> String {
        let place = 1 + self.below(letters.len() - 1);
        let letter = "abcdefghijklmnoprstuvwxyzåäö".chars().nth(self.below(28)).unwrap_or('a');
        let mut result = letters.to_vec();
        match self.below(4) {
            0 => drop(result.remove(place)),
            1 => result.insert(place, letter),
            2 => result[place] = letter,
            _ => result.swap(place - 1, place),
        }
        result.into_iter().collect()
    }
}

#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn measure<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = work();
        self.0.push(started.elapsed());
        result
    }

    fn line(&mut self) -> String {
        self.0.sort();
        let at = |share: f64| self.0.get((self.0.len().saturating_sub(1) as f64 * share) as usize).copied().unwrap_or_default();
        format!("{} asked, p50 {:.2?}, p99 {:.2?}, most {:.2?}", self.0.len(), at(0.5), at(0.99), at(1.0))
    }
}

/// Bytes of this process in memory, as Linux tells; zero elsewhere.
fn resident() -> i64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    pages.and_then(|pages| pages.split(' ').nth(1)?.parse::<i64>().ok()).unwrap_or(0) * 4096
}
