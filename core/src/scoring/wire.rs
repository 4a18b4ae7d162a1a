//! Compiled scorecards as text.

use crate::base::wire::{Reader, Wire, wire_enum, wire_struct};
use crate::scoring::compile::{Band, By, Card, Group, MAX_KINDS, On, PointsForm, Rule, Scoring};
use crate::scoring::policy::{About, ProbabilityPolicy};

wire_struct!(Scoring { cards, fused, zone });
wire_struct!(Card { path, rules, groups, limits, probability, account });
wire_struct!(Group { name, label, limits });
wire_struct!(Rule { id, label, path, account, when, points, on });
wire_struct!(Band { bound, bound_float, points });
wire_struct!(ProbabilityPolicy { intercept, per_point });
wire_enum!(By { 0 => Field(field), 1 => Property(places) });
wire_enum!(About { 0 => Interest(name), 1 => Product(name), 2 => Solution(name) });
wire_enum!(PointsForm {
    0 => Fixed(points),
    1 => Table { by, texts, default },
    2 => Bands { by, bands, default },
    3 => Times { by, times, min, max },
    4 => Expression(program),
});

impl Wire for On {
    fn write(&self, out: &mut String) {
        self.kinds.write(out);
        self.cap.write(out);
        self.within.write(out);
        self.decay.write(out);
        self.per.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let kinds: Box<[usize]> = Wire::read(from)?;
        if kinds.len() > MAX_KINDS {
            return None;
        }
        Some(Self {
            kinds,
            cap: Wire::read(from)?,
            within: Wire::read(from)?,
            decay: Wire::read(from)?,
            per: Wire::read(from)?,
        })
    }
}
