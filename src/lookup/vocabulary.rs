//! Vocabulary: the distinct names of the register and who bears them.
//!
//! Two levels. A *spelling* is what is counted and offered: one given name ("Anna-Maria") or one whole surname
//! ("af Ekenstam"), as registered. A *term* is what a typed word is compared with: each word of a spelling
//! ("anna", "maria") and, of several words, the whole ("anna-maria", found by "annamaria"). However many members
//! there are, a typed word is compared with the distinct terms only, and each of those once.
//!
//! Nothing outlives its last bearer: an erased member's rare name is gone from memory too.

use std::collections::HashMap;
use std::sync::Arc;

use super::cost::{self, Outline, Shape};
use super::explain::{Class, Part};
use super::fold;
use super::nickname;

/// Candidates less close than this are not candidates. Labelled variants lie above it but for one in two hundred.
pub(super) const LEAST_CLOSENESS: f32 = 0.55;
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
    pub(super) terms: Box<[TermId]>,
    /// All its words as one, which is the only word where there is one.
    pub(super) whole: TermId,
    first: Vec<RowId>,
    otherwise: Vec<RowId>,
}

impl Spelling {
    /// Who bears it as first given name or as surname.
    pub(super) fn bearers(&self) -> &[RowId] {
        &self.first
    }

    /// Everyone who bears it, in whichever way.
    pub(super) fn all_bearers(&self) -> impl Iterator<Item = RowId> {
        self.first.iter().chain(&self.otherwise).copied()
    }

    fn bearers_mut(&mut self, bearing: Bearing) -> &mut Vec<RowId> {
        match bearing {
            Bearing::First => &mut self.first,
            Bearing::Otherwise => &mut self.otherwise,
        }
    }
}

#[derive(Debug)]
struct Term {
    written: Arc<str>,
    shape: Shape,
    spellings: Vec<SpellingId>,
}

/// A word or name that is looked for.
#[derive(Debug)]
pub(super) struct Asked {
    written: String,
    shape: Shape,
    outline: Outline,
}

impl Asked {
    /// Prepares a name, whole or in part.
    pub(super) fn of(name: &str) -> Self {
        let shape = Shape::of(name);
        Self { written: fold::written(name), outline: Outline::of(&shape), shape }
    }

    /// How many letters were typed.
    pub(super) fn length(&self) -> usize {
        self.shape.letters().chars().count()
    }
}

/// How far to look for a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// All distinct names.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    spellings: Vec<Option<Spelling>>,
    /// One table a part.
    spelling_of: [HashMap<Arc<str>, SpellingId>; 2],
    free_spellings: Vec<SpellingId>,
    terms: Vec<Option<Term>>,
    /// Parallel to `terms`, so that the scan reads nothing else; empty places have the empty outline.
    outlines: Vec<Outline>,
    term_of: HashMap<Arc<str>, TermId>,
    free_terms: Vec<TermId>,
}

impl Vocabulary {
    /// How many places a table by term needs.
    pub(super) fn places(&self) -> usize {
        self.terms.len()
    }

    /// The spelling at a place that a row or candidate holds.
    pub(super) fn spelling(&self, id: SpellingId) -> &Spelling {
        self.spellings[id as usize].as_ref().expect("a spelling in use is kept")
    }

    /// The spellings in which a term occurs.
    pub(super) fn spellings_with(&self, term: TermId) -> impl Iterator<Item = (SpellingId, &Spelling)> {
        self.terms[term as usize].iter().flat_map(|term| &term.spellings).map(|&id| (id, self.spelling(id)))
    }

    /// Notes that the member bears the name, and gives the spelling's place.
    pub(super) fn bear(&mut self, part: Part, text: &str, row: RowId, bearing: Bearing) -> SpellingId {
        let id = match self.spelling_of[part as usize].get(text) {
            Some(&id) => id,
            None => self.add_spelling(part, text),
        };
        let spelling = self.spellings[id as usize].as_mut().expect("a spelling in use is kept");
        let bearers = spelling.bearers_mut(bearing);
        // "Anna Anna" is borne once.
        if let Err(place) = bearers.binary_search(&row) {
            bearers.insert(place, row);
        }
        id
    }

    /// Takes a bearer away; a spelling without bearers is forgotten.
    pub(super) fn leave(&mut self, id: SpellingId, row: RowId) {
        let Some(spelling) = self.spellings[id as usize].as_mut() else { return };
        for bearing in [Bearing::First, Bearing::Otherwise] {
            let bearers = spelling.bearers_mut(bearing);
            if let Ok(place) = bearers.binary_search(&row) {
                bearers.remove(place);
            }
        }
        if spelling.first.is_empty() && spelling.otherwise.is_empty() {
            self.forget_spelling(id);
        }
    }

