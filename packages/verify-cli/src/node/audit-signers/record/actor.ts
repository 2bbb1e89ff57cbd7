/** Who did it, where nobody says: a pseudonymous id, because it can never be erased. */
export const DEFAULT_ACTOR = 'system:audit-signers';
