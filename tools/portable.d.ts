// The only globals that code outside src/node may use: present alike in browsers and in Node.
// https://min-common-api.proposal.wintertc.org/ lists them; nothing else of the DOM or of Node is visible there.
declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: Uint8Array): string;
}
declare class AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
  static timeout(milliseconds: number): AbortSignal;
}
declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
interface CryptoKey {
  readonly type: 'public' | 'private' | 'secret';
}
declare const crypto: {
  getRandomValues<T extends Uint8Array>(array: T): T;
  readonly subtle: {
    importKey(
      format: 'jwk' | 'spki' | 'raw',
      key: object | Uint8Array,
      algorithm: object | string,
      extractable: boolean,
      usages: readonly string[],
    ): Promise<CryptoKey>;
    verify(algorithm: object | string, key: CryptoKey, signature: Uint8Array, data: Uint8Array): Promise<boolean>;
  };
};
declare function setTimeout(callback: () => void, milliseconds: number): { unref?(): void };
declare function clearTimeout(timer: unknown): void;
declare function setInterval(callback: () => void, milliseconds: number): { unref?(): void };
declare function clearInterval(timer: unknown): void;
