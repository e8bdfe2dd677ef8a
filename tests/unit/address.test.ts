/** Addresses as texts: what programs write on command lines and in their environment. */
import { parseAddress } from 'ancillary';
import { formatAddress } from '../../host/socket/address/address.js';
import { type Case, suite } from '../support/suite.js';

const t = suite('address');

const cases: Case<unknown, unknown>[] = [
  { name: 'a path', in: '/run/s', out: '/run/s' },
  { name: 'a relative path', in: 's', out: 's' },
  { name: 'an abstract name', in: '@name', out: { abstract: 'name' } },
  { name: 'an abstract name that begins with @', in: '@@', out: { abstract: '@' } },
  { name: 'an abstract name with a NUL', in: '@a\0b', out: { abstract: 'a\0b' } },
  { name: 'the file @name', in: './@name', out: './@name' },
  { name: '107 bytes', in: `@${'x'.repeat(107)}`, out: { abstract: 'x'.repeat(107) } },
  { name: 'nothing', in: '', err: /non-empty/ },
  { name: 'an empty abstract name', in: '@', err: /non-empty/ },
  { name: 'a path with a NUL', in: 'a\0b', err: /may not contain NUL/ },
  { name: 'a path of 108 bytes', in: 'x'.repeat(108), err: /108 bytes/ },
  { name: 'an abstract name of 108 bytes', in: `@${'ä'.repeat(54)}`, err: /108 bytes/ },
  { name: 'undefined, as of a variable that is not set', in: undefined, err: /must be a text.*not undefined/ },
  { name: 'an object', in: { abstract: 'name' }, err: 'ERR_INVALID_ARGUMENT' },
];
t.table(cases, (text) => parseAddress(text as string));

t.table(
  [
    { name: 'a path is written as it is', in: '/run/s', out: '/run/s' },
    { name: 'a path of 108 bytes too', in: 'x'.repeat(108), out: 'x'.repeat(108) },
    { name: 'the file @name is ./@name', in: '@name', out: './@name' },
    { name: 'an abstract name has an @', in: { abstract: 'name' }, out: '@name' },
    { name: 'the empty one too', in: { abstract: '' }, out: '@' },
    {
      name: 'an abstract name that is no UTF-8 cannot be written',
      in: { abstract: Uint8Array.of(255) },
      out: undefined,
    },
    { name: 'nor such a path', in: { path: Uint8Array.of(255) }, out: undefined },
  ],
  formatAddress,
);

t.run();
