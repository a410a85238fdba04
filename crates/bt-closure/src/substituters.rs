//! All binary caches that the settings name, and whether to believe what they say.

use crate::binary_cache::{BinaryCache, BinaryCacheError};
use crate::closure::PathFacts;
use crate::keys::PublicKeys;
use crate::narinfo::NarInfo;
use bt_fetch::{BinaryCaches, FetchError, FetchErrorKind, HttpOptions, Netrc, Requests};
use bt_store::StorePath;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// So many requests are under way at once.
const THREADS: usize = 16;

/// So many notices of one cache are told one by one.
const NOTICES: usize = 5;

/// How long binary caches are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// One connection.
    pub connect: Duration,
    /// Silence of a server.
    pub silence: Duration,
    /// One answer.
    pub answer: Duration,
    /// All answers of a run.
    pub all: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Patience { connect: seconds(5), silence: seconds(10), answer: seconds(20), all: seconds(120) }
    }
}

/// An answer larger than this is none.
const MAX_NARINFO: u64 = 2 << 20;

/// Binary caches, and whose answers are believed.
pub struct Substituters {
    requests: Requests,
    caches: Vec<Asked>,
    keys: PublicKeys,
    require_signatures: bool,
    answers: BTreeMap<StorePath, Option<PathFacts>>,
    notices: Vec<String>,
    until: Instant,
}

struct Asked {
    cache: BinaryCache,
    /// What was not believed, and why.
    refused: Vec<String>,
    /// Whether it is asked no more.
    is_off: bool,
}

/// What one cache says of one path.
enum Answer {
    Believed(PathFacts),
    Missing,
    Refused(String),
    /// It cannot be asked any more.
    Off(String),
}

impl Substituters {
    /// Asks each cache what it is. Those that cannot be used, and keys that are none, become notices.
    ///
    /// # Errors
    /// The certificates in the options cannot be used.
    pub fn open(
        settings: &BinaryCaches,
        netrc: Netrc,
        http: HttpOptions,
        patience: Patience,
    ) -> Result<Substituters, FetchError> {
        let until = Instant::now() + patience.all;
        let http = HttpOptions {
            connect_timeout: http.connect_timeout.min(patience.connect),
            stall_timeout: http.stall_timeout.min(patience.silence),
            total_timeout: http.total_timeout.min(patience.answer),
            tries: http.tries.min(2),
            max_size: http.max_size.min(MAX_NARINFO),
            ..http
        };
        let requests = Requests::new(http, netrc)?;
        let (mut keys, mut notices) = (PublicKeys::default(), Vec::new());
        for key in &settings.public_keys {
            notices.extend(keys.add(key).err().map(|error| format!("trusted-public-keys: {error}")));
        }
        let opened = in_parallel(&settings.substituters, |address| Some(BinaryCache::open(address, &requests)));
        let mut caches = Vec::new();
        for (address, opened) in settings.substituters.iter().zip(opened) {
            match opened {
                Some(Ok(cache)) => caches.push(Asked { cache, refused: Vec::new(), is_off: false }),
                Some(Err(error)) => {
                    notices.push(format!("the binary cache '{}' is not asked: {error}", shown(address)))
                }
                None => {}
            }
        }
        caches.sort_by_key(|asked| asked.cache.priority);
        let (require_signatures, answers) = (settings.require_signatures, BTreeMap::new());
        Ok(Substituters { requests, caches, keys, require_signatures, answers, notices, until })
    }

    /// What the caches tell of some paths, in their order; `None` for what no cache has or nobody may believe. Answers
    /// are remembered.
    pub fn query(&mut self, paths: &[StorePath]) -> Vec<Option<PathFacts>> {
        for number in 0..self.caches.len() {
            let open: Vec<StorePath> = paths.iter().filter(|path| !self.answers.contains_key(*path)).cloned().collect();
            if open.is_empty() {
                break;
            }
            if !self.caches[number].is_off {
                self.ask(number, &open);
            }
        }
        for path in paths {
            self.answers.entry(path.clone()).or_insert(None);
        }
        paths.iter().map(|path| self.answers.get(path).cloned().flatten()).collect()
    }

