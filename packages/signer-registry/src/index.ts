export { REGISTRY_ERRORS, RegistryError, type RegistryErrorCode, type RegistryErrorEvidence } from './errors.ts';
export { parseRegistry } from './registry/parse.ts';
export { Registry } from './registry/registry.ts';
export { type RegistryPin, walkRegistry } from './registry/walk.ts';
