import { defaultEngine } from '../engine/default.ts';
import type { Engine } from '../engine/engine.ts';
import { refuse } from '../errors.ts';
import { type Cosignature, verifyCosignatures } from './cosignature.ts';
import { NOTE_TYPE, type NoteKey } from './key-form.ts';
import type { Policy, PolicyGroup, PolicyWitness } from './policy.ts';
import { type VerifiedCheckpoint, verifyCheckpoint } from './verify-checkpoint.ts';

/** What the caller adds to a policy. */
export interface PolicyOptions {
  /** Log keys accepted beside the policy's own. */
  readonly keys?: readonly NoteKey[];
  /** Cosignatures of an earlier time, or without one, do not count: POSIX time in seconds. */
  readonly earliest?: number;
  /** Cosignatures of a later time, or without one, do not count: POSIX time in seconds. */
  readonly latest?: number;
}

/** A checkpoint that satisfies a policy. */
export interface PolicyVerdict extends VerifiedCheckpoint {
  /** The cosignatures that hold and count, in the order of their lines. */
  readonly cosignatures: readonly Cosignature[];
}

/**
 * Verifies a signed checkpoint against a trust policy: signed by one of its logs, cosigned by its quorum (C2SP tlog-policy).
 *
 * Logs and witnesses with ML-DSA-44 keys count when the engine is one made by `withMlDsa`, and never otherwise.
 *
 * @param bytes a signed note, at most 131,072; copied before the first wait
 * @param policy logs, witnesses and quorum, as `parsePolicy` reads them
 * @param options further log keys, and the span of time in which cosignatures count
 * @throws ProofError ERR_POLICY_QUORUM when too few witnesses cosigned in time, and as `verifyCheckpoint` and `verifyCosignatures`
 * @example const { checkpoint, cosignatures } = await verifyPolicy(bytes, parsePolicy(file));
 */
export async function verifyPolicy(
  bytes: Uint8Array,
  policy: Policy,
  options: PolicyOptions = {},
  engine: Engine = defaultEngine,
): Promise<PolicyVerdict> {
  const { keys = [], earliest, latest } = options;
  const { quorum } = policy;
  // Without a module an ML-DSA-44 line counts for nobody: that can only leave a checkpoint unsigned or a quorum unreached.
  const logKeys = [...policy.logs.flatMap(({ key }) => key ?? []), ...keys].filter((key) => canVerify(key, engine));
  const witnessKeys = policy.witnesses.map(({ key }) => key).filter((key) => canVerify(key, engine));
  const verified = await verifyCheckpoint(bytes, logKeys, { extensions: true }, engine);
  const found = await verifyCosignatures(verified.note, witnessKeys, engine);
  const cosignatures = found.filter(({ time }) => isBetween(time, earliest, latest));
  const cosigned = new Set(cosignatures.map(({ key }) => key));
  if (quorum !== undefined && !hasCosigned(quorum, cosigned)) {
    refuse('ERR_POLICY_QUORUM', 'signatures', `cosignatures that satisfy ${quorum.name}`, `${cosignatures.length} that count`);
  }
  return { ...verified, cosignatures };
}

function canVerify({ type }: NoteKey, { mlDsa }: Engine): boolean {
  return type !== NOTE_TYPE.subtree || mlDsa?.ml_dsa44 !== undefined;
}

function isBetween(time: number, earliest: number | undefined, latest: number | undefined): boolean {
  if (earliest === undefined && latest === undefined) return true;
  // A time of 0 is no statement of time.
  return time !== 0 && time >= (earliest ?? 0) && time <= (latest ?? Infinity);
}

/**
 * Tells whether a witness, or as many members of a group as its threshold says, are among the keys that cosigned.
 *
 * @param quorum a witness or group of a policy
 * @param keys those whose cosignatures hold
 * @example hasCosigned(policy.quorum, new Set(cosignatures.map(({ key }) => key)))
 */
export function hasCosigned(quorum: PolicyWitness | PolicyGroup, keys: ReadonlySet<NoteKey>): boolean {
  if (quorum.kind === 'witness') return keys.has(quorum.key);
  let count = 0;
  for (const member of quorum.members) if (hasCosigned(member, keys)) count++;
  return count >= quorum.threshold;
}
