import { ChainError } from '@countersign/audit-chain/errors';
import { httpExchange } from '@countersign/audit-chain/node/witness/http';
import { checkpointKeys } from '@countersign/audit-chain/append/keys';
import type { ChainStore } from '@countersign/audit-chain/store/store';
import { askedWitnesses } from '@countersign/audit-chain/witness/cosign';
import { witnessedMark } from '@countersign/audit-chain/witness/mark';
import { type Witnessed, readWitnessed } from '@countersign/audit-chain/witness/monitor';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { HighWaterMark, KeyResolver } from '@countersign/proof-core/ports';
import { readPolicy } from './policy.ts';

/**
 * Has the witnesses of a policy raise a high-water mark before the first signature: AUDIT_WITNESSES. One that cannot be reached is named and left
 * out: the mark beside the log stands without it.
 *
 * @throws CliError ERR_CLI_FILE; ProofError ERR_POLICY
 */
export async function raisedByWitnesses(
  own: HighWaterMark,
  log: { readonly store: ChainStore; readonly resolver: KeyResolver },
  policyFile: string,
): Promise<HighWaterMark> {
  const { store, resolver } = log;
  const witnesses = askedWitnesses(await readPolicy(policyFile, 'AUDIT_WITNESSES'));
  const witnessed = async (): Promise<readonly Witnessed[]> => {
    const exchange = httpExchange({ timeoutMs: 3000 });
    const keys = checkpointKeys(resolver, store.chain);
    try {
      const ask = (one: (typeof witnesses)[number]): Promise<Witnessed | undefined> =>
        readWitnessed(exchange, one, store.chain, keys, defaultEngine).catch((error: unknown) => {
          if (!(error instanceof ChainError)) throw error;
          process.stderr.write(`warning: ${error.message}\n`);
          return undefined;
        });
      return (await Promise.all(witnesses.map(ask))).filter((one) => one !== undefined);
    } finally {
      exchange.close();
    }
  };
  return witnessedMark({ own, store, witnessed });
}
