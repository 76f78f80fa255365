//! Reading gives back what was written.

use std::io::Cursor;

use chrono::NaiveDate;
use proptest::prelude::*;

use super::super::formula::{tests::any_text, trimmed};
use super::super::{Cell, Column, Delimiter, Headers, MemberColumn, RowWriter, Source, Table, WriteError, values};
use super::{read, rows};

type Buffer = Cursor<Vec<u8>>;

const COLUMNS: [&str; 3] = ["member_number", "given_names", "surname"];

#[derive(Debug, Clone)]
enum Value {
    Text(String),
    Date(NaiveDate),
}

impl Value {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Text(text) => Cell::Text(text),
            Self::Date(date) => Cell::Date(*date),
        }
    }

    fn read_back(&self) -> String {
        match self {
            Self::Text(text) => trimmed(text).to_owned(),
            Self::Date(date) => date.to_string(),
        }
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let date = (675_334_i32..=803_533).prop_map(|days| Value::Date(NaiveDate::from_num_days_from_ce_opt(days).unwrap()));
    prop_oneof![5 => any_text().prop_map(|text| Value::Text(text.replace('\0', ""))), 1 => date]
}

fn any_rows() -> impl Strategy<Value = Vec<[Value; 3]>> {
    prop::collection::vec([any_value(), any_value(), any_value()], 1..8)
}

fn write(mut writer: RowWriter<Buffer>, rows: &[[Value; 3]]) -> Vec<u8> {
    for row in rows {
        writer.write_row(&row.each_ref().map(Value::cell)).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Rows without any text are not rows to a reader.
fn expected(rows: &[[Value; 3]]) -> Vec<String> {
    let texts = rows.iter().map(|row| row.each_ref().map(Value::read_back));
    texts.filter(|row| row.iter().any(|cell| !cell.is_empty())).map(|row| row.join("|")).collect()
}

fn read_back(bytes: Vec<u8>) -> Vec<String> {
    match Table::read(bytes, "") {
        Ok(table) => rows(&table).into_iter().map(|(_, cells)| cells).collect(),
        Err(problems) => {
            assert!(problems[0].message.contains("no row below"), "{problems:?}");
            Vec::new()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4 * ProptestConfig::default().cases))]
    #[test]
    fn csv_gives_back_what_was_written(rows in any_rows(), semicolon in any::<bool>()) {
        let delimiter = if semicolon { Delimiter::Semicolon } else { Delimiter::Comma };
        let bytes = write(RowWriter::csv(Buffer::default(), &COLUMNS, delimiter).unwrap(), &rows);
        prop_assert_eq!(read_back(bytes), expected(&rows));
    }
}

proptest! {
    #[test]
    fn xlsx_gives_back_what_was_written(rows in any_rows()) {
        let bytes = write(RowWriter::xlsx(Buffer::default(), &COLUMNS, rows.len()).unwrap(), &rows);
        prop_assert_eq!(read_back(bytes), expected(&rows));
    }
}

#[test]
fn every_character_comes_back_from_both() {
    let characters: Vec<char> = ('\u{1}'..=char::MAX).collect();
    let texts: Vec<[Value; 3]> = characters
        .chunks(3_000)
        .map(|piece| {
            [Value::Text("1".into()), Value::Text(format!("a{}z", String::from_iter(piece))), Value::Text(String::new())]
        })
        .collect();
    for writer in [
        RowWriter::csv(Buffer::default(), &COLUMNS, Delimiter::Comma).unwrap(),
        RowWriter::xlsx(Buffer::default(), &COLUMNS, texts.len()).unwrap(),
    ] {
        assert!(read_back(write(writer, &texts)) == expected(&texts));
    }
}

#[test]
fn every_date_comes_back_from_a_sheet() {
    let (first, last) = (NaiveDate::from_ymd_opt(1850, 1, 1).unwrap(), NaiveDate::from_ymd_opt(2200, 12, 31).unwrap());
    let dates: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= last).collect();
    let mut writer = RowWriter::xlsx(Buffer::default(), &["birth_date"], dates.len()).unwrap();
    for date in &dates {
        writer.write_row(&[Cell::Date(*date)]).unwrap();
    }
    let table = read(writer.finish().unwrap().into_inner());
    let read: Vec<NaiveDate> = table.rows().map(|row| values::date(row.cell(0)).unwrap().unwrap()).collect();
    assert!(read == dates);
}

