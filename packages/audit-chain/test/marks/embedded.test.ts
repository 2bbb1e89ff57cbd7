import { afterAll, beforeAll } from 'vitest';
import { describeHooks } from '../hooks/shared.ts';
import { type TestBed, testBed } from '../support/chain.ts';
import { describeMark } from './contract.ts';
import { describeServerGuard } from './server-guard.ts';
import { placeOn } from './sql.ts';

// One embedded database for all of them: starting one takes longer than a suite.
let bed: TestBed;
beforeAll(async () => {
  bed = await testBed();
});
afterAll(() => bed.close());

describeMark('an embedded database', () => placeOn(bed.client, () => Promise.resolve()));
describeServerGuard(() => bed);
describeHooks(() => bed);
