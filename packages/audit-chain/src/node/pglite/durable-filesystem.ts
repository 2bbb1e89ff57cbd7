import { closeSync, fsyncSync, openSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { ChainError } from '../../errors.ts';

/** What has reached the disk, and what has not; the start-up self-test reads it. */
export interface DiskCounts {
  fsyncs: number;
  renames: number;
  /** A write found no space. */
  full: boolean;
}

/** Called before each write to the disk; a test makes it throw what a full disk would. */
export type WriteFault = (bytes: number) => void;

// The parts of Emscripten's NODEFS that are replaced below (Emscripten src/library_nodefs.js).
interface Stream {
  readonly nfd?: number | null;
  readonly node: unknown;
}
interface FsNode {
  name: string;
}
interface NodeFilesystem {
  readonly stream_ops: {
    fsync?: (stream: Stream) => number;
    write: (stream: Stream, buffer: unknown, offset: number, length: number, position: number) => number;
  };
  readonly node_ops: { rename: (node: FsNode, directory: unknown, name: string) => void };
  realPath(node: unknown): string;
  tryFSOperation<T>(operation: () => T): T;
}
interface Module {
  readonly NODEFS?: NodeFilesystem;
  readonly FS: {
    readonly filesystems?: { readonly NODEFS?: NodeFilesystem };
    lookupNode(parent: unknown, name: string): unknown;
    hashRemoveNode(node: unknown): void;
  };
}

/** No space left on the device, as WebAssembly numbers it (WASI preview 1, errno). */
const ENOSPC = 51;

function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Flushes every file and folder below a path: what initdb wrote before fsync was in place. */
export function syncTree(path: string): void {
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) syncFolder(join(entry.parentPath, entry.name));
  syncFolder(path);
}

/**
 * PGlite's file system with the parts that make PostgreSQL durable: fsync reaches the disk, a rename is atomic and its folder is
 * flushed. The stock one has neither, so an acknowledged commit could vanish with the power.
 */
export class DurableFilesystem extends NodeFS {
  readonly counts: DiskCounts;
  readonly #fault: WriteFault | undefined;

  /** @param counts what the caller watches */
  constructor(folder: string, counts: DiskCounts, fault?: WriteFault) {
    super(folder);
    this.counts = counts;
    this.#fault = fault;
  }

  override async init(...parameters: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const result = await super.init(...parameters);
    const before = (result.emscriptenOpts.preRun ??= []) as ((module: unknown) => void)[];
    before.push((module) => this.#mend(module as Module));
    return result;
  }

  #mend(module: Module): void {
    const nodefs = module.NODEFS ?? module.FS.filesystems?.NODEFS;
    if (nodefs?.stream_ops === undefined) {
      throw new ChainError('ERR_NOT_DURABLE', 'this version of PGlite hides its file system, so fsync cannot reach the disk', {
        field: 'pglite',
        expected: 'NODEFS',
        actual: 'nothing',
      });
    }
    nodefs.stream_ops.fsync = (stream) => {
      if (stream.nfd === undefined || stream.nfd === null) syncFolder(nodefs.realPath(stream.node));
      else nodefs.tryFSOperation(() => fsyncSync(stream.nfd!));
      this.counts.fsyncs++;
      return 0;
    };
    nodefs.node_ops.rename = (node, directory, name) => {
      const from = nodefs.realPath(node);
      const to = join(nodefs.realPath(directory), name);
      const replaced = find(module, directory, name);
      nodefs.tryFSOperation(() => renameSync(from, to));
      if (replaced !== undefined) module.FS.hashRemoveNode(replaced);
      node.name = name;
      syncFolder(dirname(to));
      if (dirname(from) !== dirname(to)) syncFolder(dirname(from));
      this.counts.renames++;
    };
    const fault = this.#fault;
    const write = nodefs.stream_ops.write;
    nodefs.stream_ops.write = (stream, buffer, offset, length, position) => {
      try {
        if (fault !== undefined) nodefs.tryFSOperation(() => fault(length));
        return write(stream, buffer, offset, length, position);
      } catch (error) {
        this.counts.full ||= (error as { readonly errno?: unknown }).errno === ENOSPC;
        throw error;
      }
    };
  }
}

function find(module: Module, directory: unknown, name: string): unknown {
  try {
    return module.FS.lookupNode(directory, name);
  } catch {
    return undefined;
  }
}
