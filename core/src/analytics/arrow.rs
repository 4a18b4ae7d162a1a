//! Tables that come in as Arrow record batches.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowTimestampType, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use indexmap::IndexMap;

use super::rows::Rows;
use super::table::Cell;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::columnar::Source;
use crate::lead::facts::Cell as Fact;
use crate::lead::model::{FieldType, Model};

impl Rows {
    /// The rows of record batches that have one schema: texts, whole numbers, floats, decimals (exactly), booleans, dates
    /// and instants with a zone, plain or as dictionaries. Midnights without a zone are dates.
    ///
    /// # Errors
    /// `IK1001` for a column of another type, or of instants without a zone.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch, StringArray};
    /// use ikusei::analytics::{LiftRequest, Rows, lift};
    /// let batch = RecordBatch::try_from_iter([
    ///     ("group", Arc::new(StringArray::from(vec!["mailed", "control"])) as _),
    ///     ("leads", Arc::new(Int64Array::from(vec![900, 100])) as _),
    ///     ("conversions", Arc::new(Int64Array::from(vec![90, 5])) as _),
    /// ])?;
    /// let groups = Rows::from_batches(&[batch])?;
    /// let found = lift(&LiftRequest { groups, holdout: "control".to_owned(), ..LiftRequest::default() })?;
    /// assert_eq!(found.tables[0].get(0, "rate").and_then(|rate| rate.as_f64()), Some(0.1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_batches(batches: &[RecordBatch]) -> Result<Self, Error> {
        let mut columns: IndexMap<String, Vec<Cell>> = IndexMap::new();
        let mut height = 0;
        for batch in batches {
            for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
                let cells = columns.entry(field.name().clone()).or_default();
                // A column that earlier batches did not have.
                cells.resize(height, Cell::Empty);
                read(array.as_ref(), cells).ok_or_else(|| refused(field.name(), array.data_type()))?;
            }
            height += batch.num_rows();
            columns.values_mut().for_each(|cells| cells.resize(height, Cell::Empty));
        }
        columns.into_iter().try_fold(Self::default(), |rows, (name, cells)| rows.with_column(name, cells))
    }
}

/// Adds the cells of an array; none where they cannot be told.
fn read(array: &dyn Array, cells: &mut Vec<Cell>) -> Option<()> {
    let data_type = match array.data_type() {
        DataType::Dictionary(_, values) => values.as_ref(),
        other => other,
    };
    let kind = match data_type {
        DataType::Null | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => FieldType::Text,
        DataType::Boolean => FieldType::Boolean,
        DataType::Date32 | DataType::Date64 => FieldType::Date,
        DataType::Timestamp(unit, None) if midnights(array, *unit) => FieldType::Date,
        DataType::Timestamp(_, Some(_)) => FieldType::Timestamp,
        other if other.is_floating() => FieldType::Number,
        // Decimals are read by their digits.
        other if other.is_integer() || other.is_decimal() => FieldType::Integer,
        _ => return None,
    };
    let source = Source::bind(array, kind).ok()?;
    let model = Model::new(&IndexMap::new(), &IndexMap::new());
    for row in 0..array.len() {
        let cell = if data_type.is_decimal() {
            match source.digits(row) {
                Some(digits) => Cell::Decimal(digits.parse().ok()?),
                None => Cell::Empty,
            }
        } else {
            match source.cell(&model, row).ok()? {
                Fact::Bool(flag) => Cell::from(flag),
                Fact::Int(whole) => Cell::from(whole),
                Fact::Float(number) => Cell::from(number),
                Fact::Text(text) => Cell::from(text.text),
                Fact::Time(micros) => {
                    let instant = Instant::from_micros(micros)?.to_string();
                    let day = kind == FieldType::Date;
                    Cell::from(if day { instant.chars().take(10).collect() } else { instant })
                }
                Fact::Null | Fact::Set(_) => Cell::Empty,
            }
        };
        cells.push(cell);
    }
    Some(())
}

