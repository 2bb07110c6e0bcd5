//! What is wrong in one file, gathered first and located together.

use std::fmt::Display;

use super::place::{At, inside, positions};
use crate::estate::{AccountId, Gap, PolicyDocument, Unread};
use crate::iam::{JsonPath, Position};

/// What is wrong in one file.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

/// The call whose answer is not there, and what it is about.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) api: &'a str,
    pub(super) resource: &'a dyn Display,
}

struct Fault {
    api: Box<str>,
    resource: Box<str>,
    code: Box<str>,
    path: JsonPath,
    inside: Option<(JsonPath, Position)>,
    what: String,
}

impl Faults {
    pub(super) fn add(&mut self, at: At<'_>, subject: Subject<'_>, code: &str, what: impl Into<String>) {
        self.at_path(at.path(), subject, code, what);
    }

    pub(super) fn at_path(
        &mut self,
        path: JsonPath,
        subject: Subject<'_>,
        code: &str,
        what: impl Into<String>,
    ) {
        self.push(path, subject, code, None, what.into());
    }

    pub(super) fn unread(&mut self, at: At<'_>, subject: Subject<'_>, why: &Unread) {
        match why {
            Unread::Malformed(what) => self.add(at, subject, why.code(), &**what),
            _ => self.add(at, subject, why.code(), why.to_string()),
        }
    }

    /// Each fault of a policy, at its place in the file.
    pub(super) fn document(&mut self, at: At<'_>, subject: Subject<'_>, document: &PolicyDocument) {
        for fault in &document.document().faults {
            let what = format!("{}; expected {}", fault.problem, fault.expected);
            self.push(at.path(), subject, "Malformed", Some((fault.path.clone(), fault.position)), what);
        }
    }

    fn push(
        &mut self,
        path: JsonPath,
        subject: Subject<'_>,
        code: &str,
        inside: Option<(JsonPath, Position)>,
        what: String,
    ) {
        let (api, resource) = (subject.api.into(), subject.resource.to_string().into());
        self.0.push(Fault { api, resource, code: code.into(), path, inside, what });
    }

    /// The gaps, with their places in the text of their file.
    pub(super) fn into_gaps(self, account: Option<AccountId>, file: &str, text: &str) -> Vec<Gap> {
        if self.0.is_empty() {
            return vec![];
        }
        let paths: Vec<&JsonPath> = self.0.iter().map(|fault| &fault.path).collect();
        let positions = positions(text, &paths);
        let gaps = self.0.into_iter().zip(positions).map(|(fault, start)| {
            let (path, position) = match fault.inside {
                Some((tail, position)) => (fault.path.concat(&tail), inside(start, position)),
                None => (fault.path, start),
            };
            Gap {
                account,
                api: fault.api,
                resource: fault.resource,
                code: fault.code,
                detail: detail(file, &path, position, &fault.what),
            }
        });
        gaps.collect()
    }
}

/// The sentence of a gap: where, and what.
pub(super) fn detail(file: &str, path: &JsonPath, position: Position, what: &str) -> Box<str> {
    format!("{file}: {path} (line {}, column {}): {what}", position.line, position.column).into()
}
