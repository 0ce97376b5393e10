//! The action items of many people at once.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::ids::UserId;

use super::queries::{ActionItemFilter, ActionItems, Reference};
use crate::{
    auth::Reads,
    platform::{
        error::Error,
        page::{Page, PageArgs},
    },
};

/// Asks for one page of what somebody owes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ItemsOf {
    /// Who.
    pub owner: UserId,
    /// Which of them.
    pub filter: Option<ActionItemFilter>,
    /// Which page.
    pub page: PageArgs,
}

/// Asks how much somebody owes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ItemCountOf {
    /// Who.
    pub owner: UserId,
    /// Which of them.
    pub filter: Option<ActionItemFilter>,
}

impl Loader<ItemsOf> for Reads {
    type Value = Page<Reference>;
    type Error = Error;

    async fn load(&self, keys: &[ItemsOf]) -> Result<HashMap<ItemsOf, Self::Value>, Error> {
        let mut groups: HashMap<_, Vec<&ItemsOf>> = HashMap::new();
        for key in keys {
            groups.entry((&key.filter, &key.page)).or_default().push(key);
        }
        let mut loaded = HashMap::with_capacity(keys.len());
        for ((filter, page), keys) in groups {
            let owners: Vec<UserId> = keys.iter().map(|key| key.owner).collect();
            let items = ActionItems::new(&self.0, filter.as_ref(), Some(&owners))?;
            let mut pages = items.page_by_owner(&self.0.db, page).await?;
            for key in keys {
                loaded.insert(key.clone(), pages.remove(&key.owner).unwrap_or_else(Page::empty));
            }
        }
        Ok(loaded)
    }
}

impl Loader<ItemCountOf> for Reads {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[ItemCountOf]) -> Result<HashMap<ItemCountOf, i64>, Error> {
        let mut groups: HashMap<_, Vec<&ItemCountOf>> = HashMap::new();
        for key in keys {
            groups.entry(&key.filter).or_default().push(key);
        }
        let mut loaded = HashMap::with_capacity(keys.len());
        for (filter, keys) in groups {
            let owners: Vec<UserId> = keys.iter().map(|key| key.owner).collect();
            let counts = ActionItems::new(&self.0, filter.as_ref(), Some(&owners))?
                .count_by_owner(&self.0.db)
                .await?;
            for key in keys {
                loaded.insert(key.clone(), counts.get(&key.owner).copied().unwrap_or(0));
            }
        }
        Ok(loaded)
    }
}
