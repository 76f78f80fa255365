//! Writes rows as CSV or XLSX, one after the other and without holding them, so that reading gives them back.
//!
//! CSV is UTF-8 with a byte order mark: without it Excel takes the file for Windows-1252 and shows "Ã¥" for å. Lines
//! end in CR LF (RFC 4180), and what a spreadsheet would run is made harmless (see [`formula`]).
//! XLSX cells are text, also phone numbers and postal codes with their plus and zeros, and columns are formatted as
//! text, so that what is typed into them stays what it is; dates are real dates.
//!
//! What cannot be written is an error that names the cell, never a loss: NUL in both (no reader takes a text file that
//! holds it), and in a sheet a text of more than 32,767 UTF-16 units. Other control characters and non-characters come
//! back from both; XLSX has an escape for them. Dates before March 1900, on which spreadsheets
//! disagree or which they do not know, stand in a sheet as text.

use std::io::{self, Write};

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{ColNum, ExcelDateTime, Format, RowNum, Workbook, Worksheet, XlsxError};

use super::formula;

/// How many rows a sheet holds below its headers.
pub const MAX_SHEET_ROWS: usize = 1_048_575;

/// The longest text of a sheet's cell, in UTF-16 units.
const MAX_SHEET_TEXT: usize = 32_767;

