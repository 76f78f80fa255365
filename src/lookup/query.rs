//! Query: what a search is asked, what it answers, and how a typed text is taken apart.
//!
//! A text is split at white space. What holds an @ or a digit is a number (numbers side by side are one: 070 123 45 67);
//! everything else is words of a name, in any order. The last of them may still be being typed, a single letter may be an initial,
//! and two neighbours may be one name that was heard as two ("lind berg").

use chrono::NaiveDate;
use entity::membership_period::MembershipType;
use thiserror::Error;
use uuid::Uuid;

use super::explain::{Class, Part, Why};
use super::fold;
use super::numbers::{self, Reading};
use super::sight::Sight;
use super::vocabulary::{Asked, Reach};

/// Longer texts are refused.
pub const MOST_CHARACTERS: usize = 200;
/// Texts of more words are refused.
pub const MOST_WORDS: usize = 12;

/// Words that belong to many surnames and are often left out or added by the one who writes them down.
const PARTICLES: [&str; 18] =
    ["af", "av", "da", "de", "del", "den", "der", "des", "di", "du", "la", "le", "ten", "van", "vom", "von", "zu", "zur"];

/// A search for members.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    /// As typed.
    pub text: &'a str,
    /// What narrows the members before they are ranked.
    pub filter: &'a Filter,
    /// How many hits are wanted.
    pub limit: usize,
    /// The day on which memberships are looked at.
    pub today: NaiveDate,
    /// The searcher's rights. Who may not be seen is as good as absent: from hits, order, counts and spellings.
    pub sight: &'a Sight,
}

/// A search for the spellings of one name.
#[derive(Clone, Copy)]
pub struct SpellingQuery<'a> {
    /// The name, whole.
    pub name: &'a str,
    /// Which part of a person's name it is.
    pub part: Part,
    /// How many spellings are wanted.
    pub limit: usize,
    /// Whether people count who have left.
    pub include_former_members: bool,
    /// The day on which memberships are looked at.
    pub today: NaiveDate,
    /// The searcher's rights, as in [`Query`].
    pub sight: &'a Sight,
}

/// What the members looked for have in common; what is `None` is not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Born in this year.
    pub birth_year: Option<i32>,
    /// Living in this city, in any case and without accents if typed so.
    pub city: Option<String>,
    /// Belonging to this workplace.
    pub workplace_id: Option<Uuid>,
    /// Member of this type.
    pub membership_type: Option<MembershipType>,
    /// Whether people are looked for who have left.
    pub include_former_members: bool,
}

/// What a search finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The members, best first.
    pub hits: Vec<Hit>,
    /// For each typed name, how else the register spells it.
    pub spellings: Vec<Spellings>,
    /// Whether more members match than were wanted.
    pub more: bool,
}

/// A member found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The member's id.
    pub id: Uuid,
    /// The class of the weakest reason.
    pub class: Class,
    /// From 0 to 1.
    pub score: f32,
    /// The reasons, in the order typed.
    pub why: Vec<Why>,
}

/// How else a typed name is spelled in the register.
#[derive(Debug, Clone, PartialEq)]
pub struct Spellings {
    /// As typed.
    pub asked: String,
    /// The part of the name that it was taken for.
    pub part: Part,
    /// Best first, the typed spelling left out.
    pub alternatives: Vec<Spelling>,
}

/// A spelling in the register.
#[derive(Debug, Clone, PartialEq)]
pub struct Spelling {
    /// As registered.
    pub spelling: String,
    /// How many members that the searcher may see bear it, as surname or as first given name.
    pub members: u32,
    /// How it is related to what was asked.
    pub class: Class,
    /// From 0 to 1: closeness, and a little for being common.
    pub score: f32,
}

/// Why a text is not searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum QueryError {
    /// More than [`MOST_CHARACTERS`].
    #[error("the search text has {characters} characters; at most {MOST_CHARACTERS} are searched for")]
    TooLong {
        /// How many it has.
        characters: usize,
    },
    /// More than [`MOST_WORDS`].
    #[error("the search text has {words} words; at most {MOST_WORDS} are searched for")]
    TooManyWords {
        /// How many it has.
        words: usize,
    },
}

/// A typed text, taken apart.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub(super) words: Vec<Word>,
    pub(super) numbers: Vec<Number>,
}

