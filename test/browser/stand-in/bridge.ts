import { Buffer } from './buffer.ts';
import { decode, encode, type Keys } from './codec.ts';
import { NotInBrowser } from './not-in-browser.ts';

// Tests call Node synchronously, so the page asks synchronously too: one request, answered by the test that opened the page.

/** A key that Node holds. */
export class BridgedKey {
  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }

  export(options: unknown): unknown {
    return call('KeyObject', 'export', [this, options]);
  }
}

const KEYS: Keys = {
  idOf: (value) => (value instanceof BridgedKey ? value.id : undefined),
  byId: (id) => new BridgedKey(id),
};

interface Request {
  open(method: string, path: string, isAsync: boolean): void;
  send(body: string): void;
  readonly responseText: string;
}
declare const XMLHttpRequest: new () => Request;

/** Calls a function of a Node module; `NotInBrowser` where the bridge does not know it. */
export function call(module: string, name: string, args: readonly unknown[]): unknown {
  const request = new XMLHttpRequest();
  request.open('POST', '/node', false);
  request.send(JSON.stringify({ module, name, args: encode(args, KEYS) }));
  const { value, error, unknown } = JSON.parse(request.responseText) as {
    value?: unknown;
    error?: { message: string; code?: string };
    unknown?: true;
  };
  if (unknown === true) throw new NotInBrowser(`${module} ${name}`);
  if (error !== undefined) throw Object.assign(new Error(error.message), { code: error.code });
  return decode(value, KEYS, (list) => Buffer.from(list));
}
