//! Where the members of the demo register live: countries, cities, streets, postal codes and telephone numbers.
//!
//! Cities, their postal codes and the public employers there are real; streets are the ones that every town has. A number in
//! them is invented, so an address may exist, as in any invented register.

use super::random::Random;

/// The four countries of the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Country {
    Sweden,
    Finland,
    Norway,
    Denmark,
}

impl Country {
    pub(super) const ALL: [Self; 4] = [Self::Sweden, Self::Finland, Self::Norway, Self::Denmark];

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Sweden => "SE",
            Self::Finland => "FI",
            Self::Norway => "NO",
            Self::Denmark => "DK",
        }
    }

    pub(super) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|country| country.code() == code)
    }

    /// The languages of its members, the most spoken first.
    pub(super) fn languages(self) -> &'static [&'static str] {
        match self {
            Self::Sweden => &["sv"],
            Self::Finland => &["fi", "sv"],
            Self::Norway => &["nb"],
            Self::Denmark => &["da"],
        }
    }

    /// The kinds of protected identity that its law knows.
    pub(super) fn protections(self) -> &'static [&'static str] {
        match self {
            Self::Sweden => &["marked", "marked", "registered_elsewhere"],
            Self::Finland => &["turvakielto"],
            Self::Norway => &["no_7", "no_6"],
            Self::Denmark => &["dk"],
        }
    }

    /// 55 % Sweden, 27 % Finland, 9 % each Norway and Denmark.
    pub(super) fn draw(random: &mut Random) -> Self {
        match random.below(100) {
            0..55 => Self::Sweden,
            55..82 => Self::Finland,
            82..91 => Self::Norway,
            _ => Self::Denmark,
        }
    }
}

/// A city with the public employers of the area.
#[derive(Debug)]
pub(super) struct City {
    pub(super) country: Country,
    pub(super) name: &'static str,
    /// What Swedish speakers in Finland call it.
    swedish: &'static str,
    /// How many members live there, in proportion; of Finland's Swedish speakers, the other.
    weight: u64,
    swedish_weight: u64,
    postal_codes: &'static [&'static str],
    /// Who runs hospitals and health centres: region, wellbeing services county, health trust.
    pub(super) region: &'static str,
    /// Who runs home care and schools.
    pub(super) municipality: &'static str,
    pub(super) branch: &'static str,
}

