//! What attribution is asked for.

use serde::Deserialize;

use super::super::rows::Rows;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::duration::Duration;
use crate::base::error::Error;

/// What is asked: journeys in one of three forms, and how to share.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AttributionRequest"))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Rows of `path`, `conversions` (1), `value`, `nulls` (0).
    #[serde(default)]
    pub paths: Option<Rows>,
    /// Rows of `lead`, `channel`, `at`, `milestone`.
    #[serde(default)]
    pub touches: Option<Rows>,
    /// Rows of `lead`, `at`, `value`: beside `touches`.
    #[serde(default)]
    pub conversions: Option<Rows>,
    /// Journeys whose channels are numbers already: the quick way for millions of touches.
    #[serde(default)]
    pub coded: Option<Coded>,
    /// What stands between the channels of a path.
    #[serde(default)]
    pub separator: Option<String>,
    /// All that the journeys can bear, unless named.
    #[serde(default)]
    pub models: Option<Vec<Model>>,
    /// Channels that are no marketing: `direct` and `(direct)`, unless said otherwise.
    #[serde(default)]
    pub direct: Option<Vec<String>>,
    /// By which age a touch counts half, 7d unless said otherwise.
    #[serde(default)]
    pub half_life: Option<Duration>,
    /// How long before a conversion a touch may lie.
    #[serde(default)]
    pub lookback: Option<Duration>,
    /// How many touches the Markov chain remembers: 1 to 4.
    #[serde(default)]
    pub order: Option<u32>,
    /// Makes the model `custom`.
    #[serde(default)]
    pub weights: Option<Weights>,
    /// Digits behind the point of credited conversions: 6.
    #[serde(default)]
    pub digits: Option<u32>,
    /// Digits behind the point of credited revenue: those of the currency, or of the values where they have more.
    #[serde(default)]
    pub revenue_digits: Option<u32>,
    /// What values are in, such as `JPY`.
    #[serde(default)]
    pub currency: Option<String>,
}

/// Journeys one after another, their channels as numbers.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "CodedJourneys"))]
#[serde(deny_unknown_fields)]
pub struct Coded {
    /// The names of the channels.
    pub channels: Vec<String>,
    /// For each journey its touches.
    pub lengths: Vec<u32>,
    /// For each touch the number of its channel, one journey after the other.
    pub touches: Vec<u32>,
    /// For each journey how often it converted.
    pub conversions: Vec<u32>,
    /// For each journey how often it came to nothing.
    #[serde(default)]
    pub nulls: Option<Vec<u32>>,
    /// For each journey what its conversions were worth.
    #[serde(default)]
    pub values: Option<Vec<f64>>,
    /// For each touch the days from it to the conversion.
    #[serde(default)]
    pub ages: Option<Vec<f64>>,
}

/// A model of attribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AttributionModel"))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Model {
    /// All to the first touch.
    First,
    /// All to the last touch.
    Last,
    /// All to the last touch that is not direct.
    LastNonDirect,
    /// Every touch alike.
    Linear,
    /// 40 % first, 40 % last, 20 % between.
    U,
    /// 30 % first, 30 % last, 30 % the milestone, 10 % the others.
    W,
    /// Half as much for every half-life before the conversion.
    TimeDecay,
    /// By weights of one's own.
    Custom,
    /// By removal effect in an absorbing chain.
    Markov,
    /// By Shapley value.
    Shapley,
}

/// Weights of a model of one's own: of the first, the last and a milestone touch, the rest shared by the others.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AttributionWeights"))]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Of the first touch.
    #[serde(default)]
    pub first: f64,
    /// Of all between.
    #[serde(default)]
    pub middle: f64,
    /// Of the last touch.
    #[serde(default)]
    pub last: f64,
    /// Of a milestone touch.
    #[serde(default)]
    pub milestone: f64,
}

/// The arguments with their defaults.
#[derive(Debug, Clone)]
pub(super) struct Options {
    pub(super) models: Vec<Model>,
    /// Whether the models were named: then one that cannot be computed is refused, not left out.
    pub(super) named: bool,
    pub(super) direct: Vec<String>,
    pub(super) half_life: f64,
    pub(super) order: u32,
    pub(super) weights: Option<Weights>,
    pub(super) digits: u32,
    pub(super) revenue_digits: Option<u32>,
    pub(super) currency: Option<String>,
}

