//! Turns the first visible sheet of an XLSX file into the same kind of text as a CSV file, cell by cell.
//!
//! The text has [`DELIMITER`] between the cells and, as the first cell of every record, the row number of the sheet:
//! a cell may hold line breaks and rows may be missing, so the number cannot be counted afterwards. calamine's cell
//! reader streams, so what is held besides the text is the packed file and its table of shared strings.

use std::borrow::Cow;
use std::fmt::Write;
use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::problem::{Problem, Problems};
use super::table::{MAX_COLUMNS, MOST_PROBLEMS};

/// Between two cells: the unit separator of ASCII, which nobody types. A cell that holds it is quoted.
pub(super) const DELIMITER: u8 = 0x1F;

/// A sheet as text.
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) text: String,
}

/// Reads the first visible sheet; `limit` is the most bytes that anything held in memory may have.
pub(super) fn read(bytes: Vec<u8>, limit: usize) -> Result<Sheet, Vec<Problem>> {
    if unpacked_strings(&bytes) > limit as u64 {
        return Err(vec![too_large(limit)]);
    }
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| vec![unreadable(&error)])?;
    let first = book.sheets_metadata().iter().find(|s| s.typ == SheetType::WorkSheet && s.visible == SheetVisible::Visible);
    let name =
        first.map(|sheet| sheet.name.clone()).ok_or_else(|| vec![Problem::of_file("the XLSX file holds no visible sheet")])?;
    let text = sheet_text(&mut book, &name, limit)?;
    Ok(Sheet { name, text })
}

fn sheet_text(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str, limit: usize) -> Result<String, Vec<Problem>> {
    let mut cells = book.worksheet_cells_reader(name).map_err(|error| vec![unreadable(&error)])?;
    let mut problems = Problems::with_limit(MOST_PROBLEMS);
    let mut rows = RowsWritten { text: String::new(), row: None, columns: 0 };
    while let Some(cell) = cells.next_cell_with_formula().map_err(|error| vec![unreadable(&error)])? {
        let (row, column) = (cell.pos.0 as usize + 1, cell.pos.1 as usize);
        match cell_text(&cell.value, cell.formula.is_some()) {
            Ok(None) => {}
            Ok(Some(_)) if column >= MAX_COLUMNS => {
                let message = format!("cell {} lies beyond column {MAX_COLUMNS}; empty it", address(row, column));
                problems.push(Problem::at_line(row, message));
            }
            Ok(Some(value)) => {
                let disorder = "the rows of the sheet are out of order; open the file in a spreadsheet program and save it again";
                rows.push(row, column, &value).map_err(|()| vec![Problem::at_line(row, disorder)])?;
            }
            Err(message) => problems.push(Problem::at_line(row, format!("cell {} {message}", address(row, column)))),
        }
        if rows.text.len() > limit {
            return Err(vec![too_large(limit)]);
        }
    }
    if problems.is_empty() { Ok(rows.text) } else { Err(problems.into_vec()) }
}

/// The records written so far; cells come row by row, and empty ones do not come at all.
struct RowsWritten {
    text: String,
    row: Option<usize>,
    columns: usize,
}

impl RowsWritten {
    fn push(&mut self, row: usize, column: usize, value: &str) -> Result<(), ()> {
        match self.row {
            Some(current) if row < current || (row == current && column < self.columns) => return Err(()),
            Some(current) if row == current => {}
            _ => {
                if self.row.is_some() {
                    self.text.push('\n');
                }
                let _ = write!(self.text, "{row}");
                self.row = Some(row);
                self.columns = 0;
            }
        }
        // The number of the row stands before the first cell, so every cell has a delimiter before it.
        for _ in self.columns..=column {
            self.text.push(char::from(DELIMITER));
        }
        self.columns = column + 1;
        if value.contains([char::from(DELIMITER), '"', '\r', '\n']) {
            self.text.push('"');
            for part in value.split_inclusive('"') {
                self.text.push_str(part);
                if part.ends_with('"') {
                    self.text.push('"');
                }
            }
            self.text.push('"');
        } else {
            self.text.push_str(value);
        }
        Ok(())
    }
}

/// What a typed cell is in a text file; an error says what is wrong with the cell.
fn cell_text<'c>(value: &'c DataRef<'_>, formula: bool) -> Result<Option<Cow<'c, str>>, String> {
    let text: Cow<'c, str> = match value {
        // By a program that writes formulas without computing them: read as empty, the value would be lost. A formula
        // whose result is the empty text comes as that text.
        DataRef::Empty if formula => {
            return Err("holds a formula without a result; open the file in a spreadsheet program and save it again".to_owned());
        }
        DataRef::Empty => return Ok(None),
        DataRef::String(text) => text.as_str().into(),
        DataRef::SharedString(text) => (*text).into(),
        DataRef::Int(number) => number.to_string().into(),
        DataRef::Float(number) => number_text(*number).into(),
        DataRef::Bool(yes) => if *yes { "1" } else { "0" }.into(),
        DataRef::DateTime(when) => date_text(when)?.into(),
        DataRef::DateTimeIso(when) => when.strip_suffix("T00:00:00").unwrap_or(when).into(),
        DataRef::DurationIso(duration) => duration.as_str().into(),
        DataRef::Error(error) => return Err(format!("holds the error {error}; correct its formula or empty it")),
    };
    if text.contains('\0') {
        return Err("holds a NUL character; type it anew".to_owned());
    }
    Ok((!text.is_empty()).then_some(text))
}

/// Integers without ".0"; other numbers to the fifteen digits that a spreadsheet shows (0.3, not 0.30000000000000004).
fn number_text(number: f64) -> String {
    const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < LARGEST_EXACT {
        return (number as i64).to_string();
    }
    format!("{number:.14e}").parse::<f64>().unwrap_or(number).to_string()
}

