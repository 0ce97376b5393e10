//! Tells the linker to pack what the loader must adjust at every start: 2 MB less to read, and to hold. An idle process is a twentieth
//! smaller for it. The C library of GNU understands that since 2.36; elsewhere it is left as it is.

use std::{env, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is_for_here = told("TARGET") == told("HOST");
    let is_gnu_linux = told("CARGO_CFG_TARGET_OS") == "linux" && told("CARGO_CFG_TARGET_ENV") == "gnu";
    if is_for_here && is_gnu_linux && loader_unpacks() {
        println!("cargo::rustc-link-arg-bin=postmortem=-Wl,-z,pack-relative-relocs");
    }
}

/// What cargo says of the build.
#[allow(
    clippy::disallowed_methods,
    reason = "cargo tells build scripts by the environment; these are no settings"
)]
fn told(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// Is the C library here, which the program will meet, 2.36 or later? Nothing is packed where that cannot be told.
fn loader_unpacks() -> bool {
    let Ok(answer) = Command::new("getconf").arg("GNU_LIBC_VERSION").output() else {
        return false;
    };
    let answer = String::from_utf8_lossy(&answer.stdout);
    let version = answer.trim().strip_prefix("glibc ").unwrap_or_default();
    let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(2), Some(36))
}
