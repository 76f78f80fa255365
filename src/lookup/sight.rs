//! Sight: which members a searcher may see, asked once for all who are alike.
//!
//! Rights are judged by [`Circumstances`], which many members share, so a search asks about a few thousand of them at the
//! most and then looks up the answer for each member.

use std::cell::Cell;

use super::index::Circumstances;
use super::rows::Rows;
use super::vocabulary::RowId;

/// A searcher's sight, for one search.
pub(super) struct Sight<'a> {
    rows: &'a Rows,
    may_see: &'a dyn Fn(&Circumstances) -> bool,
    known: Vec<Cell<Option<bool>>>,
}

impl<'a> Sight<'a> {
    pub(super) fn new(rows: &'a Rows, may_see: &'a dyn Fn(&Circumstances) -> bool) -> Self {
        Self { rows, may_see, known: vec![Cell::new(None); rows.all_circumstances().len()] }
    }

    pub(super) fn sees(&self, row: RowId) -> bool {
        let place = self.rows.circumstances(row);
        let known = &self.known[place];
        known.get().unwrap_or_else(|| {
            let sees = self.rows.all_circumstances()[place].as_deref().is_some_and(self.may_see);
            known.set(Some(sees));
            sees
        })
    }
}
