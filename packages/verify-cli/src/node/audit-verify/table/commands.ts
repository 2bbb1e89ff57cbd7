import type { CommandRow } from './command.ts';
import { CHECKPOINT, DOCUMENT, EVIDENCE, EXPLAIN, RECEIPT, REGISTRY } from './others.ts';
import { OBJECT_LOCK } from './object-lock.ts';

/** The subcommands of `audit-verify`, in the order of `--help` and of docs/audit-verify.md. */
export const SUBCOMMANDS: readonly CommandRow[] = [
  RECEIPT,
  DOCUMENT,
  CHECKPOINT,
  EVIDENCE,
  REGISTRY,
  OBJECT_LOCK,
  EXPLAIN,
] as readonly CommandRow[];
