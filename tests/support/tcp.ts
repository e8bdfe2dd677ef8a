import { createServer, type Server } from 'node:net';

/** A TCP server that listens at a port of the loopback interface. */
export function listenTcp(host = '127.0.0.1'): Promise<{ server: Server; port: number }> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host, backlog: 4096 }, () => {
      resolve({ server, port: (server.address() as { port: number }).port });
    });
  });
}
