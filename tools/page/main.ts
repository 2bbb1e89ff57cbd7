import { judge } from './judge.ts';
import { render, renderFile } from './render.ts';

/** The largest file read at all; registries have at most 16 MiB. */
const MAX_BYTES = 16_777_216;

type Kind = 'receipt' | 'registry';
const files: { receipt?: Uint8Array; registry?: Uint8Array } = {};
const origin = document.querySelector<HTMLInputElement>('#origin')!;
let latest = 0;

async function refresh(): Promise<void> {
  const turn = (latest += 1);
  const answer = await judge({ ...files, origin: origin.value.trim() });
  if (turn === latest) render(answer, Date.now());
}

/** A receipt begins with a record, whose first member is `event`; a registry is a signed document. */
function kindOf(bytes: Uint8Array): Kind {
  return new TextDecoder().decode(bytes.subarray(0, 9)) === '{"event":' ? 'receipt' : 'registry';
}

async function take(file: File, kind?: Kind): Promise<void> {
  const bytes = new Uint8Array(await file.slice(0, MAX_BYTES + 1).arrayBuffer());
  const taken = kind ?? kindOf(bytes);
  files[taken] = bytes;
  renderFile(taken, file.name, file.size);
}

for (const kind of ['receipt', 'registry'] as const) {
  const input = document.querySelector<HTMLInputElement>(`#${kind}`)!;
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file !== undefined) void take(file, kind).then(refresh);
  });
}
origin.addEventListener('input', () => void refresh());

// Files may be dropped anywhere, both at once; on a zone they are what the zone says.
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  document.body.dataset['dragging'] = 'true';
});
document.addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) delete document.body.dataset['dragging'];
});
document.addEventListener('drop', (event) => {
  event.preventDefault();
  delete document.body.dataset['dragging'];
  const dropped = [...(event.dataTransfer?.files ?? [])];
  const zone = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-kind]')?.dataset['kind'] : undefined;
  const kind = dropped.length === 1 && (zone === 'receipt' || zone === 'registry') ? zone : undefined;
  void Promise.all(dropped.map((file) => take(file, kind))).then(refresh);
});

void refresh();
