//! `palisade simulate`: requests in, decisions out, one a line.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::iter;
use std::path::Path;

use palisade::authorize::simulation::{Simulator, Status};
use serde::de::IgnoredAny;

use crate::args::SimulateArgs;
use crate::error::Failure;
use crate::exit::Exit;
use crate::output::Output;

pub(crate) fn run(args: &SimulateArgs) -> Result<Exit, Failure> {
    let unreadable = |error| Failure::new(format!("cannot read {}", name(&args.file))).because(&error);
    let requests = open(&args.file).and_then(requests).map_err(unreadable)?;
    let mut simulator = Simulator::default();
    let mut endings = BTreeSet::new();
    let mut read = Ok(());
    Output::Stdout.write(|out| {
        for request in requests {
            let request = match request {
                Ok(request) => request,
                Err(error) => {
                    read = Err(error);
                    break;
                }
            };
            let answer = simulator.run_bytes(&request);
            endings.insert(answer.status());
            serde_json::to_writer(&mut *out, &answer)?;
            writeln!(out)?;
        }
        Ok(())
    })?;
    read.map_err(unreadable)?;
    Ok(exit(&endings))
}

fn exit(endings: &BTreeSet<Status>) -> Exit {
    if endings.contains(&Status::Unexpected) {
        Exit::Violations
    } else if endings.contains(&Status::Failed) {
        Exit::Incomplete
    } else {
        Exit::Clean
    }
}

fn name(file: &Path) -> String {
    if file == "-" { "standard input".to_owned() } else { file.display().to_string() }
}

fn open(file: &Path) -> io::Result<Box<dyn BufRead>> {
    if file == "-" {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    Ok(Box::new(BufReader::new(File::open(file)?)))
}

type Requests = Box<dyn Iterator<Item = io::Result<Vec<u8>>>>;

/// The requests of an input: its lines, or all of it if it is one object over many lines.
///
/// Lines are read one by one, as endless as the input may be, if the first of them is a request. If it is none, the
/// whole tells: only where some other line is JSON by itself is each line a request of its own.
fn requests(mut input: Box<dyn BufRead>) -> io::Result<Requests> {
    let mut text = vec![];
    input.read_until(b'\n', &mut text)?;
    let requests: Requests = if is_json(&text) {
        Box::new(iter::once(Ok(text)).chain(input.split(b'\n')))
    } else {
        input.read_to_end(&mut text)?;
        let mut lines = text.split(|byte| *byte == b'\n');
        if !is_json(&text) && lines.any(is_request) {
            let lines: Vec<_> = text.split(|byte| *byte == b'\n').map(|line| Ok(line.to_vec())).collect();
            Box::new(lines.into_iter())
        } else {
            Box::new(iter::once(Ok(text)))
        }
    };
    Ok(Box::new(requests.filter(|line| !line.as_ref().is_ok_and(|line| line.trim_ascii().is_empty()))))
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// A lone `],` or `"x"` on a line of an object that is laid out over many does not make it JSON Lines.
fn is_request(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"{")
        && line.windows(9).any(|word| word == b"\"request\"")
        && is_json(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &'static str) -> Vec<Vec<u8>> {
        requests(Box::new(text.as_bytes())).expect("memory").map(|line| line.expect("memory")).collect()
    }

    #[test]
    fn each_line_is_a_request() {
        assert_eq!(split("{\"a\": 1}\n\n{\"b\": 2}\n").len(), 2);
    }

    #[test]
    fn one_object_may_take_many_lines() {
        assert_eq!(split("{\n  \"request\": {\n  }\n}\n").len(), 1);
    }

    #[test]
    fn a_broken_line_does_not_swallow_the_others() {
        assert_eq!(split("{\"request\":\n{\"request\": {}}\n{\"request\": {}}\n").len(), 3);
    }

    #[test]
    fn a_broken_object_is_one_error() {
        assert_eq!(split("{\n  \"request\": {},\n  \"identityPolicies\": [\n").len(), 1);
    }

    #[test]
    fn nothing_is_no_request() {
        assert!(split("\n \n").is_empty());
        assert!(split("").is_empty());
    }
}
