//! Secrets that we must be able to show to others later, such as what a webhook is signed with: sealed before they are stored.
//!
//! ChaCha20-Poly1305 under one key of the deployment: the setting `sealing_key`, or a file beside the embedded database that is
//! made when it is first needed. What a secret is for is authenticated with it, so a sealed text that is moved to another row
//! does not open there.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use super::{
    db::Databases,
    error::Error,
    secret::{Secret, random},
};

/// The form of what is stored.
const FORM: &str = "v1.";
const KEY_BYTES: usize = 32;

/// Why a sealed secret cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("a stored secret does not open; is sealing_key the one that it was sealed with?")]
struct DoesNotOpen;

/// Seals and opens with the key of the deployment.
pub struct Sealer {
    given: Option<Secret>,
    file: Option<PathBuf>,
}

/// Is this what `sealing_key` must be?
pub fn is_key(text: &str) -> bool {
    BASE64_STANDARD
        .decode(text.trim())
        .is_ok_and(|bytes| bytes.len() == KEY_BYTES)
}

impl Sealer {
    /// With the setting, if it is given, else with the file beside an embedded database.
    pub fn new(given: Option<Secret>, databases: &Databases) -> Self {
        Self {
            given,
            file: Self::key_file(databases),
        }
    }

    /// With a key that only whoever sends a request knows: what is sealed then opens for nobody else.
    pub fn of_sender(secret: &str) -> Self {
        let key = BASE64_STANDARD.encode(Sha256::digest(format!("postmortem sealed for its sender\0{secret}")));
        Self {
            given: Some(Secret::new(key)),
            file: None,
        }
    }

    /// Where the key of an embedded database is kept when the setting does not give it.
    pub fn key_file(databases: &Databases) -> Option<PathBuf> {
        let mut name = databases.file()?.into_os_string();
        name.push(".key");
        Some(PathBuf::from(name))
    }

    /// Is there a key, or a place to make one?
    pub fn has_key(&self) -> bool {
        self.given.is_some() || self.file.is_some()
    }

    /// Was this text sealed, by whatever key?
    pub fn is_sealed(text: &str) -> bool {
        text.starts_with(FORM)
    }

    fn key(&self) -> Result<LessSafeKey, Error> {
        let text = match (&self.given, &self.file) {
            (Some(given), _) => given.reveal().to_owned(),
            (None, Some(file)) => read_or_make(file).map_err(Error::internal)?,
            (None, None) => {
                return Err(Error::forbidden(
                    "Secrets cannot be kept here yet: ask an operator to give every process the same sealing_key, which \
                     `openssl rand -base64 32` makes.",
                ));
            }
        };
        let bytes = BASE64_STANDARD
            .decode(text.trim())
            .map_err(|_| Error::internal(DoesNotOpen))?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| Error::internal(DoesNotOpen))?;
        Ok(LessSafeKey::new(key))
    }

    /// Seals a secret for one purpose, such as the row and column that it stands in.
    pub fn seal(&self, purpose: &str, secret: &Secret) -> Result<String, Error> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut bytes = secret.reveal().as_bytes().to_vec();
        self.key()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose), &mut bytes)
            .map_err(|_| Error::internal("a secret could not be sealed"))?;
        let sealed: Vec<u8> = nonce.into_iter().chain(bytes).collect();
        Ok(format!("{FORM}{}", BASE64_STANDARD.encode(sealed)))
    }

    /// Opens what was sealed for the same purpose.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Secret, Error> {
        let closed = || Error::internal(DoesNotOpen);
        let text = sealed.strip_prefix(FORM).ok_or_else(closed)?;
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| closed())?;
        let (nonce, rest) = bytes.split_at_checked(NONCE_LEN).ok_or_else(closed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| closed())?;
        let mut rest = rest.to_vec();
        let opened = self
            .key()?
            .open_in_place(nonce, Aad::from(purpose), &mut rest)
            .map_err(|_| closed())?;
        let text = String::from_utf8(opened.to_vec()).map_err(|_| closed())?;
        Ok(Secret::new(text))
    }
}

/// The key in a file. Of several processes that make one at once, all go on with the first.
fn read_or_make(file: &Path) -> io::Result<String> {
    match fs::read_to_string(file) {
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    let bytes: [u8; KEY_BYTES] = random().map_err(io::Error::other)?;
    let mark: [u8; 8] = random().map_err(io::Error::other)?;
    let mut draft = file.as_os_str().to_owned();
    draft.push(format!(".{:x}", u64::from_ne_bytes(mark)));
    write_private(Path::new(&draft), &BASE64_STANDARD.encode(bytes))?;
    // Fails when another process was first; then its key counts.
    let _ = fs::hard_link(&draft, file);
    fs::remove_file(&draft)?;
    fs::read_to_string(file)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer {
            given: Some(Secret::new(BASE64_STANDARD.encode([byte; KEY_BYTES]))),
            file: None,
        }
    }

    #[test]
    fn what_was_sealed_opens_for_its_purpose_only() {
        let secret = Secret::new("whsec_abc".to_owned());
        let sealed = sealer(1).seal("row 1", &secret).unwrap();
        assert!(!sealed.contains("whsec"));
        assert_ne!(sealed, sealer(1).seal("row 1", &secret).unwrap());
        assert_eq!(sealer(1).open("row 1", &sealed).unwrap().reveal(), "whsec_abc");
        assert!(sealer(1).open("row 2", &sealed).is_err());
        assert!(sealer(2).open("row 1", &sealed).is_err());
        for broken in ["", "v1.", "v1.AAAA", "v2.AAAA", &sealed[..sealed.len() - 4]] {
            assert!(sealer(1).open("row 1", broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn what_a_sender_sealed_opens_with_the_same_secret_only() {
        let secret = Secret::new("an answer".to_owned());
        let sealed = Sealer::of_sender("a").seal("row 1", &secret).unwrap();
        assert_eq!(
            Sealer::of_sender("a").open("row 1", &sealed).unwrap().reveal(),
            "an answer"
        );
        assert!(Sealer::of_sender("b").open("row 1", &sealed).is_err());
    }

    #[test]
    fn without_a_key_the_sentence_says_what_to_do() {
        let sealer = Sealer {
            given: None,
            file: None,
        };
        let refused = sealer.seal("row 1", &Secret::new("x".to_owned())).unwrap_err();
        assert_eq!(refused.code(), "FORBIDDEN");
        assert!(refused.to_string().contains("sealing_key"));
    }

    #[test]
    fn a_key_is_32_bytes() {
        assert!(is_key(&BASE64_STANDARD.encode([7; 32])));
        assert!(!is_key(&BASE64_STANDARD.encode([7; 31])));
        assert!(!is_key("secret"));
    }
}
