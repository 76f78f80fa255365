//! Where a test lets a courier or a run die: it gets as far as a point and never further, as if the program had been killed
//! there. In builds with debug assertions only; nothing of it is in a release.

use std::cell::Cell;

/// The places between two steps of a courier, in their order.
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

/// The places between two steps of a run, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunPoint {
    /// The run is claimed.
    Claimed,
    /// It is planned and its mails are put together; nothing of it is written.
    Planned,
    /// Its transaction has begun and holds the run.
    Begun,
    /// The follow-ups are changed and opened.
    FollowUpsWritten,
    /// Whom the mails name stands in the read audit.
    Audited,
    /// The mails are in the outbox.
    MailsWritten,
    /// The proof is written, and nothing is committed yet.
    Proven,
    /// It is committed.
    Committed,
}

impl RunPoint {
    /// All of them.
    pub const ALL: [RunPoint; 8] = [
        RunPoint::Claimed,
        RunPoint::Planned,
        RunPoint::Begun,
        RunPoint::FollowUpsWritten,
        RunPoint::Audited,
        RunPoint::MailsWritten,
        RunPoint::Proven,
        RunPoint::Committed,
    ];
}

/// The point at which somebody dies, if any.
#[derive(Debug)]
pub struct FailPoint<P: Copy> {
    at: Cell<Option<P>>,
    dead: Cell<bool>,
}

impl<P: Copy> Default for FailPoint<P> {
    fn default() -> Self {
        Self { at: Cell::new(None), dead: Cell::new(false) }
    }
}

impl<P: Copy + PartialEq> FailPoint<P> {
    /// Lets it die at `point`.
    pub fn set(&self, point: P) {
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

    pub(crate) async fn reach(&self, point: P) {
        if self.at.get() == Some(point) {
            self.dead.set(true);
            while self.at.get().is_some() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
    }
}
