//! Files as people hand them over.

use std::sync::Arc;

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use super::super::{Source, Table};
use super::{read, refused, row, rows};

const HEADERS: &str = "member_number,given_names,surname\n";

fn csv_source(table: &Table) -> (char, &'static str) {
    match table.source() {
        Source::Csv { delimiter, encoding } => (*delimiter, encoding),
        Source::Xlsx { .. } => panic!("not a CSV file"),
    }
}

fn workbook(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

#[test]
fn every_delimiter_encoding_and_line_end_gives_the_same_rows() {
    let expected = [row(2, "1|Åsa Ö.|af Ekenstam"), row(3, "2||Ng")];
    for delimiter in [',', ';', '\t'] {
        for end in ["\n", "\r\n", "\r"] {
            let text =
                "Nr,Förnamn,Efternamn\n1,Åsa Ö.,af Ekenstam\n2,,Ng\n".replace(',', &delimiter.to_string()).replace('\n', end);
            let latin = encoding_rs::WINDOWS_1252.encode(&text).0.into_owned();
            let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
            for (bytes, encoding) in [
                (text.clone().into_bytes(), "UTF-8"),
                (format!("\u{feff}{text}").into_bytes(), "UTF-8"),
                (latin, "Windows-1252"),
                (utf16, "UTF-16"),
            ] {
                let table = read(bytes);
                assert_eq!(csv_source(&table), (delimiter, encoding));
                assert_eq!(table.headers(), ["Nr", "Förnamn", "Efternamn"]);
                assert_eq!(rows(&table), expected);
            }
        }
    }
}

#[test]
fn the_delimiter_is_the_one_of_the_header_line() {
    assert_eq!(csv_source(&read("a;\"b,c,d\"\n1,5;2,5\n")).0, ';');
    assert_eq!(csv_source(&read("\"a;b\",c\n1,2")).0, ',');
    // One of each: a name of a column rather holds a comma.
    assert_eq!(csv_source(&read("nr;name, first\n1;Bo")).0, ';');
    assert_eq!(rows(&read("member_number\n104711\n")), [row(2, "104711")]);
}

#[test]
fn the_line_with_which_excel_names_the_delimiter_is_obeyed() {
    let table = read("\u{feff}sep=;\r\na;b, c, d\r\n1;2\r\n");
    assert_eq!(table.headers(), ["a", "b, c, d"]);
    assert_eq!((table.header_line(), rows(&table)), (2, vec![row(3, "1|2")]));
}

#[test]
fn rows_know_their_physical_line() {
    let table = read("\n\na,b\n\n1,\"x\r\ny\n\"\n,\n\" \", \n2,z");
    assert_eq!(table.header_line(), 3);
    assert_eq!(rows(&table), [row(5, "1|x\r\ny"), row(10, "2|z")]);
    assert_eq!(table.row_count(), 2);
}

#[test]
fn rows_are_given_again_and_to_several_threads() {
    let table = Arc::new(read("a,b\n1,\"x\"\"y\"\n2,z\n"));
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let table = Arc::clone(&table);
            std::thread::spawn(move || rows(&table))
        })
        .collect();
    let expected = rows(&table);
    assert_eq!(expected, [row(2, "1|x\"y"), row(3, "2|z")]);
    for thread in threads {
        assert_eq!(thread.join().unwrap(), expected);
    }
    let mut left = table.rows();
    assert_eq!(left.len(), 2);
    left.next();
    assert_eq!(left.len(), 1);
}

#[test]
fn cells_are_trimmed_and_our_own_apostrophe_is_taken_off() {
    let table = read("\u{a0}a ;b;c;d\n\u{a0} x\u{200b} ;'+46 70;''=1;'t Hooft\n");
    assert_eq!(table.headers(), ["a", "b", "c", "d"]);
    assert_eq!(rows(&table), [row(2, "x|+46 70|'=1|'t Hooft")]);
}

#[test]
fn what_a_spreadsheet_leaves_of_deleted_columns_and_rows_is_ignored() {
    assert_eq!(rows(&read("a;;b;;\n1;;2;;\n;;;;\n3;;4;;\n;;;;\n")), [row(2, "1||2"), row(4, "3||4")]);
}