const fn city(
    country: Country,
    names: [&'static str; 2],
    weights: [u64; 2],
    postal_codes: &'static [&'static str],
    employers: [&'static str; 2],
    branch: &'static str,
) -> City {
    let ([name, swedish], [weight, swedish_weight], [region, municipality]) = (names, weights, employers);
    City { country, name, swedish, weight, swedish_weight, postal_codes, region, municipality, branch }
}

use Country::{Denmark, Finland, Norway, Sweden};

#[rustfmt::skip]
pub(super) const CITIES: &[City] = &[
    city(Sweden, ["Stockholm"; 2], [18, 0], &["113 30", "116 21", "118 53", "126 37"], ["Region Stockholm", "Stockholms stad"], "Avdelning Stockholm"),
    city(Sweden, ["Göteborg"; 2], [13, 0], &["411 04", "413 15", "416 66"], ["Västra Götalandsregionen", "Göteborgs Stad"], "Avdelning Västra Götaland"),
    city(Sweden, ["Malmö"; 2], [9, 0], &["211 20", "214 35", "217 45"], ["Region Skåne", "Malmö stad"], "Avdelning Skåne"),
    city(Sweden, ["Lund"; 2], [5, 0], &["222 22", "226 47"], ["Region Skåne", "Lunds kommun"], "Avdelning Skåne"),
    city(Sweden, ["Uppsala"; 2], [8, 0], &["752 20", "753 30"], ["Region Uppsala", "Uppsala kommun"], "Avdelning Uppsala"),
    city(Sweden, ["Västerås"; 2], [5, 0], &["722 11", "723 35"], ["Region Västmanland", "Västerås stad"], "Avdelning Västmanland"),
    city(Sweden, ["Örebro"; 2], [6, 0], &["702 10", "703 62"], ["Region Örebro län", "Örebro kommun"], "Avdelning Örebro"),
    city(Sweden, ["Linköping"; 2], [6, 0], &["582 22", "587 31"], ["Region Östergötland", "Linköpings kommun"], "Avdelning Östergötland"),
    city(Sweden, ["Jönköping"; 2], [4, 0], &["553 16", "554 46"], ["Region Jönköpings län", "Jönköpings kommun"], "Avdelning Jönköping"),
    city(Sweden, ["Umeå"; 2], [7, 0], &["903 26", "907 36"], ["Region Västerbotten", "Umeå kommun"], "Avdelning Västerbotten"),
    city(Sweden, ["Luleå"; 2], [4, 0], &["972 31", "974 37"], ["Region Norrbotten", "Luleå kommun"], "Avdelning Norrbotten"),
    city(Sweden, ["Kiruna"; 2], [2, 0], &["981 31"], ["Region Norrbotten", "Kiruna kommun"], "Avdelning Norrbotten"),
    city(Sweden, ["Östersund"; 2], [3, 0], &["831 31", "831 45"], ["Region Jämtland Härjedalen", "Östersunds kommun"], "Avdelning Jämtland"),
    city(Sweden, ["Visby"; 2], [2, 0], &["621 45", "621 57"], ["Region Gotland", "Region Gotland"], "Avdelning Gotland"),

    city(Finland, ["Helsinki", "Helsingfors"], [16, 22], &["00100", "00500", "00530", "00200"], ["HUS-yhtymä", "Helsingin kaupunki"], "Helsingin yhdistys"),
    city(Finland, ["Espoo", "Esbo"], [8, 12], &["02100", "02600", "02770"], ["HUS-yhtymä", "Länsi-Uudenmaan hyvinvointialue"], "Länsi-Uudenmaan yhdistys"),
    city(Finland, ["Vantaa", "Vanda"], [6, 2], &["01300", "01600"], ["HUS-yhtymä", "Vantaan ja Keravan hyvinvointialue"], "Vantaan ja Keravan yhdistys"),
    city(Finland, ["Porvoo", "Borgå"], [2, 10], &["06100", "06150"], ["HUS-yhtymä", "Itä-Uudenmaan hyvinvointialue"], "Itä-Uudenmaan yhdistys"),
    city(Finland, ["Tampere", "Tammerfors"], [12, 1], &["33100", "33500", "33720"], ["Pirkanmaan hyvinvointialue"; 2], "Pirkanmaan yhdistys"),
    city(Finland, ["Turku", "Åbo"], [10, 14], &["20100", "20500", "20810"], ["Varsinais-Suomen hyvinvointialue"; 2], "Varsinais-Suomen yhdistys"),
    city(Finland, ["Oulu", "Uleåborg"], [9, 0], &["90100", "90570"], ["Pohjois-Pohjanmaan hyvinvointialue"; 2], "Pohjois-Pohjanmaan yhdistys"),
    city(Finland, ["Jyväskylä"; 2], [7, 0], &["40100", "40520"], ["Keski-Suomen hyvinvointialue"; 2], "Keski-Suomen yhdistys"),
    city(Finland, ["Kuopio"; 2], [7, 0], &["70100", "70600"], ["Pohjois-Savon hyvinvointialue"; 2], "Pohjois-Savon yhdistys"),
    city(Finland, ["Joensuu"; 2], [5, 0], &["80100", "80200"], ["Pohjois-Karjalan hyvinvointialue"; 2], "Pohjois-Karjalan yhdistys"),
    city(Finland, ["Rovaniemi"; 2], [4, 0], &["96100", "96300"], ["Lapin hyvinvointialue"; 2], "Lapin yhdistys"),
    city(Finland, ["Vaasa", "Vasa"], [3, 22], &["65100", "65200"], ["Pohjanmaan hyvinvointialue"; 2], "Österbottens förening"),
    city(Finland, ["Pietarsaari", "Jakobstad"], [1, 10], &["68600"], ["Pohjanmaan hyvinvointialue"; 2], "Österbottens förening"),
    city(Finland, ["Maarianhamina", "Mariehamn"], [0, 7], &["22100"], ["Ålands hälso- och sjukvård", "Mariehamns stad"], "Ålands förening"),

    city(Norway, ["Oslo"; 2], [10, 0], &["0170", "0451", "0663"], ["Oslo universitetssykehus HF", "Oslo kommune"], "Fylkeslag Oslo"),
    city(Norway, ["Bergen"; 2], [6, 0], &["5003", "5052"], ["Helse Bergen HF", "Bergen kommune"], "Fylkeslag Vestland"),
    city(Norway, ["Trondheim"; 2], [5, 0], &["7010", "7030"], ["St. Olavs hospital HF", "Trondheim kommune"], "Fylkeslag Trøndelag"),
    city(Norway, ["Stavanger"; 2], [4, 0], &["4006", "4021"], ["Helse Stavanger HF", "Stavanger kommune"], "Fylkeslag Rogaland"),
    city(Norway, ["Tromsø"; 2], [3, 0], &["9008", "9016"], ["Universitetssykehuset Nord-Norge HF", "Tromsø kommune"], "Fylkeslag Troms"),
    city(Norway, ["Bodø"; 2], [2, 0], &["8006"], ["Nordlandssykehuset HF", "Bodø kommune"], "Fylkeslag Nordland"),

    city(Denmark, ["København"; 2], [10, 0], &["2100", "2200", "2300"], ["Region Hovedstaden", "Københavns Kommune"], "Kreds Hovedstaden"),
    city(Denmark, ["Roskilde"; 2], [2, 0], &["4000"], ["Region Sjælland", "Roskilde Kommune"], "Kreds Sjælland"),
    city(Denmark, ["Aarhus"; 2], [6, 0], &["8000", "8200"], ["Region Midtjylland", "Aarhus Kommune"], "Kreds Midtjylland"),
    city(Denmark, ["Odense"; 2], [4, 0], &["5000", "5230"], ["Region Syddanmark", "Odense Kommune"], "Kreds Syddanmark"),
    city(Denmark, ["Ærøskøbing"; 2], [1, 0], &["5970"], ["Region Syddanmark", "Ærø Kommune"], "Kreds Syddanmark"),
    city(Denmark, ["Aalborg"; 2], [4, 0], &["9000", "9220"], ["Region Nordjylland", "Aalborg Kommune"], "Kreds Nordjylland"),
];

impl City {
    /// How many of its country's members who speak this language live here, in proportion.
    pub(super) fn weight(&self, language: &str) -> u64 {
        if self.country == Finland && language == "sv" { self.swedish_weight } else { self.weight }
    }

    /// Its name in the language of the member.
    pub(super) fn name_in(&self, language: &str) -> &'static str {
        if language == "sv" { self.swedish } else { self.name }
    }

    pub(super) fn postal_code(&self, random: &mut Random) -> &'static str {
        random.pick(self.postal_codes)
    }

    /// A street and a number, written as the country does.
    pub(super) fn street(&self, language: &str, random: &mut Random) -> String {
        let street = random.pick(streets(self.country, language));
        let number = random.between(1, 90);
        let letter = ["A", "B", "C", "D"][random.below(4) as usize];
        match (self.country, random.below(10)) {
            (Sweden, 0..3) => format!("{street} {number} {letter}"),
            (Sweden, 3..5) => format!("{street} {number} lgh {}", random.between(10, 14) * 100 + random.between(1, 4)),
            (Finland, 0..6) => format!("{street} {number} {letter} {}", random.between(1, 60)),
            (Norway, 0..4) => format!("{street} {number}{letter}"),
            (Denmark, 0..5) => format!("{street} {number}, {}. {}", random.between(1, 4), random.pick(&["tv", "th", "mf"])),
            _ => format!("{street} {number}"),
        }
    }

    /// A telephone number that reaches nobody, as the member would write it; often none outside Sweden.
    ///
    /// Only Sweden's numbers set aside for fiction (070-1740605 to 699 and the fixed lines of four areas) are given out. No
    /// such range is known to us for Finland, Norway and Denmark, and a number made up there would be somebody's: their
    /// members have a Swedish mobile or none.
    pub(super) fn phone(&self, random: &mut Random) -> String {
        let missing = if self.country == Sweden { 60 } else { 400 };
        if random.chance(missing) {
            return String::new();
        }
        let fixed = match self.name {
            "Stockholm" => Some(format!("08-465 004 {:02}", random.below(100))),
            "Göteborg" => Some(format!("031-390 06 {:02}", random.below(100))),
            "Malmö" => Some(format!("040-628 04 {:02}", random.below(100))),
            "Kiruna" => Some(format!("0980-319 2{:02}", random.below(100))),
            _ => None,
        };
        let mobile = random.between(605, 699);
        let (tens, ones) = (mobile / 100, mobile % 100);
        match (self.country, fixed, random.below(10)) {
            (_, Some(fixed), 0..2) => fixed,
            (Sweden, _, 0..6) => format!("070-174 0{tens} {ones:02}"),
            (Sweden, _, 6) => format!("0701740{mobile}"),
            _ => format!("+46 70 174 0{tens} {ones:02}"),
        }
    }
}

