import { type Policy, parsePolicy } from '@countersign/proof-core/note/policy';
import { readNamed } from '../command/named-file.ts';

/**
 * Reads a policy of witnesses (docs/spec/policy.md).
 *
 * @throws CliError ERR_CLI_FILE; ProofError ERR_POLICY and those of its keys
 */
export async function readPolicy(path: string, option = '--policy'): Promise<Policy> {
  return parsePolicy(await readNamed(path, option));
}
