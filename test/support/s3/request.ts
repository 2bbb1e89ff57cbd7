import type { IncomingMessage } from 'node:http';
import type { Bucket } from './bucket.ts';

/** One request, read. */
export interface S3Request {
  readonly method: string;
  readonly bucketName: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly now: Date;
  /** Whether who asks has a permission: `s3:GetObjectRetention` without its `s3:`. */
  may(action: string): boolean;
}

/** An answer. */
export interface S3Answer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string | undefined };
  readonly body?: Buffer | string;
}

/** Answers one kind of request. */
export type Operation = (bucket: Bucket, request: S3Request) => S3Answer;

/** One header as text. */
export function header(request: S3Request, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
