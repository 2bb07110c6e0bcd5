//! What a collection shows while it runs: a line that changes on a terminal, a line a minute elsewhere.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use palisade::source::aws::{Count, Progress};

/// Fast enough to be seen, too slow to cost anything.
const ON_A_TERMINAL: Duration = Duration::from_millis(200);
const ELSEWHERE: Duration = Duration::from_mins(1);

/// Does the work, and shows on standard error how far it has come.
pub(crate) fn watched<T>(progress: &Progress, quiet: bool, work: impl FnOnce() -> T) -> T {
    let (working, finished) = mpsc::channel::<()>();
    thread::scope(|scope| {
        if !quiet {
            scope.spawn(move || match io::stderr().is_terminal() {
                true => on_a_terminal(progress, &finished),
                false => elsewhere(progress, &finished),
            });
        }
        let result = work();
        drop(working);
        result
    })
}

fn on_a_terminal(progress: &Progress, finished: &Receiver<()>) {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    each(ON_A_TERMINAL, finished, |elapsed| {
        bar.set_message(line(&progress.count(), elapsed));
        bar.tick();
    });
    bar.finish_and_clear();
}

fn elsewhere(progress: &Progress, finished: &Receiver<()>) {
    each(ELSEWHERE, finished, |elapsed| {
        // There is nobody left to tell if standard error is gone.
        let _ = writeln!(io::stderr(), "collecting: {}", line(&progress.count(), elapsed));
    });
}

/// Shows again and again, until the work is finished.
fn each(interval: Duration, finished: &Receiver<()>, show: impl Fn(Duration)) {
    let start = Instant::now();
    while finished.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
        show(start.elapsed());
    }
}

fn line(count: &Count, elapsed: Duration) -> String {
    let mut parts = vec![];
    if count.all_accounts > 0 {
        parts.push(format!("{}/{} accounts", count.accounts, count.all_accounts));
    }
    if count.all_buckets > 0 {
        parts.push(format!("{}/{} buckets", count.buckets, count.all_buckets));
    }
    parts.push(format!("{} calls", count.requests));
    if count.throttles > 0 {
        parts.push(format!("{} throttled", count.throttles));
    }
    parts.push(match left(count, elapsed) {
        Some(left) => format!("{}, about {} left", clock(elapsed), clock(left)),
        None => clock(elapsed),
    });
    parts.join(", ")
}

/// How long it will still take, if it goes on as it did; nobody knows before a twentieth is done.
fn left(count: &Count, elapsed: Duration) -> Option<Duration> {
    let part = count.part().filter(|part| *part >= 0.05)?;
    Duration::try_from_secs_f64(elapsed.as_secs_f64() * (1.0 - part) / part).ok()
}

fn clock(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_and_how_long() {
        let mut count = Count { requests: 3, ..Count::default() };
        assert_eq!(line(&count, Duration::from_secs(1)), "3 calls, 1 s");
        count =
            Count { accounts: 1, all_accounts: 6, buckets: 11, all_buckets: 30, requests: 180, throttles: 2 };
        assert_eq!(
            line(&count, Duration::from_secs(90)),
            "1/6 accounts, 11/30 buckets, 180 calls, 2 throttled, 1 min 30 s, about 3 min 0 s left"
        );
        assert_eq!(clock(Duration::from_secs(7_260)), "2 h 1 min");
    }
}
