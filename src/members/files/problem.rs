//! What is wrong with a file handed over, in words that let the person who made it put it right.
//!
//! A problem names the line, the column and what to do. It is shown on screens, printed and logged with imports,
//! so a value is only ever shown through [`quoted`], which holds back what may be a personal identity number.

use std::fmt;

use serde::Serialize;

/// One thing wrong with a file handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The physical line of the file, or the row number of the sheet; 0 when it concerns the file as a whole.
    pub line: usize,
    /// The column, by its canonical name when it is recognised, else by the header as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl Problem {
    /// A problem of the file as a whole.
    pub fn of_file(message: impl Into<String>) -> Self {
        Self { line: 0, column: None, message: message.into() }
    }

    /// A problem of one line.
    pub fn at_line(line: usize, message: impl Into<String>) -> Self {
        Self { line, column: None, message: message.into() }
    }

    /// A problem of one cell.
    pub fn at_cell(line: usize, column: impl Into<String>, message: impl Into<String>) -> Self {
        Self { line, column: Some(column.into()), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &self.column) {
            (0, None) => write!(f, "{}", self.message),
            (0, Some(column)) => write!(f, "column {column}: {}", self.message),
            (line, None) => write!(f, "line {line}: {}", self.message),
            (line, Some(column)) => write!(f, "line {line}, column {column}: {}", self.message),
        }
    }
}

impl std::error::Error for Problem {}

/// Collects problems up to a limit and counts the rest: a file whose every line is wrong in the same way has to be
/// answered with a list that somebody reads, not with a million lines held in memory.
#[derive(Debug)]
pub struct Problems {
    kept: Vec<Problem>,
    limit: usize,
    left_out: usize,
}

impl Problems {
    /// Keeps the first `limit` problems.
    pub fn with_limit(limit: usize) -> Self {
        Self { kept: Vec::new(), limit, left_out: 0 }
    }

    /// Adds one, or only counts it when the limit is reached.
    pub fn push(&mut self, problem: Problem) {
        if self.kept.len() < self.limit {
            self.kept.push(problem);
        } else {
            self.left_out += 1;
        }
    }

    /// How many there were, left out or not.
    pub fn len(&self) -> usize {
        self.kept.len() + self.left_out
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The problems; when some were left out, a last one says how many.
    pub fn into_vec(mut self) -> Vec<Problem> {
        if self.left_out > 0 {
            self.kept
                .push(Problem::of_file(format!("{} more problems are not listed; put these right and try again", self.left_out)));
        }
        self.kept
    }
}

/// A value from the file as a message may show it: in quotation marks, on one line, shortened, and not at all when it
/// has as many digits as a personal identity number.
pub fn quoted(value: &str) -> String {
    if may_hold_identity_number(value) { "the value (not shown)".to_owned() } else { format!("\"{}\"", shown(value)) }
}

/// A header from the file as a list may show it: like [`quoted`], without the quotation marks.
pub(super) fn header_shown(header: &str) -> String {
    if may_hold_identity_number(header) { "(not shown)".to_owned() } else { shown(header) }
}

/// Every Nordic personal identity number has at least nine digits, a written date eight. What a spreadsheet adds to a
/// date (" 00:00:00") does not count.
fn may_hold_identity_number(value: &str) -> bool {
    const FEWEST_DIGITS: usize = 9;
    let date = value.strip_suffix("00:00:00").unwrap_or(value);
    date.chars().filter(|c| c.is_numeric()).count() >= FEWEST_DIGITS
}

fn shown(value: &str) -> String {
    const LONGEST: usize = 40;
    let mut text: String =
        value.chars().take(LONGEST).map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c }).collect();
    if value.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_a_sentence_with_its_place() {
        let message = format!("{} is no date; write it as 1984-02-28", quoted("31.2.1984"));
        assert_eq!(
            Problem::at_cell(17, "birth_date", message).to_string(),
            "line 17, column birth_date: \"31.2.1984\" is no date; write it as 1984-02-28"
        );
        assert_eq!(Problem::at_line(3, "too short").to_string(), "line 3: too short");
        assert_eq!(Problem::of_file("the file is empty").to_string(), "the file is empty");
    }

    #[test]
    fn no_personal_identity_number_is_ever_shown() {
        for number in ["19840201-1235", "840201-1235", "8402011235", "010284-123K", "010284A123K", "01028412345", "010284 1234"] {
            assert!(!quoted(number).contains("84"), "{}", quoted(number));
            assert!(!quoted(&format!("Anna {number}")).contains("84"));
            assert!(!header_shown(number).contains("84"));
        }
        // Digits of other scripts are digits.
        assert!(!quoted("٨٤٠٢٠١١٢٣٥").contains('٨'));
    }

    #[test]
    fn a_date_is_shown() {
        assert_eq!(quoted("1984-02-31"), "\"1984-02-31\"");
        assert_eq!(quoted("1984-02-31 00:00:00"), "\"1984-02-31 00:00:00\"");
    }

    #[test]
    fn a_long_or_broken_value_is_shown_on_one_short_line() {
        assert_eq!(quoted("a\r\nb\tc"), "\"a  b c\"");
        assert_eq!(quoted(&"å".repeat(200)).chars().count(), 43);
    }

    #[test]
    fn a_list_of_problems_stays_readable() {
        let mut problems = Problems::with_limit(2);
        assert!(problems.is_empty());
        for line in 2..=1000 {
            problems.push(Problem::at_line(line, "wrong"));
        }
        assert_eq!(problems.len(), 999);
        let listed = problems.into_vec();
        assert_eq!(listed.len(), 3);
        assert_eq!(listed[2].message, "997 more problems are not listed; put these right and try again");
    }
}
