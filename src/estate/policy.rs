//! Policy documents as the estate holds them: the text as it was read, and what it says.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::iam::Document;

/// A policy document with the text that it was read from. Cloning shares both.
#[derive(Debug, Clone)]
pub struct PolicyDocument(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    text: Box<RawValue>,
    document: OnceLock<Document>,
}

impl PolicyDocument {
    /// A document by its JSON text; it is parsed when it is first asked for.
    #[must_use]
    pub fn new(text: Box<RawValue>) -> Self {
        Self(Arc::new(Inner { text, document: OnceLock::new() }))
    }

    /// The JSON text as it was read.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.text.get()
    }

    /// What the text says. A text that is no policy is a document without statements and with one fault.
    #[must_use]
    pub fn document(&self) -> &Document {
        self.0.document.get_or_init(|| Document::parse(self.text()).unwrap_or_else(Document::unreadable))
    }

    /// Whether both are one shared document.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl PartialEq for PolicyDocument {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.text() == other.text()
    }
}

impl Eq for PolicyDocument {}

impl Serialize for PolicyDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PolicyDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(<&RawValue>::deserialize(deserializer)?.to_owned()))
    }
}
