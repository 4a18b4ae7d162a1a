//! Tables: batches by Arrow's C interface, in and out.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{ArrayRef, RecordBatch, RecordBatchIterator, RecordBatchReader, StructArray};
use arrow_schema::{ArrowError, Field, SchemaRef};
use ikusei::columnar::{Activities, TableStream};
use ikusei::{Error, api};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::error::PyArrowError;
use pyo3_arrow::ffi::{ArrayIterator, to_schema_pycapsule, to_stream_pycapsule};
use pyo3_arrow::input::AnyRecordBatch;
use pythonize::pythonize;

use crate::_ikusei::{Engine, failed, refused};

type Reader = Box<dyn RecordBatchReader + Send>;

/// A reader whose batches have at most so many rows: between them there is time for progress and for Ctrl-C.
struct Cut {
    reader: Reader,
    rest: Option<RecordBatch>,
    rows: usize,
}

impl Iterator for Cut {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.rest.take() {
            Some(batch) => batch,
            None => match self.reader.next()? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(error)),
            },
        };
        if batch.num_rows() <= self.rows {
            return Some(Ok(batch));
        }
        self.rest = Some(batch.slice(self.rows, batch.num_rows() - self.rows));
        Some(Ok(batch.slice(0, self.rows)))
    }
}

impl RecordBatchReader for Cut {
    fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }
}

/// Leads that are assessed batch by batch, as they are asked for.
#[pyclass(frozen)]
pub(crate) struct Stream {
    stream: Arc<Mutex<TableStream<Cut>>>,
    schema: SchemaRef,
}

#[pymethods]
impl Stream {
    /// `whole` says that all results will be held together: then the leads may be as well.
    #[staticmethod]
    fn open(
        py: Python<'_>,
        engine: &Engine,
        leads: &Bound<'_, PyAny>,
        activities: Option<AnyRecordBatch>,
        args: &str,
        rows: usize,
        whole: bool,
    ) -> PyResult<Self> {
        let (at, options) = api::table_arguments(args).map_err(|envelope| refused(py, &envelope))?;
        let activities = read(py, activities)?;
        // A connection of DuckDB gives one result at a time: that of the activities has ended here.
        let leads: AnyRecordBatch = leads.extract()?;
        let mut leads: Reader = leads.into_reader()?;
        let opened = py.detach(|| -> Result<_, ArrowError> {
            let activities = match activities.as_deref() {
                Some(activities) if whole => {
                    // Ids of leads are fewer than those that activities name.
                    let schema = leads.schema();
                    let batches = leads.collect::<Result<Vec<_>, _>>()?;
                    let table = engine.0.activity_table_of(&batches, activities, at, &options);
                    leads = Box::new(RecordBatchIterator::new(batches.into_iter().map(Ok), schema));
                    Activities::from(&Arc::new(table.map_err(external)?))
                }
                activities => Activities::from(activities),
            };
            let leads = Cut { reader: leads, rest: None, rows: rows.max(1) };
            engine.0.assess_stream(leads, activities, at, &options).map_err(external)
        });
        let stream = opened.map_err(|error| raised(py, error))?;
        let schema = stream.schema();
        Ok(Self { stream: Arc::new(Mutex::new(stream)), schema })
    }

    /// The next batch, if there is one.
    fn next(&self, py: Python<'_>) -> PyResult<Option<Batches>> {
        let schema = self.schema.clone();
        match py.detach(|| pull(&self.stream)) {
            None => Ok(None),
            Some(Ok(batch)) => Ok(Some(Batches { batches: vec![batch], schema })),
            Some(Err(error)) => Err(raised(py, error)),
        }
    }

