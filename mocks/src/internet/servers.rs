//! The TCP servers: echo (7), discard (9), the known stream (19), and HTTP (80).

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::Duration;

use super::{page, stream};

/// How many connections to one port may be open at once.
const DOORS: usize = 4;
/// Received and sent bytes that a connection holds.
const BUFFER: usize = 64 * 1024;
/// A client that is gone is noticed by that it does not acknowledge.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const GIVE_UP: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Echo,
    Discard,
    Stream,
    Web,
}

const SERVICES: [(Service, u16); 4] =
    [(Service::Echo, 7), (Service::Discard, 9), (Service::Stream, 19), (Service::Web, 80)];

/// All connections.
#[derive(Debug)]
pub(super) struct Servers(Vec<Door>);

#[derive(Debug)]
struct Door {
    handle: SocketHandle,
    service: Service,
    port: u16,
    talk: Talk,
}

/// What was said over one connection.
#[derive(Debug, Default)]
struct Talk {
    /// The request so far.
    heard: Vec<u8>,
    /// The head of the answer, as far as it was not sent; `None` before the request was judged.
    head: Option<Vec<u8>>,
    /// The place in the stream that is sent next, and where it ends.
    place: u64,
    end: u64,
}

impl Servers {
    pub(super) fn new(sockets: &mut SocketSet<'static>) -> Self {
        let mut door =
            |(service, port)| Door { handle: sockets.add(socket(port)), service, port, talk: Talk::default() };
        Self(SERVICES.into_iter().flat_map(|service| [service; DOORS]).map(&mut door).collect())
    }

    /// Reads, answers and closes. Whether anything was done, so that there may be more to send.
    pub(super) fn serve(&mut self, sockets: &mut SocketSet<'static>) -> bool {
        let mut busy = false;
        for door in &mut self.0 {
            busy |= door.serve(sockets.get_mut(door.handle));
        }
        busy
    }
}

/// Somebody listens from the beginning.
fn socket(port: u16) -> Socket<'static> {
    let buffer = || SocketBuffer::new(vec![0; BUFFER]);
    let mut socket = Socket::new(buffer(), buffer());
    socket.set_ack_delay(None);
    socket.set_keep_alive(Some(KEEP_ALIVE));
    socket.set_timeout(Some(GIVE_UP));
    // Fails for port 0 and for a socket that is open already.
    let _ = socket.listen(port);
    socket
}

impl Door {
    fn serve(&mut self, own: &mut Socket<'static>) -> bool {
        // A connection that is over would keep its door for long.
        if matches!(own.state(), State::Closed | State::TimeWait) {
            *own = socket(self.port);
            self.talk = Talk::default();
            return true;
        }
        let talk = &mut self.talk;
        let busy = match self.service {
            Service::Echo => echo(own),
            Service::Discard => discard(own),
            Service::Stream => discard(own) | talk.stream_on(own),
            Service::Web => talk.web(own),
        };
        let hung_up = own.state() == State::CloseWait;
        // An echo that was not sent yet is sent before the end.
        if hung_up && self.service != Service::Web && own.recv_queue() == 0 {
            own.close();
            return true;
        }
        busy
    }
}

fn discard(own: &mut Socket<'_>) -> bool {
    // Only fails where nothing can be received.
    own.can_recv() && own.recv(|bytes| (bytes.len(), !bytes.is_empty())).unwrap_or(false)
}

fn echo(own: &mut Socket<'_>) -> bool {
    let mut piece = [0; 2048];
    let mut busy = false;
    while own.can_recv() && own.can_send() {
        let room = (own.send_capacity() - own.send_queue()).min(piece.len());
        // Neither fails: there is something to receive, and room to send it.
        let length = own.recv_slice(&mut piece[..room]).unwrap_or(0);
        let sent = own.send_slice(&piece[..length]).unwrap_or(0);
        busy |= sent > 0;
        if length == 0 {
            break;
        }
    }
    busy
}

impl Talk {
    fn stream_on(&mut self, own: &mut Socket<'_>) -> bool {
        self.end = u64::MAX;
        self.stream(own)
    }

    fn stream(&mut self, own: &mut Socket<'_>) -> bool {
        if !own.can_send() || self.place == self.end {
            return false;
        }
        let (place, left) = (self.place, self.end - self.place);
        let write = |buffer: &mut [u8]| {
            let length = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            stream::fill(place, &mut buffer[..length]);
            (length, length)
        };
        // Only fails where nothing can be sent any more.
        let sent = own.send(write).unwrap_or(0);
        self.place += sent as u64;
        sent > 0
    }

    fn web(&mut self, own: &mut Socket<'_>) -> bool {
        let mut busy = false;
        while own.can_recv() {
            let heard = &mut self.heard;
            // Only fails where nothing can be received.
            let _ = own.recv(|bytes| {
                // What comes behind a request is of no interest.
                heard.extend(bytes.iter().take(page::LONGEST.saturating_sub(heard.len())));
                (bytes.len(), ())
            });
            busy = true;
        }
        if self.head.is_none() {
            let Some(answer) = page::answer(&self.heard) else {
                if own.state() == State::CloseWait {
                    own.close();
                    return true;
                }
                return busy;
            };
            (self.head, self.end) = (Some(answer.head), answer.length);
        }
        let Some(head) = self.head.as_mut() else { return busy };
        if !head.is_empty() {
            // Only fails where the client is not to be reached any more; the door is renewed then.
            let sent = own.send_slice(head).unwrap_or(0);
            head.drain(..sent);
            busy |= sent > 0;
        }
        if head.is_empty() {
            busy |= self.stream(own);
            if self.place == self.end && own.may_send() {
                own.close();
                busy = true;
            }
        }
        busy
    }
}
