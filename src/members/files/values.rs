//! Reads the values of cells: what people write for a date, a yes, a kind of membership.
//!
//! Every function takes a trimmed cell and gives `None` for an empty one, because an empty cell says nothing about the
//! member; it is for the import to decide what nothing means. A message is a sentence for
//! [`Problem::at_cell`](super::Problem::at_cell): it names what is accepted.

use chrono::{Datelike, NaiveDate};

use super::countries;
use super::problem::quoted;
use super::spelling::Vocabulary;

static MEMBERSHIP_TYPES: Vocabulary = Vocabulary::new(&[
    ("student", "student member, studerande, studentmedlem, studerandemedlem, opiskelija, opiskelijajäsen, studerende"),
    (
        "professional",
        "working, employed, yrkesverksam, yrkesaktiv, yrkesverksam medlem, ordinarie, ordinarie medlem, \
             ammatissa toimiva, ammatissatoimiva, työelämässä, varsinainen jäsen, varsinainen, yrkesaktiv medlem, \
             erhvervsaktiv",
    ),
    ("manager", "leader, chef, chefsmedlem, chef/ledare, ledare, esihenkilö, esimies, johtaja, leder"),
    ("teacher", "lärare, opettaja, lærer, underviser"),
    ("researcher", "forskare, tutkija, forsker, doktorand, doctoral researcher"),
    (
        "self_employed",
        "entrepreneur, egenföretagare, egen företagare, företagare, yrittäjä, selvstendig, selvstændig, \
             selvstendig næringsdrivende",
    ),
    (
        "job_seeker",
        "unemployed, jobseeker, arbetssökande, arbetslös, työnhakija, työtön, arbeidssøker, arbejdssøgende, \
             ledig, arbeidsledig",
    ),
    ("retired", "pensioner, pensionär, pensionärsmedlem, eläkeläinen, eläkeläisjäsen, eläkkeellä, pensjonist, pensionist"),
    (
        "supporting",
        "supporting member, supporter, stödmedlem, stödjande, stödjande medlem, kannatusjäsen, tukijäsen, støttemedlem",
    ),
    ("prospect", "prospective, prospekt, presumtiv, presumtiv medlem, mahdollinen jäsen, prospekti"),
]);

static LEAVE_REASONS: Vocabulary = Vocabulary::new(&[
    (
        "retired",
        "retirement, pension, pensionerad, pensionering, gått i pension, eläke, eläkkeelle, eläköityminen, \
             eläköitynyt, pensjon, pensjonert, pensioneret",
    ),
    (
        "changed_union",
        "other union, bytt förbund, bytte förbund, byte av förbund, förbundsbyte, annat förbund, \
             liiton vaihto, vaihtanut liittoa, vaihtoi liittoa, toinen liitto, byttet forbund, skiftet forbund",
    ),
    ("dissatisfied", "missnöjd, missnöje, tyytymätön, tyytymättömyys, misfornøyd, utilfreds"),
    (
        "moved",
        "moved abroad, emigrated, flyttat, flytt, flyttat utomlands, utvandrad, muutto, muuttanut, \
             muuttanut ulkomaille, flyttet",
    ),
    ("deceased", "dead, died, avliden, avlidit, död, kuollut, kuolema, død, afdød"),
    (
        "unpaid",
        "fee unpaid, obetald, obetalt, obetald avgift, obetalda avgifter, maksamaton, maksamaton jäsenmaksu, \
             maksamattomat jäsenmaksut, maksurästi, ubetalt, restance",
    ),
    ("other", "other reason, annat, annan, annan orsak, övrigt, muu, muu syy, annet, andet"),
]);

static PROTECTION_KINDS: Vocabulary = Vocabulary::new(&[
    (
        "marked",
        "1, x, true, yes, ja, kyllä, on, sekretessmarkering, sekretessmarkerad, spärrmarkering, spärrmarkerad, \
             skyddade personuppgifter, skyddad identitet, skyddad, protected, protected identity",
    ),
    ("registered_elsewhere", "skyddad folkbokföring, kvarskrivning, protected registration"),
    ("turvakielto", "turvakiellossa"),
    ("no_6", "kode 6, strengt fortrolig, strengt fortrolig adresse, code 6"),
    ("no_7", "kode 7, fortrolig, fortrolig adresse, code 7"),
    ("dk", "navne- og adressebeskyttelse, adressebeskyttelse, navnebeskyttelse, beskyttet adresse"),
]);

