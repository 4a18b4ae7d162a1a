//! ikusei for Node: handles, and JSON text across the border.
//!
//! Whatever is refused is thrown as an error whose message is the facade's error envelope; the typed face makes
//! the public error of it.

use ikusei::{Instant, api};
use mimalloc::MiMalloc;
use napi::bindgen_prelude::{
    AbortSignal, AsyncTask, Either, Env, Float64Array, Task, Uint8Array, Utf16String,
};
use napi_derive::napi;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The version of the package.
#[napi]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

fn refused(envelope: String) -> napi::Error {
    napi::Error::from_reason(envelope)
}

fn freed() -> napi::Error {
    napi::Error::from_reason("used after free()")
}

/// Reads a lead record that is data: see [`api::open_lead`]. Gives it as it is written back.
///
/// # Errors
/// The error envelope.
#[napi]
pub fn open_lead(json: String) -> napi::Result<String> {
    api::open_lead(&json).map(|lead| lead.to_json()).map_err(refused)
}

/// Reads a lead record that is text: see [`api::parse_lead`]. Gives it as it is written back.
///
/// # Errors
/// The error envelope.
#[napi]
pub fn parse_lead(json: String) -> napi::Result<String> {
    api::parse_lead(&json).map(|lead| lead.to_json()).map_err(refused)
}

/// Calls an analysis: see [`api::call_analytics`]; the answer is an envelope.
#[napi]
#[must_use]
pub fn analytics(method: String, args: String) -> String {
    api::call_analytics(&method, &args)
}

/// Makes a playbook of another system's rules: see [`api::migrate`]; the answer is an envelope.
#[napi]
#[must_use]
pub fn migrate(args: String) -> String {
    api::migrate(&args)
}

/// A playbook that has been read and checked.
#[napi]
#[derive(Debug)]
pub struct Playbook(Option<ikusei::Playbook>);

#[napi]
impl Playbook {
    fn held(&self) -> napi::Result<&ikusei::Playbook> {
        self.0.as_ref().ok_or_else(freed)
    }

    /// Opens a playbook: see [`api::open_playbook`].
    ///
    /// # Errors
    /// The error envelope.
    #[napi(factory)]
    pub fn open(args: String) -> napi::Result<Self> {
        api::open_playbook(&args).map(|playbook| Self(Some(playbook))).map_err(refused)
    }

    /// Compiles it.
    ///
    /// # Errors
    /// The error envelope.
    #[napi]
    pub fn compile(&self) -> napi::Result<Engine> {
        api::compile(self.held()?).map(Engine::of).map_err(refused)
    }

    /// Cuts it to what a page may see: see [`api::cut_for_browser`].
    ///
    /// # Errors
    /// The error envelope.
    #[napi]
    pub fn for_browser(&self, args: String) -> napi::Result<Playbook> {
        api::cut_for_browser(self.held()?, &args).map(|playbook| Self(Some(playbook))).map_err(refused)
    }

    /// What another playbook changes in it: see [`api::diff_playbooks`]; the answer is an envelope.
    ///
    /// # Errors
    /// After `free`.
    #[napi]
    pub fn diff(&self, other: &Playbook, args: String) -> napi::Result<String> {
        Ok(api::diff_playbooks(self.held()?, other.held()?, &args))
    }

    /// Its name.
    ///
    /// # Errors
    /// After `free`.
    #[napi]
    pub fn name(&self) -> napi::Result<&str> {
        Ok(self.held()?.name())
    }

    /// What identifies it.
    ///
    /// # Errors
    /// After `free`.
    #[napi]
    pub fn fingerprint(&self) -> napi::Result<&str> {
        Ok(self.held()?.fingerprint())
    }

    /// The whole of it as a JSON document.
    ///
    /// # Errors
    /// After `free`.
    #[napi]
    pub fn to_text(&self) -> napi::Result<String> {
        Ok(self.held()?.to_json())
    }

    /// Gives its memory back now.
    #[napi]
    pub fn free(&mut self) {
        self.0 = None;
    }
}

/// A compiled playbook, and the frames that its face has.
#[napi]
#[derive(Debug)]
pub struct Engine {
    engine: Option<ikusei::Engine>,
    frames: api::Frames,
}

#[napi]
impl Engine {
    fn of(engine: ikusei::Engine) -> Self {
        Self { engine: Some(engine), frames: api::Frames::default() }
    }

