//! How long it takes to collect an account, against the least that its calls must take, and how much memory.
//!
//! A small server replays recorded answers after a delay: `cargo bench --bench collect`.
#![allow(clippy::print_stdout, reason = "a benchmark reports on the terminal")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a benchmark ends at the first thing that is wrong"
)]

mod replay;

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use replay::{Replay, Size, serve};

fn main() {
    for (buckets, concurrency) in [(200, 32), (200, 8), (1_000, 32)] {
        let size = Size { buckets, roles: 200, latency: Duration::from_millis(50) };
        elapsed(size, concurrency);
    }
    let size = Size { buckets: 1_000, roles: 2_000, latency: Duration::from_millis(5) };
    memory(size);
}

/// The ideal: all calls, as many at once as there may be, and nothing else.
fn elapsed(size: Size, concurrency: usize) {
    let replay = serve(size);
    let start = Instant::now();
    let folder = tempfile::tempdir().expect("a folder");
    let mut run = palisade(&replay, &folder, concurrency);
    assert!(run.wait().expect("an end").success());
    let elapsed = start.elapsed();
    let calls = replay.calls.load(Ordering::Relaxed);
    let ideal = size.latency * u32::try_from(calls).expect("few") / u32::try_from(concurrency).expect("few");
    println!(
        "{} buckets, {} roles, {calls} calls at {:?} and concurrency {concurrency}: {elapsed:.2?}, ideal {ideal:.2?}, {:.2} times",
        size.buckets,
        size.roles,
        size.latency,
        elapsed.as_secs_f64() / ideal.as_secs_f64(),
    );
}

/// The most that the process ever held, as Linux counts it.
fn memory(size: Size) {
    let replay = serve(size);
    let folder = tempfile::tempdir().expect("a folder");
    let mut run = palisade(&replay, &folder, 64);
    let status = format!("/proc/{}/status", run.id());
    let mut peak = 0;
    while run.try_wait().expect("a process").is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        peak = line.trim().trim_end_matches(" kB").parse().unwrap_or(peak);
        std::thread::park_timeout(Duration::from_millis(2));
    }
    println!("{} buckets, {} roles: at most {} MB", size.buckets, size.roles, peak / 1_000);
}

fn palisade(replay: &Replay, folder: &tempfile::TempDir, concurrency: usize) -> std::process::Child {
    let concurrency = concurrency.to_string();
    Command::new(env!("CARGO_BIN_EXE_palisade"))
        .args([
            "collect",
            "--quiet",
            "--concurrency",
            &concurrency,
            "--account-concurrency",
            &concurrency,
            "--out",
        ])
        .arg(folder.path().join("snapshot"))
        .env_clear()
        .env("AWS_ENDPOINT_URL", format!("http://{}", replay.address))
        .envs([("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "eu-west-1")])
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdout(Stdio::null())
        .spawn()
        .expect("palisade starts")
}
