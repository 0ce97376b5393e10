//! Where the database of one fault is, and what can be done to it.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use anyhow::{Context, Result, anyhow, ensure};
use postmortem_api::platform::db::Databases;
use postmortem_tests::postgres::{self, Cluster, account};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use tempfile::TempDir;

use crate::proxy::Proxy;

/// A server as one for production would be set up: what is committed is on the disk.
pub const DURABLE: &str = "
fsync = on
synchronous_commit = on
full_page_writes = on
max_connections = 200
min_wal_size = 32MB
max_wal_size = 64MB
";

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Postgres,
    Sqlite,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
        }
    }
}

/// A file system of its own, in memory and small. It is gone when this is dropped.
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Only root may make one.
    pub fn mount(megabytes: u32) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("postmortem-chaos-disk-").tempdir()?;
        let size = format!("size={megabytes}m,mode=755");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path());
        let mounted = mount.output().context("could not run mount")?;
        ensure!(
            mounted.status.success(),
            "could not mount a small file system: {}",
            String::from_utf8_lossy(&mounted.stderr).trim()
        );
        Ok(Self { folder })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room that is left.
    pub fn fill(&self) -> Result<()> {
        let mut file = File::create(self.ballast())?;
        // The smallest piece that a file can have.
        let piece = vec![0_u8; 4096];
        while file.write_all(&piece).is_ok() {}
        Ok(())
    }

    /// Gives it back.
    pub fn make_room(&self) -> Result<()> {
        Ok(fs::remove_file(self.ballast())?)
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a process that is about to end may still have a file open there.
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

/// May we mount? In words, when not.
pub fn may_mount() -> Result<(), String> {
    match account::is_root() {
        Ok(true) => SmallDisk::mount(1).map(drop).map_err(|problem| format!("{problem:#}")),
        _ => Err("only root may mount a small file system".to_owned()),
    }
}

/// The database, and what is between it and the service. What is dropped first stands first.
pub struct Place {
    pub engine: Engine,
    /// For us, without a detour.
    direct: String,
    /// For the service.
    pub url: String,
    pub proxy: Option<Proxy>,
    pub cluster: Option<Arc<Cluster>>,
    /// Where processes work, and where an embedded database is.
    pub folder: TempDir,
    pub disk: Option<SmallDisk>,
}

impl Place {
    /// On PostgreSQL a database in a server, behind a proxy.
    pub async fn postgres(cluster: Arc<Cluster>, name: &str) -> Result<Self> {
        let proxy = Proxy::start(cluster.port()).await?;
        let at = |port: u16, name: &str| format!("postgres://postgres@127.0.0.1:{port}/{name}");
        let place = Self {
            engine: Engine::Postgres,
            direct: at(cluster.port(), name),
            url: at(proxy.port(), name),
            proxy: Some(proxy),
            folder: folder()?,
            disk: None,
            cluster: Some(cluster),
        };
        let all = connect(&at(place.cluster()?.port(), "postgres")).await?;
        all.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await?;
        all.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
        all.close().await?;
        Ok(place)
    }

    /// A file.
    pub fn sqlite(disk: Option<SmallDisk>) -> Result<Self> {
        let folder = folder()?;
        let home = disk.as_ref().map_or(folder.path(), SmallDisk::path);
        let url = format!("sqlite://{}", home.join("chaos.db").display());
        Ok(Self {
            engine: Engine::Sqlite,
            direct: url.clone(),
            url,
            proxy: None,
            cluster: None,
            folder,
            disk,
        })
    }

    pub fn cluster(&self) -> Result<&Arc<Cluster>> {
        self.cluster.as_ref().context("this fault is one of PostgreSQL")
    }

    pub fn proxy(&self) -> Result<&Proxy> {
        self.proxy.as_ref().context("this fault is one of PostgreSQL")
    }

    pub fn disk(&self) -> Result<&SmallDisk> {
        self.disk.as_ref().context("this fault needs a small disk")
    }

    /// A connection of our own, which no fault of the network meets.
    pub async fn connect(&self) -> Result<DatabaseConnection> {
        connect(&self.direct).await
    }
}

fn folder() -> Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("postmortem-chaos-").tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

async fn connect(url: &str) -> Result<DatabaseConnection> {
    // Each its own pool: one from before a crash would still hold a connection that is dead.
    let databases = Databases::new(url, 1, 60_000).map_err(|problem| anyhow!(problem))?;
    databases.here().await.map_err(|error| anyhow!("{error:?}"))
}

/// A server of our own, below a directory.
pub async fn server(below: &Path) -> Result<Arc<Cluster>> {
    let below = below.to_owned();
    let start = tokio::task::spawn_blocking(move || Cluster::start_in(postgres::programs()?, &below, DURABLE));
    Ok(Arc::new(start.await??))
}
