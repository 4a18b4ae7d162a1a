//! A map that keeps the order in which its keys came: in playbooks and records that order has a meaning.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Values by key, in the order in which the keys were first inserted. Two maps are equal if they hold the same
/// entries, in whatever order.
///
/// Small maps are searched from end to end, larger ones by a sorted index; there is no hash, and so nothing that
/// crafted keys could make slow.
///
/// ```
/// use ikusei::Map;
/// let mut map: Map<String, u32> = [("b".to_owned(), 1), ("a".to_owned(), 2)].into_iter().collect();
/// assert_eq!(map.insert("b".to_owned(), 3), Some(1));
/// assert_eq!(map.get("b"), Some(&3));
/// assert_eq!(map.keys().collect::<Vec<_>>(), ["b", "a"]);
/// ```
#[derive(Clone)]
pub struct Map<K, V> {
    // INVARIANT: no two with the same key.
    entries: Vec<(K, V)>,
    // INVARIANT: empty up to `FEW` entries; beyond, all their positions in the order of the keys.
    sorted: Vec<u32>,
}

/// Up to so many entries a search from end to end is as fast as any.
const FEW: usize = 16;

impl<K: AsRef<str>, V> Map<K, V> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new(), sorted: Vec::new() }
    }

    /// An empty map with room for some entries.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { entries: Vec::with_capacity(capacity), sorted: Vec::new() }
    }

    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The place of a key in the order of the map.
    #[must_use]
    pub fn get_index_of(&self, key: &str) -> Option<usize> {
        if self.sorted.is_empty() {
            return self.entries.iter().position(|(known, _)| known.as_ref() == key);
        }
        let place = search(&self.sorted, key, &|at| self.key(at)).ok()?;
        self.sorted.get(place).map(|at| *at as usize)
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&V> {
        self.entries.get(self.get_index_of(key)?).map(|(_, value)| value)
    }

    /// The value of a key, to change it.
    #[must_use]
    pub fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let index = self.get_index_of(key)?;
        self.entries.get_mut(index).map(|(_, value)| value)
    }

    /// The place, key and value of a key.
    #[must_use]
    pub fn get_full(&self, key: &str) -> Option<(usize, &K, &V)> {
        let index = self.get_index_of(key)?;
        self.entries.get(index).map(|(key, value)| (index, key, value))
    }

    /// The key as the map holds it, and its value.
    #[must_use]
    pub fn get_key_value(&self, key: &str) -> Option<(&K, &V)> {
        self.get_index(self.get_index_of(key)?)
    }

    /// The entry at a place.
    #[must_use]
    pub fn get_index(&self, index: usize) -> Option<(&K, &V)> {
        self.entries.get(index).map(|(key, value)| (key, value))
    }

    /// The first entry.
    #[must_use]
    pub fn first(&self) -> Option<(&K, &V)> {
        self.get_index(0)
    }

    /// The last entry.
    #[must_use]
    pub fn last(&self) -> Option<(&K, &V)> {
        self.get_index(self.len().checked_sub(1)?)
    }

    /// Whether a key is there.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.get_index_of(key).is_some()
    }

    /// Sets the value of a key and returns the one before; a new key goes to the end.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some(known) = self.get_mut(key.as_ref()) {
            return Some(std::mem::replace(known, value));
        }
        let at = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        if !self.sorted.is_empty() {
            let place = search(&self.sorted, key.as_ref(), &|at| self.key(at)).unwrap_or_else(|place| place);
            self.sorted.insert(place, at);
        }
        self.entries.push((key, value));
        if self.entries.len() == FEW + 1 {
            self.index();
        }
        None
    }

    /// The place of a key, to fill it where it is empty.
    ///
    /// ```
    /// use ikusei::Map;
    /// let mut map: Map<String, u32> = Map::new();
    /// *map.entry("a".to_owned()).or_default() += 2;
    /// *map.entry("a".to_owned()).or_insert(7) += 1;
    /// assert_eq!(map["a"], 3);
    /// ```
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry { map: self, key }
    }

    /// Takes all entries out.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.sorted.clear();
    }

    /// Takes a key out and returns its value; the order of the others stays.
    pub fn remove(&mut self, key: &str) -> Option<V> {
        let index = self.get_index_of(key)?;
        let (_, value) = self.entries.remove(index);
        self.index();
        Some(value)
    }

    /// Keeps the entries for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
        self.index();
    }

    /// The entries in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter(self.entries.iter())
    }

    /// The keys in order.
    #[must_use]
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> + DoubleEndedIterator + Clone {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    #[must_use]
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> + DoubleEndedIterator + Clone {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The values, to change them.
    pub fn values_mut(&mut self) -> impl ExactSizeIterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    /// The entries in order, their values to change.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&K, &mut V)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The keys in order, taken out.
    #[must_use]
    pub fn into_keys(self) -> impl ExactSizeIterator<Item = K> {
        self.entries.into_iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys, taken out.
    #[must_use]
    pub fn into_values(self) -> impl ExactSizeIterator<Item = V> {
        self.entries.into_iter().map(|(_, value)| value)
    }

    /// From entries, and the position of the first that repeats an earlier key: then the map is not one yet.
    fn from_entries(entries: Vec<(K, V)>) -> (Self, Option<u32>) {
        let mut map = Self { entries, sorted: Vec::new() };
        map.index();
        let repeated = repeated(map.entries.len(), &map.sorted, &|at| map.key(at));
        (map, repeated)
    }

    /// Reads the entries of a map, each key once.
    pub(crate) fn read<'de, A: MapAccess<'de>>(mut access: A) -> Result<Self, A::Error>
    where
        K: Deserialize<'de>,
        V: Deserialize<'de>,
    {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        let (map, repeated) = Self::from_entries(entries);
        match repeated {
            Some(at) => Err(de::Error::custom(format_args!("duplicate key `{}`", map.key(at)))),
            None => Ok(map),
        }
    }

    fn key(&self, at: u32) -> &str {
        self.entries.get(at as usize).map_or("", |(key, _)| key.as_ref())
    }

    /// Makes the index anew.
    fn index(&mut self) {
        let mut sorted = std::mem::take(&mut self.sorted);
        sorted.clear();
        if self.entries.len() > FEW {
            sorted.extend(0..u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
            sort(&mut sorted, &|at| self.key(at));
        }
        self.sorted = sorted;
    }
}

// One copy for all maps: they differ in their entries only.

/// The position of the first key that repeats an earlier one.
fn repeated<'k>(len: usize, sorted: &[u32], keys: &dyn Fn(u32) -> &'k str) -> Option<u32> {
    if sorted.is_empty() {
        let mut all = 0..u32::try_from(len).unwrap_or(0);
        return all.find(|at| (0..*at).any(|before| keys(before) == keys(*at)));
    }
    let pairs = sorted.iter().zip(sorted.iter().skip(1));
    pairs.filter(|(a, b)| keys(**a) == keys(**b)).map(|(_, later)| *later).min()
}

fn search<'k>(sorted: &[u32], key: &str, keys: &dyn Fn(u32) -> &'k str) -> Result<usize, usize> {
    sorted.binary_search_by(|at| keys(*at).cmp(key))
}

pub(crate) fn sort<'k>(sorted: &mut [u32], keys: &dyn Fn(u32) -> &'k str) {
    let order = |a: &u32, b: &u32| -> Ordering { keys(*a).cmp(keys(*b)).then(a.cmp(b)) };
    sorted.sort_unstable_by(order);
}

