//! Trie: the distinct names as a tree of letters, in which near names are found without looking at the others.
//!
//! Two trees hold the same names, one read forward and one backward. A name within a budget of the asked one is within half of it
//! on one side: either its first half is explained by the first half of what was asked for at most half the budget, or its
//! second half is. So the forward tree is walked as long as the first half of the asked letters costs no more than half, and the
//! backward tree likewise from the end; both walks together lose nothing and see a small part of what one walk with the whole
//! budget would see. Near the root, where a walk over everything spends its time, next to nothing is affordable.
//!
//! Walking computes one column of [`AskedLetters`] a node, and from it the letters that may follow within the budget; children
//! of other letters are passed over. Each node knows the parts of a name that occur below it and the greatest weight there. Nodes live in one vector; a name added or removed touches its own path.

use super::edits::{self, AskedLetters, Code, Cost, EditCosts, MOST_LETTERS, Reading};
use super::fold;

/// A distinct name, as whoever asks numbers it.
pub(super) type FormId = u32;

const NONE: u32 = u32::MAX;
const ROOT: u32 = 0;

#[derive(Debug, Clone, Copy)]
struct Node {
    letter: Code,
    parts: u8,
    weight: Cost,
    child: u32,
    sibling: u32,
    form: FormId,
}

/// The names, forward and backward.
#[derive(Debug)]
pub(super) struct Tries {
    forward: Trie,
    backward: Trie,
}

#[derive(Debug)]
struct Trie {
    nodes: Vec<Node>,
    free: Vec<u32>,
    /// How many nodes there were when they were last put in the order of a walk.
    in_order: usize,
}

/// What is looked for, and how far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// The parts of a name, a bit each; a name of none of them is passed over.
    pub(super) parts: u8,
    /// Whether a name's weight is taken off its cost.
    pub(super) weighs: bool,
}

/// An asked name, to be compared from its beginning and from its end.
#[derive(Debug)]
pub(super) struct BothWays {
    pub(super) forward: AskedLetters,
    backward: AskedLetters,
}

impl BothWays {
    pub(super) fn new(costs: &EditCosts, asked: &[Code]) -> Self {
        let read = |reading| AskedLetters::new(costs, asked, reading);
        Self { forward: read(Reading::Forward), backward: read(Reading::Backward) }
    }
}

impl Default for Tries {
    fn default() -> Self {
        Self { forward: Trie::new(), backward: Trie::new() }
    }
}

impl Tries {
    /// The form of these letters, if there is one.
    pub(super) fn get(&self, codes: &[Code]) -> Option<FormId> {
        self.forward.follow(ROOT, codes)
    }

    /// Enters a form, or raises its parts and weight.
    pub(super) fn raise(&mut self, codes: &[Code], form: FormId, parts: u8, weight: Cost) {
        self.forward.raise(codes.iter().copied(), form, parts, weight);
        self.backward.raise(codes.iter().rev().copied(), form, parts, weight);
    }

    /// Gives back memory that was taken for growing.
    pub(super) fn shrink(&mut self) {
        self.forward.put_in_order();
        self.backward.put_in_order();
    }

    /// Takes a form out.
    pub(super) fn remove(&mut self, codes: &[Code]) {
        self.forward.remove(ROOT, &mut codes.iter().copied());
        self.backward.remove(ROOT, &mut codes.iter().rev().copied());
    }

    /// Hands every form to `visit` that costs at most the bound plus its weight, and perhaps some that cost more;
    /// a form may be handed over twice. `visit` answers with the bound from then on, which never grows.
    pub(super) fn near(&self, asked: &BothWays, wanted: Wanted, mut bound: i32, mut visit: impl FnMut(FormId, Cost) -> i32) {
        for (trie, asked) in [(&self.forward, &asked.forward), (&self.backward, &asked.backward)] {
            let width = asked.length() + 1;
            let mut walk = Walk {
                trie,
                asked,
                columns: vec![0; width * (MOST_LETTERS + 1)],
                read: Vec::new(),
                wanted,
                bound,
                visit: &mut visit,
            };
            asked.begin(&mut walk.columns[..width]);
            walk.below(ROOT);
            bound = walk.bound;
        }
    }

