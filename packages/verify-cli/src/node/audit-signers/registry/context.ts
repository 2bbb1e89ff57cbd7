import type { OperationContext } from '@countersign/signer-registry/operations/change';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { readRegistry } from '../../log/open.ts';
import { type VersionFlags, readTime, registryPath } from './flags.ts';

/** The registry to change, and what every operation is told. */
export async function openRegistry(flags: VersionFlags): Promise<{ readonly registry: Registry; readonly context: OperationContext }> {
  const registry = await readRegistry(registryPath(flags));
  const expires = flags.registryExpires === undefined ? {} : { expires: readTime(flags.registryExpires, '--registry-expires') };
  return { registry, context: { now: Date.now(), actor: 'system:audit-signers', ...expires } };
}
