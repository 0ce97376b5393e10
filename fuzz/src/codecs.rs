//! Cursors, ids, keys and tokens as clients send them.
//!
//! What is read is written out again as the same, so that nothing has two spellings that are taken for different things.

use entity::ids::{
    ApiTokenId, EventId, IdError, IncidentId, RecommendationId, ReportId, RootCauseId, ServiceId, TeamId, TypedId,
    UserId, WebhookEndpointId, parse_any,
};
use postmortem_api::{
    auth::jwt::Unverified,
    platform::{
        keys,
        page::{Cursor, PageArgs, day_of_cursor},
    },
};
use uuid::Uuid;

/// Two lines and an id: what a client sends, or what a cursor is made of.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    cursor(&text);
    ids(&text);
    let (order, value) = text.split_once('\n').unwrap_or((&text, ""));
    let id = Uuid::from_bytes(std::array::from_fn(|at| data.get(at).copied().unwrap_or(0xa5)));
    for value in [None, Some(value.replace('\0', ""))] {
        let made = Cursor::new(order, value, id);
        let read = Cursor::decode("after", &made.encode());
        assert_eq!(read.ok().as_ref(), Some(&made), "a cursor of ours is not taken");
    }
    let key = keys::normalise(&text);
    assert_eq!(keys::normalise(&key), key);
    if let Some(day) = day_of_cursor(&text) {
        assert_eq!(day_of_cursor(&day.to_string()), Some(day));
    }
    let _ = Unverified::read(&text);
}

fn cursor(text: &str) {
    let args = PageArgs::new(size(text), Some(text), None, None);
    if let Ok(read) = Cursor::decode("after", text) {
        assert_eq!(Cursor::decode("after", &read.encode()).ok(), Some(read));
    } else {
        assert!(args.is_err(), "a page after what is no cursor");
    }
}

fn size(text: &str) -> Option<i32> {
    text.len()
        .is_multiple_of(3)
        .then_some(i32::try_from(text.len()).unwrap_or(i32::MAX))
}

fn ids(text: &str) {
    one::<ApiTokenId>(text);
    one::<EventId>(text);
    one::<IncidentId>(text);
    one::<RecommendationId>(text);
    one::<ReportId>(text);
    one::<RootCauseId>(text);
    one::<ServiceId>(text);
    one::<TeamId>(text);
    one::<UserId>(text);
    one::<WebhookEndpointId>(text);
}

fn one<T: TypedId + std::str::FromStr<Err = IdError>>(text: &str) {
    match text.parse::<T>() {
        Ok(id) => {
            assert_eq!(id.to_string(), text, "an id has two spellings");
            assert_eq!(parse_any(text), Ok((T::PREFIX.to_owned(), id.uuid())));
        }
        Err(IdError::WrongKind { found, .. }) => assert_ne!(found, T::PREFIX),
        Err(IdError::Malformed) => assert!(parse_any(text).is_err()),
    }
}
