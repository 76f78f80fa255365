//! Where the members of the demo register work and study.
//!
//! The employers are the public ones of each city ([`super::places`]); their workplaces are of the kinds that every city has,
//! named with the city because a file handed over tells workplaces apart by name alone.

use super::places::{City, Country};
use super::random::Random;

/// Who runs a kind of workplace.
#[derive(Debug, Clone, Copy)]
enum RunBy {
    Region,
    Municipality,
}
use RunBy::{Municipality, Region};

/// A kind of workplace: who runs it, what it is called before the city's name, and who works there, the usual ones repeated.
#[derive(Clone, Copy)]
struct Kind(RunBy, &'static str, &'static [&'static str]);

const NURSES: &[&str] = &["nurse", "nurse", "nurse", "specialist_nurse"];
const BIRTHS: &[&str] = &["midwife", "midwife", "midwife", "nurse"];
const IMAGING: &[&str] = &["radiographer", "radiographer", "radiographer", "nurse"];
const LABORATORY: &[&str] = &["biomedical_scientist"];
const PRIMARY: &[&str] = &["district_nurse", "district_nurse", "nurse", "midwife", "biomedical_scientist"];
const AMBULANCE: &[&str] = &["paramedic", "paramedic", "specialist_nurse"];
const MIND: &[&str] = &["psychiatric_nurse", "psychiatric_nurse", "nurse"];
const HOME_CARE: &[&str] = &["nurse", "nurse", "district_nurse"];
const PUPILS: &[&str] = &["school_nurse"];

const SWEDISH: &[Kind] = &[
    Kind(Region, "Akutmottagningen, sjukhuset i", NURSES),
    Kind(Region, "Medicinkliniken, sjukhuset i", NURSES),
    Kind(Region, "Vårdcentralen Centrum,", PRIMARY),
    Kind(Municipality, "Hemsjukvården Söder,", HOME_CARE),
    Kind(Region, "Kirurgkliniken, sjukhuset i", NURSES),
    Kind(Region, "Förlossningen, sjukhuset i", BIRTHS),
    Kind(Region, "Intensivvården, sjukhuset i", NURSES),
    Kind(Region, "Röntgen, sjukhuset i", IMAGING),
    Kind(Municipality, "Äldreboendet Björken,", HOME_CARE),
    Kind(Region, "Klinisk kemi, sjukhuset i", LABORATORY),
    Kind(Region, "Vuxenpsykiatrin,", MIND),
    Kind(Region, "Vårdcentralen Norr,", PRIMARY),
    Kind(Region, "Ambulansstationen,", AMBULANCE),
    Kind(Municipality, "Elevhälsan,", PUPILS),
];
const FINNISH: &[Kind] = &[
    Kind(Region, "Sairaalan päivystys,", NURSES),
    Kind(Municipality, "Keskustan terveysasema,", PRIMARY),
    Kind(Region, "Sisätautien osasto,", NURSES),
    Kind(Municipality, "Kotihoito, pohjoinen,", HOME_CARE),
    Kind(Region, "Kirurgian poliklinikka,", NURSES),
    Kind(Region, "Synnytysosasto,", BIRTHS),
    Kind(Region, "Teho-osasto,", NURSES),
    Kind(Municipality, "Palvelutalo Koivukoti,", HOME_CARE),
    Kind(Region, "Kuvantaminen,", IMAGING),
    Kind(Region, "Laboratorio,", LABORATORY),
    Kind(Region, "Psykiatrian poliklinikka,", MIND),
    Kind(Municipality, "Äitiys- ja lastenneuvola,", BIRTHS),
    Kind(Region, "Ensihoito,", AMBULANCE),
    Kind(Municipality, "Kouluterveydenhuolto,", PUPILS),
];
const NORWEGIAN: &[Kind] = &[
    Kind(Region, "Akuttmottaket, sykehuset i", NURSES),
    Kind(Region, "Medisinsk avdeling, sykehuset i", NURSES),
    Kind(Municipality, "Hjemmesykepleien,", HOME_CARE),
    Kind(Municipality, "Solbakken sykehjem,", HOME_CARE),
    Kind(Region, "Fødeavdelingen, sykehuset i", BIRTHS),
    Kind(Region, "Intensivavdelingen, sykehuset i", NURSES),
    Kind(Region, "Radiologisk avdeling, sykehuset i", IMAGING),
    Kind(Region, "Laboratoriet, sykehuset i", LABORATORY),
    Kind(Municipality, "Legevakten,", PRIMARY),
    Kind(Region, "Ambulansestasjonen,", AMBULANCE),
    Kind(Municipality, "Helsestasjonen,", PUPILS),
];
const DANISH: &[Kind] = &[
    Kind(Region, "Akutafdelingen, hospitalet i", NURSES),
    Kind(Region, "Medicinsk afdeling, hospitalet i", NURSES),
    Kind(Municipality, "Hjemmesygeplejen,", HOME_CARE),
    Kind(Region, "Intensivafdelingen, hospitalet i", NURSES),
    Kind(Region, "Fødegangen, hospitalet i", BIRTHS),
    Kind(Municipality, "Plejecenter Solgården,", HOME_CARE),
    Kind(Region, "Billeddiagnostisk afdeling, hospitalet i", IMAGING),
    Kind(Region, "Klinisk biokemi, hospitalet i", LABORATORY),
    Kind(Region, "Psykiatrien,", MIND),
    Kind(Municipality, "Sundhedsplejen,", PUPILS),
];

/// A workplace as it stands in the file, and what somebody does there.
pub(super) struct Job {
    pub(super) employer: &'static str,
    pub(super) workplace: String,
    pub(super) occupation: &'static str,
}

/// A job in this city. A large register has more wards in each city, so that workplaces stay the size that they have in life.
pub(super) fn job(city: &City, members: usize, random: &mut Random) -> Job {
    let (kinds, ward) = match city.country {
        Country::Sweden => (SWEDISH, "enhet"),
        Country::Finland => (FINNISH, "yksikkö"),
        Country::Norway => (NORWEGIAN, "enhet"),
        Country::Denmark => (DANISH, "enhed"),
    };
    // The lower of two throws: the first in the lists are the largest.
    let last = kinds.len() as i64 - 1;
    let Kind(run_by, name, occupations) = kinds[random.between(0, last).min(random.between(0, last)) as usize];
    let employer = match run_by {
        Region => city.region,
        Municipality => city.municipality,
    };
    // Åland is Swedish-speaking, and so are its workplaces.
    let place = if city.name == "Maarianhamina" { "Mariehamn" } else { city.name };
    let wards = 1 + members as u64 / 20_000;
    let workplace = match random.below(wards) {
        0 => format!("{name} {place}"),
        number => format!("{name} {place}, {ward} {}", number + 1),
    };
    Job { employer, workplace, occupation: random.pick(occupations) }
}

/// A school and the language it teaches in.
pub(super) struct School {
    country: Country,
    language: &'static str,
    pub(super) name: &'static str,
    /// Where most of its students live.
    pub(super) city: &'static str,
}

const fn school(country: Country, language: &'static str, name: &'static str, city: &'static str) -> School {
    School { country, language, name, city }
}

const SCHOOLS: &[School] = &[
    school(Country::Sweden, "sv", "Karolinska institutet", "Stockholm"),
    school(Country::Sweden, "sv", "Göteborgs universitet", "Göteborg"),
    school(Country::Sweden, "sv", "Lunds universitet", "Lund"),
    school(Country::Sweden, "sv", "Malmö universitet", "Malmö"),
    school(Country::Sweden, "sv", "Uppsala universitet", "Uppsala"),
    school(Country::Sweden, "sv", "Örebro universitet", "Örebro"),
    school(Country::Sweden, "sv", "Linköpings universitet", "Linköping"),
    school(Country::Sweden, "sv", "Umeå universitet", "Umeå"),
    school(Country::Sweden, "sv", "Luleå tekniska universitet", "Luleå"),
    school(Country::Finland, "fi", "Metropolia Ammattikorkeakoulu", "Helsinki"),
    school(Country::Finland, "fi", "Tampereen ammattikorkeakoulu", "Tampere"),
    school(Country::Finland, "fi", "Turun ammattikorkeakoulu", "Turku"),
    school(Country::Finland, "fi", "Oulun ammattikorkeakoulu", "Oulu"),
    school(Country::Finland, "fi", "Savonia-ammattikorkeakoulu", "Kuopio"),
    school(Country::Finland, "fi", "Lapin ammattikorkeakoulu", "Rovaniemi"),
    school(Country::Finland, "sv", "Yrkeshögskolan Arcada", "Helsinki"),
    school(Country::Finland, "sv", "Yrkeshögskolan Novia", "Vaasa"),
    school(Country::Norway, "nb", "OsloMet – storbyuniversitetet", "Oslo"),
    school(Country::Norway, "nb", "Høgskulen på Vestlandet", "Bergen"),
    school(Country::Norway, "nb", "NTNU", "Trondheim"),
    school(Country::Norway, "nb", "UiT Norges arktiske universitet", "Tromsø"),
    school(Country::Denmark, "da", "Københavns Professionshøjskole", "København"),
    school(Country::Denmark, "da", "VIA University College", "Aarhus"),
    school(Country::Denmark, "da", "UCL Erhvervsakademi og Professionshøjskole", "Odense"),
];

/// A school in this city that teaches in this language; where there is none, one elsewhere in the country.
pub(super) fn school_near(city: &City, language: &str, random: &mut Random) -> &'static School {
    let near = SCHOOLS.iter().find(|school| school.city == city.name && school.language == language);
    near.unwrap_or_else(|| draw_school(city.country, language, random))
}

/// A school in this country that teaches in this language.
pub(super) fn draw_school(country: Country, language: &str, random: &mut Random) -> &'static School {
    let fitting: Vec<&School> =
        SCHOOLS.iter().filter(|school| school.country == country && school.language == language).collect();
    random.pick(&fitting)
}

impl School {
    /// Where its teachers and researchers work.
    pub(super) fn department(&self) -> String {
        let department = match self.language {
            "fi" => "sosiaali- ja terveysala",
            "nb" => "institutt for sykepleie",
            "da" => "sygeplejerskeuddannelsen",
            _ => "institutionen för omvårdnad",
        };
        format!("{}, {department}", self.name)
    }
}
