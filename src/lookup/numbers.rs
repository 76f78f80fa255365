//! Numbers: what is typed into the search box that is not a name.
//!
//! A typed number may be several things at once (1984 is a year and the beginning of a member number), so each is
//! read in every way that makes sense and a member matches by any of them. Phone numbers are compared by their
//! national significant digits, because +46 70-123 45 67, 0046701234567 and 070-1234567 are one number and a
//! caller's display shows any of them.

use chrono::{Datelike, Months, NaiveDate};

/// Fewer digits than these are not taken for the beginning of a phone number.
const LEAST_PHONE_DIGITS: usize = 4;
/// An international number typed without its plus is tried only if so many digits are left behind the country code.
const LEAST_SUBSCRIBER_DIGITS: usize = 6;
const NORDIC_COUNTRY_CODES: [&str; 5] = ["46", "358", "47", "45", "354"];

/// One thing that a typed number may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    /// A member number or its beginning, in the form of [`compact`].
    Member(String),
    /// The national significant digits of a phone number, or the first of them.
    Phone(String),
    /// An e-mail address or its beginning, in lower case.
    Email(String),
    /// Born on one of these days, both included.
    Born(NaiveDate, NaiveDate),
}

/// Every way to read a text that holds a digit or an @.
pub(super) fn readings(text: &str, today: NaiveDate) -> Vec<Reading> {
    if text.contains('@') {
        return vec![Reading::Email(text.trim_matches(['<', '>', ',', ';']).to_lowercase())];
    }
    let mut readings = vec![Reading::Member(compact(text))];
    readings.extend(birth_dates(text, today).into_iter().map(|(from, to)| Reading::Born(from, to)));
    if !text.chars().any(char::is_alphabetic) {
        readings.extend(typed_phone(text).into_iter().filter(|digits| digits.len() >= LEAST_PHONE_DIGITS).map(Reading::Phone));
    }
    readings
}

