// Compiled with the tests and never run: the real clients fit what the adapters ask for. When one of them changes, `npm run types` fails here.
import type { S3 } from '@aws-sdk/client-s3';
import type { PGlite, Transaction } from '@electric-sql/pglite';
import type { Client, Pool, PoolClient } from 'pg';
import type { PgClientLike, PgPoolLike, PgQueries } from '../../src/adapters/pg.ts';
import type { PgliteLike, PgliteQueries } from '../../src/adapters/pglite.ts';
import type { S3Like } from '../../src/adapters/s3-mark.ts';
import type { TransactionLike } from '../../src/append/leave.ts';

/** Compiles when `Real` is assignable to `Like`. */
type Fits<Like, Real extends Like> = Real;

export type Clients = [
  Fits<PgPoolLike, Pool>,
  Fits<PgClientLike, PoolClient>,
  Fits<PgQueries, Pool | PoolClient | Client>,
  Fits<PgliteLike, PGlite>,
  Fits<PgliteQueries, PGlite | Transaction>,
  Fits<S3Like, S3>,
  // What a caller's own transaction runs on.
  Fits<TransactionLike, PoolClient | Client | Transaction>,
];

// And a check that can fail: what lacks a method does not fit.
// @ts-expect-error -- a client that only ends
export type Misfit = Fits<PgQueries, Pick<Client, 'end'>>;
