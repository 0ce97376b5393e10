//! Import in the API.

use async_graphql::{Context, Enum, InputObject, Json, Object, SimpleObject};
use serde_json::Value;

use super::{
    forms::{
        public::Part,
        read::{exported, is_json},
    },
    import,
    queries::{self, Form, Wanted},
    service,
};
use crate::{
    graphql::{Result, context::session, scalars::Markdown},
    platform::error::Error,
    reports::graphql::{Report, report_now},
};

/// The form of an imported document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ImportFormat {
    /// Markdown of any of the known template families, with or without front matter, or an exported report as Markdown or JSON;
    /// recognised by itself.
    #[graphql(name = "AUTO")]
    Auto,
}

/// A document to import.
#[derive(InputObject)]
pub struct ImportReportInput {
    /// The document's text.
    markdown: Markdown,
    /// Its form.
    format: Option<ImportFormat>,
    /// What the document is called; names the report when its text does not.
    file_name: Option<String>,
    /// True: only says what would be imported.
    dry_run: Option<bool>,
}

/// Something that was unclear in a document, and what was done about it.
#[derive(SimpleObject)]
pub struct ImportWarning {
    /// The line of the document, counted from 1.
    line: i32,
    /// What was unclear, and what was done.
    message: String,
}

impl From<import::ImportWarning> for ImportWarning {
    fn from(warning: import::ImportWarning) -> Self {
        Self {
            line: i32::try_from(warning.line).unwrap_or(i32::MAX),
            message: warning.message,
        }
    }
}

/// What came of an import.
#[derive(SimpleObject)]
pub struct ImportReportPayload {
    /// The report; null for a dry run.
    report: Option<Report>,
    /// Whether it is new. False for a dry run, and when the same text had been imported before.
    created: bool,
    /// What a dry run has read, as the command `postmortem import --dry-run --format json` prints it; null otherwise.
    preview: Option<Json<Value>>,
    /// What was unclear, and what was done about it.
    warnings: Vec<ImportWarning>,
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum DocumentFormat {
    /// For people. A FULL edition can be imported again and loses nothing.
    #[graphql(name = "MARKDOWN")]
    Markdown,
    /// One page that stands alone, for browsers and printers.
    #[graphql(name = "HTML")]
    Html,
    /// For programs, as docs/schema/report.v1.json says. It can be imported again and loses nothing.
    #[graphql(name = "JSON")]
    Json,
}

/// For whom a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum DocumentEdition {
    /// For those who may read the report: all of it.
    #[graphql(name = "FULL")]
    Full,
    /// For everybody: chosen parts of a PUBLISHED report, without names, addresses, internal links, hosts and keys of tickets.
    /// Rules find these; somebody must read the result before it leaves.
    #[graphql(name = "PUBLIC")]
    Public,
}

/// What can be chosen of a report for a PUBLIC edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Part")]
pub enum DocumentPart {
    /// The executive summary.
    #[graphql(name = "EXECUTIVE_SUMMARY")]
    ExecutiveSummary,
    /// The background.
    #[graphql(name = "BACKGROUND")]
    Background,
    /// The timeline.
    #[graphql(name = "TIMELINE")]
    Timeline,
    /// The analysis of root causes, as text.
    #[graphql(name = "ROOT_CAUSE_ANALYSIS")]
    RootCauseAnalysis,
    /// The root causes.
    #[graphql(name = "ROOT_CAUSES")]
    RootCauses,
    /// The impact, with its figures but the cost.
    #[graphql(name = "IMPACT_ANALYSIS")]
    ImpactAnalysis,
    /// The recommendations.
    #[graphql(name = "RECOMMENDATIONS")]
    Recommendations,
    /// What was learned.
    #[graphql(name = "LESSONS_LEARNED")]
    LessonsLearned,
    /// The conclusion.
    #[graphql(name = "CONCLUSION")]
    Conclusion,
}

/// A report as a document.
#[derive(SimpleObject)]
pub struct ReportDocument {
    /// What a file of it is called, such as PM-12.md.
    file_name: String,
    /// Its media type.
    media_type: &'static str,
    /// Its text.
    text: String,
}

/// Exports documents.
#[derive(Default)]
pub struct ExchangeQuery;

