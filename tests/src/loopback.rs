//! An HTTP server on this machine that does what a test says, also what no server should do.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What the server was asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST`.
    pub method: String,
    /// The path and the query.
    pub path: String,
    /// Headers in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// What was sent after them.
    pub body: Vec<u8>,
}

impl Request {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// One thing that the server does with a connection.
#[derive(Debug, Clone)]
pub enum Step {
    /// Sends bytes.
    Send(Vec<u8>),
    /// Does nothing for a time.
    Wait(Duration),
    /// Sends bytes as long as the client takes them, 64 MiB at most.
    Endless,
    /// Ends the connection without a goodbye: what was sent may be lost.
    Reset,
}

/// An answer of a status and a body of a length that is told; `headers` end in `\r\n` each.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<Step> {
    told(status, headers, body, body.len())
}

/// The same with a length that may be wrong.
pub fn told(status: &str, headers: &str, body: &[u8], length: usize) -> Vec<Step> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n");
    vec![Step::Send(head.into_bytes()), Step::Send(body.to_vec())]
}

/// A body, served as it should be.
pub fn ok(body: &[u8]) -> Vec<Step> {
    answer("200 OK", "", body)
}

/// A server; it ends with its value.
pub struct Server {
    /// Where it is: `127.0.0.1:PORT`.
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server that answers a request, of which it had a number before, with steps.
    pub fn start(reply: impl Fn(&Request, usize) -> Vec<Step> + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
        let address = listener.local_addr().expect("it is bound").to_string();
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let is_over: Arc<AtomicBool> = Arc::default();
        let (log, over, reply) = (Arc::clone(&requests), Arc::clone(&is_over), Arc::new(reply));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let (log, reply) = (Arc::clone(&log), Arc::clone(&reply));
                std::thread::spawn(move || serve(stream, &log, &*reply));
            }
        });
        Server { address, requests, is_over, thread: Some(thread) }
    }

    /// A URL on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no thread panicked").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // So that it looks.
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Request>>, reply: &dyn Fn(&Request, usize) -> Vec<Step>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let (request, number) = loop {
        let Some(request) = read_request(&mut stream) else { return };
        let number = {
            let mut log = log.lock().expect("no thread panicked");
            log.push(request.clone());
            log.len() - 1
        };
        if request.method != "CONNECT" {
            break (request, number);
        }
        // A proxy that is also the server behind it.
        if stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").is_err() {
            return;
        }
    };
    for step in reply(&request, number) {
        let sent = match step {
            Step::Send(bytes) => stream.write_all(&bytes),
            Step::Wait(time) => {
                std::thread::sleep(time);
                Ok(())
            }
            Step::Endless => (0..1024).try_for_each(|_| stream.write_all(&[b'x'; 64 << 10])),
            // The last byte of the request was not read, and closing a socket with such bytes resets the connection.
            Step::Reset => return,
        };
        if sent.is_err() {
            return;
        }
    }
    // Until the client is gone, so that nothing that was sent is lost.
    let _ = stream.shutdown(Shutdown::Write);
    while stream.read(&mut [0; 64]).is_ok_and(|count| count > 0) {}
}

/// Reads a request; one without a body but for its last byte.
fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r") {
        if bytes.len() > 64 << 10 || stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        bytes.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.trim_start().lines();
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?.to_string(), words.next()?.to_string());
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_string()));
    let mut request = Request { method, path, headers: headers.collect(), body: Vec::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    if length > 0 {
        stream.read_exact(&mut byte).ok()?;
        request.body.resize(length, 0);
        stream.read_exact(&mut request.body).ok()?;
    }
    Some(request)
}
