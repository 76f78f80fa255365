//! Files handed over: the layer below import and export.
//!
//! Reading: [`Table`] is a CSV or XLSX file as rows of text cells, [`Headers`] says which of its columns is which
//! [`MemberColumn`] or [`RepresentativeColumn`], and [`values`] reads single cells. Everything that is wrong is a
//! [`Problem`] with its line and what to do. Writing: [`RowWriter`] writes rows as CSV or XLSX such that reading gives
//! back what was written.
//!
//! Pure: no database, no HTTP, no clock. Not for deciding what a row means for the register, which is the import's part.

mod columns;
mod countries;
mod decode;
pub mod formula;
mod headers;
mod problem;
mod scan;
mod sheet;
mod spelling;
mod table;
pub mod values;
mod write;

#[cfg(test)]
mod tests;

pub use columns::{Column, MemberColumn, RepresentativeColumn};
pub use headers::{Headers, Matched};
pub use problem::{Problem, Problems, quoted};
pub use table::{MAX_BYTES, MAX_COLUMNS, Row, Rows, Source, Table};
pub use write::{Cell, Delimiter, MAX_SHEET_ROWS, RowWriter, WriteError};