static APPOINTMENT_ROLES: Vocabulary = Vocabulary::new(&[
    (
        "shop_steward",
        "steward, union representative, förtroendeman, arbetsplatsombud, ombud, luottamusmies, \
             luottamusvaltuutettu, tillitsvalgt, tillidsrepræsentant, tillitsmann",
    ),
    (
        "chief_shop_steward",
        "chief steward, huvudförtroendeman, huvudombud, pääluottamusmies, pääluottamusvaltuutettu, \
             hovedtillitsvalgt, fællestillidsrepræsentant",
    ),
    (
        "safety_representative",
        "safety rep, health and safety representative, skyddsombud, huvudskyddsombud, arbetsmiljöombud, \
             arbetarskyddsfullmäktig, työsuojeluvaltuutettu, verneombud, arbejdsmiljørepræsentant",
    ),
    (
        "student_representative",
        "student rep, studentrepresentant, studeranderepresentant, studerandeombud, studentombud, \
             opiskelijaedustaja, opiskelija-asiamies, studenttillitsvalgt, studenterrepræsentant",
    ),
]);

static LANGUAGES: Vocabulary = Vocabulary::new(&[
    ("sv", "swe, swedish, svenska, ruotsi, svensk"),
    ("fi", "fin, finnish, finska, suomi, finsk"),
    ("en", "eng, english, engelska, englanti, engelsk"),
    ("nb", "nob, no, nor, norwegian, norska, norja, norsk, bokmål, norsk bokmål"),
    ("da", "dan, danish, danska, tanska, dansk"),
]);

static FLAGS: Vocabulary = Vocabulary::new(&[
    ("1", "x, ja, j, kyllä, k, yes, y, true, sant, tosi, on"),
    ("0", "nej, n, ei, e, no, nei, false, falskt, epätosi, off"),
]);

/// A date between 1850 and 2200, year first or day first.
pub fn date(cell: &str) -> Result<Option<NaiveDate>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    let day = cell.strip_suffix("00:00:00").map_or(cell, |date| date.strip_suffix(['T', ' ']).unwrap_or(cell).trim_end());
    let Some((year, month, day)) = parts_of_date(day) else {
        return Err(format!("{} is no date; write it as 1984-02-28 (or 28.2.1984)", quoted(cell)));
    };
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) if (1850..=2200).contains(&date.year()) => Ok(Some(date)),
        Some(_) => {
            Err(format!("{} is not between 1850 and 2200; write the year with four digits, as in 1984-02-28", quoted(cell)))
        }
        None => Err(format!("{} is no date, because there is no such day; write it as 1984-02-28", quoted(cell))),
    }
}

/// Year, month and day of one of the accepted ways to write them, existing or not.
fn parts_of_date(text: &str) -> Option<(i32, u32, u32)> {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some((digits(&text[..4], 4, 4)? as i32, digits(&text[4..6], 2, 2)?, digits(&text[6..], 2, 2)?));
    }
    if let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] {
        return Some((digits(year, 4, 4)? as i32, digits(month, 2, 2)?, digits(day, 2, 2)?));
    }
    if let [day, month, year] = text.split('.').collect::<Vec<_>>()[..] {
        return Some((digits(year, 4, 4)? as i32, digits(month, 1, 2)?, digits(day, 1, 2)?));
    }
    None
}

/// A number of `fewest` to `most` ASCII digits; no sign and no blank, which `parse` would let through.
fn digits(text: &str, fewest: usize, most: usize) -> Option<u32> {
    let right = (fewest..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if right { text.parse().ok() } else { None }
}

/// A yes or no.
pub fn flag(cell: &str) -> Result<Option<bool>, String> {
    match chosen(cell, &FLAGS) {
        Some(word) => Ok(word.map(|word| word == "1")),
        None => Err(format!(
            "{} is neither yes nor no; write 1 for yes, and 0 or nothing for no (also ja/nej, kyllä/ei, yes/no, x)",
            quoted(cell)
        )),
    }
}

/// The canonical name of a kind of membership.
pub fn membership_type(cell: &str) -> Result<Option<&'static str>, String> {
    one_of(cell, &MEMBERSHIP_TYPES, "membership type")
}

/// The canonical name of a reason for leaving.
pub fn leave_reason(cell: &str) -> Result<Option<&'static str>, String> {
    one_of(cell, &LEAVE_REASONS, "leave reason")
}

