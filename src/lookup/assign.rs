//! Assign: which typed word stands for which of a member's names.
//!
//! A table over the sets of names used up so far, word by word: at most [`MOST_NAMES`] names, so a few hundred sets
//! for the worst member and typically fewer than ten.

use std::rc::Rc;

use super::explain::{Class, Part};
use super::fold;
use super::index::{Index, Row};
use super::query::{MOST_WORDS, Typed};
use super::vocabulary::{Candidate, Candidates, RowId, Spelling, TermId, Vocabulary};

/// Words of a member's names that can be matched; whoever has more is found by these.
const MOST_NAMES: usize = 10;

/// A further given name, or a further word of one, counts a little less than the first; a former surname less than the present one.
const FURTHER_GIVEN: f32 = 0.98;
/// One word of a name of several: Karlsson before Bergström Karlsson.
const PART_OF_NAME: f32 = 0.99;
const FORMER: f32 = 0.95;
/// Two typed words for one name count a little less than each for its own, unless the name is spelled just so.
const TWO_AS_ONE: f32 = 0.99;
/// What a particle is worth that the member's name lacks.
const LEFT_OVER: f32 = 0.85;

/// The candidates of one typed word (or two as one), by rank and by term.
pub(super) struct WordCandidates {
    pub(super) ranked: Vec<Candidate>,
    pub(super) complete_to: f32,
    /// Given names that belong to the word as nicknames do.
    pub(super) nicknames: Vec<Candidate>,
    /// Open addressing: the rank of a term, plus one, stands at its hash or in the next free place. Half of it stays empty.
    places: Vec<u32>,
    initial: bool,
}

impl WordCandidates {
    pub(super) fn new(candidates: Candidates, initial: bool) -> Self {
        let Candidates { ranked, complete_to } = candidates;
        let mut places = vec![0; if ranked.is_empty() { 0 } else { (2 * ranked.len()).next_power_of_two() }];
        for (candidate, rank) in ranked.iter().zip(1..) {
            let mut place = hash(candidate.term) & (places.len() - 1);
            while places[place] != 0 {
                place = (place + 1) & (places.len() - 1);
            }
            places[place] = rank;
        }
        Self { ranked, complete_to, nicknames: Vec::new(), places, initial }
    }

    /// With nicknames, those left out that are found for a better reason.
    pub(super) fn with_nicknames(mut self, mut nicknames: Vec<Candidate>) -> Self {
        nicknames.retain(|nickname| self.near(nickname.term).is_none_or(Candidate::is_merely_similar));
        self.nicknames = nicknames;
        self
    }

    fn near(&self, term: TermId) -> Option<&Candidate> {
        let last = self.places.len().checked_sub(1)?;
        let mut place = hash(term) & last;
        loop {
            let candidate = &self.ranked[(self.places[place] as usize).checked_sub(1)?];
            if candidate.term == term {
                return Some(candidate);
            }
            place = (place + 1) & last;
        }
    }

    /// As what the term is taken in this part of a name.
    fn get(&self, term: TermId, part: Part) -> Option<&Candidate> {
        let nickname = self.nicknames.iter().find(|nickname| nickname.term == term && part == Part::Given);
        nickname.or_else(|| self.near(term)).filter(|candidate| self.fits(candidate, part))
    }

    /// Whether the candidate may stand for this spelling: an initial and a nickname are of a given name.
    fn fits(&self, candidate: &Candidate, part: Part) -> bool {
        let given_only = self.initial && candidate.class == Class::Prefix || candidate.class == Class::Nickname;
        !(given_only && part == Part::Surname)
    }

    /// The members who bear the candidate in a way that fits.
    pub(super) fn bearers<'a>(
        &'a self,
        candidate: &'a Candidate,
        vocabulary: &'a Vocabulary,
    ) -> impl Iterator<Item = RowId> + 'a {
        vocabulary
            .spellings_with(candidate.term)
            .filter(|(_, spelling)| self.fits(candidate, spelling.part))
            .flat_map(|(_, spelling)| spelling.all_bearers())
    }
}

/// One word of a member's names, or one name of several words.
#[derive(Debug, Clone, Copy)]
struct Name<'a> {
    term: TermId,
    /// The places it uses up.
    places: u16,
    spelling: &'a Spelling,
    /// Which of the spelling's words; `None` for all of them.
    word: Option<usize>,
    worth: f32,
    former: bool,
}

/// A typed word (or two) and the name it stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pick {
    /// The first typed word.
    pub(super) word: usize,
    /// Whether the next typed word belongs to it.
    pub(super) with_next: bool,
    pub(super) class: Class,
    pub(super) part: Part,
    /// The name as registered.
    pub(super) found: String,
}

#[derive(Clone, Copy)]
struct State {
    used: u16,
    total: f32,
    class: Class,
    /// For each word the name it took, plus one; zero where it was left over or belongs to the word before.
    names: [u8; MOST_WORDS],
    pairs: u16,
}

/// Assigns words to names, for one member after another.
pub(super) struct Assigner<'a> {
    index: &'a Index,
    typed: &'a Typed,
    words: &'a [Rc<WordCandidates>],
    /// Of each word with the next; empty where there is no next.
    pairs: &'a [WordCandidates],
    /// How many words must be matched.
    required: usize,
    names: Vec<Name<'a>>,
    /// After so many words, the best for each set of names used up.
    layers: Vec<Vec<State>>,
}

