//! Recognises the headers of a file as columns, whatever their order and language.

use std::collections::HashMap;

use serde::Serialize;

use super::columns::Column;
use super::problem::{Problem, header_shown};
use super::spelling::plain;
use super::table::{Row, Table};

/// Which header of a file became which column. It is shown to the person who hands the file over, because a header
/// that is understood wrongly is worse than one that is not understood.
#[derive(Debug, Clone)]
pub struct Headers<C> {
    /// The headers that were recognised, in the order of the file.
    pub matched: Vec<Matched<C>>,
    /// The headers that were not, as given; their columns are not imported.
    pub unknown: Vec<String>,
    /// Required columns that are missing and columns that are given twice. Rows may be read only when it is empty.
    pub problems: Vec<Problem>,
    /// For every column by its [`Column::index`], where in a row it stands.
    places: Vec<Option<usize>>,
}

/// A header that was recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matched<C> {
    /// The header as given.
    pub header: String,
    /// The column it is taken for.
    pub column: C,
}

impl<C: Column> Headers<C> {
    /// Recognises the headers of `table`.
    pub fn of(table: &Table) -> Self {
        let known: HashMap<String, C> = C::ALL
            .iter()
            .flat_map(|&column| column.terms().map(move |term| (plain(term), column)).chain([(plain(column.name()), column)]))
            .collect();
        let line = table.header_line();
        let mut headers =
            Self { matched: Vec::new(), unknown: Vec::new(), problems: Vec::new(), places: vec![None; C::ALL.len()] };
        for (place, header) in table.headers().iter().enumerate().filter(|(_, header)| !header.is_empty()) {
            let shown = header_shown(header);
            match meaning(header, &known) {
                None => headers.unknown.push(shown),
                Some(column) => {
                    if let Some(first) = headers.matched.iter().find(|matched| matched.column == column) {
                        let message =
                            format!("\"{}\" and \"{shown}\" both mean this column; delete or rename one of them", first.header);
                        headers.problems.push(Problem::at_cell(line, column.name(), message));
                    }
                    headers.places[column.index()].get_or_insert(place);
                    headers.matched.push(Matched { header: shown, column });
                }
            }
        }
        headers.miss_required(line);
        headers
    }

    /// Whether the file has the column.
    pub fn has(&self, column: C) -> bool {
        self.places[column.index()].is_some()
    }

    /// The cell of the column; empty when the file has no such column.
    pub fn cell<'r>(&self, row: &'r Row<'_>, column: C) -> &'r str {
        self.places[column.index()].map_or("", |place| row.cell(place))
    }

    fn miss_required(&mut self, line: usize) {
        let missing: Vec<C> = C::ALL.iter().copied().filter(|&column| column.required() && !self.has(column)).collect();
        let names = missing.iter().map(|column| column.name()).collect::<Vec<_>>().join(", ");
        if self.matched.is_empty() {
            self.problems.push(Problem::at_line(
                line,
                format!("no name of a column is recognised; the first line must name the columns, at least {names}"),
            ));
            return;
        }
        for column in missing {
            let examples = column.terms().filter(|term| !term.contains(' ')).take(3);
            let examples = examples.map(|term| format!("\"{term}\"")).collect::<Vec<_>>().join(", ");
            self.problems.push(Problem::at_cell(
                line,
                column.name(),
                format!("the column is missing; name one {} (or {examples})", column.name()),
            ));
        }
    }
}

