//! The names of the demo register, drawn as often as people bear them.
//!
//! The lists and where they come from are in `names/README.md`. A given name is chosen to suit the surname (a Nguyen is oftener
//! called Linh than Gunnel) and the year of birth; about one in thirty is not, as in life.

use std::collections::BTreeMap;

use super::places::Country;
use super::random::{Random, Weighted};

const GIVEN: &str = include_str!("names/given.tsv");
const SURNAMES: &str = include_str!("names/surnames.tsv");

/// Which given names a person can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sex {
    Female,
    Male,
}

/// A surname and the language it is at home in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Surname {
    pub(super) name: &'static str,
    language: &'static str,
}

/// Country, language, sex and generation.
type Bearers = (Country, &'static str, Sex, char);

/// Every name, ready to be drawn.
#[derive(Debug)]
pub(super) struct Names {
    /// By country and the language that a member there speaks.
    surnames: BTreeMap<(Country, &'static str), Weighted<Surname>>,
    given: BTreeMap<Bearers, Weighted<&'static str>>,
}

impl Names {
    /// Reads the lists that are compiled in.
    pub(super) fn load() -> Self {
        let mut surnames: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (name, country, bearers, [language]) in rows::<1>(SURNAMES) {
            for &speaker in country.languages() {
                // Half the Finnish speakers' families once had Swedish names, and few Swedish speakers have Finnish ones.
                let borne = !(country == Country::Finland && speaker == "sv" && language == "fi");
                if borne {
                    surnames.entry((country, speaker)).or_default().push((Surname { name, language }, bearers));
                }
            }
        }
        let mut given: BTreeMap<Bearers, Vec<_>> = BTreeMap::new();
        for (name, country, bearers, [language, sex, generations]) in rows::<3>(GIVEN) {
            let sex = if sex == "f" { Sex::Female } else { Sex::Male };
            for generation in generations.chars() {
                given.entry((country, language, sex, generation)).or_default().push((name, bearers));
            }
        }
        Self {
            surnames: surnames.into_iter().map(|(key, names)| (key, Weighted::new(names))).collect(),
            given: given.into_iter().map(|(key, names)| (key, Weighted::new(names))).collect(),
        }
    }

    /// A surname of someone who speaks this language in this country.
    pub(super) fn surname(&self, country: Country, language: &'static str, random: &mut Random) -> Surname {
        *self.surnames[&(country, language)].draw(random)
    }

    /// One or two given names that suit the surname, the sex and the year of birth.
    pub(super) fn given(
        &self,
        (country, language): (Country, &'static str),
        surname: Surname,
        sex: Sex,
        birth_year: i32,
        random: &mut Random,
    ) -> String {
        let own = country.languages().contains(&surname.language);
        let from = match own {
            // A name of any language: mixed marriages, adoptions, fashions.
            true if random.chance(30) => self.surname(country, language, random).language,
            true => language,
            false if random.chance(750) => surname.language,
            false => language,
        };
        let from = if country == Country::Finland && ["fi", "sv"].contains(&from) { language } else { from };
        let generation = match birth_year {
            ..1962 => 'o',
            1962..1985 => 'm',
            _ => 'y',
        };
        // Where a country's list has no middle generation, or a small language none at all, the nearest takes over.
        let pool = [(from, generation), (from, 'o'), (language, generation), (language, 'o')]
            .into_iter()
            .find_map(|(language, generation)| self.given.get(&(country, language, sex, generation)));
        let Some(pool) = pool else { return String::new() };
        let first = *pool.draw(random);
        if random.chance(450) {
            return first.to_owned();
        }
        let second = *pool.draw(random);
        // Nobody is called Anna Anna, Anna-Karin Marie-Louise or Mohamed Ali Ali.
        let silly = second == first || second == surname.name || (first.contains('-') && second.contains('-'));
        if silly { first.to_owned() } else { format!("{first} {second}") }
    }
}

/// The rows of a list: name, country, bearers and what else it says.
fn rows<const N: usize>(list: &'static str) -> impl Iterator<Item = (&'static str, Country, u64, [&'static str; N])> {
    list.lines().skip(1).filter_map(|line| {
        let mut cells = line.split('\t');
        let (name, country, bearers) = (cells.next()?, Country::of_code(cells.next()?)?, cells.next()?.parse().ok()?);
        let rest: Vec<&'static str> = cells.collect();
        Some((name, country, bearers, rest.try_into().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_lists_is_read() {
        assert_eq!(rows::<1>(SURNAMES).count(), SURNAMES.lines().count() - 1);
        assert_eq!(rows::<3>(GIVEN).count(), GIVEN.lines().count() - 1);
        for (name, _, bearers, [language, sex, generations]) in rows::<3>(GIVEN) {
            assert!(bearers > 0 && language.len() == 2, "{name}");
            assert!(["f", "m"].contains(&sex) && ["o", "om", "m", "my", "y", "omy"].contains(&generations), "{name}");
        }
    }

    #[test]
    fn every_country_has_a_hundred_names_of_each_kind() {
        for country in Country::ALL {
            assert!(rows::<1>(SURNAMES).filter(|row| row.1 == country).count() >= 100, "{country:?}");
            assert!(rows::<3>(GIVEN).filter(|row| row.1 == country).count() >= 100, "{country:?}");
        }
    }

    #[test]
    fn no_name_stands_twice() {
        let mut surnames: Vec<_> = rows::<1>(SURNAMES).map(|(name, country, _, rest)| (country, rest, name)).collect();
        let before = surnames.len();
        surnames.sort_unstable();
        surnames.dedup();
        assert_eq!(surnames.len(), before);
    }

    #[test]
    fn everyone_gets_a_name() {
        let names = Names::load();
        let mut random = Random::new(3);
        for country in Country::ALL {
            for &language in country.languages() {
                for year in [1930, 1962, 1984, 1985, 2008] {
                    for sex in [Sex::Female, Sex::Male] {
                        for _ in 0..300 {
                            let surname = names.surname(country, language, &mut random);
                            let given = names.given((country, language), surname, sex, year, &mut random);
                            assert!(!given.is_empty() && !surname.name.is_empty());
                        }
                    }
                }
            }
        }
    }
}
