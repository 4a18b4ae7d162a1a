//! ikusei for Node: handles, and JSON text across the border.
//!
//! Whatever is refused is thrown as an error whose message is the facade's error envelope; the typed face makes
//! the public error of it.

use ikusei::api;
use napi::bindgen_prelude::{AbortSignal, AsyncTask, Env, Task, Uint8Array};
use napi_derive::napi;

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
        api::compile(self.held()?).map(|engine| Engine(Some(engine))).map_err(refused)
    }

    /// Cuts it to what a page may see: see [`api::cut_for_browser`].
    ///
    /// # Errors
    /// The error envelope.
    #[napi]
    pub fn for_browser(&self, args: String) -> napi::Result<Playbook> {
        api::cut_for_browser(self.held()?, &args).map(|playbook| Self(Some(playbook))).map_err(refused)
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

/// A compiled playbook.
#[napi]
#[derive(Debug)]
pub struct Engine(Option<ikusei::Engine>);

#[napi]
impl Engine {
    fn held(&self) -> napi::Result<&ikusei::Engine> {
        self.0.as_ref().ok_or_else(freed)
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
    pub fn call(&self, method: String, args: String) -> napi::Result<String> {
        Ok(api::call_engine(self.held()?, &method, &args))
    }

    /// The same off the event loop.
    ///
    /// # Errors
    /// After `free`.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn call_later(
        &self,
        method: String,
        args: String,
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
        let call = TableCall { engine: self.held()?.clone(), leads, activities, args };
        Ok(AsyncTask::with_optional_signal(call, signal))
    }

    /// Gives its memory back now.
    #[napi]
    pub fn free(&mut self) {
        self.0 = None;
    }
}

/// A call that waits for a thread.
#[derive(Debug)]
pub struct Call {
    engine: ikusei::Engine,
    method: String,
    args: String,
}

impl Task for Call {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> napi::Result<String> {
        Ok(api::call_engine(&self.engine, &self.method, &self.args))
    }

    fn resolve(&mut self, _env: Env, output: String) -> napi::Result<String> {
        Ok(output)
    }
}

/// A table that waits for a thread.
pub struct TableCall {
    engine: ikusei::Engine,
    leads: Uint8Array,
    activities: Option<Uint8Array>,
    args: String,
}

/// A table that has been assessed: bytes of an Arrow stream, and the report as JSON text.
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
        api::assess_ipc(&self.engine, &self.leads, self.activities.as_deref(), &self.args).map_err(refused)
    }

    fn resolve(&mut self, _env: Env, (table, report): Self::Output) -> napi::Result<AssessedTable> {
        Ok(AssessedTable { table: table.into(), report })
    }
}
