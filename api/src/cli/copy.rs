//! `postmortem copy`: the whole database into an empty one.

use super::{args::CopyArgs, backup::NEEDED, sentence};
use crate::{
    platform::{
        clock::{Clock, SystemClock},
        db::{self, Databases},
        seal::Sealer,
        settings::Settings,
    },
    search::service::index_all,
};

pub(super) async fn copy(settings: &Settings, from: &Databases, args: &CopyArgs) -> Result<(), String> {
    let to =
        Databases::new(&args.to, settings.database_connections, 0).map_err(|problem| format!("--to: {problem}."))?;
    let copied = db::copy(from, &to, SystemClock.now(), async |tx| index_all(tx).await).await;
    db::settle(&to).await;
    let copied = copied.map_err(|error| sentence(&error))?;
    outln!(
        "Copied {} rows of {} tables into {}, and compared each.",
        copied.rows(),
        copied.tables.len(),
        to.location()
    );
    let key = Sealer::key_file(from).filter(|key| settings.sealing_key.is_none() && key.exists());
    match (key, Sealer::key_file(&to)) {
        (Some(key), Some(other)) => eprintln!(
            "postmortem: copy {} to {} too; {NEEDED}.",
            key.display(),
            other.display()
        ),
        (Some(key), None) => eprintln!(
            "postmortem: give every process on it the setting sealing_key, with what stands in {}; {NEEDED}.",
            key.display()
        ),
        (None, _) if settings.sealing_key.is_some() => {
            eprintln!("postmortem: keep the setting sealing_key as it is; {NEEDED}.");
        }
        (None, _) => {}
    }
    Ok(())
}
