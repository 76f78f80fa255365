//! Learns what it costs to take one spelling of a name for another, from labelled spellings: `src/lookup/edit_costs.tsv`.
//!
//! ```text
//! cargo run --release --example learn_edit_costs -- --rules src/lookup/edit_rules.tsv --out src/lookup/edit_costs.tsv PAIRS.tsv…
//! cargo run --release --example learn_edit_costs -- --rules … --cross-validate --register MEMBERS.csv [--different PAIRS.tsv] PAIRS.tsv…
//! ```
//!
//! PAIRS are tab-separated with the columns `name_a`, `name_b`, `part` and `tier`. What is learned from them, after Brill and Moore (2000):
//!
//! 1. Each pair is aligned letter by letter, both ways, so that the steps of all pairs together are as probable as can be: costs of
//!    steps are counted from the alignments and the alignments made anew with these costs (Viterbi training, four rounds).
//! 2. One step, or two neighbouring ones of which at least one changes something, are an edit from one group of letters to another.
//!    It is counted at the start, within and at the end of the name.
//! 3. Its probability is its count among all occurrences of the group, drawn towards what cheaper edits already explain where
//!    there is little to count (as if seen three times), and at each place towards the average over places (as if seen twenty times).
//! 4. An edit is kept if it is cheaper somewhere than what the shorter ones explain. The cheaper direction counts for both.
//! 5. The rules set an upper limit to the cost of the edits they name.
//!
//! `--cross-validate` judges what was learned by names that were not learned from: the names are split into five, so that
//! all names joined by pairs stay together; costs are learned from four fifths and asked for the names of the other.

mod spellings;

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt::Write as _;

use chrono::NaiveDate;
use matrikel::lookup::{Builder, EditCosts, letters};
use spellings::{Pair, Score};

/// An edit is drawn towards what is known without it as if that had been seen so often.
const SHRINK: f64 = 3.0;
/// The cost at a place is drawn towards that of all places as if that had been seen so often.
const SHRINK_PLACE: f64 = 20.0;
/// An edit must be cheaper by so much, in nats, than what it replaces.
const LEAST_GAIN: f64 = 0.15;
/// No edit is cheaper, in nats: the same spelling comes before another.
const LEAST_COST: f64 = 0.05;
const ROUNDS: usize = 4;
const FOLDS: usize = 5;

type Letters = Vec<char>;
/// One letter for another, or for none, or none for one.
type Step = (Option<char>, Option<char>);
/// Costs at the start, within and at the end, in nats.
type Costs = [f64; 3];
type Table = BTreeMap<(Letters, Letters), Costs>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut out, mut rules, mut register, mut cross_validate) = (None, String::new(), None, false);
    let (mut pairs, mut different) = (Vec::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--out" => out = Some(value()?),
            "--rules" => rules = std::fs::read_to_string(value()?)?,
            "--register" => register = Some(value()?),
            "--different" => different = spellings::read_pairs(&value()?)?,
            "--cross-validate" => cross_validate = true,
            file => pairs.extend(spellings::read_pairs(file)?),
        }
    }
    if cross_validate {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).ok_or("no such day")?;
        let people = spellings::read_register(&register.ok_or("--cross-validate needs --register")?, today)?;
        return judge(&pairs, &different, &rules, people, today);
    }
    let table = learn(&pairs.iter().collect::<Vec<_>>(), &rules)?;
    let text = write(&table, pairs.len());
    EditCosts::read(&text)?;
    std::fs::write(out.ok_or("--out FILE, or --cross-validate")?, text)?;
    println!("{} edits learned from {} pairs", table.len(), pairs.len());
    Ok(())
}

fn learn(pairs: &[&Pair], rules: &str) -> Result<Table, Box<dyn Error>> {
    let both: Vec<(Letters, Letters)> = pairs
        .iter()
        .flat_map(|pair| spellings::both_ways(pair))
        .map(|(one, other)| (letters(one).chars().collect(), letters(other).chars().collect()))
        .filter(|(one, other)| one != other)
        .collect();
    let mut edits: BTreeMap<(Letters, Letters), Costs> = BTreeMap::new();
    for steps in align_all(&both) {
        for (from, to) in (0..steps.len()).flat_map(|from| [(from, from + 1), (from, from + 2)]) {
            let Some(group) = steps.get(from..to).filter(|group| group.iter().any(|(one, other)| one != other)) else { continue };
            let one = group.iter().filter_map(|step| step.0).collect();
            let other = group.iter().filter_map(|step| step.1).collect();
            let nothing = |steps: &[Step]| steps.iter().all(|step| step.0.is_none());
            let place = place(nothing(&steps[..from]), nothing(&steps[to..]));
            edits.entry((one, other)).or_default()[place] += 1.0;
        }
    }
    let mut occurrences: HashMap<&[char], Costs> = HashMap::new();
    for (name, _) in &both {
        for (from, to) in (0..=name.len()).flat_map(|from| (from..=name.len().min(from + 2)).map(move |to| (from, to))) {
            occurrences.entry(&name[from..to]).or_default()[place(from == 0, to == name.len())] += 1.0;
        }
    }
    let mut counted: Vec<_> = edits.into_iter().collect();
    counted.sort_by_key(|((one, other), _)| (one.len().max(other.len()), one.len() + other.len(), one.clone(), other.clone()));
    let mut table = Table::new();
    for ((one, other), counts) in counted {
        let seen = occurrences.get(one.as_slice()).copied().unwrap_or_default();
        let without = [0, 1, 2].map(|place| explained(&table, &one, &other, place));
        let sum = |counts: Costs| counts.iter().sum::<f64>();
        let common = (sum(counts) + SHRINK * (-without[1]).exp()) / (sum(seen) + SHRINK);
        let costs = [0, 1, 2].map(|place| {
            let probability = (counts[place] + SHRINK_PLACE * common) / (seen[place] + SHRINK_PLACE);
            (-probability.ln()).max(LEAST_COST)
        });
        if (0..3).any(|place| without[place] - costs[place] >= LEAST_GAIN) {
            table.insert((one, other), costs);
        }
    }
    add_rules(&mut table, rules)?;
    Ok(cheaper_direction(table))
}

