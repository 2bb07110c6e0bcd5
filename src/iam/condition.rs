//! What a condition says of a request context.

use super::Version;
use super::context::{Context, ContextValue};
use super::operand::Operand;
use super::operator::{Comparison, Operator, Quantifier};

/// One key of a `Condition` block under one operator, with its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The operator.
    pub operator: Operator,
    /// The condition key as the policy writes it.
    pub key: Box<str>,
    /// The values: any of them satisfies a positive operator, none of them may satisfy a negated one.
    pub operands: Vec<Operand>,
}

impl Condition {
    /// A condition as a policy of the current version would write it; none if AWS has no such operator or it takes no such value.
    #[must_use]
    pub fn parse(operator: &str, key: &str, values: &[&str]) -> Option<Self> {
        let operator = Operator::parse(operator)?;
        let read = |value: &&str| Operand::parse(value, operator.comparison, Version::V2012).ok();
        Some(Self { operator, key: key.into(), operands: values.iter().map(read).collect::<Option<_>>()? })
    }

    /// Whether the condition is met in `context`.
    #[must_use]
    pub fn holds(&self, context: &Context) -> bool {
        // "Use the Null condition operator [...] to check for missing context keys or context keys with empty values": a key
        // without values is as good as absent.
        let value = context.value(&self.key).filter(|value| !value.elements().is_empty());
        if self.operator.comparison == Comparison::Null {
            return self.null(value.is_none());
        }
        match (self.operator.quantifier, value) {
            (quantifier, None) => self.holds_when_absent(quantifier),
            // "The ForAllValues qualifier [...] returns true if there are no keys in the request, or if the context key value
            // resolves to a null dataset, such as an empty string. [...] ForAnyValue: for no matching key or a null dataset, the
            // condition returns false." (IAM User Guide, reference_policies_condition-single-vs-multi-valued-context-keys)
            (Some(Quantifier::ForAllValues), Some(value)) => {
                let elements = value.elements();
                elements.iter().all(|element| element.is_empty())
                    || elements.iter().all(|element| self.compare(element, context))
            }
            (Some(Quantifier::ForAnyValue), Some(value)) => {
                value.elements().iter().any(|element| self.compare(element, context))
            }
            (None, Some(ContextValue::One(value))) => self.compare(value, context),
            // A multivalued key without a set operator: AWS leaves it open; an Allow that rests on it is `may`.
            (None, Some(ContextValue::Many(_))) => false,
        }
    }

    /// Whether the answer rests on a multivalued key compared without a set operator, which AWS does not define.
    #[must_use]
    pub fn is_undefined_in(&self, context: &Context) -> bool {
        self.operator.quantifier.is_none()
            && self.operator.comparison != Comparison::Null
            && matches!(context.value(&self.key), Some(ContextValue::Many(values)) if !values.is_empty())
    }

    /// The condition with its variables replaced by their values in `context`; none where a variable stands for a key whose value
    /// is open. A variable without a value makes its operand match nothing, so that the operand is left out.
    #[must_use]
    pub fn bind(&self, context: &Context, is_open: &dyn Fn(&str) -> bool) -> Option<Self> {
        let mut operands = vec![];
        for operand in &self.operands {
            if operand.variables().any(|variable| is_open(&variable.key)) {
                return None;
            }
            operands.extend(operand.bind(context));
        }
        Some(Self { operator: self.operator, key: self.key.clone(), operands })
    }

    /// A text that two conditions share if and only if they are written alike, but for the case of the key and the order of the
    /// operands.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut operands: Vec<String> = self.operands.iter().map(Operand::canonical).collect();
        operands.sort_unstable();
        operands.dedup();
        let mut text = format!("{}\n{}", self.operator, self.key.to_ascii_lowercase());
        for operand in operands {
            text.push('\n');
            text.push_str(&operand);
        }
        text
    }

    /// "If the key that you specify in a policy condition is not present in the request context, the values do not
    /// match and the condition is false. If the policy condition requires that the key is not matched, such as
    /// StringNotLike or ArnNotLike, and the right key is not present, the condition is true."
    /// (IAM User Guide, reference_policies_elements_condition_operators)
    fn holds_when_absent(&self, quantifier: Option<Quantifier>) -> bool {
        match quantifier {
            Some(Quantifier::ForAllValues) => true,
            Some(Quantifier::ForAnyValue) => self.operator.if_exists,
            None => self.operator.if_exists || self.operator.comparison.is_negated(),
        }
    }

    /// "If your policy condition has multiple values for a negated matching condition operator, it is evaluated as a
    /// logical NOR." (IAM User Guide, reference_policies_condition-logic-multiple-context-keys-or-values)
    fn compare(&self, value: &str, context: &Context) -> bool {
        let comparison = self.operator.comparison;
        let any = self.operands.iter().any(|operand| operand.matches(comparison, value, context));
        any != comparison.is_negated()
    }

    /// `Null: true` asks for the key to be absent, `Null: false` for it to be present.
    fn null(&self, absent: bool) -> bool {
        self.operands.iter().any(|operand| operand.boolean() == Some(absent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(operator: &str, operands: &[&str]) -> Condition {
        let operator = Operator::parse(operator).expect("an operator");
        let operands = operands
            .iter()
            .map(|text| Operand::parse(text, operator.comparison, Version::V2012).expect("an operand"))
            .collect();
        Condition { operator, key: "aws:TagKeys".into(), operands }
    }

    fn holds(operator: &str, operands: &[&str], values: Option<&[&str]>) -> bool {
        let mut context = Context::new();
        match values {
            None => {}
            Some([one]) => context.set_one("aws:TagKeys", one),
            Some(many) => {
                let many = many.iter().map(|value| (*value).into()).collect();
                context.set("aws:TagKeys", ContextValue::Many(many));
            }
        }
        condition(operator, operands).holds(&context)
    }

    #[test]
    fn absent_keys() {
        for (operator, expected) in [
            ("StringEquals", false),
            ("StringNotEquals", true),
            ("StringEqualsIfExists", true),
            ("ForAllValues:StringEquals", true),
            ("ForAllValues:StringNotEquals", true),
            ("ForAnyValue:StringEquals", false),
            ("ForAnyValue:StringNotEquals", false),
            ("ForAnyValue:StringEqualsIfExists", true),
        ] {
            assert_eq!(holds(operator, &["a"], None), expected, "{operator}");
        }
        assert!(holds("Null", &["true"], None));
        assert!(!holds("Null", &["false"], None));
    }

    #[test]
    fn several_values_of_a_negated_operator_are_a_nor() {
        assert!(!holds("StringNotEquals", &["a", "b"], Some(&["a"])));
        assert!(holds("StringNotEquals", &["a", "b"], Some(&["c"])));
    }

    #[test]
    fn sets_of_values() {
        let both: &[&str] = &["a", "b"];
        assert!(holds("ForAllValues:StringEquals", both, Some(both)));
        assert!(!holds("ForAllValues:StringEquals", &["a"], Some(both)));
        assert!(holds("ForAnyValue:StringEquals", &["a"], Some(both)));
        assert!(holds("ForAllValues:StringEquals", &["a"], Some(&[])));
        assert!(!holds("ForAnyValue:StringEquals", &["a"], Some(&[])));
        assert!(!holds("StringEquals", &["a"], Some(both)));
    }
}
