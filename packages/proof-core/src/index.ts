export { ProofError, PROOF_ERRORS, type ErrorEvidence, type ProofErrorCode } from './errors.ts';
