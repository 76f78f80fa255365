//! Spellings: how else the register spells a name, and how many bear each spelling.

use std::cmp::Ordering;
use std::sync::Arc;

use super::assign::Pick;
use super::cost;
use super::explain::{Class, Part};
use super::index::Index;
use super::query::{Query, QueryError, Spelling, SpellingQuery, Spellings, Typed, check_size};
use super::sight::View;
use super::vocabulary::{Asked, Candidate, Similar};

/// How many other spellings a search offers for each word.
const ALTERNATIVES: usize = 6;
/// Spellings further away are not offered beside hits.
const LEAST_ALTERNATIVE: f32 = 0.65;
/// So many near spellings are looked for at the least: of some, nobody is left or visible.
const LEAST_LOOKED_FOR: usize = 32;

/// Who is counted.
struct Counted<'a> {
    include_former_members: bool,
    view: &'a View<'a>,
}

impl Index {
    /// The spellings in the register that are near to a name, the name's own included, best first.
    pub fn similar(&self, query: &SpellingQuery<'_>) -> Result<Vec<Spelling>, QueryError> {
        check_size(query.name)?;
        let counted = Counted {
            include_former_members: query.include_former_members,
            view: &query.sight.upon(self, self.rows.current_on(query.today)),
        };
        Ok(self.similar_or_nickname(&Asked::of(query.name), query.part, query.limit, cost::LEAST_SIMILAR, &counted))
    }

    /// For each word, how else the part of the name is spelled that the best hit takes it for.
    pub(super) fn spellings_of(
        &self,
        query: &Query<'_>,
        typed: &Typed,
        picks: Option<&[Pick]>,
        view: &View<'_>,
    ) -> Vec<Spellings> {
        let counted = Counted { include_former_members: query.filter.include_former_members, view };
        let words = typed.words.iter().enumerate().filter(|(_, word)| word.asked.length() > 1 && !word.optional);
        let spellings = words.filter_map(|(place, word)| {
            let part = match picks {
                Some(picks) => Some(picks.iter().find(|pick| pick.word == place && !pick.with_next)?.part),
                None => None,
            };
            let offers = [Part::Surname, Part::Given]
                .into_iter()
                .filter(|&offered| part.is_none_or(|part| part == offered))
                .map(|part| (part, self.alternatives(&word.asked, part, &counted)));
            let (part, alternatives) =
                offers.reduce(|one, other| if best_score(&other.1) > best_score(&one.1) { other } else { one })?;
            (!alternatives.is_empty()).then(|| Spellings { asked: word.text.clone(), part, alternatives })
        });
        spellings.collect()
    }

    fn alternatives(&self, asked: &Asked, part: Part, counted: &Counted<'_>) -> Vec<Spelling> {
        let mut spellings = self.similar_or_nickname(asked, part, ALTERNATIVES + 1, LEAST_ALTERNATIVE, counted);
        spellings.retain(|spelling| spelling.class != Class::Exact);
        spellings.truncate(ALTERNATIVES);
        spellings
    }

    /// Near spellings and, in the last places, given names that belong to the asked one as nicknames do.
    fn similar_or_nickname(&self, asked: &Asked, part: Part, limit: usize, least: f32, counted: &Counted<'_>) -> Vec<Spelling> {
        let nicknames = if part == Part::Given { self.vocabulary.nicknames(asked) } else { Vec::new() };
        let mut best = self.similar_to(asked, &nicknames, part, limit, least, counted);
        let mut last = self.similar_among(&nicknames, part, limit, counted);
        // In a large register there is always something spelled a little alike: a tenth of the places is kept for nicknames.
        last.truncate((limit - best.len()).max(limit.saturating_add(4) / 10));
        best.truncate(limit - last.len());
        best.append(&mut last);
        best
    }

    fn similar_to(
        &self,
        asked: &Asked,
        nicknames: &[Candidate],
        part: Part,
        limit: usize,
        least: f32,
        counted: &Counted<'_>,
    ) -> Vec<Spelling> {
        let mut most = limit.saturating_add(limit / 2 + nicknames.len()).max(LEAST_LOOKED_FOR);
        loop {
            let Similar { candidates, rest } = &*self.near_spellings(asked, part, most, least);
            let candidates: Vec<Candidate> = candidates
                .iter()
                .filter(|candidate| nicknames.iter().all(|nickname| nickname.term != candidate.term))
                .copied()
                .collect();
            let best = self.similar_among(&candidates, part, limit, counted);
            // Names that none may see, or few, may have taken the place of others.
            if *rest == 0.0 || best.len() >= limit && best.last().is_none_or(|worst| worst.score > *rest) {
                return best;
            }
            most = most.saturating_mul(4);
        }
    }

    fn near_spellings(&self, asked: &Asked, part: Part, most: usize, least: f32) -> Arc<Similar> {
        let key = (asked.written().to_owned(), part, most, (least * 1000.0) as u16);
        let find = || self.vocabulary.similar(asked, part, most, least);
        self.found_out.similar(self.vocabulary.state(), key, find)
    }

    fn similar_among(&self, candidates: &[Candidate], part: Part, limit: usize, counted: &Counted<'_>) -> Vec<Spelling> {
        let mut best: Vec<Spelling> = Vec::new();
        for candidate in candidates {
            // Candidates come the closest first; being common cannot lift the rest over what is already there.
            let full = best.len() >= limit;
            if full && best.last().is_none_or(|worst| worst.score >= cost::with_frequency(candidate.closeness, u32::MAX)) {
                break;
            }
            let spellings = self.vocabulary.spellings_with(candidate.term);
            for (id, spelling) in spellings.filter(|(_, spelling)| spelling.part == part && spelling.whole == candidate.term) {
                let exact = candidate.class == Class::Exact;
                let score_of = |members| if exact { 1.0 } else { cost::with_frequency(candidate.closeness, members) };
                // Nor can all of its bearers lift this one.
                let at_most = score_of(spelling.bearers().len() as u32);
                if full && best.last().is_none_or(|worst| worst.score > at_most) {
                    continue;
                }
                let members = counted.view.bearers(id, counted.include_former_members);
                if members == 0 {
                    continue;
                }
                let (class, score) = (candidate.class, score_of(members));
                let found = Spelling { spelling: spelling.text.to_string(), members, class, score };
                let place = best.partition_point(|other| order(other, &found) == Ordering::Less);
                best.insert(place, found);
                best.truncate(limit);
            }
        }
        best
    }
}

fn order(one: &Spelling, other: &Spelling) -> Ordering {
    one.class
        .tier()
        .cmp(&other.class.tier())
        .then_with(|| other.score.total_cmp(&one.score))
        .then_with(|| one.spelling.cmp(&other.spelling))
}

fn best_score(spellings: &[Spelling]) -> f32 {
    spellings.first().map_or(0.0, |spelling| spelling.score)
}
