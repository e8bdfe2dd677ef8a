// The payloads that encode() takes and parse() returns by name. To add one, add its rows here and its vectors.

import { BYTE, INT, SOL_SOCKET, UINT, addField, addPayload } from './row';

const LINUX: bool = true;
const EVERYWHERE: bool = false;
const ONE: bool = false;
const MANY: bool = true;

// unix(7), cmsg(3). Linux: include/linux/socket.h.
addPayload('rights', SOL_SOCKET, 1, EVERYWHERE);
addField('fds', INT, MANY);

addPayload('credentials', SOL_SOCKET, 2, LINUX);
addField('pid', INT, ONE);
addField('uid', UINT, ONE);
addField('gid', UINT, ONE);

addPayload('security', SOL_SOCKET, 3, LINUX);
addField('label', BYTE, MANY);

addPayload('pidfd', SOL_SOCKET, 4, LINUX);
addField('pidfd', INT, ONE);
