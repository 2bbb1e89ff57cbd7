#!/usr/bin/env node
import { auditSigners } from '@countersign/verify-cli/audit-signers/program';

// No `await`: packed, this is a CommonJS file.
void auditSigners(process.argv.slice(2)).then((code) => (process.exitCode = code));
