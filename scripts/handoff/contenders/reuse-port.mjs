import { serveUntilStopped } from './server.mjs';

// Beside whoever listens there: SO_REUSEPORT.
serveUntilStopped(
  /** @type {any} the types are of an older Node */ ({
    host: '127.0.0.1',
    port: Number(process.argv[2]),
    reusePort: true,
  }),
);
