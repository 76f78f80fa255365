//! The hits of a search as a part of a page: why each was found, with the letters marked in which it differs from what was
//! typed, and the similar spellings beside.

use askama::Template;
use chrono::Datelike;
use jobs::texts::Language;
use uuid::Uuid;

use super::shell::Shell;
use super::texts::{Text, text};
use super::words;
use crate::lookup::Class;
use crate::members::search::{Found, FoundMember, Why};

/// How many spellings are offered for one word.
const SPELLINGS: usize = 8;

/// Letters that follow each other and all differ, or all do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    text: String,
    differs: bool,
}

struct Hit {
    id: Uuid,
    name: Vec<Part>,
    born: String,
    facts: String,
    why: String,
}

struct Spelling {
    /// The whole search, with this spelling in it.
    query: String,
    name: Vec<Part>,
    members: u32,
    key: Option<usize>,
}

struct Word {
    asked: String,
    alternatives: Vec<Spelling>,
}

#[derive(Template)]
#[template(path = "hits.html")]
pub(super) struct Hits<'a> {
    page: &'a Shell,
    hits: Vec<Hit>,
    spellings: Vec<Word>,
    nobody: bool,
    asked_nothing: bool,
    may_register: bool,
    /// How many were found, in words: what a screen reader says.
    pub(super) said: String,
}

impl<'a> Hits<'a> {
    /// What `found` is for the search `query`.
    pub(super) fn of(page: &'a Shell, query: &str, found: &Found, may_register: bool) -> Self {
        let mut keys = 1..=9;
        let spellings = found.spellings.iter().map(|word| Word {
            asked: word.asked.clone(),
            alternatives: word
                .alternatives
                .iter()
                .filter(|spelling| spelling.spelling.to_lowercase() != word.asked.to_lowercase())
                .take(SPELLINGS)
                .map(|spelling| Spelling {
                    query: query.replacen(&word.asked, &spelling.spelling, 1),
                    name: parts(&spelling.spelling, &differing(&word.asked, &spelling.spelling)),
                    members: spelling.members,
                    key: keys.next(),
                })
                .collect(),
        });
        let spellings: Vec<Word> = spellings.filter(|word| !word.alternatives.is_empty()).collect();
        let nobody = found.items.is_empty();
        let asked_nothing = query.trim().is_empty();
        let said = match (asked_nothing, nobody, found.more) {
            (true, ..) => String::new(),
            (_, true, _) => page.text("nobody").to_string(),
            (.., true) => page.text("found-more").with("count", found.items.len()).to_string(),
            _ => page.text("found").with("count", found.items.len()).to_string(),
        };
        let hits = found.items.iter().map(|member| Hit::of(page.language, member)).collect();
        Self { page, hits, spellings, nobody, asked_nothing, may_register, said }
    }
}

impl Hit {
    fn of(language: Language, member: &FoundMember) -> Self {
        let name = format!("{} {}", member.given_names, member.surname);
        let mut marks = vec![false; name.chars().count()];
        for why in &member.r#match.why {
            if !matches!(why.class, Class::SameWhenFolded | Class::SoundsLike | Class::Similar) {
                continue;
            }
            if let Some(at) = name.find(&why.found) {
                let before = name[..at].chars().count();
                for (place, differs) in differing(&why.asked, &why.found).into_iter().enumerate() {
                    marks[before + place] |= differs;
                }
            }
        }
        let born = member.birth_date.map(|day| text(language, "born").with_shown("year", day.year()).to_string());
        let facts = [
            Some(member.member_number.clone()),
            member.city.clone(),
            member.workplace.clone(),
            member.membership_type.map(|value| words::membership_type(language, value).to_string()),
        ];
        let why: Vec<String> = member.r#match.why.iter().filter_map(|why| Some(reason(language, why)?.to_string())).collect();
        Self {
            id: member.id,
            name: parts(&name, &marks),
            born: born.unwrap_or_default(),
            facts: facts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            why: why.join(" · "),
        }
    }
}

/// Why a word was taken for a name; nothing needs to be said where it is the name.
fn reason(language: Language, why: &Why) -> Option<Text> {
    let reason = match why.class {
        Class::Exact | Class::Prefix => return None,
        Class::Number => text(language, "why-number"),
        Class::SameWhenFolded => text(language, "why-folded"),
        Class::SoundsLike => text(language, "why-sounds-like"),
        Class::Similar => text(language, "why-similar"),
        Class::FormerName => text(language, "why-former"),
        Class::Nickname => text(language, "why-nickname"),
    };
    Some(reason.with("asked", why.asked.clone()).with("found", why.found.clone()))
}

/// For each letter of `found`, whether it is not among those that it has in common with `asked`, in their order (their
/// longest common subsequence; case does not count).
fn differing(asked: &str, found: &str) -> Vec<bool> {
    let fold = |text: &str| text.chars().map(|letter| letter.to_lowercase().next().unwrap_or(letter)).collect::<Vec<_>>();
    let (asked, found) = (fold(asked), fold(found));
    // lengths[i][j]: of what asked[i..] and found[j..] have in common.
    let mut lengths = vec![vec![0usize; found.len() + 1]; asked.len() + 1];
    for i in (0..asked.len()).rev() {
        for j in (0..found.len()).rev() {
            lengths[i][j] =
                if asked[i] == found[j] { lengths[i + 1][j + 1] + 1 } else { Ord::max(lengths[i + 1][j], lengths[i][j + 1]) };
        }
    }
    let (mut i, mut marks) = (0, vec![true; found.len()]);
    for (j, mark) in marks.iter_mut().enumerate() {
        while i < asked.len() && lengths[i + 1][j] == lengths[i][j] && asked[i] != found[j] {
            i += 1;
        }
        if i < asked.len() && asked[i] == found[j] {
            *mark = false;
            i += 1;
        }
    }
    marks
}

/// `name` in parts that are marked alike.
fn parts(name: &str, marks: &[bool]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (letter, differs) in name.chars().zip(marks) {
        match parts.last_mut() {
            Some(part) if part.differs == *differs => part.text.push(letter),
            _ => parts.push(Part { text: letter.to_string(), differs: *differs }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(asked: &str, found: &str) -> String {
        let parts = parts(found, &differing(asked, found));
        parts.into_iter().map(|part| if part.differs { format!("[{}]", part.text) } else { part.text }).collect()
    }

    #[test]
    fn the_letters_that_differ_are_marked() {
        for (asked, found, expected) in [
            ("carlson", "Karlsson", "[K]arls[s]on"),
            ("marit", "Maarit", "Ma[a]rit"),
            ("akesson", "Åkesson", "[Å]kesson"),
            ("karlsson", "Karlsson", "Karlsson"),
            ("", "Ek", "[Ek]"),
            ("xyz", "Å", "[Å]"),
            ("mohammed", "Muhammad", "M[u]hamm[a]d"),
        ] {
            assert_eq!(shown(asked, found), expected, "{asked}");
        }
    }
}