    /// The terms that the word may stand for, the closest first; equally close ones by their letters.
    pub(super) fn candidates(&self, asked: &Asked, reach: Reach) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = (0..)
            .zip(&self.outlines)
            .zip(&self.terms)
            .filter_map(|((id, outline), term)| {
                let near = reach != Reach::Same && outline.closeness_at_most(&asked.outline) >= LEAST_CLOSENESS;
                if !near && !outline.may_begin_with(&asked.outline) {
                    return None;
                }
                let (closeness, class) = self.compare(asked, term.as_ref()?, outline, near, reach)?;
                Some(Candidate { term: id, closeness, class })
            })
            .collect();
        self.sort(&mut candidates);
        candidates
    }

    /// The terms that the word may stand for because they belong to it as nicknames do, in the order of the table.
    pub(super) fn nicknames(&self, asked: &Asked) -> Vec<Candidate> {
        let related = nickname::of(asked.shape.letters()).iter().filter_map(|name| self.term_of.get(name.as_str()));
        related.map(|&term| Candidate { term, closeness: cost::NICKNAME, class: Class::Nickname }).collect()
    }

    /// The candidates as spellings of the whole name: without those of which the word is but a part.
    pub(super) fn spellings_among(&self, asked: &Asked, candidates: &[Candidate]) -> Vec<Candidate> {
        let mut spellings: Vec<Candidate> = candidates
            .iter()
            .filter_map(|candidate| {
                let (term, outline) = (self.terms[candidate.term as usize].as_ref()?, &self.outlines[candidate.term as usize]);
                let (closeness, class) = self.compare(asked, term, outline, true, Reach::Near)?;
                Some(Candidate { term: candidate.term, closeness, class })
            })
            .collect();
        self.sort(&mut spellings);
        spellings
    }

    fn sort(&self, candidates: &mut [Candidate]) {
        candidates.sort_by(|one, other| {
            other.closeness.total_cmp(&one.closeness).then_with(|| self.written(one.term).cmp(self.written(other.term)))
        });
    }

    fn compare(&self, asked: &Asked, term: &Term, outline: &Outline, near: bool, reach: Reach) -> Option<(f32, Class)> {
        let (wanted, found) = (asked.shape.letters(), term.shape.letters());
        if wanted.is_empty() || found.is_empty() {
            return None;
        }
        if *term.written == *asked.written {
            return Some((1.0, Class::Exact));
        }
        if outline.may_be_same(&asked.outline) && fold::same(wanted, found) {
            return Some((cost::SAME_WHEN_FOLDED, Class::SameWhenFolded));
        }
        let closeness = if near {
            cost::closeness((&asked.shape, asked.outline.keys()), (&term.shape, outline.keys()), LEAST_CLOSENESS)
        } else {
            None
        };
        let begins = || outline.may_begin_with(&asked.outline) && fold::begins(wanted, found);
        let beginning = match reach {
            Reach::NearOrBeginning if begins() => Some((cost::beginning(&asked.shape, &term.shape), Class::Prefix)),
            Reach::NearOrCutShort if begins() => cost::cut_short(&asked.shape, &term.shape).map(|worth| (worth, Class::Similar)),
            _ => None,
        };
        if let Some((worth, class)) =
            beginning.filter(|(worth, class)| *class == Class::Prefix || closeness.is_none_or(|closeness| closeness < *worth))
        {
            return Some((closeness.unwrap_or(0.0).max(worth), class));
        }
        let closeness = closeness?;
        let sounding = closeness >= LEAST_SOUNDING && outline.keys().agree(asked.outline.keys());
        Some((closeness, if sounding { Class::SoundsLike } else { Class::Similar }))
    }

    fn written(&self, id: TermId) -> &str {
        self.terms[id as usize].as_ref().map_or("", |term| &term.written)
    }

    fn add_spelling(&mut self, part: Part, text: &str) -> SpellingId {
        let words: Vec<&str> = fold::words(text).collect();
        let id = place(&mut self.free_spellings, &mut self.spellings);
        let whole = self.use_term(text, id);
        let terms =
            if words.len() == 1 { [whole].into() } else { words.into_iter().map(|word| self.use_term(word, id)).collect() };
        let text: Arc<str> = text.into();
        self.spelling_of[part as usize].insert(text.clone(), id);
        self.spellings[id as usize] = Some(Spelling { part, text, terms, whole, first: Vec::new(), otherwise: Vec::new() });
        id
    }

    fn forget_spelling(&mut self, id: SpellingId) {
        let Some(spelling) = self.spellings[id as usize].take() else { return };
        self.spelling_of[spelling.part as usize].remove(&spelling.text);
        self.free_spellings.push(id);
        for term in spelling.terms.into_iter().chain([spelling.whole]) {
            let Some(used) = self.terms[term as usize].as_mut() else { continue };
            used.spellings.retain(|&other| other != id);
            if used.spellings.is_empty() {
                self.term_of.remove(&used.written);
                self.terms[term as usize] = None;
                self.outlines[term as usize] = Outline::default();
                self.free_terms.push(term);
            }
        }
    }

    fn use_term(&mut self, word: &str, spelling: SpellingId) -> TermId {
        let written: Arc<str> = fold::written(word).into();
        let id = match self.term_of.get(&written) {
            Some(&id) => id,
            None => {
                let shape = Shape::of(word);
                let id = place(&mut self.free_terms, &mut self.terms);
                self.outlines.resize(self.terms.len(), Outline::default());
                self.outlines[id as usize] = Outline::of(&shape);
                self.terms[id as usize] = Some(Term { written: written.clone(), shape, spellings: Vec::new() });
                self.term_of.insert(written, id);
                id
            }
        };
        if let Some(term) = self.terms[id as usize].as_mut()
            && !term.spellings.contains(&spelling)
        {
            term.spellings.push(spelling);
        }
        id
    }
}

/// A free place, or a new one at the end.
pub(super) fn place<T>(free: &mut Vec<u32>, places: &mut Vec<Option<T>>) -> u32 {
    free.pop().unwrap_or_else(|| {
        places.push(None);
        u32::try_from(places.len() - 1).expect("fewer than four thousand million names or members")
    })
}
