import type { JsonValue } from '@countersign/proof-core/json/value';
import { isTime } from '@countersign/proof-core/record/time';
import type { ExportInfo } from '../../archive/manifest.ts';
import { MemberError, Members } from './manifest.ts';

const any = (): boolean => true;

/**
 * Reads the member `exported` of a document that left a log.
 *
 * @throws MemberError
 */
export function readExported(value: JsonValue | undefined): Omit<ExportInfo, 'pii_included'> & { readonly pii_included: boolean } {
  const exported = new Members(value, 'exported', 'at,env,pii_included,pii_policy_version,service,version');
  const pii = exported.get('pii_included');
  if (typeof pii !== 'boolean') throw new MemberError('exported.pii_included', 'true or false');
  return {
    at: exported.text('at', 'RFC 3339 UTC with milliseconds', isTime),
    env: exported.text('env', 'text', any),
    pii_included: pii,
    pii_policy_version: exported.text('pii_policy_version', 'text', any),
    service: exported.text('service', 'text', any),
    version: exported.text('version', 'text', any),
  };
}

/**
 * Reads the member `registry`: which registry counted when the document was made.
 *
 * @throws MemberError
 */
export function readRegistryName(value: JsonValue | undefined): { readonly digest: string; readonly version: number } {
  const registry = new Members(value, 'registry', 'digest,version');
  return { digest: registry.hash('digest'), version: registry.count('version', 1) };
}
