import { type Check, checkOf } from '@countersign/audit-chain/doctor/check';
import type { SigningParts } from '@countersign/audit-chain/doctor/signing';
import { isCoded } from '../command/exit.ts';
import { openMark } from './mark-uri.ts';
import { readRegistry } from './open.ts';
import type { LogSettings } from './settings.ts';
import { openLogSigners } from './signers.ts';

/** What a log is signed with, as far as it is named and can be opened. */
export interface SigningTrust {
  readonly parts: SigningParts;
  readonly close: () => Promise<void>;
}

/**
 * Opens registry, mark and signers, each if it is named; what cannot be opened becomes a failed check.
 *
 * @example const { trust, problems } = await openTrust(settings);
 */
export async function openTrust(settings: LogSettings): Promise<{ readonly trust: SigningTrust; readonly problems: readonly Check[] }> {
  const problems: Check[] = [];
  const closers: (() => Promise<void>)[] = [];
  const attempt = async <T>(name: string, advice: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!isCoded(error)) throw error;
      problems.push(checkOf(name).fail(`${error.code}: ${error.message}`, advice));
      return undefined;
    }
  };
  const { chain, mark: markUri, signer, signers: registryPath } = settings;
  const registry =
    registryPath === undefined
      ? undefined
      : await attempt('registry', 'name the registry: AUDIT_SIGNERS', () => readRegistry(registryPath));
  const opened = markUri === undefined ? undefined : await attempt('mark', 'make it reachable: AUDIT_MARK', () => openMark(markUri, chain));
  if (opened !== undefined) closers.push(opened.close);
  const signing =
    signer === undefined || registry === undefined || opened === undefined
      ? undefined
      : await attempt('signers', 'audit-signers doctor', () => openLogSigners(signer.text, signer.base, registry, opened.mark));
  if (signing !== undefined) closers.unshift(() => signing.close());
  const mark = signing?.mark ?? opened?.mark;
  const parts: SigningParts = {
    ...(registry === undefined ? {} : { resolver: registry }),
    ...(mark === undefined ? {} : { mark }),
    ...(signing === undefined ? {} : { signers: signing.checkpoint }),
  };
  const close = async (): Promise<void> => {
    for (const one of closers) await one();
  };
  return { trust: { parts, close }, problems };
}
