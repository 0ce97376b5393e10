//! The binary `postmortem`: see `postmortem --help`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A request makes thousands of small allocations; the system's allocator spends a quarter of its time on them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[actix_web::main]
async fn main() -> ExitCode {
    postmortem_api::cli::run().await
}
