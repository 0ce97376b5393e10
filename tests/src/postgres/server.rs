//! Where the programs of a PostgreSQL server are.
//!
//! Debian keeps them out of the search path, one directory per major version, so looking for `postgres` there is not
//! enough; and `pg_config` may come from a client package whose directory holds no server.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What we start. A directory without all three is no server installation.
const PROGRAMS: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Where Debian puts the versions: `/usr/lib/postgresql/17/bin`.
const DEBIAN_VERSIONS: &str = "/usr/lib/postgresql";

/// Where to look for a server.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Look in this directory and nowhere else; nothing is installed when it holds no server.
    pub only: Option<PathBuf>,
    /// The search path (`PATH`), which is looked through last.
    pub path: Option<OsString>,
}

/// An installed server: the directory of its programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    directory: PathBuf,
}

impl Server {
    /// The first server found: what `pg_config` names, then Debian's newest version, then the search path.
    pub fn find(search: &Search) -> Option<Self> {
        let candidates = match &search.only {
            Some(directory) => vec![directory.clone()],
            None => {
                let mut all: Vec<_> = from_pg_config().into_iter().collect();
                all.extend(versions_in(Path::new(DEBIAN_VERSIONS)));
                all.extend(search.path.iter().flat_map(std::env::split_paths));
                all
            }
        };
        candidates
            .into_iter()
            .find(|directory| is_complete(directory))
            .map(|directory| Self { directory })
    }

    /// A command that runs one of the server's programs.
    pub(super) fn program(&self, name: &str) -> Command {
        Command::new(self.directory.join(name))
    }

    /// The directory of the programs.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

fn is_complete(directory: &Path) -> bool {
    PROGRAMS.iter().all(|program| directory.join(program).is_file())
}

fn from_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let directory = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(directory.trim_end()))
}

/// The `bin` directories of the versions under `root`, newest first.
fn versions_in(root: &Path) -> Vec<PathBuf> {
    let mut versions: Vec<(Vec<u32>, PathBuf)> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let numbers = name.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
            Some((numbers, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, directory)| directory).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(directory: &Path, programs: &[&str]) {
        fs::create_dir_all(directory).unwrap();
        for program in programs {
            fs::write(directory.join(program), "").unwrap();
        }
    }

    #[test]
    fn versions_are_ordered_as_numbers_newest_first() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9.6", "17", "15", "common"] {
            fs::create_dir(root.path().join(version)).unwrap();
        }
        let expected: Vec<_> = ["17", "15", "9.6"]
            .iter()
            .map(|version| root.path().join(version).join("bin"))
            .collect();
        assert_eq!(versions_in(root.path()), expected);
    }

    #[test]
    fn a_directory_with_only_the_client_is_no_server() {
        let root = tempfile::tempdir().unwrap();
        install(root.path(), &["psql", "pg_config"]);
        let search = Search {
            only: Some(root.path().to_owned()),
            path: None,
        };
        assert_eq!(Server::find(&search), None);

        install(root.path(), &PROGRAMS);
        assert_eq!(Server::find(&search).unwrap().directory(), root.path());
    }
}
