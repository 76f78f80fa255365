//! Name lookup: who is on the phone, however the name is spelled.
//!
//! Pure: no database, no HTTP, no clock. `members` feeds the [`Index`] from the register; `web` and the command line ask it.
//! It does not hold what a hit is shown with (that is read from the register), and it decides nobody's rights: it is told them.
//!
//! # How a name is found
//!
//! 1. **Fold** (`fold`). "Sjöström" becomes letters; å ä ö stay letters of their own, but who types o finds ö, and aa finds å.
//! 2. **Candidates** (`vocabulary`, `trie`, `candidates`). The typed word is compared with the *distinct* names of the register, not
//!    with its members: a million members bear some 160,000. Sources: names that share a phonetic code (`sound`); names that are a
//!    single typing error away; the nearest of all others, found in a tree of letters read from both ends, half of the budget
//!    each; and, for the last word, names that begin with what is typed, the shortest first, as far as they are needed.
//!    What was found out is kept (`found_out`) until a name comes or goes.
//! 3. **Cost** (`edits`, `cost`). How far a name is from another is the cheapest way to write its groups of letters otherwise (c as k,
//!    a as aa, qv as kv), with costs learned from spellings of the same names; less what agreement in phonetic codes takes off.
//!    `cost` is the one place that turns this into closeness.
//! 4. **Rank** (`rank`, `assign`). For each word those who bear its candidates are a list, the closest first; the lists are read side
//!    by side until nobody still to come can be better, each member is looked at with all words, and the words are assigned
//!    to her names in any order. Filter and rights (`sight`) are asked of each; `bits` tell at
//!    once who lacks one of the words. Exact matches stand first, former
//!    surnames and nicknames (`nickname`, a table) last, all else by score.
//! 5. **Explain** (`explain`, `spellings`). Each hit says for every word what it was taken for and why; beside the hits stand the
//!    spellings that the register holds.
//!
//! Phone numbers, member numbers, e-mail addresses and birth dates typed into the same box are read by `numbers` and looked up
//! in a `directory` each. What is held of a member stands in `rows`, column by column.
//!
//! # What it costs
//!
//! A typed word costs a column of as many cells as it has letters for each node of the trees that is near enough, some hundreds of
//! nodes; then a look at the names of each member who comes up, some thousands, or tens of thousands for words that are all
//! common. Building costs some five microseconds a member. Figures, and how they were measured, stand in `docs/lookup.md`.
//!
//! # What must hold
//!
//! * No Unicode text panics; texts of more than [`MOST_CHARACTERS`] or [`MOST_WORDS`] are refused with the reason.
//! * Who may not be seen is as good as absent: the answer is the one of an index without them.
//! * The answer depends on who is in the index, never on the order in which they came.
//! * A member removed is forgotten, and so is a name that nobody else bears.
//!
//! # Sources
//!
//! Brill and Moore, *An improved error model for noisy channel spelling correction* (2000), for edits between groups of letters and at
//! places of the word; Ristad and Yianilos, *Learning string-edit distance* (1998), for learning them from pairs. Postel, *Die Kölner
//! Phonetik* (1969); Philips, *The Double Metaphone Search Algorithm* (2000). The two halves of the budget: the partition
//! argument of Wu and Manber (1992), here for weighted edits. Fagin, Lotem and Naor, *Optimal aggregation algorithms for
//! middleware* (2001), for ending the search early.

mod assign;
mod bits;
mod candidates;
mod cost;
mod directory;
mod edits;
mod explain;
mod fold;
mod found_out;
mod ids;
mod index;
mod nickname;
mod numbers;
mod query;
mod rank;
mod related;
mod rows;
mod sight;
mod sound;
mod spellings;
#[cfg(test)]
mod tests;
mod trie;
mod vocabulary;

pub use edits::{EditCosts, EditCostsError};
pub use explain::{Class, Part, Why};
pub use fold::letters;
pub use index::{Builder, Circumstances, Entry, Index, Span};
pub use query::{Answer, Filter, Hit, MOST_CHARACTERS, MOST_WORDS, Query, QueryError, Spelling, SpellingQuery, Spellings};
pub use related::related;
pub use sight::Sight;