/// A word of a name.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) asked: Asked,
    pub(super) reach: Reach,
    /// Whether its beginnings are meant for given names only: a single letter that is not still being typed.
    pub(super) initial: bool,
    /// Whether a member is found though no name matches it.
    pub(super) optional: bool,
    /// Together with the next word, if that follows at once.
    pub(super) with_next: Option<(String, Asked)>,
}

/// A number, with every way to read it.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) text: String,
    pub(super) readings: Vec<Reading>,
}

impl Typed {
    /// Of each word the first that is the same. `stands_alone` tells of a word whether it and the next are never one name.
    pub(super) fn same_words(&self, stands_alone: impl Fn(usize) -> bool) -> Vec<usize> {
        let alone: Vec<bool> =
            (0..self.words.len()).map(|word| stands_alone(word) && word.checked_sub(1).is_none_or(&stands_alone)).collect();
        let same = |one: usize, other: usize| {
            let key = |word: &Word| (word.asked.written().to_owned(), word.reach, word.initial, word.optional);
            alone[one] && alone[other] && key(&self.words[one]) == key(&self.words[other])
        };
        (0..self.words.len()).map(|word| (0..word).find(|&first| same(first, word)).unwrap_or(word)).collect()
    }

    /// Whether some words are the same, and all must be matched.
    pub(super) fn are_repeated(&self) -> bool {
        let repeated = |(place, word): (usize, &Word)| self.words[..place].iter().any(|before| before.text == word.text);
        self.words.iter().enumerate().any(repeated) && self.words.iter().all(|word| !word.optional)
    }

    pub(super) fn parse(text: &str, today: NaiveDate) -> Result<Self, QueryError> {
        check_size(text)?;
        let mut names: Vec<(&str, bool)> = Vec::new();
        let mut numbers: Vec<Vec<&str>> = Vec::new();
        let mut after_number = true;
        for token in text.split(|character: char| character.is_whitespace() || character.is_control()) {
            if token.contains('@') || token.contains(|character: char| character.is_ascii_digit()) {
                match numbers.last_mut() {
                    Some(group) if after_number && is_digits(token) && group.iter().all(|token| is_digits(token)) => {
                        group.push(token)
                    }
                    _ => numbers.push(vec![token]),
                }
                after_number = true;
            } else {
                for word in fold::words(token) {
                    names.push((word, !after_number));
                    after_number = false;
                }
            }
        }
        let optional_particles = names.iter().any(|(word, _)| !is_particle(word));
        let words = names
            .iter()
            .enumerate()
            .map(|(place, &(word, _))| {
                let asked = Asked::of(word);
                let last = place + 1 == names.len();
                let initial = !last && asked.length() == 1;
                Word {
                    reach: if last || initial { Reach::NearOrBeginning } else { Reach::NearOrCutShort },
                    initial,
                    optional: optional_particles && !last && is_particle(word),
                    with_next: names.get(place + 1).filter(|(_, follows)| *follows).map(|(next, _)| {
                        let both = &text[offset(text, word)..offset(text, next) + next.len()];
                        (both.to_owned(), Asked::of(both))
                    }),
                    text: word.to_owned(),
                    asked,
                }
            })
            .collect();
        let numbers = numbers.into_iter().flat_map(|group| split_numbers(&group, today)).collect();
        Ok(Self { words, numbers })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.numbers.is_empty()
    }
}

/// Refuses what nobody types to find a person.
pub(super) fn check_size(text: &str) -> Result<(), QueryError> {
    let characters = text.chars().count();
    if characters > MOST_CHARACTERS {
        return Err(QueryError::TooLong { characters });
    }
    let words = text.split_whitespace().map(|token| if token.contains('@') { 1 } else { fold::words(token).count() }).sum();
    if words > MOST_WORDS {
        return Err(QueryError::TooManyWords { words });
    }
    Ok(())
}

/// The numbers in neighbouring tokens: a birth date or year stands for itself ("070-123 45 67 1984"), the rest is one number.
fn split_numbers(group: &[&str], today: NaiveDate) -> Vec<Number> {
    let number = |text: String| Number { readings: numbers::readings(&text, today), text };
    let whole = number(group.join(" "));
    if whole.readings.iter().any(is_birth) {
        return vec![whole];
    }
    let (births, rest): (Vec<&str>, Vec<&str>) =
        group.iter().copied().partition(|token| token.len() >= 4 && numbers::readings(token, today).iter().any(is_birth));
    if births.is_empty() || rest.is_empty() {
        return vec![whole];
    }
    births.into_iter().map(str::to_owned).chain([rest.join(" ")]).map(number).collect()
}

