export const title = 'each package can be published as it stands';

/** Every package carries README.md, the licence text of the root and the engines line. */
export function check(tree) {
  const found = [];
  const text = (path) => tree.files.find((file) => file.path === path)?.text;
  const licence = text('LICENSE');
  for (const [name, { manifest, at }] of tree.packages) {
    const folder = `packages/${name}`;
    if (text(`${folder}/README.md`) === undefined) found.push({ path: folder, message: 'no README.md' });
    if (licence === undefined || text(`${folder}/LICENSE`) !== licence)
      found.push({ path: `${folder}/LICENSE`, message: 'differs from LICENSE of the repository' });
    if (manifest.engines?.node === undefined) found.push({ path: at, message: 'no engines.node' });
    if (manifest.type !== 'module') found.push({ path: at, message: 'is not type: module' });
    if (manifest.sideEffects !== false) found.push({ path: at, message: 'does not say sideEffects: false' });
  }
  return found;
}