/// The canonical name of the role of a representative.
pub fn appointment_role(cell: &str) -> Result<Option<&'static str>, String> {
    one_of(cell, &APPOINTMENT_ROLES, "role")
}

/// The canonical name of a kind of protected identity; `1` and every yes mean `marked`, `0` and every no nothing.
///
/// What is not understood is an error and never "no": the address of a person at risk must not come out because of a
/// word that is not in the list.
pub fn protection_kind(cell: &str) -> Result<Option<&'static str>, String> {
    if let Some(Some("0")) = chosen(cell, &FLAGS) {
        return Ok(None);
    }
    one_of(cell, &PROTECTION_KINDS, "kind of protection").map_err(|message| format!("{message}; 1 means marked"))
}

/// The code of a language in which members are written to; of others than the five that pages have, the code alone.
pub fn language(cell: &str) -> Result<Option<String>, String> {
    // "sv-FI" is a way of writing the language.
    let code = match cell.split_once(['-', '_']) {
        Some((code, region)) if code.len() == 2 && region.len() == 2 => code,
        _ => cell,
    };
    let other = code.to_lowercase();
    match chosen(code, &LANGUAGES) {
        Some(language) => Ok(language.map(str::to_owned)),
        // The code of Northern Sami, often written for Swedish, and Denmark's: not for us to guess.
        None if ["se", "dk"].contains(&other.as_str()) => Err(no_language(cell)),
        None if (2..=3).contains(&other.len()) && other.bytes().all(|letter| letter.is_ascii_lowercase()) => Ok(Some(other)),
        None => Err(no_language(cell)),
    }
}

fn no_language(cell: &str) -> String {
    format!("{} is no language; write sv, fi, en, nb or da, or the code of another one", quoted(cell))
}

/// The ISO 3166-1 alpha-2 code of a country; Nordic countries also by their names.
pub fn country(cell: &str) -> Result<Option<&'static str>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    match countries::code(cell) {
        Some(code) => Ok(Some(code)),
        None => Err(format!(
            "{} is no country; write its two letters, as in SE, FI, NO, DK (names are understood for the Nordic countries only)",
            quoted(cell)
        )),
    }
}

fn one_of(cell: &str, words: &Vocabulary, what: &str) -> Result<Option<&'static str>, String> {
    chosen(cell, words).ok_or_else(|| {
        let names = words.names().collect::<Vec<_>>().join(", ");
        format!("{} is no {what}; write one of {names}", quoted(cell))
    })
}

