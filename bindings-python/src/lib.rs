//! ikusei for Python: conversions only, the work is the core's.
//!
//! Whatever is refused goes through `ikusei._errors.error_of`, which makes an exception of the facade's error
//! envelope.

mod plain;
mod read;
mod tables;

use mimalloc::MiMalloc;
use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The native half of `ikusei`; its names are not public.
#[pymodule(gil_used = false)]
mod _ikusei {
    use std::sync::{Arc, OnceLock};

    use ikusei::analytics::Rows;
    use ikusei::api::PlainLead;
    use ikusei::{Detail, Error, Instant, Language, api};
    use pyo3::prelude::*;
    use pyo3::sync::PyOnceLock;
    use pyo3_arrow::error::PyArrowError;
    use pyo3_arrow::input::AnyRecordBatch;
    use pythonize::{depythonize, pythonize};
    use serde::Serialize;

    use crate::plain::{Fields, Kept};
    use crate::read::read;
    #[pymodule_export]
    use crate::tables::{Batches, Stream};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }

    /// Calls an analysis by JSON text: see [`api::call_analytics`]; the answer is an envelope.
    #[pyfunction]
    fn analytics(py: Python<'_>, method: &str, args: &str) -> String {
        py.detach(|| api::call_analytics(method, args))
    }

    /// Makes a playbook of another system's rules: see [`api::migrate`]; the answer is an envelope.
    #[pyfunction]
    fn migrate(py: Python<'_>, args: &str) -> String {
        py.detach(|| api::migrate(args))
    }

    /// A table of Arrow as the columns that an analysis takes.
    #[pyfunction]
    fn columns(py: Python<'_>, table: AnyRecordBatch) -> PyResult<Bound<'_, PyAny>> {
        let batches = table.into_reader()?.collect::<Result<Vec<_>, _>>().map_err(PyArrowError::from)?;
        let rows = py.detach(|| Rows::from_batches(&batches)).map_err(|error| failed(py, &error))?;
        to_python(py, &rows)
    }

    pub(crate) fn refused(py: Python<'_>, envelope: &str) -> PyErr {
        static ERROR_OF: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        match ERROR_OF
            .import(py, "ikusei._errors", "error_of")
            .and_then(|error_of| error_of.call1((envelope,)))
        {
            Ok(exception) => PyErr::from_value(exception),
            Err(problem) => problem,
        }
    }

    pub(crate) fn failed(py: Python<'_>, error: &Error) -> PyErr {
        refused(py, &api::refuse(error))
    }

    fn to_python<'py, T: Serialize>(py: Python<'py>, value: &T) -> PyResult<Bound<'py, PyAny>> {
        Ok(pythonize(py, value)?)
    }

    /// A playbook that has been read and checked.
    #[pyclass(frozen)]
    struct Playbook(ikusei::Playbook);

    #[pymethods]
    impl Playbook {
        #[staticmethod]
        fn open(py: Python<'_>, args: &str) -> PyResult<Self> {
            py.detach(|| api::open_playbook(args)).map(Self).map_err(|envelope| refused(py, &envelope))
        }

        fn compile(&self, py: Python<'_>) -> PyResult<Engine> {
            py.detach(|| api::compile(&self.0)).map(Engine).map_err(|envelope| refused(py, &envelope))
        }

        fn for_browser(&self, py: Python<'_>, args: &str) -> PyResult<Self> {
            py.detach(|| api::cut_for_browser(&self.0, args))
                .map(Self)
                .map_err(|envelope| refused(py, &envelope))
        }

        /// What another playbook changes in it: see [`api::diff_playbooks`]; the answer is an envelope.
        fn diff(&self, py: Python<'_>, other: &Playbook, args: &str) -> String {
            py.detach(|| api::diff_playbooks(&self.0, &other.0, args))
        }

        fn name(&self) -> &str {
            self.0.name()
        }

        fn fingerprint(&self) -> &str {
            self.0.fingerprint()
        }

        fn to_json(&self) -> String {
            self.0.to_json()
        }
    }

    /// A lead record that has been read.
    #[pyclass(frozen)]
    struct Lead(Arc<ikusei::Lead>);

    impl Lead {
        fn of(lead: ikusei::Lead) -> Self {
            Self(Arc::new(lead))
        }
    }

    #[pymethods]
    impl Lead {
        #[staticmethod]
        fn open(py: Python<'_>, json: &str) -> PyResult<Self> {
            py.detach(|| api::open_lead(json)).map(Self::of).map_err(|envelope| refused(py, &envelope))
        }

        /// From the text of a JSON document: problems have their places in it.
        #[staticmethod]
        fn parse(py: Python<'_>, json: &str) -> PyResult<Self> {
            py.detach(|| api::parse_lead(json)).map(Self::of).map_err(|envelope| refused(py, &envelope))
        }

        /// From a dictionary; none if it is not plain data or not a lead: then its JSON text can say what is wrong.
        #[staticmethod]
        fn read(value: &Bound<'_, PyAny>) -> Option<Self> {
            read(value).map(Self::of)
        }

        fn id(&self) -> &str {
            &self.0.id
        }

        fn to_json(&self) -> String {
            self.0.to_json()
        }

        fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            to_python(py, &*self.0)
        }
    }

    /// A compiled playbook.
    #[pyclass(frozen)]
    pub(crate) struct Engine(pub(crate) ikusei::Engine);

    #[pymethods]
    impl Engine {
        fn fingerprint(&self) -> &str {
            self.0.fingerprint()
        }

        fn assess(
            &self,
            py: Python<'_>,
            lead: &Lead,
            at: &str,
            ledger: bool,
            hindsight: bool,
        ) -> PyResult<Assessment> {
            let at = self.instant(py, at)?;
            py.detach(|| Assessment::of(&self.0, &lead.0, at, ledger, hindsight))
                .map_err(|error| failed(py, &error))
        }

        /// The same for a dictionary that is nothing but an id and plain fields; none for any other lead, and for what is
        /// refused. Nothing is waited for: it takes less time than others would need to get the GIL and give it back.
        fn assess_plain(
            &self,
            py: Python<'_>,
            lead: &Bound<'_, PyAny>,
            at: &str,
            ledger: bool,
        ) -> PyResult<Option<Assessment>> {
            let at = self.instant(py, at)?;
            let Some(fields) = Fields::of(lead) else { return Ok(None) };
            let Some(figures) = fields.read(&self.0).and_then(|lead| lead.assess(&self.0, at)) else {
                return Ok(None);
            };
            Ok(Some(Assessment::plain(&self.0, figures, fields, ledger)))
        }

        /// The same for each of many.
        fn assess_many_plain(
            &self,
            py: Python<'_>,
            leads: Vec<Bound<'_, PyAny>>,
            at: &str,
            ledger: bool,
        ) -> PyResult<Vec<Option<Assessment>>> {
            let at = self.instant(py, at)?;
            let fields: Vec<_> = leads.iter().map(Fields::of).collect();
            let leads: Vec<_> = fields.iter().map(|fields| fields.as_ref()?.read(&self.0)).collect();
            let assess = |lead: Option<PlainLead<'_>>| lead?.assess(&self.0, at);
            let found: Vec<_> = py.detach(|| leads.into_iter().map(assess).collect());
            let found = found.into_iter().zip(fields).map(|(figures, fields)| {
                figures
                    .zip(fields)
                    .map(|(figures, fields)| Assessment::plain(&self.0, figures, fields, ledger))
            });
            Ok(found.collect())
        }

        /// For each lead an assessment, or the exception that assessing it alone would raise.
        fn assess_many(
            &self,
            py: Python<'_>,
            leads: Vec<Py<Lead>>,
            at: &str,
            ledger: bool,
            hindsight: bool,
        ) -> PyResult<Vec<Py<PyAny>>> {
            let at = self.instant(py, at)?;
            let one = |lead: &Py<Lead>| Assessment::of(&self.0, &lead.get().0, at, ledger, hindsight);
            let results: Vec<_> = py.detach(|| leads.iter().map(one).collect());
            let to_object = |result: Result<Assessment, Error>| match result {
                Ok(assessment) => Ok(Py::new(py, assessment)?.into_any()),
                Err(error) => Ok(failed(py, &error).into_value(py).into_any()),
            };
            results.into_iter().map(to_object).collect()
        }

        /// Calls a method by JSON text: see [`api::call_engine`]; the answer is the envelope's content.
        fn call(&self, py: Python<'_>, method: &str, args: &str) -> String {
            py.detach(|| api::call_engine(&self.0, method, args))
        }
    }

    impl Engine {
        fn instant(&self, py: Python<'_>, text: &str) -> PyResult<Instant> {
            // The facade's own words for what is no instant.
            text.parse().map_err(|_| {
                let args = serde_json::json!({ "leads": [], "at": text });
                refused(py, &api::call_engine(&self.0, "assess_many", &args.to_string()))
            })
        }
    }

    /// What the engine says of one lead at one instant: figures at once, ledgers when somebody asks.
    #[pyclass(frozen)]
    struct Assessment {
        figures: ikusei::Assessment,
        /// What ledgers are made from; none where none are wanted.
        source: Option<(ikusei::Engine, Held)>,
        hindsight: bool,
        whole: OnceLock<ikusei::Assessment>,
    }

    /// A lead as it was assessed.
    enum Held {
        Record(Arc<ikusei::Lead>),
        Plain(Kept),
    }

    fn prepare<'l>(
        engine: &ikusei::Engine,
        lead: &'l ikusei::Lead,
        hindsight: bool,
    ) -> Result<ikusei::Prepared<'l>, Error> {
        let prepared = engine.prepare(lead)?;
        Ok(if hindsight { prepared.in_hindsight() } else { prepared })
    }

    impl Assessment {
        fn of(
            engine: &ikusei::Engine,
            lead: &Arc<ikusei::Lead>,
            at: Instant,
            ledger: bool,
            hindsight: bool,
        ) -> Result<Self, Error> {
            let figures = prepare(engine, lead, hindsight)?.assess(at, Detail::Figures)?;
            let source = ledger.then(|| (engine.clone(), Held::Record(Arc::clone(lead))));
            Ok(Self { figures, source, hindsight, whole: OnceLock::new() })
        }

        fn plain(
            engine: &ikusei::Engine,
            figures: ikusei::Assessment,
            fields: Fields<'_>,
            ledger: bool,
        ) -> Self {
            let source = ledger.then(|| (engine.clone(), Held::Plain(fields.keep())));
            Self { figures, source, hindsight: false, whole: OnceLock::new() }
        }

        /// With ledgers, if they are wanted.
        fn whole(&self, py: Python<'_>) -> PyResult<&ikusei::Assessment> {
            let Some((engine, held)) = &self.source else { return Ok(&self.figures) };
            if let Some(whole) = self.whole.get() {
                return Ok(whole);
            }
            let at = self.figures.at;
            let lead = match held {
                Held::Record(lead) => Arc::clone(lead),
                Held::Plain(kept) => Arc::new(kept.record(py, &self.figures.lead)),
            };
            let whole = py.detach(|| prepare(engine, &lead, self.hindsight)?.assess(at, Detail::Ledger));
            let whole = whole.map_err(|error| failed(py, &error))?;
            Ok(self.whole.get_or_init(|| whole))
        }
    }

    #[pymethods]
    impl Assessment {
        fn rank(&self) -> Option<&str> {
            self.figures.rank.as_deref()
        }

        /// The score sheets without ledgers.
        fn sheets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            to_python(py, &self.figures.scores)
        }

        /// All of it without ledgers.
        fn figures<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            to_python(py, &self.figures)
        }

        fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            to_python(py, self.whole(py)?)
        }

        fn standing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            to_python(py, &self.figures.standing())
        }

        fn explain(&self, py: Python<'_>, language: &Bound<'_, PyAny>) -> PyResult<String> {
            Ok(self.whole(py)?.explain(depythonize::<Language>(language)?))
        }
    }
}
