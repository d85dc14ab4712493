//! Changes of a stack's connections: new versions of the parameters first, then the index on condition of its version.

use super::{Content, StackStore};
use crate::connection::secret::Replaced;
use crate::connection::{ConnectionStore, Index, Kept, Readable, StoreError, document};
use crate::model::ConnectionName;

/// Maximum number of attempts at a change when other operators are faster.
const ROUNDS: usize = 8;

/// Maximum size of a parameter, in bytes.
const LARGEST: usize = 8192;

impl StackStore {
    /// Changes the connections; see the module. `change` gets all connections, or only the one named by `only`, which
    /// takes five calls for any number of connections. `change` does not get damaged connections; they stay unless it
    /// sets a connection of the same name. An error of `change` leaves everything unchanged.
    ///
    /// # Errors
    /// The errors of [`read`](Self::read), of a write and of `change`, or the connections have the earlier form.
    pub async fn update<T, E: From<StoreError>>(
        &self,
        only: Option<&ConnectionName>,
        mut change: impl FnMut(&mut Kept) -> Result<T, E>,
    ) -> Result<T, E> {
        for _ in 0..ROUNDS {
            let (version, content) = self.content().await?;
            let Content::Index(index) = content else {
                let name = self.secret.name().to_owned();
                return Err(StoreError::Earlier { name }.into());
            };
            let mut before = match only {
                Some(name) => self.load_one(name, &index).await?,
                None => self.load_undamaged(&index).await?,
            };
            let mut after = before.clone();
            let mut outcome = change(&mut after)?;
            if self.load_unlisted(&index, &mut before, &after).await? {
                after = before.clone();
                outcome = change(&mut after)?;
            }
            let replaced = self.replace(version.as_deref(), index, &before, &after);
            if replaced.await? == Replaced::Done {
                self.tidy(&before, &after).await;
                return Ok(outcome);
            }
        }
        Err(self.contended().into())
    }

    /// Moves each connection of an earlier bridge's stack to a parameter, after `change`. Returns the number of
    /// connections, or `None` if they were moved before. Functions of the earlier version can't read them afterwards.
    ///
    /// # Errors
    /// The errors of [`read`](Self::read), of a write and of `change`. Nothing has changed then, and the move can be
    /// repeated.
    pub async fn migrate<E: From<StoreError>>(
        &self,
        mut change: impl FnMut(&mut Kept) -> Result<(), E>,
    ) -> Result<Option<usize>, E> {
        for _ in 0..ROUNDS {
            let (version, content) = self.content().await?;
            let Content::Earlier(kept) = content else {
                return Ok(None);
            };
            let mut kept = Kept::clone(&kept);
            change(&mut kept)?;
            let (none, index) = (Kept::default(), Index::default());
            let replaced = self.replace(version.as_deref(), index, &none, &kept);
            if replaced.await? == Replaced::Done {
                return Ok(Some(kept.len()));
            }
        }
        Err(self.contended().into())
    }

    /// Fails if a connection can't be read for a temporary reason, because `change` must not treat it as a new one.
    async fn load_undamaged(&self, index: &Index) -> Result<Kept, StoreError> {
        let Readable { kept, faults } = self.load_all(index).await?;
        match faults.into_iter().find(|it| !it.is_damage()) {
            Some(fault) => Err(fault),
            None => Ok(kept),
        }
    }

    /// Adds connections that are in the index but not in the list of parameters, which may lack a parameter that was
    /// written a moment ago. Otherwise `change` would write them as new ones, and their webhook secrets would be lost.
    /// Returns whether there was any.
    async fn load_unlisted(
        &self,
        index: &Index,
        before: &mut Kept,
        after: &Kept,
    ) -> Result<bool, StoreError> {
        let mut found = false;
        let unlisted = after.keys().filter(|name| !before.contains_key(*name));
        let unlisted: Vec<_> = unlisted.collect();
        for name in unlisted {
            let Some(version) = index.version(name) else {
                continue;
            };
            match self.load(name, version).await {
                Ok(own) => found |= before.insert(name.clone(), own).is_none(),
                Err(fault) if fault.is_damage() => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(found)
    }

    async fn load_one(&self, name: &ConnectionName, index: &Index) -> Result<Kept, StoreError> {
        let Some(version) = index.version(name) else {
            return Ok(Kept::default());
        };
        let own = self.load(name, version).await?;
        Ok(Kept::from([(name.clone(), own)]))
    }

    /// Writes the parameters that differ, and then the index.
    async fn replace(
        &self,
        version: Option<&str>,
        before_index: Index,
        before: &Kept,
        after: &Kept,
    ) -> Result<Replaced, StoreError> {
        let mut index = before_index.clone();
        let gone = before.keys().filter(|name| !after.contains_key(name));
        gone.for_each(|name| index.remove(name));
        let changed = changed(before, after)?;
        let new = changed
            .iter()
            .filter(|(name, _)| index.version(name).is_none());
        let connections = index.len() + new.count();
        if connections > Index::MOST {
            return Err(StoreError::Full {
                name: self.secret.name().to_owned(),
                most: Index::MOST,
                connections,
            });
        }
        for (name, text) in changed {
            let mut written = self.parameters.write(name, &text).await?;
            if index.version(name) == Some(written) {
                // Versions restart after a parameter was deleted. Processes that have this version in memory must read
                // again.
                written = self.parameters.write(name, &text).await?;
            }
            index.set(name, written);
        }
        if index == before_index && version.is_some() {
            return Ok(Replaced::Done);
        }
        Ok(self.secret.replace(version, index.encode()).await?)
    }

    /// Deletes the parameters of connections that are no longer in the index. A parameter that stays has no effect.
    async fn tidy(&self, before: &Kept, after: &Kept) {
        for name in before.keys().filter(|name| !after.contains_key(name)) {
            if let Err(error) = self.parameters.delete(name).await {
                tracing::warn!(connection = %name, %error, "a connection was removed, and its parameter could not be deleted");
            }
        }
    }

    fn contended(&self) -> StoreError {
        let name = self.secret.name().to_owned();
        StoreError::Contended { name }
    }
}

/// The new texts of the parameters that differ.
fn changed<'a>(
    before: &Kept,
    after: &'a Kept,
) -> Result<Vec<(&'a ConnectionName, String)>, StoreError> {
    let is_same = |name: &ConnectionName, text: &String| {
        let own = before.get(name);
        own.map(|own| document::write_one(name, own)).as_ref() == Some(text)
    };
    let texts = after.iter();
    let texts = texts.map(|(name, own)| (name, document::write_one(name, own)));
    let changed: Vec<_> = texts.filter(|(name, text)| !is_same(name, text)).collect();
    match changed.iter().find(|(_, text)| text.len() > LARGEST) {
        Some((name, text)) => Err(StoreError::TooLarge {
            name: (*name).clone(),
            bytes: text.len(),
            most: LARGEST,
        }),
        None => Ok(changed),
    }
}
