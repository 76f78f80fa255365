//! Judges name lookup in process, on a register as large as wanted: how well spellings and callers are found, how fast, and in how much memory.
//!
//! ```text
//! cargo run --release --example evaluate_lookup -- --register MEMBERS.csv [--questions N] [--callers N] [--wrong N] [--different PAIRS.tsv] [--examples PAIRS.tsv] [--costs TABLE.tsv] PAIRS.tsv…
//! ```
//!
//! MEMBERS is a file as `matrikel import members` takes it. Spellings are those of `learn_edit_costs`. Callers are members whose name is
//! asked for as it was heard or typed: as a variant, with a typing error, without accents, turned round, in part; a hit is that member among the
//! first ten. Examples are pairs (`name_a`, `name_b`, `kind`) that must be found both ways among the first so many ([`places_of`]). Rights are
//! on: the searcher is one who sees all but protected members. The same arguments ask the same questions.
//!
//! At the end stand all figures beside what was asked for at the least and what is aimed at, as a table.

mod spellings;

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::time::{Duration, Instant};

use chrono::{Datelike, NaiveDate};
use matrikel::lookup::{Builder, EditCosts, Filter, Index, Part, Query, Sight};
use spellings::{Asked, Pair, Person, Score};

/// What the command line says.
struct Arguments {
    register: String,
    costs: Option<EditCosts>,
    questions: usize,
    callers: usize,
    wrong: usize,
    different: Vec<Pair>,
    examples: Vec<Pair>,
    pairs: Vec<Pair>,
}

impl Arguments {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut read = Self {
            register: String::new(),
            costs: None,
            questions: 1500,
            callers: 400,
            wrong: 0,
            different: Vec::new(),
            examples: Vec::new(),
            pairs: Vec::new(),
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match argument.as_str() {
                "--register" => read.register = value()?,
                "--costs" => read.costs = Some(EditCosts::read(&std::fs::read_to_string(value()?)?)?),
                "--questions" => read.questions = value()?.parse()?,
                "--callers" => read.callers = value()?.parse()?,
                "--wrong" => read.wrong = value()?.parse()?,
                "--different" => read.different = spellings::read_pairs(&value()?)?,
                "--examples" => read.examples = spellings::read(&value()?, ["name_a", "name_b", "kind", "kind"])?,
                file => read.pairs.extend(spellings::read_pairs(file)?),
            }
        }
        if read.register.is_empty() {
            return Err("--register FILE".into());
        }
        Ok(read)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::read(std::env::args().skip(1))?;
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).ok_or("no such day")?;
    let people = spellings::read_register(&arguments.register, today)?;
    let mut random = Random(7);
    let mut questions = spellings::questions(&arguments.pairs, &arguments.different, &spellings::spellings_in(&people));
    random.shuffle(&mut questions);
    questions.truncate(arguments.questions);
    let callers = callers(&people, &arguments.pairs, arguments.callers, &mut random);

    println!("load {}", load());
    let before = resident();
    let started = Instant::now();
    let mut builder = Builder::default();
    // The register itself stays, so that what memory grows by is the index.
    people.iter().for_each(|person| builder.enter(person.entry.clone()));
    let mut index = builder.finish();
    let entered = started.elapsed();
    let memory = (resident() - before) as f64 / 1e6;
    println!("{} members entered in {entered:.1?}, the index takes {memory:.0} MB", people.len());
    if let Some(costs) = arguments.costs {
        index.compare_by(costs);
    }

    let asker = Asker { index, today, sight: spellings::searcher() };
    let (score, similar) = asker.ask_spellings(&questions);
    score.wrong.iter().take(arguments.wrong).for_each(|line| println!("  {line}"));
    let examples = asker.ask_examples(&arguments.examples);
    let (found, search) = asker.ask_callers(&callers)?;
    let typing = asker.ask_letter_by_letter(&callers)?;
    println!("load {}", load());
    println!();

    let figures = score.figures();
    println!("| figure | value | at least | aim | reached |");
    println!("| --- | --- | --- | --- | --- |");
    row("spellings, recall@10", figures.ten, 0.94, 0.965);
    row("spellings, recall@20", figures.twenty, 0.975, 0.99);
    row("of those that differ in a vowel or voicing, recall@10", figures.by_tier.get("phon").copied(), 0.82, 0.90);
    row("variants above different names", figures.order, 0.96, 0.985);
    row("callers, among the first ten, over all kinds", found, 0.95, 0.98);
    row("named examples found both ways in their places", examples, 1.0, 1.0);
    row("similar spellings, p50, ms", similar.milliseconds(0.5), 1.0, 0.3);
    row("similar spellings, p99, ms", similar.milliseconds(0.99), 4.0, 1.0);
    row("member search, callers, p50, ms", search.milliseconds(0.5), 2.0, 0.5);
    row("member search, callers, p99, ms", search.milliseconds(0.99), 8.0, 2.0);
    row("member search, letter by letter, p50, ms", typing.milliseconds(0.5), 2.0, 0.5);
    row("member search, letter by letter, p99, ms", typing.milliseconds(0.99), 8.0, 2.0);
    row("index memory, MB", Some(memory), 200.0, 80.0);
    row("index entered, without reading a database, s", Some(entered.as_secs_f64()), 8.0, 2.0);
    Ok(())
}

