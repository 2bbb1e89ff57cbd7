/** A time stamp that holds. */
export interface VerifiedTimestamp {
  /** `genTime`, RFC 3339 UTC with milliseconds. */
  readonly time: string;
  /** The latest moment that it allows: `genTime` and the accuracy it states, or to the end of its second when it states none. */
  readonly latest: string;
  /** The subject of the certificate that signed it, on one line. */
  readonly authority: string;
  /** The policy it was made under, an object identifier. */
  readonly policy: string;
}

/**
 * Verifies time stamps (RFC 3161) against authorities that the caller pins; under Node `openTimestampVerifier` makes one.
 *
 * `verify` throws ChainError ERR_TIMESTAMP_REPLY for a token of another form, ERR_TIMESTAMP_IMPRINT when it is of other bytes,
 * ERR_TIMESTAMP_CERTIFICATE when its certificate is not for time stamping alone, or its chain does not lead to a pinned root or was not valid at
 * that time, ERR_TIMESTAMP_SIGNATURE.
 */
export interface TimestampVerifier {
  /**
   * @param token DER of the token, at most 65,536 bytes
   * @param data the bytes that were stamped
   */
  verify(token: Uint8Array, data: Uint8Array): Promise<VerifiedTimestamp>;
}
