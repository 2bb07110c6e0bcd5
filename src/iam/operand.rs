//! The values that conditions compare with, parsed for their operator.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use jiff::{Timestamp, civil};

use super::Version;
use super::arn::ArnPattern;
use super::context::Context;
use super::operator::{Comparison, Family};
use super::pattern::{Pattern, Variable, Wildcards};

/// One value of a condition, as it is written and as its operator reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand {
    text: Box<str>,
    meaning: Meaning,
}

#[derive(Debug, Clone, PartialEq)]
enum Meaning {
    Text(Pattern),
    TextIgnoreCase(Pattern),
    Number(f64),
    Date(Timestamp),
    Bool(bool),
    Binary(Vec<u8>),
    Ip(IpNet),
    Arn(ArnPattern),
}

impl Operand {
    /// Reads a value for an operator.
    ///
    /// # Errors
    /// What the operator's family expects, if the text is something else.
    pub(crate) fn parse(text: &str, comparison: Comparison, version: Version) -> Result<Self, String> {
        let pattern = |wildcards| Pattern::parse(text, version, wildcards);
        let meaning = match comparison.family() {
            Family::Text => Meaning::Text(pattern(Wildcards::AreLiteral)?),
            Family::TextIgnoreCase => Meaning::TextIgnoreCase(pattern(Wildcards::AreLiteral)?),
            Family::TextLike => Meaning::Text(pattern(Wildcards::Match)?),
            Family::Arn => Meaning::Arn(ArnPattern::new(pattern(Wildcards::Match)?)),
            Family::Number => Meaning::Number(number(text).ok_or("a decimal number")?),
            Family::Date => Meaning::Date(instant(text).ok_or("an ISO 8601 date or seconds since 1970")?),
            Family::Bool | Family::Null => Meaning::Bool(boolean(text).ok_or("\"true\" or \"false\"")?),
            Family::Binary => Meaning::Binary(binary(text).ok_or("base64")?),
            Family::Ip => Meaning::Ip(range(text).ok_or("an IPv4 or IPv6 address or CIDR range")?),
        };
        Ok(Self { text: text.into(), meaning })
    }

    /// The value as the policy writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The pattern of a text or ARN operand.
    #[must_use]
    pub fn pattern(&self) -> Option<&Pattern> {
        match &self.meaning {
            Meaning::Text(pattern) | Meaning::TextIgnoreCase(pattern) => Some(pattern),
            Meaning::Arn(arn) => Some(arn.pattern()),
            _ => None,
        }
    }

    /// The range of an IP operand.
    #[must_use]
    pub fn ip_range(&self) -> Option<IpNet> {
        match self.meaning {
            Meaning::Ip(range) => Some(range),
            _ => None,
        }
    }

    /// The value of a `Bool` or `Null` operand.
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        match self.meaning {
            Meaning::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The instant of a date operand.
    #[must_use]
    pub fn instant(&self) -> Option<Timestamp> {
        match self.meaning {
            Meaning::Date(instant) => Some(instant),
            _ => None,
        }
    }

    /// The variables of a text or ARN operand.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.pattern().into_iter().flat_map(Pattern::variables)
    }

    /// The number of a numeric operand.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self.meaning {
            Meaning::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The operand with its variables replaced by their values in `context`; none if one has no value.
    pub(super) fn bind(&self, context: &Context) -> Option<Self> {
        let meaning = match &self.meaning {
            Meaning::Text(pattern) => Meaning::Text(pattern.bind(context)?),
            Meaning::TextIgnoreCase(pattern) => Meaning::TextIgnoreCase(pattern.bind(context)?),
            Meaning::Arn(arn) => Meaning::Arn(ArnPattern::new(arn.pattern().bind(context)?)),
            other => other.clone(),
        };
        Some(Self { text: self.text.clone(), meaning })
    }

    /// What the operand means, as a text.
    pub(super) fn canonical(&self) -> String {
        match self.pattern() {
            // Of two patterns written alike, one may mean its wildcards literally.
            Some(pattern) => pattern.canonical(),
            None => self.text.to_string(),
        }
    }

