import debug from '../../build/wasm/codec.debug.wasm';
import { instantiate } from '../../host/wasm/instance.js';
import { codecSuite } from '../cases/codec.js';
import { contractSuite } from '../cases/contract.js';
import { edgesSuite } from '../cases/edges.js';
import { rightsSuite } from '../cases/rights.js';
import { rowsSuite } from '../cases/rows.js';
import { structsSuite } from '../cases/structs.js';
import { walksSuite } from '../cases/walks.js';

const codec = instantiate(debug);
contractSuite('debug build', codec);
edgesSuite('debug build', codec);
rightsSuite('debug build', codec);
rowsSuite('debug build', codec);
structsSuite('debug build', codec);
walksSuite('debug build', codec);
codecSuite('debug build', codec);
