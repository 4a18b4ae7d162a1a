//! Logistic regression with a ridge, by iteratively reweighted least squares.

use super::{Sum, size};

/// What was fitted.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    pub(crate) intercept: f64,
    pub(crate) weights: Vec<f64>,
    /// Standard errors of the weights, from the curvature of what is maximised.
    pub(crate) errors: Vec<f64>,
}

/// A row: the positions of the features that it has, each with its value, in ascending order.
pub(crate) type Row = Vec<(usize, f64)>;

/// The weights that maximise the likelihood less `ridge / 2` times their squares; the intercept is free of it. Each
/// row's outcome counts once. None where one of the outcomes is missing or the system cannot be solved.
///
/// It is what scikit-learn's `LogisticRegression(C=1/ridge)` maximises.
pub(crate) fn fit(rows: &[Row], outcomes: &[bool], features: usize, ridge: f64) -> Option<Fit> {
    let won = outcomes.iter().filter(|won| **won).count();
    if won == 0 || won == outcomes.len() || rows.len() != outcomes.len() {
        return None;
    }
    let n = features + 1;
    let mut beta = vec![0.0; n];
    *beta.first_mut()? = libm::log(size(won) / size(outcomes.len() - won));
    let mut last = objective(rows, outcomes, &beta, ridge);
    for _ in 0..100 {
        let (mut slope, mut curve) = (vec![0.0; n], vec![vec![0.0; n]; n]);
        for (row, won) in rows.iter().zip(outcomes) {
            let p = chance(row, &beta);
            let miss = if *won { 1.0 - p } else { -p };
            let weight = p * (1.0 - p);
            let at = |index: usize| {
                if index == 0 { Some((0, 1.0)) } else { row.get(index - 1).map(|(f, x)| (f + 1, *x)) }
            };
            for i in 0..=row.len() {
                let Some((place, x)) = at(i) else { continue };
                if let Some(slope) = slope.get_mut(place) {
                    *slope += miss * x;
                }
                let Some(line) = curve.get_mut(place) else { continue };
                for (other, y) in (0..=i).filter_map(at) {
                    if let Some(cell) = line.get_mut(other) {
                        *cell += weight * x * y;
                    }
                }
            }
        }
        for (index, beta) in beta.iter().enumerate().skip(1) {
            if let (Some(slope), Some(cell)) =
                (slope.get_mut(index), curve.get_mut(index).and_then(|line| line.get_mut(index)))
            {
                *slope -= ridge * beta;
                *cell += ridge;
            }
        }
        let root = cholesky(curve)?;
        let change = solve(&root, &slope);
        // Halved until it helps: far from the optimum a whole step can overshoot.
        let mut scale = 1.0;
        let (next, value) = loop {
            let next: Vec<f64> =
                beta.iter().zip(&change).map(|(beta, change)| beta + scale * change).collect();
            let value = objective(rows, outcomes, &next, ridge);
            if value >= last - 1e-12 * last.abs() || scale < 1e-6 {
                break (next, value);
            }
            scale /= 2.0;
        };
        beta = next;
        let moved = change.iter().fold(0.0, |most: f64, change| most.max((scale * change).abs()));
        last = value;
        if moved < 1e-10 {
            let errors = (1..n).map(|index| spread(&root, index)).collect();
            return Some(Fit { intercept: *beta.first()?, weights: beta.get(1..)?.to_vec(), errors });
        }
    }
    None
}

impl Fit {
    /// The chance that it gives a row.
    pub(crate) fn chance(&self, row: &[(usize, f64)]) -> f64 {
        sigmoid(
            self.intercept
                + row.iter().filter_map(|(f, x)| Some(self.weights.get(*f)? * x)).collect::<Sum>().value(),
        )
    }
}

pub(crate) fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + libm::exp(-x))
    } else {
        let e = libm::exp(x);
        e / (1.0 + e)
    }
}

fn linear(row: &[(usize, f64)], beta: &[f64]) -> f64 {
    let weighted = row.iter().filter_map(|(feature, x)| Some(beta.get(feature + 1)? * x));
    beta.first().copied().unwrap_or(0.0) + weighted.sum::<f64>()
}

fn chance(row: &[(usize, f64)], beta: &[f64]) -> f64 {
    sigmoid(linear(row, beta))
}

