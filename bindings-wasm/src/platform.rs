//! What the platform has, and the package therefore need not bring: normalisation of texts, and time zones.

use std::cell::RefCell;

use ikusei::PlatformZones;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// `String.prototype.normalize`.
    #[wasm_bindgen(js_namespace = ["String", "prototype", "normalize"], js_name = call)]
    fn normalize(text: &str, form: &str) -> String;

    #[wasm_bindgen(js_namespace = JSON, js_name = parse)]
    fn parse(json: &str) -> JsValue;

    #[wasm_bindgen(js_namespace = Intl)]
    type DateTimeFormat;

    #[wasm_bindgen(catch, constructor, js_namespace = Intl)]
    fn new(locale: &str, options: &JsValue) -> Result<DateTimeFormat, JsValue>;

    #[wasm_bindgen(method)]
    fn format(this: &DateTimeFormat, milliseconds: f64) -> String;

    type Resolved;

    #[wasm_bindgen(method, js_name = resolvedOptions)]
    fn resolved(this: &DateTimeFormat) -> Resolved;

    #[wasm_bindgen(method, getter, js_name = timeZone)]
    fn zone(this: &Resolved) -> String;
}

/// Hands in what the platform has, before anything else runs.
#[wasm_bindgen(start)]
pub fn start() {
    ikusei::use_platform_nfkc(|text| normalize(text, "NFKC"));
    ikusei::use_platform_zones(PlatformZones { find, name, offset });
}

thread_local! {
    /// The zones that were asked for: as many as there are at most, since unknown ones are not among them.
    static ZONES: RefCell<Vec<(String, DateTimeFormat)>> = const { RefCell::new(Vec::new()) };
}

fn find(name: &str) -> Option<u32> {
    // `Intl` takes offsets too, and names in whatever case: the database's own are capitalised.
    let capitalised = |part: &str| part.starts_with(|c: char| c.is_ascii_uppercase());
    if !name.split('/').all(capitalised) || !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"')
    {
        return None;
    }
    ZONES.with_borrow_mut(|zones| {
        let known = zones.iter().position(|(known, _)| known == name);
        let index = known.or_else(|| {
            let options = format!("{{\"timeZone\":\"{name}\",\"timeZoneName\":\"longOffset\"}}");
            let format = DateTimeFormat::new("en-US", &parse(&options)).ok()?;
            let resolved = format.resolved().zone();
            if resolved != name && resolved.eq_ignore_ascii_case(name) {
                return None;
            }
            zones.push((name.to_owned(), format));
            Some(zones.len() - 1)
        })?;
        u32::try_from(index).ok()
    })
}

fn name(zone: u32) -> String {
    ZONES.with_borrow(|zones| zones.get(zone as usize).map_or_else(String::new, |(name, _)| name.clone()))
}

/// From what `Intl` writes: `5/1/2026, GMT+09:00`, `GMT-00:44:30` or just `GMT`.
#[expect(clippy::cast_precision_loss, reason = "seconds of the years 0 to 9999 are exact")]
fn offset(zone: u32, seconds: i64) -> i32 {
    let written = ZONES.with_borrow(|zones| {
        zones
            .get(zone as usize)
            .map_or_else(String::new, |(_, format)| format.format(seconds as f64 * 1_000.0))
    });
    let Some((_, offset)) = written.rsplit_once("GMT") else { return 0 };
    let mut parts = offset.get(1..).unwrap_or("").split(':').map(|part| part.parse::<i32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    let distance = next() * 3_600 + next() * 60 + next();
    if offset.starts_with('-') { -distance } else { distance }
}
