//! ikusei for Python: conversions only, the work is the core's.

use pyo3::prelude::*;

#[pymodule]
mod _ikusei {
    use super::*;
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
