import { defaultEngine } from '@countersign/proof-core/engine/default';
import type { Engine } from '@countersign/proof-core/engine/engine';
import type { Clock, SignRequest, Signer } from '@countersign/proof-core/ports';
import { unexpected } from '../errors.ts';
import { backendKind } from '../registry/backend.ts';
import { matchesChain } from '../registry/chain-pattern.ts';
import type { Registry } from '../registry/registry.ts';
import { formatTime } from '../registry/time.ts';
import type { RegisteredSigner } from '../registry/types.ts';
import { type Content, readContent } from './content.ts';
import { type SignerHooks, observe, reasonOf } from './hooks.ts';
import { wrongSignature } from './probe.ts';
import { checkSignRequest } from './request.ts';
import { parseStatement } from './statement.ts';
import { wrapSigner } from './wrap.ts';

/** Who a signer is by the registry, and who wants to know what it does. */
export interface GuardOptions {
  /** Read at every signature, so that a newer version counts at once. */
  readonly registry: () => Registry;
  readonly clock: Clock;
  readonly hooks?: SignerHooks;
  /** A pending key signs probes, and nothing else: for the rehearsal before a rotation. */
  readonly rehearsal?: boolean;
}

function checkStatus(entry: RegisteredSigner, now: number, rehearsal: boolean): void {
  const { kid, status, validFrom, validUntil } = entry;
  const wanted = rehearsal ? 'an active or pending signer' : 'an active signer';
  if (status !== 'active' && !(rehearsal && status === 'pending')) throw unexpected('ERR_SIGN_STATUS', kid, wanted, status);
  const time = formatTime(now);
  if (validUntil !== undefined && time > validUntil) throw unexpected('ERR_SIGN_STATUS', kid, `a time up to ${validUntil}`, time);
  if (time < validFrom && !rehearsal) throw unexpected('ERR_SIGN_STATUS', kid, `a time from ${validFrom}`, time);
}

function checkBelongs(entry: RegisteredSigner, content: Content): void {
  if (content.kind === 'checkpoint') {
    const { origin } = content.checkpoint;
    if (!entry.chains.some((pattern) => matchesChain(pattern, origin))) {
      throw unexpected('ERR_SIGN_CHAIN', 'origin', entry.chains.join(', '), origin);
    }
  } else if (content.kind === 'document') {
    const { alg, kid } = content.header;
    if (kid !== entry.kid) throw unexpected('ERR_SIGN_CONTENT', 'kid', entry.kid, kid);
    if (alg !== entry.algorithm) throw unexpected('ERR_SIGN_CONTENT', 'alg', entry.algorithm, alg);
  } else {
    const { statement } = content;
    const names = statement.type === 'probe' ? [statement.kid] : [statement.from, statement.to];
    if (!names.includes(entry.kid)) throw unexpected('ERR_SIGN_CONTENT', 'kid', entry.kid, names.join(', '));
  }
}

/**
 * Tells what a key is asked to sign, after every rule by which the registry might forbid it: the key itself, its status and window now, its
 * purpose, its chain, and the bytes being what the purpose says.
 *
 * @returns what the bytes are
 * @throws RegistryError ERR_SIGN_KEY, ERR_BACKEND_KEY, ERR_SIGN_STATUS, ERR_SIGN_PURPOSE, ERR_SIGN_CHAIN, ERR_SIGN_CONTENT; ProofError
 *   ERR_SIGN_INPUT_SIZE
 * @example checkAllowed(signer, request, registry, Date.now())
 */
export function checkAllowed(
  signer: Signer,
  request: SignRequest,
  registry: Registry,
  now: number,
  rehearsal = false,
): { readonly entry: RegisteredSigner; readonly content: Content } {
  checkSignRequest(request);
  const entry = registry.signer(signer.kid);
  if (entry === undefined) throw unexpected('ERR_SIGN_KEY', 'kid', `a signer of registry version ${registry.version}`, signer.kid);
  if (entry.key.thumbprint !== signer.publicKey.thumbprint) {
    throw unexpected('ERR_BACKEND_KEY', signer.kid, entry.key.thumbprint, signer.publicKey.thumbprint);
  }
  checkStatus(entry, now, rehearsal && parseStatement(request.bytes)?.type === 'probe');
  if (!entry.purposes.includes(request.purpose)) {
    throw unexpected('ERR_SIGN_PURPOSE', 'purpose', entry.purposes.join(', '), request.purpose);
  }
  const content = readContent(request.purpose, request.bytes);
  checkBelongs(entry, content);
  return { entry, content };
}

/** What has been signed, and by what right. */
export interface SignedContent {
  readonly entry: RegisteredSigner;
  readonly content: Content;
  readonly signature: Uint8Array;
}

/** Stands between the rules and the backend: may refuse, wait its turn, or record what was signed before it is handed on. */
export type Around = (entry: RegisteredSigner, content: Content, sign: () => Promise<Uint8Array>) => Promise<Uint8Array>;

/**
 * Signs once under the registry: `checkAllowed`, then the backend, then the signature verified against the registered key; observed.
 *
 * @param around default: just signs
 * @throws as `checkAllowed`; ProofError ERR_SIGNER_OUTPUT; what the backend or `around` rejects with
 * @example const { signature, content } = await signGuarded(signer, request, options);
 */
export async function signGuarded(
  signer: Signer,
  request: SignRequest,
  options: GuardOptions,
  around: Around = (_entry, _content, sign) => sign(),
  engine: Engine = defaultEngine,
): Promise<SignedContent> {
  const { registry, clock, hooks, rehearsal = false } = options;
  const { kid } = signer;
  // What is checked is what is signed, whatever the caller does to his bytes meanwhile.
  const own = { ...request, bytes: request.bytes.slice() };
  const start = clock.now();
  const backend = backendKind(registry().signer(kid)?.backend ?? '') ?? 'unknown';
  const report = (reason?: string): void =>
    observe(hooks, { kid, backend, purpose: own.purpose, milliseconds: clock.now() - start, ...(reason === undefined ? {} : { reason }) });
  try {
    const { entry, content } = checkAllowed(signer, own, registry(), start, rehearsal);
    const signature = await around(entry, content, async () => {
      const made = (await signer.sign({ ...own, bytes: own.bytes.slice() })).slice();
      if (!(await engine.verify(entry.key, own.bytes, made))) throw wrongSignature(kid);
      return made;
    });
    report();
    return { entry, content, signature };
  } catch (error) {
    report(reasonOf(error));
    throw error;
  }
}

/**
 * Puts a signer under its registry: it signs only what `checkAllowed` allows, every signature is verified against the registered key before
 * it is handed on, and every attempt is observed.
 *
 * @example const signer = guardSigner(await loadLocalSigner('log.key'), { registry: () => registry, clock: { now: Date.now } });
 */
export function guardSigner(signer: Signer, options: GuardOptions, engine: Engine = defaultEngine): Signer {
  return wrapSigner(signer, async (request) => (await signGuarded(signer, request, options, undefined, engine)).signature);
}
