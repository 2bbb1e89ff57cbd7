import { readRegistryHistory } from '@countersign/signer-registry/node/registry-file';
import { registryEvents } from '@countersign/signer-registry/operations/events';
import { matchesChain } from '@countersign/signer-registry/registry/chain-pattern';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import { checkSuccessor } from '@countersign/signer-registry/registry/successor';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import type { AuditEvent } from '@countersign/proof-core/ports';
import { type WritableLog, openLog } from '../../log/open.ts';
import { DEFAULT_ACTOR } from './actor.ts';
import { signerEventId } from './event-id.ts';

export interface RecordOptions {
  /** The registry file; its history lies beside it. */
  readonly registry: string;
  readonly actor?: string | undefined;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
}

/** A signer concerns the chains it may sign; roots and others that know no chain concern every chain under their registry. */
function concerns(registry: Registry, kid: string, chain: string): boolean {
  const { chains } = registry.signer(kid)!;
  return chains.length === 0 || chains.some((pattern) => matchesChain(pattern, chain));
}

async function eventsOf(path: string, chain: string, actor: string): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  let before: Registry | undefined;
  for await (const bytes of readRegistryHistory(path)) {
    const version = before === undefined ? await parseRegistry(bytes) : await checkSuccessor(before, bytes);
    for (const event of registryEvents(before, version, actor)) {
      if (concerns(version, event.subject!, chain))
        events.push({ ...event, id: signerEventId(chain, event.type, event.subject!, version.digest) });
    }
    before = version;
  }
  return events;
}

async function missingFrom({ store }: WritableLog, events: readonly AuditEvent[]): Promise<AuditEvent[]> {
  const taken = new Set((await store.takenIds(events.map(({ id }) => id!))).map(({ id }) => id));
  return events.filter(({ id }) => !taken.has(id!));
}

/**
 * Appends to a log what the versions of a registry did to the signers that concern it, and what it does not have yet: again changes nothing.
 *
 * @param folder the log
 * @returns the events that were, or with `dryRun` would be, appended
 */
export async function recordVersions(folder: string, options: RecordOptions): Promise<readonly AuditEvent[]> {
  const { registry, actor = DEFAULT_ACTOR, dryRun = false, quiet = false } = options;
  const log = await openLog(folder);
  try {
    const events = await missingFrom(log, await eventsOf(registry, log.chain.id, actor));
    for (const event of events) {
      const receipt = dryRun ? undefined : await log.chain.appendSignerEvent(event);
      if (!quiet)
        process.stdout.write(
          `${event.type} ${event.subject} ${receipt === undefined ? 'would be recorded' : `is record ${receipt.seq}`}\n`,
        );
    }
    if (events.length === 0 && !quiet) process.stdout.write('nothing new to record\n');
    return events;
  } finally {
    await log.close();
  }
}

/** Runs `audit-signers record`. */
export async function record(folder: string, options: RecordOptions & { readonly json?: boolean }): Promise<void> {
  const events = await recordVersions(folder, { ...options, quiet: options.json === true });
  if (options.json !== true) return;
  const recorded = events.map(({ id, type, subject, payload }) => ({ id, type, subject, payload }));
  process.stdout.write(`${JSON.stringify({ schemaVersion: 1, dryRun: options.dryRun === true, recorded }, null, 2)}\n`);
}