impl<'a> Assigner<'a> {
    pub(super) fn new(index: &'a Index, typed: &'a Typed, words: &'a [Rc<WordCandidates>], pairs: &'a [WordCandidates]) -> Self {
        let required = typed.words.iter().filter(|word| !word.optional).count();
        Self { index, typed, words, pairs, required, names: Vec::new(), layers: vec![Vec::new(); words.len() + 2] }
    }

    /// The sum of closeness over the words and the weakest class, if every word that must be matched is.
    pub(super) fn score(&mut self, row: &Row) -> Option<(f32, Class)> {
        self.best(row).map(|state| (state.total, state.class))
    }

    /// What each word was taken for, in the order typed.
    pub(super) fn picks(&mut self, row: &Row) -> Vec<Pick> {
        let Some(state) = self.best(row) else { return Vec::new() };
        (0..self.words.len())
            .filter_map(|word| {
                let name = self.names[usize::from(state.names[word].checked_sub(1)?)];
                let with_next = state.pairs & 1 << word != 0;
                let candidates: &WordCandidates = if with_next { &self.pairs[word] } else { &self.words[word] };
                let class = if name.former { Class::FormerName } else { candidates.get(name.term, name.spelling.part)?.class };
                let found = match name.word {
                    Some(place) => fold::words(&name.spelling.text).nth(place)?.to_owned(),
                    None => name.spelling.text.to_string(),
                };
                Some(Pick { word, with_next, class, part: name.spelling.part, found })
            })
            .collect()
    }

    fn best(&mut self, row: &Row) -> Option<State> {
        self.collect_names(row);
        // A name takes two words at most; many words and few names need no table.
        if self.required > 2 * self.names.len() {
            return None;
        }
        self.layers.iter_mut().for_each(Vec::clear);
        self.layers[0].push(State { used: 0, total: 0.0, class: Class::Number, names: [0; MOST_WORDS], pairs: 0 });
        for word in 0..self.words.len() {
            let states = std::mem::take(&mut self.layers[word]);
            for (place, name) in self.names.iter().enumerate() {
                take(&states, &self.words[word], (word, place, name), false, &mut self.layers[word + 1]);
                take(&states, &self.pairs[word], (word, place, name), true, &mut self.layers[word + 2]);
            }
            if self.typed.words[word].optional {
                for state in &states {
                    let left_over = State { total: state.total + LEFT_OVER, class: state.class.max(Class::Similar), ..*state };
                    keep(&mut self.layers[word + 1], left_over);
                }
            }
            self.layers[word] = states;
        }
        self.layers[self.words.len()].iter().copied().reduce(|best, state| if state.total > best.total { state } else { best })
    }

    fn collect_names(&mut self, row: &Row) {
        self.names.clear();
        let surname = [(&row.surname, 1.0, 1.0)];
        let given =
            row.given.iter().enumerate().map(|(place, id)| (id, if place == 0 { 1.0 } else { FURTHER_GIVEN }, FURTHER_GIVEN));
        let former = row.former.iter().map(|id| (id, FORMER, FORMER));
        let mut next = 0;
        for (order, (&id, whole, further)) in surname.into_iter().chain(given).chain(former).enumerate() {
            let former = order > row.given.len();
            let spelling = self.index.vocabulary.spelling(id);
            let room = MOST_NAMES.saturating_sub(next);
            let words = spelling.terms.iter().take(room).enumerate();
            let first = if spelling.terms.len() > 1 { whole * PART_OF_NAME } else { whole };
            self.names.extend(words.map(|(word, &term)| Name {
                term,
                places: 1 << (next + word),
                spelling,
                word: Some(word),
                worth: if word == 0 { first } else { further.min(first) },
                former,
            }));
            let length = spelling.terms.len();
            if (2..=room).contains(&length) {
                self.names.push(Name {
                    term: spelling.whole,
                    places: ((1 << length) - 1) << next,
                    spelling,
                    word: None,
                    worth: whole,
                    former,
                });
            }
            next += length.min(room);
        }
    }
}

/// Enters what follows from giving the name to the word (or to it and the next).
fn take(
    states: &[State],
    candidates: &WordCandidates,
    (word, place, name): (usize, usize, &Name<'_>),
    with_next: bool,
    layer: &mut Vec<State>,
) {
    let Some(candidate) = candidates.get(name.term, name.spelling.part) else { return };
    for state in states.iter().filter(|state| state.used & name.places == 0) {
        let mut next = *state;
        next.used |= name.places;
        let words = match (with_next, candidate.class) {
            (false, _) => 1.0,
            (true, Class::Exact) => 2.0,
            (true, _) => 2.0 * TWO_AS_ONE,
        };
        next.total += candidate.closeness * name.worth * words;
        next.class = next.class.max(if name.former { Class::FormerName } else { candidate.class });
        next.names[word] = place as u8 + 1;
        next.pairs |= u16::from(with_next) << word;
        keep(layer, next);
    }
}

/// Fibonacci hashing; the caller masks it.
fn hash(term: TermId) -> usize {
    (term.wrapping_mul(0x9E37_79B9) >> 8) as usize
}

fn keep(layer: &mut Vec<State>, state: State) {
    match layer.iter_mut().find(|other| other.used == state.used) {
        Some(other) if other.total >= state.total => {}
        Some(other) => *other = state,
        None => layer.push(state),
    }
}
