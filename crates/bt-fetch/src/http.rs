//! From a URL to a file, over connections that break.

use crate::credentials::{Netrc, basic};
use crate::error::{FetchError, FetchErrorKind};
use crate::redirect::{Url, shown};
use crate::source::Location;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant};
use ureq::http::{HeaderMap, Request, Response};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

/// How patient downloads are, and how large they may be.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a server may be silent.
    pub stall_timeout: Duration,
    /// How long all of a download may take.
    pub total_timeout: Duration,
    /// How often a download is tried at most; what is hopeless is tried once.
    pub tries: u32,
    /// Whether a server is tried again that never sent anything.
    pub waits_for_first: bool,
    /// How long to wait before the second try; twice as long before each further one.
    pub retry_delay: Duration,
    /// The longest time to wait before a try, also when the server asks for more.
    pub max_retry_delay: Duration,
    /// How many redirects are followed.
    pub max_redirects: u32,
    /// How many bytes may come.
    pub max_size: u64,
    /// Certificates to trust instead of Mozilla's, in PEM form.
    pub certificates: Option<Vec<u8>>,
    /// Whether proxies come from the environment (`https_proxy`, `no_proxy`, …).
    pub proxy_from_environment: bool,
}

impl Default for HttpOptions {
    /// Five tries from a quarter of a second on, as Nix does.
    fn default() -> Self {
        HttpOptions {
            connect_timeout: Duration::from_secs(15),
            stall_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(3600),
            tries: 5,
            waits_for_first: true,
            retry_delay: Duration::from_millis(250),
            max_retry_delay: Duration::from_secs(30),
            max_redirects: 10,
            max_size: 4 << 30,
            certificates: None,
            proxy_from_environment: true,
        }
    }
}

/// Told how downloads go.
pub trait Progress {
    /// So many bytes are there; how many there will be, if the server said so.
    fn received(&self, name: &str, bytes: u64, total: Option<u64>);
    /// A download is tried again after a time, because of something.
    fn retrying(&self, name: &str, reason: &str, delay: Duration);
    /// The download ended, in one way or another.
    fn finished(&self, name: &str);
}

/// A failed try.
struct Failure {
    error: FetchError,
    /// Whether another try may help.
    is_transient: bool,
    /// What the server said about when.
    retry_after: Option<Duration>,
}

impl Failure {
    fn last(kind: FetchErrorKind, message: impl Into<String>) -> Failure {
        Failure { error: FetchError::new(kind, message), is_transient: false, retry_after: None }
    }

    fn transient(message: impl Into<String>) -> Failure {
        let error = FetchError::new(FetchErrorKind::Network, message);
        Failure { error, is_transient: true, retry_after: None }
    }
}

/// What is there of a file, and what tells whether the server's file is still the same.
#[derive(Default)]
struct Partial {
    length: u64,
    validator: Option<String>,
}

/// Where a download goes: what came of a broken try can be cut off.
pub(crate) trait Sink: Write {
    /// Forgets all but the first bytes, and goes on after them.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Sink for File {
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.seek(SeekFrom::Start(length)).map(|_| ())
    }
}

impl Sink for Vec<u8> {
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(())
    }
}

pub(crate) struct Client<'a> {
    agent: Agent,
    options: &'a HttpOptions,
    netrc: &'a Netrc,
    progress: &'a dyn Progress,
    name: &'a str,
    deadline: Instant,
}

/// What makes connections; so many of them wait for further requests.
pub(crate) fn agent(options: &HttpOptions, idle: usize) -> Result<Agent, FetchError> {
    let builder = Agent::config_builder()
        .http_status_as_error(false)
        // Followed here, so that credentials go nowhere else.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("bt-lint/", env!("CARGO_PKG_VERSION")))
        // Bytes as they are.
        .accept_encoding("identity")
        .timeout_connect(Some(options.connect_timeout))
        .timeout_resolve(Some(options.connect_timeout))
        .timeout_recv_response(Some(options.stall_timeout))
        .timeout_per_read(Some(options.stall_timeout))
        .max_idle_connections_per_host(idle)
        .max_idle_connections(idle);
    let builder = if options.proxy_from_environment { builder } else { builder.proxy(None) };
    let Some(pem) = &options.certificates else { return Ok(builder.build().new_agent()) };
    let invalid = |why: String| {
        FetchError::new(FetchErrorKind::Network, format!("the file of trusted certificates cannot be used: {why}"))
            .help("it is named by NIX_SSL_CERT_FILE or SSL_CERT_FILE")
    };
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| invalid(error.to_string()))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(invalid("it has none".into()));
    }
    let roots = RootCerts::new_with_certs(&certificates);
    Ok(builder.tls_config(TlsConfig::builder().root_certs(roots).build()).build().new_agent())
}

