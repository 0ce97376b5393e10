//! A report in the form and the edition that somebody asks for.

use crate::{
    auth::Session,
    exchange::{
        forms::public::{
            Edition, Part,
            redact::{Inside, Redactor},
        },
        policy::may_be_public,
    },
    platform::error::Error,
};

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people and back.
    Markdown,
    /// For browsers.
    Html,
    /// For programs and back.
    Json,
}

impl Form {
    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Json => "json",
        }
    }

    /// The form of files whose name ends so.
    pub fn of_extension(extension: &str) -> Option<Self> {
        [Self::Markdown, Self::Html, Self::Json]
            .into_iter()
            .find(|form| form.extension() == extension)
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// For whom a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// For those who may read the report: all of it.
    Full,
    /// For everybody: these parts of it, and nothing of people and of the inside.
    Public(Vec<Part>),
}

impl Wanted {
    /// A public edition of what was chosen, or of the usual parts.
    pub fn public(parts: Option<Vec<Part>>) -> Result<Self, Error> {
        match parts {
            None => Ok(Self::Public(Part::USUAL.to_vec())),
            Some(parts) if parts.is_empty() => Err(Error::invalid(
                "parts",
                "REQUIRED",
                "Choose at least one part, or leave the choice out.",
            )),
            Some(parts) => Ok(Self::Public(parts)),
        }
    }

    /// The parts of these names, separated by commas.
    pub fn parts(names: &str) -> Result<Vec<Part>, Error> {
        let part = |name: &str| {
            Part::named(name).ok_or_else(|| {
                let known = Part::ALL.map(|(_, name)| name).join(", ");
                let message = format!("There is no part {name:?}; choose among {known}.");
                Error::invalid("parts", "UNKNOWN_PART", message)
            })
        };
        names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(part)
            .collect()
    }

    /// Why nothing can be chosen of a whole report.
    pub fn not_chosen() -> Error {
        Error::invalid(
            "parts",
            "NOT_PUBLIC",
            "Parts are chosen for a public edition; leave them out, or ask for that edition.",
        )
    }
}

/// A document that leaves.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The key of the report.
    pub key: String,
    /// What a file of it is called.
    pub file_name: String,
    /// How it is written.
    pub form: Form,
    /// Its text.
    pub text: String,
}

/// Makes it.
pub async fn export(session: &Session, key: &str, form: Form, wanted: Wanted) -> Result<Exported, Error> {
    let row = super::visible(session, key).await?;
    let suffix = if wanted == Wanted::Full { "" } else { ".public" };
    let inside = match &wanted {
        Wanted::Full => None,
        Wanted::Public(_) => {
            may_be_public(&row)?;
            Some(inside(session).await?)
        }
    };
    let record = super::record(session, &session.db, &row).await?;
    // A long report takes a while to render: not on the worker's thread.
    let written = tokio::task::spawn_blocking(move || match (wanted, inside) {
        (Wanted::Public(parts), Some(inside)) => {
            let redactor = Redactor::new(&inside)?;
            let edition = Edition::new(&record, &parts, &redactor);
            match form {
                Form::Markdown => Ok(edition.to_markdown()),
                Form::Html => Ok(edition.to_html()),
                Form::Json => Err(Error::invalid(
                    "format",
                    "NO_SUCH_FORM",
                    "A public edition is for reading: ask for it as Markdown or HTML.",
                )),
            }
        }
        _ => match form {
            Form::Markdown => record.to_markdown().map_err(Error::internal),
            Form::Html => Ok(record.to_html()),
            Form::Json => record.to_json().map_err(Error::internal),
        },
    });
    Ok(Exported {
        file_name: format!("{}{suffix}.{}", row.key, form.extension()),
        key: row.key,
        form,
        text: written.await.map_err(Error::internal)??,
    })
}

/// What must not leave, as far as it is known.
async fn inside(session: &Session) -> Result<Inside, Error> {
    let known = super::known(session).await?;
    let settings = &session.app.settings;
    Ok(Inside {
        names: known.names,
        emails: known.emails,
        hosts: known
            .hosts
            .into_iter()
            .chain(settings.internal_hosts.iter().cloned())
            .collect(),
        public_hosts: settings.public_hosts.clone(),
    })
}
