import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { commandsPage } from './page.ts';

const PAGE = new URL('../../../../docs/audit-verify.md', import.meta.url);

// COUNTERSIGN_WRITE_DOCS=1 writes the page anew.
it('docs/audit-verify.md says what the table of commands says', () => {
  if (process.env['COUNTERSIGN_WRITE_DOCS'] === '1') writeFileSync(PAGE, commandsPage());
  expect(readFileSync(PAGE, 'utf8')).toBe(commandsPage());
});
