//! A file handed over, read once and held as one text; its rows are cut out of it again on every pass.
//!
//! An import reads the rows twice, once to compare and once to write, and files have up to millions of rows. Cells held
//! one by one would take several times the size of the file; the text takes its size, and cutting a million rows takes
//! half a second. Everything that can be wrong with the form of the file is found in [`Table::read`], so that
//! [`Table::rows`] cannot fail. What the columns mean is not known here.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::problem::{Problem, Problems, header_shown, quoted};
use super::scan::{Flaw, Scanner};
use super::{decode, formula, sheet};

/// The largest file taken, and the largest that a packed one may become; a million members take 200 MB.
pub const MAX_BYTES: usize = 512_000_000;
/// The most columns taken.
pub const MAX_COLUMNS: usize = 500;
/// How many problems of form are listed one by one.
pub(super) const MOST_PROBLEMS: usize = 200;

/// What kind of file a table was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A text file.
    Csv {
        /// The character between two cells: comma, semicolon or tab.
        delimiter: char,
        /// The encoding it was in.
        encoding: &'static str,
    },
    /// A workbook.
    Xlsx {
        /// The sheet that was read: the first visible one.
        sheet: String,
    },
}

/// A file handed over: a line of headers and at least one row, every row as wide as the headers.
pub struct Table {
    file_name: String,
    source: Source,
    headers: Vec<String>,
    header_line: usize,
    row_count: usize,
    text: String,
    delimiter: u8,
    /// Byte and line at which the first record after the headers begins.
    first: (usize, usize),
}

impl Table {
    /// Reads the file at `path`.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Vec<Problem>> {
        let path = path.as_ref();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let cannot = |error: std::io::Error| vec![Problem::of_file(format!("cannot read {name}: {error}"))];
        let file = File::open(path).map_err(cannot)?;
        let size = file.metadata().map_err(cannot)?.len() as usize;
        // One more than allowed, and the limit again while reading: what is no ordinary file has no size.
        let mut bytes = Vec::with_capacity(size.min(MAX_BYTES + 1));
        file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(cannot)?;
        Self::read(bytes, &name)
    }

    /// Reads the content of a file. What kind it is shows in the content; the name is only kept.
    pub fn read(bytes: Vec<u8>, file_name: &str) -> Result<Self, Vec<Problem>> {
        Self::read_within(MAX_BYTES, bytes, file_name)
    }

    /// [`Table::read`] with another limit in bytes.
    pub fn read_within(limit: usize, bytes: Vec<u8>, file_name: &str) -> Result<Self, Vec<Problem>> {
        if bytes.len() > limit {
            return Err(vec![sheet::too_large(limit)]);
        }
        if bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
            return Err(vec![Problem::of_file(
                "the file is an old .xls workbook or is protected by a password; save it as .xlsx without a password",
            )]);
        }
        let (source, text, delimiter, start) = if bytes.starts_with(b"PK\x03\x04") {
            let sheet = sheet::read(bytes, limit)?;
            (Source::Xlsx { sheet: sheet.name }, sheet.text, sheet::DELIMITER, (0, 1))
        } else {
            let (text, encoding) = decode::decode(bytes).map_err(|problem| vec![problem])?;
            let (delimiter, start) = delimiter(&text);
            (Source::Csv { delimiter: char::from(delimiter), encoding }, text, delimiter, start)
        };
        let table = Self {
            file_name: file_name.to_owned(),
            source,
            headers: Vec::new(),
            header_line: 0,
            row_count: 0,
            text,
            delimiter,
            first: start,
        };
        table.checked()
    }

    /// The name of the file.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The kind of file it was.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The names in the first line. One may be empty; its column then is empty too.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The line on which the headers stand.
    pub fn header_line(&self) -> usize {
        self.header_line
    }

    /// How many rows [`Table::rows`] gives.
    pub fn row_count(&self) -> usize {
        self.row_count
    }

    /// The rows from the first one, again on every call.
    pub fn rows(&self) -> Rows<'_> {
        let (at, line) = self.first;
        Rows { table: self, records: Scanner::new(&self.text, at, line, self.delimiter), left: self.row_count }
    }

    fn numbered(&self) -> bool {
        matches!(self.source, Source::Xlsx { .. })
    }

    /// Finds everything that is wrong with the form of the file, and the headers.
    fn checked(mut self) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::with_limit(MOST_PROBLEMS);
        let mut records = Scanner::new(&self.text, self.first.0, self.first.1, self.delimiter);
        let mut cells = Vec::new();
        let mut headers: Option<Vec<String>> = None;
        while let Some(record) = records.next_record(&mut cells) {
            let (line, cells) = if self.numbered() { numbered(&cells) } else { (record.line, &cells[..]) };
            if let Some(flaw) = record.flaw {
                problems.push(quotes(flaw));
                // Headers that are broken still are the headers: what follows is judged as rows.
                if headers.is_some() {
                    continue;
                }
            }
            if cells.iter().all(|cell| blank(cell)) {
                continue;
            }
            match &headers {
                None => {
                    let names = header_names(cells);
                    check_headers(&names, line, &mut problems);
                    headers = Some(names);
                    self.header_line = line;
                    self.first = records.position();
                }
                Some(names) => {
                    self.row_count += 1;
                    check_width(names, cells, line, self.numbered(), &mut problems);
                }
            }
        }
        match headers {
            _ if !problems.is_empty() => Err(problems.into_vec()),
            None => Err(vec![Problem::of_file("the file is empty; its first line must name the columns")]),
            Some(_) if self.row_count == 0 => {
                Err(vec![Problem::of_file("the file holds the names of columns but no row below them")])
            }
            Some(headers) => Ok(Self { headers, ..self }),
        }
    }
}

