import { createHash } from 'node:crypto';
import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { Clock, EventSink, HighWaterMark, Mark, Signer } from '@countersign/proof-core/ports';
import { RegistryError, unexpected } from '../../errors.ts';
import type { Registry } from '../../registry/registry.ts';
import type { RegisteredSigner } from '../../registry/types.ts';
import type { Content } from '../../signer/content.ts';
import { type Around, type GuardOptions, type SignedContent, signGuarded } from '../../signer/guard.ts';
import type { SignerHooks } from '../../signer/hooks.ts';
import { checkReserved } from '../../signer/mark.ts';
import { probeSigner } from '../../signer/probe.ts';
import { type ProxyCaller, checkCallers, isAllowed } from './caller.ts';
import { turns } from '../turns.ts';
import type { MarkMessage, SignMessage } from './message.ts';

/** What a signing proxy is made of. */
export interface ProxyParts {
  /** Read at every request, so that a newer version counts at once. */
  readonly registry: () => Registry;
  /** Where the keys are: local, KMS, PKCS#11. */
  readonly signers: readonly Signer[];
  readonly callers: readonly ProxyCaller[];
  /** How far each origin has been signed; `markFolder` or a store that several proxies share. */
  readonly marks: HighWaterMark;
  /** The proxy's own chained log: every signature is in it before it is handed over. */
  readonly log: EventSink;
  readonly clock: Clock;
  readonly hooks?: SignerHooks;
}

/** A signing proxy without its HTTP. */
export interface ProxyService {
  readonly callers: readonly ProxyCaller[];
  sign(caller: ProxyCaller, message: SignMessage, signal?: AbortSignal): Promise<SignedContent>;
  readMark(caller: ProxyCaller, origin: string): Promise<Mark | undefined>;
  reserve(caller: ProxyCaller, message: MarkMessage): Promise<void>;
  key(caller: ProxyCaller, kid: string): Pick<RegisteredSigner, 'algorithm' | 'key' | 'purposes'>;
  /** The active keys that did not sign a probe, as of at most ten seconds ago. */
  failing(): Promise<string[]>;
}

/** Milliseconds for which a look at the keys holds. */
const HEALTH_INTERVAL = 10_000;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What the log says of signed bytes: enough to find them again, never a payload. */
function describe(content: Content): Record<string, string | number> {
  if (content.kind === 'checkpoint') return { kind: 'checkpoint', origin: content.checkpoint.origin, size: content.checkpoint.size };
  if (content.kind === 'document') return { kind: 'document', type: content.header.typ, digest: content.digest };
  return { kind: content.statement.type };
}

function forbidden(caller: ProxyCaller, what: string): RegistryError {
  return unexpected('ERR_PROXY_FORBIDDEN', caller.name, 'a key and purpose that this caller may use', what);
}

/**
 * Makes a signing proxy (`docs/spec/signing-proxy.md`): it lets each caller use only its keys and purposes, reads what it signs, refuses
 * checkpoints that do not continue what it has signed before, and hands over no signature that is not in its log.
 *
 * @throws TypeError callers without credentials, two signers of one kid
 * @example const service = createProxy({ registry: () => registry, signers, callers, marks, log, clock: { now: Date.now } });
 */
export function createProxy(parts: ProxyParts, engine: Engine = defaultEngine): ProxyService {
  const { registry, callers, marks, log, clock, hooks } = parts;
  checkCallers(callers);
  const signers = new Map(parts.signers.map((signer) => [signer.kid, signer]));
  if (signers.size < parts.signers.length) throw new TypeError('signers: each kid once');
  // A pending key is rehearsed through the proxy too.
  const guard: GuardOptions = { registry, clock, rehearsal: true, ...(hooks === undefined ? {} : { hooks }) };
  const oneByOne = turns();
  let looked: { readonly at: number; readonly failing: Promise<string[]> } | undefined;

  /** A caller has to do with a chain where it may sign checkpoints with a key of that chain. */
  function checkChain(caller: ProxyCaller, origin: string): void {
    const known = registry();
    const mine = caller.allow.some(({ kid, purposes }) => {
      const query = { kid, purpose: 'checkpoint', chain: origin } as const;
      return purposes.includes('checkpoint') && signers.has(kid) && known.resolve(query).trusted;
    });
    if (!mine) throw forbidden(caller, `marks of ${origin}`);
  }

  /** Nobody has seen the signature yet; without its record nobody will. */
  async function record(caller: ProxyCaller, { kid, purpose, bytes }: SignMessage, content: Content, signature: Uint8Array): Promise<void> {
    const { version, digest } = registry();
    const payload = {
      bytes: sha256(bytes),
      content: describe(content),
      kid,
      purpose,
      registry: { digest, version },
      signature: sha256(signature),
    };
    try {
      await log.append({ type: 'signature.made', actor: `caller:${caller.name}`, subject: kid, payload });
    } catch (cause) {
      throw new RegistryError('ERR_PROXY_LOG', `${kid}: expected the signature to be logged`, { field: 'log', cause });
    }
  }

  async function probeAll(): Promise<string[]> {
    const results = await Promise.all(
      [...signers.values()].map(async (signer) => {
        const entry = registry().signer(signer.kid);
        // A key that is not active, or not registered yet, is not asked for signatures, so it is no failure.
        if (entry?.status !== 'active') return undefined;
        return probeSigner(signer, entry, {}, engine).then(
          () => undefined,
          () => signer.kid,
        );
      }),
    );
    return results.filter((kid) => kid !== undefined);
  }

  return {
    callers,
    sign(caller, message, signal) {
      const { kid, purpose, bytes } = message;
      const signer = signers.get(kid);
      // Whoever may not use a key does not learn whether there is one.
      if (signer === undefined || !isAllowed(caller, kid, purpose)) return Promise.reject(forbidden(caller, `${purpose} with ${kid}`));
      const around: Around = async (_, content, run) => {
        const signAndRecord = async (): Promise<Uint8Array> => {
          const signature = await run();
          await record(caller, message, content, signature);
          return signature;
        };
        if (content.kind !== 'checkpoint') return signAndRecord();
        const { checkpoint } = content;
        return oneByOne(checkpoint.origin, async () => {
          checkReserved(await marks.read(checkpoint.origin), checkpoint);
          return signAndRecord();
        });
      };
      return signGuarded(signer, { purpose, bytes, ...(signal === undefined ? {} : { signal }) }, guard, around, engine);
    },
    async readMark(caller, origin) {
      checkChain(caller, origin);
      return marks.read(origin);
    },
    async reserve(caller, { next, proof }) {
      checkChain(caller, next.origin);
      await oneByOne(next.origin, () => marks.reserve(next, proof));
    },
    key(caller, kid) {
      const signer = signers.get(kid);
      const rules = caller.allow.filter((rule) => rule.kid === kid);
      if (signer === undefined || rules.length === 0) throw forbidden(caller, kid);
      // A key that is not registered yet has to be seen to be registered; until then it signs nothing.
      const { algorithm, key, purposes } = registry().signer(kid) ?? {
        algorithm: signer.publicKey.algorithm,
        key: signer.publicKey,
        purposes: rules.flatMap((rule) => rule.purposes),
      };
      return { algorithm, key, purposes };
    },
    failing() {
      const now = clock.now();
      // Anybody may ask, and each probe may cost a call of KMS.
      if (looked === undefined || now >= looked.at + HEALTH_INTERVAL) looked = { at: now, failing: probeAll() };
      return looked.failing;
    },
  };
}
