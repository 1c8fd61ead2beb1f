//! TCP port 80: connections to the web server.

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::Duration;

use crate::web::{Api, Heard, Response, WebDevice, parse};

const PORT: u16 = 80;
/// How many connections may be open at once.
const DOORS: usize = 8;
/// Received and sent bytes that a connection holds.
const BUFFER: usize = 8 * 1024;
/// A client that is gone is noticed by that it does not acknowledge.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const GIVE_UP: Duration = Duration::from_secs(120);

/// The connections, one request each.
#[derive(Debug)]
pub(super) struct Doors(Vec<Door>);

#[derive(Debug)]
struct Door {
    handle: SocketHandle,
    heard: Vec<u8>,
    /// What is to be said; `None` before the request was judged.
    answer: Option<Vec<u8>>,
    said: usize,
    /// Nothing will be said, and the connection stays as it is: a stick that vanishes closes nothing.
    silent: bool,
}

impl Doors {
    pub(super) fn new(sockets: &mut SocketSet<'static>) -> Self {
        Self((0..DOORS).map(|_| Door::new(sockets.add(socket()))).collect())
    }

    /// Reads, answers and closes. Whether anything was done, so that there may be more to send.
    pub(super) fn serve(&mut self, sockets: &mut SocketSet<'static>, api: &mut Api, device: &dyn WebDevice) -> bool {
        let mut busy = false;
        for door in &mut self.0 {
            busy |= door.serve(sockets.get_mut(door.handle), api, device);
        }
        busy
    }
}

/// Somebody listens from the beginning.
fn socket() -> Socket<'static> {
    let buffer = || SocketBuffer::new(vec![0; BUFFER]);
    let mut socket = Socket::new(buffer(), buffer());
    socket.set_nagle_enabled(false);
    socket.set_ack_delay(None);
    socket.set_keep_alive(Some(KEEP_ALIVE));
    socket.set_timeout(Some(GIVE_UP));
    // Fails for port 0 and for a socket that is open already.
    let _ = socket.listen(PORT);
    socket
}

impl Door {
    fn new(handle: SocketHandle) -> Self {
        Self { handle, heard: Vec::new(), answer: None, said: 0, silent: false }
    }

    fn serve(&mut self, own: &mut Socket<'static>, api: &mut Api, device: &dyn WebDevice) -> bool {
        // A connection that is over would keep its door for long; who asks often would find all of them shut.
        if matches!(own.state(), State::Closed | State::TimeWait) {
            *own = socket();
            *self = Self::new(self.handle);
            return true;
        }
        let mut busy = false;
        while own.can_recv() {
            let heard = &mut self.heard;
            // Only fails where nothing can be received.
            let _ = own.recv(|bytes| {
                heard.extend_from_slice(bytes);
                (bytes.len(), ())
            });
            busy = true;
        }
        if self.answer.is_none() && !self.silent && own.is_active() {
            let hung_up = !own.may_recv() && own.state() != State::SynReceived;
            let response = match parse(&self.heard) {
                Heard::Request(request) => api.answer(&request, device),
                Heard::Incomplete if !hung_up => return busy,
                Heard::Incomplete | Heard::Nonsense => Some(Response::bad_request()),
            };
            match response {
                Some(response) => self.answer = Some(response.bytes()),
                None => self.silent = true,
            }
            busy = true;
        }
        busy | self.speak(own)
    }

    fn speak(&mut self, own: &mut Socket<'static>) -> bool {
        let Some(rest) = self.answer.as_deref().and_then(|answer| answer.get(self.said..)) else {
            return false;
        };
        if rest.is_empty() {
            let closes = own.may_send();
            own.close();
            return closes;
        }
        // Only fails where the client is not to be reached any more; the door is renewed then.
        let more = own.send_slice(rest).unwrap_or(0);
        self.said += more;
        more > 0
    }
}