/// The place of a key in a [`Map`]: see [`Map::entry`].
#[derive(Debug)]
pub struct Entry<'m, K: AsRef<str>, V> {
    map: &'m mut Map<K, V>,
    key: K,
}

impl<'m, K: AsRef<str>, V> Entry<'m, K, V> {
    /// The value there, after putting one there where there is none.
    pub fn or_insert(self, value: V) -> &'m mut V {
        self.or_insert_with(|| value)
    }

    /// The value there, after making one where there is none.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'m mut V {
        let Self { map, key } = self;
        let index = map.get_index_of(key.as_ref()).unwrap_or_else(|| {
            map.insert(key, make());
            map.len() - 1
        });
        // INVARIANT: found at its place, or inserted at the end.
        let Some((_, value)) = map.entries.get_mut(index) else { unreachable!("an entry that is there") };
        value
    }

    /// The value there, after putting the default there where there is none.
    pub fn or_default(self) -> &'m mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

/// The entries of a [`Map`] in order.
#[derive(Debug)]
pub struct Iter<'m, K, V>(std::slice::Iter<'m, (K, V)>);

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'m, K, V> Iterator for Iter<'m, K, V> {
    type Item = (&'m K, &'m V);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, value)| (key, value))
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

impl<'m, K: AsRef<str>, V> IntoIterator for &'m Map<K, V> {
    type Item = (&'m K, &'m V);
    type IntoIter = Iter<'m, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<K: AsRef<str>, V> FromIterator<(K, V)> for Map<K, V> {
    /// Of entries with the same key the place of the first and the value of the last count.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let (mut map, repeated) = Self::from_entries(entries.into_iter().collect());
        if repeated.is_some() {
            map.sorted.clear();
            let entries = std::mem::take(&mut map.entries);
            map.extend(entries);
        }
        map
    }
}

