//! What the answers of the benchmark cost at least on this machine: the practical ceiling.
//!
//! Each operation is one statement, whose rows are read into typed structs and written as JSON in the shape that GraphQL gives
//! them. Nobody signs in, nothing is checked, nothing is recorded. `/hello` shows what HTTP costs alone.

mod change;
mod database;
mod filtered;
mod follow_through;
mod overdue;
mod report;
mod shapes;

use std::net::SocketAddr;

use actix_web::{App, HttpServer, Responder, web};
use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Answers the operations of the benchmark from the database, and does nothing else.
#[derive(Debug, Clone, Parser)]
struct Options {
    /// Where to listen.
    #[arg(long)]
    listen: SocketAddr,
    /// Which PostgreSQL to ask.
    #[arg(long)]
    database_url: String,
    /// Threads that answer.
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// Connections of each thread.
    #[arg(long, default_value_t = 4)]
    connections: usize,
}

async fn hello() -> impl Responder {
    r#"{"data":{"hello":"world"}}"#
}

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let (listen, workers) = (options.listen, options.workers);
    HttpServer::new(move || {
        let (url, connections) = (options.database_url.clone(), options.connections);
        App::new()
            // Runs once in each thread, so that no connection is shared between threads.
            .data_factory(move || database::connect(url.clone(), connections))
            .route("/hello", web::post().to(hello))
            .route("/overdue", web::post().to(overdue::answer))
            .route("/report", web::post().to(report::answer))
            .route("/follow-through", web::post().to(follow_through::answer))
            .route("/filtered", web::post().to(filtered::answer))
            .route("/change", web::post().to(change::answer))
    })
    .workers(workers)
    .bind(listen)?
    .run()
    .await?;
    Ok(())
}
