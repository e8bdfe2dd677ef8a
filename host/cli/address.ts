import { InvalidArgumentError, Option } from 'commander';
import { parseAddress, type UnixAddress } from '../socket/address/address.js';

/** An option that says where a socket is: the path of its file, or `@name`, an abstract name. */
export function addressOption(flags: string, what: string): Option {
  return new Option(`${flags} <path|@name>`, what).argParser(addressOf);
}

function addressOf(text: string): UnixAddress {
  try {
    return parseAddress(text);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}