impl<K: AsRef<str>, V, const N: usize> From<[(K, V); N]> for Map<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K: AsRef<str>, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: AsRef<str>, V> std::ops::Index<&str> for Map<K, V> {
    type Output = V;

    /// The value of a key.
    ///
    /// # Panics
    /// If the key is not there, as in every map.
    #[expect(clippy::panic, reason = "for tests and for examples, as in every map")]
    fn index(&self, key: &str) -> &V {
        self.get(key).unwrap_or_else(|| panic!("no entry `{key}`"))
    }
}

impl<K: AsRef<str>, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: AsRef<str>, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key.as_ref()) == Some(value))
    }
}

impl<K: AsRef<str>, V: Eq> Eq for Map<K, V> {}

impl<K: AsRef<str> + fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: AsRef<str> + Serialize, V: Serialize> Serialize for Map<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de, K: AsRef<str> + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Map<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MapVisitor<K, V>(PhantomData<(K, V)>);

        impl<'de, K: AsRef<str> + Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for MapVisitor<K, V> {
            type Value = Map<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Map<K, V>, A::Error> {
                Map::read(access)
            }
        }

        deserializer.deserialize_map(MapVisitor(PhantomData))
    }
}

#[cfg(feature = "schema")]
impl<K: schemars::JsonSchema, V: schemars::JsonSchema> schemars::JsonSchema for Map<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        <std::collections::BTreeMap<K, V>>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        <std::collections::BTreeMap<K, V>>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever is done to it, a map holds what a plain list of entries would hold.
        #[test]
        fn a_map_is_a_list_of_entries(steps in prop::collection::vec((0..3_u8, 0..40_u8, any::<u8>()), 0..120)) {
            let mut map: Map<String, u8> = Map::new();
            let mut list: Vec<(String, u8)> = Vec::new();
            for (step, key, value) in &steps {
                let key = key.to_string();
                let known = list.iter().position(|(known, _)| *known == key);
                if *step == 0 {
                    let removed = known.map(|at| list.remove(at).1);
                    prop_assert_eq!(map.remove(&key), removed);
                } else {
                    let before = known.map(|at| std::mem::replace(&mut list[at].1, *value));
                    if before.is_none() {
                        list.push((key.clone(), *value));
                    }
                    prop_assert_eq!(map.insert(key, *value), before);
                }
            }
            prop_assert_eq!(map.iter().map(|(key, value)| (key.clone(), *value)).collect::<Vec<_>>(), list.clone());
            for (at, (key, value)) in list.iter().enumerate() {
                prop_assert_eq!(map.get_full(key), Some((at, key, value)));
            }
            prop_assert_eq!(map.get("none"), None);
            let again: Map<String, u8> = serde_json::from_str(&serde_json::to_string(&map).unwrap()).unwrap();
            prop_assert_eq!(&again, &map);
            map.retain(|_, value| *value % 2 == 0);
            list.retain(|(_, value)| *value % 2 == 0);
            prop_assert_eq!(map.into_iter().collect::<Vec<_>>(), list);
        }

        #[test]
        fn of_repeated_keys_the_last_value_counts(entries in prop::collection::vec((0..30_u8, any::<u8>()), 0..60)) {
            let entries = entries.iter().map(|(key, value)| (key.to_string(), *value));
            let mut one_by_one = Map::new();
            one_by_one.extend(entries.clone());
            let at_once: Map<String, u8> = entries.collect();
            prop_assert!(at_once.iter().eq(one_by_one.iter()));
        }
    }

    #[test]
    fn texts_with_repeated_keys_are_refused() {
        let read =
            |text: &str| serde_json::from_str::<Map<String, u8>>(text).map_err(|error| error.to_string());
        assert!(read(r#"{"a": 1, "b": 2, "a": 3}"#).unwrap_err().starts_with("duplicate key `a`"));
        let many: Vec<String> = (0..40).map(|number| format!("\"{}\": 0", number % 39)).collect();
        assert!(read(&format!("{{{}}}", many.join(","))).unwrap_err().starts_with("duplicate key `0`"));
    }
}
