"""echo.py: 64 bytes to another process and back, both sides an asyncio protocol."""
import asyncio
import os
import socket

from serve import serve


class Echo(asyncio.Protocol):
    def __init__(self):
        self.done = loop.create_future()

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def connection_lost(self, _):
        self.done.set_result(None)


class Client(Echo):
    def begin(self, n):
        self.left = n
        self.done = loop.create_future()
        self.transport.write(DATA)

    def data_received(self, data):
        if len(data) != len(DATA):
            raise OSError("a message came in pieces")
        self.left -= 1
        if self.left > 0:
            self.transport.write(DATA)
        else:
            self.done.set_result(None)


DATA = bytes(64)
left, right = socket.socketpair()
child = os.fork()
loop = asyncio.new_event_loop()
(right if child else left).close()


def connect(protocol, side):
    return loop.run_until_complete(loop.create_connection(protocol, sock=side))[1]


if child:
    client = connect(Client, left)

    def batch(n):
        client.begin(n)
        loop.run_until_complete(client.done)

    serve(batch)
else:
    loop.run_until_complete(connect(Echo, right).done)
