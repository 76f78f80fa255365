//! Vocabulary: the distinct names of the register and who bears them.
//!
//! Two levels. A *spelling* is what is counted and offered: one given name ("Anna-Maria") or one whole surname
//! ("af Ekenstam"), as registered. A *term* is what a typed word is compared with: each word of a spelling
//! ("anna", "maria") and, of several words, the whole ("anna-maria", found by "annamaria"). However many members
//! there are, a typed word is compared with the distinct terms only, and each of those once.
//!
//! Nothing outlives its last bearer: an erased member's rare name is gone from memory too.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::cost;
use super::edits::{self, Code, Cost, EditCosts, MOST_LETTERS};
use super::explain::{Class, Part};
use super::fold;
use super::ids::Ids;
use super::nickname;
use super::numbers;
use super::sound::Keys;
use super::trie::{Ahead, BothWays, FormId, Tries, Wanted};

/// How far near names are looked for in the tree, step by step: a nearer horizon costs a fraction of a farther one. What is
/// farther than the last is near only because it sounds the same or is a single typing error.
const HORIZONS: [i32; 3] = [100, 250, FARTHEST];
const FARTHEST: i32 = 400;
/// The bits of all parts of a name.
const ANY_PART: u8 = 1 << Part::Given as u8 | 1 << Part::Surname as u8;
/// Weights in the tries are multiples of this.
const WEIGHT_STEP: Cost = 10;
/// Below this, an agreeing code is taken for chance: Mikkonen does not sound like Mäkinen.
const LEAST_SOUNDING: f32 = 0.78;

/// A member's place in the index.
pub(super) type RowId = u32;
/// A spelling's place in the vocabulary.
pub(super) type SpellingId = u32;
/// A term's place in the vocabulary.
pub(super) type TermId = u32;

/// How a member bears a spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bearing {
    /// As first given name or as surname: what counts as "members of this spelling".
    First,
    /// As a further given name, or as a former surname.
    Otherwise,
}

/// A distinct name as registered.
#[derive(Debug)]
pub(super) struct Spelling {
    pub(super) part: Part,
    pub(super) text: Arc<str>,
    /// Its words, in order.
    pub(super) terms: Ids,
    /// All its words as one, which is the only word where there is one.
    pub(super) whole: TermId,
    first: Ids,
    otherwise: Ids,
}

impl Spelling {
    /// Who bears it as first given name or as surname.
    pub(super) fn bearers(&self) -> &[RowId] {
        &self.first
    }

    /// Who bears it as a further given name, or has borne it as a surname.
    pub(super) fn other_bearers(&self) -> &[RowId] {
        &self.otherwise
    }

    /// Everyone who bears it, in whichever way.
    pub(super) fn all_bearers(&self) -> impl Iterator<Item = RowId> {
        self.first.iter().chain(self.otherwise.iter()).copied()
    }

    fn bearers_mut(&mut self, bearing: Bearing) -> &mut Ids {
        match bearing {
            Bearing::First => &mut self.first,
            Bearing::Otherwise => &mut self.otherwise,
        }
    }
}

/// A word or whole name as compared by exact spelling.
#[derive(Debug)]
struct Term {
    written: Arc<str>,
    form: FormId,
    spellings: Ids,
}

/// The letters of one or several terms (anna-maria, annamaria), as compared by nearness.
#[derive(Debug, Default)]
struct Form {
    codes: Box<[Code]>,
    keys: Keys,
    terms: Ids,
    /// In which parts of a name it occurs, a bit each.
    parts: u8,
    /// What being common takes off, at least; as entered in the tries.
    weight: Cost,
}

/// A word or name that is looked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    written: String,
    letters: String,
    codes: Vec<Code>,
    keys: Keys,
}

impl Asked {
    /// Prepares a name, whole or in part.
    pub(super) fn of(name: &str) -> Self {
        let letters = fold::letters(name);
        Self { written: fold::written(name), codes: edits::codes(&letters), keys: Keys::of(&letters), letters }
    }

