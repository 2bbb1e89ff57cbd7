import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { localSigner } from '../../src/node/local-signer.ts';
import { type DoctorOptions, examineRegistry } from '../../src/operations/doctor.ts';
import { makeSigner } from '../../src/registry/make.ts';
import type { RegistryMembers, SignerMembers } from '../../src/registry/types.ts';
import { publicKeyOf, rsaKey } from '../support/keys.ts';
import { CHAIN, logSigner, parse, root, sample, T } from '../support/registries.ts';

function examine(change: Partial<RegistryMembers>, options: Partial<DoctorOptions> = {}, day = 10): string[] {
  const registry = parse({ ...sample(), expires: T(5000), ...change });
  const findings = examineRegistry(registry, { now: Date.parse(T(day)), ...options });
  return findings.map(({ severity, code, kid }) => `${severity} ${code}${kid === undefined ? '' : ` ${kid}`}`);
}

const withLog = (more: Partial<SignerMembers>): Partial<RegistryMembers> => ({
  signers: [...sample().signers.slice(0, 3), logSigner('log-1', more)],
});

describe('the doctor', () => {
  test('finds nothing where all is well', () => {
    expect(examine({})).toEqual([]);
  });

  test('warns of keys of 12 months and calls 36 an error', () => {
    expect(examine(withLog({}), {}, 364)).toEqual([]);
    expect(examine(withLog({}), {}, 365)).toContain('warning key-old log-1');
    expect(examine(withLog({}), {}, 1094)).toContain('warning key-old log-1');
    expect(examine(withLog({}), {}, 1095)).toContain('error key-old log-1');
    expect(examine(withLog({}), { warnAge: 5 })).toContain('warning key-old log-1');
    expect(examine(withLog({ status: 'retired', valid_until: T(9) }), {}, 1095)).not.toContain('error key-old log-1');
  });

  test('sees ends coming', () => {
    expect(examine({ expires: T(41) })).toEqual([]);
    expect(examine({ expires: T(40) })).toEqual(['warning registry-expires']);
    expect(examine({ expires: T(9) })).toEqual(['error registry-expired']);
    expect(examine(withLog({ valid_until: T(40) }))).toEqual(['warning key-ends log-1']);
    expect(examine(withLog({ valid_until: T(9) }))).toEqual(['error key-ended log-1']);
    expect(examine(withLog({ status: 'pending' }), {}, 31)).toEqual(['warning key-pending log-1']);
  });

  test('sees drift between registry and backend, backends that fail and keys that nobody uses', () => {
    const now = Date.parse(T(100));
    const sights = [
      { kid: 'log-1', thumbprint: publicKeyOf('mallory').thumbprint, lastUsed: now },
      { kid: 'license-1', thumbprint: publicKeyOf('license-1').thumbprint, failure: 'backend_denied', lastUsed: Date.parse(T(1)) },
    ];
    expect(examine({}, { sights }, 100)).toEqual([
      'error key-drift log-1',
      'error backend-failing license-1',
      'warning key-unused license-1',
    ]);
  });

  test('sees development keys, weak keys and keys that witnesses do not take', () => {
    expect(examine(withLog({ backend: 'file', operator: 'dev' }))).toEqual(['note key-development log-1']);
    expect(examine(withLog({ backend: 'file', operator: 'dev' }), { production: true })).toEqual(['error key-development log-1']);
    const { publicKey } = localSigner('rsa-1', rsaKey(2048), 'RS256');
    const rsa = makeSigner({ kid: 'rsa-1', publicKey, purposes: ['checkpoint'], chains: [CHAIN], validFrom: T(0), backend: 'offline' });
    expect(examine({ signers: [...sample().signers, rsa] })).toEqual(['warning key-weak rsa-1', 'note not-witnessable rsa-1']);
    const p256 = localSigner('p256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey).publicKey;
    const ec = makeSigner({ kid: 'p256', publicKey: p256, purposes: ['checkpoint'], chains: [CHAIN], validFrom: T(0), backend: 'offline' });
    expect(examine({ signers: [...sample().signers, ec] })).toEqual(['note not-witnessable p256']);
  });

  test('sees emergencies that have become habits, and registries that hang by a thread', () => {
    const emergency = { approvals: ['a'.repeat(64)], justification: 'x' };
    expect(examine(withLog({ valid_until: T(60), emergency }))).toEqual(['warning key-emergency log-1']);
    expect(examine({ threshold: 3 })).toEqual(['warning no-spare-root']);
    expect(examine({ threshold: 1, roots: ['r1', 'r2'] })).toEqual(['note single-root']);
    expect(examine({ threshold: 1, roots: ['r1'], signers: [root('r1')] })).toEqual(['warning no-spare-root', 'note single-root']);
  });
});
