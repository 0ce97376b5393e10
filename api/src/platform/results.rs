//! Results of costly questions, kept in this process for as long as they hold.
//!
//! A result is kept under the whole question, so nothing that an answer depends on can be forgotten, together with the
//! [`Version`] of the data that it was read at. Whoever asks waits for a [`Turn`], says whether the result still holds, and brings it up to
//! date otherwise: of several who ask the same at once, one does so while the others wait. What was not asked for the longest goes first.

use std::{
    any::{Any, TypeId},
    marker::PhantomData,
    sync::{Arc, Mutex as Guarded, MutexGuard, PoisonError},
};

use lru::LruCache;
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

use super::error::Error;

/// Which state of the data: everything up to the event of this number. Its id tells one database from another that has taken its
/// place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The number of the last event; 0 without any.
    pub number: i64,
    /// Its id.
    pub event: Uuid,
}

/// How much memory something takes, in bytes, roughly.
pub trait Weigh {
    /// Itself, and all that it holds.
    fn weight(&self) -> usize;
}

/// A result, and the state that it holds for. What has changed since may be in it already.
pub struct Dated<V: ?Sized> {
    /// It has at least everything up to here.
    pub version: Version,
    /// The result.
    pub value: Arc<V>,
}

impl<V: ?Sized> Clone for Dated<V> {
    fn clone(&self) -> Self {
        Self {
            version: self.version,
            value: self.value.clone(),
        }
    }
}

/// What kind of result, of which question.
type Key = (TypeId, String);
type Kept = Option<Dated<dyn Any + Send + Sync>>;
type Slot = Arc<Mutex<Kept>>;

/// The weight of a place beside its question and its result.
const PLACE: usize = 256;

struct Place {
    slot: Slot,
    weight: usize,
}

/// The turn of one who asks. Nobody else answers the same question meanwhile.
pub struct Turn<'a, V> {
    results: &'a Results,
    key: Key,
    kept: OwnedMutexGuard<Kept>,
    of: PhantomData<fn() -> V>,
}

impl<V: Weigh + Send + Sync + 'static> Turn<'_, V> {
    /// The result, as `renew` makes it of the one that is kept, if there is one.
    pub async fn renew<F, Made>(mut self, renew: F) -> Result<Arc<V>, Error>
    where
        F: FnOnce(Option<Dated<V>>) -> Made,
        Made: Future<Output = Result<Dated<V>, Error>>,
    {
        let known = self.kept.clone().and_then(|known| {
            let value = known.value.downcast::<V>().ok()?;
            let version = known.version;
            Some(Dated { version, value })
        });
        let before = known.as_ref().map(|known| known.value.clone());
        let made = renew(known).await?;
        let is_new = before.is_none_or(|before| !Arc::ptr_eq(&before, &made.value));
        // Those who wait for it get it from the slot, also when it is too heavy to stay.
        *self.kept = Some(Dated {
            version: made.version,
            value: made.value.clone(),
        });
        if is_new {
            let slot = OwnedMutexGuard::mutex(&self.kept);
            self.results.weigh(self.key, slot, made.value.weight());
        }
        Ok(made.value)
    }
}

/// What is kept.
pub struct Results {
    most: usize,
    places: Guarded<Places>,
}

struct Places {
    by_key: LruCache<Key, Place>,
    weight: usize,
}

impl Places {
    fn take_out(&mut self, key: &Key) {
        if let Some(place) = self.by_key.pop(key) {
            self.weight -= place.weight;
        }
    }
}

