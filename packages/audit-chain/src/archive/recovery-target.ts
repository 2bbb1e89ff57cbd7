import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { ChainError } from '../errors.ts';
import type { ArchiveTarget } from './target.ts';

/**
 * An archive with a second place that gets the same bytes, for the day on which the first is out of reach.
 *
 * Whatever the first one has under a key, put now or found there, the second has too when `put` resolves; if it cannot, `put` rejects, and the
 * next attempt completes it. Names, dates and reading are those of the first: a recovery place can be added or left out at any time.
 *
 * @param main where the archive lies
 * @param recovery must keep things as long as `main` says
 * @throws ChainError from `put`: ERR_ARCHIVE_CONFLICT when the second place has other content under a key; what either target throws
 * @see docs/operations/object-lock.md
 * @example withRecovery(s3Target(client, place, keep), s3Target(elsewhere, other, keep))
 */
export function withRecovery(main: ArchiveTarget, recovery: ArchiveTarget): ArchiveTarget {
  return {
    name: main.name,
    isWriteOnce: main.isWriteOnce,
    retention: () => main.retention(),
    read: (key) => main.read(key),
    async put(key, content, retention) {
      const isNew = await main.put(key, content, retention);
      const kept = isNew ? content : await main.read(key);
      if (kept === undefined || (await recovery.put(key, kept, retention))) return isNew;
      const there = await recovery.read(key);
      if (there !== undefined && equalBytes(there, kept)) return isNew;
      throw new ChainError('ERR_ARCHIVE_CONFLICT', `${recovery.name}/${key} has other content than ${main.name}; nothing was overwritten`, {
        field: 'key',
        expected: 'the same content',
        actual: key,
      });
    },
  };
}