#[test]
fn a_ragged_row_is_told_with_its_line() {
    assert_eq!(
        refused(format!("{HEADERS}1,Bo,Ek\n2,Bo\n3,Bo,Ek,\n4,Bo,Ek,x\n")),
        "line 3: 2 cells, but the first line names 3 columns; add the missing delimiters or put a text that holds a \
         line break in quotation marks\n\
         line 5: \"x\" stands in column 4, which has no name in the first line; name the column, empty it, or put a text \
         that holds the delimiter in quotation marks"
    );
    assert!(refused("a,,b\n1,x,2\n").starts_with("line 2: \"x\" stands in column 2"));
}

#[test]
fn quotation_marks_that_do_not_fit_are_told_with_their_line() {
    let unclosed = "a quotation mark is opened here and never closed; close it, or write it twice when it belongs to the text";
    assert_eq!(refused("a,b\n\"x\ny\",1\n2,\"z\n3,4\n"), format!("line 4: {unclosed}"));
    let after = "text follows a closing quotation mark; within a quoted cell write every quotation mark twice";
    assert_eq!(refused("a,b\n\"Bo \"Bosse\" Ek\",1\n2,3\n"), format!("line 2: {after}"));
    assert_eq!(refused("\"a \"b\" c\",d\n2,2\n"), format!("line 1: {after}"));
}

#[test]
fn a_file_without_rows_or_without_anything_is_refused() {
    for empty in ["", "\u{feff}", "\n\r\n", ";;;\n", " "] {
        assert_eq!(refused(empty), "the file is empty; its first line must name the columns", "{empty:?}");
    }
    assert_eq!(refused(HEADERS), "the file holds the names of columns but no row below them");
}

#[test]
fn two_columns_of_one_name_are_refused() {
    assert_eq!(refused("a;B;b \n1;2;3"), "line 1, column b: two columns have this name; rename or delete one of them");
}