    /// Whether a value of the request matches, by the positive form of the comparison.
    ///
    /// A value that is not of the operator's type matches nothing: `10abc` is no number.
    pub(crate) fn matches(&self, comparison: Comparison, value: &str, context: &Context) -> bool {
        match &self.meaning {
            Meaning::Text(pattern) => pattern.matches(value, context),
            Meaning::TextIgnoreCase(pattern) => equal_ignoring_case(pattern, value, context),
            Meaning::Number(operand) => number(value).is_some_and(|n| ordered(comparison, &n, operand)),
            Meaning::Date(operand) => instant(value).is_some_and(|t| ordered(comparison, &t, operand)),
            Meaning::Bool(operand) => boolean(value) == Some(*operand),
            Meaning::Binary(operand) => binary(value).is_some_and(|bytes| bytes == *operand),
            // "mixed families": an IPv4 address lies in no IPv6 range.
            Meaning::Ip(operand) => value.parse::<IpAddr>().is_ok_and(|ip| operand.contains(&ip)),
            Meaning::Arn(operand) => operand.matches(value, context),
        }
    }
}

fn equal_ignoring_case(pattern: &Pattern, value: &str, context: &Context) -> bool {
    pattern
        .resolve(context)
        .and_then(|glob| glob.as_literal().map(|text| text.to_lowercase() == value.to_lowercase()))
        .unwrap_or(false)
}

fn ordered<T: PartialOrd>(comparison: Comparison, value: &T, operand: &T) -> bool {
    match comparison {
        Comparison::NumericLessThan | Comparison::DateLessThan => value < operand,
        Comparison::NumericLessThanEquals | Comparison::DateLessThanEquals => value <= operand,
        Comparison::NumericGreaterThan | Comparison::DateGreaterThan => value > operand,
        Comparison::NumericGreaterThanEquals | Comparison::DateGreaterThanEquals => value >= operand,
        _ => value == operand,
    }
}

/// An integer or decimal; Rust's own `inf`, `nan` and hexadecimal are none of AWS's.
fn number(text: &str) -> Option<f64> {
    let plain =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    if plain { text.parse().ok() } else { None }
}

/// "You must specify date/time values with one of the W3C implementations of the ISO 8601 date formats or in epoch
/// (UNIX) time." (IAM User Guide, reference_policies_elements_condition_operators)
fn instant(text: &str) -> Option<Timestamp> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Timestamp::from_second(text.parse().ok()?).ok();
    }
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    // A time without seconds, a day, or a month: the first instant of it.
    let utc =
        |moment: civil::DateTime| moment.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp());
    let without_zone = text.strip_suffix('Z').unwrap_or(text);
    let month = format!("{text}-01");
    without_zone.parse().or_else(|_| month.parse()).ok().and_then(utc)
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn binary(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A range in CIDR notation; a bare address is a range of one.
fn range(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(operator: &str, operand: &str, value: &str) -> bool {
        let comparison = super::super::Operator::parse(operator).expect("an operator").comparison;
        let operand = Operand::parse(operand, comparison, Version::V2012).expect("a good operand");
        operand.matches(comparison, value, &Context::new())
    }

    #[test]
    fn dates_and_epochs_are_instants() {
        for written in
            ["2026-11-22T10:00:00Z", "2026-11-22T11:00:00+01:00", "1795341600", "2026-11-22T10:00Z"]
        {
            assert!(matches("DateEquals", written, "2026-11-22T10:00:00Z"), "{written}");
        }
        assert!(matches("DateGreaterThan", "2026-11-22", "2026-11-22T00:00:01Z"));
        assert!(matches("DateLessThan", "2026-12", "2026-11-30T23:59:59Z"));
    }

    #[test]
    fn numbers_are_decimal() {
        assert!(matches("NumericLessThanEquals", "10", "10.0"));
        assert!(!matches("NumericLessThanEquals", "10", "9abc"));
        assert!(!matches("NumericLessThan", "10", "-inf"));
    }

    #[test]
    fn addresses_lie_in_ranges_of_their_own_family() {
        assert!(matches("IpAddress", "203.0.113.0/24", "203.0.113.7"));
        assert!(matches("IpAddress", "203.0.113.7", "203.0.113.7"));
        assert!(matches("IpAddress", "2001:db8::/32", "2001:0DB8::1"));
        assert!(!matches("IpAddress", "0.0.0.0/0", "2001:db8::1"));
    }

    #[test]
    fn operands_of_the_wrong_type_are_refused() {
        for (operator, operand) in [
            ("NumericEquals", "10abc"),
            ("DateEquals", "soon"),
            ("Bool", "yes"),
            ("BinaryEquals", "%%"),
            ("IpAddress", "10.0.0.0/33"),
        ] {
            let comparison = super::super::Operator::parse(operator).expect("an operator").comparison;
            assert!(Operand::parse(operand, comparison, Version::V2012).is_err(), "{operator} {operand}");
        }
    }
}
