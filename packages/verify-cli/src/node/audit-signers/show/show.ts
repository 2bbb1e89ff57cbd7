import { compareRegistries } from '@countersign/signer-registry/operations/compare';
import { requireSigner } from '@countersign/signer-registry/operations/change';
import { exportJson } from '@countersign/signer-registry/export/json';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import type { RegisteredSigner } from '@countersign/signer-registry/registry/types';
import { readNamed } from '../../command/named-file.ts';
import { readDraft } from '../registry/file.ts';
import { registryPath } from '../registry/flags.ts';
import { formatDifferences } from '../registry/print.ts';

export interface ShowFlags {
  readonly registry?: string;
  readonly against?: string;
  readonly json?: boolean;
}

function rows(lines: readonly (readonly [string, string | undefined])[]): string {
  const there = lines.filter((line): line is readonly [string, string] => line[1] !== undefined && line[1] !== '');
  const width = Math.max(...there.map(([name]) => name.length));
  return there.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}

function formatSigner(signer: RegisteredSigner, registry: Registry): string {
  const { revoked, emergency } = signer;
  return rows([
    ['kid', signer.kid],
    ['status', `${signer.status}${registry.roots.includes(signer.kid) ? ', root' : ''}`],
    ['algorithm', signer.algorithm],
    ['thumbprint', signer.key.thumbprint],
    ['purposes', signer.purposes.join(', ')],
    ['chains', signer.chains.join(', ')],
    ['valid', `${signer.validFrom} to ${signer.validUntil ?? 'further notice'}`],
    ['revoked', revoked === undefined ? undefined : `${revoked.at}: ${revoked.reason}`],
    ['compromised since', revoked?.compromised_since],
    ['emergency', emergency === undefined ? undefined : `${emergency.justification} (${emergency.approvals.length} approvals)`],
    ['backend', signer.backend],
    ['operator', signer.operator],
    ['description', signer.description],
  ]);
}

function formatRegistry(registry: Registry, signedBy: readonly string[], now: number): string {
  const head = rows([
    ['version', `${registry.version}${registry.isExpired(now) ? ', expired' : ''}`],
    ['digest', registry.digest],
    ['issued', registry.issuedAt],
    ['expires', registry.expires],
    ['roots', `${registry.threshold} of ${registry.roots.join(', ')}`],
    ['signatures by', signedBy.length === 0 ? 'nobody yet' : signedBy.join(', ')],
  ]);
  const list = registry.signers.map(({ kid, status, purposes, chains, algorithm }) => [
    kid,
    status,
    algorithm,
    purposes.join(','),
    chains.join(' '),
  ]);
  const widths = [0, 1, 2, 3].map((i) => Math.max(0, ...list.map((row) => row[i]!.length)));
  return `${head}\n${list
    .map(
      (row) =>
        `${row
          .map((text, i) => text.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')}`;
}

/** Runs `audit-signers show`. */
export async function show(kid: string | undefined, flags: ShowFlags): Promise<void> {
  const draft = readDraft(await readNamed(registryPath(flags), '--registry'));
  const { registry, signedBy } = draft;
  if (kid !== undefined) requireSigner(registry, kid);
  const old = flags.against === undefined ? undefined : readDraft(await readNamed(flags.against, '--against')).registry;
  const all = old === undefined ? undefined : compareRegistries(old, registry);
  const differences = all?.filter((one) => kid === undefined || one.kid === kid);
  if (flags.json === true) {
    const summary = exportJson(registry, kid === undefined ? {} : { kid });
    const more = differences === undefined ? {} : { differences };
    process.stdout.write(`${JSON.stringify({ schemaVersion: 1, ...summary, signedBy, ...more }, null, 2)}\n`);
    return;
  }
  if (differences !== undefined) process.stdout.write(formatDifferences(differences) || 'no difference\n');
  else
    process.stdout.write(
      kid === undefined ? formatRegistry(registry, signedBy, Date.now()) : formatSigner(registry.signer(kid)!, registry),
    );
}