/// Tells nothing of the content: it is personal data, and what can be printed ends in a log.
impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, headers, row_count, .. } = self;
        write!(f, "Table({source:?}, {} columns, {row_count} rows)", headers.len())
    }
}

/// One row of a [`Table`]; its cells are trimmed and as many as the headers.
#[derive(Clone, PartialEq, Eq)]
pub struct Row<'t> {
    line: usize,
    cells: Vec<Cow<'t, str>>,
}

impl Row<'_> {
    /// The physical line of the file on which the row begins, or the row number of the sheet.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The cell of the column at `index`; empty when there is no such column.
    pub fn cell(&self, index: usize) -> &str {
        self.cells.get(index).map_or("", |cell| cell)
    }

    /// All cells.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = &str> {
        self.cells.iter().map(|cell| &**cell)
    }
}

/// Tells nothing of the content, like that of [`Table`].
impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row(line {}, {} cells)", self.line, self.cells.len())
    }
}

/// The rows of a [`Table`], cut out of its text one by one. It knows how many are left.
pub struct Rows<'t> {
    table: &'t Table,
    records: Scanner<'t>,
    left: usize,
}

impl<'t> Iterator for Rows<'t> {
    type Item = Row<'t>;

    fn next(&mut self) -> Option<Row<'t>> {
        let width = self.table.headers.len();
        let mut cells = Vec::with_capacity(width + 1);
        loop {
            let record = self.records.next_record(&mut cells)?;
            let mut line = record.line;
            if self.table.numbered() {
                line = numbered(&cells).0;
                cells.remove(0);
            }
            if cells.iter().all(|cell| blank(cell)) {
                continue;
            }
            cells.resize(width, Cow::Borrowed(""));
            cells.iter_mut().for_each(clean);
            self.left -= 1;
            return Some(Row { line, cells });
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Rows<'_> {}

/// The delimiter and where the first record begins. The one that occurs most often in the first line outside quotation
/// marks; when two occur equally often, the one that is rarer in names of columns. Excel's own line `sep=;` decides
/// before all.
fn delimiter(text: &str) -> (u8, (usize, usize)) {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    if let Some(line) = text[start..].split(['\r', '\n']).next()
        && let Some(declared @ (b',' | b';' | b'\t')) = line.strip_prefix("sep=").and_then(|rest| rest.bytes().next())
        && line.len() == "sep=;".len()
    {
        return (declared, (start + line.len(), 1));
    }
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut within = false;
    for byte in text[start..].trim_start_matches(['\r', '\n']).bytes() {
        match byte {
            b'"' => within = !within,
            b'\r' | b'\n' if !within => break,
            _ if within => {}
            _ => counts.iter_mut().filter(|(candidate, _)| *candidate == byte).for_each(|(_, count)| *count += 1),
        }
    }
    // The last of equals wins.
    let (delimiter, _) = counts.into_iter().max_by_key(|&(_, count)| count).unwrap_or_default();
    (if counts.iter().all(|&(_, count)| count == 0) { b',' } else { delimiter }, (start, 1))
}

/// Parts the row number from the cells of a record that was made from a sheet.
fn numbered<'r, 't>(cells: &'r [Cow<'t, str>]) -> (usize, &'r [Cow<'t, str>]) {
    match cells {
        [number, rest @ ..] => (number.parse().unwrap_or_default(), rest),
        [] => (0, cells),
    }
}

