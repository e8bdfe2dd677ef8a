/** What the numbers of payloads mean to those who hand them on to another process, for every ABI. */
import { abis, type Kind, payloads } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';

const t = suite('kinds');

/** A body's kinds by its members: what their headers declare as pid_t, uid_t, gid_t, and ints that are descriptors. */
type Kinds = Record<string, Kind>;
const UCRED: Kinds = { pid: 'pid', uid: 'uid', gid: 'gid' };
const CMSGCRED: Kinds = {
  cmcred_pid: 'pid',
  cmcred_uid: 'uid',
  cmcred_euid: 'uid',
  cmcred_gid: 'gid',
  cmcred_groups: 'gid',
};
const SOCKCRED: Kinds = { sc_uid: 'uid', sc_euid: 'uid', sc_gid: 'gid', sc_egid: 'gid', sc_groups: 'gid' };

/** Every payload that has a number of a process, by the symbol of its type, and whose it is. */
const PASSED: { type: string; key: string; on: (os: string) => boolean; kinds: Kinds }[] = [
  { type: 'SCM_RIGHTS', key: 'fds', on: (os) => !/^(windows|wasi)$/.test(os), kinds: { fds: 'fd' } },
  { type: 'SCM_PIDFD', key: 'pidfd', on: (os) => os === 'linux', kinds: { pidfd: 'fd' } },
  { type: 'SCM_CREDENTIALS', key: 'credentials', on: (os) => /^(linux|cygwin)$/.test(os), kinds: UCRED },
  { type: 'SCM_CREDS', key: 'cmsgcred', on: (os) => /^(freebsd|dragonfly|hurd)$/.test(os), kinds: CMSGCRED },
  { type: 'SCM_CREDS', key: 'sockcred', on: (os) => os === 'freebsd', kinds: SOCKCRED },
  { type: 'SCM_CREDS', key: 'sockcred', on: (os) => os === 'netbsd', kinds: { sc_pid: 'pid', ...SOCKCRED } },
  { type: 'SCM_CREDS2', key: 'sockcred2', on: (os) => os === 'freebsd', kinds: { sc_pid: 'pid', ...SOCKCRED } },
];

const OF_A_PROCESS: Kind[] = ['fd', 'pid', 'uid', 'gid'];
const nameOf = (declaration: string) => declaration.replace(/\[\d*\]$/, '').replace(/^.*[ *]/, '');

/** `SCM_RIGHTS fds fds fd`, for the members of all payloads of an ABI that are numbers of a process. */
function listKinds(abi: string): string[] {
  return payloads(abi).flatMap(({ type, key, members, kinds }) =>
    members.flatMap((member, i) => {
      const kind = kinds[i] ?? 'number';
      return OF_A_PROCESS.includes(kind) ? [`${type} ${key} ${nameOf(member)} ${kind}`] : [];
    }),
  );
}

/** The same, as the table has it. */
const listExpected = (rows: typeof PASSED) =>
  rows.flatMap(({ type, key, kinds }) => Object.entries(kinds).map(([name, kind]) => `${type} ${key} ${name} ${kind}`));

for (const { id, os } of abis()) {
  const known = payloads(id);
  const has = (type: string, key: string) => known.some((payload) => payload.type === type && payload.key === key);
  const here = PASSED.filter(({ type, key, on }) => on(os) && has(type, key));

  t.test(
    `${id}: descriptors, processes, users and groups are told from numbers, in these payloads and no other`,
    () => {
      assert.equal(listKinds(id).sort(), listExpected(here).sort());
    },
  );
  t.test(`${id}: a member is of the kind that its declaration says`, () => {
    for (const { key, members, kinds } of known) assert.equal(kinds, members.map(kindOf), key);
  });
}

t.test('every row of the table is found on some ABI', () => {
  const found = new Set(abis().flatMap(({ id }) => listKinds(id)));
  assert.equal([...found].sort(), [...new Set(listExpected(PASSED))].sort());
});

/** By the type's name: `struct timeval it`, `in_addr it`, `fd it[]`, `unsigned pid_t it`. */
function kindOf(member: string): Kind {
  const [, type = ''] = /^(?:unsigned )?(\w+) /.exec(member) ?? [];
  if (['struct', 'fd', 'in_addr', 'in6_addr'].includes(type)) return type as Kind;
  return (/^([pug]id)_t$/.exec(type)?.[1] ?? 'number') as Kind;
}

t.run();