fn streets(country: Country, language: &str) -> &'static [&'static str] {
    match (country, language) {
        (Finland, "sv") => &[
            "Storgatan",
            "Skolgatan",
            "Strandgatan",
            "Kyrkogatan",
            "Köpmansgatan",
            "Rådhusgatan",
            "Mannerheimvägen",
            "Björkstigen",
        ],
        (Finland, _) => &[
            "Kauppakatu",
            "Rantatie",
            "Koulukatu",
            "Hämeenkatu",
            "Kirkkokatu",
            "Asemakatu",
            "Mannerheimintie",
            "Koivukuja",
            "Puistokatu",
            "Peltotie",
            "Männikkötie",
            "Niittykuja",
            "Myllykatu",
        ],
        (Norway, _) => &[
            "Storgata",
            "Kirkegata",
            "Skolevegen",
            "Bjørkeveien",
            "Fjellveien",
            "Strandgata",
            "Kongens gate",
            "Åsveien",
            "Elveveien",
        ],
        (Denmark, _) => {
            &["Søndergade", "Nørregade", "Hovedgaden", "Kirkevej", "Skolegade", "Østergade", "Møllevej", "Birkevej", "Ærtevænget"]
        }
        (Sweden, _) => &[
            "Storgatan",
            "Kyrkogatan",
            "Skolgatan",
            "Kungsgatan",
            "Drottninggatan",
            "Järnvägsgatan",
            "Björkvägen",
            "Ängsgatan",
            "Strandvägen",
            "Lingonstigen",
            "Rönnvägen",
            "Åkervägen",
            "Östra Kyrkogatan",
            "Vasagatan",
            "Hantverkargatan",
        ],
    }
}
