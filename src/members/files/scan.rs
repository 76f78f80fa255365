//! Cuts the text of a CSV file into records.
//!
//! Written here and not taken from the `csv` crate, which is the judge in the tests and writes our files, because the
//! people who hand over a file need what it does not tell: the physical line of a record whatever the line ends are
//! (CR alone too) and also after line breaks within quotation marks and blank lines; a quotation mark that is never
//! closed, which it takes silently together with the rest of the file; and text after a closing one. It borrows: a
//! cell is copied only when it holds a doubled quotation mark.

use std::borrow::Cow;

/// Reads records one after the other; knows no columns and never fails.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    delimiter: u8,
}

/// Where a record begins and what is wrong with its quotation marks; its cells are in the vector given to
/// [`Scanner::next_record`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The line on which it begins.
    pub(super) line: usize,
    /// The first thing wrong with it.
    pub(super) flaw: Option<Flaw>,
}

/// What can be wrong with quotation marks, with the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Opened here and never closed: the rest of the file became one cell.
    Unclosed(usize),
    /// Closed here, but text follows before the next delimiter.
    TextAfterQuote(usize),
}

impl<'t> Scanner<'t> {
    /// Starts at the byte `at` of `text`, which is on the line `line`.
    pub(super) fn new(text: &'t str, at: usize, line: usize, delimiter: u8) -> Self {
        Self { text, at, line, delimiter }
    }

    /// The byte where the next record begins, and its line.
    pub(super) fn position(&self) -> (usize, usize) {
        (self.at, self.line)
    }

    /// Puts the cells of the next record that is no blank line into `cells`; `None` at the end of the text.
    pub(super) fn next_record(&mut self, cells: &mut Vec<Cow<'t, str>>) -> Option<Record> {
        cells.clear();
        while self.take_line_end() {}
        if self.at == self.text.len() {
            return None;
        }
        let mut record = Record { line: self.line, flaw: None };
        loop {
            let (cell, flaw) = self.take_cell();
            cells.push(cell);
            record.flaw = record.flaw.or(flaw);
            if self.byte() == Some(self.delimiter) {
                self.at += 1;
            } else {
                // At a line end or at the end of the text: a cell stops nowhere else.
                self.take_line_end();
                return Some(record);
            }
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over one line end, if one is here.
    fn take_line_end(&mut self) -> bool {
        match self.byte() {
            Some(b'\n') => self.at += 1,
            Some(b'\r') => self.at += if self.text.as_bytes().get(self.at + 1) == Some(&b'\n') { 2 } else { 1 },
            _ => return false,
        }
        self.line += 1;
        true
    }

    fn take_cell(&mut self) -> (Cow<'t, str>, Option<Flaw>) {
        if self.byte() == Some(b'"') { self.take_quoted() } else { (Cow::Borrowed(self.take_plain()), None) }
    }

    /// Up to the next delimiter or line end. All of these are ASCII, so the cut never splits a character.
    fn take_plain(&mut self) -> &'t str {
        let start = self.at;
        let delimiter = self.delimiter;
        let rest = &self.text.as_bytes()[start..];
        self.at += rest.iter().position(|&b| b == delimiter || b == b'\n' || b == b'\r').unwrap_or(rest.len());
        &self.text[start..self.at]
    }

    fn take_quoted(&mut self) -> (Cow<'t, str>, Option<Flaw>) {
        let opened = self.line;
        self.at += 1;
        let mut cell = Cow::Borrowed("");
        loop {
            let start = self.at;
            let rest = &self.text.as_bytes()[start..];
            let Some(length) = rest.iter().position(|&b| b == b'"') else {
                self.at = self.text.len();
                append(&mut cell, &self.text[start..]);
                return (cell, Some(Flaw::Unclosed(opened)));
            };
            self.line += line_ends(&rest[..length]);
            self.at += length + 1;
            if self.byte() == Some(b'"') {
                // Doubled: the first of the two belongs to the cell.
                append(&mut cell, &self.text[start..self.at]);
                self.at += 1;
            } else {
                append(&mut cell, &self.text[start..start + length]);
                break;
            }
        }
        let after = self.take_plain();
        let flaw = (!after.trim().is_empty()).then_some(Flaw::TextAfterQuote(self.line));
        append(&mut cell, after);
        (cell, flaw)
    }
}

fn append<'t>(cell: &mut Cow<'t, str>, part: &'t str) {
    if cell.is_empty() {
        *cell = Cow::Borrowed(part);
    } else if !part.is_empty() {
        cell.to_mut().push_str(part);
    }
}

