export { Buffer } from './buffer.ts';
export const process = { env: {}, platform: 'browser', versions: {} };
