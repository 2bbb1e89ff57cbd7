import { engine } from '#engine';
import type { Engine } from './engine.ts';

/** The engine of this platform: Node's own cryptography under Node, portable code elsewhere. */
export const defaultEngine: Engine = engine;