/// A cell to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// Text, whatever it looks like.
    Text(&'a str),
    /// A civil date.
    Date(NaiveDate),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl From<NaiveDate> for Cell<'_> {
    fn from(date: NaiveDate) -> Self {
        Self::Date(date)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// What stands between the cells of a CSV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delimiter {
    /// As in RFC 4180 and as most programs expect it.
    #[default]
    Comma,
    /// As Excel expects it when its language is a Nordic one and the file is opened by a double click.
    Semicolon,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A sheet cannot hold so many rows.
    #[error("an XLSX sheet holds at most {MAX_SHEET_ROWS} rows and {rows} are to be written; export to CSV instead")]
    TooManyRows {
        /// How many there are.
        rows: usize,
    },
    /// The file has another number of columns than the row.
    #[error("row {row} has {found} cells for {wanted} columns")]
    Width {
        /// The row, the first below the headers being 1.
        row: usize,
        /// Its cells.
        found: usize,
        /// The columns.
        wanted: usize,
    },
    /// A character or a length that the file cannot hold.
    #[error("row {row}, column {column}: the text {reason}")]
    Unwritable {
        /// The row, the first below the headers being 1.
        row: usize,
        /// The column.
        column: String,
        /// What is the matter with the text.
        reason: &'static str,
    },
    /// The file itself could not be written.
    #[error("the file cannot be written")]
    Io(#[from] io::Error),
    /// The workbook could not be made.
    #[error("the workbook cannot be written")]
    Workbook(#[from] XlsxError),
}

/// Writes rows to one file; [`RowWriter::finish`] completes it.
pub struct RowWriter<W: Write + Send> {
    columns: Vec<String>,
    rows: usize,
    kind: Kind<W>,
}

enum Kind<W: Write + Send> {
    Csv(Box<csv::Writer<W>>),
    Xlsx(Box<Book<W>>),
}

impl<W: Write + Send> RowWriter<W> {
    /// Starts a CSV file with these headers.
    pub fn csv(mut out: W, columns: &[&str], delimiter: Delimiter) -> Result<Self, WriteError> {
        out.write_all("\u{feff}".as_bytes())?;
        let mut writer = csv::WriterBuilder::new()
            .delimiter(match delimiter {
                Delimiter::Comma => b',',
                Delimiter::Semicolon => b';',
            })
            .terminator(csv::Terminator::CRLF)
            .from_writer(out);
        writer.write_record(columns).map_err(io_error)?;
        Ok(Self::new(columns, Kind::Csv(Box::new(writer))))
    }

    /// Starts an XLSX file with these headers for `rows` rows, or says at once that a sheet cannot hold them.
    ///
    /// The rows stand in a nameless file of the system's folder for temporary files until [`RowWriter::finish`].
    pub fn xlsx(out: W, columns: &[&str], rows: usize) -> Result<Self, WriteError> {
        if rows > MAX_SHEET_ROWS {
            return Err(WriteError::TooManyRows { rows });
        }
        Ok(Self::new(columns, Kind::Xlsx(Box::new(Book::new(out, columns)?))))
    }

    fn new(columns: &[&str], kind: Kind<W>) -> Self {
        Self { columns: columns.iter().map(|&column| column.to_owned()).collect(), rows: 0, kind }
    }

    /// Writes one row, a cell for every column. After an error the file is not to be used.
    pub fn write_row(&mut self, cells: &[Cell<'_>]) -> Result<(), WriteError> {
        self.rows += 1;
        let (row, found, wanted) = (self.rows, cells.len(), self.columns.len());
        if found != wanted {
            return Err(WriteError::Width { row, found, wanted });
        }
        for (cell, column) in cells.iter().zip(&self.columns) {
            if let Cell::Text(text) = cell
                && let Some(reason) = self.kind.unwritable(text)
            {
                return Err(WriteError::Unwritable { row, column: column.clone(), reason });
            }
        }
        match &mut self.kind {
            Kind::Csv(writer) => write_record(writer, cells),
            Kind::Xlsx(_) if row > MAX_SHEET_ROWS => Err(WriteError::TooManyRows { rows: row }),
            Kind::Xlsx(book) => book.write_row(row as RowNum, cells),
        }
    }

    /// Completes the file and gives back what it was written to.
    pub fn finish(self) -> Result<W, WriteError> {
        match self.kind {
            Kind::Csv(writer) => writer.into_inner().map_err(|error| error.into_error().into()),
            Kind::Xlsx(book) => book.finish(self.rows as RowNum, self.columns.len() as ColNum),
        }
    }
}

impl<W: Write + Send> Kind<W> {
    fn unwritable(&self, text: &str) -> Option<&'static str> {
        if text.contains('\0') {
            return Some("holds a NUL character; correct it in the register");
        }
        // Short in bytes is short in UTF-16; one is left for an apostrophe.
        let long = text.len() >= MAX_SHEET_TEXT && text.encode_utf16().count() >= MAX_SHEET_TEXT;
        (long && matches!(self, Self::Xlsx(_))).then_some("is too long for a sheet; export to CSV instead")
    }
}

fn write_record<W: Write>(writer: &mut csv::Writer<W>, cells: &[Cell<'_>]) -> Result<(), WriteError> {
    for cell in cells {
        match cell {
            Cell::Empty => writer.write_field(""),
            Cell::Text(text) => writer.write_field(formula::escape(text).as_bytes()),
            Cell::Date(date) => writer.write_field(date.to_string()),
        }
        .map_err(io_error)?;
    }
    writer.write_record(None::<&[u8]>).map_err(io_error)
}

/// The only thing that can go wrong in writing records of the right width.
fn io_error(error: csv::Error) -> WriteError {
    WriteError::Io(io::Error::from(error))
}

/// A workbook of one sheet that is written as the rows come.
struct Book<W> {
    out: W,
    workbook: Workbook,
    text: Format,
    date: Format,
}

impl<W: Write + Send> Book<W> {
    fn new(out: W, columns: &[&str]) -> Result<Self, WriteError> {
        const WIDTH: f64 = 18.0;
        let mut workbook = Workbook::new();
        let (text, date) = (Format::new().set_num_format("@"), Format::new().set_num_format("yyyy-mm-dd"));
        let heading = Format::new().set_num_format("@").set_bold();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, name) in (0..).zip(columns) {
            sheet.set_column_width(column, WIDTH)?.set_column_format(column, &text)?;
            sheet.write_string_with_format(0, column, *name, &heading)?;
        }
        Ok(Self { out, workbook, text, date })
    }

    fn sheet(workbook: &mut Workbook) -> Result<&mut Worksheet, XlsxError> {
        workbook.worksheet_from_index(0)
    }

    fn write_row(&mut self, row: RowNum, cells: &[Cell<'_>]) -> Result<(), WriteError> {
        let sheet = Self::sheet(&mut self.workbook)?;
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => {
                    sheet.write_string_with_format(row, column, formula::escape_for_sheet(text), &self.text)?;
                }
                Cell::Date(date) => match sheet_date(*date) {
                    Some(serial) => {
                        sheet.write_datetime_with_format(row, column, &serial, &self.date)?;
                    }
                    None => {
                        sheet.write_string_with_format(row, column, date.to_string(), &self.text)?;
                    }
                },
            }
        }
        Ok(())
    }

    fn finish(mut self, rows: RowNum, columns: ColNum) -> Result<W, WriteError> {
        Self::sheet(&mut self.workbook)?.autofilter(0, 0, rows, columns.saturating_sub(1))?;
        self.workbook.save_to_writer(&mut self.out)?;
        Ok(self.out)
    }
}

/// The date as a sheet holds it. Its day 60 is a 29 February 1900 that never was, and programs differ on the days
/// before it: a text is right in all of them.
fn sheet_date(date: NaiveDate) -> Option<ExcelDateTime> {
    let exact = (date.year(), date.month()) >= (1900, 3) && date.year() <= 9999;
    let (year, month, day) = (u16::try_from(date.year()).ok()?, date.month() as u8, date.day() as u8);
    if exact { ExcelDateTime::from_ymd(year, month, day).ok() } else { None }
}
