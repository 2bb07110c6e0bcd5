//! What must hold between worlds that differ by one change: order says nothing, a Deny takes away, an Allow of the caller's own adds,
//! and what one world allows beyond another is exactly the difference of their requests.

use std::collections::BTreeSet;
use std::sync::Arc;

use palisade::access::{Decider, Goal, Goals, Ground, Region, Requests, Site, Subject, data_actions};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde_json::{Value, json};

use crate::all_requests::{ACTIONS, Dice, World, contexts, found, keys};
use crate::oracle;

const WORLDS: u64 = 200;

fn statements(document: &mut Value) -> &mut Vec<Value> {
    document["Statement"].as_array_mut().expect("statements")
}

/// What is found for each action, over TLS or without.
fn possible(world: &World) -> Vec<bool> {
    found(world).into_values().map(|witness| witness.is_some()).collect()
}

#[test]
fn the_order_of_statements_says_nothing() {
    (0..WORLDS).into_par_iter().for_each(|seed| {
        let world = World::new(seed);
        let mut turned = world.clone();
        let documents = [Some(&mut turned.identity), turned.boundary.as_mut(), turned.bucket.as_mut()];
        documents.into_iter().flatten().for_each(|document| statements(document).reverse());
        assert_eq!(possible(&world), possible(&turned), "world {seed}");
    });
}

/// One statement more, taken from another world of the same kind.
fn with_one_more(seed: u64, effect: &str) -> (World, World) {
    let world = World::new(seed);
    let mut more = world.clone();
    let mut other = World::new(seed + WORLDS).identity;
    let mut statement = statements(&mut other).remove(0);
    statement["Effect"] = json!(effect);
    statements(&mut more.identity).push(statement);
    (world, more)
}

#[test]
fn a_deny_adds_nothing_and_an_allow_takes_nothing() {
    let changed: Vec<usize> = (0..WORLDS)
        .into_par_iter()
        .map(|seed| {
            let (before, denied) = with_one_more(seed, "Deny");
            let (before, denied) = (possible(&before), possible(&denied));
            assert!(before.iter().zip(&denied).all(|(was, is)| *was || !is), "world {seed}: a Deny adds");
            let (_, allowed) = with_one_more(seed, "Allow");
            let allowed = possible(&allowed);
            assert!(before.iter().zip(&allowed).all(|(was, is)| !was || *is), "world {seed}: an Allow takes");
            usize::from(before != denied) + usize::from(before != allowed)
        })
        .collect();
    assert!(changed.iter().sum::<usize>() > 50, "most changes change nothing");
}

/// Whether some request for an action is allowed in one world and not in another, as the search says, both ways.
fn differences(one: &World, other: &World) -> Vec<[bool; 2]> {
    let (one, other) = (one.estate(), other.estate());
    let grounds = [Ground::new(&one), Ground::new(&other)];
    let sides: Vec<(Subject<'_>, Site<'_>)> = grounds
        .iter()
        .map(|ground| {
            let (account, bucket) = ground.estate.bucket("b").expect("the bucket");
            let tester = ground.estate.principals().next().expect("the role");
            (Subject::principal(ground, tester), Site::direct(ground, account, bucket))
        })
        .collect();
    let mut decider = Decider::new(&grounds[0]);
    let classes: Vec<_> = sides
        .iter()
        .zip(0..)
        .map(|((subject, site), number)| decider.class(subject, site, (number, number)))
        .collect();
    let region = Arc::new(Region { prefix: "".into(), except: Box::default() });
    ACTIONS
        .iter()
        .map(|name| {
            let place =
                data_actions().iter().position(|data| data.action.as_str() == *name).expect("an action");
            let goal = Goal { actions: [place].into_iter().collect(), cells: None };
            let goals = Arc::new(Goals { conditions: vec![], goals: vec![goal] });
            let goals = decider.keep(Goals::clone(&goals));
            [(0, 1), (1, 0)].map(|(first, second)| {
                let class = decider.beyond(&classes[first], &classes[second]);
                let (subject, site) = &sides[first];
                let answer = decider.decide((&class, Requests::Allowed), subject, site, &goals, &region);
                assert!(answer.undecided.is_empty());
                !answer.found.is_empty()
            })
        })
        .collect()
}

/// Every request of both worlds for an action that AWS allows in a world.
fn allowed(world: &World, both: &World, action: &str) -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for context in contexts(both, action) {
        for key in keys(action) {
            let simulation = world.simulation(action, key.as_deref(), &context);
            if oracle::decide(&simulation) == Ok("Allowed") {
                allowed.insert(format!("{key:?} {context:?}"));
            }
        }
    }
    allowed
}

#[test]
fn what_one_world_allows_beyond_another_is_their_difference() {
    let compared: Vec<usize> = (0..WORLDS)
        .into_par_iter()
        .map(|seed| {
            let effect = Dice::new(seed).of(&["Allow", "Deny"]);
            let (one, other) = with_one_more(seed, effect);
            let found = differences(&one, &other);
            let mut some = 0;
            for (action, found) in ACTIONS.iter().zip(found) {
                // The greater world has the conditions of both.
                let (before, after) = (allowed(&one, &other, action), allowed(&other, &other, action));
                let expected = [!before.is_subset(&after), !after.is_subset(&before)];
                assert_eq!(found, expected, "world {seed}, {action}");
                some += usize::from(found != [false, false]);
            }
            some
        })
        .collect();
    let some = compared.iter().sum::<usize>();
    println!("{WORLDS} pairs of worlds: {some} differences, all exact");
    assert!(some > 50, "{some}");
}
