//! What is left of a pattern behind a text that is known.

use super::automaton::{Token, beginning, step, tokens};
use crate::iam::{Glob, GlobBuilder, Piece};

/// The patterns that a text must match for the whole of `prefix` and the text to match `glob`; none if no text can.
///
/// A star in front of the end of `prefix` may reach beyond it: of `arn:aws:s3:::*-features-*/published/*` the ARN of a bucket and a
/// slash leave both `published/*` and, for what the second star takes of a key, `*/published/*`.
#[must_use]
pub fn behind(glob: &Glob, prefix: &str) -> Vec<Glob> {
    // Most patterns begin with the name of another bucket.
    if let Some(Piece::Literal(start)) = glob.pieces().first()
        && !prefix.starts_with(&**start)
        && !start.starts_with(prefix)
    {
        return vec![];
    }
    let tokens = tokens(glob);
    let places = prefix.chars().fold(beginning(&tokens), |places, c| step(&tokens, &places, Some(c)));
    let is_behind_star = |place: usize| {
        place
            .checked_sub(1)
            .is_some_and(|before| tokens.get(before) == Some(&Token::AnyMany) && places.contains(&before))
    };
    // What begins behind a star begins at the star as well.
    let starts = places.iter().copied().filter(|place| !is_behind_star(*place));
    starts.map(|start| rest(tokens.get(start..).unwrap_or_default())).collect()
}

fn rest(tokens: &[Token]) -> Glob {
    let mut glob = GlobBuilder::default();
    for token in tokens {
        match token {
            Token::Is(c) | Token::Either(c, _) => glob.literal(*c),
            Token::AnyOne | Token::OneInPart => glob.any_one(),
            Token::AnyMany | Token::ManyInPart => glob.any_many(),
        }
    }
    glob.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(glob: &str, prefix: &str) -> Vec<String> {
        behind(&Glob::new(glob), prefix).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_bucket_takes_its_part_of_the_pattern() {
        assert_eq!(left("arn:aws:s3:::models/*", "arn:aws:s3:::models/"), ["*"]);
        assert_eq!(left("arn:aws:s3:::models/prod/?", "arn:aws:s3:::models/"), ["prod/?"]);
        assert!(left("arn:aws:s3:::models/*", "arn:aws:s3:::other/").is_empty());
        assert_eq!(left("*", "arn:aws:s3:::models/"), ["*"]);
        assert_eq!(left("arn:aws:s3:::models", "arn:aws:s3:::models"), [""]);
    }

    #[test]
    fn a_star_in_the_name_of_the_bucket_reaches_into_keys() {
        assert_eq!(
            left("arn:aws:s3:::*-features-*/published/*", "arn:aws:s3:::x-features-y/"),
            ["*/published/*", "published/*"]
        );
    }
}
