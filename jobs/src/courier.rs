//! The courier takes mails from the outbox to the transport, a few at a time, each over a connection of its own.
//!
//! Any number of couriers may run, in any number of processes: what one has claimed, the others leave alone
//! ([`crate::outbox::queue`]). One that is killed, or sleeps longer than its lease, is overtaken and then changes nothing.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use entity::outbox::{MailState, Model};
use lettre::Address;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

#[cfg(debug_assertions)]
use crate::fail_point::{FailPoint, Point};
use crate::outbox::Outbox;
use crate::outbox::queue::{self, Ended, Which};
use crate::transport::{Connection, Fault, Relay, Transport};
use crate::{Result, Store};

/// How many mails are under way at once; to a relay each has a connection.
const CONNECTIONS: usize = 6;
/// How often the outbox is looked at for what other processes wrote, and for what has waited long enough.
const POLL: Duration = Duration::from_secs(1);
/// How often a lease is renewed: several times before it ends.
const RENEWAL: Duration = Duration::from_secs(15);
/// How long a connection is kept that has nothing to do.
const IDLE: Duration = Duration::from_secs(20);
/// How long what is under way may still take when the program is stopped.
const FAREWELL: Duration = Duration::from_secs(8);
/// How long a relay is left alone that could not be used; doubled each time up to the limit.
const FIRST_REST: Duration = Duration::from_secs(2);
const LONGEST_REST: Duration = Duration::from_secs(60);
/// How often it is tried to write down what a relay has said, and how long between.
const WRITE_ATTEMPTS: usize = 60;
const WRITE_PAUSE: Duration = Duration::from_millis(500);

/// Takes mails to the transport.
#[derive(Debug)]
pub struct Courier {
    store: Store,
    outbox: Outbox,
    transport: Transport,
    id: Uuid,
    idle: RefCell<Vec<Connection>>,
    rest: Cell<Rest>,
    tally: RefCell<Tally>,
    /// Where a test lets it die.
    #[cfg(debug_assertions)]
    pub fail_point: FailPoint<Point>,
}

/// How the attempts of a courier ended: `accepted`, `later`, `failed`, `uncertain`, `given_back`, with how many each.
pub type Tally = BTreeMap<&'static str, u64>;

/// Whether the relay is left alone for a while.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    until: Option<Instant>,
    faults: u32,
}

/// Why a mail is not sent further.
enum Stop {
    /// Another courier has it, or it must not go out.
    Overtaken,
    /// The attempt ended.
    Ended(Ended),
}

impl Courier {
    /// A courier that is ready.
    pub fn new(store: Store, outbox: Outbox, transport: Transport) -> Rc<Self> {
        let id = store.clock().new_id();
        let (idle, rest, tally) = Default::default();
        Rc::new(Self {
            store,
            outbox,
            transport,
            id,
            idle,
            rest,
            tally,
            #[cfg(debug_assertions)]
            fail_point: FailPoint::default(),
        })
    }

