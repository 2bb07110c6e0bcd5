//! The evaluator and the oracle must agree: on every case of the corpus, on changed cases, and on simulations made at random.
//!
//! They were written apart, from the same pages. A disagreement says that one of them has misread AWS: find the page, mend the
//! one that is wrong, and add a case to the corpus. Where the pages are silent both take the reading that grants more.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may stop at its own fault"
)]

mod draw;
mod mutation;
mod scene;
mod vocabulary;

use std::cell::RefCell;
use std::collections::BTreeMap;

use palisade::authorize::simulation::Simulator;
use proptest::collection::vec;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use serde_json::Value;

use crate::oracle;
use crate::simulation::cases;
use draw::Tape;

/// How many random simulations are decided twice.
const RANDOM: u32 = 20_000;

/// In how many shares they are made, each from a seed of its own, on as many threads as there are.
const SHARES: u8 = 4;

/// More choices than a scene takes.
const CHOICES: usize = 256;

#[test]
fn on_every_case_of_the_corpus() {
    let mut simulator = Simulator::default();
    let differing: Vec<String> = cases()
        .into_iter()
        .filter_map(|(file, line)| {
            let case: Value = serde_json::from_str(&line).unwrap();
            let decided = oracle::decide(&case);
            let right = decided.as_deref() == Ok(case["expected"].as_str().unwrap());
            let complaint = differs(&mut simulator, &case, &decided)
                .or_else(|| (!right).then(|| format!("both say {decided:?}: {line}")))?;
            Some(format!("{}: {complaint}", file.display()))
        })
        .collect();
    report("the corpus", cases().len(), &differing);
}

#[test]
fn on_changed_cases_of_the_corpus() {
    let changed: Vec<(String, Value)> = cases()
        .into_iter()
        .enumerate()
        .flat_map(|(number, (_, line))| mutation::mutations(number, &serde_json::from_str(&line).unwrap()))
        .collect();
    let differing: Vec<String> = changed
        .par_iter()
        .map_init(Simulator::default, |simulator, (change, case)| {
            Some(format!("{change}: {}", disagreement(simulator, case)?))
        })
        .flatten()
        .collect();
    report("changed cases", changed.len(), &differing);
}

#[test]
fn on_random_simulations() {
    let shares: Vec<(BTreeMap<&str, u32>, Option<String>)> =
        (0..SHARES).into_par_iter().map(random_simulations).collect();
    let mut outcomes: BTreeMap<&str, u32> = BTreeMap::new();
    let mut differing = vec![];
    for (counted, complaint) in shares {
        counted.into_iter().for_each(|(outcome, count)| *outcomes.entry(outcome).or_default() += count);
        differing.extend(complaint);
    }
    report("random simulations", RANDOM as usize, &differing);
    // A property over simulations that are all denied would say nothing of Allows.
    for outcome in ["Allowed", "ExplicitlyDenied", "ImplicitlyDenied"] {
        assert!(outcomes.get(outcome).is_some_and(|count| count * 10 > RANDOM), "{outcomes:?}");
    }
    assert_eq!(outcomes.get("error"), None, "a random simulation is well formed: {outcomes:?}");
}

/// One share of the random simulations: how often each outcome came, and the smallest simulation on which the two differ.
fn random_simulations(share: u8) -> (BTreeMap<&'static str, u32>, Option<String>) {
    let config = Config { cases: RANDOM / u32::from(SHARES), failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::XorShift, &[share + 1; 16]);
    let simulator = RefCell::new(Simulator::default());
    let outcomes = RefCell::new(BTreeMap::new());
    let result = TestRunner::new_with_rng(config, rng).run(&vec(0_u16.., CHOICES), |choices| {
        let scene = scene::draw(&mut Tape::new(&choices));
        let decided = oracle::decide(&scene);
        *outcomes.borrow_mut().entry(decided.as_ref().map_or("error", |outcome| outcome)).or_default() += 1;
        differs(&mut simulator.borrow_mut(), &scene, &decided)
            .map_or(Ok(()), |complaint| Err(TestCaseError::fail(complaint)))
    });
    (outcomes.into_inner(), result.err().map(|error| error.to_string()))
}

/// What the two say of a simulation, if it is not the same. Both may refuse it, each with its own words.
fn disagreement(simulator: &mut Simulator, simulation: &Value) -> Option<String> {
    differs(simulator, simulation, &oracle::decide(simulation))
}

fn differs(
    simulator: &mut Simulator,
    simulation: &Value,
    oracle: &Result<&'static str, String>,
) -> Option<String> {
    let text = simulation.to_string();
    let answer = simulator.run(&text);
    let palisade = answer.decision.map(|outcome| format!("{outcome:?}"));
    if palisade.as_deref() == oracle.as_ref().ok().copied() {
        return None;
    }
    let palisade = serde_json::to_string(&answer).unwrap();
    Some(format!("the oracle says {oracle:?}, palisade {palisade}, of {text}"))
}

#[expect(clippy::print_stdout, reason = "cargo test -- --nocapture shows how much was compared")]
fn report(what: &str, compared: usize, differing: &[String]) {
    println!("{what}: {compared} simulations decided twice, {} disagreements", differing.len());
    let shown: Vec<&str> = differing.iter().take(10).map(String::as_str).collect();
    assert!(differing.is_empty(), "{} of {compared} differ, such as\n{}", differing.len(), shown.join("\n"));
}