/// A member number without case and what stands between its letters and digits.
pub(super) fn compact(number: &str) -> String {
    number.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The national significant digits of a registered phone number.
pub(super) fn national_digits(phone: &str) -> String {
    let digits = digits(phone);
    let international = if phone.trim_start().starts_with('+') { Some(digits.as_str()) } else { digits.strip_prefix("00") };
    let national = match international {
        Some(number) => number.get(country_code_length(number)..).unwrap_or(""),
        None => &digits,
    };
    national.trim_start_matches('0').to_owned()
}

/// What the typed digits may be: as they stand, and with a country code whose plus was not typed.
fn typed_phone(text: &str) -> Vec<String> {
    let mut numbers = vec![national_digits(text)];
    let digits = digits(text);
    for code in NORDIC_COUNTRY_CODES {
        if let Some(rest) = digits.strip_prefix(code)
            && rest.len() >= LEAST_SUBSCRIBER_DIGITS
        {
            numbers.push(rest.trim_start_matches('0').to_owned());
        }
    }
    numbers.dedup();
    numbers
}

/// The length of the country code that an international number begins with (ITU-T E.164).
fn country_code_length(number: &str) -> usize {
    let start: String = number.chars().take(2).collect();
    match start.as_str() {
        start if start.starts_with(['1', '7']) => 1,
        "20" | "27" | "30" | "31" | "32" | "33" | "34" | "36" | "39" | "40" | "41" | "43" | "44" | "45" | "46" | "47" | "48"
        | "49" | "51" | "52" | "53" | "54" | "55" | "56" | "57" | "58" | "60" | "61" | "62" | "63" | "64" | "65" | "66"
        | "81" | "82" | "84" | "86" | "90" | "91" | "92" | "93" | "94" | "95" | "98" => 2,
        _ => 3,
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The days of birth that a text may mean: 1984-02-01, 19840201, 840201, 1.2.1984, 010284, 1984-02, 1984.
fn birth_dates(text: &str, today: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    let groups: Vec<&str> = text.split(|character: char| !character.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    if text.chars().any(|character| !character.is_ascii_digit() && !"-./ ".contains(character)) {
        return Vec::new();
    }
    let number = |digits: &str| digits.parse::<i32>().ok();
    let day = |year: &str, month: &str, day: &str| {
        let year = match year.len() {
            4 => number(year)?,
            2 => recent_century(number(year)?, number(month)?, number(day)?, today)?,
            _ => return None,
        };
        NaiveDate::from_ymd_opt(year, u32::try_from(number(month)?).ok()?, u32::try_from(number(day)?).ok()?)
    };
    let days = match groups.as_slice() {
        [whole] if whole.len() == 8 => {
            vec![day(&whole[..4], &whole[4..6], &whole[6..]), day(&whole[4..], &whole[2..4], &whole[..2])]
        }
        [whole] if whole.len() == 6 => {
            vec![day(&whole[..2], &whole[2..4], &whole[4..]), day(&whole[4..], &whole[2..4], &whole[..2])]
        }
        [first, month, last] if month.len() <= 2 => vec![
            (first.len() == 4 && last.len() <= 2).then(|| day(first, month, last)).flatten(),
            (last.len() == 4 && first.len() <= 2).then(|| day(last, month, first)).flatten(),
        ],
        [year, month] if year.len() == 4 && month.len() == 2 => {
            return span(number(year), number(month), today).into_iter().collect();
        }
        [year] if year.len() == 4 => return span(number(year), None, today).into_iter().collect(),
        _ => Vec::new(),
    };
    let mut days: Vec<_> = days.into_iter().flatten().filter(|day| lived(*day, today)).map(|day| (day, day)).collect();
    days.dedup();
    days
}

/// The whole month or year.
fn span(year: Option<i32>, month: Option<i32>, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let from = NaiveDate::from_ymd_opt(year?, month.map_or(Some(1), |month| u32::try_from(month).ok())?, 1)?;
    let to = from.checked_add_months(Months::new(if month.is_some() { 1 } else { 12 }))?.pred_opt()?;
    lived(from, today).then_some((from, to))
}

/// The year that ends in the two digits and lies within the last hundred years.
fn recent_century(year: i32, month: i32, day: i32, today: NaiveDate) -> Option<i32> {
    let year = year + today.year() / 100 * 100;
    let date = NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?);
    Some(if date.is_none_or(|date| date > today) { year - 100 } else { year })
}

/// Whether somebody in the register may be born on the day.
fn lived(day: NaiveDate, today: NaiveDate) -> bool {
    day <= today && day.year() > today.year() - 125
}

/// The first eight bytes of a text as a number in the order of texts; a shorter one is filled up.
pub(super) fn first_bytes(text: &str, filler: u8) -> u64 {
    let bytes = text.bytes().chain(std::iter::repeat(filler));
    bytes.take(8).fold(0, |packed, byte| packed << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn today() -> NaiveDate {
        date(2026, 11, 22)
    }

    #[test]
    fn a_phone_number_is_the_same_in_every_notation() {
        for phone in ["+46701234567", "+46 70-123 45 67", "0046701234567", "070-123 45 67", "0701234567", "+46 (0)70 123 45 67"] {
            assert_eq!(national_digits(phone), "701234567", "{phone}");
        }
        assert_eq!(national_digits("+4521022044"), "21022044");
        assert_eq!(national_digits("+358401234567"), "401234567");
        assert_eq!(national_digits("+1 212 555 0100"), "2125550100");
        assert_eq!(national_digits("+353 1 234 5678"), "12345678");
        assert!(readings("46701234567", today()).contains(&Reading::Phone("701234567".into())));
        assert!(readings("070-12", today()).contains(&Reading::Phone("7012".into())));
        assert!(!readings("07", today()).iter().any(|reading| matches!(reading, Reading::Phone(_))));
    }

    #[test]
    fn a_birth_date_is_read_as_the_nordic_countries_write_it() {
        let day = Reading::Born(date(1984, 2, 1), date(1984, 2, 1));
        for text in ["1984-02-01", "19840201", "840201", "1.2.1984", "01.02.1984", "1/2 1984", "01021984", "010284"] {
            assert!(readings(text, today()).contains(&day), "{text}");
        }
        assert!(readings("1984", today()).contains(&Reading::Born(date(1984, 1, 1), date(1984, 12, 31))));
        assert!(readings("1984-02", today()).contains(&Reading::Born(date(1984, 2, 1), date(1984, 2, 29))));
        assert!(readings("120115", today()).contains(&Reading::Born(date(2012, 1, 15), date(2012, 1, 15))));
        assert!(readings("301231", today()).contains(&Reading::Born(date(1930, 12, 31), date(1930, 12, 31))));
    }

    #[test]
    fn what_is_no_date_is_not_read_as_one() {
        for text in ["1984-02-30", "2984", "104711", "1984-13", "070-123 45 67", "1700", "2030-01-01", "99999999999999999999"] {
            assert!(!readings(text, today()).iter().any(|reading| matches!(reading, Reading::Born(..))), "{text}");
        }
    }

    #[test]
    fn a_member_number_is_compared_without_what_stands_between() {
        assert_eq!(compact("A-1047/11"), "a104711");
        assert!(readings("a 1047-11", today()).contains(&Reading::Member("a104711".into())));
        assert_eq!(readings("Anna@Example.org", today()), [Reading::Email("anna@example.org".into())]);
    }

    #[test]
    fn a_text_lies_between_its_beginnings() {
        for (text, beginning) in
            [("701234567", "7012"), ("701234567", "701234567"), ("71", "7"), ("anna@example.org", "anna@exam")]
        {
            let between = first_bytes(beginning, 0)..=first_bytes(beginning, u8::MAX);
            assert!(between.contains(&first_bytes(text, 0)), "{beginning} {text}");
        }
        assert!(!(first_bytes("7012", 0)..=first_bytes("7012", u8::MAX)).contains(&first_bytes("7013", 0)));
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "\\PC{0,12}|[0-9+ ./@-]{0,20}", year in 1900i32..2200) {
            let today = date(year, 2, 28);
            for reading in readings(&text, today) {
                if let Reading::Born(from, to) = reading {
                    prop_assert!(from <= to && from <= today);
                }
            }
            national_digits(&text);
        }
    }
}
