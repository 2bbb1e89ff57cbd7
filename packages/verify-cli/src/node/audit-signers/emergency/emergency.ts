import { DOCUMENT_TYPES } from '@countersign/proof-core/document/types';
import { signDocument } from '@countersign/proof-core/document/sign';
import { addEmergencySigner } from '@countersign/signer-registry/operations/emergency';
import { addSigner } from '@countersign/signer-registry/operations/add';
import { ask, isAttended } from '../../command/ask.ts';
import { writeNew } from '../../command/output.ts';
import { CliError } from '../../errors.ts';
import { openKeyFile } from '../key/local.ts';
import { type KeyFlags, readKeySource } from '../key/source.ts';
import { openRegistry } from '../registry/context.ts';
import { readNamed } from '../../command/named-file.ts';
import { type VersionFlags, readPurpose, readTime } from '../registry/flags.ts';
import { propose } from '../registry/propose.ts';
import { type RequestFile, formatRequest, parseRequest } from './request.ts';

export interface EmergencyFlags extends VersionFlags, KeyFlags {
  readonly purpose: readonly string[];
  readonly chain: readonly string[];
  readonly operator?: string;
  readonly description?: string;
  readonly expires?: string;
  readonly justification?: string;
  readonly request?: string;
  readonly approve?: string;
  readonly approval: readonly string[];
  readonly kid?: string;
  readonly yes?: boolean;
}

function requireKid(kid: string | undefined): string {
  if (kid !== undefined) return kid;
  throw new CliError('ERR_CLI_OPTION', 'expected the KID of the emergency signer', 'KID');
}

/** Step 1: what is asked for, in a file for the approvers. */
async function writeRequest(kid: string, flags: EmergencyFlags): Promise<void> {
  const { expires, justification, request } = flags;
  if (expires === undefined || justification === undefined || request === undefined) {
    throw new CliError('ERR_CLI_OPTION', 'expected --expires, --justification and --request FILE', '--request');
  }
  const { registry, context } = await openRegistry(flags);
  const { publicKey, backend, prepare } = await readKeySource(kid, flags);
  const signer = {
    kid,
    publicKey,
    backend,
    purposes: flags.purpose.map((purpose) => readPurpose(purpose)),
    chains: flags.chain,
    ...(flags.operator === undefined ? {} : { operator: flags.operator }),
    ...(flags.description === undefined ? {} : { description: flags.description }),
  };
  const until = readTime(expires, '--expires');
  // Nobody should approve what is refused afterwards.
  addSigner(registry, { ...signer, status: 'active', validUntil: until }, context);
  if (until > new Date(context.now + 14 * 86_400_000).toISOString()) {
    throw new CliError('ERR_CLI_OPTION', '--expires: an emergency signer ends within 14 days', '--expires');
  }
  const bytes = formatRequest({ signer, expires: until, justification }, registry);
  if (flags.dryRun !== true) {
    const undo = await prepare?.();
    try {
      await writeNew(request, bytes, '--request');
    } catch (error) {
      await undo?.();
      throw error;
    }
  }
  const needed = Math.max(2, registry.threshold);
  if (flags.json === true) process.stdout.write(bytes);
  else
    process.stdout.write(
      `${describe(parseRequest(bytes))}${flags.dryRun === true ? 'dry run: nothing was written' : `request: ${request}`}\nnext: ${needed} approvers, each: audit-signers emergency --approve ${request} --key KEY --out FILE\n`,
    );
}

function describe({ signer, expires, justification, approval }: RequestFile): string {
  return `${signer.kid} (${signer.publicKey.algorithm} ${signer.publicKey.thumbprint}, ${signer.backend})
  signs  ${signer.purposes.join(', ')}${(signer.chains ?? []).length === 0 ? '' : ` of ${signer.chains!.join(', ')}`}
  until  ${expires}
  why    ${justification}
  in     registry ${approval['registry'] as string}
`;
}

/** Step 2, once for each approver. */
async function approve(path: string, flags: EmergencyFlags): Promise<void> {
  const [key, ...more] = flags.key ?? [];
  if (key === undefined || more.length > 0 || flags.out === undefined) {
    throw new CliError('ERR_CLI_OPTION', '--approve: needs --key FILE, one, and --out FILE', '--approve');
  }
  const request = parseRequest(await readNamed(path, '--approve'));
  const signer = await openKeyFile(key, undefined, flags.kid);
  if (flags.json !== true) process.stdout.write(describe(request));
  if (flags.yes !== true && flags.dryRun !== true && flags.json !== true && isAttended()) {
    const answer = await ask(`Approve as ${signer.kid}? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('ERR_CLI_OPTION', 'not approved', '--yes');
  }
  const document = {
    type: DOCUMENT_TYPES.approval,
    purpose: 'approval',
    payload: request.approval,
    signers: [signer],
    form: 'compact',
  } as const;
  const bytes = await signDocument(document);
  if (flags.dryRun !== true) await writeNew(flags.out, bytes, '--out');
  const result = { schemaVersion: 1, kid: signer.kid, approval: flags.dryRun === true ? null : flags.out };
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify(result, null, 2)}\n`
      : `${flags.dryRun === true ? 'dry run: nothing was written' : `approved by ${signer.kid}: ${flags.out}`}\n`,
  );
}

/** Step 3: enough approvals make a version. */
async function complete(kid: string, flags: EmergencyFlags): Promise<void> {
  if (flags.request === undefined) throw new CliError('ERR_CLI_OPTION', '--approval: needs --request FILE', '--request');
  const { registry, context } = await openRegistry(flags);
  const { signer, expires, justification } = parseRequest(await readNamed(flags.request, '--request'));
  if (signer.kid !== kid) throw new CliError('ERR_CLI_OPTION', `KID: the request is for ${signer.kid}, not ${kid}`, 'KID');
  const approvals = await Promise.all(flags.approval.map((path) => readNamed(path, '--approval')));
  const { next, warnings } = await addEmergencySigner(registry, { signer, expires, justification, approvals }, context);
  await propose(flags, { before: registry, next, warnings });
}

/** Runs `audit-signers emergency`: the request, an approval, or the version. */
export async function emergency(kid: string | undefined, flags: EmergencyFlags): Promise<void> {
  if (flags.approve !== undefined) return await approve(flags.approve, flags);
  if (flags.approval.length > 0) return await complete(requireKid(kid), flags);
  return await writeRequest(requireKid(kid), flags);
}