#[Object]
impl ExchangeQuery {
    /// A report as a document, as `GET /export/reports/PM-12.md` also has it; null when there is no such report or you may not see
    /// it.
    #[graphql(complexity = "500 + child_complexity")]
    async fn report_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The short key, such as PM-12.")] key: String,
        #[graphql(desc = "How it is written.", default_with = "DocumentFormat::Markdown")] format: DocumentFormat,
        #[graphql(desc = "For whom it is.", default_with = "DocumentEdition::Full")] edition: DocumentEdition,
        #[graphql(
            desc = "What is chosen for a PUBLIC edition; when left out, the executive summary, the timeline, the root causes, the impact and the recommendations."
        )]
        parts: Option<Vec<DocumentPart>>,
    ) -> Result<Option<ReportDocument>> {
        let form = match format {
            DocumentFormat::Markdown => Form::Markdown,
            DocumentFormat::Html => Form::Html,
            DocumentFormat::Json => Form::Json,
        };
        let parts = parts.map(|parts| parts.into_iter().map(Part::from).collect());
        let wanted = match (edition, parts) {
            (DocumentEdition::Public, parts) => Wanted::public(parts)?,
            (DocumentEdition::Full, None) => Wanted::Full,
            (DocumentEdition::Full, Some(_)) => return Err(Wanted::not_chosen().into()),
        };
        match queries::export(session(ctx), &key, form, wanted).await {
            Ok(document) => Ok(Some(ReportDocument {
                file_name: document.file_name,
                media_type: document.form.media_type(),
                text: document.text,
            })),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Imports documents.
#[derive(Default)]
pub struct ExchangeMutation;

#[Object]
impl ExchangeMutation {
    /// Imports a postmortem written in Markdown: an incident, a DRAFT report, its timeline, root causes and recommendations. The
    /// same text is imported once. Members and admins. A report that was exported as Markdown or JSON becomes what it was: admins.
    #[graphql(complexity = "500 + child_complexity")]
    async fn import_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: ImportReportInput,
    ) -> Result<ImportReportPayload> {
        let markdown = input.markdown;
        // All forms are recognised.
        let ImportFormat::Auto = input.format.unwrap_or(ImportFormat::Auto);
        let file_name = input.file_name.unwrap_or_else(|| "document.md".to_owned());
        let dry_run = input.dry_run.unwrap_or_default();
        session(ctx).viewer.require_member()?;
        refuse_other_json(&file_name, &markdown).await?;
        if dry_run {
            let read = tokio::task::spawn_blocking(move || preview(&file_name, &markdown)).await;
            let (preview, warnings) = read.map_err(Error::internal)??;
            let warnings = warnings.into_iter().map(Into::into).collect();
            return Ok(ImportReportPayload {
                report: None,
                created: false,
                preview: Some(Json(preview)),
                warnings,
            });
        }
        // Many steps, whose state would else stand on the stack of every resolver that waits for them.
        let imported = Box::pin(service::import(session(ctx), &file_name, &markdown)).await?;
        Ok(ImportReportPayload {
            report: Some(report_now(ctx, imported.report).await?),
            created: imported.created,
            preview: None,
            warnings: imported.warnings.into_iter().map(Into::into).collect(),
        })
    }
}

/// JSON that is no exported report is no document that somebody has written either, whatever it is called; nor is what is called JSON.
async fn refuse_other_json(file_name: &str, text: &str) -> std::result::Result<(), Error> {
    let is_called_json = file_name.to_lowercase().ends_with(".json");
    let text = text.to_owned();
    let looked = tokio::task::spawn_blocking(move || {
        let is_json = is_json(&text);
        ((is_json || is_called_json) && exported(&text).is_none()).then_some(is_json)
    });
    let message = match looked.await.map_err(Error::internal)? {
        None => return Ok(()),
        Some(true) => {
            "This JSON is no exported report; import issues of GitHub with `postmortem import`, and put JSON of a document into a block of code in Markdown."
        }
        Some(false) => {
            "This is called JSON and is none that can be read; give a document in Markdown a fileName such as outage.md."
        }
    };
    Err(Error::invalid("markdown", "MALFORMED_DOCUMENT", message))
}

/// What a document would become.
fn preview(file_name: &str, text: &str) -> std::result::Result<(Value, Vec<import::ImportWarning>), Error> {
    if let Some(record) = exported(text) {
        return Ok((serde_json::to_value(record?).map_err(Error::internal)?, Vec::new()));
    }
    let read = import::parse(file_name, text);
    let preview = serde_json::to_value(&read).map_err(Error::internal)?;
    Ok((preview, read.warnings))
}