    /// All batches that are left.
    fn rest(&self, py: Python<'_>, progress: Option<Bound<'_, PyAny>>) -> PyResult<Batches> {
        let mut batches = Vec::new();
        while let Some(batch) = py.detach(|| pull(&self.stream)) {
            let batch = batch.map_err(|error| raised(py, error))?;
            if let Some(progress) = &progress {
                progress.call1((batch.num_rows(),))?;
            }
            py.check_signals()?;
            batches.push(batch);
        }
        Ok(Batches { batches, schema: self.schema.clone() })
    }

    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let report =
            py.detach(|| self.stream.lock().unwrap_or_else(PoisonError::into_inner).report().clone());
        Ok(pythonize(py, &report)?)
    }

    fn schema<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(to_schema_pycapsule(py, self.schema.as_ref())?)
    }

    fn stream<'py>(
        &self,
        py: Python<'py>,
        requested: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let stream = Arc::clone(&self.stream);
        export(py, std::iter::from_fn(move || pull(&stream)), &self.schema, requested)
    }
}

/// Assessed batches, or a state.
#[pyclass(frozen)]
pub(crate) struct Batches {
    batches: Vec<RecordBatch>,
    schema: SchemaRef,
}

#[pymethods]
impl Batches {
    /// The running state of activities and what became of them: see [`ikusei::Engine::activity_state`].
    #[staticmethod]
    fn state<'py>(
        py: Python<'py>,
        engine: &Engine,
        new: &Bound<'py, PyAny>,
        state: Option<AnyRecordBatch>,
        args: &str,
    ) -> PyResult<(Self, Bound<'py, PyAny>)> {
        let (at, options) = api::table_arguments(args).map_err(|envelope| refused(py, &envelope))?;
        let state = read(py, state)?.unwrap_or_default();
        let new = read(py, Some(new.extract()?))?.unwrap_or_default();
        let next = py.detach(|| engine.0.activity_state(&state, &new, at, &options));
        let next = next.map_err(|error| failed(py, &error))?;
        let schema = next.batch.schema();
        Ok((Self { batches: vec![next.batch], schema }, pythonize(py, &next.report)?))
    }

    fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    fn columns(&self) -> Vec<&str> {
        self.schema.fields().iter().map(|field| field.name().as_str()).collect()
    }

    fn schema<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(to_schema_pycapsule(py, self.schema.as_ref())?)
    }

    fn stream<'py>(
        &self,
        py: Python<'py>,
        requested: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        export(py, self.batches.clone().into_iter().map(Ok), &self.schema, requested)
    }
}

/// All batches of a table.
fn read(py: Python<'_>, table: Option<AnyRecordBatch>) -> PyResult<Option<Vec<RecordBatch>>> {
    let reader = table.map(AnyRecordBatch::into_reader).transpose()?;
    py.detach(|| reader.map(Iterator::collect::<Result<Vec<_>, _>>).transpose())
        .map_err(|error| raised(py, error))
}

fn pull(stream: &Mutex<TableStream<Cut>>) -> Option<Result<RecordBatch, ArrowError>> {
    stream.lock().unwrap_or_else(PoisonError::into_inner).next()
}

fn export<'py>(
    py: Python<'py>,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
    schema: &SchemaRef,
    requested: Option<Bound<'py, PyCapsule>>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let field = Arc::new(Field::new_struct("", schema.fields().clone(), false));
    let arrays = batches.map(|batch| batch.map(|batch| Arc::new(StructArray::from(batch)) as ArrayRef));
    Ok(to_stream_pycapsule(py, Box::new(ArrayIterator::new(arrays, field)), requested)?)
}

fn external(error: Error) -> ArrowError {
    ArrowError::ExternalError(Box::new(error))
}

/// The exception: the engine's own refusal, or what the other side's stream says.
fn raised(py: Python<'_>, error: ArrowError) -> PyErr {
    match &error {
        ArrowError::ExternalError(inner) => match inner.downcast_ref::<Error>() {
            Some(refusal) => failed(py, refusal),
            None => PyArrowError::from(error).into(),
        },
        _ => PyArrowError::from(error).into(),
    }
}
