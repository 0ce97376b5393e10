//! Import in the API.

use async_graphql::{Context, Enum, InputObject, Json, Object, SimpleObject};
use serde_json::Value;

use super::{import, service};
use crate::{
    graphql::{Result, context::session, scalars::Markdown},
    platform::error::Error,
    reports::graphql::{Report, report_now},
};

/// The form of an imported document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ImportFormat {
    /// Markdown of any of the known template families, with or without front matter; recognised by itself.
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

/// Imports documents.
#[derive(Default)]
pub struct ExchangeMutation;

#[Object]
impl ExchangeMutation {
    /// Imports a postmortem written in Markdown: an incident, a DRAFT report, its timeline, root causes and recommendations. The
    /// same text is imported once. Members and admins.
    #[graphql(complexity = "500 + child_complexity")]
    async fn import_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: ImportReportInput,
    ) -> Result<ImportReportPayload> {
        let markdown = input.markdown;
        // There is one form so far, and it is recognised.
        let ImportFormat::Auto = input.format.unwrap_or(ImportFormat::Auto);
        let file_name = input.file_name.unwrap_or_else(|| "document.md".to_owned());
        let dry_run = input.dry_run.unwrap_or_default();
        if dry_run {
            session(ctx).viewer.require_member()?;
            let read = tokio::task::spawn_blocking(move || import::parse(&file_name, &markdown)).await;
            let read = read.map_err(Error::internal)?;
            let preview = serde_json::to_value(&read).map_err(Error::internal)?;
            let warnings = read.warnings.into_iter().map(Into::into).collect();
            return Ok(ImportReportPayload {
                report: None,
                created: false,
                preview: Some(Json(preview)),
                warnings,
            });
        }
        let imported = service::import(session(ctx), &file_name, &markdown).await?;
        Ok(ImportReportPayload {
            report: Some(report_now(ctx, imported.report).await?),
            created: imported.created,
            preview: None,
            warnings: imported.warnings.into_iter().map(Into::into).collect(),
        })
    }
}
