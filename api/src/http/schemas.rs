//! The schema in the shapes that requests need it in.
//!
//! Each shape is a registry of all types, a megabyte or two, and half of the time that a start takes. The one that checks
//! everything is there from the start; the others are made when somebody first needs them.

use std::sync::{Arc, OnceLock};

use crate::{
    auth::App,
    schema::{self, PostmortemSchema, pricer::Pricer},
};

/// The schemas of one process.
pub(super) struct Schemas {
    app: Arc<App>,
    checking: PostmortemSchema,
    quick: OnceLock<PostmortemSchema>,
    own: OnceLock<PostmortemSchema>,
    pricer: OnceLock<Pricer>,
}

impl Schemas {
    pub(super) fn new(app: Arc<App>) -> Self {
        Self {
            checking: schema::build(&app.settings),
            app,
            quick: OnceLock::new(),
            own: OnceLock::new(),
            pricer: OnceLock::new(),
        }
    }

    /// Checks everything, for what people send.
    pub(super) fn checking(&self) -> &PostmortemSchema {
        &self.checking
    }

    /// For documents that have been found valid before.
    pub(super) fn quick(&self) -> &PostmortemSchema {
        self.quick.get_or_init(|| schema::build_quick(&self.app.settings))
    }

    /// For documents that we have written ourselves.
    pub(super) fn own(&self) -> &PostmortemSchema {
        self.own.get_or_init(schema::build_unlimited)
    }

    /// Says what a document costs.
    pub(super) fn pricer(&self) -> &Pricer {
        self.pricer.get_or_init(Pricer::new)
    }
}