    /// What it is worth for a name of so many letters that begins with it.
    pub(super) fn as_beginning(&self, letters: u32) -> f32 {
        cost::beginning(self.codes.len(), letters as usize)
    }

    /// As typed, but for case and the like.
    pub(super) fn written(&self) -> &str {
        &self.written
    }

    /// How many letters were typed.
    pub(super) fn length(&self) -> usize {
        self.letters.chars().count()
    }

    /// What it costs at most to be the same when folded: so many letters may lack an accent or be written around.
    fn most_when_same(&self) -> i32 {
        self.letters.chars().filter(|letter| "aouyåäöü".contains(*letter)).count() as i32 * 60
    }
}

/// How far to look for a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reach {
    /// Only the same letters when folded.
    Same,
    /// Near names as well: a spelling for a spelling.
    Near,
    /// Near names, and those of which the word lacks only the end.
    NearOrCutShort,
    /// Near names, and those that begin with the word.
    NearOrBeginning,
}

/// A term that a word may stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub(super) term: TermId,
    pub(super) closeness: f32,
    pub(super) class: Class,
}

impl Candidate {
    /// Whether nothing but near letters speaks for it.
    pub(super) fn is_merely_similar(&self) -> bool {
        self.class == Class::Similar
    }
}

/// The terms that a word may stand for.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// The closest first.
    pub(super) ranked: Vec<Candidate>,
    /// Whether there are more near ones than were wanted.
    pub(super) are_cut: bool,
}

/// The terms that are spellings of a part of a name.
#[derive(Debug)]
pub(super) struct Similar {
    /// The closest first.
    pub(super) candidates: Vec<Candidate>,
    /// The score that no other spelling exceeds.
    pub(super) rest: f32,
}

/// All distinct names.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    spellings: Vec<Option<Spelling>>,
    /// One table a part.
    spelling_of: [HashMap<Arc<str>, SpellingId>; 2],
    free_spellings: Vec<SpellingId>,
    terms: Vec<Option<Term>>,
    term_of: HashMap<Arc<str>, TermId>,
    free_terms: Vec<TermId>,
    forms: Vec<Option<Form>>,
    free_forms: Vec<FormId>,
    tries: Tries,
    /// Forms by their phonetic codes.
    sounding: HashMap<u64, Ids>,
    costs: EditCosts,
    /// The first letters of each spelling: most spellings are put in order by them alone.
    beginnings: Vec<u64>,
    state: u64,
}

impl Vocabulary {
    /// Compares by other costs from now on.
    pub(super) fn compare_by(&mut self, costs: EditCosts) {
        self.costs = costs;
        self.state += 1;
    }

    /// Another number whenever names have come or gone: what words may stand for holds as long as it is the same.
    pub(super) fn state(&self) -> u64 {
        self.state
    }

    /// How two spellings stand in the order of their texts.
    pub(super) fn order(&self, one: SpellingId, other: SpellingId) -> Ordering {
        let beginning = |id: SpellingId| self.beginnings[id as usize];
        beginning(one)
            .cmp(&beginning(other))
            .then_with(|| if one == other { Ordering::Equal } else { self.spelling(one).text.cmp(&self.spelling(other).text) })
    }

    /// Gives back memory that was taken for growing.
    pub(super) fn shrink(&mut self) {
        self.spellings.shrink_to_fit();
        self.terms.shrink_to_fit();
        self.forms.shrink_to_fit();
        self.beginnings.shrink_to_fit();
        self.tries.shrink();
    }

    /// How many places for spellings there are, free ones included.
    pub(super) fn places(&self) -> usize {
        self.spellings.len()
    }

    /// The spelling at a place that a row or candidate holds.
    pub(super) fn spelling(&self, id: SpellingId) -> &Spelling {
        self.spellings[id as usize].as_ref().expect("a spelling in use is kept")
    }

