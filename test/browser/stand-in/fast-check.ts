import fc, { assert as assertProperty } from 'fast-check';

export * from 'fast-check';

/** Set before each test file: at most this many runs of a property. */
declare const maxRuns: number;

type Assert = typeof assertProperty;
const fewer = <T>(parameters: T): T => {
  const { numRuns = 100 } = (parameters ?? {}) as { numRuns?: number };
  return { ...parameters, numRuns: Math.min(numRuns, maxRuns) };
};

export const assert = ((property: never, parameters: never) => assertProperty(property, fewer(parameters))) as Assert;
export default { ...fc, assert };
