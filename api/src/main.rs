//! The binary `postmortem`: see `postmortem --help`.

use std::process::ExitCode;

#[actix_web::main]
async fn main() -> ExitCode {
    postmortem_api::cli::run().await
}