    /// The spellings in which a term occurs.
    pub(super) fn spellings_with(&self, term: TermId) -> impl Iterator<Item = (SpellingId, &Spelling)> {
        self.terms[term as usize].iter().flat_map(|term| term.spellings.iter()).map(|&id| (id, self.spelling(id)))
    }

    /// Notes that the member bears the spelling.
    pub(super) fn bear(&mut self, id: SpellingId, row: RowId, bearing: Bearing) {
        let spelling = self.spellings[id as usize].as_mut().expect("a spelling in use is kept");
        // "Anna Anna" is borne once.
        spelling.bearers_mut(bearing).put_in_order(row);
        self.weigh(id);
    }

    /// The spelling's place; who bears it is noted afterwards.
    pub(super) fn enter(&mut self, part: Part, text: &str) -> SpellingId {
        self.spelling_of[part as usize].get(text).copied().unwrap_or_else(|| self.add_spelling(part, text))
    }

    /// Notes who bears what: all bearers at once of spellings that had none, members in order. What nobody bears is forgotten.
    pub(super) fn bear_all<I: Iterator<Item = (SpellingId, RowId, Bearing)>>(&mut self, borne: impl Fn() -> I) {
        // Counted first, so that each list takes exactly its room.
        let mut bearers: Vec<[Vec<RowId>; 2]> = {
            let mut counts = vec![[0usize; 2]; self.spellings.len()];
            borne().for_each(|(id, _, bearing)| counts[id as usize][bearing as usize] += 1);
            counts.into_iter().map(|counts| counts.map(Vec::with_capacity)).collect()
        };
        for (id, row, bearing) in borne() {
            let bearers = &mut bearers[id as usize][bearing as usize];
            // "Anna Anna" is borne once.
            if bearers.last() != Some(&row) {
                bearers.push(row);
            }
        }
        for (id, [first, otherwise]) in (0..).zip(bearers) {
            let Some(spelling) = self.spellings[id as usize].as_mut() else { continue };
            (spelling.first, spelling.otherwise) = (first.into(), otherwise.into());
            if spelling.all_bearers().next().is_none() {
                self.forget_spelling(id);
            } else {
                self.weigh(id);
            }
        }
    }

    /// Notes by how many a spelling is borne.
    fn weigh(&mut self, id: SpellingId) {
        let spelling = self.spelling(id);
        let (part, bearers) = (spelling.part, spelling.first.len() as u32);
        if let Some(form) = self.terms[spelling.whole as usize].as_ref().map(|term| term.form) {
            self.raise(form, part, bearers);
        }
    }

    /// Takes a bearer away; a spelling without bearers is forgotten.
    pub(super) fn leave(&mut self, id: SpellingId, row: RowId) {
        let Some(spelling) = self.spellings[id as usize].as_mut() else { return };
        for bearing in [Bearing::First, Bearing::Otherwise] {
            spelling.bearers_mut(bearing).take_out(row);
        }
        if spelling.first.is_empty() && spelling.otherwise.is_empty() {
            self.forget_spelling(id);
        }
    }