/// How many line ends are in `bytes`; CR LF is one.
pub(super) fn line_ends(bytes: &[u8]) -> usize {
    let mut count = 0;
    let mut previous = 0;
    for &byte in bytes {
        count += usize::from(byte == b'\r' || (byte == b'\n' && previous != b'\r'));
        previous = byte;
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Vec<(usize, Vec<String>)> {
        let mut scanner = Scanner::new(text, 0, 1, b',');
        let (mut records, mut cells) = (Vec::new(), Vec::new());
        while let Some(record) = scanner.next_record(&mut cells) {
            assert_eq!(record.flaw, None, "{text:?}");
            records.push((record.line, cells.iter().map(|c| c.to_string()).collect()));
        }
        records
    }

    fn flaw(text: &str) -> Option<Flaw> {
        let mut scanner = Scanner::new(text, 0, 1, b',');
        let mut cells = Vec::new();
        std::iter::from_fn(|| scanner.next_record(&mut cells)).find_map(|record| record.flaw)
    }

    fn row(line: usize, cells: &[&str]) -> (usize, Vec<String>) {
        (line, cells.iter().map(|&c| c.to_owned()).collect())
    }

    #[test]
    fn a_record_knows_its_physical_line() {
        for end in ["\n", "\r\n", "\r"] {
            let text = "a,b\n\n\n1,\"x\ny\n\"\n2,\"\"\n".replace('\n', end);
            assert_eq!(
                all(&text),
                [row(1, &["a", "b"]), row(4, &["1", &"x\ny\n".replace('\n', end)]), row(7, &["2", ""])],
                "{end:?}"
            );
        }
    }

    #[test]
    fn the_last_line_needs_no_line_end() {
        assert_eq!(all("a,b\n1,"), [row(1, &["a", "b"]), row(2, &["1", ""])]);
        assert_eq!(all(""), []);
        assert_eq!(all("\r\n\r\n"), []);
    }

    #[test]
    fn quotation_marks_within_a_plain_cell_are_text() {
        assert_eq!(all("Anna \"Nanna\" Berg,5\""), [row(1, &["Anna \"Nanna\" Berg", "5\""])]);
        assert_eq!(all("\"Anna \"\"Nanna\"\" Berg\" ,\"\"\"\""), [row(1, &["Anna \"Nanna\" Berg ", "\""])]);
    }

    #[test]
    fn what_is_wrong_with_quotation_marks_is_told_with_its_line() {
        assert_eq!(flaw("a\nb,\"c\nd\ne"), Some(Flaw::Unclosed(2)));
        assert_eq!(flaw("a\n\"b\nb\"\nb,\"c"), Some(Flaw::Unclosed(4)));
        assert_eq!(flaw("a\n\"b\n\"\"c\nd"), Some(Flaw::Unclosed(2)));
        assert_eq!(flaw("a\n\"b\n\"c,d"), Some(Flaw::TextAfterQuote(3)));
        assert_eq!(flaw("\"Anna \"Nanna\" Berg\",1"), Some(Flaw::TextAfterQuote(1)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8 * ProptestConfig::default().cases))]
        /// The `csv` crate is the judge: what it writes is read back, in every style of quoting.
        #[test]
        fn reads_what_the_csv_crate_writes(
            rows in prop::collection::vec(prop::collection::vec("[a,\"\r\n\u{e5} ]{0,6}", 2..4), 0..6),
            always in any::<bool>(), crlf in any::<bool>(),
        ) {
            let mut writer = csv::WriterBuilder::new()
                .flexible(true)
                .quote_style(if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
                .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
                .from_writer(Vec::new());
            let mut line = 1;
            let mut expected = Vec::new();
            for row in &rows {
                writer.write_record(row).unwrap();
                expected.push((line, row.clone()));
                line += 1 + row.iter().map(|cell| line_ends(cell.as_bytes())).sum::<usize>();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(all(&text), expected);
        }

        /// And whatever the text, it agrees with the crate's reader on the cells unless it reports a flaw.
        #[test]
        fn agrees_with_the_csv_crate_on_any_text(text in "[a,\"\r\n\u{e5} ]{0,30}") {
            if flaw(&text).is_none() {
                let judge: Vec<Vec<String>> = csv::ReaderBuilder::new().has_headers(false).flexible(true)
                    .from_reader(text.as_bytes()).into_records()
                    .map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
                let ours: Vec<Vec<String>> = all(&text).into_iter().map(|(_, cells)| cells).collect();
                prop_assert_eq!(ours, judge);
            }
        }
    }
}
