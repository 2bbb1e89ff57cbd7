import type { Bucket, Version } from './bucket.ts';
import { etagOf } from './bucket.ts';
import { need } from './objects.ts';
import { Refusal } from './refusal.ts';
import type { Operation } from './request.ts';
import { type Xml, xml } from './xml.ts';

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Keys with this prefix in the order of S3. */
function keysOf(bucket: Bucket, prefix: string): string[] {
  return [...bucket.versions.keys()].filter((key) => key.startsWith(prefix)).sort(byCodeUnit);
}

function entry(bucket: Bucket, key: string, version: Version): Xml {
  return {
    Key: key,
    VersionId: version.id,
    IsLatest: bucket.newest(key) === version,
    LastModified: version.modified.toISOString(),
    ...(version.content === undefined ? {} : { ETag: etagOf(version.content), Size: version.content.length }),
  };
}

/** ListObjectVersions, in pages: by key, then from the newest version to the oldest. */
export const listVersions: Operation = (bucket, request) => {
  need(request, 'ListBucketVersions');
  const { query } = request;
  const most = Number(query.get('max-keys') ?? 1000);
  const all = keysOf(bucket, query.get('prefix') ?? '').flatMap((key) =>
    [...bucket.versions.get(key)!].reverse().map((version) => ({ key, version })),
  );
  const [keyMarker, idMarker] = [query.get('key-marker') ?? '', query.get('version-id-marker')];
  const after = all.findIndex(({ key, version }) => key === keyMarker && version.id === idMarker) + 1;
  const rest = all.slice(after).filter(({ key }) => after > 0 || key > keyMarker);
  const page = rest.slice(0, most);
  const last = page.at(-1);
  const isTruncated = rest.length > page.length;
  const body = xml('ListVersionsResult', {
    IsTruncated: isTruncated,
    ...(isTruncated ? { NextKeyMarker: last!.key, NextVersionIdMarker: last!.version.id } : {}),
    Version: page.filter(({ version }) => version.content !== undefined).map(({ key, version }) => entry(bucket, key, version)),
    DeleteMarker: page.filter(({ version }) => version.content === undefined).map(({ key, version }) => entry(bucket, key, version)),
  });
  return { status: 200, body };
};

/** ListObjectsV2, in pages; what a delete marker hides is left out. */
export const listObjects: Operation = (bucket, request) => {
  need(request, 'ListBucket');
  const { query } = request;
  const most = Number(query.get('max-keys') ?? 1000);
  const start = query.get('continuation-token') ?? '';
  const shown = keysOf(bucket, query.get('prefix') ?? '').filter((key) => key > start && bucket.newest(key)!.content !== undefined);
  const page = shown.slice(0, most);
  const isTruncated = shown.length > page.length;
  const contents = page.map((key) => entry(bucket, key, bucket.newest(key)!));
  const next = isTruncated ? { NextContinuationToken: page.at(-1)! } : {};
  return { status: 200, body: xml('ListBucketResult', { IsTruncated: isTruncated, ...next, KeyCount: page.length, Contents: contents }) };
};

/** GetObjectLockConfiguration. */
export const getLockConfiguration: Operation = (bucket, request) => {
  need(request, 'GetBucketObjectLockConfiguration');
  if (bucket.setup.locks !== true) throw new Refusal(404, 'ObjectLockConfigurationNotFoundError');
  const rule = bucket.setup.defaultRetention;
  const retention = rule === undefined ? {} : { Rule: { DefaultRetention: { Mode: rule.mode, Days: rule.days } } };
  return { status: 200, body: xml('ObjectLockConfiguration', { ObjectLockEnabled: 'Enabled', ...retention }) };
};

/** GetBucketVersioning: empty when it was never switched on. */
export const getVersioning: Operation = (bucket, request) => {
  need(request, 'GetBucketVersioning');
  const status = bucket.isVersioned ? 'Enabled' : bucket.setup.versioning === 'Suspended' ? 'Suspended' : undefined;
  return { status: 200, body: xml('VersioningConfiguration', { Status: status }) };
};

/** GetBucketLifecycleConfiguration. */
export const getLifecycle: Operation = (bucket, request) => {
  need(request, 'GetLifecycleConfiguration');
  if (bucket.setup.lifecycle === undefined) throw new Refusal(404, 'NoSuchLifecycleConfiguration');
  return { status: 200, body: bucket.setup.lifecycle };
};
