import type { Browser } from 'playwright-core';
import { makeBridge } from './bridge.ts';
import type { Outcome } from './stand-in/vitest.ts';
import { bundleSuite } from './suite.ts';

const ADDRESS = 'https://suite.invalid/';

/** Tests about what only Node has: its engine, and keys of `node:crypto` handed to jose. */
const NODE_ONLY = /Node runs its own engine|plain jose/;

/**
 * Runs test files of proof-core in a page. The page has an https address, so that there is WebCrypto; nothing leaves this process.
 *
 * @param maxRuns runs of each property at most
 */
export async function runSuite(browser: Browser, files: readonly string[], maxRuns: number): Promise<Outcome[]> {
  const script = (await bundleSuite(files, maxRuns)).replaceAll('</script', String.raw`<\/script`);
  const body = `<!doctype html><meta charset="utf-8"><script type="module">${script}</script>`;
  const answer = makeBridge();
  const page = await browser.newPage();
  try {
    await page.route('**/*', (route) => {
      const asked = route.request().postData();
      return route.fulfill(asked === null ? { contentType: 'text/html', body } : { contentType: 'application/json', body: answer(asked) });
    });
    const broken = new Promise<never>((_, reject) => page.on('pageerror', reject));
    broken.catch(() => undefined);
    await page.goto(ADDRESS, { waitUntil: 'commit' });
    const outcomes = await Promise.race([broken, page.waitForFunction('globalThis.outcomes', undefined, { timeout: 0 })]);
    const list = (await outcomes.jsonValue()) as Outcome[];
    return list.map((outcome) =>
      NODE_ONLY.test(outcome.name) ? { name: outcome.name, status: 'not in a browser', ms: outcome.ms } : outcome,
    );
  } finally {
    await page.close();
  }
}
