#!/usr/bin/env node
import { auditSigners } from '@countersign/verify-cli/audit-signers/program';

process.exitCode = await auditSigners(process.argv.slice(2));
