//! JSON as evidence is quoted: on one line where it fits, else opened only as far as it must be.

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// The value on lines of at most `width` columns, so far as no single text is longer.
pub(super) fn lines(value: &Value, width: usize) -> Vec<String> {
    let mut quote = Quote { text: String::new(), width };
    quote.write(value, 0);
    quote.text.lines().map(str::to_owned).collect()
}

struct Quote {
    text: String,
    width: usize,
}

impl Quote {
    fn write(&mut self, value: &Value, indent: usize) {
        let flat = flat(value);
        // One column for the comma that may follow.
        let fits = self.column() + flat.width() < self.width;
        match value {
            Value::Object(members) if !fits && !members.is_empty() => {
                let members = members.iter().map(|(name, value)| (Some(&**name), value));
                self.open('{', members, indent);
                self.text.push('}');
            }
            Value::Array(items) if !fits && !items.is_empty() => {
                self.open('[', items.iter().map(|item| (None, item)), indent);
                self.text.push(']');
            }
            _ => self.text.push_str(&flat),
        }
    }

    /// Everything of an object or a list but its closing bracket. One list or object alone in another shares its lines:
    /// `{"Rules": [{` indents what follows once.
    fn open<'a>(
        &mut self,
        bracket: char,
        items: impl ExactSizeIterator<Item = (Option<&'a str>, &'a Value)>,
        indent: usize,
    ) {
        self.text.push(bracket);
        let last = items.len() - 1;
        for (number, (name, value)) in items.enumerate() {
            if last == 0 && (value.is_object() || value.is_array()) {
                self.text.push_str(&name.map(member).unwrap_or_default());
                return self.write(value, indent);
            }
            self.newline(indent + 2);
            if let Some(name) = name {
                self.text.push_str(&member(name));
            }
            self.write(value, indent + 2);
            if number < last {
                self.text.push(',');
            }
        }
        self.newline(indent);
    }

    fn newline(&mut self, indent: usize) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n(' ', indent));
    }

    fn column(&self) -> usize {
        let (_, line) = self.text.rsplit_once('\n').unwrap_or(("", &self.text));
        line.width()
    }
}

/// The value on one line, with a space after each colon and comma.
pub(super) fn flat(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<_> = members.iter().map(|(name, value)| member(name) + &flat(value)).collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flat).collect::<Vec<_>>().join(", ")),
        scalar => scalar.to_string(),
    }
}

fn member(name: &str) -> String {
    format!("{}: ", Value::from(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_that_fits_stays_on_its_line() {
        assert_eq!(
            lines(&json!({"Status": "Suspended", "Tags": []}), 80),
            [r#"{"Status": "Suspended", "Tags": []}"#]
        );
    }

    #[test]
    fn a_lone_container_shares_the_lines_of_its_own() {
        let rules = json!({"Rules": [{"SSEAlgorithm": "AES256", "BucketKeyEnabled": false}]});
        assert_eq!(
            lines(&rules, 40),
            [r#"{"Rules": [{"#, r#"  "SSEAlgorithm": "AES256","#, r#"  "BucketKeyEnabled": false"#, "}]}"]
        );
    }

    #[test]
    fn only_what_is_too_long_is_opened() {
        let statement =
            json!({"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Principal": {"AWS": "*"}});
        assert_eq!(
            lines(&statement, 30),
            [
                "{",
                r#"  "Effect": "Allow","#,
                r#"  "Action": ["#,
                r#"    "s3:GetObject","#,
                r#"    "s3:PutObject""#,
                "  ],",
                r#"  "Principal": {"AWS": "*"}"#,
                "}"
            ]
        );
    }
}
