import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHAIN_ERRORS } from '@countersign/audit-chain/errors';
import { PROOF_ERRORS } from '@countersign/proof-core/errors';
import { REGISTRY_ERRORS } from '@countersign/signer-registry/errors';
import { CLI_ERRORS } from '@countersign/verify-cli/errors';
import { ROOT } from './tree.ts';

const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');

/** The codes and meanings that the page has for a package. */
function documented(name: string): Readonly<Record<string, string>> {
  const section = page.split(/^## /m).find((part) => part.startsWith(`@countersign/${name}:`)) ?? '';
  return Object.fromEntries(
    [...section.matchAll(/^\| `(ERR_[A-Z0-9_]+)` \| (.+) \|$/gm)].map(([, code = '', meaning = '']) => [code, meaning]),
  );
}

describe('docs/errors.md', () => {
  test.each([
    ['proof-core', PROOF_ERRORS],
    ['audit-chain', CHAIN_ERRORS],
    ['signer-registry', REGISTRY_ERRORS],
    ['verify-cli', CLI_ERRORS],
  ])('lists every code of %s with its meaning, and no other (node tools/errors-doc.mjs writes it)', (name, codes) => {
    expect(documented(name)).toEqual({ ...codes });
  });
});