    /// Hands over every form that differs from the letters by one typing error: a letter left out, added, replaced, or swapped
    /// with the next. A form may be handed over twice.
    pub(super) fn one_error_away(&self, codes: &[Code], mut visit: impl FnMut(FormId)) {
        let trie = &self.forward;
        let mut at = Some(ROOT);
        for place in 0..=codes.len() {
            let Some(node) = at else { return };
            let rest = &codes[place..];
            let mut follow = |from: u32, rest: &[Code]| visit_some(trie.follow(from, rest), &mut visit);
            for child in trie.children(node) {
                follow(child, rest);
                if let [_, after @ ..] = rest {
                    follow(child, after);
                }
            }
            if let [_, after @ ..] = rest {
                follow(node, after);
            }
            if let [first, second, after @ ..] = rest
                && let Some(swapped) = trie.child(node, *second).and_then(|child| trie.child(child, *first))
            {
                follow(swapped, after);
            }
            at = rest.first().and_then(|&code| trie.child(node, code));
        }
    }

    /// Hands over every form that is the asked letters, with the same allowances as [`Tries::beginning_with`].
    pub(super) fn same(&self, asked: &str, mut visit: impl FnMut(FormId)) {
        let asked: Vec<char> = asked.chars().take(MOST_LETTERS).collect();
        self.forward.beginning_with(ROOT, &asked, 0, None, MOST_LETTERS, &mut |trie, node, _| {
            visit_some(trie.follow(node, &[]), &mut visit);
        });
    }

    /// Hands over every form that begins with the asked letters, allowing for lost accents and how they are written around;
    /// those of more than `longest` letters are passed over. A form may be handed over twice.
    pub(super) fn beginning_with(&self, asked: &str, longest: usize, mut visit: impl FnMut(FormId)) {
        let asked: Vec<char> = asked.chars().take(MOST_LETTERS).collect();
        self.forward.beginning_with(ROOT, &asked, 0, None, longest, &mut |trie, node, longest| {
            trie.all_below(node, longest, &mut visit);
        });
    }

    /// The same forms, to be asked for by their number of letters.
    pub(super) fn ahead(&self, asked: &str) -> Ahead {
        let asked: Vec<char> = asked.chars().take(MOST_LETTERS).collect();
        let mut ends = Vec::new();
        self.forward
            .beginning_with(ROOT, &asked, 0, None, MOST_LETTERS, &mut |_, node, left| ends.push((MOST_LETTERS - left, node)));
        ends.sort_unstable();
        ends.dedup();
        let letters = ends.first().map_or(0, |end| end.0);
        Ahead { ends, nodes: Vec::new(), letters }
    }
}

/// The names that begin with something, the shortest first.
#[derive(Debug)]
pub(super) struct Ahead {
    /// Where the beginning ends, with the number of letters up to there.
    ends: Vec<(usize, u32)>,
    /// The nodes behind those, so many letters from the root.
    nodes: Vec<u32>,
    letters: usize,
}

impl Ahead {
    /// The next longer names: the number of their letters and all that have as many; `None` when there are no more.
    pub(super) fn next(&mut self, tries: &Tries) -> Option<(usize, Vec<FormId>)> {
        let trie = &tries.forward;
        loop {
            if self.ends.is_empty() && self.nodes.is_empty() {
                return None;
            }
            let letters = self.letters;
            self.ends.retain(|&(at, node)| {
                if at == letters {
                    self.nodes.push(node);
                }
                at != letters
            });
            // Two ways of writing may lead to one name.
            self.nodes.sort_unstable();
            self.nodes.dedup();
            let forms: Vec<FormId> = self.nodes.iter().filter_map(|&node| trie.follow(node, &[])).collect();
            self.nodes = self.nodes.iter().flat_map(|&node| trie.children(node)).collect();
            self.letters += 1;
            if !forms.is_empty() {
                return Some((letters, forms));
            }
        }
    }
}

impl Trie {
    fn new() -> Self {
        Self {
            nodes: vec![Node { letter: 0, parts: 0, weight: 0, child: NONE, sibling: NONE, form: NONE }],
            free: Vec::new(),
            in_order: 0,
        }
    }

    /// The form that the letters lead to from a node.
    fn follow(&self, mut node: u32, codes: &[Code]) -> Option<FormId> {
        for &code in codes {
            node = self.child(node, code)?;
        }
        Some(self.nodes[node as usize].form).filter(|&form| form != NONE)
    }

    fn child(&self, node: u32, letter: Code) -> Option<u32> {
        self.children(node).find(|&child| self.nodes[child as usize].letter == letter)
    }

    fn children(&self, node: u32) -> impl Iterator<Item = u32> {
        let exists = |node: u32| Some(node).filter(|&node| node != NONE);
        std::iter::successors(exists(self.nodes[node as usize].child), move |&child| exists(self.nodes[child as usize].sibling))
    }

