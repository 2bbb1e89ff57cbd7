import { openTimestampVerifier } from '@countersign/audit-chain/node/timestamp/load';
import type { VerifyOptions } from '@countersign/audit-chain/verify/context';
import { readNamed } from '../command/named-file.ts';
import { readPolicy } from '../log/policy.ts';

/** The flags that pin outsiders, as given. */
export interface OutsideFlags {
  readonly policy?: string;
  readonly tsaRoots?: string;
}

/**
 * Reads which witnesses and time-stamping authorities the caller pins.
 *
 * @throws CliError ERR_CLI_FILE; ProofError ERR_POLICY; ChainError ERR_TIMESTAMP_ROOTS, ERR_PACKAGE_MISSING
 */
export async function readOutside({ policy, tsaRoots }: OutsideFlags): Promise<Pick<VerifyOptions, 'policy' | 'timestamps'>> {
  const roots = tsaRoots === undefined ? undefined : await readNamed(tsaRoots, '--tsa-roots');
  return {
    ...(policy === undefined ? {} : { policy: await readPolicy(policy) }),
    ...(roots === undefined ? {} : { timestamps: await openTimestampVerifier(new TextDecoder().decode(roots)) }),
  };
}
