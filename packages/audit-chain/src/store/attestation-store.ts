import { hexEncode } from '@countersign/proof-core/bytes/hex';
import { bytes } from './columns.ts';
import type { SqlClient } from './sql.ts';
import * as sql from './statements.ts';

/**
 * What an outsider says of a note: a witness's cosignature, as the signature line with its line feed (C2SP tlog-cosignature), or a time stamp,
 * as the DER of its token (RFC 3161). Nothing about it is verified.
 */
export interface Attestation {
  readonly kind: 'cosignature' | 'timestamp';
  /** 1 to 65,536 bytes. */
  readonly content: Uint8Array;
}

/** Why a chain is not signed for the time being. */
export interface Stop {
  readonly reason: string;
  /** What showed it: JSON. */
  readonly evidence: string;
  /** RFC 3339 UTC with milliseconds. */
  readonly at: string;
}

/** What outsiders said of one chain's notes, and whether that has stopped its signing. Rows are added and never changed. */
export interface AttestationStore {
  /**
   * Keeps one beside the note of a size.
   *
   * @returns false when it is kept already, or there is no note of this size
   */
  add(size: number, attestation: Attestation): Promise<boolean>;
  /** Those of one note. */
  of(size: number): Promise<readonly Attestation[]>;
  /** The sizes of notes that have any, rising. */
  sizes(): Promise<readonly number[]>;
  /** Stops signing: nothing is signed until somebody resumes it. */
  stop(reason: string, evidence: string): Promise<void>;
  /** The oldest stop that stands. */
  stopped(): Promise<Stop | undefined>;
  /** Ends every stop; takes the retention role. @returns how many there were */
  resume(reason: string): Promise<number>;
}

/** The attestations of one chain behind the SQL seam. */
export class SqlAttestationStore implements AttestationStore {
  readonly #client: SqlClient;
  readonly #id: number;

  constructor(client: SqlClient, id: number) {
    this.#client = client;
    this.#id = id;
  }

  async add(size: number, { kind, content }: Attestation): Promise<boolean> {
    const [row] = await this.#client.query(sql.ADD_ATTESTATION, [this.#id, size, kind, hexEncode(content)]);
    return row!['added'] === true;
  }

  async of(size: number): Promise<readonly Attestation[]> {
    const rows = await this.#client.query(sql.ATTESTATIONS, [this.#id, size]);
    return rows.map((row) => ({ kind: row['kind'] as Attestation['kind'], content: bytes(row['content']) }));
  }

  async sizes(): Promise<readonly number[]> {
    return (await this.#client.query(sql.ATTESTED_SIZES, [this.#id])).map((row) => Number(row['size']));
  }

  async stop(reason: string, evidence: string): Promise<void> {
    await this.#client.query(sql.STOP_SIGNING, [this.#id, reason, evidence]);
  }

  async stopped(): Promise<Stop | undefined> {
    const [row] = await this.#client.query(sql.STOP, [this.#id]);
    return row && { reason: String(row['reason']), evidence: String(row['evidence']), at: String(row['at']) };
  }

  async resume(reason: string): Promise<number> {
    const [row] = await this.#client.query(sql.RESUME_SIGNING, [this.#id, reason]);
    return Number(row!['ended']);
  }
}
