// node floor-child.mjs FOLDER WHAT THREADS: the least that this machine needs for what a verification cannot leave out; prints what it took as JSON.
// WHAT is `hash` (read records.jsonl; every record and every node of the tree hashed once), `inflate` (read and inflate the archive's members,
// which checks their sums) or `both` (inflate, then hash). The work is cut into as many parts as threads, which share nothing and are never joined.
import { openSync, readFileSync, readSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { engine } from '@countersign/proof-core/node/engine';
import { CompactRange } from '@countersign/proof-core/merkle/compact-range';

const CHUNK_BYTES = 1 << 20;
const leaves = new Uint8Array(32 * 16_384);

/** Hashes the whole lines of bytes[1, end), and the tree over them; gives the offset behind the last one. */
function hashLines(bytes, end) {
  let count = 0;
  let at = 1;
  for (let feed = bytes.indexOf(10, at); feed >= 0 && feed < end; feed = bytes.indexOf(10, at)) {
    engine.leafInto(bytes, at, feed, leaves, 32 * count++);
    at = feed + 1;
  }
  CompactRange.empty().appendMany(leaves, count, engine);
  return at;
}

function hashFile(path, part, parts) {
  const file = openSync(path);
  const { size } = statSync(path);
  const bytes = Buffer.alloc(1 + CHUNK_BYTES);
  const end = Math.floor((size / parts) * (part + 1));
  // What a part begins with is the rest of a line, of which there is one in a part.
  for (let at = Math.floor((size / parts) * part); at < end;) {
    const read = readSync(file, bytes, 1, Math.min(CHUNK_BYTES, end - at), at);
    const used = hashLines(bytes, 1 + read) - 1;
    if (used === 0) return;
    at += used;
  }
}

function inflateArchive(folder, part, parts, isHashed) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.jsonl.gz'));
  names.forEach((name, i) => {
    if (i % parts !== part) return;
    const file = readFileSync(join(folder, name));
    const { members } = JSON.parse(readFileSync(join(folder, name.replace('.jsonl.gz', '.index.json'))));
    for (const { offset, size, bytes } of members) {
      const lines = gunzipSync(file.subarray(offset, offset + size), { chunkSize: bytes + 1 });
      // From the second byte on: the byte before a line is written to.
      if (isHashed) hashLines(lines, lines.length);
    }
  });
}

function work({ folder, what, part, parts }) {
  if (what === 'hash') hashFile(join(folder, 'records.jsonl'), part, parts);
  else inflateArchive(join(folder, 'archive'), part, parts, what === 'both');
}

if (isMainThread) {
  const [folder, what, threads] = process.argv.slice(2);
  const parts = Number(threads);
  const start = performance.now();
  const cpu = process.cpuUsage();
  const done = Array.from({ length: parts - 1 }, (_, i) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { folder, what, part: i + 1, parts } });
    return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  });
  work({ folder, what, part: 0, parts });
  await Promise.all(done);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, peak: Math.round(process.resourceUsage().maxRSS / 1024) }));
} else {
  work(workerData);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort.postMessage('done');
}
