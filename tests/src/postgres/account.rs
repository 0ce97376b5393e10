//! Whom the server runs as.
//!
//! PostgreSQL refuses to run as root, and CI is root. The server then gets the account that Debian's package makes for
//! it, or `nobody`; otherwise it runs as whoever runs the tests.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// The accounts to run as instead of root, the best first.
const STAND_INS: [&str; 2] = ["postgres", "nobody"];

/// An account of this machine, by its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// The account to run the server as: `None` when we can run it ourselves.
    pub fn for_server() -> Result<Option<Self>> {
        if !is_root()? {
            return Ok(None);
        }
        let accounts = fs::read_to_string("/etc/passwd").context("could not read /etc/passwd")?;
        let account = STAND_INS.iter().find_map(|name| find(&accounts, name)).context(
            "PostgreSQL does not run as root, and this machine has neither an account `postgres` nor `nobody`: \
             run the tests as another user",
        )?;
        Ok(Some(account))
    }

    /// Makes `command` run as this account.
    pub fn run_as(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Gives this account a file or directory.
    pub fn give(self, path: &Path) -> Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
            .with_context(|| format!("could not change the owner of {}", path.display()))
    }
}

/// Whether this process is root: a file it makes then belongs to user 0. (The standard library has no direct question.)
pub fn is_root() -> Result<bool> {
    let file = tempfile::tempfile().context("could not make a temporary file")?;
    Ok(file.metadata()?.uid() == 0)
}

/// The account `name` in the text of `/etc/passwd`.
fn find(accounts: &str, name: &str) -> Option<Account> {
    accounts.lines().find_map(|line| {
        let mut parts = line.split(':');
        if parts.next()? != name {
            return None;
        }
        let uid = parts.nth(1)?.parse().ok()?;
        let gid = parts.next()?.parse().ok()?;
        Some(Account { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let accounts =
            "root:x:0:0:root:/root:/bin/sh\npostgres2:x:7:8::/:/bin/sh\npostgres:x:105:112:PostgreSQL:/:/bin/sh\n";
        assert_eq!(find(accounts, "postgres"), Some(Account { uid: 105, gid: 112 }));
        assert_eq!(find(accounts, "nobody"), None);
    }
}
