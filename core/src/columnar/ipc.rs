//! Tables as bytes: Arrow's IPC format, for hosts that pass no memory across.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::ArrowError;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::columnar::assess::Activities;
use crate::columnar::options::TableOptions;
use crate::columnar::report::TableReport;
use crate::columnar::state::StateReport;
use crate::engine::Engine;

/// How a file of Arrow begins; a stream begins otherwise.
const FILE: &[u8] = b"ARROW1";

impl Engine {
    /// [`Engine::assess_table`] for tables as bytes in Arrow's IPC format, of files or of streams: the result is that
    /// of a stream, and the report beside it.
    ///
    /// # Errors
    /// `IK0601` for bytes that are no table; otherwise as [`Engine::assess_table`].
    ///
    /// ```
    /// use arrow_ipc::writer::StreamWriter;
    /// # use std::sync::Arc;
    /// # use arrow_array::{RecordBatch, StringArray};
    /// use ikusei::columnar::TableOptions;
    ///
    /// let engine = ikusei::Playbook::parse("{ikusei: 1, name: demo, scorecards: {overall: {ranks: [{rank: C}]}}}")?.compile()?;
    /// let leads = RecordBatch::try_from_iter([("id", Arc::new(StringArray::from(vec!["a", "b"])) as _)])?;
    /// let mut writer = StreamWriter::try_new(Vec::new(), &leads.schema())?;
    /// writer.write(&leads)?;
    /// let at: ikusei::Instant = "2026-05-01T09:00:00+09:00".parse()?;
    /// let (assessed, report) = engine.assess_ipc(&writer.into_inner()?, None, at, &TableOptions::new())?;
    /// assert_eq!(report.rows, 2);
    /// # assert!(assessed.len() > 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn assess_ipc(
        &self,
        leads: &[u8],
        activities: Option<&[u8]>,
        at: impl Into<Instant>,
        options: &TableOptions,
    ) -> Result<(Vec<u8>, TableReport), Error> {
        let at = at.into();
        let of_leads = |error| unreadable("leads", error);
        let batches = activities.map(|bytes| all("activities", bytes)).transpose()?;
        let activities = match &batches {
            None => Activities::Unknown,
            Some(batches) => {
                let ids = ids(leads, &options.id).map_err(of_leads)?;
                Activities::from(&Arc::new(self.activity_table_of(&ids, batches, at, options)?))
            }
        };
        let mut stream = self.assess_stream(open(leads, None).map_err(of_leads)?, activities, at, options)?;
        let mut writer = StreamWriter::try_new(Vec::new(), &stream.schema()).map_err(unwritable)?;
        for batch in &mut stream {
            let batch = batch.map_err(|error| match &error {
                ArrowError::ExternalError(inner) => match inner.downcast_ref::<Error>() {
                    Some(refusal) => refusal.clone(),
                    None => of_leads(error),
                },
                _ => of_leads(error),
            })?;
            writer.write(&batch).map_err(unwritable)?;
        }
        Ok((writer.into_inner().map_err(unwritable)?, stream.report().clone()))
    }

    /// [`Engine::activity_state`] for tables as bytes in Arrow's IPC format.
    ///
    /// # Errors
    /// `IK0601` for bytes that are no table; otherwise as [`Engine::activity_state`].
    ///
    /// ```
    /// use arrow_ipc::writer::StreamWriter;
    /// # use std::sync::Arc;
    /// # use arrow_array::{RecordBatch, StringArray};
    /// use ikusei::columnar::TableOptions;
    ///
    /// let engine = ikusei::Playbook::parse("{ikusei: 1, name: demo, activities: {login: {}}, scorecards: {overall: {ranks: [{rank: C}]}}}")?.compile()?;
    /// let column = |text| Arc::new(StringArray::from(vec![text])) as _;
    /// let new = RecordBatch::try_from_iter([
    ///     ("lead_id", column("a")), ("kind", column("login")), ("at", column("2026-05-01T00:00:00Z")),
    /// ])?;
    /// let mut writer = StreamWriter::try_new(Vec::new(), &new.schema())?;
    /// writer.write(&new)?;
    /// let at: ikusei::Instant = "2026-05-01T09:00:00+09:00".parse()?;
    /// let (state, report) = engine.state_ipc(None, &writer.into_inner()?, at, &TableOptions::new())?;
    /// assert_eq!((report.kept, report.ignored), (0, 1));
    /// # assert!(state.len() > 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn state_ipc(
        &self,
        state: Option<&[u8]>,
        new: &[u8],
        at: impl Into<Instant>,
        options: &TableOptions,
    ) -> Result<(Vec<u8>, StateReport), Error> {
        let state = state.map(|bytes| all("the state", bytes)).transpose()?.unwrap_or_default();
        let next = self.activity_state(&state, &all("activities", new)?, at, options)?;
        let mut writer = StreamWriter::try_new(Vec::new(), next.batch.schema_ref()).map_err(unwritable)?;
        writer.write(&next.batch).map_err(unwritable)?;
        Ok((writer.into_inner().map_err(unwritable)?, next.report))
    }
}

/// All batches of a table.
fn all(table: &str, bytes: &[u8]) -> Result<Vec<RecordBatch>, Error> {
    let read = || open(bytes, None)?.collect::<Result<Vec<_>, _>>();
    read().map_err(|error| unreadable(table, error))
}

/// The column of ids alone; whole batches where there is none, to say so of them.
fn ids(bytes: &[u8], id: &str) -> Result<Vec<RecordBatch>, ArrowError> {
    let place = open(bytes, None)?.schema().index_of(id).ok();
    open(bytes, place.map(|place| vec![place]))?.collect()
}

/// The batches, of all columns or of some.
fn open(bytes: &[u8], columns: Option<Vec<usize>>) -> Result<Box<dyn RecordBatchReader + '_>, ArrowError> {
    if !bytes.starts_with(FILE) {
        return Ok(Box::new(StreamReader::try_new(Cursor::new(bytes), columns)?));
    }
    let file = FileReader::try_new(Cursor::new(bytes), columns)?;
    let schema = file.schema();
    Ok(Box::new(RecordBatchIterator::new(file, schema)))
}

fn unreadable(table: &str, error: ArrowError) -> Error {
    let message = format!("the table of {table} cannot be read: {error}");
    Error::call(
        Diagnostic::error(Code::BadCall, message).with_help("give the bytes of an Arrow IPC stream or file"),
    )
}

fn unwritable(error: ArrowError) -> Error {
    Error::call(
        Diagnostic::error(Code::BadCall, format!("the result cannot be written: {error}"))
            .with_help("two columns may have one name"),
    )
}
