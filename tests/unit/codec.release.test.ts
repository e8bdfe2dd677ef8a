import release from '../../build/wasm/codec.wasm';
import { instantiate } from '../../host/wasm/instance.js';
import { codecSuite } from '../cases/codec.js';
import { contractSuite } from '../cases/contract.js';
import { edgesSuite } from '../cases/edges.js';
import { rightsSuite } from '../cases/rights.js';
import { rowsSuite } from '../cases/rows.js';
import { structsSuite } from '../cases/structs.js';
import { walksSuite } from '../cases/walks.js';

const codec = instantiate(release);
contractSuite('release build', codec);
edgesSuite('release build', codec);
rightsSuite('release build', codec);
rowsSuite('release build', codec);
structsSuite('release build', codec);
walksSuite('release build', codec);
codecSuite('release build', codec);