fn blank(cell: &str) -> bool {
    formula::cell(cell).is_empty()
}

fn clean(cell: &mut Cow<'_, str>) {
    match cell {
        Cow::Borrowed(text) => *text = formula::cell(text),
        Cow::Owned(text) if formula::cell(text).len() < text.len() => *text = formula::cell(text).to_owned(),
        Cow::Owned(_) => {}
    }
}

/// The names; empty ones at the end are what a spreadsheet leaves behind of deleted columns.
fn header_names(cells: &[Cow<'_, str>]) -> Vec<String> {
    let named = cells.iter().rposition(|cell| !blank(cell)).map_or(0, |last| last + 1);
    cells[..named].iter().map(|cell| formula::cell(cell).to_owned()).collect()
}

fn check_headers(names: &[String], line: usize, problems: &mut Problems) {
    if names.len() > MAX_COLUMNS {
        problems.push(Problem::at_line(
            line,
            format!("{} columns; at most {MAX_COLUMNS} are taken, so delete those that are not needed", names.len()),
        ));
        return;
    }
    let mut seen = HashSet::new();
    for name in names.iter().filter(|name| !name.is_empty()) {
        if !seen.insert(name.to_lowercase()) {
            problems.push(Problem::at_cell(line, header_shown(name), "two columns have this name; rename or delete one of them"));
        }
    }
}

fn check_width(names: &[String], cells: &[Cow<'_, str>], line: usize, sheet: bool, problems: &mut Problems) {
    // In a sheet, empty cells at the end of a row do not exist.
    if cells.len() < names.len() && !sheet {
        let (found, wanted) = (cells.len(), names.len());
        problems.push(Problem::at_line(
            line,
            format!("{found} cells, but the first line names {wanted} columns; add the missing delimiters or put a text that holds a line break in quotation marks"),
        ));
    }
    for (index, cell) in cells.iter().enumerate() {
        if names.get(index).is_none_or(String::is_empty) && !blank(cell) {
            let value = quoted(formula::cell(cell));
            problems.push(Problem::at_line(
                line,
                format!("{value} stands in column {}, which has no name in the first line; name the column, empty it, or put a text that holds the delimiter in quotation marks", index + 1),
            ));
            return;
        }
    }
}

fn quotes(flaw: Flaw) -> Problem {
    match flaw {
        Flaw::Unclosed(line) => Problem::at_line(
            line,
            "a quotation mark is opened here and never closed; close it, or write it twice when it belongs to the text",
        ),
        Flaw::TextAfterQuote(line) => {
            Problem::at_line(line, "text follows a closing quotation mark; within a quoted cell write every quotation mark twice")
        }
    }
}
