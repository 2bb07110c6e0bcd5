//! What the law says of a request, as a formula over the statements that apply to it.

use super::bits::Bits;
use crate::authorize::{Proposition, Trivalent};

/// A proposition about a request: which of some numbered statements have to apply to it, and which must not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Formula {
    /// What holds for every request, or for none.
    Constant(bool),
    /// Some of these statements applies.
    Any(Bits),
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds.
    Either(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
}

impl Proposition for Formula {
    fn constant(is: bool) -> Self {
        Self::Constant(is)
    }
    fn and(&self, other: &Self) -> Self {
        Self::and(self, other)
    }
    fn or(&self, other: &Self) -> Self {
        Self::or(self, other)
    }
    fn negate(&self) -> Self {
        Self::negate(self)
    }
    /// Most statements say nothing of a bucket.
    fn widen(&mut self, by: &Self) {
        if *by != Self::Constant(false) {
            *self = self.or(by);
        }
    }
}

impl Formula {
    /// One statement applies.
    #[must_use]
    pub fn one(statement: usize) -> Self {
        Self::Any([statement].into_iter().collect())
    }

    /// Both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Constant(false), _) | (_, Self::Constant(false)) => Self::Constant(false),
            (Self::Constant(true), one) | (one, Self::Constant(true)) => one.clone(),
            (one, other) if one == other => one.clone(),
            (one, other) => Self::All(parts(one, other, |formula| match formula {
                Self::All(parts) => Some(parts),
                _ => None,
            })),
        }
    }

    /// Either holds.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Constant(true), _) | (_, Self::Constant(true)) => Self::Constant(true),
            (Self::Constant(false), one) | (one, Self::Constant(false)) => one.clone(),
            (Self::Any(one), Self::Any(other)) => {
                let mut both = one.clone();
                both.extend_by(other);
                Self::Any(both)
            }
            (one, other) if one == other => one.clone(),
            (one, other) => Self::Either(parts(one, other, |formula| match formula {
                Self::Either(parts) => Some(parts),
                _ => None,
            })),
        }
    }

    /// The opposite.
    #[must_use]
    pub fn negate(&self) -> Self {
        match self {
            Self::Constant(is) => Self::Constant(!is),
            Self::Not(formula) => (**formula).clone(),
            other => Self::Not(Box::new(other.clone())),
        }
    }

    /// What can be said of the requests to which no statement beyond `alive` applies, and to which those of `certain` that are
    /// alive surely do.
    #[must_use]
    pub fn read(&self, alive: &Bits, certain: &Bits) -> Trivalent {
        match self {
            Self::Constant(is) => Trivalent { must: *is, may: *is },
            Self::Any(statements) => {
                let (must, may) = statements.meeting(alive, certain);
                Trivalent { must, may }
            }
            Self::All(parts) => {
                let mut all = Trivalent::ALWAYS;
                for part in parts {
                    all = all.and(part.read(alive, certain));
                    if !all.may {
                        break;
                    }
                }
                all
            }
            Self::Either(parts) => {
                let mut any = Trivalent::NEVER;
                for part in parts {
                    any = any.or(part.read(alive, certain));
                    if any.must {
                        break;
                    }
                }
                any
            }
            Self::Not(formula) => formula.read(alive, certain).negate(),
        }
    }

    /// The same proposition with its statements numbered otherwise: `to` has for each the new number.
    #[must_use]
    pub fn renumbered(&self, to: &[usize]) -> Self {
        let each = |parts: &[Self]| parts.iter().map(|part| part.renumbered(to)).collect();
        match self {
            Self::Constant(is) => Self::Constant(*is),
            Self::Any(statements) => {
                Self::Any(statements.iter().filter_map(|statement| to.get(statement).copied()).collect())
            }
            Self::All(parts) => Self::All(each(parts)),
            Self::Either(parts) => Self::Either(each(parts)),
            Self::Not(formula) => Self::Not(Box::new(formula.renumbered(to))),
        }
    }
}

fn parts<'f>(
    one: &'f Formula,
    other: &'f Formula,
    inner: impl Fn(&'f Formula) -> Option<&'f Vec<Formula>>,
) -> Vec<Formula> {
    let of = |formula| inner(formula).map_or(std::slice::from_ref(formula), |parts| parts);
    let mut all = of(one).to_vec();
    for part in of(other) {
        if !all.contains(part) {
            all.push(part.clone());
        }
    }
    all
}
