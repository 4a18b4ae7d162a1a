//! Leads that are nothing but their fields, as numbers and one text: the form is told by `assess_packed` of the facade.

use crate::lead::facts::{Cell, Single};
use crate::lead::model::Model;

/// What stands for what is no number: beyond the whole numbers that a cell holds exactly.
const NULL: f64 = 18_014_398_509_481_984.0; // 2^54
const FALSE: f64 = 36_028_797_018_963_968.0; // 2^55
const TRUE: f64 = 72_057_594_037_927_936.0; // 2^56
/// The first text, and from each to the next: the distance between floats there.
const TEXT: f64 = 1_152_921_504_606_846_976.0; // 2^60
const STEP: f64 = 256.0;
/// The greatest number that is one.
const MOST: f64 = 9_007_199_254_740_992.0; // 2^53

/// Packed leads.
pub(crate) struct Packed<'a> {
    texts: Vec<&'a str>,
    cells: &'a [f64],
    /// How many cells a lead has: its id's and those of the declared fields.
    width: usize,
}

impl<'a> Packed<'a> {
    /// `None` where texts and cells do not belong together: one of the texts has a NUL in it.
    pub(crate) fn new(model: &Model, texts: &'a str, cells: &'a [f64]) -> Option<Self> {
        let width = model.fields().len() + 1;
        let named = cells.iter().filter(|cell| **cell >= TEXT).count();
        let mut found = Vec::with_capacity(named);
        found.extend(texts.split_terminator('\0'));
        (found.len() == named && cells.len().is_multiple_of(width)).then_some(Self {
            texts: found,
            cells,
            width,
        })
    }

    /// Each lead's id and fields; `None` for one that has a value of another type than declared.
    pub(crate) fn leads<'s>(
        &'s self,
        model: &'s Model,
    ) -> impl ExactSizeIterator<Item = Option<(&'a str, Box<[Cell<'a>]>)>> + 's {
        self.cells.chunks_exact(self.width).map(move |lead| {
            let (id, fields) = lead.split_first()?;
            let Single::Text(id) = self.single(*id)? else { return None };
            let mut cells = Vec::with_capacity(fields.len());
            for (cell, (_, policy)) in fields.iter().zip(model.fields()) {
                cells.push(self.single(*cell)?.cell(model, policy.kind)?);
            }
            Some((id, cells.into_boxed_slice()))
        })
    }

    fn single(&self, cell: f64) -> Option<Single<'a>> {
        if cell.abs() <= MOST {
            return Single::number(cell);
        }
        if cell >= TEXT {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
            let place = ((cell - TEXT) / STEP) as usize;
            return self.texts.get(place).map(|text| Single::Text(text));
        }
        [(NULL, Single::Null), (FALSE, Single::Bool(false)), (TRUE, Single::Bool(true))]
            .into_iter()
            .find_map(|(known, single)| (known.to_bits() == cell.to_bits()).then_some(single))
    }
}