/// Downloads to a file, which is empty; its contents count only after success. Where it came from in the end, after
/// redirects.
pub(crate) fn download(
    location: &Location,
    file: &mut File,
    name: &str,
    options: &HttpOptions,
    netrc: &Netrc,
    progress: &dyn Progress,
) -> Result<Url, FetchError> {
    download_with(agent(options, 0)?, location, file, name, options, netrc, progress)
}

/// Downloads like [`download`], with connections that are there already.
pub(crate) fn download_with(
    agent: Agent,
    location: &Location,
    file: &mut dyn Sink,
    name: &str,
    options: &HttpOptions,
    netrc: &Netrc,
    progress: &dyn Progress,
) -> Result<Url, FetchError> {
    let deadline = Instant::now() + options.total_timeout;
    let client = Client { agent, options, netrc, progress, name, deadline };
    let result = client.tries(location, file);
    progress.finished(name);
    result
}

impl Client<'_> {
    fn tries(&self, location: &Location, file: &mut dyn Sink) -> Result<Url, FetchError> {
        let start = Url::parse(&location.url).ok_or_else(|| {
            let message = format!("'{}' is not a URL that can be downloaded", shown(&location.url));
            FetchError::new(FetchErrorKind::Unsupported, message).help("http, https and file are supported")
        })?;
        let mut partial = Partial::default();
        let mut delay = self.options.retry_delay;
        let mut tries = 1;
        loop {
            let before = partial.length;
            let failure = match self.attempt(&start, location, file, &mut partial) {
                Ok(url) => return Ok(url),
                Err(failure) => failure,
            };
            let message = format!("cannot download '{}': {}", start.text(), failure.error.message);
            // A transfer that gets on is not hopeless.
            if partial.length > before.saturating_add(1 << 20) {
                tries = 1;
            }
            let wait = failure.retry_after.unwrap_or(delay).max(delay).min(self.options.max_retry_delay);
            let is_over = Instant::now() + wait > self.deadline
                || (partial.length == 0 && before == 0 && !self.options.waits_for_first);
            if !failure.is_transient || tries >= self.options.tries || is_over {
                let tried = if tries > 1 { format!(" (tried {tries} times)") } else { String::new() };
                return Err(FetchError { message: message + &tried, ..failure.error });
            }
            self.progress.retrying(self.name, &message, wait);
            std::thread::sleep(wait);
            delay = (delay * 2).min(self.options.max_retry_delay);
            tries += 1;
        }
    }

    fn attempt(
        &self,
        start: &Url,
        location: &Location,
        file: &mut dyn Sink,
        partial: &mut Partial,
    ) -> Result<Url, Failure> {
        let mut url = start.clone();
        let max_redirects = if location.body.is_some() { 0 } else { self.options.max_redirects };
        for _ in 0..=max_redirects {
            let mut request = Request::builder().uri(url.text());
            for (name, value) in location.plain_headers {
                request = request.header(*name, *value);
            }
            if let Some((name, value)) = location.header.as_ref().filter(|_| url.is_same_server(start)) {
                request = request.header(name, value);
            } else if let Some(pair) = start.login().filter(|_| url.is_same_server(start)) {
                request = request.header("Authorization", basic(&pair));
            } else if let Some(value) = self.netrc.authorization(url.host()) {
                request = request.header("Authorization", value);
            }
            if let Some(validator) = partial.validator.as_ref().filter(|_| partial.length > 0) {
                request = request.header("Range", format!("bytes={}-", partial.length)).header("If-Range", validator);
            }
            let response = match &location.body {
                Some(body) => request.method("POST").body(body.as_slice()).map(|request| self.agent.run(request)),
                None => request.body(()).map(|request| self.agent.run(request)),
            };
            let response = response.map_err(|error| {
                let message = format!("'{}' cannot be asked: {error}", url.authority());
                Failure::last(FetchErrorKind::Unsupported, message)
            })?;
            let response = response.map_err(|error| of_ureq(&error, &url))?;
            let status = response.status().as_u16();
            match status {
                301 | 302 | 303 | 307 | 308 => {
                    let target = header(response.headers(), "location");
                    let target = target.and_then(|target| url.join(target)).ok_or_else(|| {
                        let message = format!("'{}' redirects to what is no URL", url.authority());
                        Failure::last(FetchErrorKind::Unsupported, message)
                    })?;
                    url = target;
                }
                _ => return self.receive(response, &url, file, partial, location.body.is_some()).map(|()| url),
            }
        }
        let message = format!("it redirects more than {max_redirects} times");
        Err(Failure::last(FetchErrorKind::Limit, message))
    }

    fn receive(
        &self,
        response: Response<Body>,
        url: &Url,
        file: &mut dyn Sink,
        partial: &mut Partial,
        is_answer: bool,
    ) -> Result<(), Failure> {
        let status = response.status().as_u16();
        let headers = response.headers();
        match status {
            200 => {
                let validator = validator(headers).filter(|_| !is_answer);
                *partial = Partial { length: 0, validator };
            }
            206 if range_start(headers) == Some(partial.length) => {}
            // The range is not what was asked for: all over again.
            206 | 416 => {
                *partial = Partial::default();
                return Err(Failure::transient(format!("'{}' sent another part of the file", url.authority())));
            }
            _ => return Err(of_status(status, headers, url)),
        }
        if header(headers, "content-encoding").is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
            let message = format!("'{}' compressed what it sent, though it was told not to", url.authority());
            return Err(Failure::last(FetchErrorKind::Unsupported, message));
        }
        let total = response.body().content_length().and_then(|length| length.checked_add(partial.length));
        if total.is_some_and(|total| total > self.options.max_size) {
            return Err(self.too_large());
        }
        let disk = |error: io::Error| Failure::last(FetchErrorKind::Cache, format!("cannot write it to disk: {error}"));
        file.cut(partial.length).map_err(disk)?;
        let mut reader = response.into_body().into_with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 128 << 10];
        loop {
            if Instant::now() > self.deadline {
                return Err(Failure::last(
                    FetchErrorKind::Network,
                    format!("it takes more than {} seconds", self.options.total_timeout.as_secs()),
                ));
            }
            let count = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(of_io(&error, url)),
            };
            if partial.length + count as u64 > self.options.max_size {
                return Err(self.too_large());
            }
            file.write_all(&buffer[..count]).map_err(disk)?;
            partial.length += count as u64;
            self.progress.received(self.name, partial.length, total);
        }
        if total.is_some_and(|total| total != partial.length) {
            return Err(Failure::transient(format!("the connection to '{}' was closed too early", url.authority())));
        }
        file.flush().map_err(disk)
    }

    fn too_large(&self) -> Failure {
        let message = format!("it has more than {} bytes", self.options.max_size);
        Failure::last(FetchErrorKind::Limit, message)
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// What `If-Range` takes: a strong entity tag, or else a date (RFC 9110, 13.1.5).
fn validator(headers: &HeaderMap) -> Option<String> {
    let tag = header(headers, "etag").filter(|tag| tag.starts_with('"'));
    tag.or_else(|| header(headers, "last-modified")).map(str::to_string)
}

/// The first byte of `Content-Range: bytes first-last/all`.
fn range_start(headers: &HeaderMap) -> Option<u64> {
    header(headers, "content-range")?.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

/// Which statuses pass, as Nix sees it: those of the server, except that it cannot do something; timeouts and too many
/// requests.
fn of_status(status: u16, headers: &HeaderMap, url: &Url) -> Failure {
    let reason = ureq::http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    let message = format!("'{}' answered with HTTP status {status}{reason}", url.authority());
    let mut error = FetchError::new(FetchErrorKind::Status(status), message);
    if matches!(status, 401 | 403 | 404 | 407) {
        error = error.help(
            "is the repository private, or gone? Tokens come from 'access-tokens' in nix.conf or NIX_CONFIG, and from netrc",
        );
    }
    let is_transient = matches!(status, 408 | 429 | 500..=599) && !matches!(status, 501 | 505 | 511);
    let seconds = header(headers, "retry-after").and_then(|text| text.trim().parse().ok());
    Failure { error, is_transient, retry_after: seconds.map(Duration::from_secs) }
}

fn of_ureq(error: &ureq::Error, url: &Url) -> Failure {
    let place = url.authority();
    match error {
        ureq::Error::Io(error) => of_io(error, url),
        ureq::Error::Timeout(_) => Failure::transient(format!("'{place}' does not answer in time")),
        ureq::Error::HostNotFound => Failure {
            is_transient: false,
            ..Failure::transient(format!("there is no host '{}', or no network", url.host()))
        },
        ureq::Error::ConnectionFailed => Failure::transient(format!("no connection to '{place}'")),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            Failure::last(FetchErrorKind::Network, format!("no trusted connection to '{place}': {error}"))
        }
        ureq::Error::InvalidProxyUrl | ureq::Error::ConnectProxyFailed(_) => {
            Failure::last(FetchErrorKind::Network, "the proxy that the environment names cannot be used")
        }
        _ => Failure::transient(format!("'{place}' does not speak HTTP as it should: {error}")),
    }
}

fn of_io(error: &io::Error, url: &Url) -> Failure {
    // Also in an error of reading there may be one of ureq.
    if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
        return match inner {
            ureq::Error::Io(_) => Failure::transient(format!("the connection to '{}' broke: {inner}", url.authority())),
            inner => of_ureq(inner, url),
        };
    }
    let place = url.authority();
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::transient(format!("'{place}' refuses connections")),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            Failure::transient(format!("'{place}' does not answer in time"))
        }
        io::ErrorKind::InvalidData => {
            Failure::last(FetchErrorKind::Network, format!("no trusted connection to '{place}': {error}"))
        }
        _ => Failure::transient(format!("the connection to '{place}' broke: {error}")),
    }
}
