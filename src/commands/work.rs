//! `matrikel work`, and what runs by itself in every process that serves for long.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jobs::courier::Courier;
use jobs::housekeeping::sweep;
use jobs::lifecycle::Automation;
use matrikel::access::sign_in::Mailer;
use matrikel::config::Config;
use matrikel::database::{Opened, Purpose};
use matrikel::members::phone;
use matrikel::members::upkeep::Upkeep;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;

use super::{Failure, open, start_log};

/// How often what is kept for a time is looked through.
const SWEEP: Duration = Duration::from_secs(3600);

/// How often it is looked for requests to sign in: somebody waits in front of the screen.
const ANSWER: Duration = Duration::from_millis(500);

pub(crate) async fn work(config: &Config) -> Result<(), Failure> {
    start_log(config);
    let opened = open(config, Purpose::Serve).await?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            // Where Ctrl-C cannot be listened for, SIGTERM remains.
            Ok(()) = tokio::signal::ctrl_c() => {}
        }
    };
    out!("Matrikel works: it follows the lifecycle rules, sends mail and keeps house, and answers no requests.");
    let (courier, automation) = (courier(config, &opened)?, automation(config, &opened)?);
    let (upkeep, mailer) = (Upkeep::new(config, &opened), mailer(config, &opened)?);
    LocalSet::new().run_until(run_jobs(automation, courier, upkeep, mailer, stop)).await;
    Ok(opened.close().await?)
}

/// A courier, as the settings say.
pub(crate) fn courier(config: &Config, opened: &Opened) -> Result<Rc<Courier>, Failure> {
    Ok(Courier::new(opened.store.clone(), config.outbox()?, config.transport()?))
}

/// What follows the lifecycle rules, as the settings say.
pub(crate) fn automation(config: &Config, opened: &Opened) -> Result<Automation, Failure> {
    Ok(Automation::new(opened.store.clone(), opened.audit.clone(), config.outbox()?, config.offices()))
}

/// What answers requests to sign in.
pub(crate) fn mailer(config: &Config, opened: &Opened) -> Result<Mailer, Failure> {
    let country = config.default_country.clone();
    Ok(Mailer {
        store: opened.store.clone(),
        keys: opened.keys.clone(),
        outbox: config.outbox()?,
        as_phone: Arc::new(move |text| phone::as_stored(text, &country)),
    })
}

/// What runs by itself, until `stop` is ready and what is under way had time to end. Needs a [`LocalSet`].
pub(crate) async fn run_jobs(
    automation: Automation,
    courier: Rc<Courier>,
    upkeep: Upkeep,
    mailer: Mailer,
    stop: impl Future<Output = ()>,
) {
    let sweeping = async {
        let mut hourly = tokio::time::interval(SWEEP);
        loop {
            hourly.tick().await;
            if let Err(error) = sweep(&automation.store).await {
                tracing::warn!(%error, "What is older than its time was not dropped; the next sweep does it");
            }
            if let Err(error) = mailer.sweep().await {
                tracing::warn!(%error, "What signing in left behind was not dropped; the next sweep does it");
            }
            match upkeep.run().await {
                Ok(done) => {
                    tracing::info!(purged = done.purged, erased = done.erased, "What is not to be kept was looked through")
                }
                Err(error) => {
                    let source = std::error::Error::source(&error);
                    tracing::warn!(%error, ?source, "What is not to be kept was not dropped; the next sweep does it");
                }
            }
        }
    };
    let answering = async {
        let mut often = tokio::time::interval(ANSWER);
        loop {
            often.tick().await;
            if let Err(error) = mailer.run().await {
                tracing::warn!(%error, "Requests to sign in were not answered; they are in a moment");
            }
        }
    };
    tokio::select! {
        () = courier.run(stop) => {}
        () = sweeping => {}
        () = automation.follow() => {}
        () = answering => {}
    }
}