#[test]
fn a_csv_file_looks_as_excel_wants_it() {
    let mut writer = RowWriter::csv(Vec::new(), &COLUMNS, Delimiter::Comma).unwrap();
    writer.write_row(&["7".into(), "Åsa, \"Å\"".into(), Some("=cmd").into()]).unwrap();
    writer.write_row(&["8".into(), None::<&str>.into(), NaiveDate::from_ymd_opt(1984, 2, 1).into()]).unwrap();
    assert_eq!(
        String::from_utf8(writer.finish().unwrap()).unwrap(),
        "\u{feff}member_number,given_names,surname\r\n7,\"Åsa, \"\"Å\"\"\",'=cmd\r\n8,,1984-02-01\r\n"
    );
}

#[test]
fn a_sheet_holds_typed_text_and_dates_below_frozen_headers_with_a_filter() {
    use calamine::{Data, Reader, Xlsx};
    let mut writer = RowWriter::xlsx(Buffer::default(), &COLUMNS, 2).unwrap();
    writer.write_row(&["00123".into(), "+46701234567".into(), NaiveDate::from_ymd_opt(1984, 2, 1).into()]).unwrap();
    writer.write_row(&["=1+1".into(), Cell::Empty, NaiveDate::from_ymd_opt(1900, 2, 1).into()]).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    let range = book.worksheet_range("Sheet1").unwrap();
    let cell = |row, column| range.get_value((row, column)).unwrap();
    assert_eq!(cell(1, 0), &Data::String("00123".into()));
    assert_eq!(cell(1, 1), &Data::String("+46701234567".into()));
    assert!(matches!(cell(1, 2), Data::DateTime(date) if date.as_f64() == 30713.0));
    assert_eq!(cell(2, 0), &Data::String("=1+1".into()));
    assert_eq!(cell(2, 2), &Data::String("1900-02-01".into()));
    let filtered = book.defined_names().iter().find(|(name, _)| name == "_xlnm._FilterDatabase");
    assert_eq!(filtered.map(|(_, range)| range.as_str()), Some("Sheet1!$A$1:$C$3"));
}

#[test]
fn what_a_file_cannot_hold_is_an_error_and_never_a_loss() {
    let csv = || RowWriter::csv(Buffer::default(), &COLUMNS, Delimiter::Comma).unwrap();
    let xlsx = || RowWriter::xlsx(Buffer::default(), &COLUMNS, 1).unwrap();
    for mut writer in [csv(), xlsx()] {
        let error = writer.write_row(&["1".into(), "a\0".into(), Cell::Empty]).unwrap_err();
        assert_eq!(error.to_string(), "row 1, column given_names: the text holds a NUL character; correct it in the register");
    }
    let long = "𝅘𝅥𝅮".repeat(8_000);
    let long = Value::Text(long);
    let row = [[Value::Text("1".into()), long.clone(), long]];
    assert_eq!(read_back(write(csv(), &row)), expected(&row));
    let error = xlsx().write_row(&row[0].each_ref().map(Value::cell)).unwrap_err();
    assert_eq!(error.to_string(), "row 1, column given_names: the text is too long for a sheet; export to CSV instead");
    assert!(matches!(csv().write_row(&["1".into()]), Err(WriteError::Width { row: 1, found: 1, wanted: 3 })));
}

#[test]
fn more_rows_than_a_sheet_holds_are_refused_beforehand() {
    let error = RowWriter::xlsx(Buffer::default(), &COLUMNS, 1_048_576).err().unwrap();
    assert_eq!(
        error.to_string(),
        "an XLSX sheet holds at most 1048575 rows and 1048576 are to be written; export to CSV instead"
    );
    assert!(RowWriter::xlsx(Buffer::default(), &COLUMNS, 1_048_575).is_ok());
}

#[test]
fn an_exported_file_is_recognised_column_by_column() {
    let names: Vec<&str> = MemberColumn::ALL.iter().map(|column| column.name()).collect();
    for mut writer in [
        RowWriter::csv(Buffer::default(), &names, Delimiter::Comma).unwrap(),
        RowWriter::xlsx(Buffer::default(), &names, 1).unwrap(),
    ] {
        writer.write_row(&names.iter().map(|&name| Cell::Text(name)).collect::<Vec<_>>()).unwrap();
        let table = read(writer.finish().unwrap().into_inner());
        let headers = Headers::<MemberColumn>::of(&table);
        assert!(headers.problems.is_empty() && headers.unknown.is_empty());
        let row = table.rows().next().unwrap();
        for column in MemberColumn::ALL {
            assert_eq!(headers.cell(&row, *column), column.name());
        }
    }
}

#[test]
fn a_corrected_export_that_went_through_a_spreadsheet_is_understood() {
    // Excel opens our CSV, keeps the apostrophe as text, and saves a sheet.
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().write(0, 0, "phone").unwrap().write(1, 0, "'+46701234567").unwrap();
    let table = read(workbook.save_to_buffer().unwrap());
    assert!(matches!(table.source(), Source::Xlsx { .. }));
    assert_eq!(table.rows().next().unwrap().cell(0), "+46701234567");
}