    /// The terms that the word may stand for, the closest first. Of near ones, those of the `most` nearest forms among those that
    /// somebody visible bears.
    pub(super) fn candidates(
        &self,
        asked: &Asked,
        reach: Reach,
        most: usize,
        visible: Option<&dyn Fn(RowId) -> bool>,
    ) -> Candidates {
        if asked.codes.is_empty() {
            return Candidates::default();
        }
        let borne = |form: FormId| visible.is_none_or(|visible| self.terms_of(form).any(|term| self.is_borne(term, visible)));
        let bound = cost::balance_of(cost::LEAST_CLOSENESS);
        let near = if reach == Reach::Same { Vec::new() } else { self.near(asked, ANY_PART, false, (most, bound), borne) };
        let are_cut = near.len() >= most;
        let compare =
            |form: FormId, balance| self.terms_of(form).filter_map(move |term| self.compare(asked, term, balance, reach));
        let mut ranked: Vec<Candidate> = near.iter().flat_map(|&(balance, form)| compare(form, Some(balance))).collect();
        let mut others = Vec::new();
        match reach {
            Reach::Same => self.tries.same(&asked.letters, |form| others.push(form)),
            Reach::Near => {}
            Reach::NearOrCutShort => {
                self.tries.beginning_with(&asked.letters, 2 * asked.codes.len(), |form| others.push(form));
            }
            // Longer names that begin with it are many, and come one after the other when they are needed.
            Reach::NearOrBeginning => self.tries.same(&asked.letters, |form| others.push(form)),
        }
        let mut known: Vec<FormId> = near.into_iter().map(|(_, form)| form).collect();
        known.sort_unstable();
        others.sort_unstable();
        others.dedup();
        for form in others.into_iter().filter(|form| known.binary_search(form).is_err()) {
            ranked.extend(compare(form, None));
        }
        ranked.sort_unstable_by(|one, other| other.closeness.total_cmp(&one.closeness).then(one.term.cmp(&other.term)));
        Candidates { ranked, are_cut }
    }

    /// All terms that begin with the word; some perhaps twice.
    pub(super) fn beginning_with(&self, asked: &Asked, mut visit: impl FnMut(TermId)) {
        self.tries.beginning_with(&asked.letters, MOST_LETTERS, |form| self.terms_of(form).for_each(&mut visit));
    }

    /// How many letters the term has.
    pub(super) fn letters(&self, term: TermId) -> u32 {
        self.terms[term as usize].as_ref().map_or(0, |term| self.form(term.form).codes.len() as u32)
    }

    /// The names that begin with the word, by their number of letters.
    pub(super) fn ahead(&self, asked: &Asked) -> Ahead {
        self.tries.ahead(&asked.letters)
    }

    /// The next longer of them: the terms, and what the word is worth for each.
    pub(super) fn next_ahead(&self, asked: &Asked, ahead: &mut Ahead) -> Option<(f32, impl Iterator<Item = TermId>)> {
        let (letters, forms) = ahead.next(&self.tries)?;
        Some((asked.as_beginning(letters as u32), forms.into_iter().flat_map(|form| self.terms_of(form))))
    }

    /// What the word is worth for a term that begins with it; `None` if it does not.
    pub(super) fn beginning(&self, asked: &Asked, term: TermId) -> Option<f32> {
        let term = self.terms[term as usize].as_ref()?;
        let found = &self.form(term.form).codes;
        let common = asked.codes.len().min(found.len());
        let accented = |codes: &[Code]| codes.iter().any(|&code| edits::is_accented(code));
        let begins = found.starts_with(&asked.codes)
            || (accented(&asked.codes) || accented(&found[..common]))
                && fold::begins(&asked.letters, &fold::letters(&term.written));
        begins.then(|| asked.as_beginning(found.len() as u32))
    }

    /// Whether somebody visible bears the term, in whichever way.
    pub(super) fn is_borne(&self, term: TermId, visible: &dyn Fn(RowId) -> bool) -> bool {
        self.spellings_with(term).any(|(_, spelling)| spelling.all_bearers().any(visible))
    }

    /// The terms that the word may stand for because they belong to it as nicknames do, in the order of the table; without
    /// those for which more speaks than near letters.
    pub(super) fn nicknames(&self, asked: &Asked) -> Vec<Candidate> {
        let related: Vec<TermId> =
            nickname::of(&asked.letters).iter().filter_map(|name| self.term_of.get(name.as_str())).copied().collect();
        if related.is_empty() {
            return Vec::new();
        }
        let letters = BothWays::new(&self.costs, &asked.codes);
        let mut columns = Vec::new();
        let mut merely_nickname = |term: TermId| {
            let form = self.form(self.terms[term as usize].as_ref()?.form);
            let cost = letters.forward.distance(&form.codes, &mut columns);
            self.compare(asked, term, Some(cost::balance(cost, asked.keys, form.keys)), Reach::Near)
        };
        related
            .into_iter()
            .filter(|&term| merely_nickname(term).is_none_or(|candidate| candidate.is_merely_similar()))
            .map(|term| Candidate { term, closeness: cost::NICKNAME, class: Class::Nickname })
            .collect()
    }

