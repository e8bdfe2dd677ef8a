import { serveUntilStopped } from './server.mjs';

// Behind 0 to 2 and the channel: the listening socket, which whoever started it keeps open.
serveUntilStopped({ fd: 4 });
