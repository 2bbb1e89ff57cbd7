import { createHash } from 'node:crypto';
import { type Lock, type Version, etagOf, requireFuture } from './bucket.ts';
import { Refusal } from './refusal.ts';
import { type Operation, type S3Request, header } from './request.ts';
import { textOf, xml } from './xml.ts';

const denied = (): Refusal => new Refusal(403, 'AccessDenied', 'Access Denied');

/** Refuses whoever has not this permission. */
export function need(request: S3Request, action: string): void {
  if (!request.may(action)) throw denied();
}

function lockOf(request: S3Request): Lock | undefined {
  const mode = header(request, 'x-amz-object-lock-mode');
  const until = header(request, 'x-amz-object-lock-retain-until-date');
  if (mode === undefined && until === undefined) return undefined;
  need(request, 'PutObjectRetention');
  if (mode === undefined || until === undefined || (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE'))
    throw new Refusal(400, 'InvalidArgument', 'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied');
  requireFuture(new Date(until), request.now);
  return { mode, until: new Date(until) };
}

/** PutObject: conditions, checksums, locks. */
export const putObject: Operation = (bucket, request) => {
  const { key, body, now } = request;
  need(request, 'PutObject');
  const asked = lockOf(request);
  if (asked !== undefined && bucket.setup.locks !== true)
    throw new Refusal(400, 'InvalidRequest', 'Bucket is missing Object Lock Configuration');
  const rule = bucket.setup.defaultRetention;
  const lock = asked ?? (rule === undefined ? undefined : { mode: rule.mode, until: new Date(now.getTime() + rule.days * 86_400_000) });
  const stated = header(request, 'x-amz-checksum-sha256');
  const hasChecksum = Object.keys(request.headers).some((name) => name === 'content-md5' || /^x-amz-checksum-(crc|sha)/.test(name));
  if (lock !== undefined && !hasChecksum)
    throw new Refusal(
      400,
      'InvalidRequest',
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    );
  const sha256 = createHash('sha256').update(body).digest('base64');
  if (stated !== undefined && stated !== sha256) throw new Refusal(400, 'BadDigest', 'The SHA256 you specified did not match');
  if (header(request, 'if-none-match') === '*' && bucket.newest(key)?.content !== undefined)
    throw new Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  const match = header(request, 'if-match');
  const there = bucket.newest(key)?.content;
  if (match !== undefined && there === undefined) throw new Refusal(404, 'NoSuchKey', 'The specified key does not exist.');
  if (match !== undefined && match !== etagOf(there!))
    throw new Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  const version = bucket.add(key, { content: body, modified: now, lock, ...(stated === undefined ? {} : { sha256 }) });
  return {
    status: 200,
    headers: { ...versionHeader(bucket.isVersioned, version), etag: etagOf(body), 'x-amz-checksum-sha256': version.sha256 },
  };
};

const versionHeader = (isVersioned: boolean, { id }: Version): { [name: string]: string } =>
  isVersioned ? { 'x-amz-version-id': id } : {};

/** GetObject and HeadObject: versions, ranges; locks only for whoever may see them. */
export const getObject: Operation = (bucket, request) => {
  const { key, query } = request;
  const id = query.get('versionId') ?? undefined;
  need(request, id === undefined ? 'GetObject' : 'GetObjectVersion');
  // Whoever may not list is not told whether a key is there.
  if (!request.may('ListBucket') && bucket.newest(key) === undefined) throw denied();
  const version = bucket.find(key, id);
  const content = version.content!;
  const range = /^bytes=(\d+)-(\d+)$/.exec(header(request, 'range') ?? '');
  const [start, end] = range === null ? [0, content.length] : [Number(range[1]), Math.min(Number(range[2]) + 1, content.length)];
  if (range !== null && start >= content.length) throw new Refusal(416, 'InvalidRange', 'The requested range is not satisfiable');
  const showsLock = version.lock !== undefined && request.may('GetObjectRetention');
  const headers = {
    ...versionHeader(bucket.isVersioned, version),
    etag: etagOf(content),
    'content-length': String(end - start),
    'last-modified': version.modified.toUTCString(),
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${content.length}` }),
    ...(showsLock
      ? { 'x-amz-object-lock-mode': version.lock!.mode, 'x-amz-object-lock-retain-until-date': version.lock!.until.toISOString() }
      : {}),
    ...(header(request, 'x-amz-checksum-mode') === 'ENABLED' && range === null ? { 'x-amz-checksum-sha256': version.sha256 } : {}),
  };
  return { status: range === null ? 200 : 206, headers, body: content.subarray(start, end) };
};

/** DeleteObject: a marker without a version id; with one, what the lock allows. */
export const deleteObject: Operation = (bucket, request) => {
  const { key, query, now } = request;
  const id = query.get('versionId') ?? undefined;
  need(request, id === undefined ? 'DeleteObject' : 'DeleteObjectVersion');
  if (id !== undefined) {
    bucket.remove(key, id, now, bypasses(request));
    return { status: 204, headers: { 'x-amz-version-id': id } };
  }
  if (!bucket.isVersioned) {
    bucket.versions.delete(key);
    return { status: 204 };
  }
  const marker = bucket.add(key, { content: undefined, modified: now, lock: undefined });
  return { status: 204, headers: { 'x-amz-version-id': marker.id, 'x-amz-delete-marker': 'true' } };
};

/** The bypass header alone needs the permission, whatever the object is. */
function bypasses(request: S3Request): boolean {
  if (header(request, 'x-amz-bypass-governance-retention') !== 'true') return false;
  need(request, 'BypassGovernanceRetention');
  return true;
}

/** GetObjectRetention. */
export const getRetention: Operation = (bucket, request) => {
  need(request, 'GetObjectRetention');
  const { lock } = bucket.find(request.key, request.query.get('versionId') ?? undefined);
  if (lock === undefined) throw new Refusal(404, 'NoSuchObjectLockConfiguration');
  return { status: 200, body: xml('Retention', { Mode: lock.mode, RetainUntilDate: lock.until.toISOString() }) };
};

/** PutObjectRetention. */
export const putRetention: Operation = (bucket, request) => {
  need(request, 'PutObjectRetention');
  const document = request.body.toString();
  const mode = textOf(document, 'Mode');
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') throw new Refusal(400, 'MalformedXML');
  const lock = { mode, until: new Date(textOf(document, 'RetainUntilDate') ?? '') } as const;
  bucket.relock(request.key, request.query.get('versionId') ?? undefined, lock, request.now, bypasses(request));
  return { status: 200 };
};
