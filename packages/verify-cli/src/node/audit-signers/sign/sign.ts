import { replaceFile } from '@countersign/audit-chain/node/file/replace';
import type { Signer } from '@countersign/proof-core/ports';
import { publishRegistry } from '@countersign/signer-registry/node/registry-file';
import { openSigner } from '@countersign/signer-registry/node/signer/open';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import { addSignatures } from '@countersign/signer-registry/registry/sign';
import { ask, isAttended } from '../../command/ask.ts';
import { CliError } from '../../errors.ts';
import { openRootKeys, requireRoot } from '../key/root.ts';
import { hasEnough } from '../registry/enough.ts';
import { readNamed } from '../../command/named-file.ts';
import { type Draft, readDraft, readIfThere } from '../registry/file.ts';
import { type Outcome, formatDifferences, printOutcome } from '../registry/print.ts';
import { compareRegistries } from '@countersign/signer-registry/operations/compare';

export interface SignFlags {
  readonly key: readonly string[];
  readonly signer: readonly string[];
  readonly into?: string;
  readonly out?: string;
  readonly log: readonly string[];
  readonly actor?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

async function openRoots(flags: SignFlags, next: Registry, before: Registry | undefined): Promise<Signer[]> {
  const signers = await openRootKeys(flags.key, next, before);
  if (flags.signer.length === 0) return signers;
  const { signerEnvironment } = await import('../../signer/environment.ts');
  for (const uri of flags.signer) {
    const signer = await openSigner(uri, { registry: () => next, ...(await signerEnvironment([uri])) });
    requireRoot(signer, next, before);
    signers.push(signer);
  }
  return signers;
}

/** A root is somebody's word: who is there is asked for it, having seen what it is. */
async function confirm(flags: SignFlags, { registry: next }: Draft, before: Registry | undefined): Promise<void> {
  if (flags.yes === true || flags.dryRun === true || flags.json === true || !isAttended()) return;
  const change = before === undefined ? '' : formatDifferences(compareRegistries(before, next));
  const answer = await ask(`${change}Sign version ${next.version}, digest ${next.digest}? [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('ERR_CLI_OPTION', 'not signed', '--yes');
}

/** The document with the new signatures; the bytes as they were where there are none. */
async function signDraft(flags: SignFlags, draft: Draft, before: Registry | undefined): Promise<Uint8Array> {
  const signers = await openRoots(flags, draft.registry, before);
  if (signers.length === 0) {
    if (draft.signedBy.length === 0) throw new CliError('ERR_CLI_OPTION', 'expected --key FILE: nobody has signed this version', '--key');
    return draft.bytes;
  }
  await confirm(flags, draft, before);
  return await addSignatures(draft.bytes, signers, before);
}

async function place(flags: SignFlags, file: string, signed: Uint8Array, before: Registry | undefined): Promise<Omit<Outcome, 'warnings'>> {
  const draft = readDraft(signed);
  const next = draft.registry;
  const dry = flags.dryRun === true;
  if (flags.into !== undefined && (await hasEnough(signed, before))) {
    if (!dry) await publishRegistry(flags.into, signed);
    return { before, next, published: flags.into };
  }
  const path = flags.out ?? file;
  if (!dry) await replaceFile(path, signed, 0o644);
  return { before, next, draft: path, into: flags.into ?? 'signers.json' };
}

/** Runs `audit-signers sign`. */
export async function sign(file: string, flags: SignFlags): Promise<void> {
  if (flags.log.length > 0 && flags.into === undefined) throw new CliError('ERR_CLI_OPTION', '--log: goes with --into', '--log');
  const draft = readDraft(await readNamed(file, 'FILE'));
  const present = flags.into === undefined ? undefined : await readIfThere(flags.into, '--into');
  const before = present === undefined ? undefined : await parseRegistry(present);
  const signed = await signDraft(flags, draft, before);
  const placed = await place(flags, file, signed, before);
  const names = readDraft(signed).signedBy.join(', ');
  const short = placed.published === undefined ? [`signed by ${names}; ${draft.registry.threshold} of the roots must sign`] : [];
  printOutcome({ ...placed, warnings: short, dryRun: flags.dryRun === true }, flags.json === true);
  if (placed.published === undefined || flags.dryRun === true) return;
  const { recordVersions } = await import('../record/record.ts');
  for (const log of flags.log) await recordVersions(log, { registry: placed.published, actor: flags.actor, quiet: flags.json === true });
}
