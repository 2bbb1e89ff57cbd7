import { isChainId } from '@countersign/proof-core/record/chain-id';

/**
 * Tells whether a text is a chain pattern: a chain id, a chain id and `/*`, or `*` (`docs/spec/signers.md` §5).
 *
 * @example isChainPattern('example.com/*') // true
 */
export function isChainPattern(text: string): boolean {
  if (text === '*') return true;
  return text.endsWith('/*') ? isChainId(text.slice(0, -2)) : isChainId(text);
}

/**
 * Tells whether a pattern names a chain. `example.com/*` names every chain below `example.com/`, at any depth, not `example.com`.
 *
 * @example matchesChain('example.com/*', 'example.com/eu/audit') // true
 */
export function matchesChain(pattern: string, chain: string): boolean {
  if (pattern === chain || pattern === '*') return true;
  return pattern.endsWith('/*') && chain.length >= pattern.length && chain.startsWith(pattern.slice(0, -1));
}

/**
 * Tells whether every chain that `inner` names is one that `outer` names.
 *
 * @example coversPattern('*', 'example.com/*') // true
 */
export function coversPattern(outer: string, inner: string): boolean {
  if (outer === inner || outer === '*') return true;
  return outer.endsWith('/*') && inner.startsWith(outer.slice(0, -1));
}