/// The canonical name that `cell` means, `Some(None)` when it is empty, `None` when it is not understood.
fn chosen(cell: &str, words: &Vocabulary) -> Option<Option<&'static str>> {
    if cell.is_empty() { Some(None) } else { words.meaning(cell).map(Some) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ymd(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn dates_are_read_year_first_and_day_first() {
        for cell in ["1984-02-28", "19840228", "28.02.1984", "28.2.1984", "1984-02-28 00:00:00", "1984-02-28T00:00:00"] {
            assert_eq!(date(cell), Ok(Some(ymd(1984, 2, 28))), "{cell}");
        }
        assert_eq!(date("1.2.1984"), Ok(Some(ymd(1984, 2, 1))));
        assert_eq!(date("2024-02-29"), Ok(Some(ymd(2024, 2, 29))));
        assert_eq!(date("1850-01-01"), Ok(Some(ymd(1850, 1, 1))));
        assert_eq!(date("31.12.2200"), Ok(Some(ymd(2200, 12, 31))));
        assert_eq!(date(""), Ok(None));
    }

    #[test]
    fn what_is_no_date_is_refused_with_advice() {
        for cell in [
            "31.2.1984",
            "1984-02-30",
            "30022026",
            "2023-02-29",
            "1984-2-28",
            "84-02-28",
            "1.1.84",
            "28/2/1984",
            "28-02-1984",
            "1849-12-31",
            "2201-01-01",
            "10000-01-01",
            "+1984-02-28",
            "1984-+2-28",
            "1984-02-28 12:00:00",
            "198402281",
            "28.2.1984.",
            " ",
            "-",
            "i dag",
            "१९८४-०२-२८",
            "00:00:00",
            "1984-02-28x00:00:00",
            "99999999999999999999.1.1",
            "1984-02-2800:00:00",
        ] {
            let message = date(cell).unwrap_err();
            assert!(message.contains("1984-02-28"), "{cell}: {message}");
        }
        assert_eq!(
            date("31.2.1984").unwrap_err(),
            "\"31.2.1984\" is no date, because there is no such day; write it as 1984-02-28"
        );
        assert!(!date("19840201-1235").unwrap_err().contains("1235"));
    }

    proptest! {
        #[test]
        fn every_way_to_write_a_date_means_that_date(days in 675_334_i32..=803_533) {
            let day = NaiveDate::from_num_days_from_ce_opt(days).unwrap();
            for form in ["%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%-d.%-m.%Y", "%Y-%m-%d 00:00:00"] {
                prop_assert_eq!(date(&day.format(form).to_string()), Ok(Some(day)));
            }
        }

        #[test]
        fn no_text_makes_a_reader_panic(cell in "\\PC{0,12}|[0-9.T :-]{0,20}") {
            let _ = (date(&cell), flag(&cell), membership_type(&cell), leave_reason(&cell), appointment_role(&cell),
                protection_kind(&cell), language(&cell), country(&cell));
        }
    }

    #[test]
    fn flags_are_read_in_three_languages() {
        for cell in ["1", "ja", "Kyllä", "YES", "x", "X", "true"] {
            assert_eq!(flag(cell), Ok(Some(true)), "{cell}");
        }
        for cell in ["0", "nej", "Ei", "no", "FALSE"] {
            assert_eq!(flag(cell), Ok(Some(false)), "{cell}");
        }
        assert_eq!(flag(""), Ok(None));
        assert!(flag("kanske").unwrap_err().contains("ja/nej, kyllä/ei, yes/no, x"));
        assert!(flag("2").is_err());
    }

    #[test]
    fn terms_are_sound() {
        for words in [&MEMBERSHIP_TYPES, &LEAVE_REASONS, &PROTECTION_KINDS, &APPOINTMENT_ROLES, &LANGUAGES, &FLAGS] {
            words.is_sound();
        }
    }

    #[test]
    fn canonical_names_and_terms_are_read() {
        assert_eq!(membership_type("self_employed"), Ok(Some("self_employed")));
        assert_eq!(membership_type("Egenföretagare"), Ok(Some("self_employed")));
        assert_eq!(membership_type("Opiskelija"), Ok(Some("student")));
        assert_eq!(leave_reason("Vaihtanut liittoa"), Ok(Some("changed_union")));
        assert_eq!(leave_reason("avliden"), Ok(Some("deceased")));
        assert_eq!(appointment_role("Huvudförtroendeman"), Ok(Some("chief_shop_steward")));
        assert_eq!(appointment_role("työsuojeluvaltuutettu"), Ok(Some("safety_representative")));
        assert_eq!(membership_type(""), Ok(None));
        assert_eq!(
            appointment_role("ordförande").unwrap_err(),
            "\"ordförande\" is no role; write one of shop_steward, chief_shop_steward, safety_representative, student_representative"
        );
    }

    #[test]
    fn protection_is_never_lost_to_a_word_that_is_not_understood() {
        assert_eq!(protection_kind("1"), Ok(Some("marked")));
        assert_eq!(protection_kind("Kyllä"), Ok(Some("marked")));
        assert_eq!(protection_kind("Turvakielto"), Ok(Some("turvakielto")));
        assert_eq!(protection_kind("kode 6"), Ok(Some("no_6")));
        assert_eq!(protection_kind("nej"), Ok(None));
        assert_eq!(protection_kind("0"), Ok(None));
        assert_eq!(protection_kind(""), Ok(None));
        assert!(protection_kind("salainen").unwrap_err().contains("1 means marked"));
    }

    #[test]
    fn languages_and_countries_are_read_by_code_and_name() {
        let read = |cell| language(cell).unwrap().unwrap();
        assert_eq!(read("sv"), "sv");
        assert_eq!(read("de"), "de");
        assert_eq!(read("Suomi"), "fi");
        assert_eq!(read("sv-FI"), "sv");
        assert_eq!(read("NO"), "nb");
        assert!(language("se").unwrap_err().contains("sv, fi, en, nb or da"));
        assert_eq!(country("se"), Ok(Some("SE")));
        assert_eq!(country("Ruotsi"), Ok(Some("SE")));
        assert_eq!(country("Åland"), Ok(Some("AX")));
        assert_eq!(country("EE"), Ok(Some("EE")));
        assert_eq!(country(""), Ok(None));
        assert!(country("Atlantis").unwrap_err().contains("SE, FI, NO, DK"));
        assert!(country("ZZ").is_err());
    }
}
