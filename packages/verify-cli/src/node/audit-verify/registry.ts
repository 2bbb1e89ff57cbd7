import { FindingList } from '@countersign/audit-chain/verify/finding';
import { type Judgement, judgementOf } from '@countersign/audit-chain/verify/judgement';
import { ProofError } from '@countersign/proof-core/errors';
import { RegistryError } from '@countersign/signer-registry/errors';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { EXIT } from '../command/exit.ts';
import { CliError } from '../errors.ts';
import { printJudgement } from './print.ts';
import { readSubject } from './subject.ts';
import { readNamed } from '../command/named-file.ts';
import { MAX_BYTES, readDigest, walkFrom, walkTo } from './trust.ts';

/** The flags as given. */
export interface RegistryFlags {
  readonly pin?: string;
  readonly previous?: string;
  readonly json?: boolean;
}

/** Runs `audit-verify registry FILE`; gives the exit code. */
export async function verifyRegistryFile(path: string, flags: RegistryFlags): Promise<number> {
  if (flags.pin !== undefined && flags.previous !== undefined)
    throw new CliError('ERR_CLI_OPTION', '--pin: cannot be used together with --previous', '--pin');
  const digest = flags.pin === undefined ? undefined : readDigest(flags.pin);
  const older = flags.previous === undefined ? undefined : await parseRegistry(await readNamed(flags.previous, '--previous', MAX_BYTES));
  const bytes = await readSubject(path);
  if (bytes === undefined) return EXIT.unreachable;
  return printJudgement(await judge(path, bytes, digest, older), flags.json === true);
}

async function judge(path: string, bytes: Uint8Array, digest: string | undefined, older: Registry | undefined): Promise<Judgement> {
  const findings = new FindingList();
  const words = {
    subject: 'signer registry',
    good: 'registry verified: signed steps lead to it from what was pinned',
    bad: 'registry NOT verified',
  };
  const registry = await orFinding(() => parseRegistry(bytes), 'REGISTRY_MALFORMED', findings);
  if (registry === undefined) return judgementOf('registry', words, {}, findings);
  if (digest === undefined && older === undefined) findings.add({ code: 'REGISTRY_UNPINNED', field: 'pin' });
  else {
    const walked = await orFinding(
      () => (digest === undefined ? walkFrom(older!, path) : walkTo(path, digest)),
      'REGISTRY_UNTRUSTED',
      findings,
    );
    if (walked !== undefined && walked.digest !== registry.digest)
      findings.add({ code: 'REGISTRY_UNTRUSTED', field: 'version', expected: `${walked.version} or later`, actual: registry.version });
  }
  return judgementOf('registry', { ...words, subject: `signer registry, version ${registry.version}` }, factsOf(registry), findings);
}

async function orFinding<T>(
  work: () => Promise<T>,
  code: 'REGISTRY_MALFORMED' | 'REGISTRY_UNTRUSTED',
  findings: FindingList,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RegistryError || error instanceof ProofError)) throw error;
    findings.add({
      code,
      field: error.field ?? 'registry',
      expected: String(error.expected ?? 'a registry that holds'),
      actual: error.code,
    });
    return undefined;
  }
}

function factsOf({ version, digest, issuedAt, expires, roots, threshold, signers }: Registry): Judgement['facts'] {
  return {
    version,
    digest: `sha256:${digest}`,
    'issued at': issuedAt,
    expires,
    roots: [`${threshold} of ${roots.length}: ${roots.join(', ')}`],
    signers: signers.map(({ kid, status, purposes }) => `${kid} (${status}; ${purposes.join(' ')})`),
  };
}