fn date_text(when: &ExcelDateTime) -> Result<String, String> {
    /// The day after 9999-12-31.
    const END: f64 = 2_958_466.0;
    let value = when.as_f64();
    if !(0.0..END).contains(&value) {
        return Err("is formatted as a date but its number is none; write the date as 1984-02-28".to_owned());
    }
    let (year, month, day, hour, minute, second, _) = when.to_ymd_hms_milli();
    if when.is_duration() {
        let seconds = (value * 86_400.0).round() as u64;
        return Ok(format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
    }
    Ok(match (value < 1.0, hour, minute, second) {
        (true, ..) if value > 0.0 => format!("{hour:02}:{minute:02}:{second:02}"),
        (_, 0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
    })
}

/// A cell as a spreadsheet names it: C17.
fn address(row: usize, column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|&b| char::from(b)).chain(row.to_string().chars()).collect()
}

fn unreadable(error: &XlsxError) -> Problem {
    Problem::of_file(match error {
        XlsxError::Password => "the XLSX file is protected by a password; save it without one".to_owned(),
        _ => format!(
            "the file begins like an XLSX file but cannot be read as one ({error}); save it again as XLSX or as CSV UTF-8"
        ),
    })
}

pub(super) fn too_large(limit: usize) -> Problem {
    Problem::of_file(format!("the file is larger than {} MB; divide it into several", limit / 1_000_000))
}

/// How many bytes the parts of the archive that calamine holds in memory say they unpack to: all but the sheets, which
/// are streamed. It stops the file of a few kilobytes that unpacks to gigabytes before anything is unpacked. Sizes of
/// four gigabytes and more stand elsewhere and read as 2³²−1 here, which is more than any limit.
fn unpacked_strings(archive: &[u8]) -> u64 {
    const END_OF_DIRECTORY: usize = 22;
    const ENTRY: usize = 46;
    let number = |at: usize, bytes: usize| -> u64 {
        archive.get(at..at + bytes).map_or(0, |b| b.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
    };
    // The end record is the last thing but for a comment of at most 64 kB.
    let last = archive.len().saturating_sub(END_OF_DIRECTORY);
    let Some(end) = (last.saturating_sub(0xFFFF)..=last).rev().find(|&at| archive[at..].starts_with(b"PK\x05\x06")) else {
        return 0;
    };
    let mut at = number(end + 16, 4) as usize;
    let mut sum = 0_u64;
    while archive.get(at..at + ENTRY).is_some_and(|entry| entry.starts_with(b"PK\x01\x02")) {
        let [name, extra, comment] = [28, 30, 32].map(|offset| number(at + offset, 2) as usize);
        let path = archive.get(at + ENTRY..at + ENTRY + name).unwrap_or_default();
        let streamed = path.windows(11).any(|part| part.eq_ignore_ascii_case(b"/worksheets"));
        sum += if streamed { 0 } else { number(at + 24, 4) };
        at += ENTRY + name + extra + comment;
    }
    sum
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn a_formula_without_a_result_is_not_an_empty_cell() {
        assert!(cell_text(&DataRef::Empty, true).unwrap_err().contains("formula without a result"));
        assert_eq!(cell_text(&DataRef::Empty, false), Ok(None));
        assert_eq!(cell_text(&DataRef::String(String::new()), true), Ok(None));
    }

    #[test]
    fn numbers_are_written_as_a_spreadsheet_shows_them() {
        for (number, text) in
            [(104_711.0, "104711"), (-0.0, "0"), (0.1 + 0.2, "0.3"), (12.5, "12.5"), (198_402_011_234.0, "198402011234")]
        {
            assert_eq!(number_text(number), text);
        }
    }

    #[test]
    fn dates_times_and_durations_are_told_apart() {
        let text = |value, kind, from_1904| date_text(&ExcelDateTime::new(value, kind, from_1904));
        let (date, duration) = (ExcelDateTimeType::DateTime, ExcelDateTimeType::TimeDelta);
        assert_eq!(text(30_713.0, date, false), Ok("1984-02-01".to_owned()));
        assert_eq!(text(30_713.0 - 1_462.0, date, true), Ok("1984-02-01".to_owned()));
        assert_eq!(text(30_713.5, date, false), Ok("1984-02-01 12:00:00".to_owned()));
        assert_eq!(text(0.75, date, false), Ok("18:00:00".to_owned()));
        assert_eq!(text(1.5, duration, false), Ok("36:00:00".to_owned()));
        for no_date in [-1.0, 3e6, f64::NAN] {
            assert!(text(no_date, date, false).is_err());
        }
    }

    #[test]
    fn rows_out_of_order_are_refused() {
        let mut rows = RowsWritten { text: String::new(), row: None, columns: 0 };
        assert_eq!(rows.push(2, 1, "a\"b"), Ok(()));
        assert_eq!(rows.push(4, 0, "c"), Ok(()));
        assert_eq!(rows.text, "2\u{1f}\u{1f}\"a\"\"b\"\n4\u{1f}c");
        assert_eq!(rows.push(4, 0, "d"), Err(()));
        assert_eq!(rows.push(3, 0, "d"), Err(()));
    }

    #[test]
    fn what_an_archive_unpacks_to_is_read_from_its_directory() {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet().write(0, 0, "x".repeat(30_000)).unwrap();
        let archive = book.save_to_buffer().unwrap();
        let sum = unpacked_strings(&archive);
        assert!((30_000..60_000).contains(&sum), "{sum}");
        assert_eq!(unpacked_strings(b"PK\x03\x04"), 0);
    }
}
