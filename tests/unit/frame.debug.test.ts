import debug from '../../build/wasm/codec.debug.wasm';
import { instantiate } from '../../host/wasm/instance.js';
import { frameSuite } from '../cases/frame.js';

frameSuite('debug build', instantiate(debug));
