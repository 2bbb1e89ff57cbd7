import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findingsPage } from './support/findings-page.ts';

const PAGE = new URL('../../../../docs/findings.md', import.meta.url);

// COUNTERSIGN_WRITE_DOCS=1 writes the page anew.
it('docs/findings.md says what the table of codes says', () => {
  if (process.env['COUNTERSIGN_WRITE_DOCS'] === '1') writeFileSync(PAGE, findingsPage());
  expect(readFileSync(PAGE, 'utf8')).toBe(findingsPage());
});