    fn held(&self) -> napi::Result<&ikusei::Engine> {
        self.engine.as_ref().ok_or_else(freed)
    }

    /// What identifies its playbook.
    ///
    /// # Errors
    /// After `free`.
    #[napi]
    pub fn fingerprint(&self) -> napi::Result<&str> {
        Ok(self.held()?.fingerprint())
    }

    /// Calls a method: see [`api::call_engine`]; the answer is an envelope.
    ///
    /// # Errors
    /// After `free`.
    #[napi]
    pub fn call(&self, method: String, args: Utf16String) -> napi::Result<String> {
        Ok(api::call_engine(self.held()?, &method, &text(&args)))
    }

    /// Another handle of it, which `free` of this one leaves alone.
    ///
    /// # Errors
    /// After `free`.
    #[napi]
    pub fn share(&self) -> napi::Result<Engine> {
        Ok(Self::of(self.held()?.clone()))
    }

    /// Assesses a lead in brief, at an instant or its milliseconds since 1970: see [`api::assess_in_brief`]. None where
    /// it is refused.
    ///
    /// # Errors
    /// After `free`.
    #[napi]
    pub fn assess(&mut self, lead: Utf16String, at: Either<String, f64>) -> napi::Result<Option<String>> {
        let engine = self.engine.as_ref().ok_or_else(freed)?;
        Ok(instant(at).and_then(|at| api::assess_in_brief(engine, &text(&lead), at, &mut self.frames)))
    }

    /// The names of the declared fields: see [`api::field_names`].
    ///
    /// # Errors
    /// After `free`.
    #[napi]
    pub fn field_names(&self) -> napi::Result<Vec<&str>> {
        Ok(api::field_names(self.held()?))
    }

    /// The same as `assess` for a packed lead: see [`api::assess_one_packed`].
    ///
    /// # Errors
    /// After `free`.
    #[napi]
    pub fn assess_packed(
        &mut self,
        texts: Utf16String,
        cells: &[f64],
        at: Either<String, f64>,
    ) -> napi::Result<Option<String>> {
        let engine = self.engine.as_ref().ok_or_else(freed)?;
        let (Some(texts), Some(at)) = (whole_text(&texts), instant(at)) else { return Ok(None) };
        Ok(api::assess_one_packed(engine, &texts, cells, at, &mut self.frames))
    }

    /// Assesses packed leads off the event loop: see [`api::assess_packed`]. None where they are refused as a whole.
    ///
    /// # Errors
    /// After `free`.
    #[napi(ts_return_type = "Promise<PackedAnswers | null>")]
    pub fn assess_packed_later(
        &self,
        texts: Utf16String,
        cells: Float64Array,
        at: Either<String, f64>,
        signal: Option<AbortSignal>,
    ) -> napi::Result<AsyncTask<PackedCall>> {
        let call = PackedCall { engine: self.held()?.clone(), texts, cells, at: instant(at) };
        Ok(AsyncTask::with_optional_signal(call, signal))
    }

    /// What `call` does, off the event loop.
    ///
    /// # Errors
    /// After `free`.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn call_later(
        &self,
        method: String,
        args: Utf16String,
        signal: Option<AbortSignal>,
    ) -> napi::Result<AsyncTask<Call>> {
        let call = Call { engine: self.held()?.clone(), method, args };
        Ok(AsyncTask::with_optional_signal(call, signal))
    }

    /// Assesses a table off the event loop: see [`api::assess_ipc`].
    ///
    /// # Errors
    /// After `free`; later, the error envelope.
    #[napi(ts_return_type = "Promise<AssessedTable>")]
    pub fn assess_table(
        &self,
        leads: Uint8Array,
        activities: Option<Uint8Array>,
        args: String,
        signal: Option<AbortSignal>,
    ) -> napi::Result<AsyncTask<TableCall>> {
        let engine = self.held()?.clone();
        let call = TableCall { work: api::assess_ipc, engine, table: leads, beside: activities, args };
        Ok(AsyncTask::with_optional_signal(call, signal))
    }

    /// The running state of activities, off the event loop: see [`api::state_ipc`].
    ///
    /// # Errors
    /// After `free`; later, the error envelope.
    #[napi(ts_return_type = "Promise<AssessedTable>")]
    pub fn activity_state(
        &self,
        added: Uint8Array,
        state: Option<Uint8Array>,
        args: String,
        signal: Option<AbortSignal>,
    ) -> napi::Result<AsyncTask<TableCall>> {
        let engine = self.held()?.clone();
        let call = TableCall { work: api::state_ipc, engine, table: added, beside: state, args };
        Ok(AsyncTask::with_optional_signal(call, signal))
    }

    /// Gives its memory back now.
    #[napi]
    pub fn free(&mut self) {
        self.engine = None;
        self.frames = api::Frames::default();
    }
}

