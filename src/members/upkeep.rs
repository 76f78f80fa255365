//! What is done every hour without anybody asking: purging what locates protected members, erasing leavers whose time is
//! over, keeping the list of erasures, dropping changes of e-mail addresses that are over. Each part is harmless when it is done twice.

use jobs::history::Actor;
use jobs::{Result, Store};

use super::email_change;
use super::erase::{self, ErasureList};
use super::protection;
use super::retention::Retention;
use crate::access::keys::Keys;
use crate::config::Config;
use crate::database::Opened;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Protected members whose place was purged.
    pub purged: usize,
    /// Leavers who were erased.
    pub erased: usize,
    /// Whether what was deleted is gone from the files, too. On PostgreSQL that is the database's business.
    pub gone_from_files: bool,
}

/// What it works with.
#[derive(Clone, Debug)]
pub struct Upkeep {
    /// The register.
    pub store: Store,
    /// The keys that seal what is kept.
    pub keys: Keys,
    /// How long leavers are kept.
    pub retention: Retention,
    /// Who was erased, outside the database.
    pub erasures: ErasureList,
}

impl Upkeep {
    /// Of an open register, as the settings say.
    pub fn new(config: &Config, opened: &Opened) -> Self {
        Self {
            store: opened.store.clone(),
            keys: opened.keys.clone(),
            retention: config.retention,
            erasures: ErasureList::at(config.erasures_file()),
        }
    }

    /// Does all of it.
    ///
    /// # Errors
    /// When the register cannot be written now; the next hour does it.
    pub async fn run(&self) -> Result<Done> {
        let purged = protection::purge_due(&self.store, &self.keys).await?;
        let erased = erase::erase_due(&self.store, &self.retention).await?;
        self.erasures.bring_together(&self.store).await?;
        self.store.write(&Actor::system(), async |write| email_change::sweep(write).await).await?;
        let gone_from_files = self.store.empty_log().await?;
        Ok(Done { purged, erased, gone_from_files })
    }
}
