//! The query string of a GET, decoded strictly.
//!
//! The usual decoders replace bytes that are not UTF-8 and let the last of two equal names win; here both are refused,
//! because a caller who sends them would be answered to a question never asked.

use super::refusal::Refusal;

/// The pairs of a query string, percent-decoded.
pub(in crate::http) fn decode(query: &str) -> Result<Vec<(String, String)>, Refusal> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (percent_decode(name)?, percent_decode(value)?);
        if pairs.iter().any(|(known, _)| *known == name) {
            return Err(Refusal::bad_request(
                "A parameter is in the query string twice; send each once.",
            ));
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

fn percent_decode(text: &str) -> Result<String, Refusal> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next())
                .zip(hex(rest.next()))
                .map(|(high, low)| high << 4 | low)
                .ok_or_else(malformed)?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}

fn hex(digit: Option<u8>) -> Option<u8> {
    char::from(digit?)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

fn malformed() -> Refusal {
    Refusal::bad_request("The query string is not percent-encoded UTF-8; encode its values again.")
}