/// Whether instants without a zone are midnights, each of them: how data frames hold days.
fn midnights(array: &dyn Array, unit: TimeUnit) -> bool {
    fn all<T: ArrowTimestampType>(array: &dyn Array, units: i64) -> bool {
        let array = array.as_primitive_opt::<T>();
        array.is_some_and(|array| array.iter().flatten().all(|at| at.rem_euclid(86_400 * units) == 0))
    }

    match unit {
        TimeUnit::Second => all::<TimestampSecondType>(array, 1),
        TimeUnit::Millisecond => all::<TimestampMillisecondType>(array, 1_000),
        TimeUnit::Microsecond => all::<TimestampMicrosecondType>(array, 1_000_000),
        TimeUnit::Nanosecond => all::<TimestampNanosecondType>(array, 1_000_000_000),
    }
}

fn refused(column: &str, data_type: &DataType) -> Error {
    let message = format!("column `{column}` is {data_type}, which no analysis reads");
    Error::call(
        Diagnostic::error(Code::BadTable, message)
            .at(format!("/{column}"))
            .with_help("convert it to texts, numbers, booleans, dates, or instants with a zone"),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int8Type;
    use arrow_array::{
        ArrayRef, Date32Array, Decimal128Array, DictionaryArray, Float64Array, StringViewArray,
        TimestampMillisecondArray, UInt16Array,
    };

    use super::*;

    fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter(columns).unwrap()
    }

    #[test]
    fn every_type_becomes_the_cell_it_says() {
        let dictionary: DictionaryArray<Int8Type> = vec![Some("a"), None].into_iter().collect();
        let money = Decimal128Array::from(vec![Some(123_456_789_012_345_678_901), None])
            .with_precision_and_scale(30, 2)
            .unwrap();
        let rows = Rows::from_batches(&[
            batch(vec![
                ("name", Arc::new(dictionary)),
                ("view", Arc::new(StringViewArray::from(vec![Some("東京"), None]))),
                ("count", Arc::new(UInt16Array::from(vec![Some(7), None]))),
                ("part", Arc::new(Float64Array::from(vec![Some(0.5), Some(f64::NAN)]))),
                ("cost", Arc::new(money)),
                ("day", Arc::new(Date32Array::from(vec![Some(20_574), None]))),
                (
                    "at",
                    Arc::new(
                        TimestampMillisecondArray::from(vec![Some(0), None]).with_timezone("Asia/Tokyo"),
                    ),
                ),
            ]),
            batch(vec![("name", Arc::new(StringViewArray::from(vec!["b"])))]),
        ])
        .unwrap();
        assert_eq!(rows.height(), 3);
        let first = |name: &str| rows.column(name).unwrap()[0].clone();
        assert_eq!(first("name"), Cell::from("a"));
        assert_eq!(first("view"), Cell::from("東京"));
        assert_eq!(first("count"), Cell::Whole(7));
        assert_eq!(first("part"), Cell::Number(0.5));
        assert_eq!(first("cost"), Cell::Decimal("1234567890123456789.01".parse().unwrap()));
        assert_eq!(first("day"), Cell::from("2026-05-01"));
        assert_eq!(first("at"), Cell::from("1970-01-01T00:00:00Z"));
        for name in ["name", "view", "count", "part", "cost", "day", "at"] {
            assert_eq!(rows.column(name).unwrap()[1], Cell::Empty, "{name}");
        }
        assert_eq!(rows.column("name").unwrap()[2], Cell::from("b"));
        assert_eq!(rows.column("cost").unwrap()[2], Cell::Empty);
        let written = serde_json::to_string(&rows).unwrap();
        assert!(written.starts_with(r#"{"name":["a",null,"b"],"#), "{written}");
        assert!(written.contains(r#""cost":["1234567890123456789.01",null,null]"#), "{written}");
    }

    #[test]
    fn instants_without_a_zone_are_refused_unless_they_are_days() {
        let naive = |millis| batch(vec![("at", Arc::new(TimestampMillisecondArray::from(vec![millis])))]);
        let days = Rows::from_batches(&[naive(86_400_000)]).unwrap();
        assert_eq!(days.column("at").unwrap(), [Cell::from("1970-01-02")]);
        let refused = Rows::from_batches(&[naive(1)]).unwrap_err();
        assert_eq!(refused.code().to_string(), "IK1001");
        assert!(refused.diagnostics()[0].message.contains("`at`"));
    }
}
