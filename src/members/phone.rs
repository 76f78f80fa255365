//! Phone numbers: what a person or a file wrote, as E.164 where it can be understood.
//!
//! A number is understood when it is nothing but digits, at most one leading `+` and what people set between
//! digits (spaces, hyphens, dots, parentheses), and when the numbering plans of libphonenumber, as the crate
//! `phonenumber` carries them, hold it to be valid. Everything else is kept exactly as it was written: letters,
//! an extension or *alanumero* (E.164 has none, and without it the call reaches the wrong person), two numbers
//! in one field, a short code. A number is never guessed and never lost.
//!
//! Not for showing numbers: grouping digits the way a country does is the business of the pages.
//!
//! # Cost
//!
//! The crate takes 4 to 9 µs for a number: it matches a dozen regular expressions, each under one lock for the
//! whole process. An import of a million members would spend its seconds there, so mobile numbers of the Nordic
//! countries, which is what such a register holds, are recognised by `is_nordic_mobile` in 0.2 µs; the tests
//! hold it against the crate. The crate's cache has room for a hundred expressions and compiles anew what it
//! has dropped: with numbers of 16 European countries in turn, one took 3 ms. It gets room for three hundred,
//! and one takes 8 µs; numbers from every country of the world then cost 80 MB at most.

use std::sync::LazyLock;

use phonenumber::metadata::{DATABASE, Database};

/// How a number typed where `country` is home is stored; none for what cannot be read as one.
pub fn as_stored(text: &str, country: &str) -> Option<String> {
    Phone::read(text, Some(country)).filter(|phone| phone.understood).map(|phone| phone.number)
}

/// A phone number as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// E.164 (`+46701234567`) when understood, else what was written, without the space around it.
    pub number: String,
    /// Whether [`number`](Self::number) is E.164.
    pub understood: bool,
}

impl Phone {
    /// Reads a number as somebody in the given country (ISO 3166 alpha-2) would write it; `None` when nothing
    /// was written. Without a country, or with one that has no numbering plan, only numbers that name their
    /// country (`+46 …`, `0046 …`) are understood.
    pub fn read(text: &str, country: Option<&str>) -> Option<Self> {
        let written = text.trim();
        if written.is_empty() {
            return None;
        }
        Some(match Dialled::read(written).and_then(|dialled| dialled.resolve(country)) {
            Some(number) => Self { number, understood: true },
            None => Self { number: written.to_owned(), understood: false },
        })
    }
}

/// E.164 allows 15 digits; a trunk zero and an international prefix may come on top.
const MOST_DIGITS: usize = 20;
const MOST_DIGITS_IN_E164: usize = 15;

/// Ten or so for a country; the twenty-five countries behind +1 need two hundred together.
const EXPRESSIONS_KEPT: usize = 300;

/// What is left of a number for the exchange: digits, and whether they begin with a country code.
struct Dialled {
    international: bool,
    digits: String,
}

impl Dialled {
    fn read(written: &str) -> Option<Self> {
        let mut international = false;
        let mut digits = String::with_capacity(MOST_DIGITS);
        for character in written.chars() {
            match character {
                '0'..='9' if digits.len() < MOST_DIGITS => digits.push(character),
                '+' if digits.is_empty() && !international => international = true,
                '-' | '.' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ad}' => {}
                // Marks that come along when a number is copied from an address book; nobody sees them.
                '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {}
                // A line break or a tab stands between two numbers, not inside one.
                _ if character.is_whitespace() && !character.is_control() => {}
                _ => return None,
            }
        }
        Some(Self { international, digits })
    }

    fn resolve(&self, country: Option<&str>) -> Option<String> {
        let country = country.map(str::to_ascii_uppercase);
        if self.international {
            return with_country_code(&self.digits);
        }
        self.nordic_mobile(country.as_deref())
            .or_else(|| with_country_code(self.digits.strip_prefix("00")?))
            .or_else(|| within(&self.digits, country.as_deref()?))
    }

    /// The national number of a Nordic mobile phone, as it is written at home.
    fn nordic_mobile(&self, country: Option<&str>) -> Option<String> {
        let (code, trunk_prefix) = match country? {
            "SE" => ("46", "0"),
            "FI" | "AX" => ("358", "0"),
            "NO" => ("47", ""),
            "DK" => ("45", ""),
            _ => return None,
        };
        let digits = format!("{code}{}", self.digits.strip_prefix(trunk_prefix)?);
        is_nordic_mobile(&digits).then(|| format!("+{digits}"))
    }
}

