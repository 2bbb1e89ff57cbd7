import { archiveAttestations } from '@countersign/audit-chain/archive/attest';
import type { ArchiveTarget } from '@countersign/audit-chain/archive/target';
import type { ChainStore } from '@countersign/audit-chain/store/store';

/** How often it is looked whether somebody has sealed what was cosigned before, milliseconds. */
const LOOK_MS = 10_000;

/** What puts attestations beside manifests while they come. */
export interface Beside {
  /** Looks for new ones: now, or again when it is looking. */
  look(): void;
  /** Looks a last time; resolves to how many files were new in all. */
  end(): Promise<number>;
  /** Looks no more by itself. */
  stop(): void;
}

/**
 * Puts what outsiders say of a chain beside the manifests of an archive as it comes: whenever it is told to look, and now and then, for segments
 * that somebody seals where a checkpoint was cosigned before. What fails is tried again at the next look; the last look fails where it does.
 *
 * @param options `everyMs`: between looks by itself; `onError`: told of what will be tried again
 * @returns its `end` resolves to how many files were new, and rejects as `archiveAttestations`
 * @example const beside = keepBeside(store, target, { onError: report });
 */
export function keepBeside(
  store: ChainStore,
  target: ArchiveTarget,
  options: { readonly everyMs?: number; readonly onError: (error: unknown) => void },
): Beside {
  const done = new Set<string>();
  let added = 0;
  let looking: Promise<void> | undefined;
  let again = false;
  const put = async (): Promise<void> => {
    do {
      again = false;
      added += await archiveAttestations(store, target, done);
    } while (again);
  };
  const look = (): void => {
    again = true;
    looking ??= put()
      .catch(options.onError)
      .finally(() => (looking = undefined));
  };
  const timer = setInterval(look, options.everyMs ?? LOOK_MS);
  return {
    look,
    async end() {
      clearInterval(timer);
      await looking;
      await put();
      return added;
    },
    stop: () => clearInterval(timer),
  };
}
