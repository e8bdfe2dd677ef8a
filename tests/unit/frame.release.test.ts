import release from '../../build/wasm/codec.wasm';
import { instantiate } from '../../host/wasm/instance.js';
import { frameSuite } from '../cases/frame.js';

frameSuite('release build', instantiate(release));
