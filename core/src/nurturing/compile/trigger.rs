//! Compiling what enrols a lead.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::time::Zone;
use crate::lead::model::FieldType;
use crate::nurturing::calendar::TimeOfDay;
use crate::nurturing::compile::{Compiler, Level, LevelOf, Trigger};
use crate::nurturing::cron::Cron;
use crate::nurturing::policy::{DateTrigger, TriggerPolicy};

impl Compiler<'_> {
    pub(super) fn trigger(&mut self, trigger: &TriggerPolicy, path: &str) -> Option<Trigger> {
        Some(match trigger {
            TriggerPolicy::Activity(activity) => {
                Trigger::Activity(self.matches(activity, &format!("{path}/activity"))?)
            }
            TriggerPolicy::SegmentEntered(segment) => {
                Trigger::Level(self.segment_level(segment, &format!("{path}/segment_entered"))?, true)
            }
            TriggerPolicy::SegmentLeft(segment) => {
                Trigger::Level(self.segment_level(segment, &format!("{path}/segment_left"))?, false)
            }
            TriggerPolicy::Rank(rank) => Trigger::Rank {
                card: self.card(rank.card.as_deref(), &format!("{path}/rank"))?,
                to: rank.to.clone(),
                from: rank.from.clone(),
            },
            TriggerPolicy::Score(score) => {
                let card = self.card(score.card.as_deref(), &format!("{path}/score"))?;
                let (threshold, rises) = match (score.at_least, score.below) {
                    (Some(threshold), None) => (threshold, true),
                    (None, Some(threshold)) => (threshold, false),
                    _ => {
                        self.problems.push(
                            Diagnostic::error(
                                Code::KeyCombination,
                                "a score trigger has one of `at_least` and `below`",
                            )
                            .at(format!("{path}/score"))
                            .with_help("give one of them"),
                        );
                        return None;
                    }
                };
                let name = self.names.cards.get(card).copied().unwrap_or_default();
                let level =
                    Level { key: format!("score:{name}>={threshold}"), of: LevelOf::Score(card, threshold) };
                Trigger::Level(self.level(level), rises)
            }
            TriggerPolicy::Schedule(schedule) => {
                let zone = match &schedule.zone {
                    None => self.names.zone,
                    Some(name) => match Zone::parse(name) {
                        Ok(zone) => zone,
                        Err(_) => {
                            self.problems.push(
                                Diagnostic::error(Code::UnknownZone, format!("no time zone is called `{name}`"))
                                    .at(format!("{path}/schedule/zone"))
                                    .with_help("name one of the IANA database, such as `Asia/Tokyo`, or an offset such as `+09:00`"),
                            );
                            return None;
                        }
                    },
                };
                let Some(cron) = Cron::parse(&schedule.cron) else {
                    self.problems.push(
                        Diagnostic::error(Code::BadScalar, format!("`{}` is not a recurring time", schedule.cron))
                            .at(format!("{path}/schedule/cron"))
                            .with_help("write minute, hour, day of the month, month and day of the week, such as `0 9 * * mon`"),
                    );
                    return None;
                };
                Trigger::Schedule { cron, zone }
            }
            TriggerPolicy::Date(date) => self.date(date, &format!("{path}/date"))?,
            TriggerPolicy::Dormant(dormant) => {
                for (index, kind) in dormant.kinds.iter().enumerate() {
                    self.kind(kind, &format!("{path}/dormant/kinds/{index}"));
                }
                Trigger::Dormant { length: dormant.length.micros(), kinds: dormant.kinds.clone() }
            }
            TriggerPolicy::Deal(deal) => Trigger::Deal { stage: deal.stage.clone() },
            TriggerPolicy::Campaign(campaign) => {
                Trigger::Campaign { campaign: campaign.campaign.clone(), status: campaign.status.clone() }
            }
            TriggerPolicy::Manual => return None,
        })
    }

    fn date(&mut self, date: &DateTrigger, path: &str) -> Option<Trigger> {
        let field = self.field(&date.field, &format!("{path}/field"))?;
        let kind = self.names.model.field_at(field).map(|(_, policy)| policy.kind);
        if !matches!(kind, Some(FieldType::Date | FieldType::Timestamp)) {
            self.problems.push(
                Diagnostic::error(
                    Code::TypeMismatch,
                    format!("field `{}` is neither a date nor a timestamp", date.field),
                )
                .at(format!("{path}/field"))
                .with_help("name a field of type `date` or `timestamp`"),
            );
            return None;
        }
        let days = match (date.before, date.after) {
            (Some(_), Some(_)) => {
                self.problems.push(
                    Diagnostic::error(Code::KeyCombination, "`before` and `after` exclude each other")
                        .at(path)
                        .with_help("give one of them"),
                );
                return None;
            }
            (Some(days), None) => -i64::from(days),
            (None, days) => i64::from(days.unwrap_or(0)),
        };
        Some(Trigger::Date {
            name: date.field.clone(),
            timestamp: kind == Some(FieldType::Timestamp),
            days,
            at: date.at.or_else(|| TimeOfDay::from_minutes(9 * 60))?,
        })
    }

    fn segment_level(&mut self, name: &str, path: &str) -> Option<usize> {
        let index = self.names.segments.iter().position(|segment| *segment == name);
        match index {
            Some(index) => {
                Some(self.level(Level { key: format!("segment:{name}"), of: LevelOf::Segment(index) }))
            }
            None => {
                self.unknown(name, "segment", self.names.segments.iter().copied(), path);
                None
            }
        }
    }

    fn level(&mut self, level: Level) -> usize {
        match self.levels.iter().position(|known| *known == level) {
            Some(index) => index,
            None => {
                self.levels.push(level);
                self.levels.len() - 1
            }
        }
    }

    fn card(&mut self, name: Option<&str>, path: &str) -> Option<usize> {
        let found = match name {
            None => (!self.names.cards.is_empty()).then_some(0),
            Some(name) => self.names.cards.iter().position(|card| *card == name),
        };
        if found.is_none() {
            self.unknown(
                name.unwrap_or("overall"),
                "scorecard",
                self.names.cards.iter().copied(),
                &format!("{path}/card"),
            );
        }
        found
    }
}