/// Whether digits that begin with a country code are a mobile number of Sweden, Norway, Denmark or Finland.
///
/// Narrower than the numbering plans, never wider: what it does not recognise goes to the crate.
fn is_nordic_mobile(digits: &str) -> bool {
    match digits.as_bytes() {
        [b'4', b'6', b'7', b'0' | b'2' | b'3' | b'6' | b'9', rest @ ..] => rest.len() == 7,
        [b'4', b'7', b'4' | b'9', rest @ ..] => rest.len() == 7,
        [b'4', b'5', b'2'..=b'7', _, b'1'..=b'9', rest @ ..] => rest.len() == 5,
        [b'3', b'5', b'8', b'4', b'0'..=b'8', rest @ ..] | [b'3', b'5', b'8', b'5', b'0', rest @ ..] => {
            (4..=8).contains(&rest.len())
        }
        _ => false,
    }
}

/// The numbering plans of the world, with room in the crate's cache for those that one register meets.
static NUMBERING_PLANS: LazyLock<&'static Database> = LazyLock::new(|| {
    let cache = DATABASE.cache();
    if let Ok(mut cache) = cache.lock() {
        cache.set_capacity(EXPRESSIONS_KEPT);
    }
    &DATABASE
});

/// E.164 from digits that begin with a country code.
///
/// No country goes to the crate along with them: it would strip the trunk prefix of the writer's country from
/// the other country's number, and Italian numbers begin with a zero that belongs to them.
fn with_country_code(digits: &str) -> Option<String> {
    if is_nordic_mobile(digits) {
        return Some(format!("+{digits}"));
    }
    e164(&phonenumber::parse_with(&NUMBERING_PLANS, None, format!("+{digits}")).ok()?)
}

/// E.164 from digits as they are dialled inside a country.
///
/// Two readings, because each fails where the other does not: with the country code put in front, and the
/// crate's own, which knows longer trunk prefixes but takes the leading 45 of the Danish 45 10 00 00 for the
/// country code. When both make a number and not the same one, nobody knows which was meant.
fn within(digits: &str, country: &str) -> Option<String> {
    // The crate panics on a country without a numbering plan.
    let plan = NUMBERING_PLANS.by_id(country)?;
    let abroad = plan.international_prefix().and_then(|prefix| prefix.find(digits)).filter(|prefix| prefix.start() == 0);
    if let Some(number) = abroad.and_then(|prefix| with_country_code(&digits[prefix.end()..])) {
        return Some(number);
    }
    let in_front = with_country_code(&format!("{}{digits}", plan.country_code()));
    let by_the_crate = phonenumber::parse_with(&NUMBERING_PLANS, Some(country.parse().ok()?), digits)
        .ok()
        .filter(|number| number.code().value() == plan.country_code())
        .and_then(|number| e164(&number));
    match (in_front, by_the_crate) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => one.or(other),
    }
}

