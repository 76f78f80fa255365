//! What is read from files of every kind, and that reading gives back what was written.

mod reading;
mod round_trip;

use super::{Problem, Table};

fn read(bytes: impl AsRef<[u8]>) -> Table {
    Table::read(bytes.as_ref().to_vec(), "file").unwrap_or_else(|problems| panic!("{}", lines(&problems)))
}

/// The problems of a file that is refused, one on a line.
fn refused(bytes: impl AsRef<[u8]>) -> String {
    lines(&Table::read(bytes.as_ref().to_vec(), "file").expect_err("the file is refused"))
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// The rows with their lines, cells joined by `|`.
fn rows(table: &Table) -> Vec<(usize, String)> {
    table.rows().map(|row| (row.line(), row.cells().collect::<Vec<_>>().join("|"))).collect()
}

fn row(line: usize, cells: &str) -> (usize, String) {
    (line, cells.to_owned())
}
