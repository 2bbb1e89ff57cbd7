import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import type { Engine } from '@countersign/proof-core/engine/engine';

/** What came back over HTTP, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  /** `content-type` without parameters, lower case; empty when there is none. */
  readonly type: string;
  readonly body: Uint8Array;
}

/**
 * Carries requests over HTTP; under Node `httpExchange` does.
 *
 * It follows no redirect, gives up at its deadline, and takes no longer body than any answer of the protocol.
 */
export interface Exchange {
  /** @throws ChainError ERR_WITNESS_UNAVAILABLE, ERR_WITNESS_REPLY; what an aborted `signal` holds */
  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer>;
}

/** One request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: Uint8Array;
  /** Of the body; `application/octet-stream` when absent. */
  readonly type?: string;
}

/** Puts a path behind the URL of a witness, which may itself have one. */
export function witnessUrl(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}/${path}`;
}

/** Where a witness shows the newest checkpoint of a log that it cosigned (C2SP tlog-witness, monitoring). */
export function monitoringUrl(base: string, origin: string, engine: Engine): string {
  return witnessUrl(base, `${hexEncode(engine.sha256(utf8Encode(origin)))}/checkpoint`);
}
