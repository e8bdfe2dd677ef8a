"""codec.py encode | parse: a control buffer of SCM_RIGHTS with 3 descriptors and SCM_CREDENTIALS, no system call."""
import socket
import struct
import sys

from serve import serve

HEADER = struct.Struct("@Nii")
CREDENTIALS = struct.Struct("@iII")
DATA = socket.CMSG_LEN(0)


def align(length):
    return socket.CMSG_SPACE(length - DATA)


def message(kind, data):
    header = HEADER.pack(socket.CMSG_LEN(len(data)), socket.SOL_SOCKET, kind)
    return (header.ljust(DATA, b"\0") + data).ljust(socket.CMSG_SPACE(len(data)), b"\0")


def encode(fds, credentials):
    rights = message(socket.SCM_RIGHTS, struct.pack("@%di" % len(fds), *fds))
    return rights + message(socket.SCM_CREDENTIALS, CREDENTIALS.pack(*credentials))


def parse(control):
    fds, credentials, at = (), None, 0
    while len(control) - at >= HEADER.size:
        length, level, kind = HEADER.unpack_from(control, at)
        if not DATA <= length <= len(control) - at:
            raise ValueError("cmsg_len %d at %d" % (length, at))
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds += struct.unpack_from("@%di" % ((length - DATA) // 4), control, at + DATA)
        elif level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            credentials = CREDENTIALS.unpack_from(control, at + DATA)
        at += align(length)
    return fds, credentials


CONTROL = encode((3, 4, 5), (1000, 1001, 1002))
assert parse(CONTROL) == ((3, 4, 5), (1000, 1001, 1002))


def encode_batch(n):
    for i in range(n):
        encode((i & 1023, 4, 5), (1000, 1001, 1002))


def parse_batch(n):
    for _ in range(n):
        parse(CONTROL)


serve(parse_batch if sys.argv[1] == "parse" else encode_batch)