/// Text of JavaScript; half a pair of surrogates becomes U+FFFD.
fn text(units: &Utf16String) -> String {
    let mut text = "\0".repeat(units.len() * 3);
    let length = encoding_rs::mem::convert_utf16_to_str(units, text.as_mut_str());
    text.truncate(length);
    text
}

/// The same; none where there is half a pair of surrogates.
fn whole_text(units: &Utf16String) -> Option<String> {
    (encoding_rs::mem::utf16_valid_up_to(units) == units.len()).then(|| text(units))
}

/// An instant from its text or its milliseconds.
fn instant(at: Either<String, f64>) -> Option<Instant> {
    match at {
        Either::A(text) => text.parse().ok(),
        Either::B(millis) => of_millis(millis),
    }
}

/// An instant of JavaScript.
fn of_millis(millis: f64) -> Option<Instant> {
    // Whole, or no instant; microseconds of all years up to 9999 are held exactly.
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    let whole = (millis.fract() == 0.0 && millis.abs() < 9_007_199_254_740_992.0).then_some(millis as i64)?;
    Instant::from_micros(whole.checked_mul(1_000)?)
}

/// A call that waits for a thread.
#[derive(Debug)]
pub struct Call {
    engine: ikusei::Engine,
    method: String,
    args: Utf16String,
}

impl Task for Call {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> napi::Result<String> {
        Ok(api::call_engine(&self.engine, &self.method, &text(&self.args)))
    }

    fn resolve(&mut self, _env: Env, output: String) -> napi::Result<String> {
        Ok(output)
    }
}

/// Packed leads that wait for a thread.
pub struct PackedCall {
    engine: ikusei::Engine,
    texts: Utf16String,
    cells: Float64Array,
    at: Option<Instant>,
}

/// What packed leads come to.
#[napi(object)]
pub struct PackedAnswers {
    /// The instant as it is written.
    pub at: String,
    /// A row for each.
    pub rows: Float64Array,
    /// The frames of the rows, as JSON text.
    pub frames: String,
}

impl Task for PackedCall {
    type Output = Option<(Instant, Vec<f64>, String)>;
    type JsValue = Option<PackedAnswers>;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let (Some(texts), Some(at)) = (whole_text(&self.texts), self.at) else { return Ok(None) };
        let mut frames = api::Frames::default();
        let rows = api::assess_packed(&self.engine, &texts, &self.cells, at, &mut frames);
        Ok(rows.map(|rows| (at, rows, frames.to_json())))
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> napi::Result<Option<PackedAnswers>> {
        Ok(output.map(|(at, rows, frames)| PackedAnswers { at: at.to_string(), rows: rows.into(), frames }))
    }
}

/// What makes a table of another, perhaps with one beside it, and of arguments: a table and its report, or the error envelope.
type TableWork = fn(&ikusei::Engine, &[u8], Option<&[u8]>, &str) -> Result<(Vec<u8>, String), String>;

/// A table that waits for a thread.
pub struct TableCall {
    work: TableWork,
    engine: ikusei::Engine,
    table: Uint8Array,
    beside: Option<Uint8Array>,
    args: String,
}

/// A table that has come of another: bytes of an Arrow stream, and the report as JSON text.
#[napi(object)]
pub struct AssessedTable {
    /// The table.
    pub table: Uint8Array,
    /// What there is to say besides.
    pub report: String,
}

impl Task for TableCall {
    type Output = (Vec<u8>, String);
    type JsValue = AssessedTable;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        (self.work)(&self.engine, &self.table, self.beside.as_deref(), &self.args).map_err(refused)
    }

    fn resolve(&mut self, _env: Env, (table, report): Self::Output) -> napi::Result<AssessedTable> {
        Ok(AssessedTable { table: table.into(), report })
    }
}
