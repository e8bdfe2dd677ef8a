import { readFileSync } from 'node:fs';
import { instantiate } from '../../host/wasm/instance.js';
import { codecSuite } from '../cases/codec.js';

codecSuite('release build', instantiate(new Uint8Array(readFileSync('build/wasm/codec.wasm'))));
