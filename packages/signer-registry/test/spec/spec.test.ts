import { describe, expect, test } from 'vitest';
import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { DIALECTS } from '../../src/node/proxy/dialect.ts';
import { readSignMessage } from '../../src/node/proxy/message.ts';
import { formatRegistryPayload } from '../../src/registry/make.ts';
import { parseRegistry } from '../../src/registry/parse.ts';
import { PURPOSES } from '../../src/registry/purpose.ts';
import { signRegistry } from '../../src/registry/sign.ts';
import { readContent } from '../../src/signer/content.ts';
import { formatStatement } from '../../src/signer/statement.ts';
import { KMS_ALGORITHMS } from '../../src/adapters/kms.ts';
import { Page } from '../support/pages.ts';
import { exampleMembers, rootSigner } from './example.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('docs/spec/signers.md', () => {
  const page = new Page('docs/spec/signers.md');

  test('has the bytes that the example gives', async () => {
    const members = exampleMembers();
    expect(page.block('signers=payload')).toBe(text(formatRegistryPayload(members)));
    expect(`${page.block('signers=document')}\n`).toBe(text(await signRegistry(members, [rootSigner])));
  });

  test('has a document that is read, and its digest', async () => {
    const registry = await parseRegistry(new TextEncoder().encode(`${page.block('signers=document')}\n`));
    expect(registry.digest).toBe(page.block('signers=digest'));
    const probe = formatStatement({ type: 'probe', kid: 'log-1', nonce: '5a'.repeat(32) });
    const rotation = formatStatement({ type: 'rotation', from: 'log-1', to: 'log-2', registry: registry.digest });
    expect(page.text).toContain(hexEncode(probe));
    expect(page.text).toContain(hexEncode(rotation));
  });

  test('lists every member and purpose there is', () => {
    const cells = new Set(page.firstCells());
    const [, log] = exampleMembers().signers;
    for (const name of [...Object.keys(exampleMembers()), ...Object.keys(log!), ...PURPOSES]) expect(cells).toContain(name);
    for (const name of ['valid_until?', 'revoked?', 'emergency?']) expect(cells).toContain(name);
  });
});

describe('docs/spec/signing-proxy.md', () => {
  const page = new Page('docs/spec/signing-proxy.md');

  test('shows a request that is one, for a checkpoint', () => {
    const body = page
      .block('exchange=sign')
      .split('\n')
      .find((line) => line.startsWith('{'))!;
    const message = readSignMessage(JSON.parse(body) as never);
    expect(readContent(message.purpose, message.bytes)).toMatchObject({
      kind: 'checkpoint',
      checkpoint: { origin: 'example.com/audit', size: 1 },
    });
  });

  test('lists every dialect with its path', () => {
    for (const [name, { path }] of Object.entries(DIALECTS))
      expect(page.text).toMatch(new RegExp(`^\\| \`${name}\` \\| \`POST ${path}\``, 'm'));
  });
});

describe('docs/operations/kms-iam-policy.md', () => {
  const page = new Page('docs/operations/kms-iam-policy.md');

  test('asks KMS for each algorithm as the signer does', () => {
    const rows = Array.from(
      page.text.matchAll(/^\| `([\w-]+)` \| `\w+` \| `(\w+)` \| `(RAW|DIGEST)` \|$/gm),
      ([, name, algorithm, type]) => [name, [algorithm, type]],
    );
    expect(Object.fromEntries(rows)).toEqual(KMS_ALGORITHMS);
  });

  test('lets the service sign with one algorithm, and Security not at all', () => {
    const service = JSON.parse(page.block('policy=service')) as { Statement: { Action: string; Condition: object }[] };
    expect(service.Statement).toHaveLength(1);
    expect(service.Statement[0]).toMatchObject({
      Action: 'kms:Sign',
      Condition: { StringEquals: { 'kms:SigningAlgorithm': KMS_ALGORITHMS.Ed25519[0], 'kms:MessageType': KMS_ALGORITHMS.Ed25519[1] } },
    });
    expect(page.block('policy=security')).not.toContain('kms:Sign');
    JSON.parse(page.block('policy=security'));
  });
});
