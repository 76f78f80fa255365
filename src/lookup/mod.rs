//! Name lookup: who is on the phone, however the name is spelled.
//!
//! Pure: no database, no HTTP, no clock. `members` feeds the [`Index`] from the register; `web` and the command line ask it.
//! It does not hold what a hit is shown with (that is read from the register), and it decides nobody's rights: it is told them.
//!
//! # How a name is found
//!
//! 1. **Fold** (`fold`). "Sjöström" becomes letters; å ä ö stay letters of their own, but who types o finds ö, and aa finds å.
//! 2. **Candidates** (`vocabulary`). The typed word is compared with every *distinct* name of the register, not with every
//!    member: a million members bear some 170,000. Most are ruled out by their outline (phonetic codes from
//!    `sound`, letters that occur, length), which bounds their closeness from above, so that nothing near is lost.
//! 3. **Cost** (`cost`). What is left is measured: a blend of edit distance over the names *as heard* and as spelled,
//!    Jaro-Winkler, and agreement of phonetic codes. This is the one place that says how near two names are.
//! 4. **Rank** (`rank`, `assign`). The bearers of each word's candidates are intersected, the words assigned to the
//!    member's names in any order, the best kept. Filter and rights apply before ranking. Exact matches stand first, former
//!    surnames and nicknames (`nickname`, a table) last, all else by score.
//! 5. **Explain** (`explain`). Each hit says for every word what it was taken for and why; beside the hits stand the
//!    spellings that the register holds.
//!
//! Phone numbers, member numbers, e-mail addresses and birth dates typed into the same box are read by `numbers`.
//!
//! # What it costs
//!
//! Time is a pass over the distinct names for each typed word, and over the bearers of those that are near: a few milliseconds
//! at 50,000 members, some tens at a million. Memory is about half a kilobyte a member; each distinct name is kept once.
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
//! Phonetic codes: Postel, *Die Kölner Phonetik* (1969); Philips, *The Double Metaphone Search Algorithm* (2000). Jaro (1989) and
//! Winkler (1990) for the similarity of beginnings; Damerau (1964) for the edit distance. Fagin, Lotem and Naor, *Optimal
//! aggregation algorithms for middleware* (2001), for ending the search early.

mod assign;
mod cost;
mod edits;
mod explain;
mod fold;
mod index;
mod nickname;
mod numbers;
mod query;
mod rank;
mod related;
mod rows;
mod sound;
#[cfg(test)]
mod tests;
mod trie;
mod vocabulary;

pub use edits::{EditCosts, EditCostsError};
pub use explain::{Class, Part, Why};
pub use fold::letters;
pub use index::{Entry, Index, Member, Span};
pub use query::{Answer, Filter, Hit, MOST_CHARACTERS, MOST_WORDS, Query, QueryError, Spelling, SpellingQuery, Spellings};
pub use related::related;