/// The crate takes "123" for a number; only its second look, at the numbering plan, says whether it is one.
fn e164(number: &phonenumber::PhoneNumber) -> Option<String> {
    if !number.is_valid_with(&NUMBERING_PLANS) {
        return None;
    }
    // Its own formatter looks for a grouping that E.164 does not have, for a third of the whole cost.
    let text = format!("+{}{}", number.code().value(), number.national());
    (text.len() <= MOST_DIGITS_IN_E164 + 1).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn understood(text: &str, country: Option<&str>) -> String {
        let phone = Phone::read(text, country).unwrap();
        assert!(phone.understood, "{text:?} in {country:?} was not understood");
        phone.number
    }

    fn kept(text: &str, country: Option<&str>) {
        assert_eq!(Phone::read(text, country), Some(Phone { number: text.to_owned(), understood: false }), "in {country:?}");
    }

    #[test]
    fn a_number_is_read_by_the_country_of_the_member() {
        assert_eq!(understood("070-123 45 67", Some("SE")), "+46701234567");
        assert_eq!(understood("08-123 456 78", Some("SE")), "+46812345678");
        assert_eq!(understood("040 123 4567", Some("FI")), "+358401234567");
        assert_eq!(understood("018 15 000", Some("AX")), "+3581815000");
        assert_eq!(understood("412 34 567", Some("NO")), "+4741234567");
        assert_eq!(understood("20 12 34 56", Some("DK")), "+4520123456");
        assert_eq!(understood("611 1234", Some("IS")), "+3546111234");
        assert_eq!(understood("(202) 555-0143", Some("US")), "+12025550143");
        assert_eq!(understood("06 1234 5678", Some("IT")), "+390612345678");
        assert_eq!(understood("0701234567", Some("se")), "+46701234567");
    }

    #[test]
    fn a_number_that_names_its_country_is_read_wherever_the_member_lives() {
        for country in [None, Some("SE"), Some("FI"), Some("US"), Some("IT"), Some("ZZ")] {
            assert_eq!(understood("+46 70 123 45 67", country), "+46701234567");
            assert_eq!(understood("0046 70 123 45 67", country), "+46701234567");
            assert_eq!(understood("+46 8 123 456 78", country), "+46812345678");
            assert_eq!(understood("+39 06 1234 5678", country), "+390612345678");
            assert_eq!(understood("0039 06 1234 5678", country), "+390612345678");
        }
        assert_eq!(understood("011 46 8 123 456 78", Some("US")), "+46812345678");
        assert_eq!(understood("990 46 8 123 456 78", Some("FI")), "+46812345678");
    }

    #[test]
    fn the_trunk_zero_in_parentheses_is_not_dialled_from_abroad() {
        assert_eq!(understood("+46 (0)70-123 45 67", None), "+46701234567");
        assert_eq!(understood("+358 (0)40 123 4567", Some("SE")), "+358401234567");
        assert_eq!(understood("+49 (0)30 123456", Some("DK")), "+4930123456");
    }

    #[test]
    fn a_number_whose_plus_or_zero_a_spreadsheet_has_eaten_is_understood() {
        assert_eq!(understood("46701234567", Some("SE")), "+46701234567");
        assert_eq!(understood("701234567", Some("SE")), "+46701234567");
        assert_eq!(understood("401234567", Some("FI")), "+358401234567");
    }

    #[test]
    fn a_number_that_begins_like_the_countrys_own_code_keeps_all_its_digits() {
        assert_eq!(understood("45 10 00 00", Some("DK")), "+4545100000");
        assert_eq!(understood("47 12 34 56", Some("NO")), "+4747123456");
        assert_eq!(understood("48 123 45 67", Some("PL")), "+48481234567");
        assert_eq!(understood("35 81 23 45", Some("NO")), "+4735812345");
    }

    #[test]
    fn a_number_with_two_readings_is_kept_as_given() {
        assert_eq!(understood("0493 012 345 67", Some("DE")), "+4949301234567");
        kept("493 012 345 67", Some("DE"));
    }

    #[test]
    fn a_countrys_own_example_numbers_are_understood_at_home() {
        for country in [
            "SE", "FI", "NO", "DK", "IS", "FO", "GL", "AX", "EE", "LV", "LT", "PL", "DE", "NL", "GB", "IE", "FR", "ES", "IT",
            "US",
        ] {
            let plan = NUMBERING_PLANS.by_id(country).unwrap();
            for kind in [plan.descriptors().mobile(), plan.descriptors().fixed_line()] {
                let example = kind.and_then(|kind| kind.example()).unwrap();
                let expected = format!("+{}{example}", plan.country_code());
                assert_eq!(understood(example, Some(country)), expected);
                assert_eq!(understood(&format!("{}{example}", plan.national_prefix().unwrap_or("")), Some(country)), expected);
            }
        }
    }

    #[test]
    fn unseen_marks_and_typographic_hyphens_do_not_matter() {
        assert_eq!(understood("\u{202a}+46\u{a0}70\u{2011}123\u{2009}45 67\u{202c}", None), "+46701234567");
        assert_eq!(understood("\u{feff}070–123 45 67\r\n", Some("SE")), "+46701234567");
        assert_eq!(understood("(+46) 70.123.45.67", None), "+46701234567");
    }

    #[test]
    fn what_cannot_be_understood_is_kept_as_given() {
        for country in [None, Some("SE"), Some("FI"), Some("NO"), Some("DK"), Some("US"), Some("ZZ"), Some("")] {
            for text in [
                "123",
                "112",
                "-",
                "+",
                "+46",
                "00",
                "call the office",
                "+46 70 123",
                "+999 1234567",
                "\u{200b}",
                "070-CALL-ME-1",
                "٠٧٠",
            ] {
                kept(text, country);
            }
            kept(&"4".repeat(10_000), country);
        }
        kept("0701234567", None);
        kept("46701234567", None);
        kept("0701234567", Some("AQ"));
        assert_eq!(Phone::read("  ring Anna ", None).unwrap().number, "ring Anna");
    }

    #[test]
    fn a_number_with_an_extension_or_two_numbers_in_one_field_are_kept_as_given() {
        let texts = [
            "08-123 456 78 ankn 12",
            "08-123 456 78 x12",
            "+46812345678;ext=12",
            "+46812345678#12",
            "08-123 456 78, 12",
            "09 123 4567 alanumero 3",
            "0701234567/0707654321",
            "0701234567 eller 0707654321",
            "0701234567\n0707654321",
            "0701234567\t08",
            "070\t1234567",
            "4670+1234567",
        ];
        for text in texts {
            kept(text, Some("SE"));
        }
    }

    #[test]
    fn nothing_written_is_no_number() {
        for text in ["", " ", "\t\r\n", "\u{a0}\u{3000}"] {
            assert_eq!(Phone::read(text, Some("SE")), None);
        }
    }

    #[test]
    fn nul_and_control_characters_are_kept_and_do_no_harm() {
        for text in ["\0", "070\0 123 45 67", "\u{7}+46701234567", "+46701234567\u{1b}[0m", "\u{85}0\0"] {
            let phone = Phone::read(text, Some("SE")).unwrap();
            assert_eq!(phone, Phone { number: text.trim().to_owned(), understood: false });
        }
    }

    /// What the crate makes of a number when nothing is recognised beforehand.
    fn without_shortcut(digits: &str) -> Option<String> {
        e164(&phonenumber::parse_with(&NUMBERING_PLANS, None, format!("+{digits}")).ok()?)
    }

    #[test]
    fn every_nordic_mobile_number_recognised_is_valid_in_the_numbering_plan() {
        let mut recognised = 0;
        for code in ["46", "47", "45", "358"] {
            for beginning in 0..10_000 {
                for rest in ["", "0", "00", "99", "0000", "9999", "00000", "99999", "000000"] {
                    let digits = format!("{code}{beginning:04}{rest}");
                    if is_nordic_mobile(&digits) {
                        recognised += 1;
                        assert_eq!(without_shortcut(&digits), Some(format!("+{digits}")));
                    }
                }
            }
        }
        assert!(recognised > 10_000, "only {recognised}");
    }

    proptest! {
        #[test]
        fn any_string_is_understood_or_kept(text in any::<String>(), country in proptest::option::of("[A-Za-z]{0,3}")) {
            match Phone::read(&text, country.as_deref()) {
                None => prop_assert!(text.trim().is_empty()),
                Some(phone) if phone.understood => prop_assert!(phone.number.starts_with('+')),
                Some(phone) => prop_assert_eq!(phone.number, text.trim()),
            }
        }

        #[test]
        fn whatever_is_dialled_in_any_country_does_not_panic(text in "[+]?[0-9 ()-]{0,24}", country in "[A-Z]{2}") {
            let phone = Phone::read(&text, Some(&country));
            prop_assert_eq!(phone.is_none(), text.trim().is_empty());
        }

        #[test]
        fn an_understood_number_reads_as_itself_everywhere(
            text in prop_oneof!["[+]?[0-9]{7,13}", "0[0-9]{6,10}", "[+](46|47|45|358|39|1|44|49)[0-9]{6,10}"],
            home in prop_oneof!["SE", "FI", "NO", "DK", "US", "IT", "DE"],
            away in prop_oneof!["SE", "FI", "NO", "DK", "US", "IT", "DE"],
        ) {
            let phone = Phone::read(&text, Some(&home)).unwrap();
            if phone.understood {
                prop_assert!(phone.number[1..].bytes().all(|byte| byte.is_ascii_digit()) && phone.number.len() <= 16);
                prop_assert_eq!(Phone::read(&phone.number, Some(&away)), Some(phone.clone()));
                prop_assert_eq!(Phone::read(&phone.number, None), Some(phone));
            }
        }

        #[test]
        fn a_nordic_number_is_the_same_with_and_without_the_shortcut(
            country in prop_oneof![Just("SE"), Just("FI"), Just("NO"), Just("DK")],
            text in "0?[24579][0-9]{5,9}",
        ) {
            let shortcut = Dialled { international: false, digits: text.clone() }.nordic_mobile(Some(country));
            if shortcut.is_some() {
                prop_assert_eq!(shortcut, within(&text, country));
            }
        }
    }
}
