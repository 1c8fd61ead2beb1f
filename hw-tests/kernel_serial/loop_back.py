# Sends random bytes to a serial port with a loop-back plug, and takes them back.
# Arguments: the port (or `pty`: one with a `cat` behind it, without any stick), how many bytes, and how many may be on their way at most (0: as many as the port takes).
# With a fourth argument it does not read for so many seconds in the middle, though it goes on to write.
# Prints the seconds that it took, and the SHA-256 of what was sent and of what came.
import hashlib
import os
import select
import subprocess
import sys
import time
import tty

path, count, window = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
pause = int(sys.argv[4]) if len(sys.argv) > 4 else 0
echo = None
if path == "pty":
    master, slave = os.openpty()
    tty.setraw(master)
    tty.setraw(slave)
    path = os.ttyname(slave)
    echo = subprocess.Popen(["cat"], stdin=master, stdout=master)
sent = memoryview(os.urandom(count))
came = bytearray(count)
port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
tty.setraw(port)
poll = select.poll()
out, back = 0, 0
began = time.monotonic()
while back < count:
    if pause and back > count // 2:
        until = time.monotonic() + pause
        while (left := until - time.monotonic()) > 0:
            if select.select([], [port], [], left)[1]:
                out += os.write(port, sent[out : out + 65536])
        pause = 0
    most = min(count, back + window if window else count)
    poll.register(port, select.POLLIN | (select.POLLOUT if out < most else 0))
    # Nothing is a second on its way, so what is not here after twenty is lost.
    ready = poll.poll(20000)
    if not ready:
        sys.exit(f"{out - back} of {out} bytes did not come back")
    if ready[0][1] & select.POLLIN:
        piece = os.read(port, 65536)
        came[back : back + len(piece)] = piece
        back += len(piece)
    if ready[0][1] & select.POLLOUT:
        out += os.write(port, sent[out : min(most, out + 65536)])
print(time.monotonic() - began)
if echo:
    echo.kill()
print(hashlib.sha256(sent).hexdigest())
print(hashlib.sha256(came).hexdigest())