/// Start, within, end; a name that is one group counts as its start.
fn place(at_start: bool, at_end: bool) -> usize {
    if at_start {
        0
    } else if at_end {
        2
    } else {
        1
    }
}

fn align_all(both: &[(Letters, Letters)]) -> Vec<Vec<Step>> {
    let first = |step: Step| match step {
        (Some(one), Some(other)) if one == other => 0.0,
        (Some(one), Some(other)) if is_vowel(one) != is_vowel(other) => 1.9,
        _ => 1.0,
    };
    let mut aligned: Vec<Vec<Step>> = both.iter().map(|(one, other)| align(one, other, &first)).collect();
    for _ in 1..ROUNDS {
        let mut counts: HashMap<Step, f64> = HashMap::new();
        let mut asked: HashMap<Option<char>, f64> = HashMap::new();
        for steps in &aligned {
            for step in steps {
                *counts.entry(*step).or_default() += 1.0;
                *asked.entry(step.0).or_default() += 1.0;
            }
        }
        *asked.entry(None).or_default() += both.iter().map(|(one, _)| one.len() as f64 + 1.0).sum::<f64>();
        let costs: HashMap<Step, f64> =
            counts.into_iter().map(|(step, count)| (step, -((count + 0.1) / (asked[&step.0] + 5.0)).ln())).collect();
        let cost = |step: Step| if step.0 == step.1 { 0.0 } else { costs.get(&step).copied().unwrap_or(9.0) };
        aligned = both.iter().map(|(one, other)| align(one, other, &cost)).collect();
    }
    aligned
}

/// The cheapest steps from one name to the other.
fn align(one: &[char], other: &[char], cost: &dyn Fn(Step) -> f64) -> Vec<Step> {
    let width = other.len() + 1;
    let mut least: Vec<(f64, Option<Step>)> = vec![(f64::MAX, None); (one.len() + 1) * width];
    least[0].0 = 0.0;
    for i in 0..=one.len() {
        for j in 0..=other.len() {
            let (left, up) = (i.checked_sub(1), j.checked_sub(1));
            let steps = [
                left.zip(up).map(|(i, j)| (i * width + j, (Some(one[i]), Some(other[j])))),
                left.map(|i| (i * width + j, (Some(one[i]), None))),
                up.map(|j| (i * width + j, (None, Some(other[j])))),
            ];
            for (before, step) in steps.into_iter().flatten() {
                let total = least[before].0 + cost(step);
                if total < least[i * width + j].0 {
                    least[i * width + j] = (total, Some(step));
                }
            }
        }
    }
    let mut place = least.len() - 1;
    let mut steps = Vec::new();
    while let Some(step) = least[place].1 {
        steps.push(step);
        place -= usize::from(step.0.is_some()) * width + usize::from(step.1.is_some());
    }
    steps.reverse();
    steps
}

/// What it costs to get from one group to the other by the edits in the table, without the edit itself.
fn explained(table: &Table, one: &[char], other: &[char], place: usize) -> f64 {
    let width = other.len() + 1;
    let mut least = vec![f64::MAX; (one.len() + 1) * width];
    least[0] = 0.0;
    for (i, j) in (0..=one.len()).flat_map(|i| (0..=other.len()).map(move |j| (i, j))) {
        for (a, b) in (0..=i).flat_map(|a| (0..=j).map(move |b| (a, b))) {
            let (from, to) = (&one[a..i], &other[b..j]);
            let whole = from.len() == one.len() && to.len() == other.len();
            let listed = table.get(&(from.to_vec(), to.to_vec())).filter(|_| !whole).map(|costs| costs[place]);
            let unlisted = (from.len() <= 1 && to.len() <= 1 && from.len() + to.len() > 0)
                .then(|| f64::from(EditCosts::unlisted(from.first().copied(), to.first().copied())) / 100.0);
            let cost = [listed, unlisted].into_iter().flatten().fold(f64::MAX, f64::min);
            least[i * width + j] = least[i * width + j].min(least[a * width + b] + cost);
        }
    }
    least[least.len() - 1]
}

