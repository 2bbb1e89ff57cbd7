import { expect, test } from 'vitest';
import { openPool } from '../../src/node/postgres/open.ts';
import { newDatabase, postgresMissing } from '../support/postgres.ts';

test.skipIf(postgresMissing() !== undefined)(
  'a connection that breaks while it is idle, lent or being closed does not end the process',
  async () => {
    const pool = await openPool(await newDatabase(), { max: 1 });
    const client = await pool.connect();
    const broken = (): Error => Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });
    expect(client.emit('error', broken())).toBe(true);
    client.release();
    const ended = pool.end();
    expect(client.emit('error', broken())).toBe(true);
    await ended;
    expect(client.emit('error', broken())).toBe(true);
  },
);
