//! Asks a service with the data of the demo, on SQLite; see `fuzz/src/filters.rs`.
#![no_main]

use std::{cell::OnceCell, sync::Arc};

use async_graphql::{Request, Variables};
use entity::enums::ActorKind;
use postmortem_api::{
    auth::{App, Viewer},
    demo,
    graphql::context::with_session,
    platform::{
        clock::SystemClock,
        db::{Databases, migrate},
        settings::Settings,
    },
    schema::{self, PostmortemSchema},
};
use postmortem_fuzz::filters::{self, Question};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static DEMO: OnceCell<Demo> = const { OnceCell::new() };
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let question = filters::question(data);
    DEMO.with(|demo| {
        let (is_ours, answer) = demo.get_or_init(Demo::new).ask(&question);
        assert!(!is_ours, "our fault: {}", question.variables);
        filters::check(&question, &answer);
    });
});

/// The service. Its database goes away with it.
struct Demo {
    runtime: Runtime,
    app: Arc<App>,
    schema: PostmortemSchema,
    _directory: TempDir,
}

impl Demo {
    /// Loads the demo, which takes some seconds.
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let url = format!("sqlite://{}", directory.path().join("demo.db").display());
        let settings = Settings {
            database_url: url,
            ..Settings::default()
        }
        .check()
        .expect("usable settings");
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let app = runtime.block_on(async {
            let databases = Databases::new(&settings.database_url, 2, 0).expect("a usable address");
            migrate(&databases).await.expect("tables");
            let app = App::start(settings.clone(), Arc::new(SystemClock), databases)
                .await
                .expect("an app");
            demo::load(&app, || {}).await.expect("the demo");
            app
        });
        Self {
            runtime,
            schema: schema::build(&settings),
            app,
            _directory: directory,
        }
    }

    /// The data, and whether something was our fault. Asks as whoever may see all, and as whoever may see what everybody may.
    fn ask(&self, question: &Question) -> (bool, Value) {
        self.runtime.block_on(async {
            let (is_ours, data) = self.answer(Viewer::operator(ActorKind::Scheduler), question).await;
            let (is_ours_too, _) = self.answer(Viewer::anybody(ActorKind::Scheduler), question).await;
            (is_ours || is_ours_too, data)
        })
    }

    async fn answer(&self, viewer: Viewer, question: &Question) -> (bool, Value) {
        let session = self.app.session(viewer).await.expect("a session");
        let variables = Variables::from_json(question.variables.clone());
        let request = Request::new(&question.query).variables(variables);
        let response = with_session(request, session, |request| Box::pin(self.schema.execute(request))).await;
        let ours = response
            .errors
            .iter()
            .any(|error| error.message.contains("on our side"));
        (ours, response.data.into_json().expect("data are JSON"))
    }
}
