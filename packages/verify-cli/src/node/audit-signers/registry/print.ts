import { type Difference, compareRegistries } from '@countersign/signer-registry/operations/compare';
import { registryEvents } from '@countersign/signer-registry/operations/events';
import { exportJson } from '@countersign/signer-registry/export/json';
import type { Registry } from '@countersign/signer-registry/registry/registry';

/** What came of a command that makes a version. */
export interface Outcome {
  readonly before: Registry | undefined;
  readonly next: Registry;
  /** Where it was published, or would be. */
  readonly published?: string;
  /** Where it waits for signatures, or would. */
  readonly draft?: string;
  /** Where it is to go. */
  readonly into?: string;
  readonly warnings: readonly string[];
  readonly dryRun?: boolean;
}

/** One line for each difference. */
export function formatDifferences(differences: readonly Difference[]): string {
  const rows = differences.map(
    ({ kid = '(registry)', member, before = '—', after = '—' }) => [kid, member, `${before} → ${after}`] as const,
  );
  const widths = [0, 1].map((i) => Math.max(0, ...rows.map((row) => row[i]!.length)));
  return rows.map(([kid, member, change]) => `  ${kid.padEnd(widths[0]!)}  ${member.padEnd(widths[1]!)}  ${change}\n`).join('');
}

function differencesOf({ before, next }: Outcome): readonly Difference[] {
  if (before !== undefined) return compareRegistries(before, next);
  return next.signers.map(({ kid, algorithm, key }) => ({ kid, member: 'signer', after: `${algorithm} ${key.thumbprint}` }));
}

function place({ next, published, draft, into, dryRun = false }: Outcome): string {
  const version = `version ${next.version}`;
  if (published !== undefined) return `${version} ${dryRun ? 'would be' : 'is'} in place: ${published}\n`;
  const verb = dryRun ? 'would be' : 'is';
  const next_ = dryRun ? '' : `next: audit-signers sign ${draft} --key ROOT.key --into ${into}\n`;
  return `${version} ${verb} in ${draft}, for the roots to sign\n${next_}`;
}

function asJson(outcome: Outcome): object {
  const { before, next, published, draft, warnings, dryRun = false } = outcome;
  const changed = new Set(compareKids(before, next));
  return {
    schemaVersion: 1,
    dryRun,
    version: next.version,
    digest: next.digest,
    ...(published === undefined ? {} : { published }),
    ...(draft === undefined ? {} : { draft }),
    differences: differencesOf(outcome),
    signers: exportJson(next).signers.filter(({ kid }) => changed.has(kid)),
    events: registryEvents(before, next, 'system:audit-signers').map(({ type, subject, payload }) => ({ type, subject, payload })),
    warnings,
  };
}

function compareKids(before: Registry | undefined, next: Registry): string[] {
  if (before === undefined) return next.signers.map(({ kid }) => kid);
  return compareRegistries(before, next).flatMap(({ kid }) => (kid === undefined ? [] : [kid]));
}

/** Prints what came of it; warnings on standard error, so that scripts read the rest. */
export function printOutcome(outcome: Outcome, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(asJson(outcome), null, 2)}\n`);
    return;
  }
  for (const warning of outcome.warnings) process.stderr.write(`warning: ${warning}\n`);
  process.stdout.write(`${place(outcome)}  digest  ${outcome.next.digest}\n${formatDifferences(differencesOf(outcome))}`);
  if (outcome.dryRun === true) process.stdout.write('dry run: nothing was written\n');
}
