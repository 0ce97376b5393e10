//! The reader of words, the reader of queries and the maker of excerpts, with any text at all.

use postmortem_api::search::model::{
    excerpt::{excerpt, line},
    query::parse,
    words::words,
};
use proptest::prelude::*;

/// Texts that are near the edges: signs, quotes, accents, scripts, line ends.
const TEXT: &str = "([a-zA-Z0-9]{1,8}|[\"'“”*:&|!()<>^%_\\\\.,;-]|[ \n\t]|[éßÅøŁİıﬁ½㎉e\u{301}\u{200d}]|[日本語ガタﾀ\u{e40}\u{e01}한글]|🔥|\\PC){0,60}";

proptest! {
    /// Words are letters and digits only, in order, and where they are said to be.
    #[test]
    fn words_stand_where_they_are_said_to(text in TEXT) {
        let mut before = 0;
        for word in words(&text) {
            prop_assert!(word.start < word.end && text.get(word.start..word.end).is_some(), "{word:?} in {text:?}");
            prop_assert!(word.start >= before, "{word:?} in {text:?}");
            before = word.start;
            prop_assert!(!word.plain.is_empty() && !word.stem.is_empty());
            prop_assert!(!word.plain.contains([' ', '\'', '"', '|', '=', '¶', ':', '\\']), "{word:?}");
        }
    }

    /// Reading what was read changes nothing, so what is typed and what is stored meet.
    #[test]
    fn words_are_final(text in TEXT) {
        for word in words(&text) {
            let again: String = words(&word.plain).map(|word| word.plain).collect();
            prop_assert_eq!(again, word.plain);
        }
    }

    /// Case and accents of Latin letters make no difference.
    #[test]
    fn case_and_accents_do_not_matter(text in "[a-zA-Zéèüñçåøßœ]{1,20}") {
        let read = |text: &str| words(text).map(|word| word.stem).collect::<Vec<_>>();
        prop_assert_eq!(read(&text), read(&text.to_lowercase()));
        prop_assert_eq!(read(&text), read(&text.to_uppercase()));
        prop_assert_eq!(read(&text), read(&text.replace('é', "e\u{301}").replace('ü', "u\u{308}")));
    }

    /// Any text is a query or is refused; what reaches a database is made of words and our own signs.
    #[test]
    fn any_text_may_be_searched_for(text in TEXT) {
        if let Ok(query) = parse(&text) {
            prop_assert!(!query.wanted.is_empty());
            let (postgres, sqlite) = (query.on_postgres(), query.on_sqlite());
            let ours = |text: &str, signs: &str| {
                text.split(|letter: char| signs.contains(letter)).all(|part| words(part).map(|word| word.plain).collect::<String>() == part)
            };
            prop_assert!(ours(&postgres, "'=:*&|!()<-> "), "{postgres}");
            prop_assert!(ours(&sqlite.replace("AND", "").replace("OR", "").replace("NOT", ""), "\"*:() "), "{sqlite}");
        }
    }

    /// Pieces are the text, and short.
    #[test]
    fn pieces_are_the_text(text in TEXT, sought in TEXT) {
        let Ok(query) = parse(&sought) else { return Ok(()) };
        let bare = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
        let whole: String = line(&query, &text).into_iter().map(|piece| piece.text).collect();
        prop_assert_eq!(bare(&whole), bare(&text));
        let long = format!("{text} {text} {text}");
        let cut: String = excerpt(&query, &long).into_iter().map(|piece| piece.text).collect();
        let cut = bare(cut.trim_start_matches("… ").trim_end_matches(" …"));
        prop_assert!(bare(&long).contains(&cut), "{cut:?} in {long:?}");
        prop_assert!(cut.len() < 800);
    }
}