fn is_birth(reading: &Reading) -> bool {
    matches!(reading, Reading::Born(..))
}

/// Whether the token is nothing but a number, whole or in part.
fn is_digits(token: &str) -> bool {
    token.chars().all(|character| character.is_ascii_digit() || "+-./()".contains(character))
}

/// Where a slice of the text begins.
fn offset(text: &str, slice: &str) -> usize {
    slice.as_ptr() as usize - text.as_ptr() as usize
}

fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&fold::letters(word).as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
    }

    fn parse(text: &str) -> Typed {
        Typed::parse(text, today()).unwrap()
    }

    fn taken_apart(text: &str) -> (Vec<String>, Vec<String>) {
        let typed = parse(text);
        (typed.words.into_iter().map(|word| word.text).collect(), typed.numbers.into_iter().map(|number| number.text).collect())
    }

    #[test]
    fn names_and_numbers_are_told_apart() {
        for (text, words, numbers) in [
            ("marit karlsson 1984", vec!["marit", "karlsson"], vec!["1984"]),
            ("070-123 45 67", vec![], vec!["070-123 45 67"]),
            ("Karlsson, Anna-Maria +46 (0)70 123 45 67", vec!["Karlsson", "Anna", "Maria"], vec!["+46 (0)70 123 45 67"]),
            ("anna.karlsson@example.org", vec![], vec!["anna.karlsson@example.org"]),
            ("070-1234567 1984", vec![], vec!["1984", "070-1234567"]),
            ("A-1047 anna", vec!["anna"], vec!["A-1047"]),
            ("1984 02 01", vec![], vec!["1984 02 01"]),
            (" % * \u{0} \" ", vec![], vec![]),
        ] {
            let expected: (Vec<String>, Vec<String>) =
                (words.into_iter().map(str::to_owned).collect(), numbers.into_iter().map(str::to_owned).collect());
            assert_eq!(taken_apart(text), expected, "{text}");
        }
    }

    #[test]
    fn only_the_last_word_and_initials_may_be_beginnings() {
        let reaches: Vec<_> = parse("anna m karls").words.iter().map(|word| (word.reach, word.initial)).collect();
        assert_eq!(reaches, [(Reach::NearOrCutShort, false), (Reach::NearOrBeginning, true), (Reach::NearOrBeginning, false)]);
    }

    #[test]
    fn a_particle_may_be_left_unmatched_only_beside_a_name_that_follows() {
        let optional = |text| parse(text).words.iter().map(|word| word.optional).collect::<Vec<_>>();
        assert_eq!(optional("von platen"), [true, false]);
        assert_eq!(optional("anna von"), [false, false]);
        assert_eq!(optional("de la"), [false, false]);
    }

    #[test]
    fn neighbours_may_be_one_name_but_not_across_a_number() {
        let typed = parse("lind berg 1984 anna");
        let pairs: Vec<_> = typed.words.iter().map(|word| word.with_next.as_ref().map(|(text, _)| text.as_str())).collect();
        assert_eq!(pairs, [Some("lind berg"), None, None]);
        assert_eq!(parse("Anna-Maria").words[0].with_next.as_ref().unwrap().0, "Anna-Maria");
    }

    #[test]
    fn what_is_too_long_is_refused_with_the_limit() {
        assert!(Typed::parse(&"å".repeat(200), today()).is_ok());
        let error = Typed::parse(&"å".repeat(201), today()).unwrap_err();
        assert_eq!(error.to_string(), "the search text has 201 characters; at most 200 are searched for");
        assert!(Typed::parse("a b c d e f g h i j k l", today()).is_ok());
        assert_eq!(Typed::parse("a b c d e f g h i j k l-m", today()).unwrap_err(), QueryError::TooManyWords { words: 13 });
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,40}|[a-zåäö0-9 +@.-]{0,60}") {
            if let Ok(typed) = Typed::parse(&text, today()) {
                prop_assert!(typed.words.len() <= MOST_WORDS);
            }
        }
    }
}
