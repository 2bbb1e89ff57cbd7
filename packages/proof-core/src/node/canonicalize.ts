export { canonicalize } from '../json/canonicalize.ts';
