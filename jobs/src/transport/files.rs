//! Mails as `.eml` files, for whoever has no relay yet: any mail program opens them.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

use uuid::Uuid;

/// A folder for mails. Only its owner gets into it (0700), and reads them (0600).
#[derive(Clone, Debug)]
pub struct Files {
    /// The folder; made when the first mail comes.
    pub folder: PathBuf,
}

impl Files {
    /// Writes a mail: whole or not at all, and the same mail twice as one file. Names sort by the time at which mails were written.
    ///
    /// # Errors
    /// When the folder or the file cannot be written.
    pub async fn write(&self, id: Uuid, message: Vec<u8>) -> io::Result<()> {
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || {
            DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
            let (draft, path) = (folder.join(format!(".{id}")), folder.join(format!("{id}.eml")));
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            file.write_all(&message)?;
            file.sync_all()?;
            std::fs::rename(draft, path)
        })
        .await
        .map_err(io::Error::other)?
    }
}
