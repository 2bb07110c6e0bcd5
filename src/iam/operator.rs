//! The condition operators, as one table.

use std::fmt;

/// A condition operator: a comparison, whether it is satisfied by an absent key, and how it treats several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`, if written.
    pub quantifier: Option<Quantifier>,
    /// The comparison.
    pub comparison: Comparison,
    /// Whether the name ends in `IfExists`.
    pub if_exists: bool,
}

/// How a multivalued key is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantifier {
    /// `ForAllValues:` every value of the request must satisfy the comparison; true without values.
    ForAllValues,
    /// `ForAnyValue:` at least one value of the request must satisfy the comparison.
    ForAnyValue,
}

/// What operands an operator takes, and how two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Exact text; variables stand for their values.
    Text,
    /// Exact text without regard to case.
    TextIgnoreCase,
    /// Text with wildcards.
    TextLike,
    /// Decimal numbers.
    Number,
    /// Instants: ISO 8601 or seconds since 1970.
    Date,
    /// `true` or `false`.
    Bool,
    /// Bytes in base64.
    Binary,
    /// IPv4 and IPv6 addresses in CIDR ranges.
    Ip,
    /// ARNs, compared part by part.
    Arn,
    /// Whether the key is absent.
    Null,
}

macro_rules! comparisons {
    ($($name:ident $family:ident $negated:literal;)*) => {
        /// A comparison of the policy language, by the name that AWS gives its operator.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each is AWS's own operator of that name")]
        pub enum Comparison { $($name,)* }

        impl Comparison {
            /// Every comparison with its name in a policy.
            pub const ALL: &[(&'static str, Self)] = &[$((stringify!($name), Self::$name),)*];

            /// AWS's name of the operator.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What operands it takes.
            #[must_use]
            pub fn family(self) -> Family {
                match self { $(Self::$name => Family::$family,)* }
            }

            /// Whether it is the negation of another operator: true for an absent key, and several values mean NOR.
            #[must_use]
            pub fn is_negated(self) -> bool {
                match self { $(Self::$name => $negated,)* }
            }
        }
    };
}

// IAM User Guide, reference_policies_elements_condition_operators.
comparisons! {
    StringEquals              Text           false;
    StringNotEquals           Text           true;
    StringEqualsIgnoreCase    TextIgnoreCase false;
    StringNotEqualsIgnoreCase TextIgnoreCase true;
    StringLike                TextLike       false;
    StringNotLike             TextLike       true;
    NumericEquals             Number         false;
    NumericNotEquals          Number         true;
    NumericLessThan           Number         false;
    NumericLessThanEquals     Number         false;
    NumericGreaterThan        Number         false;
    NumericGreaterThanEquals  Number         false;
    DateEquals                Date           false;
    DateNotEquals             Date           true;
    DateLessThan              Date           false;
    DateLessThanEquals        Date           false;
    DateGreaterThan           Date           false;
    DateGreaterThanEquals     Date           false;
    Bool                      Bool           false;
    BinaryEquals              Binary         false;
    IpAddress                 Ip             false;
    NotIpAddress              Ip             true;
    ArnEquals                 Arn            false;
    ArnLike                   Arn            false;
    ArnNotEquals              Arn            true;
    ArnNotLike                Arn            true;
    Null                      Null           false;
}

impl Operator {
    /// Reads an operator such as `ForAnyValue:StringLikeIfExists`; none if AWS has no such operator.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            None => (None, name),
            Some(("ForAllValues", rest)) => (Some(Quantifier::ForAllValues), rest),
            Some(("ForAnyValue", rest)) => (Some(Quantifier::ForAnyValue), rest),
            Some(_) => return None,
        };
        let (base, if_exists) = match rest.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let comparison = Comparison::ALL.iter().find(|(known, _)| *known == base)?.1;
        // "You can add IfExists to the end of any condition operator name except the Null condition."
        let allowed = comparison != Comparison::Null || (!if_exists && quantifier.is_none());
        allowed.then_some(Self { quantifier, comparison, if_exists })
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.quantifier {
            Some(Quantifier::ForAllValues) => f.write_str("ForAllValues:")?,
            Some(Quantifier::ForAnyValue) => f.write_str("ForAnyValue:")?,
            None => {}
        }
        f.write_str(self.comparison.name())?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_is_read_and_printed() {
        for (name, _) in Comparison::ALL {
            for prefix in ["", "ForAllValues:", "ForAnyValue:"] {
                for suffix in ["", "IfExists"] {
                    let text = format!("{prefix}{name}{suffix}");
                    match Operator::parse(&text) {
                        Some(operator) => assert_eq!(operator.to_string(), text),
                        None => assert_eq!(*name, "Null", "{text}"),
                    }
                }
            }
        }
        assert_eq!(Operator::parse("StringEqual"), None);
        assert_eq!(Operator::parse("ForNoValue:StringEquals"), None);
    }
}
