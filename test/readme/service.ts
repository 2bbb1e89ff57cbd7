// The program of README.md, "In a service": compiled with the tests, compared with the page by readme.test.ts.
import { Chain, fromPool, openStore } from '@countersign/audit-chain';
import type { HighWaterMark, KeyResolver, Signer } from '@countersign/proof-core/ports';
import type { Pool, PoolClient } from 'pg';

interface Surroundings {
  readonly pool: Pool;
  readonly client: PoolClient;
  readonly signer: Signer;
  readonly registry: KeyResolver;
  readonly mark: HighWaterMark;
}

/** Does what the page shows; `pool`, `client`, `signer`, `registry` and `mark` are the reader's own. */
export async function example({ pool, client, signer, registry, mark }: Surroundings): Promise<Uint8Array> {
  // #region README
  const database = await openStore(fromPool(pool));
  const store = await database.open('shop.example.com/audit');
  const chain = await Chain.open({ store, signers: [signer], resolver: registry, mark, clock: Date });

  // In the transaction of the order itself: both are there, or neither.
  const event = { type: 'order.created', actor: 'user:7f3a', subject: 'order:17', payload: { amount: 1999 } };
  const pending = await chain.append(event, { transaction: client });
  await client.query('commit');
  const receipt = await (await pending.settled()).bytes();
  // #endregion
  return receipt;
}
