import type { CommandRow } from './command.ts';
import { CHECKPOINT, DOCUMENT, EVIDENCE, EXPLAIN, RECEIPT, REGISTRY } from './others.ts';

/** The subcommands of `audit-verify`, in the order of `--help` and of docs/audit-verify.md. */
export const SUBCOMMANDS: readonly CommandRow[] = [RECEIPT, DOCUMENT, CHECKPOINT, EVIDENCE, REGISTRY, EXPLAIN] as readonly CommandRow[];
