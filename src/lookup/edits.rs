//! Edits: what it costs to take one spelling for another, letter group by letter group.
//!
//! A found name is explained as the asked one with some of its letter groups (up to three letters) written otherwise: c as k,
//! "qv" as "kv", a as "aa", h as nothing. Each such edit has a cost in hundredths of a nat (−100·ln of its probability),
//! separately at the start, within and at the end of the asked name; the distance is the cheapest way to explain the whole.
//! This is the model of Brill and Moore (2000), which widens Ristad and Yianilos (1998) from letters to groups.
//!
//! The costs stand in `edit_costs.tsv`: learned from labelled spellings by `examples/learn_edit_costs.rs` (see there), joined
//! with rules for languages of which few labelled names are known. An edit that is not in the table costs what a typing error does.
//!
//! Letters are compared as small codes: 1 to 26 for a–z, 27 to 30 for å ä ö ü, the rest of Unicode above, where two letters
//! may share a code. Nothing but nearness is decided by codes.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use thiserror::Error;

/// A letter as it is compared.
pub(super) type Code = u8;
/// Hundredths of a nat.
pub(super) type Cost = u16;

/// Letters of a name that are compared; further ones are as good as absent.
pub(super) const MOST_LETTERS: usize = 48;
/// Letters at most on either side of an edit.
const LONGEST: usize = 3;
/// Codes below this are letters that edits are known for.
const KNOWN: usize = 31;
/// More than any way to explain a name can cost and be of interest.
const FAR: Cost = Cost::MAX / 2;

// What an edit costs that nobody made in the names learned from: a typing error.
const OTHER_VOWEL: Cost = 550;
const OTHER_CONSONANT: Cost = 720;
const VOWEL_FOR_CONSONANT: Cost = 760;
const LETTER_LEFT_OUT: Cost = 650;
const LETTERS_SWAPPED: Cost = 700;
/// A found accent that the asker leaves out, who types none at all; and who types some.
const NO_ACCENTS_TYPED: Cost = 2;
const ACCENT_FORGOTTEN: Cost = 50;

static BUILT_IN: LazyLock<EditCosts> =
    LazyLock::new(|| EditCosts::read(include_str!("edit_costs.tsv")).expect("the table that is checked in can be read"));

/// A table of what edits cost. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct EditCosts(Arc<HashMap<u32, Vec<Entry>>>);

impl Default for EditCosts {
    fn default() -> Self {
        Self::built_in()
    }
}

/// What a letter group may become: the other group and the cost at the start, within and at the end of the asked name.
#[derive(Debug, Clone, Copy)]
struct Entry {
    becomes: u32,
    costs: [Cost; 3],
}

/// Why a table of edit costs cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line} of the edit costs is not two letter groups (- for none) and three costs: {text}")]
pub struct EditCostsError {
    /// Counted from 1.
    pub line: usize,
    /// As it stands there.
    pub text: String,
}

impl EditCosts {
    /// The costs that are checked in.
    pub fn built_in() -> Self {
        BUILT_IN.clone()
    }

    /// Reads a table: lines of two letter groups (`-` for none) and the cost at the start, within and at the end in
    /// hundredths of a nat, separated by tabs; `#` begins a remark. An edit costs the same in both directions.
    ///
    /// # Errors
    /// The first line that is neither.
    pub fn read(table: &str) -> Result<Self, EditCostsError> {
        let mut entries: HashMap<u32, Vec<Entry>> = HashMap::new();
        for (line, text) in (1..).zip(table.lines()) {
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (one, other, costs) = read_line(text).ok_or_else(|| EditCostsError { line, text: text.to_owned() })?;
            entries.entry(one).or_default().push(Entry { becomes: other, costs });
            if one != other {
                entries.entry(other).or_default().push(Entry { becomes: one, costs });
            }
        }
        Ok(Self(Arc::new(entries)))
    }

    /// What it costs to take one folded letter for another, for none, or none for one, if no table lists it: a typing error.
    pub fn unlisted(asked: Option<char>, found: Option<char>) -> u16 {
        match (asked, found) {
            (Some(asked), Some(found)) => substitution(code(asked), code(found), FAR),
            (None, None) => 0,
            _ => LETTER_LEFT_OUT,
        }
    }

    fn of(&self, group: u32) -> &[Entry] {
        self.0.get(&group).map_or(&[], Vec::as_slice)
    }
}

