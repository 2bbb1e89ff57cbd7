import { parseCanonical } from '@countersign/proof-core/json/parse';
import { type JsonObject, type JsonValue, isJsonObject } from '@countersign/proof-core/json/value';
import { importPublicKey } from '@countersign/proof-core/key/import';
import type { PublicJwk, SignatureAlgorithm } from '@countersign/proof-core/key/public-key';
import { canonicalize } from '@countersign/proof-core/json/canonicalize';
import { ProofError } from '@countersign/proof-core/errors';
import { EMERGENCY_APPROVAL, type EmergencyRequest, emergencyApproval } from '@countersign/signer-registry/operations/emergency';
import type { Registry } from '@countersign/signer-registry/registry/registry';
import { concatBytes } from '@countersign/proof-core/bytes/compare';
import { CliError } from '../../errors.ts';

const FORMAT = 'countersign/emergency-request@1';

/** What an emergency request file holds: exactly what is approved, and the key that its thumbprint names. */
export interface RequestFile {
  /** The payload that approvers sign (docs/spec/signers.md §11). */
  readonly approval: JsonObject;
  readonly signer: EmergencyRequest['signer'];
  readonly expires: string;
  readonly justification: string;
}

/** Writes a request: canonical JSON and LF. */
export function formatRequest(request: Pick<EmergencyRequest, 'signer' | 'expires' | 'justification'>, registry: Registry): Uint8Array {
  const { publicKey, backend, operator = '', description = '' } = request.signer;
  const signer = { algorithm: publicKey.algorithm, backend, description, operator, public_key: publicKey.jwk };
  const file = { approval: emergencyApproval(request, registry), format: FORMAT, signer };
  return concatBytes(canonicalize(file), Uint8Array.of(0x0a));
}

function refuse(field: string, expected: string): never {
  throw new CliError('ERR_CLI_FILE', `request: ${field}: expected ${expected}`, 'request');
}

function closed(value: unknown, members: string, field: string): JsonObject {
  if (
    isJsonObject(value as never) &&
    Object.keys(value as JsonObject)
      .sort()
      .join() === members
  )
    return value as JsonObject;
  return refuse(field, `an object with exactly ${members}`);
}

const text = (value: unknown, field: string): string => (typeof value === 'string' ? value : refuse(field, 'a text'));
const texts = (value: unknown, field: string): string[] =>
  Array.isArray(value) ? value.map((item) => text(item, field)) : refuse(field, 'a list');

function readJson(bytes: Uint8Array): JsonValue {
  try {
    return parseCanonical(bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes, 'request');
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    return refuse('file', `canonical JSON (${error.message})`);
  }
}

function parse(bytes: Uint8Array): RequestFile {
  const file = closed(readJson(bytes), 'approval,format,signer', 'request');
  if (file['format'] !== FORMAT) refuse('format', FORMAT);
  const members = 'chains,expires,format,justification,kid,purposes,registry,thumbprint';
  const approval = closed(file['approval'], members, 'approval');
  if (approval['format'] !== EMERGENCY_APPROVAL) refuse('approval.format', EMERGENCY_APPROVAL);
  const signer = closed(file['signer'], 'algorithm,backend,description,operator,public_key', 'signer');
  const algorithm = text(signer['algorithm'], 'signer.algorithm') as SignatureAlgorithm;
  const publicKey = importPublicKey(signer['public_key'] as unknown as PublicJwk, { algorithm });
  if (publicKey.thumbprint !== approval['thumbprint']) refuse('signer.public_key', 'the key that the approval names');
  return {
    approval,
    signer: {
      kid: text(approval['kid'], 'kid'),
      publicKey,
      purposes: texts(approval['purposes'], 'purposes') as EmergencyRequest['signer']['purposes'],
      chains: texts(approval['chains'], 'chains'),
      backend: text(signer['backend'], 'backend'),
      operator: text(signer['operator'], 'operator'),
      description: text(signer['description'], 'description'),
    },
    expires: text(approval['expires'], 'expires'),
    justification: text(approval['justification'], 'justification'),
  };
}

/**
 * Reads a request file.
 *
 * @throws CliError ERR_CLI_FILE; ProofError for a weak, malformed or private key
 */
export function parseRequest(bytes: Uint8Array): RequestFile {
  try {
    return parse(bytes);
  } catch (error) {
    if (error instanceof TypeError) refuse('signer.public_key', 'a JSON Web Key');
    throw error;
  }
}
