import { ProofError } from '@countersign/proof-core/errors';
import { formatVkey, noteKey } from '@countersign/proof-core/note/key';
import { matchesChain } from '../registry/chain-pattern.ts';
import type { Registry } from '../registry/registry.ts';
import type { RegisteredSigner } from '../registry/types.ts';
import { type Selection, selectSigners } from './select.ts';

/** Which verifier keys to write. */
export interface VkeyOptions extends Selection {
  /** The chain whose keys are wanted; needed for signers whose patterns name no single chain. */
  readonly chain?: string;
}

function origins(signer: RegisteredSigner, chain: string | undefined): string[] {
  if (chain !== undefined) return signer.chains.some((pattern) => matchesChain(pattern, chain)) ? [chain] : [];
  return signer.chains.filter((pattern) => pattern !== '*' && !pattern.endsWith('/*'));
}

/**
 * Writes the keys of checkpoint signers as C2SP verifier keys, one a line: name (the chain), key id, key. Witnesses and tlog clients take them.
 *
 * Keys of algorithms that signed notes have no type for are left out.
 *
 * @throws RangeError for an unknown kid
 * @example exportVkeys(registry, { chain: 'example.com/audit' }) // 'example.com/audit+1a2b3c4d+A…\n'
 */
export function exportVkeys(registry: Registry, options: VkeyOptions = {}): string {
  const lines: string[] = [];
  for (const signer of selectSigners(registry, { ...options, purpose: 'checkpoint' })) {
    for (const origin of origins(signer, options.chain)) {
      try {
        lines.push(`${formatVkey(noteKey(origin, signer.key))}\n`);
      } catch (error) {
        if (!(error instanceof ProofError && error.code === 'ERR_NOTE_KEY_TYPE')) throw error;
      }
    }
  }
  return lines.join('');
}
