import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILE, formatLogConfig } from '@countersign/audit-chain/node/log/config';
import { openStore } from '@countersign/audit-chain/store/sql-store';
import { generateKeyFile } from '@countersign/signer-registry/node/local-signer';
import { createDevRegistry } from '@countersign/signer-registry/registry/dev';
import { emptyDatabase } from '../../../audit-chain/test/support/database.ts';
import { openLog } from '../../src/node/log/open.ts';

/** A log directory like those of `audit-chain init`, on a copied database: making one takes seconds. */
export async function makeLog(path: string, chain: string): Promise<void> {
  mkdirSync(join(path, 'keys'), { recursive: true, mode: 0o700 });
  const logKey = await generateKeyFile(join(path, 'keys/dev.pem'), 'dev-log');
  const rootKey = await generateKeyFile(join(path, 'keys/dev-root.pem'), 'dev-root');
  writeFileSync(join(path, 'signers.json'), await createDevRegistry({ chain, logKey, rootKey, now: Date.now() }));
  const config = { chain, database: 'db', mark: 'keys/high-water.json', signer: 'file:keys', signers: 'signers.json' };
  writeFileSync(join(path, CONFIG_FILE), formatLogConfig(config));
  const store = await openStore(await emptyDatabase(join(path, 'db')));
  await store.create(chain);
  await store.close();
  await (await openLog(path)).close();
}
