import type { Buffer } from 'node:buffer';

/** One attribute of a PKCS #11 object. */
export interface Pkcs11Attribute {
  type: number;
  value?: number | boolean | string | Buffer;
}

/** How a signature is made. */
export interface Pkcs11Mechanism {
  mechanism: number;
  /** Of RSA-PSS: hash, mask and length of the salt. */
  parameter?: { type: number; hashAlg: number; mgf: number; saltLen: number };
}

/** What is known of a token. */
export interface Pkcs11TokenInfo {
  readonly label: string;
}

/** The part of a PKCS #11 binding that is used here; `PKCS11` of `pkcs11js` fits it. Handles and data are Buffers, as native code wants them. */
export interface Pkcs11Like {
  load(path: string): void;
  C_Initialize(): void;
  C_Finalize(): void;
  C_GetSlotList(tokenPresent: boolean): Buffer[];
  C_GetTokenInfo(slot: Buffer): Pkcs11TokenInfo;
  C_OpenSession(slot: Buffer, flags: number): Buffer;
  C_CloseSession(session: Buffer): void;
  C_Login(session: Buffer, userType: number, pin: string): void;
  C_Logout(session: Buffer): void;
  C_FindObjectsInit(session: Buffer, template: Pkcs11Attribute[]): void;
  C_FindObjects(session: Buffer, most: number): Buffer[];
  C_FindObjectsFinal(session: Buffer): void;
  C_SignInit(session: Buffer, mechanism: Pkcs11Mechanism, key: Buffer): void;
  C_SignAsync(session: Buffer, data: Buffer, output: Buffer): Promise<Buffer>;
}

/** Numbers of PKCS #11 (v3.0, OASIS, appendix A) that are used here. */
export const CK = {
  CKF_SERIAL_SESSION: 4,
  CKU_USER: 1,
  CKA_CLASS: 0x00,
  CKA_LABEL: 0x03,
  CKA_SIGN: 0x108,
  CKO_PRIVATE_KEY: 3,
  CKM_SHA256_RSA_PKCS: 0x40,
  CKM_SHA256_RSA_PKCS_PSS: 0x43,
  CKM_SHA256: 0x250,
  CKM_ECDSA: 0x1041,
  CKM_EDDSA: 0x1057,
  CKG_MGF1_SHA256: 2,
} as const;
