import { ChainError, type ChainErrorCode } from '../../errors.ts';

/** What was asked of S3, for an error. */
export interface S3Asked {
  /** `PutObject`. */
  readonly operation: string;
  readonly bucket: string;
  readonly key?: string;
}

interface Thrown {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** The HTTP status behind an error of the client; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as Thrown).$metadata?.httpStatusCode;
}

const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_.]{1,60}$/;

/** What S3, or the client, calls an error: `SlowDown`, `ECONNREFUSED`. Only the name: texts may quote what was sent. */
export function nameOf(error: unknown): string {
  const { name, code } = error as Thrown;
  const names = [code, name].filter((text): text is string => typeof text === 'string' && IDENTIFIER.test(text));
  return names.find((text) => text !== 'Error' && text !== 'Unknown' && text !== 'UnknownError') ?? 'no name';
}

const CREDENTIALS = new Set([
  'AccessDenied',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'Forbidden',
  'InvalidAccessKeyId',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
]);
const PLACE = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'NoSuchBucket',
  'PermanentRedirect',
  'TemporaryRedirect',
]);

function codeOf(error: unknown): ChainErrorCode {
  const [status, name] = [statusOf(error), nameOf(error)];
  if (PLACE.has(name) || status === 301 || status === 307) return 'ERR_ARCHIVE_BUCKET';
  if (CREDENTIALS.has(name) || status === 401 || status === 403) return 'ERR_ARCHIVE_DENIED';
  if (status === undefined || status === 429 || status >= 500) return 'ERR_ARCHIVE_UNAVAILABLE';
  return 'ERR_ARCHIVE_STORE';
}

/**
 * The coded error for an error of an S3 client: which operation on which object, and what S3 called it. The client's own error is not carried
 * along, because it can hold what was sent.
 *
 * @param code where the caller knows better than the status tells
 */
export function s3Fault(error: unknown, asked: S3Asked, code: ChainErrorCode = codeOf(error)): ChainError {
  if (error instanceof ChainError) return error;
  const { operation, bucket, key } = asked;
  const place = `s3://${bucket}${key === undefined ? '' : `/${key}`}`;
  const status = statusOf(error);
  const id = (error as Thrown).$metadata?.requestId;
  const answer = status === undefined ? 'no answer' : `HTTP ${status}`;
  const request = id !== undefined && /^[\w.:/+=-]{1,100}$/.test(id) ? `, request ${id}` : '';
  return new ChainError(code, `${place}: ${operation} failed: ${nameOf(error)} (${answer}${request})`, {
    field: place,
    expected: operation,
    actual: nameOf(error),
  });
}
