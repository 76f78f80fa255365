//! Countries by their ISO 3166-1 alpha-2 code, the Nordic ones also by name.

use super::spelling::Vocabulary;

/// Every code that ISO 3166-1 assigns, and XK, which everybody uses for Kosovo.
const CODES: &[&str] = &[
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA", "BB", "BD", "BE", "BF",
    "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV", "BW", "BY", "BZ", "CA", "CC", "CD", "CF", "CG",
    "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC",
    "EE", "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL",
    "GM", "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK", "HM", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN",
    "IO", "IQ", "IR", "IS", "IT", "JE", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA",
    "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK", "ML", "MM", "MN",
    "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP",
    "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO",
    "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST", "SV",
    "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG",
    "UM", "US", "UY", "UZ", "VA", "VC", "VE", "VG", "VI", "VN", "VU", "WF", "WS", "XK", "YE", "YT", "ZA", "ZM", "ZW",
];

static NORDIC: Vocabulary = Vocabulary::new(&[
    ("SE", "Sverige, Ruotsi, Sweden, Svíþjóð, SWE"),
    ("FI", "Finland, Suomi, Finnland, FIN"),
    ("NO", "Norge, Noreg, Norja, Norway, Noregur, NOR"),
    ("DK", "Danmark, Tanska, Denmark, Danmörk, DNK"),
    ("IS", "Island, Islanti, Iceland, Ísland, ISL"),
    ("FO", "Färöarna, Fär-öarna, Färsaaret, Faroe Islands, Faroes, Færøerne, Færøyene, Føroyar, FRO"),
    ("GL", "Grönland, Grönlanti, Greenland, Grønland, Kalaallit Nunaat, GRL"),
    ("AX", "Åland, Ahvenanmaa, Åland Islands, Landskapet Åland, ALA"),
]);

/// The code that `text` means, be it the code itself in any case or the name of a Nordic country.
pub(super) fn code(text: &str) -> Option<&'static str> {
    match CODES.binary_search(&text.to_uppercase().as_str()) {
        Ok(at) => Some(CODES[at]),
        Err(_) => NORDIC.meaning(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_sorted_and_complete() {
        assert!(CODES.is_sorted());
        // 249 of ISO 3166-1 and XK.
        assert_eq!(CODES.len(), 250);
    }

    #[test]
    fn names_and_codes_are_understood_in_any_case() {
        NORDIC.is_sound();
        assert_eq!(code("SVERIGE"), Some("SE"));
        assert_eq!(code("se"), Some("SE"));
        assert_eq!(code("Sv"), Some("SV"));
        assert_eq!(code("svensk"), None);
    }
}