    /// The terms that are spellings of a part of a name: those of the `most` forms that are nearest and commonest, down to the
    /// least closeness.
    pub(super) fn similar(&self, asked: &Asked, part: Part, most: usize, least: f32) -> Similar {
        let near = self.near(asked, 1 << part as u8, true, (most, cost::balance_of(least)), |_| true);
        let rest = if near.len() < most { 0.0 } else { near.last().map_or(0.0, |last| cost::score(last.0)) };
        let mut candidates: Vec<Candidate> = near
            .into_iter()
            .flat_map(|(balance, form)| self.terms_of(form).map(move |term| (balance + i32::from(self.form(form).weight), term)))
            .filter(|(balance, _)| cost::closeness(*balance) >= least)
            .filter_map(|(balance, term)| self.compare(asked, term, Some(balance), Reach::Near))
            .collect();
        candidates.sort_by(|one, other| {
            other.closeness.total_cmp(&one.closeness).then_with(|| self.written(one.term).cmp(self.written(other.term)))
        });
        Similar { candidates, rest }
    }

    fn terms_of(&self, form: FormId) -> impl Iterator<Item = TermId> {
        self.form(form).terms.iter().copied()
    }

    fn form(&self, id: FormId) -> &Form {
        self.forms[id as usize].as_ref().expect("a form in use is kept")
    }

    /// The nearest forms with their balances, the least first: those of the `most` least, none above the bound. If common ones
    /// come before rare ones their weight is taken off. Forms that are not `wanted` are as good as absent.
    fn near(
        &self,
        asked: &Asked,
        parts: u8,
        weighs: bool,
        (most, bound): (usize, i32),
        mut wanted: impl FnMut(FormId) -> bool,
    ) -> Vec<(i32, FormId)> {
        if asked.codes.is_empty() || most == 0 {
            return Vec::new();
        }
        let mut best = Best { most, bound, forms: Vec::new() };
        let weight = |form: FormId| if weighs { i32::from(self.form(form).weight) } else { 0 };
        let balance = |form: FormId, cost: Cost| {
            let its = self.form(form);
            (its.parts & parts != 0).then(|| cost::balance(cost, asked.keys, its.keys) - weight(form))
        };
        // Those that sound the same come first: they are few, and the best of them say how far to look for others.
        let letters = BothWays::new(&self.costs, &asked.codes);
        let mut columns = Vec::new();
        for &form in asked.keys.codes().filter_map(|code| self.sounding.get(&code)).flat_map(|forms| forms.iter()) {
            if let Some(balance) = balance(form, letters.forward.distance(&self.form(form).codes, &mut columns)) {
                best.offer(balance, form, &mut wanted);
            }
        }
        // A typing error is none of the costs that a walk looks for.
        self.tries.one_error_away(&asked.codes, |form| {
            if let Some(balance) = balance(form, letters.forward.distance(&self.form(form).codes, &mut columns)) {
                best.offer(balance, form, &mut wanted);
            }
        });
        let sounding = best.forms.clone();
        for horizon in HORIZONS {
            best.forms.clone_from(&sounding);
            best.bound = bound.min(horizon);
            self.tries.near(&letters, Wanted { parts, weighs }, best.limit(), |form, cost| {
                // However common: how far is looked must not depend on who bears a name, whom the searcher may not see.
                if let Some(balance) = balance(form, cost).filter(|balance| balance + weight(form) <= FARTHEST) {
                    best.offer(balance, form, &mut wanted);
                }
                best.limit()
            });
            if best.forms.get(most - 1).is_some_and(|worst| worst.0 <= best.bound) || horizon >= bound {
                break;
            }
        }
        best.forms
    }

