//! Nicknames: names that are related without being spelled alike. Who asks for Kalle may mean a Karl.
//!
//! No distance finds these, so they are looked up in a table, `nicknames.tsv`, which says where it comes from. What is in
//! no table is not offered. They are a class of their own that comes last: nobody who asked for Kalle is shown a Karl
//! before the Kalles and what sounds like it.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::fold;

const TABLE: &str = include_str!("nicknames.tsv");

/// By the plain letters of a name, the names that belong to it, as [`fold::written`].
static RELATED: LazyLock<HashMap<String, Vec<String>>> = LazyLock::new(|| read(TABLE));

/// The names that belong to a given name, by its [`fold::letters`]: written as [`fold::written`] has them, in the table's order.
pub(super) fn of(letters: &str) -> &'static [String] {
    RELATED.get(&fold::plain(letters)).map_or(&[], Vec::as_slice)
}

/// Reads the table: after the comments a header, then a name, those that belong to it, and what the reader of the file
/// wants to know. The relation holds both ways.
fn read(table: &str) -> HashMap<String, Vec<String>> {
    let mut related: HashMap<String, Vec<String>> = HashMap::new();
    let mut enter = |name: &str, other: &str| {
        let (key, other) = (fold::plain(&fold::letters(name)), fold::written(other));
        let others = related.entry(key).or_default();
        if !others.contains(&other) {
            others.push(other);
        }
    };
    for line in table.lines().filter(|line| !line.starts_with('#')).skip(1) {
        let mut columns = line.split('\t');
        let (Some(name), Some(others)) = (columns.next(), columns.next()) else { continue };
        for other in others.split(' ') {
            enter(name, other);
            enter(other, name);
        }
    }
    related
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_nickname_leads_to_its_name_and_back() {
        for (one, other) in [
            ("Kalle", "Karl"),
            ("Johan", "Johannes"),
            ("Lasse", "Lars"),
            ("Pelle", "Per"),
            ("Bosse", "Bo"),
            ("Kajsa", "Katarina"),
            ("Maija", "Maria"),
            ("Jussi", "Johannes"),
            ("Heikki", "Henrik"),
            ("Pekka", "Petri"),
            ("Liisa", "Elisabet"),
            ("Lotta", "Charlotta"),
            ("Ola", "Olav"),
        ] {
            for (asked, found) in [(one, other), (other, one)] {
                assert!(of(&fold::letters(asked)).contains(&fold::written(found)), "{asked}: {found}");
            }
        }
    }

    #[test]
    fn who_types_no_accents_finds_the_same_and_who_is_in_no_table_finds_nothing() {
        assert_eq!(of("jörgen"), of("jorgen"));
        assert!(of("gosta").contains(&"gustav".to_owned()));
        assert_eq!(of("xyz"), [] as [String; 0]);
        assert_eq!(of(""), [] as [String; 0]);
    }

    #[test]
    fn every_line_of_the_table_says_what_it_is() {
        let mut seen = BTreeSet::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')).skip(1) {
            let [name, others, kind, language] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            assert!(["pet", "translated", "derived"].contains(&kind), "{line}");
            assert_eq!(language.len(), 2, "{line}");
            for other in others.split(' ') {
                let pair = BTreeSet::from([fold::written(name), fold::written(other)]);
                assert_eq!(pair.len(), 2, "{line}: a name is not its own nickname");
                assert!(seen.insert(pair), "{line}: {other} stands here a second time");
            }
        }
    }
}