const USUAL: [Model; 9] = [
    Model::First,
    Model::Last,
    Model::LastNonDirect,
    Model::Linear,
    Model::U,
    Model::W,
    Model::TimeDecay,
    Model::Markov,
    Model::Shapley,
];

const DAY: f64 = 86_400_000_000.0;

/// A duration in days.
#[expect(clippy::cast_precision_loss, reason = "durations are below 2^53 microseconds")]
pub(super) fn days(micros: i64) -> f64 {
    micros as f64 / DAY
}

impl Options {
    pub(super) fn of(request: &Request) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let mut refuse = |path: &str, message: String, help: &str| {
            problems.push(Diagnostic::error(Code::BadCall, message).at(path).with_help(help));
        };
        let mut models = request.models.clone().unwrap_or_else(|| USUAL.to_vec());
        if request.models.is_none() && request.weights.is_some() {
            models.push(Model::Custom);
        }
        models.dedup();
        if models.contains(&Model::Custom) && request.weights.is_none() {
            refuse(
                "/weights",
                "the model `custom` has no weights".to_owned(),
                "give `weights`, such as `{first: 0.4, middle: 0.2, last: 0.4}`",
            );
        }
        if let Some(weights) = &request.weights {
            let all = [weights.first, weights.middle, weights.last, weights.milestone];
            if all.iter().any(|weight| *weight < 0.0 || !weight.is_finite()) || all.iter().sum::<f64>() <= 0.0
            {
                refuse(
                    "/weights",
                    "weights that share nothing".to_owned(),
                    "write numbers from zero up, at least one above zero",
                );
            }
        }
        let half_life = request.half_life.map_or(7.0, |duration| days(duration.micros()));
        if half_life <= 0.0 {
            refuse(
                "/half_life",
                "a half-life of nothing".to_owned(),
                "write a duration above zero, such as `7d`",
            );
        }
        let order = request.order.unwrap_or(1);
        if !(1..=4).contains(&order) {
            refuse("/order", format!("a chain of order {order}"), "write an order from 1 to 4");
        }
        let digits = request.digits.unwrap_or(6);
        if digits > 12 || request.revenue_digits.is_some_and(|digits| digits > 12) {
            refuse("/digits", "more digits than can be held".to_owned(), "write a number from 0 to 12");
        }
        if !problems.is_empty() {
            return Err(Error::calls(problems));
        }
        Ok(Self {
            models,
            named: request.models.is_some(),
            direct: request
                .direct
                .clone()
                .unwrap_or_else(|| vec!["direct".to_owned(), "(direct)".to_owned()]),
            half_life,
            order,
            weights: request.weights,
            digits,
            revenue_digits: request.revenue_digits,
            currency: request.currency.clone(),
        })
    }
}

impl Model {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::LastNonDirect => "last_non_direct",
            Self::Linear => "linear",
            Self::U => "u",
            Self::W => "w",
            Self::TimeDecay => "time_decay",
            Self::Custom => "custom",
            Self::Markov => "markov",
            Self::Shapley => "shapley",
        }
    }

    pub(super) const fn en(self) -> &'static str {
        match self {
            Self::First => "First touch",
            Self::Last => "Last touch",
            Self::LastNonDirect => "Last non-direct touch",
            Self::Linear => "Linear",
            Self::U => "U-shaped",
            Self::W => "W-shaped",
            Self::TimeDecay => "Time decay",
            Self::Custom => "Custom",
            Self::Markov => "Markov chain",
            Self::Shapley => "Shapley value",
        }
    }

    pub(super) const fn ja(self) -> &'static str {
        match self {
            Self::First => "初回接点",
            Self::Last => "最終接点",
            Self::LastNonDirect => "最終接点（直接流入を除く）",
            Self::Linear => "均等配分",
            Self::U => "U字型",
            Self::W => "W字型",
            Self::TimeDecay => "時間減衰",
            Self::Custom => "カスタム",
            Self::Markov => "マルコフ連鎖",
            Self::Shapley => "シャープレイ値",
        }
    }
}
