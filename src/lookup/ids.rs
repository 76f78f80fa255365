//! Ids: a list of numbers that is mostly one. One alone takes no room of its own; more take exactly theirs.

use std::ops::Deref;

/// A list of places in some table.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ids {
    One(u32),
    Several(Box<[u32]>),
}

impl Default for Ids {
    fn default() -> Self {
        Self::Several(Box::default())
    }
}

impl From<Vec<u32>> for Ids {
    fn from(ids: Vec<u32>) -> Self {
        match ids[..] {
            [id] => Self::One(id),
            _ => Self::Several(ids.into()),
        }
    }
}

impl Deref for Ids {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Self::One(id) => std::slice::from_ref(id),
            Self::Several(ids) => ids,
        }
    }
}

impl Ids {
    fn change(&mut self, change: impl FnOnce(&mut Vec<u32>)) {
        let mut ids = match std::mem::take(self) {
            Self::One(id) => vec![id],
            Self::Several(ids) => ids.into(),
        };
        change(&mut ids);
        *self = ids.into();
    }

    pub(super) fn push(&mut self, id: u32) {
        self.change(|ids| ids.push(id));
    }

    /// Puts the id into a list that is in order, once.
    pub(super) fn put_in_order(&mut self, id: u32) {
        if let Err(place) = self.binary_search(&id) {
            self.change(|ids| ids.insert(place, id));
        }
    }

    /// Takes the id out of a list, in order or not.
    pub(super) fn take_out(&mut self, id: u32) {
        if let Some(place) = self.iter().position(|&other| other == id) {
            self.change(|ids| _ = ids.remove(place));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_list_holds_what_was_put_in_and_not_taken_out(changes in prop::collection::vec((0..9u32, 0..3), 0..30)) {
            let (mut ids, mut expected) = (Ids::default(), Vec::new());
            for (id, change) in changes {
                if change == 0 {
                    ids.take_out(id);
                    expected.retain(|&other| other != id);
                } else {
                    ids.put_in_order(id);
                    expected.push(id);
                    expected.sort_unstable();
                    expected.dedup();
                }
                prop_assert_eq!(&ids[..], &expected[..]);
                prop_assert_eq!(ids == Ids::from(expected.clone()), true);
            }
        }
    }
}