    fn raise(&mut self, codes: impl Iterator<Item = Code>, form: FormId, parts: u8, weight: Cost) {
        let mut node = ROOT;
        let note = |node: &mut Node| {
            node.parts |= parts;
            node.weight = node.weight.max(weight);
        };
        note(&mut self.nodes[ROOT as usize]);
        for letter in codes {
            node = self.child(node, letter).unwrap_or_else(|| self.add(node, letter));
            note(&mut self.nodes[node as usize]);
        }
        self.nodes[node as usize].form = form;
        // New nodes stand where there was room. A walk is twice as fast over nodes that stand as it meets them.
        if self.nodes.len() > self.in_order + self.in_order / 4 + 64 {
            self.put_in_order();
        }
    }

    fn put_in_order(&mut self) {
        let mut nodes = Vec::with_capacity(self.nodes.len() - self.free.len());
        nodes.push(self.nodes[ROOT as usize]);
        self.copy_children(ROOT, 0, &mut nodes);
        self.in_order = nodes.len();
        self.nodes = nodes;
        self.free = Vec::new();
    }

    fn copy_children(&self, node: u32, copy: usize, nodes: &mut Vec<Node>) {
        let mut children: Vec<u32> = self.children(node).collect();
        children.sort_unstable_by_key(|&child| self.nodes[child as usize].letter);
        let first = nodes.len() as u32;
        // Side by side: most of them are only passed over.
        for (place, &child) in (first..).zip(&children) {
            let sibling = if place + 1 < first + children.len() as u32 { place + 1 } else { NONE };
            nodes.push(Node { child: NONE, sibling, ..self.nodes[child as usize] });
        }
        if let [_, ..] = children[..] {
            nodes[copy].child = first;
        }
        for (place, child) in (first..).zip(children) {
            self.copy_children(child, place as usize, nodes);
        }
    }

    fn add(&mut self, parent: u32, letter: Code) -> u32 {
        let sibling = self.nodes[parent as usize].child;
        let node = Node { letter, parts: 0, weight: 0, child: NONE, sibling, form: NONE };
        let place = match self.free.pop() {
            Some(place) => {
                self.nodes[place as usize] = node;
                place
            }
            None => {
                self.nodes.push(node);
                self.nodes.len() as u32 - 1
            }
        };
        self.nodes[parent as usize].child = place;
        place
    }

    /// Takes out the name that the rest of the letters leads to, and the nodes that then lead nowhere.
    fn remove(&mut self, node: u32, rest: &mut impl Iterator<Item = Code>) {
        let Some(letter) = rest.next() else {
            self.nodes[node as usize].form = NONE;
            return;
        };
        let Some(child) = self.child(node, letter) else { return };
        self.remove(child, rest);
        let Node { child: grandchild, sibling, form, .. } = self.nodes[child as usize];
        if grandchild == NONE && form == NONE {
            let before = self.children(node).find(|&before| self.nodes[before as usize].sibling == child);
            match before {
                Some(before) => self.nodes[before as usize].sibling = sibling,
                None => self.nodes[node as usize].child = sibling,
            }
            self.nodes[child as usize].letter = 0;
            self.free.push(child);
        }
    }

    /// Follows the asked letters from `place` on and hands over the nodes where they end, with how many letters may follow;
    /// `owed` is the second letter of two for one accented.
    fn beginning_with(
        &self,
        node: u32,
        asked: &[char],
        place: usize,
        owed: Option<Code>,
        longest: usize,
        reached: &mut impl FnMut(&Self, u32, usize),
    ) {
        if place == asked.len() && owed.is_none() {
            return reached(self, node, longest);
        }
        let Some(longest_below) = longest.checked_sub(1) else { return };
        for child in self.children(node) {
            let found = self.nodes[child as usize].letter;
            let mut go_on = |place, owed| self.beginning_with(child, asked, place, owed, longest_below, reached);
            if let Some(owed) = owed {
                if found == owed {
                    go_on(place, None);
                }
                continue;
            }
            let (this, following) = (asked[place], asked.get(place + 1).copied());
            let letter = edits::letter(found);
            let accented = |letter| fold::bare(letter) == this || (letter, this) == ('ü', 'y') || (letter, this) == ('y', 'ü');
            if found == edits::code(this) || letter.is_some_and(accented) {
                go_on(place + 1, None);
            }
            if letter.and_then(fold::pair).is_some_and(|pair| Some(pair) == following.map(|following| (this, following))) {
                go_on(place + 2, None);
            }
            if let Some((first, second)) = fold::pair(this)
                && Some(first) == letter
            {
                go_on(place + 1, Some(edits::code(second)));
            }
        }
    }

