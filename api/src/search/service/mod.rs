//! Keeps what is searched in step with what is stored, in the transaction that stores it.

mod fresh;

use std::collections::HashMap;

use entity::{
    ids::{IncidentId, ReportId},
    recommendation, report, root_cause, search_document, search_term,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
    prelude::Uuid,
    sea_query::Query,
};

pub use fresh::fresh;

use super::model::{
    index::{Document, Indexed, Subject},
    words::FORM,
};
use crate::{
    auth::Session,
    platform::{
        db::{Hold, Tx},
        error::Error,
        keys::is_postgres,
    },
};

/// Writes anew what is searched of these things, or takes it away when they are gone. Call it after their rows are written.
pub async fn refresh(tx: &Tx, subjects: &[Subject]) -> Result<(), Error> {
    if subjects.is_empty() {
        return Ok(());
    }
    let documents = fresh(&**tx, subjects).await?;
    let ids = subjects.iter().map(|subject| subject.uuid());
    let known = search_document::Entity::find()
        .filter(search_document::Column::SubjectId.is_in(ids))
        .all(&**tx)
        .await?;
    let mut known: HashMap<Uuid, search_document::Model> = known.into_iter().map(|row| (row.subject_id, row)).collect();
    let mut changed = Vec::new();
    for document in documents {
        let row = known.remove(&document.id);
        if !row.as_ref().is_some_and(|row| says(row, &document)) {
            changed.push((row, document));
        }
    }
    for row in known.into_values() {
        remove(tx, &row).await?;
    }
    let read = tokio::task::spawn_blocking(move || {
        let read = changed
            .into_iter()
            .map(|(row, document)| (row, document.indexed(), document));
        read.collect::<Vec<_>>()
    });
    for (row, indexed, document) in read.await.map_err(Error::internal)? {
        write(tx, row, document, indexed).await?;
    }
    Ok(())
}

/// The same for all reports on an incident, whose title is found with them.
pub async fn refresh_reports_on(tx: &Tx, incident: IncidentId) -> Result<(), Error> {
    let reports: Vec<ReportId> = report::Entity::find()
        .select_only()
        .column(report::Column::Id)
        .filter(report::Column::IncidentId.eq(incident))
        .into_tuple()
        .all(&**tx)
        .await?;
    let reports: Vec<Subject> = reports.into_iter().map(Subject::Report).collect();
    refresh(tx, &reports).await
}

/// The same in a transaction of its own, for what changed without it.
pub async fn catch_up(session: &Session, subject: Subject) -> Result<(), Error> {
    let tx = session.begin().await?;
    keep_report(&tx, subject).await?;
    refresh(&tx, &[subject]).await?;
    tx.commit().await
}

/// Keeps the report that something stands under, before that is held: a new document refers to the report, and who changes the report
/// has it already, and comes for what stands under it then. Call it before [`refresh`] where nothing is held yet.
pub async fn keep_report(tx: &Tx, subject: Subject) -> Result<(), Error> {
    let mut home = Query::select();
    match subject {
        // It is held itself, before all else.
        Subject::Report(_) => return Ok(()),
        Subject::RootCause(id) => home
            .column(root_cause::Column::ReportId)
            .from(root_cause::Entity)
            .and_where(root_cause::Column::Id.eq(id)),
        Subject::Recommendation(id) => home
            .column(recommendation::Column::ReportId)
            .from(recommendation::Entity)
            .and_where(recommendation::Column::Id.eq(id)),
    };
    let kept = report::Entity::find()
        .select_only()
        .column(report::Column::Id)
        .filter(report::Column::Id.in_subquery(home));
    kept.keep().into_tuple::<ReportId>().one(&**tx).await?;
    Ok(())
}

/// Is it stored as it is, in the form of today?
fn says(row: &search_document::Model, document: &Document) -> bool {
    row.form == FORM
        && row.report_id == document.report
        && row.key == document.key
        && row.title == document.title
        && row.body == document.body
}

