//! What others have made and the benchmark needs: wrk, Node and the packages of the peers.

use std::path::{Path, PathBuf};

use anyhow::Result;
use postmortem_tests::{node, postgres::install};

/// The folder `bench`.
pub fn bench() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default()
}

/// Makes sure that wrk, which puts load on servers, is there.
pub fn wrk() -> Result<()> {
    if install::answers("wrk", "--version") {
        return Ok(());
    }
    install::debian(&["wrk"], "the benchmark puts load on servers with wrk")
}

/// The folder of a peer, with its packages. They bring the Node that they run on: PostGraphile needs a newer one than Debian has.
pub fn peer(name: &str) -> (PathBuf, PathBuf) {
    let folder = bench().join("peers").join(name);
    node::packages(&folder);
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let node = folder.join(format!("node_modules/node-linux-{machine}/bin/node"));
    (folder, node)
}
