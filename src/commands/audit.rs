//! `matrikel audit`: whether history and read audit are whole.

use std::process::ExitCode;

use matrikel::access::verify;
use matrikel::config::Config;
use matrikel::database::Purpose;

use super::{Failure, open};

/// How many faults are told.
const TOLD: usize = 50;

pub(crate) async fn verify(config: &Config) -> Result<ExitCode, Failure> {
    let opened = open(config, Purpose::Use).await?;
    let found = verify::verify(&opened.store, &opened.audit).await?;
    for fault in found.faults.iter().take(TOLD) {
        out!("{fault}");
    }
    if found.faults.len() > TOLD {
        out!("… and {} more", found.faults.len() - TOLD);
    }
    out!("Changes: {}. Rows of the read audit: {}. Faults: {}.", found.changes, found.reads, found.faults.len());
    Ok(if found.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