    /// Sends what waits and what comes, until `stop` is ready. Then what is under way gets [a little time](FAREWELL), and
    /// the rest is given back: what was sent up to its end is uncertain. Needs a [`LocalSet`](tokio::task::LocalSet).
    pub async fn run(self: Rc<Self>, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut sending = JoinSet::new();
        loop {
            if let Err(error) = self.fill(&mut sending, &Which::All).await {
                tracing::warn!(%error, "The outbox could not be looked at; it is tried again");
                sleep(POLL).await;
            }
            self.close_idle(IDLE).await;
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(_) = sending.join_next(), if !sending.is_empty() => {}
                () = self.store.mail_waits() => {}
                () = sleep(POLL) => {}
            }
        }
        let finishing = async { while sending.join_next().await.is_some() {} };
        // What is not done by then is given back.
        let _ = timeout(FAREWELL, finishing).await;
        sending.shutdown().await;
        self.close_idle(Duration::ZERO).await;
        if let Err(error) = queue::release(&self.store, self.id).await {
            tracing::warn!(%error, "Mails under way were not given back; their leases end in a minute");
        }
    }

    /// Sends what waits now, until nothing does; what is to be tried again later is left. Mails of [`Which::Ids`] that others are
    /// sending are waited for. Gives how the attempts ended. Needs a [`LocalSet`](tokio::task::LocalSet).
    ///
    /// # Errors
    /// When the register cannot be written now.
    pub async fn drain(self: Rc<Self>, which: Which) -> Result<Tally> {
        let mut sending = JoinSet::new();
        loop {
            let paused = !self.fill(&mut sending, &which).await?;
            if sending.join_next().await.is_some() {
                continue;
            }
            if paused || self.is_resting() {
                break;
            }
            if queue::is_waiting(&self.store, &which).await? {
                // Withdrawn ones gave way to these; or another courier is just claiming them.
                tokio::task::yield_now().await;
                continue;
            }
            match &which {
                Which::Ids(ids) if queue::being_sent(&self.store, ids).await? > 0 => sleep(POLL / 4).await,
                _ => break,
            }
        }
        self.close_idle(Duration::ZERO).await;
        Ok(self.tally.take())
    }

    /// Begins to send as many mails as there is room for. False while mailing is paused.
    async fn fill(self: &Rc<Self>, sending: &mut JoinSet<()>, which: &Which) -> Result<bool> {
        let room = CONNECTIONS.saturating_sub(sending.len());
        if room == 0 || self.is_resting() {
            return Ok(true);
        }
        let left = queue::recover(&self.store).await?;
        if left > 0 {
            tracing::warn!(left, "Mails were left behind by a courier that is gone");
        }
        if !queue::is_waiting(&self.store, which).await? {
            return Ok(true);
        }
        let claimed = queue::claim(&self.store, self.id, which, room as u64, self.transport.is_relay()).await?;
        let running = claimed.is_some();
        for row in claimed.into_iter().flatten() {
            sending.spawn_local(self.clone().deliver(row));
        }
        Ok(running)
    }

    async fn deliver(self: Rc<Self>, row: Model) {
        #[cfg(debug_assertions)]
        self.fail_point.reach(Point::Claimed).await;
        let outcome = tokio::select! {
            outcome = self.send(&row) => outcome,
            () = self.keep_lease(&row) => Err(Stop::Overtaken),
        };
        let ended = match outcome {
            Ok(()) => Ended::Accepted,
            Err(Stop::Ended(ended)) => ended,
            Err(Stop::Overtaken) => {
                tracing::info!(id = %row.id, "A mail was not sent further: it was withdrawn, or another courier has it");
                return;
            }
        };
        #[cfg(debug_assertions)]
        if ended == Ended::Accepted {
            self.fail_point.reach(Point::Answered).await;
        }
        let word = word(&ended);
        match self.write_down(&row, &ended).await {
            Ok(true) => {
                #[cfg(debug_assertions)]
                self.fail_point.reach(Point::WrittenDown).await;
                tracing::info!(id = %row.id, kind = row.kind, outcome = word, attempt = row.attempts, "A mail was tried");
                metrics::counter!("matrikel_mail_attempts_total", "outcome" => word).increment(1);
                *self.tally.borrow_mut().entry(word).or_default() += 1;
            }
            Ok(false) => {
                tracing::warn!(id = %row.id, outcome = word, "Another courier had taken a mail over; nothing was changed")
            }
            Err(error) => tracing::error!(id = %row.id, outcome = word, %error, "How a mail ended could not be written down"),
        }
    }

    /// What a relay has said is not said twice: a register that is busy is asked again for half a minute.
    async fn write_down(&self, row: &Model, ended: &Ended) -> Result<bool> {
        let mut attempt = 1;
        loop {
            match queue::finish(&self.store, row, ended).await {
                Err(_) if attempt < WRITE_ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
            sleep(WRITE_PAUSE).await;
        }
    }

    /// Is ready when the mail is no longer this courier's.
    async fn keep_lease(&self, row: &Model) {
        loop {
            sleep(RENEWAL).await;
            if let Ok(false) = queue::renew(&self.store, row).await {
                return;
            }
        }
    }

    async fn send(&self, row: &Model) -> Result<(), Stop> {
        let unusable = || Stop::Ended(Ended::Refused { reason: "the message is no longer kept".into(), address: false });
        let message = row.message.as_ref().ok_or_else(unusable)?;
        let address: Address = row.address.as_ref().and_then(|address| address.parse().ok()).ok_or_else(unusable)?;
        match &self.transport {
            Transport::Files(files) => {
                self.step(row, MailState::DataStarted).await?;
                self.step(row, MailState::DotSent).await?;
                let written = files.write(row.id, message.clone()).await;
                written.map_err(|error| Stop::Ended(Ended::Later(format!("the file: {}", error.kind()))))
            }
            Transport::Relay(relay) => self.send_to(relay, row, &address, message).await,
        }
    }

    async fn send_to(&self, relay: &Relay, row: &Model, address: &Address, message: &[u8]) -> Result<(), Stop> {
        let mut connection = self.begin(relay, address).await?;
        #[cfg(debug_assertions)]
        self.fail_point.reach(Point::Begun).await;
        self.step(row, MailState::DataStarted).await?;
        #[cfg(debug_assertions)]
        self.fail_point.reach(Point::DataStarted).await;
        if let Err(fault) = connection.start_data().await {
            return Err(self.refused(connection, fault).await);
        }
        connection.content(message).await.map_err(|fault| self.fault(fault))?;
        #[cfg(debug_assertions)]
        self.fail_point.reach(Point::ContentSent).await;
        self.step(row, MailState::DotSent).await?;
        #[cfg(debug_assertions)]
        self.fail_point.reach(Point::DotCommitted).await;
        match connection.end().await {
            Ok(()) => {
                self.keep(connection);
                Ok(())
            }
            Err(Fault::Relay(reason)) => Err(Stop::Ended(Ended::Unknown(reason))),
            // A connection that is of no use any more is found out by the next mail.
            Err(fault) => {
                self.keep(connection);
                Err(self.fault(fault))
            }
        }
    }

    /// A connection on which the relay has taken the recipient: an idle one, unless the relay has closed it meanwhile.
    async fn begin(&self, relay: &Relay, address: &Address) -> Result<Connection, Stop> {
        let from = self.outbox.sender();
        let idle = self.idle.borrow_mut().pop();
        if let Some(mut connection) = idle {
            match connection.begin(from, address).await {
                Ok(()) => return Ok(connection),
                Err(Fault::Relay(_)) => {}
                Err(fault) => return Err(self.refused(connection, fault).await),
            }
        }
        let mut connection = Connection::open(relay).await.map_err(|fault| self.fault(fault))?;
        match connection.begin(from, address).await {
            Ok(()) => Ok(connection),
            Err(fault) => Err(self.refused(connection, fault).await),
        }
    }

    /// Commits how far the mail is, before the next step is taken.
    async fn step(&self, row: &Model, state: MailState) -> Result<(), Stop> {
        match queue::advance(&self.store, row, state).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Stop::Overtaken),
            Err(error) => {
                tracing::warn!(id = %row.id, %error, "The register was busy: a mail is tried again");
                Err(Stop::Ended(Ended::GivenBack))
            }
        }
    }

    /// Of a mail that the relay did not take; the connection can be used for the next one.
    async fn refused(&self, mut connection: Connection, fault: Fault) -> Stop {
        if !matches!(fault, Fault::Relay(_)) && connection.reset().await.is_ok() {
            self.keep(connection);
        }
        self.fault(fault)
    }

    fn fault(&self, fault: Fault) -> Stop {
        Stop::Ended(match fault {
            Fault::Relay(reason) => {
                let faults = self.rest.get().faults + 1;
                let rest = (FIRST_REST * 2_u32.pow((faults - 1).min(10))).min(LONGEST_REST);
                tracing::warn!(reason, seconds = rest.as_secs(), "The relay cannot be used; it is left alone for a while");
                self.rest.set(Rest { until: Some(Instant::now() + rest), faults });
                Ended::Later(reason)
            }
            Fault::Later(reason) => Ended::Later(reason),
            Fault::Refused { reason, address } => Ended::Refused { reason, address },
        })
    }

    fn is_resting(&self) -> bool {
        self.rest.get().until.is_some_and(|until| Instant::now() < until)
    }

    /// Keeps a connection for the next mail: the relay works.
    fn keep(&self, mut connection: Connection) {
        self.rest.set(Rest::default());
        connection.idle_since = Some(Instant::now());
        self.idle.borrow_mut().push(connection);
    }

    async fn close_idle(&self, after: Duration) {
        let over = |connection: &mut Connection| connection.idle_since.is_none_or(|since| since.elapsed() >= after);
        let closing: Vec<Connection> = self.idle.borrow_mut().extract_if(.., over).collect();
        for connection in closing {
            connection.quit().await;
        }
    }
}

fn word(ended: &Ended) -> &'static str {
    match ended {
        Ended::Accepted => "accepted",
        Ended::Later(_) => "later",
        Ended::Refused { .. } => "failed",
        Ended::Unknown(_) => "uncertain",
        Ended::GivenBack => "given_back",
    }
}
