//! Explain: the classes of match and the reasons that stand beside a hit.

use serde::{Deserialize, Serialize};

use super::numbers::{self, Reading};
use super::query::Number;
use super::rows::Row;

/// What the beginning of a number is worth, beside a whole one's 1.
const BEGINNING_OF_NUMBER: f32 = 0.85;

/// Which part of a person's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Given names, each of them a spelling of its own; a hyphenated one is one.
    Given,
    /// The whole surname, particles included.
    Surname,
}

/// Why something matched, from the strongest reason to the weakest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A whole member number, phone number, e-mail address or birth date (or year).
    Number,
    /// The same spelling; case does not count.
    Exact,
    /// The same but for accents and how they are written around: o for ö, aa for å.
    SameWhenFolded,
    /// What was typed last is the beginning of it, or an initial is.
    Prefix,
    /// A phonetic code agrees and the letters are near.
    SoundsLike,
    /// The letters are near.
    Similar,
    /// A name that the member has left.
    FormerName,
    /// A name that belongs to the typed one as a pet form, a translation or a derived form, by a table.
    Nickname,
}

impl Class {
    /// Hits of a lower tier stand before those of a higher one, whatever their score.
    pub(super) fn tier(self) -> Tier {
        match self {
            Self::Number | Self::Exact => Tier::Pinned,
            Self::SameWhenFolded | Self::Prefix | Self::SoundsLike | Self::Similar => Tier::ByScore,
            Self::FormerName | Self::Nickname => Tier::Last,
        }
    }
}

/// Where the hits of a class stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    /// Before all others.
    Pinned,
    /// By score.
    ByScore,
    /// After all others.
    Last,
}

/// One reason of a hit: what was typed, what it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// As typed.
    pub asked: String,
    /// As registered.
    pub found: String,
    /// How the two are related.
    pub class: Class,
}

/// A reason that a number gives, and what it is worth.
#[derive(Debug)]
pub(super) struct Reason {
    pub(super) why: Why,
    pub(super) score: f32,
}

/// Why a typed number means the member; `None` when it does not.
pub(super) fn number_reason(row: Row<'_>, number: &Number) -> Option<Reason> {
    let readings = number.readings.iter().filter_map(|reading| {
        let (registered, asked, found) = match reading {
            Reading::Born(from, to) => {
                let date = row.birth_date().filter(|date| (from..=to).contains(&date))?;
                return Some((true, date.to_string()));
            }
            Reading::Member(asked) => (numbers::compact(row.member_number()), asked, row.member_number()),
            Reading::Phone(asked) => (numbers::national_digits(row.phone()), asked, row.phone()),
            Reading::Email(asked) => (row.email().to_lowercase(), asked, row.email()),
        };
        let begins = !asked.is_empty() && registered.starts_with(asked.as_str());
        begins.then(|| (registered == *asked, found.to_owned()))
    });
    let (complete, found) = readings.reduce(|best, other| if other.0 && !best.0 { other } else { best })?;
    let (class, score) = if complete { (Class::Number, 1.0) } else { (Class::Prefix, BEGINNING_OF_NUMBER) };
    Some(Reason { why: Why { asked: number.text.clone(), found, class }, score })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_and_number_are_pinned_and_only_former_names_and_nicknames_come_last() {
        let all = [
            Class::Number,
            Class::Exact,
            Class::SameWhenFolded,
            Class::Prefix,
            Class::SoundsLike,
            Class::Similar,
            Class::FormerName,
            Class::Nickname,
        ];
        assert_eq!(
            all.into_iter().filter(|class| class.tier() == Tier::Pinned).collect::<Vec<_>>(),
            [Class::Number, Class::Exact]
        );
        assert_eq!(
            all.into_iter().filter(|class| class.tier() == Tier::Last).collect::<Vec<_>>(),
            [Class::FormerName, Class::Nickname]
        );
        assert!(all.is_sorted(), "the weaker of two classes is the greater");
    }
}
