//! Personal identity numbers, held against an oracle that knows nothing of this program: the rows of
//! `tests/vectors/identity_numbers.tsv` come from `make_identity_numbers.py` beside it, which tells how and from
//! which sources.

use chrono::NaiveDate;
use matrikel::members::identity_number::{IdentityNumber, IdentityNumberError, Kind};

const VECTORS: &str = include_str!("../vectors/identity_numbers.tsv");

/// The day on which the vectors were judged.
fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, 15).expect("a date")
}

struct Vector {
    country: &'static str,
    text: &'static str,
    /// Kind and birth date, when it is valid.
    expected: Option<(&'static str, Option<NaiveDate>)>,
}

fn vectors() -> impl Iterator<Item = Vector> {
    VECTORS.lines().skip(1).map(|line| {
        let columns: Vec<_> = line.split('\t').collect();
        let [country, text, valid, kind, birth_date, _source] = columns[..] else { panic!("not six columns: {line}") };
        let birth_date = (!birth_date.is_empty()).then(|| birth_date.parse().expect("a date"));
        Vector { country, text, expected: (valid == "1").then_some((kind, birth_date)) }
    })
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Personnummer => "personnummer",
        Kind::Samordningsnummer => "samordningsnummer",
        Kind::Henkilotunnus => "henkilotunnus",
        Kind::TemporaryHenkilotunnus => "temporary_henkilotunnus",
        Kind::Fodselsnummer => "fodselsnummer",
        Kind::DNumber => "d_number",
        Kind::Cpr => "cpr",
    }
}

#[test]
fn every_number_is_judged_as_the_oracle_judges_it() {
    let wrong: Vec<_> = vectors()
        .filter_map(|vector| {
            let number = IdentityNumber::parse(vector.text, Some(vector.country), today());
            let judged = number.as_ref().ok().map(|number| (name(number.kind()), number.birth_date()));
            (judged != vector.expected)
                .then(|| format!("{} {}: {:?}, not {:?}", vector.country, vector.text, number, vector.expected))
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_vectors_hold_hundreds_of_numbers_of_each_country_and_every_kind() {
    for country in ["SE", "FI", "NO", "DK"] {
        let (valid, refused): (Vec<_>, Vec<_>) =
            vectors().filter(|vector| vector.country == country).partition(|vector| vector.expected.is_some());
        assert!(valid.len() >= 100 && refused.len() >= 100, "{country}: {} valid, {} refused", valid.len(), refused.len());
    }
    for kind in
        ["personnummer", "samordningsnummer", "henkilotunnus", "temporary_henkilotunnus", "fodselsnummer", "d_number", "cpr"]
    {
        assert!(vectors().filter(|vector| vector.expected.is_some_and(|(expected, _)| expected == kind)).count() >= 20, "{kind}");
    }
}

#[test]
fn the_canonical_form_of_every_number_has_the_length_of_its_country_and_reads_as_itself() {
    for vector in vectors().filter(|vector| vector.expected.is_some()) {
        let number = IdentityNumber::parse(vector.text, Some(vector.country), today()).unwrap();
        let length = [("SE", 12), ("FI", 11), ("NO", 11), ("DK", 10)]
            .into_iter()
            .find(|(country, _)| *country == vector.country)
            .unwrap()
            .1;
        assert_eq!(number.canonical().len(), length, "{}", vector.text);
        assert_eq!(IdentityNumber::parse(number.canonical(), Some(vector.country), today()), Ok(number.clone()));
    }
}

#[test]
fn without_a_country_a_number_is_read_the_same_or_the_country_is_asked_for() {
    for vector in vectors() {
        let with = IdentityNumber::parse(vector.text, Some(vector.country), today());
        match IdentityNumber::parse(vector.text, None, today()) {
            Err(IdentityNumberError::CountryNeeded) => {}
            Ok(number) if with.is_ok() => assert_eq!(Ok(number), with),
            // Written like a number of another country: what is one digit too many here is right there.
            Ok(_) => assert!(matches!(with, Err(IdentityNumberError::Form { .. })), "{} {}", vector.country, vector.text),
            Err(_) => assert!(with.is_err(), "{} {}", vector.country, vector.text),
        }
    }
}

#[test]
fn no_message_and_no_debug_output_repeats_a_number() {
    for vector in vectors() {
        let shown = match IdentityNumber::parse(vector.text, Some(vector.country), today()) {
            Ok(number) => format!("{number:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!shown.contains(|character: char| character.is_ascii_digit()) && shown.len() < 200, "{shown}");
    }
}

fn read(text: &str, country: Option<&str>) -> Result<IdentityNumber, IdentityNumberError> {
    IdentityNumber::parse(text, country, today())
}

#[test]
fn the_examples_of_the_authorities_are_read_as_they_say() {
    assert_eq!(read("701063-2391", Some("SE")).unwrap().canonical(), "197010632391");
    assert_eq!(read(" 131052 - 308t ", Some("fi")).unwrap().canonical(), "131052-308T");
    assert_eq!(read("301082 99920", Some("NO")).unwrap().birth_date(), NaiveDate::from_ymd_opt(1982, 10, 30));
    // Valid from 2032, when the remainder may be 1.
    assert_eq!(read("30108299939", Some("NO")), Err(IdentityNumberError::CheckDigit));
}

#[test]
fn a_form_that_two_countries_share_is_not_guessed() {
    let kind = |text| read(text, None).map(|number| number.kind());
    assert_eq!(kind("19701063-2391"), Ok(Kind::Samordningsnummer));
    assert_eq!(kind("131052-308T"), Ok(Kind::Henkilotunnus));
    assert_eq!(kind("30108299920"), Ok(Kind::Fodselsnummer));
    assert_eq!(kind("7010632391"), Err(IdentityNumberError::CountryNeeded));
    assert_eq!(kind("131052-3081"), Err(IdentityNumberError::CountryNeeded));
    assert!(matches!(kind("1310523"), Err(IdentityNumberError::Form { .. })));
    assert_eq!(read("30108299920", Some("DE")), Err(IdentityNumberError::CountryNotKnown));
}

#[test]
fn debug_shows_the_kind_and_not_the_number() {
    assert_eq!(format!("{:?}", read("131052-308T", Some("FI")).unwrap()), "IdentityNumber { kind: Henkilotunnus, .. }");
}