    /// How the word and the term are related, given the balance of their letters if they are near.
    fn compare(&self, asked: &Asked, id: TermId, balance: Option<i32>, reach: Reach) -> Option<Candidate> {
        let term = self.terms[id as usize].as_ref()?;
        let candidate = |closeness, class| Some(Candidate { term: id, closeness, class });
        if *term.written == *asked.written {
            return candidate(1.0, Class::Exact);
        }
        let may_be_same = balance.is_none_or(|balance| balance <= asked.most_when_same());
        let closeness =
            balance.filter(|_| reach != Reach::Same).map(cost::closeness).filter(|closeness| *closeness >= cost::LEAST_CLOSENESS);
        if !may_be_same && reach == Reach::Near {
            let closeness = closeness?;
            return candidate(closeness, self.sounding(asked, term, closeness));
        }
        let found = fold::letters(&term.written);
        if may_be_same && fold::same(&asked.letters, &found) {
            return candidate(cost::SAME_WHEN_FOLDED, Class::SameWhenFolded);
        }
        let begins = || fold::begins(&asked.letters, &found);
        let lengths = || (asked.length(), found.chars().count());
        let beginning = match reach {
            Reach::NearOrBeginning if begins() => Some((cost::beginning(lengths().0, lengths().1), Class::Prefix)),
            Reach::NearOrCutShort if begins() => cost::cut_short(lengths().0, lengths().1).map(|worth| (worth, Class::Similar)),
            _ => None,
        };
        if let Some((worth, class)) =
            beginning.filter(|(worth, class)| *class == Class::Prefix || closeness.is_none_or(|closeness| closeness < *worth))
        {
            return candidate(closeness.unwrap_or(0.0).max(worth), class);
        }
        let closeness = closeness?;
        candidate(closeness, self.sounding(asked, term, closeness))
    }

    fn sounding(&self, asked: &Asked, term: &Term, closeness: f32) -> Class {
        let sounding = closeness >= LEAST_SOUNDING && self.form(term.form).keys.agree(asked.keys);
        if sounding { Class::SoundsLike } else { Class::Similar }
    }

    fn written(&self, id: TermId) -> &str {
        self.terms[id as usize].as_ref().map_or("", |term| &term.written)
    }

    fn add_spelling(&mut self, part: Part, text: &str) -> SpellingId {
        let words: Vec<&str> = fold::words(text).collect();
        let id = place(&mut self.free_spellings, &mut self.spellings);
        let whole = self.use_term(text, part, id);
        let terms =
            if words.len() == 1 { vec![whole] } else { words.into_iter().map(|word| self.use_term(word, part, id)).collect() };
        let text: Arc<str> = text.into();
        self.spelling_of[part as usize].insert(text.clone(), id);
        self.beginnings.resize(self.spellings.len(), 0);
        self.beginnings[id as usize] = numbers::first_bytes(&text, 0);
        self.state += 1;
        self.spellings[id as usize] =
            Some(Spelling { part, text, terms: terms.into(), whole, first: Ids::default(), otherwise: Ids::default() });
        id
    }

    fn forget_spelling(&mut self, id: SpellingId) {
        let Some(spelling) = self.spellings[id as usize].take() else { return };
        self.spelling_of[spelling.part as usize].remove(&spelling.text);
        self.beginnings[id as usize] = 0;
        self.state += 1;
        self.free_spellings.push(id);
        for term in spelling.terms.iter().copied().chain([spelling.whole]) {
            let Some(used) = self.terms[term as usize].as_mut() else { continue };
            used.spellings.take_out(id);
            if used.spellings.is_empty() {
                let form = used.form;
                self.term_of.remove(&used.written);
                self.terms[term as usize] = None;
                self.free_terms.push(term);
                self.forget_term_of(form, term);
            }
        }
    }