/// Lines of two groups and a cost in hundredths of a nat.
fn add_rules(table: &mut Table, rules: &str) -> Result<(), Box<dyn Error>> {
    for line in rules.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [one, other, cost, ..] = fields[..] else { return Err(format!("no rule: {line}").into()) };
        let group = |group: &str| if group == "-" { Vec::new() } else { letters(group).chars().collect() };
        let cost = cost.parse::<f64>()? / 100.0;
        let costs = table.entry((group(one), group(other))).or_insert([f64::MAX; 3]);
        *costs = costs.map(|known| known.min(cost));
    }
    Ok(())
}

fn cheaper_direction(table: Table) -> Table {
    let mut result = Table::new();
    for ((one, other), costs) in table {
        let key = if one <= other { (one, other) } else { (other, one) };
        let known = result.entry(key).or_insert([f64::MAX; 3]);
        *known = [0, 1, 2].map(|place| known[place].min(costs[place]));
    }
    result
}

fn is_vowel(letter: char) -> bool {
    "aeiouyåäöü".contains(letter)
}

fn write(table: &Table, pairs: usize) -> String {
    let mut text = format!(
        "# What edits cost: two groups of letters, and the cost at the start, within and at the end of the asked name in hundredths of a nat.\n\
         # Learned by `examples/learn_edit_costs.rs` from {pairs} labelled pairs of spellings of given names and surnames in Sweden, Finland, Norway\n\
         # and Denmark, and from the rules in `edit_rules.tsv`. The labels come from Wikidata, the HisKi name clusters of the Genealogical Society of\n\
         # Finland, Behind the Name, WeRelate and Ancestry's human-labelled pairs, and from the Swedish Tax Agency's rules for when two spellings are\n\
         # one name applied to Statistics Sweden's counts. No name can be read back from this table. Made by the tool: change the rules and run it again.\n"
    );
    let group = |group: &Letters| if group.is_empty() { "-".to_owned() } else { group.iter().collect() };
    for ((one, other), costs) in table {
        let [start, within, end] = costs.map(|cost| (cost * 100.0).round());
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}\t{}\t{start}\t{within}\t{end}", group(one), group(other));
    }
    text
}

fn judge(
    pairs: &[Pair],
    different: &[Pair],
    rules: &str,
    people: Vec<spellings::Person>,
    today: NaiveDate,
) -> Result<(), Box<dyn Error>> {
    let fold_of = folds(pairs);
    let questions = spellings::questions(pairs, different, &spellings::spellings_in(&people));
    let mut builder = Builder::default();
    people.into_iter().for_each(|person| builder.enter(person.entry));
    let mut index = builder.finish();
    let (mut all, sight) = (Score::default(), spellings::searcher());
    for fold in 0..FOLDS {
        let others: Vec<&Pair> = pairs.iter().filter(|pair| fold_of[&letters(&pair.names[0])] != fold).collect();
        index.compare_by(EditCosts::read(&write(&learn(&others, rules)?, others.len()))?);
        let mut score = Score::default();
        for question in questions.iter().filter(|question| fold_of[&letters(&question.name)] == fold) {
            let offered = spellings::offered(&index, question.part, &question.name, today, &sight);
            score.add(question, &offered);
            all.add(question, &offered);
        }
        println!("fold {fold}, learned from {} pairs: {}", others.len(), score.line());
    }
    println!("all folds: {}", all.line());
    Ok(())
}

/// For each name (its letters) one of five: names that pairs join, directly or through others, have the same.
fn folds(pairs: &[Pair]) -> HashMap<String, usize> {
    let mut cluster_of: BTreeMap<String, usize> = BTreeMap::new();
    let mut clusters: Vec<Vec<String>> = Vec::new();
    for pair in pairs {
        let [one, other] = [0, 1].map(|side| {
            let name = letters(&pair.names[side]);
            *cluster_of.entry(name.clone()).or_insert_with(|| {
                clusters.push(vec![name]);
                clusters.len() - 1
            })
        });
        if one != other {
            let moved = std::mem::take(&mut clusters[other]);
            for name in &moved {
                cluster_of.insert(name.clone(), one);
            }
            clusters[one].extend(moved);
        }
    }
    clusters.retain(|cluster| !cluster.is_empty());
    clusters.sort_by_key(|cluster| (std::cmp::Reverse(cluster.len()), cluster.iter().min().cloned()));
    // The largest first, each into the fold that has the fewest names so far.
    let mut sizes = [0; FOLDS];
    let mut result = HashMap::new();
    for cluster in clusters {
        let fold = (0..FOLDS).min_by_key(|&fold| sizes[fold]).unwrap_or(0);
        sizes[fold] += cluster.len();
        result.extend(cluster.into_iter().map(|name| (name, fold)));
    }
    result
}