/// One line of the table. Where the aim is below what is asked at the least, less is better.
fn row(figure: &str, value: Option<f64>, least: f64, aim: f64) {
    let Some(value) = value else {
        println!("| {figure} | – | {least} | {aim} | not asked |");
        return;
    };
    let reached = |limit: f64| if aim < least { value <= limit } else { value >= limit };
    let verdict = if reached(aim) {
        "aim"
    } else if reached(least) {
        "least"
    } else {
        "**no**"
    };
    println!("| {figure} | {value:.3} | {least} | {aim} | {verdict} |");
}

/// Among how many spellings an example must be: Yousef and Muhammad have dozens.
fn places_of(name: &str) -> usize {
    match name {
        "Mohammed" | "Muhammad" => 10,
        "Yousef" | "Jusuf" => 20,
        _ => 5,
    }
}

/// Who asks, and what.
struct Asker {
    index: Index,
    today: NaiveDate,
    sight: Sight,
}

impl Asker {
    fn ask_spellings(&self, questions: &[Asked]) -> (Score, Times) {
        let (mut score, mut times) = (Score::default(), Times::default());
        for question in questions {
            let offered =
                times.measure(|| spellings::offered(&self.index, question.part, &question.name, self.today, &self.sight));
            score.add(question, &offered);
        }
        println!("spellings, {}; {}", score.line(), times.line());
        (score, times)
    }

    /// The share of the examples that stand where they must; says where each stands.
    fn ask_examples(&self, examples: &[Pair]) -> Option<f64> {
        let mut found = 0;
        for pair in examples {
            for (name, other) in spellings::both_ways(pair) {
                let offered = spellings::offered(&self.index, pair.part, name, self.today, &self.sight);
                let place = offered.iter().position(|spelling| spelling == other).map(|place| place + 1);
                let wanted = places_of(name);
                let is_found = place.is_some_and(|place| place <= wanted);
                found += usize::from(is_found);
                let place = place.map_or("not among the first 20".to_owned(), |place| format!("at place {place}"));
                println!("example {name} → {other}: {place} of {wanted}{}", if is_found { "" } else { ", MISSED" });
            }
        }
        (!examples.is_empty()).then(|| found as f64 / (2 * examples.len()) as f64)
    }

    /// The share of the callers who are found.
    fn ask_callers(&self, callers: &Callers) -> Result<(Option<f64>, Times), Box<dyn Error>> {
        let (mut all, mut found_all, mut first_all) = (0, 0, 0);
        let mut times = Times::default();
        let mut slowest = (Duration::ZERO, "");
        for (kind, callers) in callers {
            let (mut found, mut first) = (0, 0);
            for caller in callers {
                let filter = Filter { birth_year: caller.birth_year, ..Filter::default() };
                let started = Instant::now();
                let answer = times.measure(|| self.index.search(&self.query(&caller.text, &filter, 10)))?;
                slowest = slowest.max((started.elapsed(), &caller.text));
                let place = answer.hits.iter().position(|hit| hit.id.as_u128() == caller.member);
                found += usize::from(place.is_some());
                first += usize::from(place == Some(0));
            }
            println!("callers, {kind}: {found} of {} among the first ten, {first} at the first place", callers.len());
            all += callers.len();
            found_all += found;
            first_all += first;
        }
        let share = |found: usize| found as f64 / all.max(1) as f64;
        println!(
            "callers, all kinds: {:.4} among the first ten, {:.4} at the first place; {}, slowest {slowest:?}",
            share(found_all),
            share(first_all),
            times.line()
        );
        Ok(((all > 0).then(|| share(found_all)), times))
    }

    /// As on every keystroke: the callers' texts letter by letter, without filter.
    fn ask_letter_by_letter(&self, callers: &Callers) -> Result<Times, Box<dyn Error>> {
        let mut times = Times::default();
        for caller in callers.values().flat_map(|callers| callers.iter().take(15)) {
            for (end, _) in caller.text.char_indices().skip(1) {
                times.measure(|| self.index.search(&self.query(&caller.text[..end], &Filter::default(), 20)))?;
            }
        }
        println!("as one types, {}", times.line());
        Ok(times)
    }

    fn query<'a>(&'a self, text: &'a str, filter: &'a Filter, limit: usize) -> Query<'a> {
        Query { text, filter, limit, today: self.today, sight: &self.sight }
    }
}

/// By what was done to their names.
type Callers = BTreeMap<&'static str, Vec<Caller>>;

struct Caller {
    member: u128,
    text: String,
    birth_year: Option<i32>,
}

fn callers(people: &[Person], pairs: &[Pair], most: usize, random: &mut Random) -> Callers {
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
    let mut callers = Callers::new();
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

    /// The time in which this share of the questions was answered; `None` if nothing was asked.
    fn within(&self, share: f64) -> Option<Duration> {
        let mut times = self.0.clone();
        times.sort();
        times.get((times.len().saturating_sub(1) as f64 * share) as usize).copied()
    }

    fn milliseconds(&self, share: f64) -> Option<f64> {
        self.within(share).map(|time| time.as_secs_f64() * 1e3)
    }

    fn line(&self) -> String {
        let at = |share: f64| self.within(share).unwrap_or_default();
        format!("{} asked, p50 {:.2?}, p99 {:.2?}, most {:.2?}", self.0.len(), at(0.5), at(0.99), at(1.0))
    }
}

/// Bytes of this process in memory, as Linux tells; zero elsewhere.
fn resident() -> i64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    pages.and_then(|pages| pages.split(' ').nth(1)?.parse::<i64>().ok()).unwrap_or(0) * 4096
}

/// The load averages, as Linux tells; empty elsewhere.
fn load() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').take(3).collect::<Vec<_>>().join(" ")
}
