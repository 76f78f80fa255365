//! Where a test lets a courier die: it gets as far as a point and never further, as if the program had been killed there. In
//! builds with debug assertions only; nothing of it is in a release.

use std::cell::Cell;

/// The places between two steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The mail is claimed; the relay knows nothing of it.
    Claimed,
    /// The relay has taken the recipient.
    Begun,
    /// `data_started` is committed.
    DataStarted,
    /// The message is sent, but for its end.
    ContentSent,
    /// `dot_sent` is committed, and the dot is not sent yet.
    DotCommitted,
    /// The relay has accepted it, and that is not written down yet.
    Answered,
    /// It is written down.
    WrittenDown,
}

impl Point {
    /// All of them.
    pub const ALL: [Point; 7] = [
        Point::Claimed,
        Point::Begun,
        Point::DataStarted,
        Point::ContentSent,
        Point::DotCommitted,
        Point::Answered,
        Point::WrittenDown,
    ];
}

/// The point at which a courier dies, if any.
#[derive(Debug, Default)]
pub struct FailPoint {
    at: Cell<Option<Point>>,
    dead: Cell<bool>,
}

impl FailPoint {
    /// Lets the courier die at `point`.
    pub fn set(&self, point: Point) {
        self.at.set(Some(point));
    }

    /// Lets it go on, as a program that had slept.
    pub fn wake(&self) {
        self.at.set(None);
    }

    /// Whether it got there.
    pub fn is_dead(&self) -> bool {
        self.dead.get()
    }

    pub(crate) async fn reach(&self, point: Point) {
        if self.at.get() == Some(point) {
            self.dead.set(true);
            while self.at.get().is_some() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
    }
}
