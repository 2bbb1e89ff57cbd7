import { type DoctorFinding, type KeySight, examineRegistry } from '@countersign/signer-registry/operations/doctor';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { EXIT } from '../../command/exit.ts';
import { readRegistry } from '../../log/open.ts';
import { registryPath } from '../registry/flags.ts';

export interface DoctorFlags {
  readonly registry?: string;
  readonly offline?: boolean;
  /** Logs that tell which keys are still used. */
  readonly log: readonly string[];
  readonly production?: boolean;
  readonly strict?: boolean;
  readonly json?: boolean;
}

function exitOf(findings: readonly DoctorFinding[], strict: boolean): number {
  const bad = findings.filter(({ severity }) => severity === 'error' || (strict && severity === 'warning'));
  if (bad.length === 0) return EXIT.verified;
  return bad.every(({ code }) => code === 'backend-failing') ? EXIT.unreachable : EXIT.signer;
}

async function lookAround(registry: Registry, { offline, log }: DoctorFlags): Promise<KeySight[]> {
  const sights = offline === true ? [] : await (await import('./sights.ts')).sightKeys(registry);
  const newest = new Map<string, number>();
  for (const folder of log) {
    const { lastUses } = await import('./last-use.ts');
    for (const [kid, time] of await lastUses(folder, registry)) newest.set(kid, Math.max(time, newest.get(kid) ?? 0));
  }
  const seen = new Map(sights.map((sight) => [sight.kid, sight]));
  for (const [kid, lastUsed] of newest) seen.set(kid, { ...(seen.get(kid) ?? { kid }), lastUsed });
  return [...seen.values()];
}

/** Runs `audit-signers doctor`; gives the exit code. */
export async function doctor(flags: DoctorFlags): Promise<number> {
  const registry = await readRegistry(registryPath(flags));
  const sights = await lookAround(registry, flags);
  const findings = examineRegistry(registry, { now: Date.now(), production: flags.production === true, sights });
  if (flags.json === true) {
    const { version, digest } = registry;
    process.stdout.write(`${JSON.stringify({ schemaVersion: 1, version, digest, findings }, null, 2)}\n`);
  } else {
    for (const { severity, code, kid, message } of findings) {
      process.stdout.write(`${severity.padEnd(7)}  ${code.padEnd(17)}  ${kid === undefined ? '' : `${kid}: `}${message}\n`);
    }
    if (findings.length === 0) process.stdout.write('nothing to do\n');
  }
  return exitOf(findings, flags.strict === true);
}
