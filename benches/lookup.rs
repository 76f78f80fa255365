//! What name lookup costs in process: building the index, similar spellings, callers' names, letter by letter, and the worst
//! texts that are answered.
//!
//! ```text
//! cargo bench --bench lookup                                   # measure, on 100,000 invented members
//! MATRIKEL_BENCH_REGISTER=members.csv cargo bench --bench lookup   # on a member file, as large as wanted
//! cargo bench --bench lookup -- --test                         # each once over a small register: do they still run?
//! ```
//!
//! Rights are on: the searcher is one who sees all but protected members. The questions are asked in turn, so that what is
//! remembered of one helps the next as little or as much as in earnest. Percentiles, and how much is found, tells
//! `examples/evaluate_lookup.rs`; requests over HTTP `benches/load.rs`.

use std::cell::Cell;
use std::hint::black_box;
use std::time::Instant;

use chrono::NaiveDate;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use matrikel::demo;
use matrikel::lookup::{Builder, Filter, Index, Part, Query, Sight, SpellingQuery};
use spellings::Person;

#[path = "../examples/spellings/mod.rs"]
#[expect(dead_code, reason = "of what the tools for lookup share only the register is wanted here")]
mod spellings;

/// How many members are invented; and how many when nothing is measured.
const MEMBERS: [usize; 2] = [100_000, 300];
/// How many names are asked for in turn.
const IN_TURN: usize = 2_000;

criterion_group!(benches, lookup);
criterion_main!(benches);

fn lookup(criterion: &mut Criterion) {
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day");
    let people = register(today);
    let members = people.len();
    let mut group = criterion.benchmark_group(format!("lookup, {members} members"));
    group.sample_size(10).throughput(Throughput::Elements(members as u64));
    group.bench_function("build", |bencher| {
        bencher.iter_custom(|times| {
            (0..times)
                .map(|_| {
                    let entries: Vec<_> = people.iter().map(|person| person.entry.clone()).collect();
                    let began = Instant::now();
                    black_box(index_of(entries.into_iter()));
                    began.elapsed()
                })
                .sum()
        });
    });
    let index = index_of(people.iter().map(|person| person.entry.clone()));
    let sight = Sight::of(|member| !member.protected);
    let similar = |(part, name): &(Part, String)| {
        let query = SpellingQuery { name, part: *part, limit: 20, include_former_members: false, today, sight: &sight };
        index.similar(&query).map(|spellings| spellings.len())
    };
    let search = |text: &String| {
        let query = Query { text, filter: &Filter::default(), limit: 20, today, sight: &sight };
        index.search(&query).map(|answer| answer.hits.len())
    };
    group.throughput(Throughput::Elements(1));
    let step = members.div_ceil(IN_TURN).max(1);
    let names: Vec<[String; 2]> = people.iter().step_by(step).map(|person| misspelled(&person.entry)).collect();
    let parts: Vec<_> =
        names.iter().flat_map(|[given, surname]| [(Part::Given, given.clone()), (Part::Surname, surname.clone())]).collect();
    let callers: Vec<String> = names.iter().map(|[given, surname]| format!("{given} {surname}")).collect();
    let letters: Vec<String> = callers.iter().flat_map(|text| beginnings(text)).collect();
    group.bench_function("similar spellings", |bencher| {
        let next = Cell::new(0);
        bencher.iter(|| similar(in_turn(&parts, &next)));
    });
    for (what, texts) in [("callers", &callers), ("letter by letter", &letters)] {
        let next = Cell::new(0);
        group.bench_function(what, |bencher| bencher.iter(|| search(in_turn(texts, &next))));
    }
    for (what, text) in worst() {
        group.bench_function(format!("worst: {what}"), |bencher| bencher.iter(|| search(&text)));
    }
    group.finish();
}

/// The largest texts that are answered, of 200 characters or twelve words, and what is rare in them.
fn worst() -> Vec<(&'static str, String)> {
    let words = |word: &str| [word; 12].join(" ");
    vec![
        ("one letter 200 times", "a".repeat(200)),
        ("å 200 times", "å".repeat(200)),
        ("twelve common names", words("Anna")),
        ("ten common names", ["Anna"; 10].join(" ")),
        ("three names that are alike", "Anna Anne Hanna".to_owned()),
        ("three single letters", "a a a".to_owned()),
        ("a common name and a letter", "anna a".to_owned()),
        ("twelve single letters", words("a")),
        ("twelve long words", words("kristinanderss")),
        ("twelve numbers", ["1984"; 12].join(" ")),
        ("emoji", "👩‍⚕️".repeat(50)),
        ("letters read from the right", words("محمد")),
        ("combining marks", format!("a{}", "\u{308}".repeat(199))),
        ("NUL and signs", "a\u{0}%*\"'".repeat(12)),
    ]
}

fn index_of(entries: impl Iterator<Item = matrikel::lookup::Entry>) -> Index {
    let mut builder = Builder::default();
    entries.for_each(|entry| builder.enter(entry));
    builder.finish()
}

fn in_turn<'a, T>(items: &'a [T], next: &Cell<usize>) -> &'a T {
    let place = next.get() % items.len();
    next.set(place + 1);
    &items[place]
}

/// The first given name and the surname; in every fourth a letter is missing.
fn misspelled(entry: &matrikel::lookup::Entry) -> [String; 2] {
    let given = entry.given_names.split(' ').next().unwrap_or("").to_lowercase();
    let mut surname: Vec<char> = entry.surname.to_lowercase().chars().collect();
    let number = entry.id.as_u128() as usize;
    if number.is_multiple_of(4) && surname.len() > 3 {
        surname.remove(1 + number / 4 % (surname.len() - 1));
    }
    [given, surname.into_iter().collect()]
}

/// What stands in the box at each keystroke, from the second letter on.
fn beginnings(text: &str) -> impl Iterator<Item = String> {
    text.char_indices().map(|(end, letter)| end + letter.len_utf8()).skip(1).map(|end| text[..end].to_owned())
}

/// The people of the file that the environment names, or invented ones.
fn register(today: NaiveDate) -> Vec<Person> {
    let says = |word: &str| std::env::args().any(|argument| argument == word);
    let is_measured = says("--bench") && !says("--test");
    #[expect(clippy::disallowed_methods, reason = "what only benches need is no setting of the service")]
    let named = std::env::var_os("MATRIKEL_BENCH_REGISTER");
    if let Some(file) = named.filter(|_| is_measured) {
        return spellings::read_register(&file.to_string_lossy(), today).expect("a member file");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("members.csv");
    let file = std::fs::File::create(&path).expect("a file");
    demo::write_members(file, MEMBERS[usize::from(!is_measured)], 1, today).expect("a register");
    spellings::read_register(&path.to_string_lossy(), today).expect("a register that can be read")
}
