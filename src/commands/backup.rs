//! `matrikel backup` and `restore`.

use std::path::Path;

use matrikel::backup;
use matrikel::config::Config;
use matrikel::database::Purpose;
use matrikel::members::erase::ErasureList;

use super::{Failure, open};

pub(crate) async fn backup(config: &Config, file: &Path) -> Result<(), Failure> {
    let members = backup::backup(config, file).await?;
    out!(
        "{} holds {members} members and passed the check. Keep {} elsewhere: without it the backup is of no use.",
        file.display(),
        config.key_file().display()
    );
    Ok(())
}

pub(crate) async fn restore(config: &Config, file: &Path) -> Result<(), Failure> {
    let members = backup::restore(config, file).await?;
    // Opening it upgrades the tables and sees whether the key is the right one.
    let opened = open(config, Purpose::Upgrade)
        .await
        .map_err(|error| format!("the register is restored, but cannot be opened yet: {error}"))?;
    let erasures = ErasureList::at(config.erasures_file());
    let listed = erasures.exists();
    let again = erasures.bring_together(&opened.store).await?;
    opened.close().await?;
    if listed {
        out!("Erased again, because they were erased after the backup was made: {again}.");
    } else {
        out!(
            "Nobody was erased again: {} is not there. Put the one of the lost register there and start the service, and it erases them.",
            config.erasures_file().display()
        );
    }
    out!("{members} members are restored to {}.", config.database_url());
    Ok(())
}
