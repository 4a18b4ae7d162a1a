//! Ledgers as columns: lists of entries.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, ListArray, StructArray, TimestampMicrosecondArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Fields};

use crate::columnar::options::{LedgerColumns, TableOptions};
use crate::columnar::output::Numbers;
use crate::scoring::{Entry, EntryKind, Side};

/// What the column is called after its card.
pub(crate) fn name(ledger: LedgerColumns) -> Option<&'static str> {
    match ledger {
        LedgerColumns::Absent => None,
        LedgerColumns::Full => Some("ledger"),
        LedgerColumns::TopReasons(_) => Some("reasons"),
    }
}

/// One list of entries per row.
pub(crate) fn column(
    mut ledgers: Vec<Vec<Entry>>,
    options: &TableOptions,
    nulls: Option<NullBuffer>,
) -> ArrayRef {
    if let LedgerColumns::TopReasons(most) = options.ledger {
        for ledger in &mut ledgers {
            ledger.sort_by_key(|entry| std::cmp::Reverse(entry.points.abs()));
            ledger.truncate(most);
        }
    }
    let lengths = ledgers.iter().map(Vec::len);
    let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
    let entries: Vec<Entry> = ledgers.into_iter().flatten().collect();
    let texts = |text: &dyn Fn(&Entry) -> Option<&str>| -> ArrayRef {
        let mut builder = StringBuilder::new();
        entries.iter().for_each(|entry| builder.append_option(text(entry)));
        Arc::new(builder.finish())
    };
    let millionths = entries.iter().map(|entry| entry.points.millionths()).collect();
    let times: TimestampMicrosecondArray =
        entries.iter().map(|entry| entry.activity.as_ref().map(|activity| activity.at.micros())).collect();
    let activity_id: fn(&Entry) -> Option<&str> = |entry| Some(entry.activity.as_ref()?.id.as_str());
    let activity_kind: fn(&Entry) -> Option<&str> = |entry| Some(entry.activity.as_ref()?.kind.as_str());
    let columns: Vec<(&str, bool, ArrayRef)> = vec![
        ("kind", false, texts(&|entry| Some(kind(entry.kind)))),
        ("side", false, texts(&|entry| Some(side(entry.side)))),
        ("points", false, Numbers::of(options.points, millionths).array(None)),
        ("rule", true, texts(&|entry| entry.rule.as_deref())),
        ("label", true, texts(&|entry| entry.label.as_deref())),
        ("group", true, texts(&|entry| entry.group.as_deref())),
        ("activity", true, texts(&activity_id)),
        ("activity_kind", true, texts(&activity_kind)),
        ("activity_at", true, Arc::new(times.with_timezone("UTC"))),
    ];
    let field = |(name, nullable, array): &(&str, bool, ArrayRef)| {
        Field::new(*name, arrow_array::Array::data_type(array).clone(), *nullable)
    };
    let fields: Fields = columns.iter().map(field).collect();
    let arrays = columns.into_iter().map(|(_, _, array)| array).collect();
    let item = Arc::new(Field::new("item", DataType::Struct(fields.clone()), false));
    Arc::new(ListArray::new(item, offsets, Arc::new(StructArray::new(fields, arrays, None)), nulls))
}

fn kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Fit => "fit",
        EntryKind::Engagement => "engagement",
        EntryKind::Cap => "cap",
        EntryKind::Group => "group",
        EntryKind::Clamp => "clamp",
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::FitPlus => "fit_plus",
        Side::FitMinus => "fit_minus",
        Side::EngagementPlus => "engagement_plus",
        Side::EngagementMinus => "engagement_minus",
    }
}
