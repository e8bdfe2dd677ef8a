import { perCodec } from '../model/per-codec.js';
import type { CodecInstance } from '../wasm/instance.js';
import { Scene } from './scene.js';

const scenesOf = perCodec(() => new Map<string, Scene>());

/** The scene of an ABI; each is made once for a module. */
export function sceneOf(codec: CodecInstance, abi: string): Scene {
  const scenes = scenesOf(codec);
  const scene = scenes.get(abi) ?? new Scene(codec, abi);
  scenes.set(abi, scene);
  return scene;
}
