//! `matrikel mails`: what is mailed, to be looked at.

use std::path::Path;

use jobs::Clock;
use jobs::mails::samples;
use jobs::texts::Language;
use matrikel::config::Config;

use super::Failure;

/// Writes every kind of mail in every language: as it is sent, and its two bodies. No register is opened: what stands in them
/// is invented.
pub(crate) fn mails(config: &Config, folder: &Path) -> Result<(), Failure> {
    let outbox = config.outbox()?;
    let clock = Clock::system(config.time_zone);
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut written = 0;
    for language in Language::ALL {
        for (kind, content) in samples(&outbox.letterhead(language))? {
            let name = format!("{kind}.{}", language.code());
            let message = outbox.sample(clock.new_id(), clock.now(), language, content.clone())?;
            for (ending, bytes) in [("eml", message), ("txt", content.text.into_bytes()), ("html", content.html.into_bytes())] {
                let path = folder.join(format!("{name}.{ending}"));
                std::fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
                written += 1;
            }
        }
    }
    out!("Files written to {}: {written}", folder.display());
    Ok(())
}