fn read_line(text: &str) -> Option<(u32, u32, [Cost; 3])> {
    let fields: Vec<&str> = text.split('\t').collect();
    let [one, other, start, within, end] = fields[..] else { return None };
    let group = |group: &str| {
        let codes = codes(if group == "-" { "" } else { group });
        let known = codes.len() <= LONGEST && codes.iter().all(|&code| usize::from(code) < KNOWN);
        known.then(|| pack(&codes))
    };
    let cost = |cost: &str| cost.parse().ok().filter(|&cost| cost < FAR);
    Some((group(one)?, group(other)?, [cost(start)?, cost(within)?, cost(end)?]))
}

/// The codes of folded letters.
pub(super) fn codes(letters: &str) -> Vec<Code> {
    letters.chars().take(MOST_LETTERS).map(code).collect()
}

/// The code of a folded letter.
pub(super) fn code(letter: char) -> Code {
    match letter {
        'a'..='z' => letter as u8 - b'a' + 1,
        'å' => 27,
        'ä' => 28,
        'ö' => 29,
        'ü' => 30,
        _ => KNOWN as u8 + (letter as u32 % 224) as u8,
    }
}

/// The letter of a code, if it stands for one alone.
pub(super) fn letter(code: Code) -> Option<char> {
    match code {
        1..=26 => Some(char::from(b'a' + code - 1)),
        27..=30 => ['å', 'ä', 'ö', 'ü'].get(usize::from(code) - 27).copied(),
        _ => None,
    }
}

/// Whether it is a letter that is found by another one without its accent, or by two.
pub(super) fn is_accented(code: Code) -> bool {
    (27..=30).contains(&code)
}

fn is_vowel(code: Code) -> bool {
    const VOWELS: u32 = {
        let letters = *b"aeiouy";
        let (mut set, mut place) = (0b1111 << 27, 0);
        while place < letters.len() {
            set |= 1 << (letters[place] - b'a' + 1);
            place += 1;
        }
        set
    };
    usize::from(code) < KNOWN && VOWELS >> code & 1 == 1
}

/// Up to three known letters as one number; zero is no letter.
fn pack(group: &[Code]) -> u32 {
    group.iter().fold(0, |packed, &code| packed << 5 | u32::from(code))
}

fn length(group: u32) -> usize {
    (32 - group.leading_zeros()).div_ceil(5) as usize
}

fn reversed(mut group: u32) -> u32 {
    let mut result = 0;
    while group > 0 {
        result = result << 5 | group & 31;
        group >>= 5;
    }
    result
}

/// The direction in which names are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Forward,
    Backward,
}

/// An edit that may be made to the asked name: its letters `from..to` become a group that ends with the letter read last.
#[derive(Debug, Clone, Copy)]
struct Edit {
    from: u8,
    to: u8,
    cost: Cost,
    /// The first letter of a group of three, else zero.
    third: Code,
    /// Of an edit that is begun: the letter that must be read next.
    next: Code,
}

/// An asked name, with all edits that may be made to it. Distances to found names are computed column by column: a column holds,
/// for each number of asked letters, the least cost of explaining by them the found letters read so far.
#[derive(Debug)]
pub(super) struct AskedLetters {
    letters: Vec<Code>,
    /// Half of the letters: what is explained up to here is the first half. Read backward it is one less, so that each place
    /// belongs to one half only.
    middle: usize,
    /// Per asked letter, what each known letter costs in its place; the last for letters without edits.
    instead: Vec<[Cost; KNOWN + 1]>,
    /// What a found letter costs that was not asked: before the first asked letter read, between two, after the last.
    added: [[Cost; KNOWN + 1]; 3],
    left_out: Vec<Cost>,
    groups_left_out: Vec<Edit>,
    /// By the letter that the edit makes.
    becomes_one: Edits<{ KNOWN + 1 }>,
    /// By the last two letters of what the edit makes.
    becomes_more: Edits<1024>,
    /// Edits that make two or three letters, by the first of them; and those of three by the first two.
    begun: Edits<{ KNOWN + 1 }>,
    half_done: Edits<1024>,
    /// For each number of asked letters explained, the letters (a bit each) that can be read next for less than so many
    /// [`LEVEL`]s by edits that stay in their half; and by those that lead from the first into the second.
    within: Vec<[[u32; LEVELS]; 2]>,
}

/// Budgets are told apart in steps of this.
const LEVEL: i32 = 32;
/// So many of them; whoever can afford more can afford any letter.
const LEVELS: usize = 20;

/// Edits by a key, each key's side by side.
#[derive(Debug, Default)]
struct Edits<const KEYS: usize> {
    /// Before [`Edits::settle`] in any order.
    edits: Vec<(u16, Edit)>,
    /// Where each key's begin; after the last key's stands the end.
    starts: Vec<u16>,
}

