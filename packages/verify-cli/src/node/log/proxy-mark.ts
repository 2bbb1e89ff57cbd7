import { ChainError } from '@countersign/audit-chain/errors';
import { remembersServer } from '@countersign/audit-chain/marks/cell';
import type { HighWaterMark } from '@countersign/proof-core/ports';
import { RegistryError } from '@countersign/signer-registry/errors';

/** A refusal of the proxy is a fork; anything else is a mark that cannot be reached. */
async function coded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof RegistryError)) throw cause;
    const code = cause.code === 'ERR_SIGN_MARK' ? 'ERR_CHAIN_FORKED' : 'ERR_MARK_STORE';
    throw new ChainError(code, `signing proxy: ${cause.message}`, { field: 'high-water mark', cause });
  }
}

/**
 * The high-water mark that a signing proxy keeps. Where the proxy knows nothing of a chain that has been signed before, by a key that was not
 * behind it, it is told the mark so far.
 *
 * @param marks the proxy's
 * @param before the one that was kept until then
 */
export function proxyMark(marks: HighWaterMark, before: HighWaterMark): HighWaterMark {
  const memory = remembersServer(before)
    ? {
        server: (origin: string) => before.server(origin),
        rememberServer: (origin: string, server: string) => before.rememberServer(origin, server),
      }
    : {};
  return {
    // A proxy knows checkpoints alone: which server the chain was on is remembered here.
    ...memory,
    read: (origin) =>
      coded(async () => {
        const present = await marks.read(origin);
        if (present !== undefined) return present;
        const known = await before.read(origin);
        if (known !== undefined) await marks.reserve(known, []);
        return known;
      }),
    reserve: (next, proof) => coded(() => marks.reserve(next, proof)),
  };
}
