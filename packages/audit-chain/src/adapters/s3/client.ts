/** One object of a bucket, or one version of it. */
interface S3Object {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string;
}

/** What HeadObject and GetObject answer. */
export interface S3ObjectAnswer {
  readonly ContentLength?: number | undefined;
  readonly ContentRange?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly ObjectLockMode?: string | undefined;
  readonly ObjectLockRetainUntilDate?: Date | undefined;
  readonly VersionId?: string | undefined;
}

/** A version or a delete marker in a listing. */
export interface S3ListedVersion {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly LastModified?: Date | undefined;
  readonly ETag?: string | undefined;
  readonly Size?: number | undefined;
}

/** A rule of a bucket's life cycle, as far as it can end versions. */
export interface S3LifecycleRule {
  readonly ID?: string | undefined;
  readonly Status?: string | undefined;
  readonly Prefix?: string | undefined;
  readonly Filter?:
    | { readonly Prefix?: string | undefined; readonly And?: { readonly Prefix?: string | undefined } | undefined }
    | undefined;
  readonly Expiration?: { readonly Days?: number | undefined; readonly Date?: Date | undefined } | undefined;
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays?: number | undefined } | undefined;
}

/** A step through which every request of a client goes. */
type Middleware = (next: (args: never) => Promise<{ response: unknown }>) => (args: never) => Promise<{ response: unknown }>;

/** The part of an S3 client that reading an archive uses; `S3` of `@aws-sdk/client-s3` fits it. */
export interface S3Reading {
  headObject(input: S3Object & { readonly ChecksumMode?: 'ENABLED' }): Promise<S3ObjectAnswer>;
  getObject(
    input: S3Object & { readonly Range?: string },
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<S3ObjectAnswer & { readonly Body?: { transformToByteArray(): Promise<Uint8Array> } | undefined }>;
  getObjectRetention(input: S3Object): Promise<{
    readonly Retention?: { readonly Mode?: string | undefined; readonly RetainUntilDate?: Date | undefined } | undefined;
  }>;
  listObjectVersions(input: {
    readonly Bucket: string;
    readonly Prefix: string;
    readonly KeyMarker?: string;
    readonly VersionIdMarker?: string;
  }): Promise<{
    readonly Versions?: S3ListedVersion[] | undefined;
    readonly DeleteMarkers?: S3ListedVersion[] | undefined;
    readonly IsTruncated?: boolean | undefined;
    readonly NextKeyMarker?: string | undefined;
    readonly NextVersionIdMarker?: string | undefined;
  }>;
}

/** The part of an S3 client that writing an archive uses; `S3` of `@aws-sdk/client-s3` fits it. */
export interface S3Writing extends S3Reading {
  putObject(input: {
    readonly Bucket: string;
    readonly Key: string;
    readonly Body: Uint8Array;
    readonly ContentLength: number;
    readonly ContentType?: string;
    readonly CacheControl?: string;
    /** Sent along: some stores ask for this header of a request that locks. */
    readonly ChecksumAlgorithm: 'SHA256';
    readonly ChecksumSHA256: string;
    readonly IfNoneMatch?: '*';
    readonly IfMatch?: string;
    readonly ObjectLockMode?: 'GOVERNANCE' | 'COMPLIANCE';
    readonly ObjectLockRetainUntilDate?: Date;
  }): Promise<{ readonly VersionId?: string | undefined }>;
  putObjectRetention(
    input: S3Object & { readonly Retention: { readonly Mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly RetainUntilDate: Date } },
  ): Promise<unknown>;
  headBucket(input: { readonly Bucket: string }): Promise<unknown>;
  readonly middlewareStack: {
    add(middleware: Middleware, options: { readonly step: 'deserialize'; readonly name: string; readonly override: true }): void;
  };
}

/** The part of an S3 client that looking at a bucket's locks uses; `S3` of `@aws-sdk/client-s3` fits it. */
export interface S3Inspecting extends S3Writing {
  getObjectLockConfiguration(input: { readonly Bucket: string }): Promise<{
    readonly ObjectLockConfiguration?:
      | {
          readonly ObjectLockEnabled?: string | undefined;
          readonly Rule?:
            | {
                readonly DefaultRetention?:
                  | { readonly Mode?: string | undefined; readonly Days?: number | undefined; readonly Years?: number | undefined }
                  | undefined;
              }
            | undefined;
        }
      | undefined;
  }>;
  getBucketVersioning(input: { readonly Bucket: string }): Promise<{ readonly Status?: string | undefined }>;
  getBucketLifecycleConfiguration(input: { readonly Bucket: string }): Promise<{ readonly Rules?: S3LifecycleRule[] | undefined }>;
  deleteObject(input: S3Object & { readonly BypassGovernanceRetention?: boolean }): Promise<unknown>;
}

/** Where in S3 an archive lies. */
export interface S3Place {
  readonly bucket: string;
  /** Of the keys, without a slash at its end; the whole bucket when empty. */
  readonly prefix: string;
}

/**
 * The place that a URL names.
 *
 * @param url `s3://BUCKET` or `s3://BUCKET/PREFIX`
 * @returns undefined for anything else
 * @example parseS3Url('s3://acme-audit/prod/audit') // { bucket: 'acme-audit', prefix: 'prod/audit' }
 */
export function parseS3Url(url: string): S3Place | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,253})(?:\/([^?#]*))?$/.exec(url) ?? [];
  if (bucket === undefined) return undefined;
  const trimmed = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  // An empty or relative part would name another place than it seems to.
  if (trimmed !== '' && trimmed.split('/').some((part) => part === '' || part === '.' || part === '..')) return undefined;
  return { bucket, prefix: trimmed };
}

/** The URL of a place, or of a key below it. */
export function s3Url({ bucket, prefix }: S3Place, key?: string): string {
  return `s3://${[bucket, prefix, key].filter((part) => part !== undefined && part !== '').join('/')}`;
}

/** The key of something below a place. */
export function keyBelow({ prefix }: S3Place, key: string): string {
  return prefix === '' ? key : `${prefix}/${key}`;
}
