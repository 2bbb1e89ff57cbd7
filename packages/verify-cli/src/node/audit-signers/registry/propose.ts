import { basename, dirname, join } from 'node:path';
import { replaceFile } from '@countersign/audit-chain/node/file/replace';
import type { Signer } from '@countersign/proof-core/ports';
import { publishRegistry } from '@countersign/signer-registry/node/registry-file';
import { formatRegistryPayload } from '@countersign/signer-registry/registry/make';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { signRegistry } from '@countersign/signer-registry/registry/sign';
import { CliError } from '../../errors.ts';
import { openRootKeys } from '../key/root.ts';
import { hasEnough } from './enough.ts';
import { type VersionFlags, registryPath } from './flags.ts';
import { readDraft, readIfThere } from './file.ts';
import { type Outcome, printOutcome } from './print.ts';

/** What a command would make of a registry. */
export interface Proposal {
  /** Undefined before version 1. */
  readonly before: Registry | undefined;
  readonly next: Registry;
  readonly warnings?: readonly string[];
  /** Who signs beside the keys of `--key`: roots that were just made. */
  readonly signers?: readonly Signer[];
  /** Writes what must be there before the version is: a new private key. Gives what takes it back. */
  readonly prepare?: () => Promise<() => Promise<void>>;
}

/** `signers.json` → `signers.next.json`. */
function draftPath(flags: VersionFlags): string {
  const path = registryPath(flags);
  return flags.out ?? join(dirname(path), `${basename(path, '.json')}.next.json`);
}

/** A draft that is still waiting for signatures is somebody's work: it is not overwritten. */
async function requireFree(path: string, next: Registry): Promise<void> {
  const there = await readIfThere(path, '--out');
  if (there === undefined) return;
  const { registry } = readDraft(there);
  if (registry.version < next.version) return;
  const what = `version ${registry.version} (${registry.digest.slice(0, 16)}…) waits there`;
  throw new CliError('ERR_CLI_FILE', `--out: ${path}: ${what}: sign it, or remove it`, '--out');
}

async function write(flags: VersionFlags, { next, before, signers: own = [] }: Proposal): Promise<Omit<Outcome, 'warnings'>> {
  const registry = registryPath(flags);
  const signers = [...own, ...(await openRootKeys(flags.key ?? [], next, before))];
  const signed = signers.length === 0 ? undefined : await signRegistry(next.members, signers, before);
  if (signed !== undefined && flags.out === undefined && (await hasEnough(signed, before))) {
    if (flags.dryRun !== true) await publishRegistry(registry, signed);
    return { before, next, published: registry };
  }
  const draft = draftPath(flags);
  await requireFree(draft, next);
  if (flags.dryRun !== true) await replaceFile(draft, signed ?? formatRegistryPayload(next.members), 0o644);
  return { before, next, draft, into: registry };
}

/**
 * Shows a version, and writes it: as a draft for the roots to sign, or, signed here by enough roots, into its place. Nothing is written when
 * anything is refused, nor with `--dry-run`.
 */
export async function propose(flags: VersionFlags, proposal: Proposal): Promise<void> {
  const dry = flags.dryRun === true;
  // What would be refused later is refused before a key is made.
  if (proposal.prepare !== undefined && !dry) await write({ ...flags, dryRun: true }, proposal);
  const undo = dry ? undefined : await proposal.prepare?.();
  try {
    printOutcome({ ...(await write(flags, proposal)), warnings: proposal.warnings ?? [], dryRun: dry }, flags.json === true);
  } catch (error) {
    await undo?.();
    throw error;
  }
}
