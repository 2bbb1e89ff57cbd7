import { type RotationPayload, signRotation, verifyRotation } from '@countersign/signer-registry/operations/rotation';
import { CliError } from '../../errors.ts';
import { type WritableLog, openLog, readRegistry } from '../../log/open.ts';
import { DEFAULT_ACTOR } from '../record/actor.ts';
import { signerEventId } from '../record/event-id.ts';
import { registryPath } from '../registry/flags.ts';
import type { RotateFlags } from './rotate.ts';

function signerOf(log: WritableLog, kid: string) {
  const signer = log.signers.find((one) => one.kid === kid);
  if (signer !== undefined) return signer;
  throw new CliError('ERR_CLI_SIGNER', `signer: the log has to be opened with the signer of ${kid} too (AUDIT_SIGNER)`, 'AUDIT_SIGNER');
}

/** Appends `signer.rotated`, signed by the old and the new key, while the log has both; again changes nothing. */
export async function recordRotation(folder: string, from: string, flags: RotateFlags): Promise<void> {
  const registry = await readRegistry(registryPath(flags));
  const log = await openLog(folder);
  try {
    const id = signerEventId(log.chain.id, 'signer.rotated', flags.to, registry.digest);
    const [taken] = await log.store.takenIds([id]);
    if (taken !== undefined) {
      process.stdout.write(`signer.rotated ${from} to ${flags.to} is recorded already\n`);
      return;
    }
    const actor = flags.actor ?? DEFAULT_ACTOR;
    const event = await signRotation({ from: signerOf(log, from), to: signerOf(log, flags.to), registry, actor });
    await verifyRotation(event.payload as RotationPayload, registry);
    const receipt = flags.dryRun === true ? undefined : await log.chain.appendSignerEvent({ ...event, id });
    const place = receipt === undefined ? 'would be recorded' : `is record ${receipt.seq}`;
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify({ schemaVersion: 1, id, seq: receipt?.seq ?? null, payload: event.payload }, null, 2)}\n`
        : `signer.rotated ${from} to ${flags.to} ${place}\n`,
    );
  } finally {
    await log.close();
  }
}
