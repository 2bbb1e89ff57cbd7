import { vi } from 'vitest';
import { auditChain } from '../../src/node/audit-chain/program.ts';
import { auditVerify } from '../../src/node/audit-verify/program.ts';

/** What a command did. */
export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const VARIABLES = ['AUDIT_LOG', 'AUDIT_MARK', 'AUDIT_SIGNER', 'AUDIT_SIGNERS'] as const;

/** Runs work with the variables of the environment that are given, and no others of ours. */
async function captured(env: Readonly<Record<string, string>>, work: () => Promise<number>): Promise<Run> {
  const text = { out: '', err: '' };
  const write = (into: 'out' | 'err') => (chunk: string | Uint8Array) => {
    text[into] += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
    return true;
  };
  for (const name of VARIABLES) vi.stubEnv(name, env[name] ?? '');
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(write('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(write('err')),
  ];
  try {
    return { code: await work(), ...text };
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}

/** Runs `audit-chain`. */
export function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  return captured(env, () => auditChain(argv));
}

/** Runs `audit-verify`. */
export function verify(argv: readonly string[]): Promise<Run> {
  return captured({}, () => auditVerify(argv));
}
