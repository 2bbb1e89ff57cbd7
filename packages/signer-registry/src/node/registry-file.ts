import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { equalBytes } from '@countersign/proof-core/bytes/compare';
import { parseDocument } from '@countersign/proof-core/document/parse';
import { RegistryError } from '../errors.ts';
import { parseRegistry } from '../registry/parse.ts';
import type { Registry } from '../registry/registry.ts';
import { checkSuccessor } from '../registry/successor.ts';
import { syncFolder } from './sync-folder.ts';

const VERSION = /^[0-9]{6,}\.json$/;

/** Where the versions of `signers.json` are kept: `signers.history/000001.json`, … */
function historyFolder(path: string): string {
  return join(dirname(path), `${basename(path, '.json')}.history`);
}

function versionFile(path: string, version: number): string {
  return join(historyFolder(path), `${String(version).padStart(6, '0')}.json`);
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/**
 * Reads every version of a registry that is kept beside its file, in rising order: what `walkRegistry` takes. Where there is no history, the
 * file itself is the only version.
 *
 * @param path `signers.json`
 * @throws the system's own error where there is no such file
 * @example await walkRegistry(readRegistryHistory('signers.json'), { digest })
 */
export async function* readRegistryHistory(path: string): AsyncGenerator<Uint8Array> {
  const newest = new Uint8Array(await readFile(path));
  let names: string[] = [];
  try {
    names = (await readdir(historyFolder(path))).filter((name) => VERSION.test(name));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  let last: Uint8Array | undefined;
  for (const name of names) {
    last = new Uint8Array(await readFile(join(historyFolder(path), name)));
    yield last;
  }
  if (last === undefined || !equalBytes(last, newest)) yield newest;
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const file: FileHandle = await open(path, 'wx', 0o644);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await unlink(path).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
}

/** Keeps a version for ever; the same bytes again are fine, other bytes of that number are not. */
async function keep(path: string, registry: Registry, bytes: Uint8Array): Promise<void> {
  await mkdir(historyFolder(path), { recursive: true });
  const file = versionFile(path, registry.version);
  try {
    await writeNew(file, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const kept = parseDocument(new Uint8Array(await readFile(file)));
    if (kept.digest !== registry.digest) {
      throw new RegistryError('ERR_REGISTRY_FORKED', `version ${registry.version}: expected ${kept.digest}, got ${registry.digest}`, {
        field: 'version',
        expected: kept.digest,
        actual: registry.digest,
      });
    }
  }
  await syncFolder(historyFolder(path));
}

/**
 * Puts a version in place: judged as the first one or as the successor of the one that is there, kept in the history, then swapped in at once.
 * A crash leaves the old version or the new one, never half of one.
 *
 * @param path `signers.json`
 * @returns the version
 * @throws RegistryError as `parseRegistry` and `checkSuccessor`; ERR_REGISTRY_FORKED another version of that number has been published
 * @example await publishRegistry('signers.json', await addSignatures(draft, [root]))
 */
export async function publishRegistry(path: string, bytes: Uint8Array): Promise<Registry> {
  const own = bytes.slice();
  let present: Uint8Array | undefined;
  try {
    present = new Uint8Array(await readFile(path));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  let registry: Registry;
  if (present === undefined) registry = await parseRegistry(own);
  else {
    const before = await parseRegistry(present);
    registry = await checkSuccessor(before, own);
    await keep(path, before, present);
  }
  await keep(path, registry, own);
  const aside = join(dirname(path), `.${randomUUID()}.tmp`);
  await writeNew(aside, own);
  await rename(aside, path);
  await syncFolder(dirname(path));
  return registry;
}