    fn forget_term_of(&mut self, id: FormId, term: TermId) {
        let Some(form) = self.forms[id as usize].as_mut() else { return };
        form.terms.take_out(term);
        if !form.terms.is_empty() {
            return;
        }
        let keys = form.keys;
        self.tries.remove(&form.codes);
        self.forms[id as usize] = None;
        self.free_forms.push(id);
        for code in keys.codes() {
            if let Some(sounding) = self.sounding.get_mut(&code) {
                sounding.take_out(id);
                if sounding.is_empty() {
                    self.sounding.remove(&code);
                }
            }
        }
    }

    fn use_term(&mut self, word: &str, part: Part, spelling: SpellingId) -> TermId {
        let written: Arc<str> = fold::written(word).into();
        let id = match self.term_of.get(&written) {
            Some(&id) => id,
            None => {
                let id = place(&mut self.free_terms, &mut self.terms);
                let form = self.use_form(word, part, id);
                self.terms[id as usize] = Some(Term { written: written.clone(), form, spellings: Ids::default() });
                self.term_of.insert(written, id);
                id
            }
        };
        let Some(term) = self.terms[id as usize].as_mut() else { return id };
        if !term.spellings.contains(&spelling) {
            term.spellings.push(spelling);
        }
        let form = term.form;
        self.raise(form, part, 0);
        id
    }

    fn use_form(&mut self, word: &str, part: Part, term: TermId) -> FormId {
        let letters = fold::letters(word);
        let codes: Box<[Code]> = edits::codes(&letters).into();
        if let Some(id) = self.tries.get(&codes) {
            if let Some(form) = self.forms[id as usize].as_mut() {
                form.terms.push(term);
            }
            return id;
        }
        let keys = Keys::of(&letters);
        let id = place(&mut self.free_forms, &mut self.forms);
        for code in keys.codes() {
            self.sounding.entry(code).or_default().push(id);
        }
        self.tries.raise(&codes, id, 1 << part as u8, 0);
        self.forms[id as usize] = Some(Form { codes, keys, terms: Ids::One(term), parts: 1 << part as u8, weight: 0 });
        id
    }

    /// Notes that the form occurs in the part and is borne by so many. The weight in the tries is rounded up, so that few new bearers change it.
    fn raise(&mut self, id: FormId, part: Part, bearers: u32) {
        let Some(form) = self.forms[id as usize].as_mut() else { return };
        let weight = cost::weight(bearers).next_multiple_of(WEIGHT_STEP).max(form.weight);
        let parts = form.parts | 1 << part as u8;
        if (weight, parts) != (form.weight, form.parts) {
            (form.weight, form.parts) = (weight, parts);
            self.state += 1;
            self.tries.raise(&form.codes, id, parts, weight);
        }
    }
}

/// The nearest forms so far.
struct Best {
    most: usize,
    bound: i32,
    forms: Vec<(i32, FormId)>,
}

impl Best {
    /// The balance above which a form is of no interest.
    fn limit(&self) -> i32 {
        self.forms.get(self.most - 1).map_or(self.bound, |worst| worst.0.min(self.bound))
    }

    fn offer(&mut self, balance: i32, form: FormId, wanted: &mut impl FnMut(FormId) -> bool) {
        if balance > self.limit() {
            return;
        }
        if let Err(place) = self.forms.binary_search(&(balance, form))
            && wanted(form)
        {
            self.forms.insert(place, (balance, form));
            // Equals of the last stay: which of them is the nearest does not depend on how they are numbered.
            let least = self.limit();
            while self.forms.len() > self.most && self.forms.last().is_some_and(|last| last.0 > least) {
                self.forms.pop();
            }
        }
    }
}

/// A free place, or a new one at the end.
pub(super) fn place<T>(free: &mut Vec<u32>, places: &mut Vec<Option<T>>) -> u32 {
    free.pop().unwrap_or_else(|| {
        places.push(None);
        u32::try_from(places.len() - 1).expect("fewer than four thousand million names or members")
    })
}