impl Results {
    /// As much as fits into `most` bytes; 0: nothing.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            places: Guarded::new(Places {
                by_key: LruCache::unbounded(),
                weight: 0,
            }),
        }
    }

    /// Is anything kept?
    pub fn is_on(&self) -> bool {
        self.most > 0
    }

    /// Is there a result of this question, whether it still holds or not?
    pub fn has<V: Any>(&self, question: &str) -> bool {
        let key = (TypeId::of::<V>(), question.to_owned());
        self.places().by_key.get(&key).is_some()
    }

    /// How much is kept, in bytes.
    pub fn weight(&self) -> usize {
        self.places().weight
    }

    /// Keeps nothing of what there is: for whoever has changed data past the event log.
    pub fn forget(&self) {
        let mut places = self.places();
        places.by_key.clear();
        places.weight = 0;
    }

    /// Waits for the turn to answer a question. Whoever has it may wait for a connection to the database, so keep none while you wait.
    pub async fn turn<V: Any>(&self, question: String) -> Turn<'_, V> {
        let key = (TypeId::of::<V>(), question);
        Turn {
            kept: self.slot(&key).lock_owned().await,
            key,
            results: self,
            of: PhantomData,
        }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, key: &Key) -> Slot {
        let mut places = self.places();
        if let Some(place) = places.by_key.get(key) {
            return place.slot.clone();
        }
        let slot = Slot::default();
        let weight = PLACE + key.1.len();
        places.weight += weight;
        let place = Place {
            slot: slot.clone(),
            weight,
        };
        places.by_key.put(key.clone(), place);
        self.make_room(&mut places);
        slot
    }

    /// Notes how heavy a result is that was put into a slot.
    fn weigh(&self, key: Key, slot: &Slot, weight: usize) {
        let weight = weight + PLACE + key.1.len();
        let mut places = self.places();
        match places.by_key.peek_mut(&key) {
            Some(place) if Arc::ptr_eq(&place.slot, slot) => {
                let before = std::mem::replace(&mut place.weight, weight);
                places.weight = places.weight - before + weight;
            }
            // It had to make room meanwhile.
            _ => return,
        }
        if weight > self.most {
            places.take_out(&key);
        }
        self.make_room(&mut places);
    }

    fn make_room(&self, places: &mut Places) {
        while places.weight > self.most {
            let Some((_, place)) = places.by_key.pop_lru() else {
                return;
            };
            places.weight -= place.weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Arc, Dated, Results, Uuid, Version, Weigh};

    struct Heavy(usize);

    impl Weigh for Heavy {
        fn weight(&self) -> usize {
            self.0
        }
    }

    fn version(number: i64) -> Version {
        Version {
            number,
            event: Uuid::nil(),
        }
    }

    /// Asks at a version, and says whether the result was made anew.
    async fn ask(results: &Results, question: &str, now: i64, weight: usize) -> bool {
        let made = AtomicUsize::new(0);
        let renew = |known: Option<Dated<Heavy>>| {
            let made = &made;
            async move {
                if let Some(known) = known.filter(|known| known.version == version(now)) {
                    return Ok(known);
                }
                made.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                let value = Arc::new(Heavy(weight));
                let version = version(now);
                Ok(Dated { version, value })
            }
        };
        results.turn(question.to_owned()).await.renew(renew).await.unwrap();
        made.into_inner() > 0
    }

    #[tokio::test]
    async fn a_result_is_kept_as_long_as_it_holds() {
        let results = Results::new(10_000);
        assert!(ask(&results, "one", 1, 10).await);
        assert!(!ask(&results, "one", 1, 10).await);
        assert!(ask(&results, "one", 2, 10).await);
        assert!(ask(&results, "other", 2, 10).await);
        results.forget();
        assert_eq!(results.weight(), 0);
        assert!(ask(&results, "one", 2, 10).await);
    }

    #[tokio::test]
    async fn several_who_ask_at_once_have_it_made_once() {
        let results = Results::new(10_000);
        // Too heavy to stay, it serves those who wait for it all the same.
        for weight in [10, 20_000] {
            let question = weight.to_string();
            let (one, other) = tokio::join!(ask(&results, &question, 1, weight), ask(&results, &question, 1, weight));
            assert_ne!(one, other);
        }
    }

    #[tokio::test]
    async fn what_was_not_asked_for_the_longest_makes_room() {
        let results = Results::new(3_000);
        assert!(ask(&results, "one", 1, 1_000).await);
        assert!(ask(&results, "two", 1, 1_000).await);
        assert!(!ask(&results, "one", 1, 1_000).await);
        assert!(ask(&results, "three", 1, 1_000).await);
        assert!(results.weight() <= 3_000);
        assert!(!ask(&results, "one", 1, 1_000).await);
        assert!(ask(&results, "two", 1, 1_000).await);
        assert!(ask(&results, "heavy", 1, 9_000).await);
        assert!(ask(&results, "heavy", 1, 9_000).await);
        assert!(results.weight() <= 3_000);
    }
}