async fn write(
    tx: &Tx,
    known: Option<search_document::Model>,
    document: Document,
    indexed: Indexed,
) -> Result<(), Error> {
    let (kind, report) = (document.kind, document.report);
    let row = search_document::ActiveModel {
        number: known.as_ref().map_or(NotSet, |row| Set(row.number)),
        subject_kind: Set(kind),
        subject_id: Set(document.id),
        report_id: Set(report),
        key: Set(document.key),
        title: Set(document.title),
        title_words: Set(indexed.title_words.clone()),
        body: Set(document.body),
        form: Set(FORM),
    };
    let number = match known {
        Some(row_before) => {
            search_document::Entity::update(row).exec(&**tx).await?;
            clear(tx, row_before.number).await?;
            row_before.number
        }
        None => search_document::Entity::insert(row).exec(&**tx).await?.last_insert_id,
    };
    index(tx, number, &indexed).await?;
    let terms = indexed.terms.into_iter().map(|term| search_term::ActiveModel {
        document_number: Set(number),
        term: Set(term),
        subject_kind: Set(kind),
        report_id: Set(report),
    });
    let terms: Vec<_> = terms.collect();
    if !terms.is_empty() {
        search_term::Entity::insert_many(terms)
            .exec_without_returning(&**tx)
            .await?;
    }
    Ok(())
}

/// How many documents are read at a time.
const BATCH: u64 = 200;

/// Gives the words of every document to the table that is the database's own, where it is empty: in a copy of another database.
pub async fn index_all(tx: &Tx) -> Result<(), Error> {
    let mut after = 0;
    loop {
        let documents = search_document::Entity::find()
            .filter(search_document::Column::Number.gt(after))
            .order_by_asc(search_document::Column::Number)
            .limit(BATCH)
            .all(&**tx)
            .await?;
        let Some(last) = documents.last() else { return Ok(()) };
        after = last.number;
        let read = tokio::task::spawn_blocking(move || {
            let read = documents.into_iter().map(|row| (row.number, document(row).indexed()));
            read.collect::<Vec<_>>()
        });
        for (number, indexed) in read.await.map_err(Error::internal)? {
            index(tx, number, &indexed).await?;
        }
    }
}

/// Gives the words of a document to the table that is the database's own.
async fn index(tx: &Tx, number: i64, indexed: &Indexed) -> Result<(), Error> {
    let (sql, values): (&str, Vec<sea_orm::Value>) = if is_postgres(&**tx) {
        (
            "INSERT INTO search_index (number, terms) VALUES ($1, CAST(CAST($2 AS text) AS tsvector))",
            vec![number.into(), indexed.vector.as_str().into()],
        )
    } else {
        (
            "INSERT INTO search_index (rowid, stems, words) VALUES (?, ?, ?)",
            vec![
                number.into(),
                indexed.stems.as_str().into(),
                indexed.words.as_str().into(),
            ],
        )
    };
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values))
        .await?;
    Ok(())
}

fn document(row: search_document::Model) -> Document {
    Document {
        kind: row.subject_kind,
        id: row.subject_id,
        report: row.report_id,
        key: row.key,
        title: row.title,
        body: row.body,
    }
}

/// Takes the words of a document away.
async fn clear(tx: &Tx, number: i64) -> Result<(), Error> {
    search_term::Entity::delete_many()
        .filter(search_term::Column::DocumentNumber.eq(number))
        .exec(&**tx)
        .await?;
    let sql = if is_postgres(&**tx) {
        "DELETE FROM search_index WHERE number = $1"
    } else {
        "DELETE FROM search_index WHERE rowid = ?"
    };
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, [number.into()]);
    tx.execute_raw(statement).await?;
    Ok(())
}

async fn remove(tx: &Tx, row: &search_document::Model) -> Result<(), Error> {
    clear(tx, row.number).await?;
    search_document::Entity::delete_by_id(row.number).exec(&**tx).await?;
    Ok(())
}
