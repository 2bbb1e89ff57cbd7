import { createHash, randomBytes } from 'node:crypto';
import { Refusal } from './refusal.ts';

/** What keeps a version from being deleted. */
export interface Lock {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly until: Date;
}

/** One version of an object, or a delete marker (no content). */
export interface Version {
  readonly id: string;
  readonly content: Buffer | undefined;
  readonly modified: Date;
  readonly sha256?: string;
  lock: Lock | undefined;
}

/** How a bucket was set up. */
export interface BucketSetup {
  readonly region?: string;
  /** Object Lock; needs versions. */
  readonly locks?: boolean;
  readonly versioning?: 'Enabled' | 'Suspended' | 'off';
  readonly defaultRetention?: { readonly mode: Lock['mode']; readonly days: number };
  /** The document that GetBucketLifecycleConfiguration answers. */
  readonly lifecycle?: string;
}

/** A bucket: versions of every key, the newest last. */
export class Bucket {
  readonly versions = new Map<string, Version[]>();
  setup: BucketSetup;

  constructor(setup: BucketSetup) {
    this.setup = setup;
  }

  get isVersioned(): boolean {
    return (this.setup.versioning ?? (this.setup.locks === true ? 'Enabled' : 'off')) === 'Enabled';
  }

  newest(key: string): Version | undefined {
    return this.versions.get(key)?.at(-1);
  }

  /** The version that a request means. */
  find(key: string, id: string | undefined): Version {
    const version = id === undefined ? this.newest(key) : this.versions.get(key)?.find((one) => one.id === id);
    if (version === undefined) throw id === undefined ? new Refusal(404, 'NoSuchKey') : new Refusal(404, 'NoSuchVersion');
    if (version.content === undefined) {
      const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.id };
      throw id === undefined
        ? new Refusal(404, 'NoSuchKey', 'a delete marker', headers)
        : new Refusal(405, 'MethodNotAllowed', '', headers);
    }
    return version;
  }

  add(key: string, version: Omit<Version, 'id'>): Version {
    const added = { ...version, id: this.isVersioned ? randomBytes(16).toString('base64url') : 'null' };
    const others = (this.versions.get(key) ?? []).filter(({ id }) => id !== 'null' || this.isVersioned);
    this.versions.set(key, [...others, added]);
    return added;
  }

  /** Deletes one version for good. */
  remove(key: string, id: string, now: Date, mayBypass: boolean): void {
    const version = this.versions.get(key)?.find((one) => one.id === id);
    if (version === undefined) return;
    if (isLocked(version, now) && !(version.lock!.mode === 'GOVERNANCE' && mayBypass))
      throw new Refusal(403, 'AccessDenied', 'Access Denied because object protected by object lock.');
    const rest = this.versions.get(key)!.filter((one) => one !== version);
    if (rest.length > 0) this.versions.set(key, rest);
    else this.versions.delete(key);
  }

  /** Sets a version's lock: what is protected can only be protected for longer. */
  relock(key: string, id: string | undefined, lock: Lock, now: Date, mayBypass: boolean): void {
    if (this.setup.locks !== true) throw new Refusal(400, 'InvalidRequest', 'Bucket is missing Object Lock Configuration');
    requireFuture(lock.until, now);
    const version = this.find(key, id);
    const { lock: old } = version;
    const weaker = old !== undefined && (lock.until < old.until || lock.mode !== old.mode);
    const free = old === undefined || (old.mode === 'GOVERNANCE' && mayBypass);
    if (weaker && isLocked(version, now) && !free)
      throw new Refusal(403, 'AccessDenied', 'Access Denied because object protected by object lock.');
    version.lock = lock;
  }
}

/** Refuses a date that is over. */
export function requireFuture(until: Date, now: Date): void {
  if (!(until > now)) throw new Refusal(400, 'InvalidArgument', 'The retain until date must be in the future!');
}

const isLocked = ({ lock }: Version, now: Date): boolean => lock !== undefined && lock.until > now;

/** The ETag of content that came in one part. */
export const etagOf = (content: Buffer): string => `"${createHash('md5').update(content).digest('hex')}"`;