/// The column that a header means: as it stands, without what is in brackets ("Födelsedatum (ÅÅÅÅ-MM-DD)"), or, written
/// in two languages ("Etunimi / Förnamn"), if all its parts that are known mean the same.
fn meaning<C: Column>(header: &str, known: &HashMap<String, C>) -> Option<C> {
    let outside = header.split(['(', '[']).next().unwrap_or_default();
    if let Some(&column) = known.get(&plain(header)) {
        return Some(column);
    }
    let mut parts = outside.split(['/', '|', '\n']).filter_map(|part| known.get(&plain(part)));
    let first = *parts.next()?;
    parts.all(|&column| column == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::super::columns::{MemberColumn, RepresentativeColumn};
    use super::*;

    fn table(headers: &str) -> Table {
        let row = ";".repeat(headers.matches(';').count());
        Table::read(format!("{headers}\n1{row}").into_bytes(), "file.csv").unwrap()
    }

    fn members(headers: &str) -> Headers<MemberColumn> {
        Headers::of(&table(headers))
    }

    fn names<C: Column>(headers: &Headers<C>) -> String {
        headers.matched.iter().map(|matched| matched.column.name()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn headers_are_recognised_in_three_languages_and_any_order() {
        for headers in [
            "Efternamn;Förnamn;MEDLEMSNUMMER;Födelsedatum;E-post;Mobil;Postnummer;Ort;Avdelning;Examensdatum",
            "Sukunimi;Etunimet;Jäsennumero;Syntymäaika;Sähköposti;Puhelin;Postinumero;Postitoimipaikka;Yhdistys;Valmistumispäivä",
            "Last name;First name;Member number;Date of birth;E-mail;Phone;Postal code;City;Local branch;Graduation date",
            "surname;given_names;member_number;birth_date;email;phone;postal_code;city;local_branch;graduation_date",
            "EFTERNAMN*;fornamn;medlems-nr.;Fødselsdato (ÅÅÅÅ-MM-DD);Epost;Puhelin / Telefon;post nr;Ort/Postort;Osasto;Valmistumis-pvm",
        ] {
            let found = members(headers);
            assert_eq!(
                names(&found),
                "surname given_names member_number birth_date email phone postal_code city local_branch graduation_date"
            );
            assert!(found.problems.is_empty() && found.unknown.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn every_term_and_name_is_recognised() {
        for column in MemberColumn::ALL {
            for term in column.terms().chain([column.name()]) {
                assert!(members(term).has(*column), "{term}");
            }
        }
        let file = Headers::<RepresentativeColumn>::of(&table("Jäsennumero;Luottamustehtävä;Työpaikka;Alkaen;Päättyy"));
        assert_eq!(names(&file), "member_number role workplace valid_from valid_until");
        assert!(file.problems.is_empty());
    }

    #[test]
    fn what_is_not_recognised_is_named() {
        let found = members("member_number;given_names;surname;Skostorlek;Namn;19840201-1235");
        assert_eq!(found.unknown, ["Skostorlek", "Namn", "(not shown)"]);
        assert!(found.problems.is_empty());
    }

    #[test]
    fn a_column_given_twice_is_a_problem() {
        let found = members("member_number;given_names;surname;Efternamn");
        assert_eq!(
            found.problems.iter().map(Problem::to_string).collect::<Vec<_>>(),
            ["line 1, column surname: \"surname\" and \"Efternamn\" both mean this column; delete or rename one of them"]
        );
    }

    #[test]
    fn required_columns_are_asked_for() {
        let found = members("Medlemsnummer;Förnamn;Ort");
        assert_eq!(
            found.problems.iter().map(Problem::to_string).collect::<Vec<_>>(),
            ["line 1, column surname: the column is missing; name one surname (or \"Surnames\", \"Efternamn\", \"Släktnamn\")"]
        );
        let found = members("104711;Anna;Åkesson");
        assert_eq!(found.problems.len(), 1);
        assert!(found.problems[0].message.contains("member_number, given_names, surname"), "{found:?}");
    }

    #[test]
    fn a_bilingual_header_whose_parts_disagree_is_unknown() {
        assert_eq!(members("member_number;given_names;surname;Ort / Avdelning").unknown, ["Ort / Avdelning"]);
    }

    #[test]
    fn cells_are_found_by_their_column() {
        let table = Table::read("Ort;Efternamn;Nr;Medlemsnr;Förnamn\nUmeå;Ek;x;7;Bo".as_bytes().to_vec(), "").unwrap();
        let headers = Headers::<MemberColumn>::of(&table);
        let row = table.rows().next().unwrap();
        assert_eq!(headers.cell(&row, MemberColumn::City), "Umeå");
        assert_eq!(headers.cell(&row, MemberColumn::MemberNumber), "7");
        assert_eq!(headers.cell(&row, MemberColumn::Email), "");
        assert!(!headers.has(MemberColumn::Email));
    }
}