    fn ask(&mut self, number: usize, paths: &[StorePath]) {
        let asked = &self.caches[number];
        let has_failed = AtomicBool::new(false);
        let answers = in_parallel(paths, |path| {
            // What one request has found out, the others need not wait for.
            if has_failed.load(Ordering::Relaxed) {
                return None;
            }
            if Instant::now() > self.until {
                return Some(Answer::Off("all answers together take too long".into()));
            }
            let answer = self.judged(asked, path);
            has_failed.fetch_or(matches!(answer, Answer::Off(_)), Ordering::Relaxed);
            Some(answer)
        });
        let url = shown(&self.caches[number].cache.url);
        for (path, answer) in paths.iter().zip(answers) {
            match answer {
                Some(Answer::Believed(facts)) => {
                    self.answers.insert(path.clone(), Some(facts));
                }
                Some(Answer::Refused(why)) => {
                    self.caches[number]
                        .refused
                        .push(format!("what the binary cache '{url}' says of '{path}' does not count: {why}"));
                }
                Some(Answer::Off(error)) if !self.caches[number].is_off => {
                    self.caches[number].is_off = true;
                    self.notices.push(format!("the binary cache '{url}' is not asked any more: {error}"));
                }
                Some(Answer::Missing | Answer::Off(_)) | None => {}
            }
        }
    }

    fn judged(&self, asked: &Asked, path: &StorePath) -> Answer {
        let info = match asked.cache.narinfo(path, &self.requests) {
            Ok(Some(info)) => info,
            Ok(None) => return Answer::Missing,
            // Whatever it says of other paths may be right.
            Err(BinaryCacheError::Fetch(error)) if error.kind != FetchErrorKind::Limit => {
                return Answer::Off(error.message);
            }
            Err(error) => return Answer::Refused(error.to_string()),
        };
        match self.reason_for_doubt(asked, &info) {
            None => Answer::Believed(PathFacts::new(&info.path, info.nar_size, &info.references)),
            Some(why) => Answer::Refused(why),
        }
    }

    /// Why an answer is not believed.
    fn reason_for_doubt(&self, asked: &Asked, info: &NarInfo) -> Option<String> {
        let is_fine = !self.require_signatures
            || asked.cache.is_trusted
            || info.is_signed(&self.keys)
            || info.is_content_addressed();
        if is_fine {
            return None;
        }
        let known: Vec<&str> = self.keys.names().collect();
        let by = |signature: &String| signature.split(':').next().unwrap_or_default().escape_debug().to_string();
        let signers: Vec<String> = info.signatures.iter().take(NOTICES).map(by).collect();
        Some(if signers.is_empty() {
            "it is not signed".to_string()
        } else if signers.iter().any(|name| known.contains(&name.as_str())) {
            format!("the signature by '{}' is not valid", signers.join("', '"))
        } else {
            format!("it is signed by '{}', which 'trusted-public-keys' does not name", signers.join("', '"))
        })
    }

    /// What there is to tell: caches that are not asked, and answers that do not count.
    pub fn notices(&self) -> Vec<String> {
        let mut notices = self.notices.clone();
        for Asked { cache, refused, .. } in &self.caches {
            notices.extend(refused.iter().take(NOTICES).cloned());
            if refused.len() > NOTICES {
                let more = refused.len() - NOTICES;
                notices.push(format!("{more} more answers of the binary cache '{}' do not count", shown(&cache.url)));
            }
        }
        notices
    }
}

/// A URL without a password.
fn shown(url: &str) -> String {
    match url
        .split_once("://")
        .and_then(|(scheme, rest)| Some((scheme, rest.split('/').next()?.rsplit_once('@')?, rest)))
    {
        Some((scheme, (login, _), rest)) => format!("{scheme}://{}", rest.get(login.len() + 1..).unwrap_or_default()),
        None => url.to_string(),
    }
}

/// Does something with each element, several at once; the results are in the order of the elements.
fn in_parallel<T: Sync, R: Send>(elements: &[T], work: impl Fn(&T) -> Option<R> + Sync) -> Vec<Option<R>> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<R>>> = elements.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..THREADS.min(elements.len()) {
            scope.spawn(|| {
                while let Some(number) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|n| *n < elements.len()) {
                    let result = work(&elements[number]);
                    if let Ok(mut place) = results[number].lock() {
                        *place = result;
                    }
                }
            });
        }
    });
    results.into_iter().map(|result| result.into_inner().ok().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use super::{in_parallel, shown};

    #[test]
    fn results_are_in_order() {
        let numbers: Vec<u32> = (0..1000).collect();
        assert_eq!(
            in_parallel(&numbers, |n| (n % 3 > 0).then_some(n * 2))[..5],
            [None, Some(2), Some(4), None, Some(8)]
        );
        assert!(in_parallel::<u32, u32>(&[], |_| None).is_empty());
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(shown("https://me:secret@host/a@b"), "https://host/a@b");
        assert_eq!(shown("file:///a@b"), "file:///a@b");
    }
}
