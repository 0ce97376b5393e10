//! What people who mean harm send: texts that would do something where they are shown, more than there seems to be, and questions for
//! secrets.

mod bombs;
mod fields;
mod inputs;
mod kept_secrets;
mod source;
mod told;