fn objective(rows: &[Row], outcomes: &[bool], beta: &[f64], ridge: f64) -> f64 {
    let mut sum = Sum::default();
    for (row, won) in rows.iter().zip(outcomes) {
        let x = linear(row, beta);
        let x = if *won { -x } else { x };
        // log(1 + e^x), without overflow.
        sum.add(-(x.max(0.0) + libm::log1p(libm::exp(-x.abs()))));
    }
    sum.add(-ridge / 2.0 * beta.iter().skip(1).map(|beta| beta * beta).sum::<f64>());
    sum.value()
}

/// The lower root of a positive matrix of which the lower half is given.
fn cholesky(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    for i in 0..matrix.len() {
        let (done, rest) = matrix.split_at_mut(i);
        let line = rest.first_mut()?;
        for (j, above) in done.iter().enumerate() {
            let dot: f64 = line.iter().zip(above).take(j).map(|(a, b)| a * b).sum();
            let pivot = *above.get(j)?;
            let cell = line.get_mut(j)?;
            *cell = (*cell - dot) / pivot;
        }
        let dot: f64 = line.iter().take(i).map(|a| a * a).sum();
        let cell = line.get_mut(i)?;
        let square = *cell - dot;
        if square <= 0.0 || !square.is_finite() {
            return None;
        }
        *cell = square.sqrt();
    }
    Some(matrix)
}

fn solve(root: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let mut values = forward(root, right);
    for i in (0..root.len()).rev() {
        let below = root.iter().enumerate().skip(i + 1);
        let dot: f64 = below.filter_map(|(k, line)| Some(line.get(i)? * values.get(k)?)).sum();
        let pivot = root.get(i).and_then(|line| line.get(i)).copied().unwrap_or(1.0);
        if let Some(value) = values.get_mut(i) {
            *value = (*value - dot) / pivot;
        }
    }
    values
}

fn forward(root: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = Vec::with_capacity(right.len());
    for (i, (line, right)) in root.iter().zip(right).enumerate() {
        let dot: f64 = line.iter().zip(&values).map(|(a, b)| a * b).sum();
        values.push((right - dot) / line.get(i).copied().unwrap_or(1.0));
    }
    values
}

/// The root of a diagonal value of the inverse.
fn spread(root: &[Vec<f64>], index: usize) -> f64 {
    let unit: Vec<f64> = (0..root.len()).map(|i| if i == index { 1.0 } else { 0.0 }).collect();
    let column = forward(root, &unit);
    column.iter().map(|value| value * value).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::tests::near;
    use super::*;

    #[test]
    fn one_feature_without_ridge_is_the_odds() {
        // 30 of 40 with the feature, 20 of 60 without: log odds ratio = ln(3) - ln(1/2) = ln 6.
        let (mut rows, mut outcomes) = (Vec::new(), Vec::new());
        for (has, won, count) in [(true, true, 30), (true, false, 10), (false, true, 20), (false, false, 40)]
        {
            for _ in 0..count {
                rows.push(if has { vec![(0, 1.0)] } else { Vec::new() });
                outcomes.push(won);
            }
        }
        let found = fit(&rows, &outcomes, 1, 0.0).unwrap();
        near(found.weights[0], libm::log(6.0), 1e-9);
        near(found.intercept, libm::log(0.5), 1e-9);
        // Woolf's standard error: the root of the sum of one over each count.
        near(found.errors[0], libm::sqrt(1.0 / 30.0 + 1.0 / 10.0 + 1.0 / 20.0 + 1.0 / 40.0), 1e-9);
        let pulled = fit(&rows, &outcomes, 1, 10.0).unwrap();
        assert!(pulled.weights[0] > 0.0 && pulled.weights[0] < found.weights[0]);
        near(found.chance(&[(0, 1.0)]), 0.75, 1e-9);
    }

    #[test]
    fn what_separates_needs_a_ridge_and_one_outcome_is_refused() {
        let rows = vec![vec![(0, 1.0)], vec![], vec![(0, 1.0)], vec![]];
        let outcomes = [true, false, true, false];
        assert!(fit(&rows, &outcomes, 1, 1.0).unwrap().weights[0] > 0.0);
        assert!(fit(&rows, &[true; 4], 1, 1.0).is_none());
        assert!(fit(&[], &[], 1, 1.0).is_none());
    }
}