#[test]
fn other_kinds_of_files_are_refused_with_what_to_do() {
    assert!(refused(b"a,b\n1,\0\n").starts_with("line 2: the file holds a NUL byte"));
    assert!(refused(b"a,b\n\xC3\x85,1\n\xC5,1\n").starts_with("line 3: the file is UTF-8 up to here"));
    assert!(refused(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1rest").contains("save it as .xlsx without a password"));
    assert!(refused(b"PK\x03\x04 no workbook").contains("cannot be read as one"));
    assert!(Table::open("no/such/file.csv").unwrap_err()[0].message.starts_with("cannot read file.csv: "));
}

#[test]
fn a_file_over_the_limit_is_refused() {
    let file = format!("{HEADERS}1,Bo,Ek\n").into_bytes();
    assert!(Table::read_within(file.len(), file.clone(), "").is_ok());
    assert!(Table::read_within(file.len() - 1, file, "").unwrap_err()[0].message.contains("larger than"));
    // A sheet that unpacks to more than the limit: once because of its rows, once because of its shared strings.
    let long = workbook(|sheet| {
        (0..20_000).for_each(|row| {
            sheet.write(row, 0, 1_000_000.0).unwrap();
        })
    });
    assert!(long.len() < 200_000);
    assert!(Table::read_within(200_000, long, "").is_err_and(|problems| problems[0].message.contains("larger than")));
    let strings = workbook(|sheet| {
        sheet.write(0, 0, "x".repeat(30_000)).unwrap().write(0, 1, "y".repeat(30_000)).unwrap();
    });
    assert!(strings.len() < 20_000);
    assert!(Table::read_within(61_000, strings, "").is_err_and(|problems| problems[0].message.contains("larger than")));
}

#[test]
fn a_million_bad_lines_are_answered_with_a_short_list() {
    let problems = Table::read(format!("a,b\n{}", "1\n".repeat(5_000)).into_bytes(), "").unwrap_err();
    assert_eq!(problems.len(), 201);
    assert_eq!(problems[200].message, "4800 more problems are not listed; put these right and try again");
}

#[test]
fn too_many_columns_are_refused() {
    let headers = (0..501).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    assert!(refused(format!("{headers}\n")).starts_with("line 1: 501 columns; at most 500"));
    assert!(
        refused(workbook(|sheet| {
            sheet.write(0, 0, "a").unwrap().write(1, 500, "x").unwrap();
        }))
        .contains("cell SG2 lies beyond")
    );
}

#[test]
fn typed_cells_of_a_sheet_become_text() {
    let date = Format::new().set_num_format("d.m.yyyy");
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let file = workbook(|sheet| {
        for (column, name) in (0..).zip(["number", "date", "time", "flag", "decimal", "text", "large"]) {
            sheet.write(0, column, name).unwrap();
        }
        sheet.write(1, 0, 104_711).unwrap();
        sheet.write_with_format(1, 1, ExcelDateTime::from_ymd(1984, 2, 29).unwrap(), &date).unwrap();
        let moment = ExcelDateTime::from_ymd(1984, 2, 29).unwrap().and_hms(13, 5, 0).unwrap();
        sheet.write_with_format(1, 2, moment, &time).unwrap();
        sheet.write(1, 3, true).unwrap().write(1, 4, 0.1 + 0.2).unwrap();
        sheet.write(1, 5, " 007 \"x\"\ny ").unwrap().write(1, 6, 198_402_011_234_f64).unwrap();
        // Row 3 does not exist; row 4 ends early; row 5 has only blanks.
        sheet.write(3, 0, "'+46").unwrap().write(4, 2, "  ").unwrap();
        sheet.write(5, 0, Formula::new("=1+1").set_result("2")).unwrap();
    });
    let table = read(file);
    assert_eq!(table.source(), &Source::Xlsx { sheet: "Sheet1".into() });
    assert_eq!(
        rows(&table),
        [row(2, "104711|1984-02-29|1984-02-29 13:05:00|1|0.3|007 \"x\"\ny|198402011234"), row(4, "+46||||||"), row(6, "2||||||"),]
    );
}

#[test]
fn cells_of_a_sheet_that_hold_no_value_are_told_by_their_address() {
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let file = workbook(|sheet| {
        sheet.write(0, 0, "a").unwrap().write(0, 27, "b").unwrap();
        sheet.write(1, 27, Formula::new("=NA()").set_result("#N/A")).unwrap();
        sheet.write(2, 0, Formula::new("=A1").set_result("")).unwrap();
        sheet.write_with_format(3, 0, -5.0, &date).unwrap();
    });
    assert_eq!(
        refused(file),
        "line 2: cell AB2 holds the error #N/A; correct its formula or empty it\n\
         line 4: cell A4 is formatted as a date but its number is none; write the date as 1984-02-28"
    );
}

#[test]
fn nothing_of_the_content_is_printed() {
    let table = read("member_number,surname\n7,Hemlig\n");
    assert!(!format!("{table:?} {:?}", table.rows().next()).contains("Hemlig"));
}

#[test]
fn the_first_visible_sheet_is_read() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Hidden").unwrap().set_hidden(true).write(0, 0, "x").unwrap();
    let sheet = workbook.add_worksheet().set_name("Medlemmar").unwrap();
    sheet.set_active(true).write(0, 0, "a").unwrap().write(1, 0, "1").unwrap();
    let table = read(workbook.save_to_buffer().unwrap());
    assert_eq!(table.source(), &Source::Xlsx { sheet: "Medlemmar".into() });
}

#[test]
fn a_damaged_workbook_is_refused_and_never_a_panic() {
    let whole = workbook(|sheet| {
        for row in 0..40 {
            sheet.write(row, 0, f64::from(row)).unwrap().write(row, 1, format!("text {row}")).unwrap();
        }
    });
    // A fixed sequence of changes: the damage is the same on every run.
    let mut state = 0x2545_F491_u32;
    for _ in 0..1500 {
        let mut damaged = whole.clone();
        for _ in 0..3 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = state as usize % damaged.len();
            damaged[at] = (state >> 24) as u8;
        }
        damaged[..4].copy_from_slice(b"PK\x03\x04");
        if state.is_multiple_of(5) {
            damaged.truncate(state as usize % whole.len() + 4);
        }
        let _ = Table::read(damaged, "");
    }
}
