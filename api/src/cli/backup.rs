//! `postmortem backup` and `postmortem restore`: the embedded database as one file, and back.

use super::{
    args::{BackupArgs, RestoreArgs},
    sentence,
};
use crate::platform::{
    clock::{Clock, SystemClock},
    db::{self, Databases},
    seal::Sealer,
};

/// What is lost with the sealing key.
pub(super) const NEEDED: &str =
    "the secrets of webhooks and trackers, and the key that tokens are signed with, open with it only";

pub(super) async fn backup(databases: &Databases, args: &BackupArgs) -> Result<(), String> {
    let bytes = db::backup(databases, &args.file)
        .await
        .map_err(|error| sentence(&error))?;
    outln!("Wrote {} ({bytes} bytes).", args.file.display());
    if let Some(key) = Sealer::key_file(databases).filter(|key| key.exists()) {
        eprintln!(
            "postmortem: save {} too, apart from the backup; {NEEDED}.",
            key.display()
        );
    }
    Ok(())
}

pub(super) async fn restore(databases: &Databases, args: &RestoreArgs) -> Result<(), String> {
    let restored = db::restore(databases, &args.file, args.replace, SystemClock.now())
        .await
        .map_err(|error| sentence(&error))?;
    outln!("Restored {} from {}.", restored.file.display(), args.file.display());
    if let Some(kept) = restored.kept {
        outln!("What was there before is {}.", kept.display());
    }
    if let Some(key) = Sealer::key_file(databases) {
        eprintln!(
            "postmortem: give the service the key of the one that was backed up, in {} or as the setting sealing_key; {NEEDED}.",
            key.display()
        );
    }
    Ok(())
}
