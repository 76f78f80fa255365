//! What every request works with.

use std::sync::Arc;

use jobs::Store;
use jobs::lifecycle::Automation;
use jobs::outbox::Outbox;
use sea_orm::DatabaseConnection;
use tokio::sync::Semaphore;

use crate::access::audit::Recorder;
use crate::access::keys::Keys;
use crate::config::Config;
use crate::database::Opened;
use crate::members::erase::ErasureList;
use crate::members::import::batch::Uploads;
use crate::members::name_index::NameIndex;

/// How many passwords are hashed at once.
const HASHES_AT_ONCE: usize = 2;

/// What every request works with. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct State {
    /// The settings in force.
    pub config: Arc<Config>,
    /// The register.
    pub store: Store,
    /// The keys with which secrets are sealed.
    pub keys: Keys,
    /// Where the read audit is written; asked for by `/readyz`.
    pub audit_database: DatabaseConnection,
    /// Writes the read audit.
    pub audit: Recorder,
    /// Writes mails.
    pub outbox: Outbox,
    /// Finds members by name.
    pub names: NameIndex,
    /// Who was erased, outside the database.
    pub erasures: ErasureList,
    /// Whether the register is the demo's: then anybody on this machine may enter in any role.
    pub demo: bool,
    /// Whose holder notes the use of a token or a session.
    pub noting: Arc<Semaphore>,
    /// Whose holders hash passwords: each takes a core and some memory.
    pub hashing: Arc<Semaphore>,
}

impl State {
    /// Over an open database; starts the read audit's writer and the name index.
    ///
    /// # Panics
    /// When the settings were not [checked](Config::load) and name a sender of mails who is none.
    pub fn new(config: Config, opened: &Opened) -> Self {
        Self {
            outbox: config.outbox().expect("the settings are checked"),
            erasures: ErasureList::at(config.erasures_file()),
            config: Arc::new(config),
            store: opened.store.clone(),
            keys: opened.keys.clone(),
            audit_database: opened.audit.clone(),
            audit: Recorder::start(opened.audit.clone(), opened.store.clock().clone()),
            names: NameIndex::start(opened.store.clone()),
            demo: false,
            noting: Arc::new(Semaphore::new(1)),
            hashing: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
        }
    }

    /// What follows the lifecycle rules.
    pub fn automation(&self) -> Automation {
        Automation::new(self.store.clone(), self.audit_database.clone(), self.outbox.clone(), self.config.offices())
    }

    /// Files uploaded for import.
    pub fn uploads(&self) -> Uploads {
        Uploads { store: self.store.clone(), keys: self.keys.clone(), default_country: self.config.default_country.clone() }
    }
}
