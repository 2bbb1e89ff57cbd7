#!/usr/bin/env node
import { auditChain } from '@countersign/verify-cli/audit-chain/program';

// No `await`: packed, this is a CommonJS file.
void auditChain(process.argv.slice(2)).then((code) => (process.exitCode = code));
