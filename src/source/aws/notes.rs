//! What could not be read, as it is noted on the way.

use std::sync::{Mutex, PoisonError};

use super::api::Api;
use super::refusal::Refusal;
use crate::estate::{CollectionError, Fact, Unread};

/// What could not be read.
#[derive(Debug, Default)]
pub(super) struct Notes(Mutex<Vec<CollectionError>>);

impl Notes {
    /// Notes that a call about `resource` did not tell.
    pub(super) fn refused(&self, api: Api, resource: &str, refusal: Refusal) {
        let Refusal { code, message, .. } = refusal;
        let error = CollectionError { api: api.name().into(), resource: resource.into(), code, message };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(error);
    }

    /// The fact that an answer is, or why it is none, which is noted.
    pub(super) fn fact<T>(&self, api: Api, resource: &str, answer: Result<T, Refusal>) -> Fact<T> {
        match answer {
            Ok(fact) => Fact::Known(fact),
            Err(refusal) => {
                let why = Unread::Refused(refusal.code.clone());
                self.refused(api, resource, refusal);
                Fact::Unread(why)
            }
        }
    }

    /// Takes over what was noted elsewhere.
    pub(super) fn add(&self, errors: Vec<CollectionError>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(errors);
    }

    /// Everything that was noted so far, in an order that does not depend on who answered first.
    pub(super) fn errors(&self) -> Vec<CollectionError> {
        let mut errors = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        errors.sort();
        errors
    }
}
