import { Buffer } from 'node:buffer';

/** What is used of the global of this name; the types of Node do not know it. */
interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/**
 * Makes an instance of a module that imports nothing.
 *
 * @param base64 the module
 * @returns what it exports; undefined where there is no WebAssembly (`node --jitless`) or the processor has no vector instructions for it
 * @internal
 */
export function openModule(base64: string): unknown {
  const { WebAssembly } = globalThis as { readonly WebAssembly?: WebAssemblyGlobal };
  if (WebAssembly === undefined) return undefined;
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(base64, 'base64'))).exports;
  } catch {
    return undefined;
  }
}
