/** An answer of S3 that is an error: status, code and headers. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: { readonly [name: string]: string };

  constructor(status: number, code: string, message = code, headers: { readonly [name: string]: string } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}
