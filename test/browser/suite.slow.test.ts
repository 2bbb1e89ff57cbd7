import { describe, expect, test } from 'vitest';
import { launch, NO_BROWSER } from './chromium.ts';
import { runSuite } from './run-suite.ts';
import { testFiles } from './suite.ts';

describe.skipIf(NO_BROWSER !== undefined)('the tests of proof-core, in Chromium', () => {
  test('hold there, each property as often as in Node', async () => {
    const browser = await launch();
    try {
      const outcomes = await runSuite(browser, testFiles(), Infinity);
      expect(outcomes.filter(({ status }) => status === 'failed').map(({ name, message }) => `${name}\n${message}`)).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