impl<const KEYS: usize> Edits<KEYS> {
    fn push(&mut self, key: u32, edit: Edit) {
        self.edits.push((key as u16, edit));
    }

    fn settle(&mut self) {
        self.edits.sort_unstable_by_key(|(key, _)| *key);
        self.starts = vec![0; KEYS + 1];
        for (key, _) in &self.edits {
            self.starts[usize::from(*key) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut self.starts {
            sum += *start;
            *start = sum;
        }
    }

    fn of(&self, key: usize) -> impl Iterator<Item = &Edit> {
        self.edits[usize::from(self.starts[key])..usize::from(self.starts[key + 1])].iter().map(|(_, edit)| edit)
    }
}

impl AskedLetters {
    pub(super) fn new(costs: &EditCosts, asked: &[Code], reading: Reading) -> Self {
        let mut letters = asked.to_vec();
        if reading == Reading::Backward {
            letters.reverse();
        }
        let plain = asked.iter().all(|&code| code <= 26);
        let accent = if plain { NO_ACCENTS_TYPED } else { ACCENT_FORGOTTEN };
        let mut result = Self {
            instead: letters
                .iter()
                .map(|&asked| std::array::from_fn(|found| substitution(asked, found as Code, accent)))
                .collect(),
            added: [[LETTER_LEFT_OUT; KNOWN + 1]; 3],
            left_out: vec![LETTER_LEFT_OUT; letters.len()],
            groups_left_out: Vec::new(),
            becomes_one: Edits::default(),
            becomes_more: Edits::default(),
            begun: Edits::default(),
            half_done: Edits::default(),
            within: Vec::new(),
            middle: if reading == Reading::Forward { letters.len() / 2 } else { letters.len().div_ceil(2).saturating_sub(1) },
            letters,
        };
        result.enter_edits(costs, reading);
        for from in 1..result.letters.len() {
            let (first, second) = (result.letters[from - 1], result.letters[from]);
            if first != second && usize::from(first.max(second)) < KNOWN {
                let edit = Edit { from: from as u8 - 1, to: from as u8 + 1, cost: LETTERS_SWAPPED, third: 0, next: 0 };
                result.enter_longer(pack(&[second, first]), edit);
            }
        }
        result.groups_left_out.sort_by_key(|edit| edit.to);
        result.becomes_one.settle();
        result.becomes_more.settle();
        result.begun.settle();
        result.half_done.settle();
        result.within = result.letters_within();
        result
    }

    fn letters_within(&self) -> Vec<[[u32; LEVELS]; 2]> {
        let length = self.letters.len();
        let mut within = vec![[[0; LEVELS]; 2]; length + 1];
        let mut enter = |from: usize, to: usize, letter: usize, cost: Cost| {
            let crosses = usize::from(from <= self.middle && to > self.middle);
            for level in within[from][crosses].iter_mut().skip((i32::from(cost) / LEVEL) as usize) {
                *level |= 1 << letter;
            }
        };
        for from in 0..=length {
            for letter in 0..=KNOWN {
                let [before_first, between, after_last] = self.added.map(|added| added[letter]);
                let added = match from {
                    0 if length == 0 => before_first.min(after_last),
                    0 => before_first,
                    from if from == length => after_last,
                    _ => between,
                };
                enter(from, from, letter, added);
                if let (Some(instead), Some(&asked)) = (self.instead.get(from), self.letters.get(from)) {
                    // Letters that share a code may be the same.
                    let same = letter == KNOWN && usize::from(asked) >= KNOWN;
                    enter(from, from + 1, letter, if same { 0 } else { instead[letter] });
                }
            }
        }
        for letter in 0..KNOWN {
            for edit in self.becomes_one.of(letter).chain(self.begun.of(letter)) {
                enter(edit.from.into(), edit.to.into(), letter, edit.cost);
            }
        }
        within
    }

    /// The letters (a bit each; the last for all without edits) that may be read after the `read` ones on a way that costs at
    /// most `most`, and up to the middle of what was asked at most half.
    pub(super) fn next_letters(&self, columns: &[Cost], read: &[Code], most: i32) -> u32 {
        if most < 0 {
            return 0;
        }
        let width = self.letters.len() + 1;
        let depth = read.len();
        let affordable = |place: usize| if place <= self.middle { most / 2 } else { most };
        let mut letters = 0;
        for (place, (&cost, within)) in columns[depth * width..][..width].iter().zip(&self.within).enumerate() {
            let left = [affordable(place), most].map(|most| most - i32::from(cost));
            if left[0] >= 0 {
                for (left, within) in left.into_iter().zip(within) {
                    letters |= within.get((left / LEVEL) as usize).copied().unwrap_or(u32::MAX);
                }
            }
        }
        let mut begun = |edits: &mut dyn Iterator<Item = &Edit>, column: usize| {
            for edit in edits {
                let from = usize::from(edit.from);
                let cost = columns[column * width + from];
                if i32::from(cost) <= affordable(from) && i32::from(cost + edit.cost) <= affordable(edit.to.into()) {
                    letters |= 1 << edit.next;
                }
            }
        };
        if let [.., last] = *read
            && usize::from(last) < KNOWN
        {
            begun(&mut self.begun.of(last.into()), depth - 1);
            if let [.., before, _] = *read
                && usize::from(before) < KNOWN
            {
                begun(&mut self.half_done.of(usize::from(before) << 5 | usize::from(last)), depth - 2);
            }
        }
        letters
    }

    /// Whether the letter is among those of [`AskedLetters::next_letters`].
    pub(super) fn is_among(letter: Code, letters: u32) -> bool {
        letters >> usize::from(letter).min(KNOWN) & 1 == 1
    }

    fn enter_edits(&mut self, costs: &EditCosts, reading: Reading) {
        let end = self.letters.len();
        for from in 0..=end {
            for to in from..=end.min(from + LONGEST) {
                let group = &self.letters[from..to];
                if group.iter().any(|&code| usize::from(code) >= KNOWN) {
                    break;
                }
                let place = match (from == 0, to == end, reading) {
                    (true, _, Reading::Forward) | (_, true, Reading::Backward) => 0,
                    (_, true, Reading::Forward) | (true, _, Reading::Backward) => 2,
                    _ => 1,
                };
                let gap = if reading == Reading::Forward { place } else { 2 - place };
                let read = |group| if reading == Reading::Forward { group } else { reversed(group) };
                for entry in costs.of(read(pack(group))) {
                    let becomes = read(entry.becomes);
                    self.enter(
                        becomes,
                        Edit { from: from as u8, to: to as u8, cost: entry.costs[place], third: 0, next: 0 },
                        gap,
                    );
                }
            }
        }
    }

    fn enter(&mut self, becomes: u32, edit: Edit, gap: usize) {
        let from = usize::from(edit.from);
        let lower = |cost: &mut Cost| *cost = edit.cost.min(*cost);
        match (edit.to - edit.from, length(becomes)) {
            (0, 1) => lower(&mut self.added[gap][becomes as usize]),
            (1, 0) => lower(&mut self.left_out[from]),
            (1, 1) => lower(&mut self.instead[from][becomes as usize]),
            (_, 0) => self.groups_left_out.push(edit),
            (_, 1) => self.becomes_one.push(becomes, edit),
            _ => self.enter_longer(becomes, edit),
        }
    }

    fn enter_longer(&mut self, becomes: u32, edit: Edit) {
        self.becomes_more.push(becomes & 1023, Edit { third: (becomes >> 10) as Code, ..edit });
        let last = (becomes & 31) as Code;
        if becomes >> 10 == 0 {
            self.begun.push(becomes >> 5, Edit { next: last, ..edit });
        } else {
            self.begun.push(becomes >> 10, Edit { next: (becomes >> 5 & 31) as Code, ..edit });
            self.half_done.push(becomes >> 5, Edit { next: last, ..edit });
        }
    }

    /// How many letters were asked: the last place of a column.
    pub(super) fn length(&self) -> usize {
        self.letters.len()
    }

    /// Fills the column before any found letter.
    pub(super) fn begin(&self, column: &mut [Cost]) {
        column.fill(FAR);
        column[0] = 0;
        self.leave_out(column);
    }

    /// Fills the column after the last of the `read` letters, given all columns before it, each `length() + 1` long.
    pub(super) fn step(&self, columns: &mut [Cost], read: &[Code]) {
        let width = self.letters.len() + 1;
        let depth = read.len();
        let (before, column) = columns.split_at_mut(depth * width);
        let (last, column) = (&before[(depth - 1) * width..], &mut column[..width]);
        let letter = read[depth - 1];
        let known = usize::from(letter).min(KNOWN);
        let [before_first, between, after_last] = self.added.map(|added| added[known]);
        column[0] = last[0] + if width == 1 { before_first.min(after_last) } else { before_first };
        for (place, asked) in (1..).zip(&self.letters) {
            let added = if place + 1 < width { between } else { after_last };
            let instead = if known == KNOWN && *asked == letter { 0 } else { self.instead[place - 1][known] };
            column[place] = (last[place] + added).min(last[place - 1] + instead);
        }
        for edit in self.becomes_one.of(known) {
            lower(column, edit, last);
        }
        if depth >= 2 && known < KNOWN && usize::from(read[depth - 2]) < KNOWN {
            for edit in self.becomes_more.of(usize::from(read[depth - 2]) << 5 | known) {
                if edit.third == 0 {
                    lower(column, edit, &before[(depth - 2) * width..]);
                } else if depth >= 3 && edit.third == read[depth - 3] {
                    lower(column, edit, &before[(depth - 3) * width..]);
                }
            }
        }
        self.leave_out(column);
    }

    /// What the found name costs as a whole.
    pub(super) fn distance(&self, found: &[Code], columns: &mut Vec<Cost>) -> Cost {
        let width = self.letters.len() + 1;
        columns.resize((found.len() + 1).max(columns.len() / width) * width, FAR);
        self.begin(&mut columns[..width]);
        for depth in 1..=found.len() {
            self.step(columns, &found[..depth]);
        }
        columns[found.len() * width + width - 1]
    }

    fn leave_out(&self, column: &mut [Cost]) {
        let mut groups = self.groups_left_out.iter().peekable();
        for place in 1..column.len() {
            let mut least = column[place].min(column[place - 1] + self.left_out[place - 1]);
            while let Some(edit) = groups.next_if(|edit| usize::from(edit.to) == place) {
                least = least.min(column[usize::from(edit.from)] + edit.cost);
            }
            column[place] = least.min(FAR);
        }
    }
}

fn lower(column: &mut [Cost], edit: &Edit, before: &[Cost]) {
    let cell = &mut column[usize::from(edit.to)];
    *cell = (before[usize::from(edit.from)] + edit.cost).min(*cell);
}

fn substitution(asked: Code, found: Code, accent: Cost) -> Cost {
    const LOST: [(u8, u8); 4] = [(1, 27), (1, 28), (15, 29), (21, 30)];
    if asked == found {
        0
    } else if accent < FAR && LOST.contains(&(asked, found)) {
        accent
    } else {
        match (is_vowel(asked), is_vowel(found)) {
            (true, true) => OTHER_VOWEL,
            (false, false) => OTHER_CONSONANT,
            _ => VOWEL_FOR_CONSONANT,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fold;
    use super::*;

    fn distance(asked: &str, found: &str, reading: Reading) -> Cost {
        let codes = |name: &str| codes(&fold::letters(name));
        let mut found = codes(found);
        if reading == Reading::Backward {
            found.reverse();
        }
        AskedLetters::new(&EditCosts::built_in(), &codes(asked), reading).distance(&found, &mut Vec::new())
    }

    #[test]
    fn spellings_of_one_name_are_nearer_than_other_names() {
        for (asked, near, far) in [
            ("Carlson", "Karlsson", "Carlén"),
            ("Marit", "Maarit", "Marita"),
            ("Kristina", "Christina", "Kristine"),
            ("Lindqvist", "Lindkvist", "Lindquester"),
            ("Yousef", "Jusuf", "Josef"),
        ] {
            assert!(
                distance(asked, near, Reading::Forward) < distance(asked, far, Reading::Forward),
                "{asked}: {near} before {far}"
            );
        }
    }

    #[test]
    fn an_accent_that_was_not_typed_costs_next_to_nothing_and_one_that_was_counts() {
        assert!(distance("sjostrom", "Sjöström", Reading::Forward) <= 4);
        assert!(distance("sjöström", "Sjostrom", Reading::Forward) > 100);
    }

    #[test]
    fn a_line_that_is_no_edit_is_shown() {
        assert_eq!(
            EditCosts::read("# remark\nc\tk\t10\t20\t30\nc\tk\t10\n").unwrap_err().to_string(),
            "line 3 of the edit costs is not two letter groups (- for none) and three costs: c\tk\t10"
        );
        assert!(EditCosts::read("abcd\tk\t1\t2\t3").is_err());
    }

    proptest! {
        #[test]
        fn a_name_read_backwards_is_as_near(asked in "[a-zåäö]{0,9}|\\PC{0,6}", found in "[a-zåäö]{0,9}|\\PC{0,6}") {
            prop_assert_eq!(distance(&asked, &found, Reading::Forward), distance(&asked, &found, Reading::Backward));
        }

        #[test]
        fn a_name_costs_nothing_as_itself_and_any_two_can_be_compared(asked in "\\PC{0,60}", found in "\\PC{0,60}") {
            prop_assert_eq!(distance(&asked, &asked, Reading::Forward), 0);
            prop_assert!(distance(&asked, &found, Reading::Forward) <= FAR);
        }
    }
}
