// codec-ancillary.mjs encode | parse: SCM_RIGHTS with 3 descriptors and SCM_CREDENTIALS, no system call.
import { encode, parse } from 'ancillary/codec';
import { serve } from './serve.mjs';

// A row like any other: the codec does the same work on every machine, whatever the machine's own layout.
const abi = 'x86_64-glibc';
const rights = { fds: [3, 4, 5] };
const credentials = { credentials: { pid: 1000, uid: 1001, gid: 1002 } };
const { control } = encode(abi, [rights, credentials]);

const batches = {
  /** @param {number} n */
  encode(n) {
    for (let i = 0; i < n; i++) {
      rights.fds[0] = i & 1023;
      if (encode(abi, [rights, credentials]).control.length !== 64) throw new Error('not 64 bytes');
    }
  },
  /** @param {number} n */
  parse(n) {
    for (let i = 0; i < n; i++) {
      if (parse(abi, control).messages.length !== 2) throw new Error('not 2 messages');
    }
  },
};

serve(process.argv[2] === 'parse' ? batches.parse : batches.encode);
