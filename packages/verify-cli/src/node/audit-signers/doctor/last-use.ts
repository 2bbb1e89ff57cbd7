import { openLogForReading } from '@countersign/audit-chain/node/log/open';
import { utf8Encode } from '@countersign/proof-core/bytes/utf8';
import { noteKey } from '@countersign/proof-core/note/key';
import { parseNote } from '@countersign/proof-core/note/note';
import { readLink } from '@countersign/proof-core/record/link';
import type { Registry } from '@countersign/signer-registry/registry/registry';

/**
 * Finds out when each checkpoint key last signed a log: the time of the last record under its newest note. Nothing is verified.
 *
 * @returns kid → milliseconds since 1970-01-01T00:00:00Z; keys that never signed it are missing
 */
export async function lastUses(folder: string, registry: Registry): Promise<Map<string, number>> {
  const log = await openLogForReading(folder);
  try {
    const { store } = log;
    const signers = registry.signers.filter(({ purposes }) => purposes.includes('checkpoint'));
    const kids = new Map(signers.map(({ kid, key }) => [noteKey(store.chain, key).keyId, kid]));
    const sizes = new Map<string, number>();
    for await (const { size, note } of store.notes()) {
      for (const { keyId } of parseNote(utf8Encode(note)).signatures) {
        const kid = kids.get(keyId);
        if (kid !== undefined) sizes.set(kid, size);
      }
    }
    const records = await store.recordsAt([...new Set(sizes.values())].map((size) => size - 1));
    const uses = new Map<string, number>();
    for (const [kid, size] of sizes) {
      const record = records.get(size - 1);
      const link = record === undefined ? undefined : readLink(record, 0, record.length);
      if (link !== undefined) uses.set(kid, Date.parse(link.time));
    }
    return uses;
  } finally {
    await log.close();
  }
}
