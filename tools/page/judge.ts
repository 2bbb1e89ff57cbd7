import { ProofError } from '@countersign/proof-core';
import type { KeyResolver } from '@countersign/proof-core/ports';
import { inspectReceipt, type ReceiptCheck, type ReceiptCheckName, type ReceiptReport } from '@countersign/proof-core/receipt/verify';
import { RegistryError } from '@countersign/signer-registry/errors';
import { parseRegistry } from '@countersign/signer-registry/registry/parse';
import type { Registry } from '@countersign/signer-registry/registry/registry';

/** What the page was given. */
export interface Question {
  readonly receipt?: Uint8Array;
  readonly registry?: Uint8Array;
  /** The chain the record must be from; any that the registry knows when empty. */
  readonly origin: string;
}

/** Why something failed, in the words of its error. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** The registry as it was read, or why it was not. */
export type RegistryAnswer = { readonly registry: Registry } | { readonly reason: Reason };

/** Everything the page shows. */
export interface Answer {
  readonly verdict: 'verified' | 'refused' | 'inconclusive' | 'waiting';
  readonly registry?: RegistryAnswer;
  readonly report?: ReceiptReport;
}

/** Trusts nobody: what is asked of a receipt without a registry. */
const NOBODY: KeyResolver = { entries: () => [], resolve: () => ({ trusted: false, reason: 'unknown' }) };

/** The reason in an error about data; anything else is a fault of the page and thrown on. */
function reasonOf(error: unknown): Reason {
  if (error instanceof ProofError || error instanceof RegistryError) return { code: error.code, message: error.message };
  throw error;
}

async function readRegistry(bytes: Uint8Array): Promise<RegistryAnswer> {
  try {
    return { registry: await parseRegistry(bytes) };
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}

/** The report, in which questions that were not put count as not asked: a chain nobody named, a registry nobody gave. */
function asAsked(report: ReceiptReport, origin: string, registry: Registry | undefined): ReceiptReport {
  const notAsked = new Set<ReceiptCheckName>(origin === '' ? ['origin'] : []);
  if (registry === undefined) notAsked.add('signature').add('signer');
  const checks = report.checks.map((check): ReceiptCheck => (notAsked.has(check.name) ? { name: check.name, status: 'skipped' } : check));
  return {
    ...report,
    verified: report.verified && registry !== undefined,
    checks,
    signatures: registry === undefined ? [] : report.signatures,
  };
}

/**
 * Judges a receipt against a registry as far as both are there.
 *
 * Without a usable registry the best verdict is `inconclusive`: anybody can write a log that agrees with itself.
 */
export async function judge({ receipt, registry: registryBytes, origin }: Question): Promise<Answer> {
  const answer = registryBytes && (await readRegistry(registryBytes));
  const known = answer === undefined ? {} : { registry: answer };
  if (receipt === undefined) return { verdict: 'waiting', ...known };
  const registry = answer !== undefined && 'registry' in answer ? answer.registry : undefined;
  const policy = { resolver: registry ?? NOBODY, ...(origin === '' ? {} : { origin }) };
  const report = asAsked(await inspectReceipt(receipt, policy), origin, registry);
  const failed = report.checks.some(({ status }) => status === 'failed');
  return { verdict: report.verified ? 'verified' : failed ? 'refused' : 'inconclusive', report, ...known };
}
