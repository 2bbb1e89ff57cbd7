export { generateKeyFile, loadLocalSigner, localSigner } from './local-signer.ts';
