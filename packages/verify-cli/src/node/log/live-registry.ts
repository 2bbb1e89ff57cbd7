import { statSync } from 'node:fs';
import { readRegistryHistory } from '@countersign/signer-registry/node/registry-file';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { walkRegistry } from '@countersign/signer-registry/registry/walk';
import { readRegistry } from './open.ts';

/** A registry that follows its file. */
export interface LiveRegistry {
  current(): Registry;
  /** Looks for newer versions now. */
  refresh(): Promise<void>;
  close(): void;
}

/** A revocation should not wait long; looking costs one call of the system. */
const INTERVAL_MS = 2000;

/**
 * Reads a registry and goes on to newer versions as they are published, each judged as the successor of the one before. A file that is no
 * successor is reported and changes nothing.
 *
 * @param report told when the version changes, and what is wrong with a file
 */
export async function liveRegistry(path: string, report: (message: string) => void): Promise<LiveRegistry> {
  let registry = await readRegistry(path);
  let seen = '';
  const stamp = (): string => {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  };
  const refresh = async (): Promise<void> => {
    try {
      const now = stamp();
      if (now === seen) return;
      const next = await walkRegistry(readRegistryHistory(path), { digest: registry.digest });
      seen = now;
      if (next.digest === registry.digest) return;
      registry = next;
      report(`registry version ${next.version}`);
    } catch (error) {
      report(`registry version ${registry.version} stays: ${(error as Error).message}`);
    }
  };
  seen = stamp();
  const timer = setInterval(() => void refresh(), INTERVAL_MS);
  timer.unref();
  return { current: () => registry, refresh, close: () => clearInterval(timer) };
}
