"""pass.py COUNT: one byte and COUNT descriptors through a stream socketpair, then close what came, one by one."""
import os
import socket
import sys

from serve import serve

count = int(sys.argv[1])
left, right = socket.socketpair()
# One open file each, as every contender does.
opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(count)]


def batch(n):
    for _ in range(n):
        socket.send_fds(left, [b"x"], opened)
        data, received, _, _ = socket.recv_fds(right, 64, count, socket.MSG_CMSG_CLOEXEC)
        if len(data) != 1 or len(received) != count:
            raise OSError("descriptors missing")
        for fd in received:
            os.close(fd)


serve(batch)
