//! Numbers, dates, addresses and base64, read plainly.

use std::net::IpAddr;

/// Rule 19: "Numbers: reject `10abc`." A sign, digits and at most one point.
pub(super) fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if is_digits(whole) && is_digits(fraction) { text.parse().ok() } else { None }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| character.is_ascii_digit())
}

/// Rule 19: "Dates: ISO 8601 and epoch SECONDS compare as instants." Seconds since 1970.
pub(super) fn date(text: &str) -> Option<f64> {
    // Four digits alone are a year of the W3C profile of ISO 8601; any other bare number is epoch seconds.
    if text.len() != 4
        && let Some(seconds) = number(text)
    {
        return Some(seconds);
    }
    let (day, time) = match text.split_once(['T', 't']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let days = days_of(day)?;
    let seconds = match time {
        Some(time) => time_of(time)?,
        None => 0.0,
    };
    Some(days as f64 * 86_400.0 + seconds)
}

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD` as days since 1970-01-01.
fn days_of(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split('-').collect();
    if parts.len() > 3 || parts[0].len() != 4 || parts[1..].iter().any(|part| part.len() != 2) {
        return None;
    }
    let year = whole(parts[0])?;
    let month = parts.get(1).map_or(Some(1), |part| whole(part))?;
    let day = parts.get(2).map_or(Some(1), |part| whole(part))?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let years: i64 = if year >= 1970 {
        (1970..year).map(days_in_year).sum()
    } else {
        -(year..1970).map(days_in_year).sum::<i64>()
    };
    let months: i64 = (1..month).map(|earlier| days_in_month(year, earlier)).sum();
    Some(years + months + day - 1)
}

fn days_in_year(year: i64) -> i64 {
    (1..=12).map(|month| days_in_month(year, month)).sum()
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff`, then `Z` or an offset; seconds since midnight UTC.
fn time_of(text: &str) -> Option<f64> {
    let (clock, offset) = if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        (clock, 0.0)
    } else if let Some(at) = text.find(['+', '-']) {
        let sign = if text[at..].starts_with('-') { -1.0 } else { 1.0 };
        (&text[..at], sign * clock_of(&text[at + 1..])?)
    } else {
        (text, 0.0)
    };
    Some(clock_of(clock)? - offset)
}

fn clock_of(text: &str) -> Option<f64> {
    let parts: Vec<&str> = if text.len() == 4 && is_digits(text) {
        vec![&text[..2], &text[2..]]
    } else {
        text.split(':').collect()
    };
    if parts.len() < 2 || parts.len() > 3 || parts[0].len() != 2 || parts[1].len() != 2 {
        return None;
    }
    let hours = whole(parts[0])?;
    let minutes = whole(parts[1])?;
    let seconds = parts.get(2).map_or(Some(0.0), |part| number(part))?;
    if hours > 23 || minutes > 59 || !(0.0..=60.0).contains(&seconds) {
        return None;
    }
    Some(hours as f64 * 3_600.0 + minutes as f64 * 60.0 + seconds)
}

fn whole(text: &str) -> Option<i64> {
    if is_digits(text) { text.parse().ok() } else { None }
}

/// Rule 19: "IPs: parse, v4 and v6; a bare address is /32 or /128". The address as bytes and the prefix length.
pub(super) fn range(text: &str) -> Option<(Vec<u8>, usize)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let bytes = match address.parse().ok()? {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    };
    let bits = bytes.len() * 8;
    let prefix = match length {
        Some(length) if is_digits(length) => length.parse().ok()?,
        Some(_) => return None,
        None => bits,
    };
    if prefix > bits { None } else { Some((bytes, prefix)) }
}

/// Is the address inside the range? "mixed families: IpAddress false".
pub(super) fn in_range(range: &(Vec<u8>, usize), address: &(Vec<u8>, usize)) -> bool {
    if range.0.len() != address.0.len() || address.1 < range.1 {
        return false;
    }
    (0..range.1).all(|bit| bit_of(&range.0, bit) == bit_of(&address.0, bit))
}

fn bit_of(bytes: &[u8], bit: usize) -> bool {
    bytes[bit / 8] & (0x80 >> (bit % 8)) != 0
}

/// Rule 20: "Binary is base64."
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let body = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - body.len() > 2 {
        return None;
    }
    let mut bits = Vec::new();
    for character in body.chars() {
        let value = ALPHABET.find(character)?;
        bits.extend((0..6).rev().map(|shift| value >> shift & 1 == 1));
    }
    let whole_bytes = bits.len() / 8;
    Some(
        bits.chunks(8)
            .take(whole_bytes)
            .map(|chunk| chunk.iter().fold(0u8, |byte, bit| byte << 1 | u8::from(*bit)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(number("10"), Some(10.0));
        assert_eq!(number("-1.5"), Some(-1.5));
        for bad in ["10abc", "", "inf", "NaN", "1e3", ".5", "5.", "0x10", " 1"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_are_instants() {
        assert_eq!(date("1970-01-02T00:00:00Z"), Some(86_400.0));
        assert_eq!(date("2024-03-01"), Some(1_709_251_200.0));
        assert_eq!(date("1709251200"), Some(1_709_251_200.0));
        assert_eq!(date("2024-03-01T02:00:00+02:00"), Some(1_709_251_200.0));
        assert_eq!(date("2024-03-01T00:00:00.5Z"), Some(1_709_251_200.5));
        assert_eq!(date("2024-02-30"), None);
        assert_eq!(date("tomorrow"), None);
        assert_eq!(date("1969-12-31"), Some(-86_400.0));
    }

    #[test]
    fn ranges() {
        let ten = range("10.0.0.0/8").expect("a range");
        assert!(in_range(&ten, &range("10.1.2.3").expect("an address")));
        assert!(!in_range(&ten, &range("11.1.2.3").expect("an address")));
        assert!(!in_range(&ten, &range("::1").expect("an address")));
        assert!(in_range(
            &range("2001:db8::/32").expect("a range"),
            &range("2001:DB8::1").expect("an address")
        ));
        assert!(in_range(&range("0.0.0.0/0").expect("a range"), &range("1.2.3.4").expect("an address")));
        assert_eq!(range("10.0.0.0/33"), None);
        assert_eq!(range("10.0.0"), None);
    }

    #[test]
    fn base64_decodes() {
        assert_eq!(base64("aGVsbG8="), Some(b"hello".to_vec()));
        assert_eq!(base64("aGVsbG8"), None);
        assert_eq!(base64("a*=="), None);
    }
}