    fn all_below(&self, node: u32, longest: usize, visit: &mut impl FnMut(FormId)) {
        let form = self.nodes[node as usize].form;
        if form != NONE {
            visit(form);
        }
        if let Some(longest) = longest.checked_sub(1) {
            for child in self.children(node) {
                self.all_below(child, longest, visit);
            }
        }
    }
}

fn visit_some(form: Option<FormId>, visit: &mut impl FnMut(FormId)) {
    if let Some(form) = form {
        visit(form);
    }
}

struct Walk<'a, Visit> {
    trie: &'a Trie,
    asked: &'a AskedLetters,
    columns: Vec<Cost>,
    read: Vec<Code>,
    wanted: Wanted,
    bound: i32,
    visit: &'a mut Visit,
}

impl<Visit: FnMut(FormId, Cost) -> i32> Walk<'_, Visit> {
    /// Goes on below a node whose column is filled.
    fn below(&mut self, node: u32) {
        let width = self.asked.length() + 1;
        let Node { weight, child, .. } = self.trie.nodes[node as usize];
        if child == NONE {
            return;
        }
        let most = self.bound + if self.wanted.weighs { i32::from(weight) } else { 0 };
        let letters = self.asked.next_letters(&self.columns, &self.read, most);
        let mut next = if letters == 0 { NONE } else { child };
        while next != NONE {
            let Node { letter, parts, sibling, form, .. } = self.trie.nodes[next as usize];
            let this = std::mem::replace(&mut next, sibling);
            if !AskedLetters::is_among(letter, letters) || parts & self.wanted.parts == 0 {
                continue;
            }
            self.read.push(letter);
            self.asked.step(&mut self.columns, &self.read);
            if form != NONE {
                self.bound = (self.visit)(form, self.columns[(self.read.len() + 1) * width - 1]);
            }
            self.below(this);
            self.read.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn tries_of(names: &[Vec<Code>]) -> Tries {
        let mut tries = Tries::default();
        names.iter().zip(0..).for_each(|(name, form)| tries.raise(name, form, 1, 0));
        tries
    }

    fn near(tries: &Tries, asked: &[Code], bound: i32) -> BTreeSet<FormId> {
        let mut found = BTreeSet::new();
        let letters = BothWays::new(&EditCosts::built_in(), asked);
        tries.near(&letters, Wanted { parts: 1, weighs: false }, bound, |form, cost| {
            if i32::from(cost) <= bound {
                found.insert(form);
            }
            bound
        });
        found
    }

    fn any_names() -> impl Strategy<Value = Vec<Vec<Code>>> {
        let name = "[aekrlstmoij]{1,7}|[a-zåäöü]{1,9}|kar?l?s?s?on|m[aä]a?r[iy]t+a?|\\PC{1,3}";
        prop::collection::vec(name, 1..40).prop_map(|names| {
            let names: BTreeSet<_> = names.iter().map(|name| edits::codes(&fold::letters(name))).collect();
            names.into_iter().filter(|name| !name.is_empty()).collect()
        })
    }

    proptest! {
        #[test]
        fn no_name_within_the_bound_is_missed(names in any_names(), asked in 0..40usize, bound in 0..1500i32) {
            let Some(asked) = names.get(asked) else { return Ok(()) };
            let tries = tries_of(&names);
            let letters = BothWays::new(&EditCosts::built_in(), asked);
            let within = |name: &Vec<Code>| i32::from(letters.forward.distance(name, &mut Vec::new())) <= bound;
            let expected: BTreeSet<FormId> = (0..).zip(&names).filter(|(_, name)| within(name)).map(|(form, _)| form).collect();
            prop_assert_eq!(near(&tries, asked, bound), expected);
        }

        #[test]
        fn a_name_taken_out_is_gone_and_the_others_stay(names in any_names(), removed in 0..40usize) {
            let mut tries = tries_of(&names);
            let Some(gone) = names.get(removed) else { return Ok(()) };
            tries.remove(gone);
            for (form, name) in (0..).zip(&names) {
                prop_assert_eq!(tries.get(name), Some(form).filter(|_| name != gone));
            }
            let others: Vec<_> = names.iter().filter(|name| *name != gone).cloned().collect();
            let used = |trie: &Trie| trie.nodes.len() - trie.free.len();
            prop_assert_eq!([used(&tries.forward), used(&tries.backward)], [&tries_of(&others)].map(|fresh| [used(&fresh.forward), used(&fresh.backward)])[0]);
        }
    }
}
